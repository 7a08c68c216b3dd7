//! What is written into a file of JSON.

/// What is to be written.
pub(super) enum Tree<'t> {
    Leaf(String),
    Object(Vec<(&'t str, Tree<'t>)>),
}

impl Tree<'_> {
    /// A member a line.
    pub(super) fn lines(&self, indent: &str, unit: &str, end: &str) -> String {
        match self {
            Self::Leaf(value) => value.clone(),
            Self::Object(members) => {
                let inner = format!("{indent}{unit}");
                let line =
                    |(key, value): &(&str, Self)| format!("{inner}{}: {}", quoted(key), value.lines(&inner, unit, end));
                let lines: Vec<_> = members.iter().map(line).collect();
                format!("{{{end}{}{end}{indent}}}", lines.join(&format!(",{end}")))
            }
        }
    }

    /// All on one line.
    pub(super) fn line(&self) -> String {
        match self {
            Self::Leaf(value) => value.clone(),
            Self::Object(members) => {
                let member = |(key, value): &(&str, Self)| format!("{}: {}", quoted(key), value.line());
                format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
