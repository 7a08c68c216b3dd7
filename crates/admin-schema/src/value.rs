//! Default values.

use apollo_parser::Parser;
use apollo_parser::cst::{self, CstNode as _};

use crate::sdl::RECURSION_LIMIT;
use crate::text::quoted;

/// The canonical text of a value: fields of objects sorted by name, every string in quotes, numbers as they were written.
pub(crate) fn canonical(value: &cst::Value) -> Option<String> {
    Some(match value {
        cst::Value::StringValue(text) => quoted(&String::from(text)),
        cst::Value::ListValue(list) => {
            let items: Option<Vec<_>> = list.values().map(|item| canonical(&item)).collect();
            format!("[{}]", items?.join(", "))
        }
        cst::Value::ObjectValue(object) => {
            let fields = object
                .object_fields()
                .map(|field| Some((field.name()?.text().to_string(), canonical(&field.value()?)?)));
            let mut fields = fields.collect::<Option<Vec<_>>>()?;
            fields.sort_unstable();
            let fields: Vec<_> = fields.into_iter().map(|(name, value)| format!("{name}: {value}")).collect();
            format!("{{{}}}", fields.join(", "))
        }
        cst::Value::Variable(_) => return None,
        cst::Value::IntValue(_)
        | cst::Value::FloatValue(_)
        | cst::Value::BooleanValue(_)
        | cst::Value::NullValue(_)
        | cst::Value::EnumValue(_) => value.syntax().first_token()?.text().to_owned(),
    })
}

/// The canonical text of a value that introspection tells as text; `None` if it is anything but one value.
pub(crate) fn canonical_text(text: &str) -> Option<String> {
    // There is no parser for a value alone. The line break ends a comment, and the checks below find whatever closes the parenthesis early.
    let tree =
        Parser::new(&format!("directive @d(a: A = {text}\n) on SCHEMA")).recursion_limit(RECURSION_LIMIT).parse();
    if tree.errors().len() > 0 {
        return None;
    }
    let cst::Definition::DirectiveDefinition(directive) = only(tree.document().definitions())? else { return None };
    let argument = only(directive.arguments_definition()?.input_value_definitions())?;
    if argument.directives().is_some() {
        return None;
    }
    canonical(&argument.default_value()?.value()?)
}

fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    let first = items.next();
    if items.next().is_some() { None } else { first }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_one_text() {
        for (text, expected) in [
            ("1", "1"),
            ("-0.50e+3", "-0.50e+3"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            ("null # why", "null"),
            ("RED", "RED"),
            ("true", "true"),
            ("[ 1,2 3 ]", "[1, 2, 3]"),
            ("[]", "[]"),
            ("{}", "{}"),
            (r#"{ b : [{ d: 1 c: "x" }], a: "" }"#, r#"{a: "", b: [{c: "x", d: 1}]}"#),
            (r#""a \"q\" \\ \/ \n \b \u00e9 \u{1F600}""#, r#""a \"q\" \\ / \n \u0008 é 😀""#),
            ("\"\"\"\n  block \\\"\"\"\n    two\n\"\"\"", r#""block \"\"\"\n  two""#),
        ] {
            assert_eq!(canonical_text(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_not_one_value_is_refused() {
        for text in [
            "",
            "1 2",
            "$a",
            "[1",
            "1, b: Int = 2",
            "1 @deprecated",
            "1) on FIELD directive @e(a: A = 2",
            "1) on FIELD #",
            "1) on FIELD | ",
            "\"unterminated",
            "# nothing",
        ] {
            assert_eq!(canonical_text(text), None, "{text}");
        }
        let deep = "[".repeat(100_000);
        assert_eq!(canonical_text(&deep), None);
    }
}
