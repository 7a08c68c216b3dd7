#![doc = include_str!("../README.md")]

mod admin;
pub mod api_keys;
pub mod audit;
pub mod auth;
mod builder;
mod call;
mod items;
pub mod pats;
pub mod projects;
pub mod usage;
pub mod workspaces;

pub use admin::AiSetuAdmin;
#[doc(inline)]
pub use admin_core::{
    AdminGraphQlError, AdminHttpError, ApiKeyId, ApiKeyVersionId, AuditEventId, BaseUrl, BaseUrlError, ConfigError,
    Confirm, CredentialSource, DateTime, Decimal, DecodeError, DecodeProblem, Duration, Effect, Error, ErrorCode,
    ErrorObject, Gateway, IdempotencyKey, Issued, MembershipId, Meta, Metadata, Money, ObjectId, Operation,
    OperationInfo, Page, Paged, PatId, ProjectId, RefusedEvent, RefusedToken, RequestId, Response, ScalarError,
    SchemaVersion, Secret, Snapshot, TenantId, ThreeState, TimeoutError, TokenError, TokenKind, TransportError,
    TransportProblem, UnknownValue, UsageEvent, UsageReceipt, UsageReport, UserId, Verification, VerifyCode,
    VerifyRequest, WorkspaceId, env,
};
#[cfg(feature = "profiles")]
#[doc(inline)]
pub use admin_local::{CredentialError, NoHome, ProfileError};
#[cfg(feature = "profiles")]
pub use builder::FromProfile;
pub use builder::{AiSetuAdminBuilder, FromToken};
pub use call::Call;
pub use items::{Items, LONGEST_LIST};
