//! The whole surface, one line per operation, in the order of the README.

use crate::operation::{Operation, Plain};
use crate::operations::{
    api_keys::{
        CreateApiKey, DeleteApiKey, FinishApiKeyRotation, GetApiKey, ListApiKeys, RestoreApiKey, RevokeApiKey,
        RollbackApiKeyRotation, RotateApiKey,
    },
    auth::WhoAmI,
    pats::{CreatePat, ListPats, RevokePat},
    workspaces::{
        CreateWorkspace, DeleteWorkspace, GetWorkspace, ListWorkspaceMembers, ListWorkspaces, RenameWorkspace,
        RestoreWorkspace,
    },
};

/// Meets every operation by its type.
pub trait Visitor {
    /// Meets an operation that takes and gives plain JSON.
    fn visit<O: Plain>(&mut self);
    /// Meets an operation that takes or gives a secret.
    fn visit_secret<O: Operation>(&mut self);
}

/// Shows every operation to the visitor.
pub fn visit_operations(visitor: &mut impl Visitor) {
    visitor.visit::<ListWorkspaces>();
    visitor.visit::<GetWorkspace>();
    visitor.visit::<CreateWorkspace>();
    visitor.visit::<RenameWorkspace>();
    visitor.visit::<DeleteWorkspace>();
    visitor.visit::<RestoreWorkspace>();
    visitor.visit::<ListWorkspaceMembers>();

    visitor.visit::<ListApiKeys>();
    visitor.visit::<GetApiKey>();
    visitor.visit_secret::<CreateApiKey>();
    visitor.visit_secret::<RotateApiKey>();
    visitor.visit::<FinishApiKeyRotation>();
    visitor.visit::<RollbackApiKeyRotation>();
    visitor.visit::<RevokeApiKey>();
    visitor.visit::<RestoreApiKey>();
    visitor.visit::<DeleteApiKey>();

    visitor.visit::<ListPats>();
    visitor.visit_secret::<CreatePat>();
    visitor.visit::<RevokePat>();

    visitor.visit::<WhoAmI>();
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{Confirm, Effect, OperationInfo};

    struct Infos(Vec<(OperationInfo, bool)>);

    impl Visitor for Infos {
        fn visit<O: Plain>(&mut self) {
            self.0.push((O::INFO, false));
        }

        fn visit_secret<O: Operation>(&mut self) {
            self.0.push((O::INFO, true));
        }
    }

    fn infos() -> Vec<(OperationInfo, bool)> {
        let mut infos = Infos(Vec::new());
        visit_operations(&mut infos);
        infos.0
    }

    #[test]
    fn names_are_unique_and_within_their_bounds() {
        let infos = infos();
        let tools: BTreeSet<_> = infos.iter().map(|(info, _)| info.tool).collect();
        let commands: BTreeSet<_> = infos.iter().map(|(info, _)| info.command()).collect();
        assert_eq!((tools.len(), commands.len()), (infos.len(), infos.len()));
        for (info, _) in infos {
            let tool = info.tool;
            assert!(tool.len() <= 28 && tool.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{tool}");
            assert!(info.description.len() <= 500, "{tool}: {}", info.description.len());
            assert!(info.summary.ends_with('.') && info.summary.len() <= 100, "{tool}: {}", info.summary);
            assert!(!info.title.ends_with('.') && info.title.len() <= 40, "{tool}: {}", info.title);
        }
    }

    #[test]
    fn what_changes_something_takes_the_scope_for_it_and_what_takes_away_asks_first() {
        for (info, _) in infos() {
            let scope = match info.tool {
                "whoami" => None,
                _ if info.is_mutation() => Some("admin:write"),
                _ => Some("admin:read"),
            };
            assert_eq!(info.scope, scope, "{}", info.tool);
            assert_eq!(info.effect == Effect::Destroy, info.confirm != Confirm::None, "{}", info.tool);
        }
    }

    #[test]
    fn only_what_issues_a_secret_is_kept_out_of_the_generic_route() {
        let secret: Vec<_> = infos().into_iter().filter(|(_, secret)| *secret).map(|(info, _)| info.tool).collect();
        assert_eq!(secret, ["create_api_key", "rotate_api_key", "create_pat"]);
    }
}
