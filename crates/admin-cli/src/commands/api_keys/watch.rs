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
    let mut told = Told::default();
    let calls = ListApiKeyLogs {
        version_id: Some(old.id.clone()),
        from: Some(new.created_at),
        limit: Some(CALLS),
        ..ListApiKeyLogs::new(id.clone())
    };
    loop {
        for call in told.news(or_later(context, context.follow_up(calls.clone()).await)?) {
            let by = caller(call.ip.as_deref(), call.user_agent.as_deref());
            context.printer.note(format_args!("{} the old secret was presented{by}: {}", call.at, call.code));
        }
        let now = or_later(context, context.follow_up(GetApiKey { id: id.clone() }).await)?;
        if let Some(now) = now.filter(|now| in_progress(now).is_none_or(|(_, live)| live.id != old.id)) {
            let rolled_back = now.versions.first().is_some_and(|live| live.id == old.id);
            let end = if rolled_back { "is the only one again: the rotation was rolled back" } else { "has ended" };
            context.printer.note(format_args!("the old secret …{} {end}", old.hint));
            return Ok(now);
        }
        tokio::time::sleep(PAUSE).await;
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
    fn news(&mut self, page: Option<Page<ApiKeyLog>>) -> Vec<ApiKeyLog> {
        let mut news = Vec::new();
        // Newest first, as they come.
        for call in page.into_iter().flat_map(|page| page.items) {
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
