//! `aisetu-server check`: whether what is kept twice says the same.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use admin_server::app::ControlPlane;
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
}

impl Check {
    /// Findings go to the standard output; that there are any is a failure.
    pub(crate) async fn run(&self, control_plane: &ControlPlane) -> Result<(), Failure> {
        let checked = control_plane.check().await?;
        let mut text = String::new();
        match self.output {
            Format::Json => text = serde_json::to_string_pretty(&checked)? + "\n",
            Format::Text => {
                for finding in &checked.findings {
                    writeln!(text, "{finding}")?;
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
