#![doc = include_str!("../README.md")]

mod admin;
pub mod api_keys;
pub mod audit;
pub mod auth;
pub mod billing;
mod builder;
mod call;
mod items;
pub mod members;
pub mod pats;
pub mod projects;
pub mod provider_credentials;
pub mod usage;
#[cfg(feature = "tower")]
mod verify_layer;
pub mod workspaces;

pub use admin::AiSetuAdmin;
#[doc(inline)]
pub use admin_core::{
    AdminGraphQlError, AdminHttpError, ApiKeyId, ApiKeyLogId, ApiKeyVersionId, AuditEventId, BaseUrl, BaseUrlError,
    ChallengeId, Config, ConfigBuilder, ConfigError, Confirm, ConnectionId, CredentialSource, DateTime, Decimal,
    DecodeError, DecodeProblem, Duration, Effect, Error, ErrorCode, ErrorObject, Gateway, IdempotencyKey, InvitationId,
    Issued, LedgerTransactionId, List, MembershipId, Meta, Metadata, Money, ObjectId, Operation, OperationInfo, Page,
    Paged, PatId, ProjectId, RateLimitState, RefusedEvent, RefusedToken, RequestId, Response, ScalarError,
    SchemaVersion, Secret, Snapshot, TenantId, ThreeState, TimeoutError, TokenError, TokenKind, TopUpId,
    TransportError, TransportProblem, UnknownValue, UsageEvent, UsageReceipt, UsageReport, UserId, Verification,
    VerifyCode, VerifyRequest, WorkspaceId, env,
};
#[cfg(feature = "resolve")]
#[doc(inline)]
pub use admin_core::{ResolveKey, ResolveRequest, ResolvedCredential};
#[cfg(feature = "profiles")]
#[doc(inline)]
pub use admin_local::{CredentialError, NoHome, ProfileError};
#[cfg(feature = "profiles")]
pub use builder::FromProfile;
pub use builder::{AiSetuAdminBuilder, FromToken, SignedOut};
pub use call::Call;
pub use items::{Items, LONGEST_LIST};
#[cfg(feature = "tower")]
pub use verify_layer::{IpNet, Unreachable, VerifiedKey, VerifyLayer, VerifyService};
