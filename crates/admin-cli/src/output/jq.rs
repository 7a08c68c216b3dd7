//! `--jq`: a filter in the language of jq, built in.

use std::fmt;

use jaq_core::load::{self, Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, data, unwrap_valr};
use jaq_json::Val;

use super::json::Json;

type Data = data::JustLut<Val>;

/// What a filter may not call. The environment has tokens in it, and a filter is often copied from somewhere; and the end of the process,
/// also by an error that is none, is not a filter's to decide.
const REFUSED: [&str; 3] = ["env", "halt", "halt_error"];

/// What jq has and the library leaves to programs.
const FORMATS: &str = r#"
    def @csv: map(if isstring then "\"" + gsub("\""; "\"\"") + "\"" elif . == null then "" else tostring end) | join(",");
    def @tsv: map(
        if isstring then gsub("\\\\"; "\\\\") | gsub("\t"; "\\t") | gsub("\n"; "\\n") | gsub("\r"; "\\r") elif . == null then "" else tostring end
    ) | join("\t");
"#;

/// A filter that is understood.
pub(crate) struct Filter(jaq_core::Filter<Data>);

impl Filter {
    /// Reads a filter. It reads no files.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let definitions = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
        let formats = load::parse(FORMATS, |parser| parser.defs()).unwrap_or_default();
        let definitions = definitions.chain(formats).filter(|definition| !REFUSED.contains(&definition.name));
        let functions = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
        let functions = functions.filter(|(name, ..)| !REFUSED.contains(name));
        let arena = Arena::default();
        let modules = Loader::new(definitions).load(&arena, File { code: text, path: () });
        let modules = modules.map_err(|errors| first(errors.into_iter().map(|(_, error)| not_read(&error))))?;
        let compiled = Compiler::default().with_funs(functions).compile(modules);
        let compiled = compiled.map_err(|errors| {
            let undefined = errors.into_iter().flat_map(|(_, errors)| errors);
            first(undefined.map(|(name, kind)| format!("there is no {} `{name}`", kind.as_str())))
        })?;
        Ok(Self(compiled))
    }

    /// What comes out for an input, in order: text as it is, all else as JSON on one line.
    ///
    /// # Errors
    /// What the filter cannot do with it.
    pub(crate) fn run(&self, input: &Json) -> Result<Vec<String>, String> {
        let text = serde_json::to_vec(input).map_err(|error| error.to_string())?;
        let input = jaq_json::read::parse_single(&text).map_err(|error| error.to_string())?;
        let context = Ctx::<Data>::new(&self.0.lut, Vars::new([]));
        let outputs = self.0.id.run((context, input)).map(unwrap_valr);
        let outputs = outputs.map(|output| match output {
            Ok(Val::TStr(text)) => Ok(String::from_utf8_lossy(&text).into_owned()),
            Ok(value) => Ok(value.to_string()),
            Err(error) => Err(error.to_string()),
        });
        outputs.collect()
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Filter")
    }
}

fn first(mut errors: impl Iterator<Item = String>) -> String {
    errors.next().unwrap_or_else(|| "it is not understood".to_owned())
}

fn not_read(error: &load::Error<&str>) -> String {
    let at = |rest: &str| {
        let rest = rest.lines().next().unwrap_or_default();
        if rest.is_empty() { "at its end".to_owned() } else { format!("at `{rest}`") }
    };
    let told = match error {
        load::Error::Io(errors) => errors.first().map(|(path, why)| format!("`{path}` cannot be read: {why}")),
        load::Error::Lex(errors) => {
            errors.first().map(|(expected, rest)| format!("expected {} {}", expected.as_str(), at(rest)))
        }
        load::Error::Parse(errors) => {
            errors.first().map(|(expected, rest)| format!("expected {} {}", expected.as_str(), at(rest)))
        }
    };
    first(told.into_iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(filter: &str, input: &str) -> Result<String, String> {
        let outputs = Filter::parse(filter)?.run(&serde_json::from_str(input).unwrap())?;
        Ok(outputs.join("\n"))
    }

    #[test]
    fn the_usual_filters_work() {
        let page = r#"{"items":[{"id":"a","n":2,"at":"2026-11-22T09:30:00Z"},{"id":"b","n":1,"at":null}]}"#;
        for (filter, output) in [
            (".items[].id", "a\nb"),
            (".items | length", "2"),
            ("[.items[] | select(.n > 1)] | map(.id)", r#"["a"]"#),
            (".items | sort_by(.n) | .[0] | keys_unsorted", r#"["id","n","at"]"#),
            (r#".items[] | "\(.id)=\(.n)""#, "a=2\nb=1"),
            (".items[0].at | fromdate", "1795339800"),
            (".items | group_by(.n > 1) | length", "2"),
            (r#".items[].id | test("^a")"#, "true\nfalse"),
            (".items | map({(.id): .n}) | add", r#"{"a":2,"b":1}"#),
            (".items[] | [.id, .n] | @tsv", "a\t2\nb\t1"),
            (r#"["a\tb", "c\\d\n", null, 1.5] | @tsv"#, r"a\tb	c\\d\n		1.5"),
            (r#"["a,\"b\"", null, true] | @csv"#, r#""a,""b""",,true"#),
            (".nothing", "null"),
            ("empty", ""),
        ] {
            assert_eq!(run(filter, page).as_deref(), Ok(output), "{filter}");
        }
    }

    #[test]
    fn what_is_no_filter_is_told() {
        let told = [".items[", "nope", "$ENV", "env", "{", "@foo", "include \"x\"; .", ".a |"]
            .map(|filter| format!("{filter}: {}", run(filter, "{}").unwrap_err()));
        insta::assert_snapshot!(told.join("\n"), @r#"
        .items[: expected closing bracket at its end
        nope: there is no filter `nope`
        $ENV: there is no variable `$ENV`
        env: there is no filter `env`
        {: expected closing brace at its end
        @foo: there is no filter `@foo`
        include "x"; .: `x` cannot be read: module loading not supported
        .a |: expected term at its end
        "#);
        insta::assert_snapshot!(run(".a.b", r#"{"a":1}"#).unwrap_err(), @r#"cannot index 1 with "b""#);
    }
}
