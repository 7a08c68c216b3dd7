//! `aisetu usage report`: events from a file, as a gateway would report them.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;

use admin_core::{Error, UsageEvent, UsageReceipt, UsageReport};
use clap::Args;
use serde::Serialize;
use serde_json::Value;

use crate::context::Context;
use crate::error::CommandError;
use crate::output::{Field, Show};

/// How many bytes of lines go into one report: below the 1 MiB that a control plane takes.
const MOST_BYTES: usize = 900_000;
/// How many refused events are shown.
const MOST_SHOWN: usize = 20;

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// The file with an event a line, as JSON; `-` = standard input
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
}

/// What became of all events.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Reported {
    accepted: u64,
    duplicates: u64,
}

impl Show for Reported {
    const PLURAL: &'static str = "reports";

    fn fields(&self) -> Vec<Field> {
        vec![
            Field::column("accepted", self.accepted.to_string()),
            Field::column("counted before", self.duplicates.to_string()),
        ]
    }
}

/// Events that go out together, with the lines that they stand on.
#[derive(Default)]
struct Batch {
    events: Vec<UsageEvent>,
    lines: Vec<usize>,
    bytes: usize,
}

impl ReportArgs {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CommandError> {
        if context.global.idempotency_key.is_some() {
            return Err(CommandError::NotTaken {
                command: "usage report".to_owned(),
                flag: "--idempotency-key",
                why: "each event counts once by its own id",
            });
        }
        let unreadable = |error: io::Error| CommandError::Input {
            what: format!("`{}` cannot be read: {error}", self.file.display()),
            flag: "--file",
            hint: "name a file of events, or `-` for standard input",
        };
        let lines: Box<dyn BufRead> = if self.file.as_os_str() == "-" {
            Box::new(BufReader::new(io::stdin()))
        } else {
            Box::new(BufReader::new(File::open(&self.file).map_err(unreadable)?))
        };
        let (mut reported, mut batch) = (Reported::default(), Batch::default());
        for (number, line) in (1..).zip(lines.lines()) {
            let line = line.map_err(unreadable)?;
            if line.trim().is_empty() {
                continue;
            }
            if batch.events.len() == UsageReport::MAX_EVENTS || batch.bytes + line.len() > MOST_BYTES {
                send(context, std::mem::take(&mut batch), &mut reported).await?;
            }
            let event = serde_json::from_str(&line).map_err(|error| {
                let kept = reported.accepted + reported.duplicates;
                let why = fault(&line).unwrap_or_else(|| format!("column {}", error.column()));
                wrong(format!("line {number} is no event: {why}; {kept} events before it were reported"))
            });
            batch.events.push(event?);
            batch.lines.push(number);
            batch.bytes += line.len();
        }
        if !batch.events.is_empty() {
            send(context, batch, &mut reported).await?;
        }
        context.print(&reported)
    }
}

fn wrong(what: String) -> CommandError {
    CommandError::Input {
        what,
        flag: "--file",
        hint: "each line is one event, such as {\"id\":\"e1\",\"at\":\"2026-11-22T09:30:00Z\",\"key\":\"key_…\",\"costMicroUsd\":1200}",
    }
}

/// What is wrong with a line that is no event, as far as it can be told. What serde says may quote the line, and a secret may stand in it.
fn fault(line: &str) -> Option<String> {
    let Ok(Value::Object(fields)) = serde_json::from_str(line) else { return None };
    let absent = ["id", "at", "key", "costMicroUsd"].into_iter().find(|field| !fields.contains_key(*field));
    if let Some(field) = absent {
        return Some(format!("`{field}` is absent"));
    }
    let counts = ["requests", "inputTokens", "outputTokens", "costMicroUsd"].into_iter();
    counts.filter_map(|field| Some((field, fields.get(field)?))).find_map(|(field, value)| match value {
        Value::Number(number) if number.is_u64() => None,
        Value::Number(number) => Some(format!("`{field}` is {number}, and must be a whole number of at least 0")),
        _ => Some(format!("`{field}` is no number")),
    })
}

async fn send(context: &Context, batch: Batch, reported: &mut Reported) -> Result<(), CommandError> {
    let Batch { events, lines, .. } = batch;
    let client = context.client()?;
    let call = async { Ok(client.gateway().report_usage(UsageReport::new(events)).await) };
    match context.interruptible(None, call).await? {
        Ok(UsageReceipt { accepted, duplicates, .. }) => {
            reported.accepted += accepted;
            reported.duplicates += duplicates;
            Ok(())
        }
        Err(error) => {
            if let Error::Http(http) = &error {
                for event in http.refused_events.iter().take(MOST_SHOWN) {
                    let line = lines.get(event.index).copied().unwrap_or_default();
                    context.printer.warning(format_args!("line {line}: {} ({})", event.message, event.code));
                }
                let more = http.refused_events.len().saturating_sub(MOST_SHOWN);
                if more > 0 {
                    context.printer.warning(format_args!("and {more} more"));
                }
            }
            let kept = reported.accepted + reported.duplicates;
            if kept > 0 {
                context.printer.note(format_args!(
                    "{kept} events before these were reported; report the file again when it is mended"
                ));
            }
            Err(error.into())
        }
    }
}
