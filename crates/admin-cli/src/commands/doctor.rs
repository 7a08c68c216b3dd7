//! `aisetu doctor`: what works between this machine and the control plane, what does not, and what to do about it.

mod control_plane;
mod machine;
mod report;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::done;
use crate::context::Context;
use crate::error::CommandError;
use report::{Report, State};

#[derive(Debug, Args)]
#[command(
    after_help = "Needs no token to look at this machine; with one it asks the control plane as well, which needs no scope.\n\n\
                        Exits with 12 if something failed. A warning is no failure.\n\nExamples:\n  aisetu doctor\n  aisetu doctor --deep\n  \
                        aisetu doctor -o json --jq '.items[] | select(.state == \"failed\")'\n  aisetu doctor --bundle report.json"
)]
pub(crate) struct DoctorArgs {
    /// Also have every connection to a provider tested, which the providers notice
    #[arg(long, conflicts_with = "offline")]
    deep: bool,
    /// Look at this machine only
    #[arg(long)]
    offline: bool,
    /// Also write the report to a new file, with what it is about and without a secret, for whoever is asked for help
    #[arg(long, value_name = "PATH", value_hint = clap::ValueHint::FilePath)]
    bundle: Option<PathBuf>,
}

impl DoctorArgs {
    pub(crate) async fn run(self, context: &Context) -> Result<ExitCode, CommandError> {
        context.refuse_idempotency_key("doctor")?;
        let mut report = Report::default();
        machine::check(context, &mut report, self.offline).await;
        if self.offline {
            report.skip("control plane", "`--offline` was given");
        } else {
            let checks = Box::pin(control_plane::check(context, &mut report, self.deep));
            context
                .interruptible(None, async {
                    checks.await;
                    Ok(())
                })
                .await?;
        }
        if let Some(path) = &self.bundle {
            report.write(context, path)?;
        }
        context.print_items(&report.items, &report)?;
        let failed = report.items.iter().any(|check| check.state == State::Failed);
        Ok(if failed { crate::ExitCode::CheckFailed.into() } else { done(()) })
    }
}
