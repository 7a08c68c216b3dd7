//! What is asked of a server, and what less can be asked of an older one.

use std::fmt;

use serde_json::Value;

use crate::SchemaError;

/// How many lists and non-nulls around a type the query asks for.
pub(crate) const WRAPPERS: usize = 9;

/// Asks for all that [`from_introspection`](crate::from_introspection) can use. It is 15 fields deep, counted through its fragments.
pub const INTROSPECTION_QUERY: &str = "\
query Introspection {
  __schema {
    description
    queryType { name }
    mutationType { name }
    subscriptionType { name }
    types {
      kind
      name
      description
      specifiedByURL
      isOneOf
      fields(includeDeprecated: true) {
        name
        description
        args(includeDeprecated: true) { ...InputValue }
        type { ...Type }
        isDeprecated
        deprecationReason
      }
      inputFields(includeDeprecated: true) { ...InputValue }
      interfaces { name }
      enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
      possibleTypes { name }
    }
    directives {
      name
      description
      isRepeatable
      locations
      args(includeDeprecated: true) { ...InputValue }
    }
  }
}

fragment InputValue on __InputValue {
  name
  description
  type { ...Type }
  defaultValue
  isDeprecated
  deprecationReason
}

fragment Type on __Type {
  kind name
  ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
  ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } }
}
";

/// Asks whether a server that refuses [`INTROSPECTION_QUERY`] knows all of it; the answer is for [`plainer_query`].
pub const CAPABILITIES_QUERY: &str = "\
query Capabilities {
  Schema: __type(name: \"__Schema\") { ...Fields }
  Type: __type(name: \"__Type\") { ...Fields }
  Field: __type(name: \"__Field\") { ...Fields }
  InputValue: __type(name: \"__InputValue\") { ...Fields }
  Directive: __type(name: \"__Directive\") { ...Fields }
}

fragment Fields on __Type {
  fields { name args { name } }
}
";

/// What a server may not tell of its schema, because it is older than the means to ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Feature {
    /// The description of the schema itself.
    SchemaDescription,
    /// `@specifiedBy` on scalars.
    SpecifiedBy,
    /// `@oneOf` on input objects.
    OneOf,
    /// Input fields that are deprecated.
    DeprecatedInputFields,
    /// Arguments of fields that are deprecated.
    DeprecatedArguments,
    /// Arguments of directives that are deprecated.
    DeprecatedDirectiveArguments,
    /// That an input field or an argument is deprecated, and why.
    InputDeprecation,
    /// That a directive is repeatable.
    RepeatableDirectives,
}

/// A part of the query that an old server may refuse.
struct Part {
    feature: Feature,
    /// Its coordinate: the meta type, the field, and the argument if that is what is new.
    meta: (&'static str, &'static str, Option<&'static str>),
    lost: &'static str,
    full: &'static str,
    plain: &'static str,
}

const PARTS: [Part; 8] = [
    Part {
        feature: Feature::SchemaDescription,
        meta: ("Schema", "description", None),
        lost: "the description of the schema",
        full: "__schema {\n    description\n",
        plain: "__schema {\n",
    },
    Part {
        feature: Feature::SpecifiedBy,
        meta: ("Type", "specifiedByURL", None),
        lost: "`@specifiedBy` on scalars",
        full: "      specifiedByURL\n",
        plain: "",
    },
    Part {
        feature: Feature::OneOf,
        meta: ("Type", "isOneOf", None),
        lost: "`@oneOf` on input objects",
        full: "      isOneOf\n",
        plain: "",
    },
    Part {
        feature: Feature::DeprecatedInputFields,
        meta: ("Type", "inputFields", Some("includeDeprecated")),
        lost: "deprecated input fields",
        full: "inputFields(includeDeprecated: true)",
        plain: "inputFields",
    },
    Part {
        feature: Feature::DeprecatedArguments,
        meta: ("Field", "args", Some("includeDeprecated")),
        lost: "deprecated arguments of fields",
        full: "description\n        args(includeDeprecated: true)",
        plain: "description\n        args",
    },
    Part {
        feature: Feature::DeprecatedDirectiveArguments,
        meta: ("Directive", "args", Some("includeDeprecated")),
        lost: "deprecated arguments of directives",
        full: "locations\n      args(includeDeprecated: true)",
        plain: "locations\n      args",
    },
    Part {
        feature: Feature::InputDeprecation,
        meta: ("InputValue", "isDeprecated", None),
        lost: "`@deprecated` on input fields and arguments",
        full: "  defaultValue\n  isDeprecated\n  deprecationReason\n",
        plain: "  defaultValue\n",
    },
    Part {
        feature: Feature::RepeatableDirectives,
        meta: ("Directive", "isRepeatable", None),
        lost: "`repeatable` on directives",
        full: "      isRepeatable\n",
        plain: "",
    },
];

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PARTS.iter().find(|part| part.feature == *self).map_or("", |part| part.lost))
    }
}

/// [`INTROSPECTION_QUERY`] without what a server does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlainerQuery {
    /// The query.
    pub query: String,
    /// What its answer cannot have. Empty, if the server knows all of [`INTROSPECTION_QUERY`]: it had another reason to refuse it.
    pub lost: Vec<Feature>,
}

/// Leaves out what the server does not know, by the `data` of its answer to [`CAPABILITIES_QUERY`].
///
/// # Errors
/// [`SchemaError::Answer`], if it does not describe the types of introspection.
pub fn plainer_query(capabilities: &Value) -> Result<PlainerQuery, SchemaError> {
    let mut plainer = PlainerQuery { query: INTROSPECTION_QUERY.to_owned(), lost: Vec::new() };
    for Part { feature, meta: (r#type, field, argument), full, plain, .. } in PARTS {
        let fields = capabilities[r#type]["fields"].as_array().ok_or_else(|| SchemaError::Answer {
            at: format!("__{type}"),
            key: "fields",
            expected: "a list",
        })?;
        let found = fields.iter().find(|it| it["name"] == field);
        let known = found.is_some_and(|field| match argument {
            None => true,
            Some(name) => {
                field["args"].as_array().is_some_and(|arguments| arguments.iter().any(|it| it["name"] == name))
            }
        });
        if !known {
            plainer.query = plainer.query.replacen(full, plain, 1);
            plainer.lost.push(feature);
        }
    }
    Ok(plainer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_in_the_query_once() {
        for part in PARTS {
            assert_eq!(INTROSPECTION_QUERY.matches(part.full).count(), 1, "{:?}", part.feature);
        }
    }

    #[test]
    fn it_asks_for_as_many_wrappers_as_the_error_says() {
        assert_eq!(INTROSPECTION_QUERY.matches("ofType").count(), WRAPPERS);
    }
}
