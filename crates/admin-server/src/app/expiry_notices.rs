//! Mails to the owners of a tenant before a key of it expires.

use jiff::{SignedDuration, Timestamp};

use super::{ControlPlane, Ports, outbox};
use crate::error::Error;
use crate::ids::ApiKeyId;
use crate::model::{ApiKey, ApiKeyState};
use crate::store::{Tx, api_keys, workspaces};

const DAY: SignedDuration = SignedDuration::from_hours(24);
/// How many days before the expiry the owners are told.
const DAYS_BEFORE: [i32; 3] = [14, 7, 1];
/// How many keys one transaction looks after.
const AT_ONCE: i64 = 100;

/// Sets when a key expires. The owners are told at those times before it that are still to come: whoever sets an expiry knows of it.
pub(super) fn set_expiry(
    tx: &mut Tx<'_>,
    id: &ApiKeyId,
    expires_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), Error> {
    Ok(api_keys::set_expiry(tx, id, expires_at, expires_at.and_then(|at| next_notice(at, now)))?)
}

/// When the owners are next told of an expiry.
fn next_notice(expires_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let notices = DAYS_BEFORE.into_iter().filter_map(|days| expires_at.checked_sub(DAY * days).ok());
    notices.filter(|at| *at > now).min()
}

impl ControlPlane {
    /// Tells the owners of the keys that expire soon. The server calls it every minute.
    ///
    /// # Errors
    /// Those of the store.
    pub(super) async fn tell_of_expiries(&self) -> Result<(), Error> {
        loop {
            let now = self.ports().clock.now();
            // A look costs no commit.
            if self.store().read(move |tx| Ok(api_keys::due_for_notice(tx, now, 1)?)).await?.is_empty() {
                return Ok(());
            }
            let ports = self.ports().clone();
            let run = move |tx: &mut Tx<'_>| {
                tx.changes([]);
                for key in api_keys::due_for_notice(tx, now, AT_ONCE)? {
                    tell(tx, &ports, &key, now)?;
                    set_expiry(tx, &key.id, key.expires_at, now)?;
                }
                Ok(())
            };
            self.store().write(run).await?;
        }
    }
}

/// Puts the mails into the outbox, if the key would otherwise go on working.
fn tell(tx: &mut Tx<'_>, ports: &Ports, key: &ApiKey, now: Timestamp) -> Result<(), Error> {
    let workspace = workspaces::get(tx, &key.workspace_id)?.filter(|workspace| workspace.deleted_at.is_none());
    let works = key.state == ApiKeyState::Active && key.deleted_at.is_none();
    let (Some(workspace), Some(expires_at), true) = (workspace, key.expires_at, works) else { return Ok(()) };
    let left = within(expires_at.duration_since(now));
    let ApiKey { id, name, .. } = key;
    let text = format!(
        "The API key {name} ({id}) in the workspace {} expires within {left}, at {expires_at:.0}. From then on it verifies as EXPIRED.\n\n\
         To let it work longer, for example for 90 days from now, run\n\n    aisetu api-keys update {id} --expires 90d\n\n\
         and to give it a new secret as well,\n\n    aisetu api-keys rotate {id} --expires 90d\n",
        workspace.name
    );
    outbox::put_to_owners(tx, ports, &key.tenant_id, &format!("API key {name} expires within {left}"), &text, now)
}

/// A time in whole days, or hours where it is less than two, upwards.
fn within(time: SignedDuration) -> String {
    let hours = time.as_hours() + i64::from(time.subsec_nanos() > 0 || time.as_secs() % 3_600 > 0);
    match hours {
        ..=1 => "an hour".to_owned(),
        2..=47 => format!("{hours} hours"),
        _ => format!("{} days", (hours + 23) / 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_are_those_still_to_come() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let expiry = at("2026-12-31T12:00:00Z");
        for (now, notice) in [
            ("2026-11-01T00:00:00Z", Some("2026-12-17T12:00:00Z")),
            ("2026-12-17T12:00:00Z", Some("2026-12-24T12:00:00Z")),
            ("2026-12-29T00:00:00Z", Some("2026-12-30T12:00:00Z")),
            ("2026-12-30T12:00:00Z", None),
            ("2027-01-01T00:00:00Z", None),
        ] {
            assert_eq!(next_notice(expiry, at(now)), notice.map(at), "{now}");
        }
    }

    #[test]
    fn what_is_left_is_said_upwards() {
        let said = |seconds| within(SignedDuration::from_secs(seconds));
        assert_eq!([1, 3_600, 3_601, 86_400].map(said), ["an hour", "an hour", "2 hours", "24 hours"]);
        assert_eq!(
            [47 * 3_600, 48 * 3_600, 14 * 86_400 - 60, 14 * 86_400].map(said),
            ["47 hours", "2 days", "14 days", "14 days"]
        );
    }
}
