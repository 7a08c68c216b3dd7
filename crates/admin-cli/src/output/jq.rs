//! `--jq`: a filter in the language of jq, built in.

use std::fmt;
use std::sync::mpsc::{self, Receiver, SendError, Sender, SyncSender};
use std::sync::{Arc, Mutex};
use std::thread;

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

/// What is written deeper than people write goes deeper into the stack than a thread commonly has. A machine that does not give the
/// first of these may give another.
const STACKS: [usize; 3] = [256 << 20, 64 << 20, 8 << 20];
/// Each letter of a filter may be a level, which takes no more of the stack than this.
const LEVEL: usize = 16 << 10;

/// A filter that is understood. It runs on a thread of its own, for its stack, and for what it makes to come as it is made. A recursion
/// without end still ends the process, as it does with jq itself.
pub(crate) struct Filter {
    inputs: Sender<Vec<u8>>,
    outputs: Receiver<Output>,
}

/// What the thread of a filter says.
enum Output {
    /// It is understood, or an input is done with.
    Done,
    Made(String),
    Failed(String),
}

impl Filter {
    /// Reads a filter. It reads no files.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (inputs, to_filter) = mpsc::channel();
        let (from_filter, outputs) = mpsc::sync_channel(1);
        let filter = Self { inputs, outputs };
        let ends = Arc::new(Mutex::new(Some((text.to_owned(), to_filter, from_filter))));
        let spawned = STACKS.into_iter().find_map(|stack| {
            let ends = Arc::clone(&ends);
            let run = move || {
                let taken = ends.lock().ok().and_then(|mut ends| ends.take());
                if let Some((text, inputs, outputs)) = taken {
                    // Whoever waited went away.
                    let _ = serve(&text, stack / LEVEL, &inputs, &outputs);
                }
            };
            thread::Builder::new().name("jq".to_owned()).stack_size(stack).spawn(run).ok()
        });
        if spawned.is_none() {
            return Err("the system gives no thread to run it".to_owned());
        }
        match filter.outputs.recv() {
            Ok(Output::Failed(why)) => Err(why),
            Ok(_) => Ok(filter),
            Err(_) => Err(GONE.to_owned()),
        }
    }

    /// Gives what comes out for an input to `each` as it comes: text as it is, all else as JSON on one line. Stops with the first error.
    ///
    /// # Errors
    /// What the filter cannot do with it, or the error of `each`.
    pub(crate) fn run<E: From<String>>(
        &self,
        input: &Json,
        mut each: impl FnMut(&str) -> Result<(), E>,
    ) -> Result<(), E> {
        let text = serde_json::to_vec(input).map_err(|error| error.to_string())?;
        self.inputs.send(text).map_err(|_| GONE.to_owned())?;
        loop {
            match self.outputs.recv().map_err(|_| GONE.to_owned())? {
                Output::Made(text) => each(&text)?,
                Output::Failed(why) => return Err(why.into()),
                Output::Done => return Ok(()),
            }
        }
    }
}

/// The thread ended by itself, which a fault of the library makes it do.
const GONE: &str = "the filter ended by itself";

/// Reads a filter of at most so many bytes, and then runs it for each input.
fn serve(
    text: &str,
    longest: usize,
    inputs: &Receiver<Vec<u8>>,
    outputs: &SyncSender<Output>,
) -> Result<(), SendError<Output>> {
    if text.len() > longest {
        return outputs.send(Output::Failed(format!("it has {} bytes, of at most {longest}", text.len())));
    }
    let filter = match compile(text) {
        Ok(filter) => filter,
        Err(why) => return outputs.send(Output::Failed(why)),
    };
    outputs.send(Output::Done)?;
    for input in inputs {
        outputs.send(match outcome(&filter, &input, outputs)? {
            Ok(()) => Output::Done,
            Err(why) => Output::Failed(why),
        })?;
    }
    Ok(())
}

fn outcome(
    filter: &jaq_core::Filter<Data>,
    input: &[u8],
    outputs: &SyncSender<Output>,
) -> Result<Result<(), String>, SendError<Output>> {
    let input = match jaq_json::read::parse_single(input) {
        Ok(input) => input,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let context = Ctx::<Data>::new(&filter.lut, Vars::new([]));
    for output in filter.id.run((context, input)).map(unwrap_valr) {
        match output {
            Ok(Val::TStr(text)) => outputs.send(Output::Made(String::from_utf8_lossy(&text).into_owned()))?,
            Ok(value) => outputs.send(Output::Made(value.to_string()))?,
            Err(error) => return Ok(Err(error.to_string())),
        }
    }
    Ok(Ok(()))
}

fn compile(text: &str) -> Result<jaq_core::Filter<Data>, String> {
    let definitions = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
    let formats = load::parse(FORMATS, |parser| parser.defs()).unwrap_or_default();
    let definitions = definitions.chain(formats).filter(|definition| !REFUSED.contains(&definition.name));
    let functions = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
    let functions = functions.filter(|(name, ..)| !REFUSED.contains(name));
    let arena = Arena::default();
    let modules = Loader::new(definitions).load(&arena, File { code: text, path: () });
    let modules = modules.map_err(|errors| first(errors.into_iter().map(|(_, error)| not_read(&error))))?;
    let compiled = Compiler::default().with_funs(functions).compile(modules);
    compiled.map_err(|errors| {
        let undefined = errors.into_iter().flat_map(|(_, errors)| errors);
        first(undefined.map(|(name, kind)| format!("there is no {} `{name}`", kind.as_str())))
    })
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
        let mut outputs = Vec::new();
        Filter::parse(filter)?.run(&serde_json::from_str(input).unwrap(), |output| {
            outputs.push(output.to_owned());
            Ok::<_, String>(())
        })?;
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

    #[test]
    fn what_is_deep_ends_no_process() {
        const LONGEST: usize = STACKS[0] / LEVEL;
        for (open, close) in [("[", "]"), ("(", ")"), ("-", "1"), ("try ", "."), ("[.[]|", "]")] {
            let deep = LONGEST / (open.len() + close.len());
            let filter = format!("{}{}", open.repeat(deep), close.repeat(deep));
            // Whatever it says: it comes back.
            let _ = run(&filter, "1");
            let _ = run(&open.repeat(LONGEST / open.len()), "1");
        }
        assert_eq!(run(&"[".repeat(LONGEST + 1), "1").unwrap_err(), "it has 16385 bytes, of at most 16384");
        assert_eq!(
            run("reduce range(100000) as $i (0; [.]) | [recurse(.[0]?)] | length", "1").as_deref(),
            Ok("100001")
        );
        assert_eq!(run("def f: if . > 5000 then . else 1 + (. + 1 | f) end; f", "0").as_deref(), Ok("10002"));
    }

    #[test]
    fn what_is_made_comes_as_it_is_made() {
        let mut seen = 0;
        let stopped = Filter::parse("repeat(1)").unwrap().run(&Json::Null, |_| {
            seen += 1;
            if seen < 3 { Ok(()) } else { Err("enough".to_owned()) }
        });
        assert_eq!((stopped, seen), (Err("enough".to_owned()), 3));
    }
}
