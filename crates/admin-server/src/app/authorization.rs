//! Who may do what: the one table of scopes and roles.
//!
//! A call needs both: a scope of its token, which is checked before anything is looked up, and a role of the token's owner over
//! the thing it is about. What a role does not let one read is not there ("not found"); what it lets one read but not change is
//! refused by name.

use std::str::FromStr;

use crate::error::{Code, Error};
use crate::model::Role;

use Permission::{
    AnyRole, Billing, HoldGatewayScope, ManageKeys, ManageMembers, ManageWorkspace, OwnPats, OwnWorkspaces, Read,
    ReadUsage,
};

/// What one root field of the API needs.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The root field.
    pub field: &'static str,
    /// The scope of the token.
    pub scope: Needs,
    /// The role of its owner.
    pub permission: Permission,
}

const fn rule(field: &'static str, scope: Needs, permission: Permission) -> Rule {
    Rule { field, scope, permission }
}

const READ: Needs = Needs::Read(None);
const WRITE: Needs = Needs::Write(None);
const READ_ORGANIZATIONS: Needs = Needs::Read(Some(PatScope::AdminOrganizations));
const WRITE_ORGANIZATIONS: Needs = Needs::Write(Some(PatScope::AdminOrganizations));
const READ_USERS: Needs = Needs::Read(Some(PatScope::AdminUsers));
const READ_BILLING: Needs = Needs::Read(Some(PatScope::AdminBilling));
const WRITE_BILLING: Needs = Needs::Write(Some(PatScope::AdminBilling));
const WRITE_USERS: Needs = Needs::Write(Some(PatScope::AdminUsers));
const READ_PROJECTS: Needs = Needs::Read(Some(PatScope::AdminProjects));
const WRITE_PROJECTS: Needs = Needs::Write(Some(PatScope::AdminProjects));

/// Every root field. A test walks the schema and fails on a field that is not here.
pub const RULES: &[Rule] = &[
    rule("workspacesList", READ_ORGANIZATIONS, Read),
    rule("workspacesGet", READ_ORGANIZATIONS, Read),
    rule("workspacesCreate", WRITE_ORGANIZATIONS, OwnWorkspaces),
    rule("workspacesRename", WRITE_ORGANIZATIONS, ManageWorkspace),
    rule("workspacesSetBudget", WRITE_ORGANIZATIONS, ManageWorkspace),
    rule("workspacesDelete", WRITE_ORGANIZATIONS, OwnWorkspaces),
    rule("workspacesRestore", WRITE_ORGANIZATIONS, OwnWorkspaces),
    rule("workspacesListMembers", READ_USERS, Read),
    rule("projectsList", READ_PROJECTS, Read),
    rule("projectsCreate", WRITE_PROJECTS, ManageWorkspace),
    rule("projectsRename", WRITE_PROJECTS, ManageWorkspace),
    rule("projectsArchive", WRITE_PROJECTS, ManageWorkspace),
    rule("apiKeysList", READ, Read),
    rule("apiKeysGet", READ, Read),
    rule("apiKeysCreate", WRITE, ManageKeys),
    rule("apiKeysUpdate", WRITE, ManageKeys),
    rule("apiKeysUpdateRestrictions", WRITE, ManageKeys),
    rule("apiKeysRotate", WRITE, ManageKeys),
    rule("apiKeysFinishRotation", WRITE, ManageKeys),
    rule("apiKeysRollbackRotation", WRITE, ManageKeys),
    rule("apiKeysRevoke", WRITE, ManageKeys),
    rule("apiKeysRestore", WRITE, ManageKeys),
    rule("apiKeysDelete", WRITE, ManageKeys),
    rule("apiKeysUsage", READ_BILLING, ReadUsage),
    rule("apiKeysResourceUsage", READ_BILLING, ReadUsage),
    rule("apiKeysProjectUsage", READ_BILLING, ReadUsage),
    rule("apiKeysLogs", READ, Read),
    rule("apiKeysLog", READ, Read),
    rule("apiKeysExplain", READ, Read),
    rule("apiKeysScopes", READ, Read),
    rule("patsList", READ, OwnPats),
    rule("patsCreate", WRITE, OwnPats),
    rule("patsRevoke", WRITE, OwnPats),
    rule("usageSummary", READ_BILLING, ReadUsage),
    rule("usageProjection", READ_BILLING, ReadUsage),
    rule("billingCreditBalance", READ_BILLING, Billing),
    rule("providerCredentialsAvailability", READ, Read),
    rule("providerCredentialsList", READ, Read),
    rule("providerCredentialsUpsert", WRITE, ManageWorkspace),
    rule("providerCredentialsTest", WRITE, ManageWorkspace),
    rule("providerCredentialsRevoke", WRITE, ManageWorkspace),
    rule("billingTopUps", READ_BILLING, Billing),
    rule("billingLedger", READ_BILLING, Billing),
    rule("billingCreateTopUpIntent", WRITE_BILLING, Billing),
    rule("auditEvents", READ_ORGANIZATIONS, ManageWorkspace),
    rule("auditVerify", READ_ORGANIZATIONS, OwnWorkspaces),
    rule("membersList", READ_USERS, Read),
    rule("membersInvite", WRITE_USERS, ManageMembers),
    rule("membersInvitations", READ_USERS, ManageMembers),
    rule("membersResendInvitation", WRITE_USERS, ManageMembers),
    rule("membersCancelInvitation", WRITE_USERS, ManageMembers),
    rule("membersAcceptInvitation", Needs::Nothing, AnyRole),
    rule("membersSetRole", WRITE_USERS, ManageMembers),
    // Whoever has a role may give it up.
    rule("membersRemove", WRITE_USERS, AnyRole),
    rule("authRequestCode", Needs::Nothing, AnyRole),
    rule("authVerifyCode", Needs::Nothing, AnyRole),
    rule("authWhoami", Needs::Any, AnyRole),
];

/// Whether a root field needs no token.
pub fn is_public(field: &str) -> bool {
    RULES.iter().any(|rule| rule.field == field && rule.scope == Needs::Nothing)
}

/// The rule of a root field.
///
/// # Errors
/// `INTERNAL` for a field that the table forgot.
pub fn rule_of(field: &str) -> Result<Rule, Error> {
    let found = RULES.iter().copied().find(|rule| rule.field == field);
    found.ok_or_else(|| Error::internal(format!("no authorization rule for {field}")))
}

/// What a role may be good for: the rows of the role table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Read workspaces, projects and keys.
    Read,
    /// Read usage.
    ReadUsage,
    /// Make and manage keys.
    ManageKeys,
    /// Rename a workspace, and whatever else is inside one, such as its projects and the audit of it.
    ManageWorkspace,
    /// Invite people, and set and take away roles that one could hold oneself.
    ManageMembers,
    /// Create and delete workspaces, and the audit of the tenant.
    OwnWorkspaces,
    /// The credit, the ledger and top-ups.
    Billing,
    /// See and revoke anyone's tokens.
    EveryPat,
    /// See, make and revoke one's own tokens.
    OwnPats,
    /// Hold `keys:verify` or `usage:write`.
    HoldGatewayScope,
    /// Hold `credentials:use`.
    HoldCredentials,
    /// Nothing but to be known.
    AnyRole,
}

/// How far a role carries a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Not at all.
    Nothing,
    /// What one made oneself.
    Own,
    /// Everything where the role holds: in one workspace, or in the tenant.
    Everything,
}

/// The role table.
pub const fn reach(role: Role, permission: Permission) -> Reach {
    match (permission, role) {
        (Permission::OwnPats | Permission::AnyRole | ReadUsage, _)
        | (_, Role::Owner)
        | (
            Permission::Read
            | ManageKeys
            | ManageWorkspace
            | ManageMembers
            | HoldGatewayScope
            | Permission::HoldCredentials,
            Role::Admin,
        )
        | (Permission::Read, Role::Member | Role::Viewer)
        | (Billing, Role::Billing) => Reach::Everything,
        (ManageKeys, Role::Member) => Reach::Own,
        _ => Reach::Nothing,
    }
}

impl Permission {
    /// Whether a role on one workspace is not enough for it.
    pub const fn is_tenant_wide(self) -> bool {
        matches!(self, Self::OwnWorkspaces | Self::Billing | Self::EveryPat | Self::HoldCredentials)
    }

    /// `UNAUTHORIZED`, naming the roles that would do.
    pub fn refused(self, field: &str) -> Error {
        let roles: Vec<&str> = Role::ALL
            .iter()
            .filter_map(|role| match reach(*role, self) {
                Reach::Nothing => None,
                Reach::Own => Some("MEMBER (for what one made oneself)"),
                Reach::Everything => Some(role.as_str()),
            })
            .collect();
        Error::new(Code::Unauthorized, format!("the owner of this token lacks the role for `{field}`"))
            .with_hint(format!("it takes the role {}; ask an OWNER of the tenant", roles.join(" or ")))
    }
}

/// What a token needs to carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// No token at all.
    Nothing,
    /// Any scope.
    Any,
    /// One that reads: `admin:read`, `admin:write`, or the narrower one.
    Read(Option<PatScope>),
    /// One that writes: `admin:write`, or the narrower one.
    Write(Option<PatScope>),
    /// Exactly this one: the gateway's scopes are contained in no other.
    Exactly(PatScope),
}

impl Needs {
    /// The scopes of which one is enough; empty = any.
    pub fn enough(self) -> Vec<PatScope> {
        match self {
            Self::Nothing | Self::Any => Vec::new(),
            Self::Read(part) => {
                [Some(PatScope::AdminRead), Some(PatScope::AdminWrite), part].into_iter().flatten().collect()
            }
            Self::Write(part) => [Some(PatScope::AdminWrite), part].into_iter().flatten().collect(),
            Self::Exactly(scope) => vec![scope],
        }
    }
}

macro_rules! pat_scopes {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)+) => {
        /// What a personal access token may be used for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum PatScope { $($(#[$doc])* $name),+ }

        impl PatScope {
            /// Every scope.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The scope as the wire says it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }
        }
    };
}

pat_scopes! {
    /// Reads everything that the role may read.
    AdminRead = "admin:read";
    /// Does every mutation, and reads.
    AdminWrite = "admin:write";
    /// Members.
    AdminUsers = "admin:users";
    /// Workspaces and audit.
    AdminOrganizations = "admin:organizations";
    /// Projects.
    AdminProjects = "admin:projects";
    /// Billing and usage.
    AdminBilling = "admin:billing";
    /// Verify keys, as a gateway does.
    KeysVerify = "keys:verify";
    /// Report what calls cost, as a gateway does.
    UsageWrite = "usage:write";
    /// Use provider credentials, as a gateway does.
    CredentialsUse = "credentials:use";
}

impl PatScope {
    /// Whether a token with this scope may make one with `wanted`.
    pub fn covers(self, wanted: Self) -> bool {
        self == wanted || (self == Self::AdminWrite && wanted.as_str().starts_with("admin:"))
    }

    /// The permission that the owner's role must give for a token to hold this scope.
    pub const fn permission(self) -> Permission {
        match self {
            Self::KeysVerify | Self::UsageWrite => Permission::HoldGatewayScope,
            Self::CredentialsUse => Permission::HoldCredentials,
            _ => Permission::AnyRole,
        }
    }
}

impl FromStr for PatScope {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL.iter().copied().find(|scope| scope.as_str() == text).ok_or_else(|| {
            let shown: String = text.chars().filter(|c| !c.is_control()).take(60).collect();
            let known: Vec<&str> = Self::ALL.iter().map(|scope| scope.as_str()).collect();
            Error::bad_input(
                "scopes",
                format!("`scopes` has `{shown}`, which is not a scope of a personal access token"),
            )
            .with_hint(format!("the scopes are {}", known.join(", ")))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of the contract, cell by cell: VIEWER, MEMBER, ADMIN, BILLING, OWNER.
    #[test]
    fn the_role_table_is_the_contracts() {
        use Reach::{Everything as All, Nothing as No, Own};
        let rows = [
            (Read, [All, All, All, No, All]),
            (ReadUsage, [All, All, All, All, All]),
            (ManageKeys, [No, Own, All, No, All]),
            (ManageWorkspace, [No, No, All, No, All]),
            (ManageMembers, [No, No, All, No, All]),
            (OwnWorkspaces, [No, No, No, No, All]),
            (Billing, [No, No, No, All, All]),
            (Permission::EveryPat, [No, No, No, No, All]),
            (OwnPats, [All, All, All, All, All]),
            (HoldGatewayScope, [No, No, All, No, All]),
            (Permission::HoldCredentials, [No, No, All, No, All]),
        ];
        let roles = [Role::Viewer, Role::Member, Role::Admin, Role::Billing, Role::Owner];
        for (permission, expected) in rows {
            assert_eq!(roles.map(|role| reach(role, permission)), expected, "{permission:?}");
        }
    }

    #[test]
    fn only_admin_write_covers_another_scope_and_never_a_gateways() {
        for &held in PatScope::ALL {
            for &wanted in PatScope::ALL {
                let gateway = !wanted.as_str().starts_with("admin:");
                let expected = held == wanted || (held == PatScope::AdminWrite && !gateway);
                assert_eq!(held.covers(wanted), expected, "{held:?} {wanted:?}");
            }
        }
    }
}
