//! Data for programs: what of it is wanted, and how it is written.

use serde::Serialize;

use super::jq::Filter;
use super::json::Json;
use super::template::Template;
use super::{finished, plain_table, printable};
use crate::args::OutputFormat;

/// The members that can stand for a thing, the best first.
const NAMES: [&str; 11] =
    ["id", "slug", "scope", "provider", "userId", "keyId", "challengeId", "name", "setting", "command", "code"];

/// What is to be written, and how.
#[derive(Debug)]
pub(crate) struct Form {
    /// How it is written.
    pub(crate) format: OutputFormat,
    /// Of each thing only these members, by their paths; empty = all.
    pub(crate) fields: Vec<String>,
    /// What becomes of it before.
    pub(crate) shape: Shape,
}

/// What becomes of data before it is written.
#[derive(Debug, Default)]
pub(crate) enum Shape {
    /// Nothing.
    #[default]
    AsItIs,
    /// What a filter makes of it.
    Filtered(Box<Filter>),
    /// A text.
    Filled(Box<Template>),
}

/// Data: one thing, or a list of things with what the list says of itself.
#[derive(Debug)]
pub(crate) struct Document {
    whole: Json,
    items: Option<Vec<Json>>,
}

impl Document {
    /// One thing.
    ///
    /// # Errors
    /// Those of its `Serialize`.
    pub(crate) fn one(thing: &impl Serialize) -> serde_json::Result<Self> {
        Ok(Self { whole: Json::of(thing)?, items: None })
    }

    /// Many things, and the whole of which they are.
    ///
    /// # Errors
    /// Those of their `Serialize`.
    pub(crate) fn many<T: Serialize>(items: &[T], whole: &impl Serialize) -> serde_json::Result<Self> {
        let items = items.iter().map(Json::of).collect::<serde_json::Result<_>>()?;
        Ok(Self { whole: Json::of(whole)?, items: Some(items) })
    }

    fn things(&self) -> &[Json] {
        self.items.as_deref().unwrap_or(std::slice::from_ref(&self.whole))
    }
}

impl Form {
    /// The text of data.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) fn text(&self, document: Document) -> Result<String, String> {
        let document = self.selected(document);
        let each = match self.format {
            OutputFormat::Jsonl => document.things(),
            _ => std::slice::from_ref(&document.whole),
        };
        match &self.shape {
            Shape::Filtered(filter) => {
                let mut text = String::new();
                for json in each {
                    for line in filter.run(json)? {
                        text += &line;
                        text.push('\n');
                    }
                }
                Ok(text)
            }
            Shape::Filled(template) => {
                let mut text = String::new();
                for json in each {
                    text += &template.fill(json)?;
                    if !text.ends_with('\n') {
                        text.push('\n');
                    }
                }
                Ok(text)
            }
            Shape::AsItIs => self.written(&document),
        }
    }

    fn written(&self, document: &Document) -> Result<String, String> {
        let whole = &document.whole;
        match self.format {
            OutputFormat::Json => Ok(serde_json::to_string_pretty(whole).map_err(|error| error.to_string())? + "\n"),
            OutputFormat::Jsonl => {
                let line = |json| serde_json::to_string(json).map(|json| json + "\n");
                document.things().iter().map(line).collect::<Result<_, _>>().map_err(|error| error.to_string())
            }
            OutputFormat::Yaml => serde_saphyr::to_string(whole).map_err(|error| error.to_string()),
            OutputFormat::Csv => csv(document.things()),
            OutputFormat::Name => document.things().iter().map(name).collect(),
            OutputFormat::Off => Ok(String::new()),
            OutputFormat::Table | OutputFormat::Wide => Ok(self.table(document)),
        }
    }

    /// With no more than the fields that are wanted. What a thing does not have is null.
    fn selected(&self, document: Document) -> Document {
        if self.fields.is_empty() {
            return document;
        }
        let select = |thing: &Json| {
            let member = |path: &String| (path.clone(), thing.at(path).unwrap_or(Json::Null));
            Json::Object(self.fields.iter().map(member).collect())
        };
        let Document { whole, items } = document;
        let items: Option<Vec<Json>> = items.map(|items| items.iter().map(select).collect());
        let whole = match (whole, &items) {
            (Json::Object(members), Some(items)) if members.iter().any(|(name, _)| name == ITEMS) => {
                let replaced =
                    |(name, value)| if name == ITEMS { (name, Json::List(items.clone())) } else { (name, value) };
                Json::Object(members.into_iter().map(replaced).collect())
            }
            (whole, _) => select(&whole),
        };
        Document { whole, items }
    }

    /// The fields that are wanted as columns, or of one thing as lines.
    fn table(&self, document: &Document) -> String {
        let mut table = plain_table();
        let cell = |value: &Json| printable(&value.cell());
        if document.items.is_none() {
            for (name, value) in document.whole.members() {
                table.add_row([name.clone(), cell(value)]);
            }
        } else {
            table.set_header(self.fields.iter().map(|field| field.to_uppercase()));
            for thing in document.things() {
                table.add_row(thing.members().iter().map(|(_, value)| cell(value)));
            }
        }
        finished(table)
    }

    /// The wanted fields that none of the things have, and those that they have.
    pub(crate) fn unknown_fields(&self, document: &Document) -> Option<(Vec<&str>, Vec<String>)> {
        let things = document.things();
        let unknown = self.fields.iter().filter(|path| things.iter().all(|thing| thing.at(path).is_none()));
        let unknown: Vec<&str> = unknown.map(String::as_str).collect();
        let first = things.first().filter(|_| !unknown.is_empty())?;
        Some((unknown, first.members().iter().map(|(name, _)| name.clone()).collect()))
    }
}

/// The member of a page that has its items.
const ITEMS: &str = "items";

/// A line of names, and a line for each thing; what has no column is empty.
fn csv(things: &[Json]) -> Result<String, String> {
    let mut columns: Vec<&str> = Vec::new();
    for (name, _) in things.iter().flat_map(Json::members) {
        if !columns.contains(&name.as_str()) {
            columns.push(name);
        }
    }
    if columns.is_empty() {
        return Ok(String::new());
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&columns).map_err(|error| error.to_string())?;
    for thing in things {
        let row = columns.iter().map(|column| thing.get(column).map(Json::cell).unwrap_or_default());
        writer.write_record(row).map_err(|error| error.to_string())?;
    }
    let bytes = writer.into_inner().map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

/// What stands for a thing, on a line.
fn name(thing: &Json) -> Result<String, String> {
    let found = NAMES.iter().find_map(|name| match thing.get(name) {
        Some(Json::Text(text)) => Some(text),
        _ => None,
    });
    match found {
        Some(name) => Ok(format!("{name}\n")),
        None => Err(format!("it has none of {}", NAMES.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn form(format: OutputFormat, fields: &[&str]) -> Form {
        let fields = fields.iter().map(|field| (*field).to_owned()).collect();
        Form { format, fields, shape: Shape::AsItIs }
    }

    fn page() -> Document {
        let items = [
            json!({ "id": "k1", "name": "a, \"b\"", "scopes": ["x", "y"], "rules": { "rate": 1 }, "last": null }),
            json!({ "id": "k2", "name": "yes", "scopes": [], "rules": { "rate": null }, "last": "1e3" }),
        ];
        Document::many(&items, &json!({ "items": items, "nextCursor": "c" })).unwrap()
    }

    #[test]
    fn each_format_has_all_of_a_page() {
        let text = |format| form(format, &[]).text(page()).unwrap();
        insta::assert_snapshot!(text(OutputFormat::Jsonl), @r#"
        {"id":"k1","last":null,"name":"a, \"b\"","rules":{"rate":1},"scopes":["x","y"]}
        {"id":"k2","last":"1e3","name":"yes","rules":{"rate":null},"scopes":[]}
        "#);
        insta::assert_snapshot!(text(OutputFormat::Yaml), @r#"
        items:
        - id: k1
          last: null
          name: a, "b"
          rules:
            rate: 1
          scopes:
          - x
          - "y"
        - id: k2
          last: "1e3"
          name: "yes"
          rules:
            rate: null
          scopes: []
        nextCursor: c
        "#);
        insta::assert_snapshot!(text(OutputFormat::Csv), @r#"
        id,last,name,rules,scopes
        k1,,"a, ""b""","{""rate"":1}","x, y"
        k2,1e3,yes,"{""rate"":null}",
        "#);
        assert_eq!((text(OutputFormat::Name).as_str(), text(OutputFormat::Off).as_str()), ("k1\nk2\n", ""));
        let json: serde_json::Value = serde_json::from_str(&text(OutputFormat::Json)).unwrap();
        assert_eq!((&json["nextCursor"], &json["items"][1]["last"]), (&json!("c"), &json!("1e3")));
    }

    #[test]
    fn fields_are_those_that_are_wanted_in_their_order() {
        let text = |format| form(format, &["name", "rules.rate", "scopes"]).text(page()).unwrap();
        insta::assert_snapshot!(text(OutputFormat::Json), @r#"
        {
          "items": [
            {
              "name": "a, \"b\"",
              "rules.rate": 1,
              "scopes": [
                "x",
                "y"
              ]
            },
            {
              "name": "yes",
              "rules.rate": null,
              "scopes": []
            }
          ],
          "nextCursor": "c"
        }
        "#);
        insta::assert_snapshot!(text(OutputFormat::Csv), @r#"
        name,rules.rate,scopes
        "a, ""b""",1,"x, y"
        yes,,
        "#);
        insta::assert_snapshot!(text(OutputFormat::Table), @r#"
        NAME    RULES.RATE  SCOPES
        a, "b"  1           x, y
        yes
        "#);
        let one = Document::one(&json!({ "id": "k1", "rules": { "rate": 1 } })).unwrap();
        insta::assert_snapshot!(form(OutputFormat::Wide, &["rules", "id"]).text(one).unwrap(), @r#"
        rules  {"rate":1}
        id     k1
        "#);
        let misspelt = form(OutputFormat::Json, &["id", "naem", "rules.tare"]);
        let page = page();
        let (unknown, known) = misspelt.unknown_fields(&page).unwrap();
        assert_eq!(unknown, ["naem", "rules.tare"]);
        assert!(known.contains(&"name".to_owned()));
    }

    #[test]
    fn a_filter_and_a_template_see_the_page_or_each_item() {
        let filtered = |format, filter: &str| {
            let shape = Shape::Filtered(Box::new(Filter::parse(filter).unwrap()));
            Form { format, fields: Vec::new(), shape }.text(page())
        };
        assert_eq!(filtered(OutputFormat::Json, ".items[].id, .nextCursor").as_deref(), Ok("k1\nk2\nc\n"));
        assert_eq!(filtered(OutputFormat::Jsonl, ".id").as_deref(), Ok("k1\nk2\n"));
        let filled = |format, template: &str| {
            let shape = Shape::Filled(Box::new(Template::parse(template).unwrap()));
            Form { format, fields: Vec::new(), shape }.text(page())
        };
        assert_eq!(filled(OutputFormat::Json, "{{ items | length }}").as_deref(), Ok("2\n"));
        assert_eq!(filled(OutputFormat::Jsonl, "{{ id }}!").as_deref(), Ok("k1!\nk2!\n"));
        assert!(filled(OutputFormat::Jsonl, "{{ nothing }}").is_err());
    }

    #[test]
    fn what_has_no_name_is_told() {
        let named = form(OutputFormat::Name, &[]).text(Document::one(&json!({ "balance": 1 })).unwrap());
        assert!(named.unwrap_err().contains("id, slug"));
    }
}
