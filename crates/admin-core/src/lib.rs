#![doc = include_str!("../README.md")]

mod base_url;
mod client;
mod config;
mod decode;
pub mod dev;
pub mod env;
mod error;
mod exchange;
mod explanation;
mod gateway;
mod idempotency;
mod ids;
mod money;
mod open_enum;
mod operation;
mod operations;
mod output;
mod pat;
mod random;
mod raw;
mod retry;
mod scalars;
mod schema;
mod surface;
mod text;
mod three_state;
mod tls;
mod transport;

/// The schema that the operations are of, as SDL: what `schema/schema-public.gql` says.
pub const SCHEMA_SDL: &str = include_str!("../schema/schema-public.gql");

/// Every document that the operations send.
pub const DOCUMENTS: &str = include_str!("../schema/operations.graphql");

pub use admin_token::{Secret, TokenError, TokenKind};
pub use base_url::{BaseUrl, BaseUrlError};
pub use client::{CallOptions, Client, Meta, Response, SchemaVersion};
pub use config::{Config, ConfigBuilder};
pub use error::{
    AdminGraphQlError, AdminHttpError, ConfigError, DecodeError, DecodeProblem, Error, ErrorCode, ErrorObject,
    RefusedEvent, RefusedToken, TimeoutError, TransportError, TransportProblem,
};
pub use exchange::{Exchange, Outcome};
pub use gateway::{
    Gateway, RateLimitState, UsageEvent, UsageReceipt, UsageReport, Verification, VerifyCode, VerifyRequest,
};
#[cfg(feature = "resolve")]
pub use gateway::{ResolveKey, ResolveRequest, ResolvedCredential};
pub use idempotency::IdempotencyKey;
pub use ids::{
    ApiKeyId, ApiKeyLogId, ApiKeyVersionId, AuditEventId, ChallengeId, ConnectionId, InvitationId, LedgerTransactionId,
    MembershipId, ObjectId, PatId, ProjectId, RequestId, ServiceTokenId, TenantId, TopUpId, UserId, WorkspaceId,
};
pub use money::{Decimal, Money};
pub use open_enum::UnknownValue;
pub use operation::{Confirm, Effect, Input, Issuing, Operation, OperationInfo, Paged, Plain, Shown};
pub use operations::{
    api_keys, audit, auth, billing, members, pats, projects, provider_credentials, usage, workspaces,
};
pub use output::{Issued, Page};
pub use pat::{CredentialSource, Pat};
pub use random::Randomness;
pub use raw::{RawRequest, RawResponse};
pub use scalars::{DateTime, Duration, Metadata, ScalarError, Snapshot};
pub use surface::{Visitor, name_operations, operations, visit_operations};
#[cfg(feature = "json-schema")]
pub use three_state::NULL_CLEARS;
pub use three_state::{List, ThreeState};
