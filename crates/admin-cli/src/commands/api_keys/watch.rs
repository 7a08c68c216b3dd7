//! `aisetu api-keys rotate --watch`: who still presents the old secret, until it ends.

use std::collections::HashMap;
use std::time::Duration;

use admin_core::api_keys::{ApiKey, ApiKeyLog, ApiKeyVersion, GetApiKey, ListApiKeyLogs};
use admin_core::{DateTime, Page};

use crate::context::Context;
use crate::error::CommandError;
use crate::output::printable;

/// How often is looked.
const PAUSE: Duration = Duration::from_secs(2);
/// How many calls are looked at each time; of more, the newest.
const CALLS: i32 = 100;
/// How far before the last call is looked for others, who called since the last look.
const BACK: Duration = Duration::from_secs(10);
/// How long somebody who goes on is not told of again.
const SILENCE: Duration = Duration::from_secs(60);

/// The new and the old secret of a rotation that is in progress.
pub(super) fn in_progress(key: &ApiKey) -> Option<(&ApiKeyVersion, &ApiKeyVersion)> {
    match key.versions.as_slice() {
        [new, old] => Some((new, old)),
        _ => None,
    }
}

/// Tells on standard error who presents the old secret of a key, until it has ended or Ctrl-C. The key as it is then.
pub(super) async fn watch(context: &Context, key: ApiKey) -> Result<ApiKey, CommandError> {
    let Some((new, old)) = in_progress(&key) else {
        context.printer.note(format_args!("the old secret has ended"));
        return Ok(key);
    };
    let id = &key.id;
    let until = old.expires_at.map(|at| format!(", which works until {at}")).unwrap_or_default();
    context.printer.note(format_args!(
        "watching the old secret …{}{until}; `aisetu api-keys finish-rotation {id}` ends it, Ctrl-C ends the watching",
        old.hint
    ));
    if let Some(at) = old.last_used_at {
        let by = caller(old.last_used_ip.as_deref(), old.last_used_user_agent.as_deref());
        context.printer.note(format_args!("it was last presented at {at}{by}"));
    }
    let (mut told, mut last_used) = (Told::default(), old.last_used_at);
    loop {
        tokio::time::sleep(PAUSE).await;
        let Some(now) = or_later(context, context.follow_up(GetApiKey { id: id.clone() }).await)? else { continue };
        let Some((_, live)) = in_progress(&now).filter(|(_, live)| live.id == old.id) else {
            let rolled_back = now.versions.first().is_some_and(|live| live.id == old.id);
            let end = if rolled_back { "is the only one again: the rotation was rolled back" } else { "has ended" };
            context.printer.note(format_args!("the old secret …{} {end}", old.hint));
            return Ok(now);
        };
        // Only where there is news, and not far back: a log may be long.
        let Some(at) = live.last_used_at.filter(|at| Some(*at) != last_used) else { continue };
        let calls = ListApiKeyLogs {
            version_id: Some(old.id.clone()),
            from: at.timestamp().checked_sub(BACK).ok().map(DateTime::from),
            limit: Some(CALLS),
            ..ListApiKeyLogs::new(id.clone())
        };
        let Some(page) = or_later(context, context.follow_up(calls).await)? else { continue };
        last_used = Some(at);
        for call in told.news(page).into_iter().filter(|call| call.at >= new.created_at) {
            let by = caller(call.ip.as_deref(), call.user_agent.as_deref());
            context.printer.note(format_args!("{} the old secret was presented{by}: {}", call.at, call.code));
        }
    }
}

/// An answer; `None` where the next one may come.
fn or_later<T>(context: &Context, outcome: Result<T, CommandError>) -> Result<Option<T>, CommandError> {
    match outcome {
        Ok(answer) => Ok(Some(answer)),
        Err(CommandError::Api { source: error, .. }) if error.is_retryable() => {
            context.printer.warning(format_args!("{error}; looking again"));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn caller(ip: Option<&str>, user_agent: Option<&str>) -> String {
    let [from, by] = [(" from ", ip), (" by ", user_agent)]
        .map(|(word, what)| what.map(|what| format!("{word}{}", printable(what))).unwrap_or_default());
    if from.is_empty() && by.is_empty() { " by somebody who did not say from where".to_owned() } else { from + &by }
}

/// Who was told of, and when they had called.
#[derive(Default)]
struct Told(HashMap<(Option<String>, Option<String>), DateTime>);

impl Told {
    /// Of each caller who is new, or goes on after a while, the newest call; oldest first.
    fn news(&mut self, page: Page<ApiKeyLog>) -> Vec<ApiKeyLog> {
        let mut news = Vec::new();
        // Newest first, as they come.
        for call in page.items {
            let who = (call.ip.clone(), call.user_agent.clone());
            let silent_until = self.0.get(&who).and_then(|at| at.timestamp().checked_add(SILENCE).ok());
            if silent_until.is_none_or(|until| call.at.timestamp() >= until) {
                self.0.insert(who, call.at);
                news.push(call);
            }
        }
        news.reverse();
        news
    }
}
