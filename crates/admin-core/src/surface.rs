//! The whole surface, one line per operation, in the order of the README.

use crate::operation::{Input, Issuing, Operation, OperationInfo, Plain};
use crate::operations::{
    api_keys::{
        CreateApiKey, DeleteApiKey, ExplainApiKey, FinishApiKeyRotation, GetApiKey, GetApiKeyLog,
        GetApiKeyProjectUsage, GetApiKeyResourceUsage, GetApiKeyUsage, ListApiKeyLogs, ListApiKeyScopes, ListApiKeys,
        RestoreApiKey, RevokeApiKey, RollbackApiKeyRotation, RotateApiKey, UpdateApiKey, UpdateApiKeyRestrictions,
    },
    audit::{ListAuditEvents, VerifyAudit},
    auth::{RequestCode, VerifyLoginCode, WhoAmI},
    billing::{CreateTopUpIntent, GetCreditBalance, ListLedger, ListTopUps},
    members::{
        AcceptInvitation, CancelInvitation, InviteMember, ListInvitations, ListMembers, RemoveMember, ResendInvitation,
        SetMemberRole,
    },
    pats::{CreatePat, ListPats, RevokePat},
    projects::{ArchiveProject, CreateProject, ListProjects, RenameProject},
    provider_credentials::{
        ListConnections, ListProviderAvailability, RevokeConnection, TestConnection, UpsertProviderCredential,
    },
    usage::{ProjectUsage, SummarizeUsage},
    workspaces::{
        CreateWorkspace, DeleteWorkspace, GetWorkspace, ListWorkspaceMembers, ListWorkspaces, RenameWorkspace,
        RestoreWorkspace, SetWorkspaceBudget,
    },
};

/// Meets every operation by its type.
pub trait Visitor {
    /// Meets an operation that takes and gives plain JSON.
    fn visit<O: Plain>(&mut self);
    /// Meets an operation that takes plain JSON and gives a new secret.
    fn visit_issuing<O: Issuing + Input>(&mut self);
    /// Meets an operation that takes a secret: nothing generic may carry one, so a frontend writes it by hand or leaves it out.
    fn visit_confidential<O: Operation>(&mut self);
}

/// Shows every operation to the visitor.
pub fn visit_operations(visitor: &mut impl Visitor) {
    visitor.visit::<ListWorkspaces>();
    visitor.visit::<GetWorkspace>();
    visitor.visit::<CreateWorkspace>();
    visitor.visit::<RenameWorkspace>();
    visitor.visit::<SetWorkspaceBudget>();
    visitor.visit::<DeleteWorkspace>();
    visitor.visit::<RestoreWorkspace>();
    visitor.visit::<ListWorkspaceMembers>();

    visitor.visit::<ListProjects>();
    visitor.visit::<CreateProject>();
    visitor.visit::<RenameProject>();
    visitor.visit::<ArchiveProject>();

    visitor.visit::<ListApiKeys>();
    visitor.visit::<GetApiKey>();
    visitor.visit_issuing::<CreateApiKey>();
    visitor.visit::<UpdateApiKey>();
    visitor.visit::<UpdateApiKeyRestrictions>();
    visitor.visit_issuing::<RotateApiKey>();
    visitor.visit::<FinishApiKeyRotation>();
    visitor.visit::<RollbackApiKeyRotation>();
    visitor.visit::<RevokeApiKey>();
    visitor.visit::<RestoreApiKey>();
    visitor.visit::<DeleteApiKey>();
    visitor.visit::<GetApiKeyUsage>();
    visitor.visit::<GetApiKeyResourceUsage>();
    visitor.visit::<GetApiKeyProjectUsage>();
    visitor.visit::<ListApiKeyLogs>();
    visitor.visit::<GetApiKeyLog>();
    visitor.visit::<ExplainApiKey>();
    visitor.visit::<ListApiKeyScopes>();

    visitor.visit::<ListMembers>();
    visitor.visit::<InviteMember>();
    visitor.visit::<ListInvitations>();
    visitor.visit::<ResendInvitation>();
    visitor.visit::<CancelInvitation>();
    visitor.visit_confidential::<AcceptInvitation>();
    visitor.visit::<SetMemberRole>();
    visitor.visit::<RemoveMember>();
    visitor.visit::<SummarizeUsage>();
    visitor.visit::<ProjectUsage>();

    visitor.visit::<ListPats>();
    visitor.visit_issuing::<CreatePat>();
    visitor.visit::<RevokePat>();

    visitor.visit::<ListProviderAvailability>();
    visitor.visit::<ListConnections>();
    visitor.visit_confidential::<UpsertProviderCredential>();
    visitor.visit::<TestConnection>();
    visitor.visit::<RevokeConnection>();
    visitor.visit::<GetCreditBalance>();
    visitor.visit::<CreateTopUpIntent>();
    visitor.visit::<ListTopUps>();
    visitor.visit::<ListLedger>();

    visitor.visit::<ListAuditEvents>();
    visitor.visit::<VerifyAudit>();

    visitor.visit::<RequestCode>();
    visitor.visit_confidential::<VerifyLoginCode>();
    visitor.visit::<WhoAmI>();
}

/// What there is to know of every operation, in the same order.
pub fn operations() -> Vec<OperationInfo> {
    struct Infos(Vec<OperationInfo>);

    impl Visitor for Infos {
        fn visit<O: Plain>(&mut self) {
            self.0.push(O::INFO);
        }

        fn visit_issuing<O: Issuing + Input>(&mut self) {
            self.0.push(O::INFO);
        }

        fn visit_confidential<O: Operation>(&mut self) {
            self.0.push(O::INFO);
        }
    }

    let mut infos = Infos(Vec::new());
    visit_operations(&mut infos);
    infos.0
}

/// A text of the control plane, such as a hint, with the names by which a front knows the operations in the place of their root
/// fields, which stand there in backticks.
pub fn name_operations(text: &str, name: impl Fn(&OperationInfo) -> String) -> String {
    if !text.contains('`') {
        return text.to_owned();
    }
    operations()
        .iter()
        .fold(text.to_owned(), |text, info| text.replace(&format!("`{}`", info.field()), &format!("`{}`", name(info))))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{Confirm, Effect};

    #[test]
    fn names_are_unique_and_within_their_bounds() {
        let infos = operations();
        let tools: BTreeSet<_> = infos.iter().map(|info| info.tool).collect();
        let commands: BTreeSet<_> = infos.iter().map(OperationInfo::command).collect();
        assert_eq!((tools.len(), commands.len()), (infos.len(), infos.len()));
        for info in infos {
            let tool = info.tool;
            assert!(tool.len() <= 28 && tool.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{tool}");
            assert!(info.description.len() <= 500, "{tool}: {}", info.description.len());
            assert!(info.summary.ends_with('.') && info.summary.len() <= 100, "{tool}: {}", info.summary);
            assert!(!info.title.ends_with('.') && info.title.len() <= 40, "{tool}: {}", info.title);
        }
    }

    #[test]
    fn what_changes_something_takes_the_scope_for_it_and_what_takes_away_asks_first() {
        for info in operations() {
            let scope = match info.tool {
                "whoami" | "request_code" | "verify_code" | "accept_invitation" => None,
                _ if info.is_mutation() => Some("admin:write"),
                _ => Some("admin:read"),
            };
            assert_eq!(info.scope, scope, "{}", info.tool);
            let takes_away = info.effect == Effect::Destroy;
            let expected = |confirm| matches!(confirm, Confirm::Moderate | Confirm::Severe) == takes_away;
            assert!(expected(info.confirm), "{}", info.tool);
            assert_eq!(info.confirm == Confirm::Money, info.tool == "create_top_up_intent", "{}", info.tool);
        }
    }

    #[test]
    fn only_what_issues_or_takes_a_secret_is_kept_out_of_the_generic_route() {
        struct Issued(Vec<&'static str>);

        impl Visitor for Issued {
            fn visit<O: Plain>(&mut self) {}

            fn visit_issuing<O: Issuing + Input>(&mut self) {
                self.0.push(O::INFO.tool);
            }

            fn visit_confidential<O: Operation>(&mut self) {
                self.0.push(O::INFO.tool);
            }
        }

        let mut issued = Issued(Vec::new());
        visit_operations(&mut issued);
        let kept_out =
            ["create_api_key", "rotate_api_key", "accept_invitation", "create_pat", "upsert_connection", "verify_code"];
        assert_eq!(issued.0, kept_out);
    }

    #[test]
    fn a_hint_names_operations_as_its_reader_knows_them() {
        let hint = "send it again with `membersResendInvitation`, or change the role with `membersSetRole`; `membersNothing` is none";
        let command = |info: &OperationInfo| format!("aisetu {}", info.command().join(" "));
        assert_eq!(
            name_operations(hint, command),
            "send it again with `aisetu members resend-invitation`, or change the role with `aisetu members set-role`; \
             `membersNothing` is none"
        );
        assert_eq!(name_operations("`apiKeysRotate`", |info| info.tool.to_owned()), "`rotate_api_key`");
    }
}
