//! The schema: resolvers parse their input, call one operation and map its answer. Rules are in `app`.

mod api_key_logs;
mod api_key_rules;
mod api_keys;
mod audit;
mod auth;
mod billing;
mod error;
mod members;
mod pats;
mod projects;
mod provider_credentials;
mod scalars;
mod usage;
mod workspaces;

use std::net::IpAddr;
use std::sync::Arc;

use async_graphql::{Context, EmptySubscription, MergedObject, SDLExportOptions, Schema};

use crate::app::ControlPlane;
use crate::app::audit::{Verified, VerifyAudit};
use crate::app::caller::{Caller, unauthenticated};
use crate::app::operation::{
    Mutation as Change, OutsideMutation as OutsideChange, PublicMutation, PublicRequest, Query as Question, Request,
};
use crate::app::paging::PageInput;
use crate::error::Error;

pub use error::{complete, extend, rejection};

/// Everything that reads.
#[derive(Debug, Default, MergedObject)]
pub struct Query(
    workspaces::WorkspacesQuery,
    projects::ProjectsQuery,
    api_keys::ApiKeysQuery,
    api_key_logs::ApiKeyLogsQuery,
    members::MembersQuery,
    pats::PatsQuery,
    usage::UsageQuery,
    provider_credentials::ProviderCredentialsQuery,
    billing::BillingQuery,
    audit::AuditQuery,
    auth::AuthQuery,
);

/// Everything that changes something. A document selects exactly one of these fields.
#[derive(Debug, Default, MergedObject)]
pub struct Mutation(
    workspaces::WorkspacesMutation,
    projects::ProjectsMutation,
    api_keys::ApiKeysMutation,
    members::MembersMutation,
    pats::PatsMutation,
    provider_credentials::ProviderCredentialsMutation,
    billing::BillingMutation,
    auth::AuthMutation,
);

/// The executable schema.
pub type ControlPlaneSchema = Schema<Query, Mutation, EmptySubscription>;

/// Builds the schema over a control plane. Suggestions are off: they would tell a caller without a token what there is.
pub fn schema(control_plane: ControlPlane) -> ControlPlaneSchema {
    Schema::build(Query::default(), Mutation::default(), EmptySubscription)
        .data(control_plane)
        .disable_suggestions()
        .finish()
}

/// The schema in the schema definition language, sorted.
pub fn sdl() -> String {
    let options = SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items().include_specified_by();
    Schema::build(Query::default(), Mutation::default(), EmptySubscription).finish().sdl_with_options(options)
}

/// Who is calling and with what, put beside the request by the HTTP layer.
#[derive(Debug, Clone)]
pub struct CallData {
    /// Who; `None` = the document has public fields only.
    pub caller: Option<Arc<Caller>>,
    /// Request id, client, idempotency key.
    pub request: Request,
    /// Where it came from.
    pub address: IpAddr,
}

impl CallData {
    fn caller(&self) -> Answer<Arc<Caller>> {
        self.caller.clone().ok_or_else(|| extend(&unauthenticated()))
    }
}

type Answer<T> = async_graphql::Result<T>;

fn parts<'a>(ctx: &Context<'a>) -> Answer<(&'a ControlPlane, &'a CallData)> {
    Ok((ctx.data::<ControlPlane>()?, ctx.data::<CallData>()?))
}

/// Answers a query, with its input still to be checked.
async fn query<Q: Question>(ctx: &Context<'_>, input: Result<Q, Error>) -> Answer<Q::Output> {
    let (control_plane, call) = parts(ctx)?;
    let input = input.map_err(|error| extend(&error))?;
    control_plane.query(call.caller()?, input).await.map_err(|error| extend(&error))
}

/// Makes a change, with its input still to be checked.
async fn mutate<M: Change>(ctx: &Context<'_>, input: Result<M, Error>) -> Answer<M::Output> {
    let (control_plane, call) = parts(ctx)?;
    let input = input.map_err(|error| extend(&error))?;
    control_plane.mutate(call.caller()?, call.request.clone(), input).await.map_err(|error| extend(&error))
}

/// Makes a change that needs no token, with its input still to be checked.
async fn mutate_publicly<M: PublicMutation>(ctx: &Context<'_>, input: Result<M, Error>) -> Answer<M::Output> {
    let (control_plane, call) = parts(ctx)?;
    let input = input.map_err(|error| extend(&error))?;
    let Request { id, client, .. } = call.request.clone();
    let request = PublicRequest { id, client, address: call.address };
    control_plane.mutate_publicly(request, input).await.map_err(|error| extend(&error))
}

/// The same for a change that asks somebody outside.
async fn mutate_outside<M: OutsideChange>(ctx: &Context<'_>, input: Result<M, Error>) -> Answer<M::Output> {
    let (control_plane, call) = parts(ctx)?;
    let input = input.map_err(|error| extend(&error))?;
    let (caller, request) = (call.caller()?, call.request.clone());
    control_plane.mutate_outside(caller, request, input).await.map_err(|error| extend(&error))
}

/// Checks the audit chain of the caller's tenant, which is more than one query of the store.
async fn verify_audit(ctx: &Context<'_>, input: VerifyAudit) -> Answer<Verified> {
    let (control_plane, call) = parts(ctx)?;
    control_plane.verify_audit(call.caller()?, input).await.map_err(|error| extend(&error))
}

fn page(limit: Option<i32>, cursor: Option<String>, offset: Option<i32>) -> PageInput {
    PageInput { limit, cursor, offset }
}

/// A page type of the schema for items of one type.
macro_rules! page_type {
    ($(#[$doc:meta])* $name:ident of $item:ident from $model:ty) => {
        $(#[$doc])*
        #[derive(Debug, async_graphql::SimpleObject)]
        pub(crate) struct $name {
            items: Vec<$item>,
            /// Give it as `cursor` to get the next page; null on the last one.
            next_cursor: Option<String>,
            total_count: Option<crate::graphql::scalars::Int64>,
        }

        impl From<crate::model::Page<$model>> for $name {
            fn from(page: crate::model::Page<$model>) -> Self {
                Self {
                    items: page.items.into_iter().map(Into::into).collect(),
                    next_cursor: page.next_cursor,
                    total_count: page.total_count.map(crate::graphql::scalars::Int64),
                }
            }
        }
    };
}
use page_type;
