//! `cargo xtask schema-export`: the schema of a control plane, as the file that core compiles against.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use admin_schema::Feature;
use anyhow::Context as _;
use clap::Args;
use similar::TextDiff;

use crate::env;
use crate::remote::{Endpoint, Limits, Remote};

#[derive(Args)]
#[command(after_help = "Exit codes: 0 all is well, 1 the file differs (--check), 2 it could not be found out")]
pub(crate) struct SchemaExport {
    /// Introspect the deployment at this base URL, with the PAT in `AI_SETU_PAT`, instead of the bundled server.
    #[arg(long)]
    url: Option<String>,
    /// Write nothing; fail if the file differs.
    #[arg(long)]
    check: bool,
    /// Another file than `schema/schema-public.gql`.
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
}

pub(crate) enum Outcome {
    /// All is well; the line says what was done.
    Good(String),
    /// The file is not what it should be.
    Differs { diff: String, advice: String },
}

/// Where the schema comes from.
struct Source {
    name: String,
    /// In canonical form.
    schema: String,
    /// What it does not tell, as the end of a sentence.
    note: String,
}

impl SchemaExport {
    /// Exports or checks. `bundled` gives the SDL of the bundled server.
    pub(crate) fn run(&self, bundled: fn() -> String) -> anyhow::Result<Outcome> {
        let file = self.file.clone().unwrap_or_else(schema_file);
        let Source { name, schema, note } = self.source(bundled)?;
        let current = match fs::read_to_string(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            read => Some(read.with_context(|| format!("cannot read {}", file.display()))?),
        };
        let shown = relative(&file).display();
        if current.as_deref() == Some(schema.as_str()) {
            return Ok(Outcome::Good(format!("{shown} is the schema of {name}{note}")));
        }
        if self.check {
            let current = current.unwrap_or_default();
            let diff = TextDiff::from_lines(&current, &schema);
            let diff = diff.unified_diff().header(&shown.to_string(), &name).to_string();
            let command = self.mending_command();
            let advice = format!("{shown} is not the schema of {name}{note}; this mends it:\n\n    {command}\n");
            return Ok(Outcome::Differs { diff, advice });
        }
        write(&file, &schema).with_context(|| format!("cannot write {}", file.display()))?;
        Ok(Outcome::Good(format!("wrote {shown}: the schema of {name}{note}")))
    }

    fn source(&self, bundled: fn() -> String) -> anyhow::Result<Source> {
        let Some(url) = &self.url else {
            let schema = admin_schema::canonical(&bundled()).context("the SDL of the bundled server is no schema")?;
            return Ok(Source { name: "the bundled server".to_owned(), schema, note: String::new() });
        };
        let endpoint: Endpoint = url.parse().context("--url")?;
        let Remote { schema, lost } =
            endpoint.introspect(&env::pat()?, &Limits::default()).with_context(|| endpoint.to_string())?;
        let lost: Vec<String> = lost.iter().map(Feature::to_string).collect();
        let note = if lost.is_empty() { String::new() } else { format!(", which does not tell: {}", lost.join(", ")) };
        Ok(Source { name: endpoint.to_string(), schema, note })
    }

    /// What to type in a shell to make the check pass.
    fn mending_command(&self) -> String {
        let mut command = "cargo xtask schema-export".to_owned();
        let file = self.file.as_ref().map(|file| file.display().to_string());
        for (flag, value) in [("--url", &self.url), ("--file", &file)] {
            if let Some(value) = value {
                command.extend([" ", flag, " ", &quoted(value)]);
            }
        }
        command
    }
}

/// A word of a shell command.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,=".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// The contract, in the repository that this was built in.
fn schema_file() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.parent().unwrap_or(root).join("schema/schema-public.gql")
}

/// The path as seen from the repository, if it is in it.
fn relative(path: &Path) -> &Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().and_then(|root| path.strip_prefix(root).ok()).unwrap_or(path)
}

/// Replaces the file as a whole: core's build never reads half of it.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut beside = path.file_name().map_or_else(OsString::new, OsString::from);
    beside.push(format!(".{}.new", std::process::id()));
    let beside = path.with_file_name(beside);
    let written = fs::write(&beside, text).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // The first error is the one to tell.
        drop(fs::remove_file(&beside));
    }
    written
}
