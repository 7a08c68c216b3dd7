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
    let roots = [
        ("query", Some(&schema.query)),
        ("mutation", schema.mutation.as_ref()),
        ("subscription", schema.subscription.as_ref()),
    ];
    for (root, name) in roots {
        if let Some(name) = name {
            push(&mut out, &["\t", root, ": ", name, "\n"]);
        }
    }
    out.push_str("}\n");
    out
}

fn r#type(out: &mut String, name: &str, definition: &Type) {
    description(out, "", definition.description.as_deref());
    match &definition.kind {
        Kind::Scalar { specified_by } => {
            push(out, &["scalar ", name]);
            if let Some(url) = specified_by {
                push(out, &[" @specifiedBy(url: ", &quoted(url), ")"]);
            }
            out.push('\n');
        }
        Kind::Object(definition) => fields(out, "type ", name, definition),
        Kind::Interface(definition) => fields(out, "interface ", name, definition),
        Kind::Union(members) => push(out, &["union ", name, " = ", &join(members, " | "), "\n"]),
        Kind::Enum(values) => {
            push(out, &["enum ", name, " {\n"]);
            for (name, value) in values {
                description(out, "\t", value.description.as_deref());
                push(out, &["\t", name]);
                deprecated(out, value.deprecated.as_deref());
                out.push('\n');
            }
            out.push_str("}\n");
        }
        Kind::Input { one_of, fields } => {
            push(out, &["input ", name, if *one_of { " @oneOf {\n" } else { " {\n" }]);
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

fn fields(out: &mut String, keyword: &str, name: &str, Fields { interfaces, fields }: &Fields) {
    push(out, &[keyword, name]);
    if !interfaces.is_empty() {
        push(out, &[" implements ", &join(interfaces, " & ")]);
    }
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

fn directive(out: &mut String, name: &str, definition: &Directive) {
    description(out, "", definition.description.as_deref());
    push(out, &["directive @", name]);
    arguments(out, "", &definition.arguments);
    push(
        out,
        &[if definition.repeatable { " repeatable on " } else { " on " }, &join(&definition.locations, " | "), "\n"],
    );
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
    push(out, &[name, ": ", &value.r#type]);
    if let Some(default) = &value.default {
        push(out, &[" = ", default]);
    }
    deprecated(out, value.deprecated.as_deref());
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
