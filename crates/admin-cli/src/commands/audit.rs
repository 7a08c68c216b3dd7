//! `aisetu audit`.

use std::process::ExitCode;

use admin_core::audit::{ListAuditEvents, VerifyAudit};
use admin_core::{ObjectId, WorkspaceId};
use clap::{Args, Subcommand};

use crate::args::PageArgs;
use crate::commands::done;
use crate::context::Context;
use crate::error::CommandError;
use crate::names::Ref;
use crate::past::Past;

// What a command is for, and the scope that it needs, come from its operation.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    #[command(after_help = "Examples:\n  aisetu audit events --object KEY\n  \
                            aisetu audit events --action apiKeysRevoke --since 7d -o jsonl")]
    Events(EventsArgs),
    #[command(
        after_help = "Exits with 0 if the chain is whole, with 12 if it is not. Keep the head that it shows elsewhere: with it a chain \
                            is found that was put back.\n\nExamples:\n  aisetu audit verify\n  \
                            aisetu audit verify --expected-head HEAD"
    )]
    Verify(VerifyArgs),
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// A head that was shown before: a chain that does not contain it is broken
    #[arg(long, value_name = "HEAD")]
    expected_head: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct EventsArgs {
    /// Only what happened at this instant (RFC 3339) or later, or so long ago, such as `1h`
    #[arg(long, visible_alias = "since", value_name = "WHEN")]
    from: Option<Past>,
    /// Only what happened before
    #[arg(long, visible_alias = "until", value_name = "WHEN")]
    to: Option<Past>,
    /// Only what was done by this person (`usr_…`), token (`pat_…`, `svc_…`), the `operator` or the `system`
    #[arg(long, value_name = "ID")]
    actor: Option<String>,
    /// Only what this root field did, such as `apiKeysRotate`
    #[arg(long, value_name = "FIELD")]
    action: Option<String>,
    /// Only what was done to the object of this id
    #[arg(long, value_name = "ID")]
    object: Option<ObjectId>,
    /// Only the events of this workspace (`ws_…` or its name), deleted or not
    #[arg(long, value_name = "WORKSPACE")]
    workspace: Option<Ref<WorkspaceId>>,
    #[command(flatten)]
    page: PageArgs,
}

impl AuditCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<ExitCode, CommandError> {
        match self {
            Self::Events(EventsArgs { from, to, actor, action, object, workspace, page }) => {
                let PageArgs { limit, cursor, offset, all } = page.sized();
                let workspace_id = context.optional_id(workspace).await?;
                let operation = ListAuditEvents {
                    from: from.map(Context::instant),
                    to: to.map(Context::instant),
                    actor_user_id: None,
                    actor,
                    action,
                    object_id: object,
                    workspace_id,
                    limit,
                    cursor,
                    offset,
                };
                context.print_page(&context.list(operation, all).await?).map(done)
            }
            Self::Verify(VerifyArgs { expected_head }) => {
                let mut operation = VerifyAudit { expected_head, ..VerifyAudit::default() };
                let chain = loop {
                    let chain = context.execute(operation.clone()).await?;
                    match &chain.next_cursor {
                        Some(cursor) => operation.cursor = Some(cursor.clone()),
                        None => break chain,
                    }
                };
                context.print(&chain)?;
                Ok(if chain.ok { done(()) } else { crate::ExitCode::CheckFailed.into() })
            }
        }
    }
}
