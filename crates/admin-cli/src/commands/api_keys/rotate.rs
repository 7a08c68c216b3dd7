//! `aisetu api-keys rotate`.

use admin_core::api_keys::{FinishApiKeyRotation, GetApiKey, RotateApiKey};
use admin_core::{ApiKeyId, Duration, Operation};
use clap::Args;

use super::watch;
use crate::context::Context;
use crate::error::CommandError;
use crate::expiry::Expiry;
use crate::names::Ref;
use crate::secret_out::SaveTo;

#[derive(Debug, Args)]
pub(crate) struct RotateArgs {
    /// The key (`key_…` or its name)
    #[arg(value_name = "KEY")]
    id: Ref<ApiKeyId>,
    /// How long the old secret still works: `0s` to `7d`; `0s` ends it as soon as the new one is handed over [default: 24h]
    #[arg(long, value_name = "DURATION")]
    grace: Option<Duration>,
    /// A new expiry of the key: `90d`, or an instant (RFC 3339) [default: as it is]
    #[arg(long, value_name = "WHEN")]
    expires: Option<Expiry>,
    /// Stay, and tell who still presents the old secret until it has ended. Where a rotation is in progress, watch that one and make no new
    /// secret
    #[arg(long)]
    watch: bool,
    #[command(flatten)]
    save_to: SaveTo,
}

impl RotateArgs {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CommandError> {
        let Self { id, grace, expires, watch, save_to } = self;
        let id = context.id(id).await?;
        if watch {
            let key = context.follow_up(GetApiKey { id: id.clone() }).await?;
            if watch::in_progress(&key).is_some() {
                if grace.is_some() || expires.is_some() || save_to.is_given() {
                    return Err(CommandError::Input {
                        what: format!(
                            "a rotation of `{id}` is in progress, and `--grace`, `--expires` and `--save-to` are for a new secret"
                        ),
                        flag: "--watch",
                        hint: "leave them out to watch it, or end it with `api-keys finish-rotation` or `api-keys rollback-rotation`",
                    });
                }
                context.printer.note(format_args!("a rotation is in progress, so no new secret is made"));
                return match context.interruptible(None, watch::watch(context, key)).await {
                    // That is how one stops watching.
                    Err(CommandError::Interrupted { .. }) => Ok(()),
                    key => context.print(&key?),
                };
            }
        }
        context.confirm_key(&RotateApiKey::INFO, &id).await?;
        let without_grace = grace.is_some_and(|grace| grace.as_secs() == 0);
        let operation = RotateApiKey {
            id,
            grace: if without_grace { Some(RotateApiKey::WHILE_DELIVERING) } else { grace },
            expires_at: context.expiry(expires)?,
        };
        let mut delivered = context.issue(operation, &save_to).await?;
        // An expired secret has no grace: then the new one is alone already.
        if without_grace && delivered.item.versions.len() > 1 {
            match context.follow_up(FinishApiKeyRotation { id: delivered.item.id.clone() }).await {
                Ok(finished) => delivered.item = finished,
                // The new secret is where it belongs, and the old one ends by itself: no reason to fail.
                Err(error) => match context.follow_up(GetApiKey { id: delivered.item.id.clone() }).await {
                    // An earlier run under the same key has finished it.
                    Ok(key) if key.versions.len() < 2 => delivered.item = key,
                    _ => context.printer.warning(format_args!(
                        "the old secret works for up to {} more, because the rotation could not be finished: {error}",
                        RotateApiKey::WHILE_DELIVERING
                    )),
                },
            }
        }
        context.report(&delivered)?;
        if watch {
            match context.interruptible(None, watch::watch(context, delivered.item)).await {
                Ok(_) | Err(CommandError::Interrupted { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
