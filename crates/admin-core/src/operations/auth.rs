//! How people sign in, and who is calling.

use admin_token::Secret;
use cynic::{MutationBuilder, QueryBuilder};
use serde::{Deserialize, Serialize};

use crate::{
    ids::{ChallengeId, MembershipId, TenantId, UserId, WorkspaceId},
    operation::{Confirm, Effect, Issuing, Operation, OperationInfo},
    operations::{
        pats::{Pat, RevokePat},
        workspaces::Role,
    },
    output::Issued,
    scalars::{DateTime, Duration, Outgoing},
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

/// A code that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LoginChallenge {
    /// Give it back with the code.
    pub challenge_id: ChallengeId,
    /// Until when the code is good.
    pub expires_at: DateTime,
}

/// Asks for a one-time code by mail. It needs no personal access token.
#[derive(Debug, Clone, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "RequestCodeInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestCode {
    /// The e-mail address, of at most 254 characters.
    pub email: String,
}

impl RequestCode {
    /// For this address.
    pub fn new(email: impl Into<String>) -> Self {
        Self { email: email.into() }
    }
}

impl Operation for RequestCode {
    type Variables = wire::RequestCodeVariables;
    type Data = wire::AuthRequestCode;
    type Output = LoginChallenge;
    const INFO: OperationInfo = OperationInfo {
        namespace: "auth",
        method: "request_code",
        title: "Request a sign-in code",
        summary: "Sends a one-time code by mail, if the address may sign in.",
        description: "Returns a challenge to give back with the code, and until when it is good: 10 minutes, 5 tries, once. The answer is the same for an address that may not sign in, which gets no mail. At most one code in 30 seconds, 5 an hour, 10 a day for an address. The person signs in with the code themselves: `aisetu auth login`.",
        effect: Effect::Write,
        scope: None,
        confirm: Confirm::None,
        tool: "request_code",
        toolset: "auth",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::RequestCodeVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.auth_request_code
    }
}

/// What shows who signs in.
#[derive(Debug, Clone)]
pub enum Proof {
    /// The code of a mail.
    Code {
        /// What [`RequestCode`] gave.
        challenge_id: ChallengeId,
        /// The 6 digits.
        code: Secret,
    },
    /// The token of whoever set the server up, which makes its first OWNER.
    Bootstrap {
        /// `tt_boot_…`
        token: Secret,
        /// The address of that OWNER.
        email: String,
    },
}

/// Signs a person in: makes a personal access token, whose secret is shown once. It needs no personal access token.
#[derive(Debug, Clone)]
pub struct VerifyLoginCode {
    /// Who signs in.
    pub proof: Proof,
    /// The tenant to work in (`ten_…`); absent = the person's only one.
    pub tenant_id: Option<TenantId>,
    /// What the tenant is called that is made for whoever has none: 1 to 100 characters; absent = as the address.
    pub tenant_name: Option<String>,
    /// What the token may do: 1 to 50 scopes; absent = `admin:write`.
    pub scopes: Option<Vec<String>>,
    /// How long the token lives, at most 365 days; absent = 90 days.
    pub expires_in: Option<Duration>,
}

impl VerifyLoginCode {
    /// With the code of a mail.
    pub fn new(challenge_id: impl Into<ChallengeId>, code: impl Into<Secret>) -> Self {
        Self::with(Proof::Code { challenge_id: challenge_id.into(), code: code.into() })
    }

    /// With a bootstrap token, as the first OWNER of a server.
    pub fn bootstrap(token: impl Into<Secret>, email: impl Into<String>) -> Self {
        Self::with(Proof::Bootstrap { token: token.into(), email: email.into() })
    }

    /// With whatever shows who signs in.
    pub const fn with(proof: Proof) -> Self {
        Self { proof, tenant_id: None, tenant_name: None, scopes: None, expires_in: None }
    }
}

impl Operation for VerifyLoginCode {
    type Variables = wire::VerifyCodeVariables;
    type Data = wire::AuthVerifyCode;
    type Output = Issued<Pat>;
    const INFO: OperationInfo = OperationInfo {
        namespace: "auth",
        method: "verify_code",
        title: "Sign in with a code",
        summary: "Makes a personal access token for whoever has the code.",
        description: "Returns the token's record; the token itself goes where the caller says, once. It needs no personal access token.",
        effect: Effect::Write,
        scope: None,
        confirm: Confirm::None,
        tool: "verify_code",
        toolset: "auth",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        let Self { proof, tenant_id, tenant_name, scopes, expires_in } = self;
        let (challenge_id, code, bootstrap_token, email) = match proof {
            Proof::Code { challenge_id, code } => (Some(challenge_id), Some(Outgoing(code)), None, None),
            Proof::Bootstrap { token, email } => (None, None, Some(Outgoing(token)), Some(email)),
        };
        let input = wire::VerifyCodeInput {
            challenge_id,
            code,
            bootstrap_token,
            email,
            tenant_id,
            tenant_name,
            scopes,
            expires_in,
        };
        Self::Data::build(wire::VerifyCodeVariables { input })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.auth_verify_code.into()
    }
}

impl Issuing for VerifyLoginCode {
    type Item = Pat;
    type Undo = RevokePat;
    const NOUN: &'static str = "personal access token";
    const UNDONE: [&'static str; 2] = ["the token", "revoked"];

    fn id(pat: &Pat) -> &str {
        pat.id.as_ref()
    }

    /// With the new token: there is no other.
    fn undo(pat: &Pat) -> Option<RevokePat> {
        Some(RevokePat { id: pat.id.clone() })
    }
}

/// What goes over the wire. The name of a root's struct is the `operationName`.
mod wire {
    use super::{ChallengeId, Duration, LoginChallenge, Outgoing, Pat, RequestCode, Secret, TenantId, Whoami, schema};
    use crate::output::issued;

    #[derive(cynic::QueryFragment)]
    pub struct IssuedPat {
        item: Pat,
        secret: Secret,
    }
    issued!(IssuedPat, Pat);

    #[derive(cynic::QueryVariables)]
    pub struct RequestCodeVariables {
        pub(super) input: RequestCode,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Mutation", variables = "RequestCodeVariables")]
    pub struct AuthRequestCode {
        #[arguments(input: $input)]
        pub(super) auth_request_code: LoginChallenge,
    }

    #[derive(cynic::InputObject)]
    pub struct VerifyCodeInput {
        #[cynic(skip_serializing_if = "Option::is_none")]
        pub(super) challenge_id: Option<ChallengeId>,
        #[cynic(skip_serializing_if = "Option::is_none")]
        pub(super) code: Option<Outgoing>,
        #[cynic(skip_serializing_if = "Option::is_none")]
        pub(super) bootstrap_token: Option<Outgoing>,
        #[cynic(skip_serializing_if = "Option::is_none")]
        pub(super) email: Option<String>,
        #[cynic(skip_serializing_if = "Option::is_none")]
        pub(super) tenant_id: Option<TenantId>,
        #[cynic(skip_serializing_if = "Option::is_none")]
        pub(super) tenant_name: Option<String>,
        #[cynic(skip_serializing_if = "Option::is_none")]
        pub(super) scopes: Option<Vec<String>>,
        #[cynic(skip_serializing_if = "Option::is_none")]
        pub(super) expires_in: Option<Duration>,
    }

    #[derive(cynic::QueryVariables)]
    pub struct VerifyCodeVariables {
        pub(super) input: VerifyCodeInput,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Mutation", variables = "VerifyCodeVariables")]
    pub struct AuthVerifyCode {
        #[arguments(input: $input)]
        pub(super) auth_verify_code: IssuedPat,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Query")]
    pub struct AuthWhoami {
        pub(super) auth_whoami: Whoami,
    }
}
