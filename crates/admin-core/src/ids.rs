//! Ids: opaque texts, one type for each kind of thing, so that one is never taken for another.

use std::{convert::Infallible, fmt, str::FromStr};

use crate::schema;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, cynic::Scalar)]
        #[cynic(graphql_type = "ID")]
        #[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(inline))]
        pub struct $name(String);

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id)
            }
        }

        impl From<&Self> for $name {
            fn from(id: &Self) -> Self {
                id.clone()
            }
        }

        impl FromStr for $name {
            type Err = Infallible;

            fn from_str(id: &str) -> Result<Self, Infallible> {
                Ok(Self::from(id))
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    )*};
}

ids! {
    /// The id of a tenant (`ten_…`).
    TenantId
    /// The id of a user (`usr_…`).
    UserId
    /// The id of a workspace (`ws_…`).
    WorkspaceId
    /// The id of a project (`prj_…`).
    ProjectId
    /// The id of an API key (`key_…`). It is no secret.
    ApiKeyId
    /// The id of one secret version of an API key (`ver_…`).
    ApiKeyVersionId
    /// The id of an entry of the log of an API key (`log_…`).
    ApiKeyLogId
    /// The id of a membership (`mem_…`).
    MembershipId
    /// The id of an invitation (`inv_…`).
    InvitationId
    /// The id of a login challenge (`chal_…`).
    ChallengeId
    /// The id of a personal access token (`pat_…`). It is no secret.
    PatId
    /// The id of a connection to a provider (`conn_…`).
    ConnectionId
    /// The id of a service token (`svc_…`), which the operator gives to a gateway. It is no secret.
    ServiceTokenId
    /// The id of a top-up (`top_…`).
    TopUpId
    /// The id of a transaction of the ledger (`led_…`).
    LedgerTransactionId
    /// The id of an audit event (`evt_…`).
    AuditEventId
    /// The id of something, of whatever kind.
    ObjectId
    /// The id of a request (`req_…`), by which the server's operator finds it in the logs.
    RequestId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_its_text_on_the_wire_and_in_the_shell() {
        let id: ApiKeyId = "key_1".parse().unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), r#""key_1""#);
        assert_eq!(serde_json::from_str::<ApiKeyId>(r#""key_1""#).unwrap(), id);
        assert_eq!(format!("{id:>6}|{}", id.as_ref()), " key_1|key_1");
    }
}
