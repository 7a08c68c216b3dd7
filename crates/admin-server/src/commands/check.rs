//! `aisetu-server check`: whether what is kept twice says the same.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use admin_server::app::ControlPlane;
use admin_server::app::check::{ChainHead, LogGap};
use clap::{Args, ValueEnum};

use crate::{Data, Failure};

/// How findings are printed.
#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// One a line, for people.
    Text,
    /// One JSON object.
    Json,
}

#[derive(Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) data: Data,
    /// How findings are printed
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    output: Format,
    /// Print the head of each audit chain too, which JSON always has: keep them elsewhere, for `--expected-heads`
    #[arg(long)]
    heads: bool,
    /// What an earlier `check --heads` printed: a chain that does not contain its head of then was put back or cut off
    #[arg(long, value_name = "FILE")]
    expected_heads: Option<PathBuf>,
}

impl Check {
    /// Findings go to the standard output; that there are any is a failure.
    pub(crate) async fn run(&self, control_plane: &ControlPlane) -> Result<(), Failure> {
        let expected = self.expected_heads.as_deref().map(expected_heads).transpose()?.unwrap_or_default();
        let checked = control_plane.check(&expected).await?;
        let mut text = String::new();
        match self.output {
            Format::Json => text = serde_json::to_string_pretty(&checked)? + "\n",
            Format::Text => {
                for finding in &checked.findings {
                    writeln!(text, "{finding}")?;
                }
                for ChainHead { chain, head } in checked.heads.iter().filter(|_| self.heads) {
                    writeln!(text, "{chain}\t{head}")?;
                }
                for LogGap { after, at_most, found_at } in &checked.log_gaps {
                    writeln!(
                        text,
                        "after entry {after} of the log of keys up to {at_most} may be missing: a server was killed before {found_at}"
                    )?;
                }
                writeln!(text, "checked {} tenants, {} audit events", checked.tenants, checked.audit_events)?;
            }
        }
        io::stdout().lock().write_all(text.as_bytes())?;
        match checked.findings.len() {
            0 => Ok(()),
            1 => Err("the check found something wrong".into()),
            count => Err(format!("the check found {count} things wrong").into()),
        }
    }
}

/// The lines of a chain and its head, parted by a tab; the others are for people.
fn expected_heads(file: &Path) -> Result<Vec<ChainHead>, Failure> {
    let name = file.display();
    let text = std::fs::read_to_string(file).map_err(|error| format!("the file {name} cannot be read: {error}"))?;
    let heads = text.lines().filter_map(|line| line.split_once('\t'));
    let heads: Vec<_> =
        heads.map(|(chain, head)| ChainHead { chain: chain.to_owned(), head: head.to_owned() }).collect();
    if heads.is_empty() {
        return Err(format!("the file {name} has no heads: give one that `aisetu-server check --heads` printed").into());
    }
    Ok(heads)
}
