//! Personal access tokens (PATs): what a person or a program of theirs presents to this API.

use cynic::{MutationBuilder, QueryBuilder};
use serde::{Deserialize, Serialize};

use crate::{
    ids::{PatId, UserId},
    open_enum::graphql_enum,
    operation::{Confirm, Effect, Issuing, Operation, OperationInfo, Paged},
    output::{Issued, Page},
    scalars::DateTime,
    schema,
};

/// A personal access token, without the token itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Pat {
    /// The token's id, which is no secret.
    pub id: PatId,
    /// The person it belongs to.
    pub user_id: UserId,
    /// Its name.
    pub name: String,
    /// The last four characters of the token.
    pub hint: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// Whether it is accepted.
    pub state: PatState,
    /// When it was made.
    pub created_at: DateTime,
    /// From when on it is EXPIRED.
    pub expires_at: DateTime,
    /// When it was revoked; null unless it is.
    pub revoked_at: Option<DateTime>,
}

graphql_enum! {
    /// The state of a personal access token. Only an ACTIVE one is accepted.
    PatState {
        /// It is accepted.
        Active = "ACTIVE",
        /// Its time is over.
        Expired = "EXPIRED",
        /// It was revoked, for good.
        Revoked = "REVOKED",
    }
}

/// Lists personal access tokens, newest first.
#[derive(Debug, Clone, Default, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "ListPatsInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListPats {
    /// True = everyone's in the tenant, which only an OWNER may ask for; absent = one's own.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub all_users: Option<bool>,
    /// 1 to 100; absent = 50.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i32>,
    /// `nextCursor` of the page before.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// How many to pass over, at most 10,000; not together with `cursor`.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub offset: Option<i32>,
}

impl Operation for ListPats {
    type Variables = wire::ListVariables;
    type Data = wire::PatsList;
    type Output = Page<Pat>;
    const INFO: OperationInfo = OperationInfo {
        namespace: "pats",
        method: "list",
        title: "List personal access tokens",
        summary: "Lists personal access tokens, newest first.",
        description: "Returns a page of one's own tokens with scopes, state and expiry; never the tokens themselves. For the keys of applications, use list_api_keys.",
        effect: Effect::Read,
        scope: Some("admin:read"),
        confirm: Confirm::None,
        tool: "list_pats",
        toolset: "pats",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::ListVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.pats_list.into()
    }
}

impl Paged for ListPats {
    type Item = Pat;

    fn after(self, cursor: String) -> Self {
        Self { cursor: Some(cursor), offset: None, ..self }
    }
}

/// Makes a personal access token.
#[derive(Debug, Clone, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "CreatePatInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreatePat {
    /// 1 to 100 characters, no control character.
    pub name: String,
    /// 1 to 50, such as `admin:read`, all of which the token of this call covers.
    pub scopes: Vec<String>,
    /// At most 365 days ahead, and not after the token of this call; absent = in 90 days, or with that token.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime>,
    /// To which provider credentials are sealed for its holder: an X25519 key as base64url, 43 characters. A token with
    /// `credentials:use` gets none without one.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
}

impl Operation for CreatePat {
    type Variables = wire::CreateVariables;
    type Data = wire::PatsCreate;
    type Output = Issued<Pat>;
    const INFO: OperationInfo = OperationInfo {
        namespace: "pats",
        method: "create",
        title: "Create a personal access token",
        summary: "Makes a personal access token, whose secret is shown once.",
        description: "Returns the token's record; the token itself goes where `deliver` says, once. It can do no more and lives no longer than the token of this call. For applications use create_api_key.",
        effect: Effect::Write,
        scope: Some("admin:write"),
        confirm: Confirm::None,
        tool: "create_pat",
        toolset: "pats",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::CreateVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.pats_create.into()
    }
}

impl CreatePat {
    /// One of this name with these scopes, and the longest life that is given unasked.
    pub fn new(name: impl Into<String>, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            name: name.into(),
            scopes: scopes.into_iter().map(Into::into).collect(),
            expires_at: None,
            public_key: None,
        }
    }
}

impl Issuing for CreatePat {
    type Item = Pat;
    type Undo = RevokePat;
    const NOUN: &'static str = "personal access token";
    const UNDONE: [&'static str; 2] = ["the token", "revoked"];

    fn id(pat: &Pat) -> &str {
        pat.id.as_ref()
    }

    fn undo(pat: &Pat) -> Option<RevokePat> {
        Some(RevokePat { id: pat.id.clone() })
    }
}

/// Revokes a personal access token for good.
#[derive(Debug, Clone, Deserialize, cynic::QueryVariables)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RevokePat {
    /// The token's id (`pat_…`), not the token itself.
    pub id: PatId,
}

impl Operation for RevokePat {
    type Variables = Self;
    type Data = wire::PatsRevoke;
    type Output = Pat;
    const INFO: OperationInfo = OperationInfo {
        namespace: "pats",
        method: "revoke",
        title: "Revoke a personal access token",
        summary: "Revokes a personal access token for good: it is refused from now on.",
        description: "Returns the revoked token's record. It cannot be undone. One may revoke one's own, an OWNER anyone's; revoking the token of this call ends one's own access.",
        effect: Effect::Destroy,
        scope: Some("admin:write"),
        confirm: Confirm::Moderate,
        tool: "revoke_pat",
        toolset: "pats",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(self)
    }

    fn output(data: Self::Data) -> Self::Output {
        data.pats_revoke
    }
}

/// What goes over the wire. The name of a root's struct is the `operationName`.
mod wire {
    use admin_token::Secret;

    use super::{CreatePat, ListPats, Pat, schema};
    use crate::output::{issued, page};

    #[derive(cynic::QueryFragment)]
    pub struct PatPage {
        items: Vec<Pat>,
        next_cursor: Option<String>,
        total_count: Option<i64>,
    }
    page!(PatPage, Pat);

    #[derive(cynic::QueryFragment)]
    pub struct IssuedPat {
        item: Pat,
        secret: Secret,
    }
    issued!(IssuedPat, Pat);

    #[derive(cynic::QueryVariables)]
    pub struct ListVariables {
        pub(super) input: ListPats,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Query", variables = "ListVariables")]
    pub struct PatsList {
        #[arguments(input: $input)]
        pub(super) pats_list: PatPage,
    }

    #[derive(cynic::QueryVariables)]
    pub struct CreateVariables {
        pub(super) input: CreatePat,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Mutation", variables = "CreateVariables")]
    pub struct PatsCreate {
        #[arguments(input: $input)]
        pub(super) pats_create: IssuedPat,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Mutation", variables = "super::RevokePat")]
    pub struct PatsRevoke {
        #[arguments(id: $id)]
        pub(super) pats_revoke: Pat,
    }
}
