//! The only place that prints. Standard output has data and nothing else; everything else goes to standard error.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use admin_core::{Exchange, Outcome};
use admin_token::Secret;
use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use serde_json::json;

use crate::args::OutputFormat;
use crate::error::CommandError;
use crate::output::printable;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

/// Prints in the format that the user asked for.
#[derive(Debug, Clone)]
pub(crate) struct Printer {
    /// How data is printed.
    pub(crate) format: OutputFormat,
    /// Data and errors only.
    pub(crate) quiet: bool,
    /// When there is colour.
    pub(crate) color: ColorChoice,
}

impl Printer {
    /// Prints in a format, with colour where there is a terminal.
    pub(crate) fn new(format: OutputFormat) -> Self {
        Self { format, quiet: false, color: ColorChoice::Auto }
    }

    /// Prints text as it is, and waits until it is written.
    ///
    /// # Errors
    /// Also when the reader went away: what that means depends on what was printed.
    pub(crate) fn data(text: &str) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()
    }

    /// Prints text with colours where there is a terminal, or where they are asked for.
    ///
    /// # Errors
    /// As [`Printer::data`].
    pub(crate) fn styled(&self, text: &str) -> io::Result<()> {
        let mut stdout = AutoStream::new(io::stdout(), self.color).lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()
    }

    /// Tells something beside the data, unless quiet.
    pub(crate) fn note(&self, text: impl Display) {
        if self.quiet {
            return;
        }
        if self.format.is_json() {
            self.line(json!({ "note": { "message": text.to_string() } }));
        } else {
            self.line(text);
        }
    }

    /// Tells what the user should see to, unless quiet.
    pub(crate) fn warning(&self, text: impl Display) {
        if self.quiet {
            return;
        }
        if self.format.is_json() {
            self.line(json!({ "warning": { "message": text.to_string() } }));
        } else {
            self.line(format_args!("{WARNING}warning:{WARNING:#} {text}"));
        }
    }

    /// Tells why it failed: text, or one JSON object on a line.
    pub(crate) fn error(&self, error: &CommandError) {
        if self.format.is_json() {
            return self.line(error.to_json());
        }
        if let Some(rendered) = error.rendered() {
            return self.raw(&rendered);
        }
        let code = error.code();
        match error.request_id() {
            Some(id) => self.line(format_args!("{ERROR}error:{ERROR:#} {error} ({code}, {id})")),
            None => self.line(format_args!("{ERROR}error:{ERROR:#} {error} ({code})")),
        }
        for detail in error.details() {
            self.line(format_args!("  {detail}"));
        }
        for cause in error.causes() {
            self.line(format_args!("  caused by: {cause}"));
        }
        for hint in error.hints() {
            self.line(format_args!("{HINT}hint:{HINT:#} {hint}"));
        }
    }

    /// Shows what went over the wire. There is no secret in it.
    pub(crate) fn exchange(&self, exchange: &Exchange) {
        let Exchange { url, attempt, idempotency_key, request, took, outcome, .. } = exchange;
        let key = idempotency_key.as_ref().map(|key| format!(", key {key}")).unwrap_or_default();
        let took = took.as_millis();
        let came = match outcome {
            Outcome::Answered { status, headers, body } => {
                let headers: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                format!("{status} in {took} ms; {}\n< {}", headers.join("; "), printable(body))
            }
            Outcome::Failed { why } => format!("nothing in {took} ms: {}", printable(why)),
            _ => format!("something in {took} ms"),
        };
        let text = format!("POST {url} (attempt {attempt}{key})\n> {}\n< {came}", printable(request));
        if self.format.is_json() {
            self.line(json!({ "debug": { "message": text } }));
        } else {
            text.lines().for_each(|line| self.line(format_args!("debug: {line}")));
        }
    }

    /// Asks, without a line end: the answer is typed behind it.
    pub(crate) fn prompt(&self, question: &str) {
        self.raw(question);
    }

    /// Tells what a call answered that cannot be asked again, also when quiet.
    pub(crate) fn answer(&self, json: &str) {
        if self.format.is_json() {
            self.line(format_args!(r#"{{"answer":{json}}}"#));
        } else {
            self.line(format_args!("the answer: {}", printable(json)));
        }
    }

    /// Tells the runner of GitHub Actions to mask a secret in its log, also when quiet. It reads standard error too.
    pub(crate) fn mask(&self, secret: &Secret) {
        let escaped = Secret::new(secret.expose().replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A"));
        self.raw(Secret::new(format!("::add-mask::{}\n", escaped.expose())).expose());
    }

    /// Shows a person at the terminal a secret that has no other place.
    pub(crate) fn shown_once(&self, secret: &Secret) {
        self.line(format_args!(
            "{WARNING}the new secret, which cannot be shown again:{WARNING:#}\n{}",
            secret.expose()
        ));
    }

    /// How many columns the terminal has that shows the data; `None` = no terminal shows it.
    pub(crate) fn columns() -> Option<usize> {
        terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0)).filter(|width| *width > 0)
    }

    /// Whether a person looks at the data.
    pub(crate) fn data_on_terminal() -> bool {
        io::stdout().is_terminal()
    }

    fn line(&self, text: impl Display) {
        self.raw(&format!("{text}\n"));
    }

    /// Nobody can be told that standard error cannot be written to.
    fn raw(&self, text: &str) {
        let mut stderr = AutoStream::new(io::stderr(), self.color).lock();
        let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
    }
}
