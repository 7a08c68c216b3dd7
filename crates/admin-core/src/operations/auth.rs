//! Who is calling.

use cynic::QueryBuilder;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{MembershipId, TenantId, UserId, WorkspaceId},
    operation::{Confirm, Effect, Operation, OperationInfo},
    operations::{pats::Pat, workspaces::Role},
    schema,
};

/// Who is calling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Whoami {
    /// The person.
    pub user: User,
    /// The tenant that the token is for.
    pub tenant: Tenant,
    /// The person's roles in that tenant.
    pub memberships: Vec<Membership>,
    /// The token of this call.
    pub pat: Pat,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct User {
    /// The person.
    pub id: UserId,
    /// The person's e-mail address.
    pub email: String,
}

/// Who pays: it owns the workspaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Tenant {
    /// The tenant.
    pub id: TenantId,
    /// Its name.
    pub name: String,
}

/// A role that a person has, in the whole tenant or in one workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Membership {
    /// The membership.
    pub id: MembershipId,
    /// What the person may do.
    pub role: Role,
    /// The workspace of the role; null = the whole tenant.
    pub workspace_id: Option<WorkspaceId>,
}

/// Says who is calling.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WhoAmI {}

impl Operation for WhoAmI {
    type Variables = ();
    type Data = wire::AuthWhoami;
    type Output = Whoami;
    const INFO: OperationInfo = OperationInfo {
        namespace: "auth",
        method: "whoami",
        title: "Who am I",
        summary: "Says who is calling: person, tenant, roles and token.",
        description: "Returns the person and the tenant of the token, the person's roles there, and the token's scopes and \
                      expiry, without the token itself. Use it first, to know what other calls may do.",
        effect: Effect::Read,
        scope: None,
        confirm: Confirm::None,
        tool: "whoami",
        toolset: "auth",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(())
    }

    fn output(data: Self::Data) -> Self::Output {
        data.auth_whoami
    }
}

/// What goes over the wire. The name of a root's struct is the `operationName`.
mod wire {
    use super::{Whoami, schema};

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Query")]
    pub struct AuthWhoami {
        pub(super) auth_whoami: Whoami,
    }
}
