//! The audit trail: who changed what, and whether its record is whole.

use cynic::QueryBuilder;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{AuditEventId, ObjectId, PatId, RequestId, ServiceTokenId, UserId, WorkspaceId},
    open_enum::graphql_enum,
    operation::{Confirm, Effect, Operation, OperationInfo, Paged},
    output::Page,
    scalars::{DateTime, Snapshot},
    schema,
};

/// A change that was made: one link of the tenant's audit chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AuditEvent {
    /// The event.
    pub id: AuditEventId,
    /// Its place in the tenant's chain, from 1.
    pub number: i64,
    /// When.
    pub at: DateTime,
    /// Who did it.
    pub actor: AuditActor,
    /// The root field that did it, such as `apiKeysRotate`; `operator.…` = by whoever runs the server, `payments.…` = told by a payment provider.
    pub action: String,
    /// The id of what it was done to.
    pub object_id: ObjectId,
    /// The workspace that the event belongs to; null = the tenant as a whole.
    pub workspace_id: Option<WorkspaceId>,
    /// The object before; null = there was none.
    pub before: Option<Snapshot>,
    /// The object after; null = there is none.
    pub after: Option<Snapshot>,
    /// Why, in the words of who did it.
    pub reason: Option<String>,
    /// The request that did it.
    pub request_id: RequestId,
}

/// Who did something, as it was known then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AuditActor {
    /// A person or the operator.
    pub kind: AuditActorKind,
    /// The person; null where it was none.
    pub user_id: Option<UserId>,
    /// The person's e-mail address at the time.
    pub email: Option<String>,
    /// The personal access token that was used.
    pub pat_id: Option<PatId>,
    /// The service token of a gateway that serves every tenant.
    pub service_token_id: Option<ServiceTokenId>,
    /// What the program called itself.
    pub client: Option<String>,
}

graphql_enum! {
    /// Who did something.
    AuditActorKind {
        /// A person, through a token.
        User = "USER",
        /// Whoever runs the server.
        Operator = "OPERATOR",
        /// The control plane itself, because of what a payment provider told.
        System = "SYSTEM",
        /// A gateway that serves every tenant.
        Service = "SERVICE",
        /// Someone of whom nothing is known.
        Anyone = "ANYONE",
    }
}

/// Whether the audit chain is whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AuditVerification {
    /// Whether every event of the whole chain is there, and as it was written. False as well as long as the end was not reached: there is
    /// a `nextCursor` then.
    pub ok: bool,
    /// How many events are whole, from the first on.
    pub events: i64,
    /// The number of the first event that is not as it was written, or is missing; null = none.
    pub broken_at: Option<i64>,
    /// What is wrong; null = nothing.
    pub message: Option<String>,
    /// The head of a chain that is whole: count, MAC and signature with points between. Keep it elsewhere and give it as `expectedHead` later.
    pub head: Option<String>,
    /// Give it as `cursor` to go on; null = the end was reached, or what is broken.
    pub next_cursor: Option<String>,
}

/// Lists audit events, newest first.
#[derive(Debug, Clone, Default, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "ListAuditEventsInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListAuditEvents {
    /// Only what happened at this instant or later.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime>,
    /// Only what happened before this instant.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub to: Option<DateTime>,
    /// Only what this person did (`usr_…`); `actor` takes more.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub actor_user_id: Option<UserId>,
    /// Only what was done by this person (`usr_…`), personal access token (`pat_…`) or service token (`svc_…`), the `operator` (whoever
    /// runs the server) or the `system`.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Only what this root field did, such as `apiKeysRotate`.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Only what was done to the object of this id, whatever it is.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub object_id: Option<ObjectId>,
    /// Only the events of this workspace (`ws_…`), deleted or not; absent = all that the token may see.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<WorkspaceId>,
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

impl Operation for ListAuditEvents {
    type Variables = wire::EventsVariables;
    type Data = wire::AuditEvents;
    type Output = Page<AuditEvent>;
    const INFO: OperationInfo = OperationInfo {
        namespace: "audit",
        method: "events",
        title: "List audit events",
        summary: "Lists the changes that were made, newest first.",
        description: "Returns a page of changes: who, when, by which root field, to what, and the object before and after; never a \
                      secret. An OWNER sees the tenant's, an ADMIN those of their workspaces. Reads are not recorded. Whether the \
                      record was tampered with is another question: use verify_audit.",
        effect: Effect::Read,
        scope: Some("admin:read"),
        confirm: Confirm::None,
        tool: "list_audit_events",
        toolset: "audit",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::EventsVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.audit_events.into()
    }
}

impl Paged for ListAuditEvents {
    type Item = AuditEvent;

    fn after(self, cursor: String) -> Self {
        Self { cursor: Some(cursor), offset: None, ..self }
    }
}

/// Checks that the audit chain is whole. A long one takes several calls.
#[derive(Debug, Clone, Default, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "VerifyAuditInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VerifyAudit {
    /// The `head` of an earlier answer: the chain is broken if it does not contain it. So a chain is found that was put back as it was before, with
    /// its older head.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub expected_head: Option<String>,
    /// `nextCursor` of the answer before; absent = begin with the first event.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// How many events to check at most: 1 to 50,000; absent = 50,000. It may stop before, when it takes long.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i32>,
}

impl Operation for VerifyAudit {
    type Variables = wire::VerifyVariables;
    type Data = wire::AuditVerify;
    type Output = AuditVerification;
    const INFO: OperationInfo = OperationInfo {
        namespace: "audit",
        method: "verify",
        title: "Verify the audit chain",
        summary: "Checks that no audit event was changed, left out, put in or cut off.",
        description: "Returns whether the tenant's audit chain is whole, how many events are, its head, and the number of the first event \
                      that is not: a broken chain is an answer, not an error. Where there is a `nextCursor`, ask again with it as `cursor`: \
                      only the last answer speaks of the whole chain. It takes the role OWNER. To read the events, use list_audit_events.",
        effect: Effect::Read,
        scope: Some("admin:read"),
        confirm: Confirm::None,
        tool: "verify_audit",
        toolset: "audit",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::VerifyVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.audit_verify
    }
}

/// What goes over the wire. The name of a root's struct is the `operationName`.
mod wire {
    use super::{AuditEvent, AuditVerification, ListAuditEvents, VerifyAudit, schema};
    use crate::output::page;

    #[derive(cynic::QueryFragment)]
    pub struct AuditEventPage {
        items: Vec<AuditEvent>,
        next_cursor: Option<String>,
        total_count: Option<i64>,
    }
    page!(AuditEventPage, AuditEvent);

    #[derive(cynic::QueryVariables)]
    pub struct EventsVariables {
        pub(super) input: ListAuditEvents,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Query", variables = "EventsVariables")]
    pub struct AuditEvents {
        #[arguments(input: $input)]
        pub(super) audit_events: AuditEventPage,
    }

    #[derive(cynic::QueryVariables)]
    pub struct VerifyVariables {
        pub(super) input: VerifyAudit,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Query", variables = "VerifyVariables")]
    pub struct AuditVerify {
        #[arguments(input: $input)]
        pub(super) audit_verify: AuditVerification,
    }
}
