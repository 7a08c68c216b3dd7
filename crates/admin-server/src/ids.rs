//! Typed ids: a prefix that says what it is, then a version 7 UUID as 26 lower-case Crockford base32 characters.
//!
//! Such a UUID begins with the time, so ids of one kind sort by age, and a list needs no other key.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use crate::error::Error;
use crate::random::Random;
use crate::store::{Value, column_from_str};

const CROCKFORD: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// `prefix` and a new version 7 UUID (RFC 9562) for the given time.
fn generate(prefix: &str, now: Timestamp, random: &dyn Random) -> String {
    let mut bits = [0u8; 10];
    random.fill(&mut bits);
    let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
    spell(prefix, uuid::Builder::from_unix_timestamp_millis(millis, &bits).into_uuid().as_u128())
}

fn spell(prefix: &str, mut value: u128) -> String {
    let mut text = [0u8; 26];
    for digit in text.iter_mut().rev() {
        *digit = CROCKFORD[(value & 31) as usize];
        value >>= 5;
    }
    let mut id = String::with_capacity(prefix.len() + text.len());
    id.push_str(prefix);
    id.push_str(str::from_utf8(&text).unwrap_or_default());
    id
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal, $what:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// What every such id starts with.
            pub const PREFIX: &str = $prefix;

            /// A new id.
            pub fn new(now: Timestamp, random: &dyn Random) -> Self {
                Self(generate(Self::PREFIX, now, random))
            }

            /// Takes an id from a caller. One of another kind is refused by name; whether a fitting one exists is not asked.
            ///
            /// # Errors
            /// `BAD_USER_INPUT` naming `field`.
            pub fn input(field: &'static str, text: &str) -> Result<Self, Error> {
                text.parse().map_err(|()| wrong_kind(field, text, $prefix, $what))
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = ();

            fn from_str(text: &str) -> Result<Self, ()> {
                let rest = text.strip_prefix($prefix).ok_or(())?;
                let fits = rest.len() == 26 && rest.bytes().all(|byte| CROCKFORD.contains(&byte));
                if fits { Ok(Self(text.to_owned())) } else { Err(()) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<$name> for Value {
            fn from(id: $name) -> Self {
                Self::Text(id.0)
            }
        }

        column_from_str!($name);
    )+

        /// What an id with this prefix names.
        fn kind_of(text: &str) -> Option<&'static str> {
            [$(($prefix, $what)),+].into_iter().find(|(prefix, _)| text.starts_with(prefix)).map(|(_, what)| what)
        }
    };
}

ids! {
    /// A tenant: who pays.
    TenantId = "ten_", "a tenant";
    /// A person.
    UserId = "usr_", "a user";
    /// A workspace.
    WorkspaceId = "ws_", "a workspace";
    /// A project.
    ProjectId = "prj_", "a project";
    /// An API key.
    ApiKeyId = "key_", "an API key";
    /// One secret of an API key.
    VersionId = "ver_", "a version of an API key";
    /// A membership.
    MembershipId = "mem_", "a membership";
    /// An invitation.
    InvitationId = "inv_", "an invitation";
    /// A one-time code that was sent.
    ChallengeId = "chal_", "a login challenge";
    /// A mail.
    MailId = "mail_", "a mail";
    /// A personal access token.
    PatId = "pat_", "a personal access token";
    /// A top-up: money that is paid in.
    TopUpId = "top_", "a top-up";
    /// A transaction of the ledger.
    LedgerId = "led_", "a ledger transaction";
    /// A connection to a provider.
    ConnectionId = "conn_", "a connection";
    /// A service token.
    ServiceTokenId = "svc_", "a service token";
    /// An audit event.
    EventId = "evt_", "an audit event";
    /// An entry of the log of a key.
    LogId = "log_", "a log entry";
    /// A request.
    RequestId = "req_", "a request";
}

impl LogId {
    /// An id that sorts before all those of a time, by the millisecond.
    pub fn first(at: Timestamp) -> Self {
        let millis = u128::from(u64::try_from(at.as_millisecond()).unwrap_or(0));
        Self(spell(Self::PREFIX, millis << 80))
    }
}

fn wrong_kind(field: &'static str, text: &str, prefix: &str, what: &str) -> Error {
    let problem = match kind_of(text) {
        Some(other) if other != what => format!("`{field}` is the id of {other}, where {what} is asked for"),
        _ => format!("`{field}` is not the id of {what}"),
    };
    Error::bad_input(field, problem).with_hint(format!("such an id is `{prefix}` and 26 characters"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    #[test]
    fn ids_sort_by_age_and_read_back() {
        let ids: Vec<String> = (0..50)
            .map(|second| {
                let at = Timestamp::from_second(1_700_000_000 + second).unwrap();
                ApiKeyId::new(at, &SystemRandom).to_string()
            })
            .collect();
        let mut sorted = ids.clone();
        sorted.sort();
        assert_eq!(ids, sorted);
        assert!(ids.iter().all(|id| id.parse::<ApiKeyId>().unwrap().as_str() == id));
    }

    #[test]
    fn the_wrong_kind_is_refused_by_name() {
        let workspace = WorkspaceId::new(Timestamp::UNIX_EPOCH, &SystemRandom);
        let refused = ApiKeyId::input("id", workspace.as_str()).unwrap_err();
        assert_eq!(refused.message(), "`id` is the id of a workspace, where an API key is asked for");
        assert!(ApiKeyId::input("id", "key_").is_err());
        assert!(ApiKeyId::input("id", "key_' OR 1=1 --aaaaaaaaaaaaaa").is_err());
    }
}
