//! What hangs on a key that is about to stop working.

use admin_core::api_keys::{ApiKey, GetApiKey, GetApiKeyUsage};
use admin_core::usage::TimeUnit;
use admin_core::{ApiKeyId, DateTime, OperationInfo};
use jiff::{SignedDuration, Timestamp};

use crate::confirm::Subject;
use crate::context::Context;
use crate::error::CommandError;
use crate::output::{printable, relative};

/// The time over which its calls are counted.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(24);

impl Context {
    /// Asks a person about a key, with what hangs on it. Whoever has said yes already is not kept waiting.
    ///
    /// # Errors
    /// As [`Context::confirm`]; and the key cannot be read.
    pub(super) async fn confirm_key(&self, info: &OperationInfo, id: &ApiKeyId) -> Result<(), CommandError> {
        let plain = Subject::new(format!("API key `{id}`"), id.as_ref());
        if self.is_confirmed(info, id.as_ref()) {
            return self.confirm(info, &plain);
        }
        let key = self.follow_up(GetApiKey { id: id.clone() }).await?;
        let what = format!("API key `{}` (`{id}`)", printable(&key.name));
        self.confirm(info, &Subject::new(what, id.as_ref()).weighing(self.weight(&key).await))
    }

    /// When it was last used and how much. What may not be read is not told.
    pub(crate) async fn weight(&self, key: &ApiKey) -> Vec<String> {
        let now = Self::now();
        let used = match key.last_used_at {
            None => "never used".to_owned(),
            Some(at) => format!("last used {}{}", relative(at.timestamp(), now), from(key)),
        };
        let requests = self.requests(key, now).await.map(|requests| format!("{requests} requests in the last 24 h"));
        [Some(used), requests].into_iter().flatten().collect()
    }

    async fn requests(&self, key: &ApiKey, now: Timestamp) -> Option<i64> {
        let from = now.checked_sub(LOOK_BACK).ok().map(DateTime::from);
        let usage = GetApiKeyUsage { from, group_by: Some(TimeUnit::Hour), ..GetApiKeyUsage::new(&key.id) };
        Some(self.follow_up(usage).await.ok()?.total.requests)
    }
}

/// From where the newest call came.
fn from(key: &ApiKey) -> String {
    let newest = key.versions.iter().max_by_key(|version| version.last_used_at);
    let ip = newest.and_then(|version| version.last_used_ip.as_deref());
    ip.map(|ip| format!(" from {}", printable(ip))).unwrap_or_default()
}
