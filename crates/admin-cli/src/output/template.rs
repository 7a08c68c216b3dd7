//! `--template`: a text with places for the data, in the language of Jinja.

use std::fmt;

use minijinja::value::{Serde, Value};
use minijinja::{Environment, UndefinedBehavior};

use super::json::Json;

/// A template that is understood.
pub(crate) struct Template {
    environment: Environment<'static>,
    text: String,
}

const NAME: &str = "template";

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut environment = Environment::new();
        // So that an error says where.
        environment.set_debug(true);
        // A name that is misspelt is told, and no empty place.
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.add_template_owned(NAME, text.to_owned()).map_err(|error| told(&error, text))?;
        Ok(Self { environment, text: text.to_owned() })
    }

    /// The text for this data.
    ///
    /// # Errors
    /// What the data lacks.
    pub(crate) fn fill(&self, data: &Json) -> Result<String, String> {
        let filled = self.environment.get_template(NAME).and_then(|template| template.render(Value::from(Serde(data))));
        filled.map_err(|error| told(&error, &self.text))
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Template")
    }
}

/// What is wrong, and which part of the template it is about.
fn told(error: &minijinja::Error, text: &str) -> String {
    let part = error.range().and_then(|range| text.get(range)).filter(|part| !part.is_empty());
    let part = part.map(|part| format!(" at `{part}`")).unwrap_or_default();
    match error.detail() {
        Some(detail) => format!("{}: {detail}{part}", error.kind()),
        None => format!("{}{part}", error.kind()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(template: &str, data: &str) -> Result<String, String> {
        Template::parse(template)?.fill(&serde_json::from_str(data).unwrap())
    }

    #[test]
    fn places_are_filled() {
        let page = r#"{"items":[{"id":"a","name":"<b>","n":2},{"id":"b","name":"c","n":1}]}"#;
        for (template, text) in [
            ("{% for key in items %}{{ key.id }} {{ key.name }}\n{% endfor %}", "a <b>\nb c\n"),
            ("{{ items | length }}", "2"),
            ("{{ items | map(attribute='id') | join(',') }}", "a,b"),
            ("{{ items[0].n + 1 }}", "3"),
        ] {
            assert_eq!(fill(template, page).as_deref(), Ok(text), "{template}");
        }
    }

    #[test]
    fn what_is_no_template_is_told() {
        let told = ["{{", "{% for %}", "{{ nothing }}", "{{ env('HOME') }}", "{% include 'x' %}", "{{ 1 | shout }}"]
            .map(|template| format!("{template}: {}", fill(template, "{}").unwrap_err()));
        insta::assert_snapshot!(told.join("\n"), @"
        {{: syntax error: unexpected end of input, expected expression at `{{`
        {% for %}: syntax error: unexpected end of block, expected in at `%}`
        {{ nothing }}: undefined value: `nothing` is undefined at `nothing`
        {{ env('HOME') }}: unknown function: env is unknown at `env('HOME')`
        {% include 'x' %}: syntax error: unknown statement include at `include`
        {{ 1 | shout }}: unknown filter: filter shout is unknown at `shout`
        ");
    }
}
