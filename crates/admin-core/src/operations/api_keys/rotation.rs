//! Rotation: a new secret for a key that stays the same.

use cynic::MutationBuilder;
use serde::Deserialize;

use super::ApiKey;
use crate::{
    ids::ApiKeyId,
    operation::{Confirm, Effect, Issuing, Operation, OperationInfo},
    output::Issued,
    scalars::{DateTime, Duration},
    schema,
};

/// Gives an API key a new secret.
#[derive(Debug, Clone, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "RotateApiKeyInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RotateApiKey {
    /// The key's id (`key_…`), not its secret.
    pub id: ApiKeyId,
    /// How long the old secret still works: `0s` to `7d`, and never past the expiry that the key had before. Absent = `24h`.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub grace: Option<Duration>,
    /// A new expiry of the key, in the future; absent = unchanged.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime>,
}

impl Operation for RotateApiKey {
    type Variables = wire::RotateVariables;
    type Data = wire::ApiKeysRotate;
    type Output = Issued<ApiKey>;
    const INFO: OperationInfo = OperationInfo {
        namespace: "api_keys",
        method: "rotate",
        title: "Rotate an API key",
        summary: "Gives an API key a new secret; the old one works until its grace ends.",
        description: "Returns the key; its new secret goes where `deliver` says, once. Until the grace ends both secrets work, rollback_key_rotation undoes it and finish_key_rotation ends it. A leaked secret: grace 0s, or revoke_api_key.",
        effect: Effect::Destroy,
        scope: Some("admin:write"),
        confirm: Confirm::Moderate,
        tool: "rotate_api_key",
        toolset: "api_keys",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::RotateVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.api_keys_rotate.into()
    }
}

impl RotateApiKey {
    /// The grace that stands in for none: until the new secret is handed over, the rotation must be possible to undo.
    pub const WHILE_DELIVERING: Duration = Duration::from_secs(60);

    /// Rotates this key with the usual grace.
    pub fn new(id: impl Into<ApiKeyId>) -> Self {
        Self { id: id.into(), grace: None, expires_at: None }
    }
}

impl Issuing for RotateApiKey {
    type Item = ApiKey;
    type Undo = RollbackApiKeyRotation;
    const NOUN: &'static str = "API key";
    const UNDONE: [&'static str; 2] = ["the rotation", "rolled back"];
    const REPLACES: bool = true;

    fn id(key: &ApiKey) -> &str {
        key.id.as_ref()
    }

    /// Nothing, once the new secret is alone: there is nothing to go back to.
    fn undo(key: &ApiKey) -> Option<RollbackApiKeyRotation> {
        (key.versions.len() > 1).then(|| RollbackApiKeyRotation { id: key.id.clone() })
    }
}

/// Ends the grace of a rotation now.
#[derive(Debug, Clone, Deserialize, cynic::QueryVariables)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FinishApiKeyRotation {
    /// The key's id (`key_…`), not its secret.
    pub id: ApiKeyId,
}

impl Operation for FinishApiKeyRotation {
    type Variables = Self;
    type Data = wire::ApiKeysFinishRotation;
    type Output = ApiKey;
    const INFO: OperationInfo = OperationInfo {
        namespace: "api_keys",
        method: "finish_rotation",
        title: "Finish a rotation",
        summary: "Ends the grace of a rotation now: the old secret stops working.",
        description: "Returns the key with its one secret version. Not before every application has the new secret: it \
                      cannot be undone.",
        effect: Effect::Destroy,
        scope: Some("admin:write"),
        confirm: Confirm::Moderate,
        tool: "finish_key_rotation",
        toolset: "key_details",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(self)
    }

    fn output(data: Self::Data) -> Self::Output {
        data.api_keys_finish_rotation
    }
}

/// Undoes a rotation during its grace.
#[derive(Debug, Clone, Deserialize, cynic::QueryVariables)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RollbackApiKeyRotation {
    /// The key's id (`key_…`), not its secret.
    pub id: ApiKeyId,
}

impl Operation for RollbackApiKeyRotation {
    type Variables = Self;
    type Data = wire::ApiKeysRollbackRotation;
    type Output = ApiKey;
    const INFO: OperationInfo = OperationInfo {
        namespace: "api_keys",
        method: "rollback_rotation",
        title: "Roll a rotation back",
        summary: "Undoes a rotation during its grace: the old secret is the only one again.",
        description: "Returns the key with its old secret version and the expiry that it had before. The new secret stops \
                      working. After the grace it is too late.",
        effect: Effect::Write,
        scope: Some("admin:write"),
        confirm: Confirm::None,
        tool: "rollback_key_rotation",
        toolset: "key_details",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(self)
    }

    fn output(data: Self::Data) -> Self::Output {
        data.api_keys_rollback_rotation
    }
}

/// What goes over the wire. The name of a root's struct is the `operationName`.
mod wire {
    use super::{super::wire::IssuedApiKey, ApiKey, RotateApiKey, schema};

    #[derive(cynic::QueryVariables)]
    pub struct RotateVariables {
        pub(super) input: RotateApiKey,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Mutation", variables = "RotateVariables")]
    pub struct ApiKeysRotate {
        #[arguments(input: $input)]
        pub(super) api_keys_rotate: IssuedApiKey,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Mutation", variables = "super::FinishApiKeyRotation")]
    pub struct ApiKeysFinishRotation {
        #[arguments(id: $id)]
        pub(super) api_keys_finish_rotation: ApiKey,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Mutation", variables = "super::RollbackApiKeyRotation")]
    pub struct ApiKeysRollbackRotation {
        #[arguments(id: $id)]
        pub(super) api_keys_rollback_rotation: ApiKey,
    }
}
