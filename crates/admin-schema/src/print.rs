//! Prints a schema in its canonical form.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Directive, Fields, InputValue, Kind, NO_REASON, Schema, Type};
use crate::text::quoted;

pub(crate) fn schema(schema: &Schema) -> String {
    let mut out = String::new();
    for (name, definition) in &schema.types {
        r#type(&mut out, name, definition);
        out.push('\n');
    }
    for (name, definition) in &schema.directives {
        directive(&mut out, name, definition);
        out.push('\n');
    }
    description(&mut out, "", schema.description.as_deref());
    out.push_str("schema {\n");
    for (root, name) in schema.roots() {
        if let Some(name) = name {
            push(&mut out, &["\t", root.as_str(), ": ", name, "\n"]);
        }
    }
    out.push_str("}\n");
    out
}

fn r#type(out: &mut String, name: &str, definition: &Type) {
    description(out, "", definition.description.as_deref());
    out.push_str(&head(name, definition));
    match &definition.kind {
        Kind::Scalar { .. } | Kind::Union(_) => out.push('\n'),
        Kind::Object(Fields { fields, .. }) | Kind::Interface(Fields { fields, .. }) => {
            out.push_str(" {\n");
            for (name, field) in fields {
                description(out, "\t", field.description.as_deref());
                push(out, &["\t", name]);
                arguments(out, "\t", &field.arguments);
                push(out, &[": ", &field.r#type]);
                deprecated(out, field.deprecated.as_deref());
                out.push('\n');
            }
            out.push_str("}\n");
        }
        Kind::Enum(values) => {
            out.push_str(" {\n");
            for (name, value) in values {
                description(out, "\t", value.description.as_deref());
                push(out, &["\t", name]);
                deprecated(out, value.deprecated.as_deref());
                out.push('\n');
            }
            out.push_str("}\n");
        }
        Kind::Input { fields, .. } => {
            out.push_str(" {\n");
            for (name, field) in fields {
                description(out, "\t", field.description.as_deref());
                out.push('\t');
                input_value(out, name, field);
                out.push('\n');
            }
            out.push_str("}\n");
        }
    }
}

/// What is said of a type before its braces.
pub(crate) fn head(name: &str, definition: &Type) -> String {
    let implementing = |Fields { interfaces, .. }: &Fields| {
        if interfaces.is_empty() { String::new() } else { format!(" implements {}", join(interfaces, " & ")) }
    };
    match &definition.kind {
        Kind::Scalar { specified_by: None } => format!("scalar {name}"),
        Kind::Scalar { specified_by: Some(url) } => format!("scalar {name} @specifiedBy(url: {})", quoted(url)),
        Kind::Object(fields) => format!("type {name}{}", implementing(fields)),
        Kind::Interface(fields) => format!("interface {name}{}", implementing(fields)),
        Kind::Union(members) => format!("union {name} = {}", join(members, " | ")),
        Kind::Enum(_) => format!("enum {name}"),
        Kind::Input { one_of, .. } => format!("input {name}{}", if *one_of { " @oneOf" } else { "" }),
    }
}

fn directive(out: &mut String, name: &str, definition: &Directive) {
    description(out, "", definition.description.as_deref());
    push(out, &["directive @", name]);
    arguments(out, "", &definition.arguments);
    push(out, &[&tail(definition), "\n"]);
}

/// What is said of a directive after its arguments.
pub(crate) fn tail(definition: &Directive) -> String {
    let on = if definition.repeatable { " repeatable on " } else { " on " };
    format!("{on}{}", join(&definition.locations, " | "))
}

/// On one line, unless one of them has a description.
fn arguments(out: &mut String, indent: &str, arguments: &BTreeMap<String, InputValue>) {
    if arguments.is_empty() {
        return;
    }
    out.push('(');
    if arguments.values().any(|argument| argument.description.is_some()) {
        let inner = format!("{indent}\t");
        out.push('\n');
        for (name, argument) in arguments {
            description(out, &inner, argument.description.as_deref());
            out.push_str(&inner);
            input_value(out, name, argument);
            out.push('\n');
        }
        out.push_str(indent);
    } else {
        for (index, (name, argument)) in arguments.iter().enumerate() {
            out.push_str(if index == 0 { "" } else { ", " });
            input_value(out, name, argument);
        }
    }
    out.push(')');
}

fn input_value(out: &mut String, name: &str, value: &InputValue) {
    out.push_str(&bare_input_value(name, value));
    deprecated(out, value.deprecated.as_deref());
}

/// An argument or an input field, and nothing of its deprecation.
pub(crate) fn bare_input_value(name: &str, value: &InputValue) -> String {
    format!("{name}: {}", type_and_default(value))
}

pub(crate) fn type_and_default(value: &InputValue) -> String {
    match &value.default {
        Some(default) => format!("{} = {default}", value.r#type),
        None => value.r#type.clone(),
    }
}

fn deprecated(out: &mut String, reason: Option<&str>) {
    match reason {
        None => (),
        Some(NO_REASON) => out.push_str(" @deprecated"),
        Some(reason) => push(out, &[" @deprecated(reason: ", &quoted(reason), ")"]),
    }
}

fn description(out: &mut String, indent: &str, text: Option<&str>) {
    let Some(text) = text else { return };
    push(out, &[indent, "\"\"\"\n"]);
    for line in text.replace("\"\"\"", "\\\"\"\"").split('\n') {
        push(out, &[if line.is_empty() { "" } else { indent }, line, "\n"]);
    }
    push(out, &[indent, "\"\"\"\n"]);
}

fn join(names: &BTreeSet<String>, separator: &str) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(separator)
}

fn push(out: &mut String, parts: &[&str]) {
    out.extend(parts.iter().copied());
}
