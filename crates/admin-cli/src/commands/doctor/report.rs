//! What was found.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use serde::Serialize;
use serde_json::json;

use crate::context::Context;
use crate::env::own_names;
use crate::error::CommandError;
use crate::output::{Field, Show};

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    Ok,
    Warning,
    Failed,
    Skipped,
}

/// A check.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Check {
    #[serde(rename = "check")]
    pub(super) name: &'static str,
    pub(super) state: State,
    pub(super) found: String,
    /// What to do about it.
    pub(super) fix: Option<String>,
}

/// Every check, in the order in which one rests on the other.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    pub(super) items: Vec<Check>,
}

impl Report {
    pub(super) fn ok(&mut self, check: &'static str, found: impl Into<String>) {
        self.add(check, State::Ok, found.into(), None);
    }

    pub(super) fn warn(&mut self, check: &'static str, found: impl Into<String>, fix: impl Into<String>) {
        self.add(check, State::Warning, found.into(), Some(fix.into()));
    }

    pub(super) fn fail(&mut self, check: &'static str, found: impl Into<String>, fix: Option<String>) {
        self.add(check, State::Failed, found.into(), fix);
    }

    pub(super) fn skip(&mut self, check: &'static str, why: impl Into<String>) {
        self.add(check, State::Skipped, why.into(), None);
    }

    /// What an error says, with how to mend it.
    pub(super) fn error(&mut self, check: &'static str, error: &CommandError) {
        let causes = [vec![error.to_string()], error.causes()].concat().join(": ");
        let id = error.request_id().map(|id| format!(", {id}")).unwrap_or_default();
        let hints = error.hints();
        self.fail(check, format!("{causes} ({}{id})", error.code()), (!hints.is_empty()).then(|| hints.join("; ")));
    }

    fn add(&mut self, check: &'static str, state: State, found: String, fix: Option<String>) {
        self.items.push(Check { name: check, state, found, fix });
    }

    /// Writes a new file with the report and what it is about. There is no secret in a report; of variables only the names are told.
    ///
    /// # Errors
    /// The file cannot be made; one that is there is left alone.
    pub(super) fn write(&self, context: &Context, path: &Path) -> Result<(), CommandError> {
        let bundle = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "system": std::env::consts::OS,
            "architecture": std::env::consts::ARCH,
            "variables": own_names(),
            "checks": self.items,
        });
        let failed = |error: std::io::Error| CommandError::Input {
            what: format!("`{}` cannot be written: {error}", path.display()),
            flag: "--bundle",
            hint: "name a file that is not there yet",
        };
        let text = serde_json::to_string_pretty(&bundle).unwrap_or_default();
        let mut file = File::create_new(path).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        context.printer.note(format_args!("the report is in `{}`; read it before you give it away", path.display()));
        Ok(())
    }
}

impl Show for Check {
    const PLURAL: &'static str = "checks";

    fn fields(&self) -> Vec<Field> {
        let state = match self.state {
            State::Ok => "ok",
            State::Warning => "WARNING",
            State::Failed => "FAILED",
            State::Skipped => "skipped",
        };
        let found = match &self.fix {
            Some(fix) => format!("{}; {fix}", self.found),
            None => self.found.clone(),
        };
        vec![
            Field::column("check", self.name.to_owned()),
            Field::column("state", state.to_owned()),
            Field::column("found", found),
        ]
    }
}
