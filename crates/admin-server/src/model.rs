//! What the control plane is about. Rules and storage share these types; none of them holds a secret.
//!
//! As JSON they are what audit events show of an object, so their fields are spelled as on the wire.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::crypto::PublicKey;
use crate::ids::{
    ApiKeyId, ConnectionId, InvitationId, MembershipId, PatId, ProjectId, ServiceTokenId, TenantId, UserId, VersionId,
    WorkspaceId,
};
use crate::store::column_from_str;

/// An enum whose variants have one name, stored and on the wire.
macro_rules! named {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $text)] $variant),+
        }

        impl $name {
            /// Every value.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = ();

            fn from_str(text: &str) -> Result<Self, ()> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text).ok_or(())
            }
        }

        impl From<$name> for crate::store::Value {
            fn from(value: $name) -> Self {
                value.as_str().into()
            }
        }

        column_from_str!($name);
    )+};
}

mod api_keys;
mod billing;
mod key_logs;
mod usage;

pub use api_keys::{
    Budget, BudgetPeriod, Budgeted, DayOfWeek, RateLimit, RatePeriod, Restrictions, Spender, TimeRestrictions,
};
pub use billing::{
    Account, Claim, ClaimKind, LedgerKind, LedgerTransaction, PaymentProvider, TopUp, TopUpFlow, TopUpState,
};
pub use key_logs::{Calls, KeyUsageDimension, LogEntry, LogStatus};
pub use usage::{Amounts, ProjectionMethod, TimeUnit, UsageDimension, UsageEvent};

named! {
    /// What a person may do; `authorization` says what each role amounts to.
    Role {
        /// Everything, in the whole tenant.
        Owner = "OWNER",
        /// Everything inside a workspace.
        Admin = "ADMIN",
        /// Reads, and makes keys of their own.
        Member = "MEMBER",
        /// Reads.
        Viewer = "VIEWER",
        /// Money, in the whole tenant.
        Billing = "BILLING",
    }
    /// What an API key is for.
    Environment {
        /// Production.
        Live = "LIVE",
        /// Tests.
        Test = "TEST",
    }
    /// Why a key was revoked.
    RevocationCode {
        /// Its secret is in the wrong hands. Cannot be undone.
        Compromised = "COMPROMISED",
        /// Another key took its place.
        Superseded = "SUPERSEDED",
        /// Nobody uses it.
        Unused = "UNUSED",
        /// Its user left.
        Offboarding = "OFFBOARDING",
        /// Anything else.
        Other = "OTHER",
    }
    /// The state of a key at a time.
    ApiKeyState {
        /// It verifies as VALID.
        Active = "ACTIVE",
        /// Switched off for now.
        Disabled = "DISABLED",
        /// Past its expiry.
        Expired = "EXPIRED",
        /// Taken back.
        Revoked = "REVOKED",
        /// Gone.
        Deleted = "DELETED",
    }
    /// Who offers models.
    Provider {
        /// OpenAI.
        OpenAi = "OPENAI",
        /// Anthropic.
        Anthropic = "ANTHROPIC",
        /// Amazon Bedrock.
        Bedrock = "BEDROCK",
    }
    /// Whether a provider takes a credential.
    ProbeOutcome {
        /// It does.
        Ok = "OK",
        /// It does not.
        Invalid = "INVALID",
        /// It knows it and does not let it.
        Forbidden = "FORBIDDEN",
        /// Not for now.
        RateLimited = "RATE_LIMITED",
        /// It could not be asked, or answered with nothing that says.
        Unreachable = "UNREACHABLE",
    }
    /// The state of an invitation at a time.
    InvitationState {
        /// It can be accepted.
        Pending = "PENDING",
        /// It was accepted.
        Accepted = "ACCEPTED",
        /// It was taken back.
        Cancelled = "CANCELLED",
        /// Its time is over.
        Expired = "EXPIRED",
    }
    /// The state of a personal access token or of a service token at a time.
    PatState {
        /// It is accepted.
        Active = "ACTIVE",
        /// Past its expiry.
        Expired = "EXPIRED",
        /// Taken back.
        Revoked = "REVOKED",
    }
}

impl PatState {
    /// How a token stands at `now`.
    fn at(now: Timestamp, expires_at: Timestamp, revoked_at: Option<Timestamp>) -> Self {
        if revoked_at.is_some() {
            Self::Revoked
        } else if expires_at <= now {
            Self::Expired
        } else {
            Self::Active
        }
    }
}

/// Who pays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tenant {
    /// `ten_…`
    pub id: TenantId,
    /// What people call it.
    pub name: String,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// `usr_…`
    pub id: UserId,
    /// Folded to lower case.
    pub email: String,
}

/// A role of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Membership {
    /// `mem_…`
    pub id: MembershipId,
    /// What they may do.
    pub role: Role,
    /// Where; `None` = in the whole tenant.
    pub workspace_id: Option<WorkspaceId>,
}

/// A person who has a role in a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkspaceMember {
    /// The role, and where it comes from.
    pub membership: Membership,
    /// Who.
    pub user: User,
    /// Since when.
    pub created_at: Timestamp,
}

/// A person of a tenant, with all their roles there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// Who.
    pub user: User,
    /// What they may do and where.
    pub memberships: Vec<Membership>,
    /// When they got the first of these roles.
    pub joined_at: Timestamp,
}

/// An invitation to a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
    /// `inv_…`
    pub id: InvitationId,
    /// Of which tenant.
    pub tenant_id: TenantId,
    /// Where; `None` = in the whole tenant.
    pub workspace_id: Option<WorkspaceId>,
    /// The folded address that may accept it.
    pub email: String,
    /// To what.
    pub role: Role,
    /// How it stood when it was read.
    pub state: InvitationState,
    /// By whom.
    pub invited_by: UserId,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
    /// When it was accepted.
    pub accepted_at: Option<Timestamp>,
    /// When it was taken back.
    pub cancelled_at: Option<Timestamp>,
}

impl Invitation {
    /// How it stands at `now`.
    pub fn state_at(&self, now: Timestamp) -> InvitationState {
        if self.accepted_at.is_some() {
            InvitationState::Accepted
        } else if self.cancelled_at.is_some() {
            InvitationState::Cancelled
        } else if self.expires_at <= now {
            InvitationState::Expired
        } else {
            InvitationState::Pending
        }
    }
}

/// What holds projects and API keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Workspace {
    /// `ws_…`
    pub id: WorkspaceId,
    /// Whose.
    pub tenant_id: TenantId,
    /// What people call it.
    pub name: String,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was deleted; it can be restored for a while.
    pub deleted_at: Option<Timestamp>,
    /// How much its keys may spend together; `None` = without bound.
    #[serde(default)]
    pub budget: Option<Budget>,
}

/// A part of the work in a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Project {
    /// `prj_…`
    pub id: ProjectId,
    /// Whose.
    pub tenant_id: TenantId,
    /// Where.
    pub workspace_id: WorkspaceId,
    /// What people call it.
    pub name: String,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was archived.
    pub archived_at: Option<Timestamp>,
}

/// An API key: a lineage of secrets under one id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiKey {
    /// `key_…`
    pub id: ApiKeyId,
    /// Whose.
    pub tenant_id: TenantId,
    /// Where.
    pub workspace_id: WorkspaceId,
    /// What people call it.
    pub name: String,
    /// What it is for, in words.
    pub description: Option<String>,
    /// Production or tests.
    pub environment: Environment,
    /// How it stood when it was read.
    pub state: ApiKeyState,
    /// The projects in which it may be used; `None` = any.
    #[serde(default)]
    pub projects: Option<Vec<ProjectId>>,
    /// What it may do.
    pub scopes: Vec<String>,
    /// Where, when and how often it may.
    #[serde(default)]
    pub restrictions: Restrictions,
    /// How much it may spend; `None` = without bound.
    #[serde(default)]
    pub budget: Option<Budget>,
    /// Labels.
    pub metadata: BTreeMap<String, String>,
    /// Since when.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: UserId,
    /// Until when; `None` = for ever.
    pub expires_at: Option<Timestamp>,
    /// Switched off for now.
    pub disabled: bool,
    /// How it was revoked.
    pub revocation: Option<Revocation>,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// When one of its secrets was last presented. It is no change of the key, so no audit event has it.
    #[serde(skip)]
    pub last_used_at: Option<Timestamp>,
    /// The live secrets, newest first.
    pub versions: Vec<ApiKeyVersion>,
}

impl ApiKey {
    /// How it stands at `now`.
    pub fn state_at(&self, now: Timestamp) -> ApiKeyState {
        if self.deleted_at.is_some() {
            ApiKeyState::Deleted
        } else if self.revocation.is_some() {
            ApiKeyState::Revoked
        } else if self.disabled {
            ApiKeyState::Disabled
        } else if self.is_expired(now) {
            ApiKeyState::Expired
        } else {
            ApiKeyState::Active
        }
    }

    /// Whether its expiry has come.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// The last four characters of the newest secret; empty when none lives.
    pub fn hint(&self) -> &str {
        self.versions.first().map_or("", |version| version.hint.as_str())
    }
}

/// How a key was revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Revocation {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: UserId,
    /// Why, of a list.
    pub code: RevocationCode,
    /// Why, in words.
    pub reason: Option<String>,
}

/// One secret of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyVersion {
    /// `ver_…`
    pub id: VersionId,
    /// Counts from 1.
    pub number: i64,
    /// The last four characters.
    pub hint: String,
    /// Since when.
    pub created_at: Timestamp,
    /// The end of its grace; `None` = it is the newest.
    pub expires_at: Option<Timestamp>,
    /// The key's expiry before this secret was made.
    pub key_expires_before: Option<Timestamp>,
    /// When it was last presented, to some seconds.
    #[serde(skip)]
    pub last_used_at: Option<Timestamp>,
    /// From which address.
    #[serde(skip)]
    pub last_used_ip: Option<String>,
    /// By what.
    #[serde(skip)]
    pub last_used_user_agent: Option<String>,
}

/// A personal access token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pat {
    /// `pat_…`
    pub id: PatId,
    /// Where it is good.
    pub tenant_id: TenantId,
    /// Whose it is.
    pub user_id: UserId,
    /// What people call it.
    pub name: String,
    /// How it stood when it was read.
    pub state: PatState,
    /// What it may do.
    pub scopes: Vec<String>,
    /// The last four characters.
    pub hint: String,
    /// To which credentials are sealed for its holder; `None` = it gets none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<PublicKey>,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl Pat {
    /// How it stands at `now`.
    pub fn state_at(&self, now: Timestamp) -> PatState {
        PatState::at(now, self.expires_at, self.revoked_at)
    }
}

/// A token of a gateway that serves every tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceToken {
    /// `svc_…`
    pub id: ServiceTokenId,
    /// What the operator calls it.
    pub name: String,
    /// How it stood when it was read.
    pub state: PatState,
    /// What it may do.
    pub scopes: Vec<String>,
    /// The last four characters.
    pub hint: String,
    /// To which credentials are sealed for its holder; `None` = it gets none.
    pub public_key: Option<PublicKey>,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl ServiceToken {
    /// How it stands at `now`.
    pub fn state_at(&self, now: Timestamp) -> PatState {
        PatState::at(now, self.expires_at, self.revoked_at)
    }
}

impl std::fmt::Display for Provider {
    /// Its name, as people write it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::OpenAi => "OpenAI",
            Self::Anthropic => "Anthropic",
            Self::Bedrock => "Amazon Bedrock",
        })
    }
}

/// A tenant's own account with a provider, by a slug. Its credential is not in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    /// `conn_…`
    pub id: ConnectionId,
    /// Whose.
    pub tenant_id: TenantId,
    /// Where.
    pub workspace_id: WorkspaceId,
    /// What a model is asked for by: `@slug/model`.
    pub slug: String,
    /// Whose account it is.
    pub provider: Provider,
    /// The last four characters of the key, or of AWS's id of it.
    pub key_hint: String,
    /// How many credentials it has had; it has the last one.
    pub version: i64,
    /// Since when.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: UserId,
    /// Since when it has the credential.
    pub updated_at: Timestamp,
    /// When it was revoked, and its credential erased.
    pub revoked_at: Option<Timestamp>,
    /// What the last test of this credential came to.
    pub last_test: Option<ConnectionTest>,
}

impl Connection {
    /// What its credential is bound to: it opens in this place and for this version only.
    pub fn context(&self) -> String {
        let Self { id, tenant_id, provider, version, .. } = self;
        format!("connections\0{id}\0{tenant_id}\0{}\0{version}", provider.as_str())
    }
}

/// Whether a provider took a credential when it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionTest {
    /// In one word.
    pub outcome: ProbeOutcome,
    /// In plain words.
    pub message: String,
    /// When.
    pub at: Timestamp,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// How to get the next one; `None` on the last.
    pub next_cursor: Option<String>,
    /// How many there are in all.
    pub total_count: Option<i64>,
}
