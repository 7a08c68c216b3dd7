//! `pats`.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};

use super::scalars::{DateTime, Secret};
use super::{Answer, mutate, page, page_type, query};
use crate::app::operation::Issued;
use crate::app::pats::{CreatePat, ListPats, RevokePat};
use crate::crypto::PublicKey;
use crate::ids::PatId;
use crate::model;

/// The state of a personal access token. Only an ACTIVE one is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "model::PatState")]
pub(crate) enum PatState {
    Active,
    Expired,
    Revoked,
}

/// A personal access token (PAT): what a person or a program of theirs presents to this API.
#[derive(Debug, SimpleObject)]
pub(crate) struct Pat {
    id: ID,
    /// The person it belongs to (`usr_…`).
    user_id: ID,
    name: String,
    state: PatState,
    scopes: Vec<String>,
    /// The last four characters of the token.
    hint: String,
    created_at: DateTime,
    expires_at: DateTime,
    revoked_at: Option<DateTime>,
}

impl From<model::Pat> for Pat {
    fn from(pat: model::Pat) -> Self {
        Self {
            id: pat.id.as_str().into(),
            user_id: pat.user_id.as_str().into(),
            name: pat.name,
            state: pat.state.into(),
            scopes: pat.scopes,
            hint: pat.hint,
            created_at: DateTime(pat.created_at),
            expires_at: DateTime(pat.expires_at),
            revoked_at: pat.revoked_at.map(DateTime),
        }
    }
}

page_type! {
    /// One page of personal access tokens.
    PatPage of Pat from model::Pat
}

/// A personal access token with its secret.
#[derive(Debug, SimpleObject)]
pub(crate) struct IssuedPat {
    item: Pat,
    /// Shown once: it cannot be read again.
    secret: Secret,
}

impl From<Issued<model::Pat>> for IssuedPat {
    fn from(issued: Issued<model::Pat>) -> Self {
        Self { item: issued.item.into(), secret: Secret(issued.secret) }
    }
}

/// Which personal access tokens to list.
#[derive(Debug, Default, InputObject)]
pub(crate) struct ListPatsInput {
    /// True = everyone's in the tenant, which only an OWNER may ask for; absent = one's own.
    all_users: Option<bool>,
    /// 1 to 100; absent = 50.
    limit: Option<i32>,
    /// `nextCursor` of the page before; not together with `offset`.
    cursor: Option<String>,
    /// How many to pass over, at most 10,000; not together with `cursor`.
    offset: Option<i32>,
}

/// A personal access token to make. It never exceeds the token that makes it: neither in scopes nor in lifetime.
#[derive(Debug, InputObject)]
pub(crate) struct CreatePatInput {
    /// 1 to 100 characters, none of them a control character.
    name: String,
    /// What the token may do, such as `admin:read`: 1 to 50 scopes, all of which the caller's own token covers.
    scopes: Vec<String>,
    /// When the token expires: at most 365 days ahead, and not after the token that makes it. Absent = in 90 days, or with its maker if that is sooner.
    expires_at: Option<DateTime>,
    /// To which provider credentials are sealed for its holder: an X25519 key as base64url, 43 characters. A token with `credentials:use` gets none without one.
    public_key: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct PatsQuery;

#[Object]
impl PatsQuery {
    /// Lists personal access tokens, newest first.
    async fn pats_list(&self, ctx: &Context<'_>, input: Option<ListPatsInput>) -> Answer<PatPage> {
        let input = input.unwrap_or_default();
        let operation = ListPats {
            all_users: input.all_users.unwrap_or(false),
            page: page(input.limit, input.cursor, input.offset),
        };
        Ok(query(ctx, Ok(operation)).await?.into())
    }
}

#[derive(Debug, Default)]
pub(crate) struct PatsMutation;

#[Object]
impl PatsMutation {
    /// Makes a personal access token; its secret is in the answer and nowhere else.
    async fn pats_create(&self, ctx: &Context<'_>, input: CreatePatInput) -> Answer<IssuedPat> {
        let CreatePatInput { name, scopes, expires_at, public_key } = input;
        let public_key = public_key.map(|text| PublicKey::input("publicKey", &text)).transpose();
        let expires_at = expires_at.map(|at| at.0);
        Ok(mutate(ctx, public_key.map(|public_key| CreatePat { name, scopes, public_key, expires_at })).await?.into())
    }

    /// Revokes a personal access token for good: one's own, or as an OWNER anyone's. The token of the call needs no scope to revoke itself.
    async fn pats_revoke(&self, ctx: &Context<'_>, id: ID) -> Answer<Pat> {
        Ok(mutate(ctx, PatId::input("id", &id).map(|id| RevokePat { id })).await?.into())
    }
}
