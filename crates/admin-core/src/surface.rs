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
