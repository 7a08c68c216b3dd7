//! Data for programs: what of it is wanted, and how it is written.

use std::io;

use serde::Serialize;

use super::jq::Filter;
use super::json::Json;
use super::template::Template;
use super::{Show, finished, plain_table, printable, width};
use crate::args::OutputFormat;

/// What is to be written, and how.
#[derive(Debug)]
pub(crate) struct Form {
    /// How it is written.
    pub(crate) format: OutputFormat,
    /// Of each thing only these members, by their paths; empty = all.
    pub(crate) fields: Vec<String>,
    /// What becomes of it before.
    pub(crate) shape: Shape,
    /// How many columns the terminal has that shows it; `None` = none shows it.
    pub(crate) columns: Option<usize>,
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
    /// What stands for each thing; of data without a type there is nothing.
    names: Vec<String>,
}

/// Why data was not written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unwritten {
    /// It does not go into the form.
    #[error("{0}")]
    Form(String),
    /// Nobody takes it.
    #[error(transparent)]
    Out(#[from] io::Error),
}

impl From<String> for Unwritten {
    fn from(why: String) -> Self {
        Self::Form(why)
    }
}

impl Document {
    /// One thing.
    ///
    /// # Errors
    /// Those of its `Serialize`.
    pub(crate) fn one<T: Show>(thing: &T) -> serde_json::Result<Self> {
        Ok(Self { names: vec![thing.name()], ..Self::json(thing)? })
    }

    /// Many things, and the whole of which they are.
    ///
    /// # Errors
    /// Those of their `Serialize`.
    pub(crate) fn many<T: Show>(items: &[T], whole: &impl Serialize) -> serde_json::Result<Self> {
        let names = items.iter().map(Show::name).collect();
        let items = items.iter().map(Json::of).collect::<serde_json::Result<_>>()?;
        Ok(Self { whole: Json::of(whole)?, items: Some(items), names })
    }

    /// Data without a type.
    ///
    /// # Errors
    /// Those of its `Serialize`.
    pub(crate) fn json(data: &impl Serialize) -> serde_json::Result<Self> {
        Ok(Self { whole: Json::of(data)?, items: None, names: Vec::new() })
    }

    /// As JSON, whatever form is wanted.
    pub(crate) fn plain(&self) -> String {
        serde_json::to_string(&self.whole).unwrap_or_default()
    }

    fn things(&self) -> &[Json] {
        self.items.as_deref().unwrap_or(std::slice::from_ref(&self.whole))
    }
}

impl Form {
    /// Gives the text of data to `out`, in parts as they are made.
    ///
    /// # Errors
    /// Why it ends before its end.
    pub(crate) fn write(
        &self,
        document: &Document,
        mut out: impl FnMut(&str) -> io::Result<()>,
    ) -> Result<(), Unwritten> {
        let selected = self.selected(document);
        let document = selected.as_ref().unwrap_or(document);
        let each = match self.format {
            OutputFormat::Jsonl => document.things(),
            _ => std::slice::from_ref(&document.whole),
        };
        match &self.shape {
            Shape::Filtered(filter) => {
                each.iter().try_for_each(|json| filter.run(json, |line| Ok(out(&format!("{line}\n"))?)))
            }
            Shape::Filled(template) => each.iter().try_for_each(|json| {
                let text = template.fill(json)?;
                let end = if text.ends_with('\n') { "" } else { "\n" };
                Ok(out(&format!("{text}{end}"))?)
            }),
            Shape::AsItIs => Ok(out(&self.written(document)?)?),
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
            OutputFormat::Csv => csv(document.things(), &self.fields),
            OutputFormat::Name => {
                Ok(document.names.iter().map(|name| format!("{name}\n")).collect::<Vec<_>>().concat())
            }
            OutputFormat::Off => Ok(String::new()),
            OutputFormat::Table | OutputFormat::Wide => Ok(self.table(document)),
        }
    }

    /// With no more than the fields that are wanted. What a thing does not have is null.
    fn selected(&self, document: &Document) -> Option<Document> {
        if self.fields.is_empty() {
            return None;
        }
        let select = |thing: &Json| {
            let member = |path: &String| (path.clone(), thing.at(path).unwrap_or(Json::Null));
            Json::Object(self.fields.iter().map(member).collect())
        };
        let items: Option<Vec<Json>> = document.items.as_ref().map(|items| items.iter().map(select).collect());
        let whole = match (&document.whole, &items) {
            (Json::Object(members), Some(items)) if members.iter().any(|(name, _)| name == ITEMS) => {
                let replaced = |(name, value): &(String, Json)| {
                    (name.clone(), if name == ITEMS { Json::List(items.clone()) } else { value.clone() })
                };
                Json::Object(members.iter().map(replaced).collect())
            }
            (whole, _) => select(whole),
        };
        Some(Document { whole, items, names: document.names.clone() })
    }

    /// The fields that are wanted as columns, or of one thing as lines.
    fn table(&self, document: &Document) -> String {
        let cell = |value: &Json| printable(&value.cell());
        let block = |thing: &Json| {
            let mut table = plain_table();
            for (name, value) in thing.members() {
                table.add_row([name.clone(), cell(value)]);
            }
            finished(table)
        };
        let Some(items) = &document.items else { return block(&document.whole) };
        let mut table = plain_table();
        table.set_header(self.fields.iter().map(|field| field.to_uppercase()));
        for thing in items {
            table.add_row(thing.members().iter().map(|(_, value)| cell(value)));
        }
        let table = finished(table);
        // A line that a terminal breaks is no line of a table any more.
        let fits = self.columns.is_none_or(|columns| width(&table) <= columns);
        if fits { table } else { items.iter().map(block).collect::<Vec<_>>().join("\n") }
    }

    /// The wanted fields that none of the things have, and those that they have.
    pub(crate) fn unknown_fields(&self, document: &Document) -> Option<(Vec<&str>, Vec<String>)> {
        let things = document.things();
        // What only empty things could have is not known to be wrong.
        let is_wrong = |path: &&String| {
            let told: Vec<bool> = things.iter().filter_map(|thing| thing.has(path)).collect();
            !told.is_empty() && !told.contains(&true)
        };
        let unknown = self.fields.iter().filter(is_wrong);
        let unknown: Vec<&str> = unknown.map(String::as_str).collect();
        let first = things.first().filter(|_| !unknown.is_empty())?;
        Some((unknown, first.members().iter().map(|(name, _)| name.clone()).collect()))
    }
}

/// The member of a page that has its items.
const ITEMS: &str = "items";

/// A line of names, and a line for each thing; what has no column is empty. Where nobody says which columns there are, each member of an
/// object in a thing has its own.
fn csv(things: &[Json], wanted: &[String]) -> Result<String, String> {
    let row = |thing: &'_ Json| match wanted {
        [] => thing.flat().into_iter().map(|(name, value)| (name, value.clone())).collect(),
        _ => thing.members().to_vec(),
    };
    let rows: Vec<Vec<(String, Json)>> = things.iter().map(row).collect();
    let mut columns: Vec<&str> = wanted.iter().map(String::as_str).collect();
    for (name, _) in rows.iter().flatten() {
        if !columns.contains(&name.as_str()) {
            columns.push(name);
        }
    }
    if columns.is_empty() {
        return Ok(String::new());
    }
    // What one thing does not have at all has columns because of another that has it.
    let is_null = |column: &str| rows.iter().flatten().all(|(name, value)| name != column || *value == Json::Null);
    let is_below = |other: &&str, column: &str| other.strip_prefix(column).is_some_and(|rest| rest.starts_with('.'));
    let is_parent = |column: &str| columns.iter().any(|other| is_below(other, column)) && is_null(column);
    let columns: Vec<&str> =
        columns.iter().copied().filter(|column| !wanted.is_empty() || !is_parent(column)).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&columns).map_err(|error| error.to_string())?;
    for row in &rows {
        let cell = |column: &&str| row.iter().find(|(name, _)| name == column).map(|(_, value)| value.cell());
        writer
            .write_record(columns.iter().map(|column| cell(column).unwrap_or_default()))
            .map_err(|error| error.to_string())?;
    }
    let bytes = writer.into_inner().map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::output::Field;

    fn form(format: OutputFormat, fields: &[&str]) -> Form {
        let fields = fields.iter().map(|field| (*field).to_owned()).collect();
        Form { format, fields, shape: Shape::AsItIs, columns: None }
    }

    #[derive(Serialize)]
    #[serde(transparent)]
    struct Thing(serde_json::Value);

    impl Show for Thing {
        const PLURAL: &'static str = "things";

        fn fields(&self) -> Vec<Field> {
            vec![Field::column("id", self.0["id"].as_str().unwrap_or_default().to_owned())]
        }
    }

    fn page() -> Document {
        let items = [
            json!({ "id": "k1", "name": "a, \"b\"", "scopes": ["x", "y"], "rules": { "rate": 1 }, "last": null }),
            json!({ "id": "k2", "name": "yes", "scopes": [], "rules": { "rate": null }, "last": "1e3" }),
        ];
        let whole = json!({ "items": items, "nextCursor": "c" });
        Document::many(&items.map(Thing), &whole).unwrap()
    }

    fn text(form: &Form, document: &Document) -> Result<String, String> {
        let mut text = String::new();
        let written = form.write(document, |part| {
            text += part;
            Ok(())
        });
        written.map(|()| text).map_err(|why| why.to_string())
    }

    #[test]
    fn each_format_has_all_of_a_page() {
        let text = |format| text(&form(format, &[]), &page()).unwrap();
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
        id,last,name,rules.rate,scopes
        k1,,"a, ""b""",1,"x, y"
        k2,1e3,yes,,
        "#);
        assert_eq!((text(OutputFormat::Name).as_str(), text(OutputFormat::Off).as_str()), ("k1\nk2\n", ""));
        let json: serde_json::Value = serde_json::from_str(&text(OutputFormat::Json)).unwrap();
        assert_eq!((&json["nextCursor"], &json["items"][1]["last"]), (&json!("c"), &json!("1e3")));
    }

    #[test]
    fn fields_are_those_that_are_wanted_in_their_order() {
        let fields = ["name", "rules.rate", "scopes"];
        let in_form = |format| text(&form(format, &fields), &page()).unwrap();
        insta::assert_snapshot!(in_form(OutputFormat::Json), @r#"
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
        insta::assert_snapshot!(in_form(OutputFormat::Csv), @r#"
        name,rules.rate,scopes
        "a, ""b""",1,"x, y"
        yes,,
        "#);
        insta::assert_snapshot!(in_form(OutputFormat::Table), @r#"
        NAME    RULES.RATE  SCOPES
        a, "b"  1           x, y
        yes
        "#);
        let one = Document::json(&json!({ "id": "k1", "rules": { "rate": 1 } })).unwrap();
        insta::assert_snapshot!(text(&form(OutputFormat::Wide, &["rules", "id"]), &one).unwrap(), @r#"
        rules  {"rate":1}
        id     k1
        "#);
        let narrow = Form { columns: Some(20), ..form(OutputFormat::Table, &fields) };
        insta::assert_snapshot!(text(&narrow, &page()).unwrap(), @r#"
        name        a, "b"
        rules.rate  1
        scopes      x, y

        name        yes
        rules.rate
        scopes
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
            text(&Form { format, fields: Vec::new(), shape, columns: None }, &page())
        };
        assert_eq!(filtered(OutputFormat::Json, ".items[].id, .nextCursor").as_deref(), Ok("k1\nk2\nc\n"));
        assert_eq!(filtered(OutputFormat::Jsonl, ".id").as_deref(), Ok("k1\nk2\n"));
        let filled = |format, template: &str| {
            let shape = Shape::Filled(Box::new(Template::parse(template).unwrap()));
            text(&Form { format, fields: Vec::new(), shape, columns: None }, &page())
        };
        assert_eq!(filled(OutputFormat::Json, "{{ items | length }}").as_deref(), Ok("2\n"));
        assert_eq!(filled(OutputFormat::Jsonl, "{{ id }}!").as_deref(), Ok("k1!\nk2!\n"));
        assert!(filled(OutputFormat::Jsonl, "{{ nothing }}").is_err());
    }

    #[test]
    fn csv_has_a_column_for_each_member_of_an_object_and_for_each_wanted_field_of_nothing() {
        let things = [
            json!({ "id": "a", "budget": null, "cost": { "usd": "1", "by": { "day": 2 } } }),
            json!({ "id": "b", "budget": { "usd": "5" }, "cost": null }),
        ];
        let many = Document::many(&things.map(Thing), &json!({})).unwrap();
        insta::assert_snapshot!(text(&form(OutputFormat::Csv, &[]), &many).unwrap(), @"
        cost.by.day,cost.usd,id,budget.usd
        2,1,a,
        ,,b,5
        ");
        let none = Document::many::<Thing>(&[], &json!({ "items": [] })).unwrap();
        assert_eq!(text(&form(OutputFormat::Csv, &["id", "cost.usd"]), &none).as_deref(), Ok("id,cost.usd\n"));
    }
}
