//! Enums that a newer server may extend: an unknown value is kept and shown, and breaks nothing.

use std::fmt;

/// A text that is none of the values known to this version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownValue {
    pub(crate) value: String,
    pub(crate) known: String,
}

impl fmt::Display for UnknownValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is none of {}", self.value.escape_debug(), self.known)
    }
}

impl std::error::Error for UnknownValue {}

/// Defines an open enum whose values are not in the GraphQL schema.
macro_rules! open_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $wire:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$doc])* $variant,)*
            /// One that this version does not know, kept as it came.
            Unknown(String),
        }

        impl From<&str> for $name {
            /// Takes the exact spelling of the wire; anything else is `Unknown`.
            fn from(text: &str) -> Self {
                match text {
                    $($wire => Self::$variant,)*
                    other => Self::Unknown(other.to_owned()),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(|text| Self::from(text.as_str()))
            }
        }

        $crate::open_enum::shared!($name { $($variant = $wire,)* });
    };
}

/// Defines an open enum of the GraphQL schema: a known value that is missing or misspelt here does not compile.
macro_rules! graphql_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $wire:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, cynic::Enum)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$doc])* $variant,)*
            /// One that this version does not know, kept as it came.
            #[cynic(fallback)]
            Unknown(String),
        }

        $crate::open_enum::shared!($name { $($variant = $wire,)* });
    };
}

macro_rules! shared {
    ($name:ident { $($variant:ident = $wire:literal,)* }) => {
        impl $name {
            /// Every value that this version knows.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant,)*];

            /// The spelling of the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $wire,)*
                    Self::Unknown(text) => text,
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::UnknownValue;

            /// Takes upper and lower case, hyphens and underscores alike, and only known values: what a person types may be a typo.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let wire = text.to_ascii_uppercase().replace('-', "_");
                match wire.as_str() {
                    $($wire => Ok(Self::$variant),)*
                    _ => Err($crate::UnknownValue { value: text.to_owned(), known: [$($wire),*].join(", ") }),
                }
            }
        }

        #[cfg(feature = "json-schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn inline_schema() -> bool {
                true
            }

            /// As an input the known values; as an output any text, because a newer server may have more of them.
            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                if generator.contract().is_serialize() {
                    schemars::json_schema!({ "type": "string", "examples": [$($wire),*] })
                } else {
                    schemars::json_schema!({ "type": "string", "enum": [$($wire),*] })
                }
            }
        }
    };
}

pub(crate) use {graphql_enum, open_enum, shared};

#[cfg(test)]
mod tests {
    use crate::{
        ErrorCode, VerifyCode,
        api_keys::{Environment, RevocationCode},
        workspaces::Role,
    };

    #[test]
    fn a_known_value_has_one_spelling_everywhere() {
        for role in Role::KNOWN {
            assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
            assert_eq!(serde_json::from_value::<Role>(role.as_str().into()).unwrap(), *role);
            assert_eq!(role.as_str().parse::<Role>().unwrap(), *role);
        }
        for code in ErrorCode::KNOWN {
            assert_eq!(serde_json::from_value::<ErrorCode>(code.as_str().into()).unwrap(), *code);
            assert_eq!(&ErrorCode::from(code.as_str()), code);
        }
        assert_eq!((ErrorCode::KNOWN.len(), VerifyCode::KNOWN.len()), (22, 13));
    }

    #[test]
    fn an_unknown_value_of_the_server_is_kept_as_it_came() {
        let kept: RevocationCode = serde_json::from_str(r#""Odd value""#).unwrap();
        assert_eq!(kept, RevocationCode::Unknown("Odd value".into()));
        assert_eq!(serde_json::to_string(&kept).unwrap(), r#""Odd value""#);
        assert_eq!(kept.to_string(), "Odd value");
    }

    #[test]
    fn a_person_may_type_any_case_and_either_dash_and_no_typo() {
        assert_eq!("live".parse(), Ok(Environment::Live));
        assert_eq!("not-found".parse(), Ok(VerifyCode::NotFound));
        assert_eq!("Not_Found".parse(), Ok(VerifyCode::NotFound));
        insta::assert_snapshot!("liv\u{7}".parse::<Environment>().unwrap_err(), @r"`liv\u{7}` is none of LIVE, TEST");
    }
}
