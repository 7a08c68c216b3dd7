//! `audit`.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};

use super::scalars::{DateTime, Int64, Snapshot};
use super::{Answer, page, page_type, query, verify_audit};
use crate::app::audit;
use crate::app::audit::{By, ListAuditEvents, Verified, VerifyAudit};
use crate::error::Error;
use crate::ids::{UserId, WorkspaceId};

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum AuditActorKind {
    /// A person, through a token.
    User,
    /// A gateway that serves every tenant.
    Service,
    /// Whoever runs the server.
    Operator,
    /// The control plane itself, because of what a payment provider told.
    System,
    /// Someone of whom nothing is known.
    Anyone,
}

/// Who did something, as it was known then.
#[derive(Debug, SimpleObject)]
pub(crate) struct AuditActor {
    kind: AuditActorKind,
    /// The person; null where it was none.
    user_id: Option<ID>,
    /// The person's address at the time.
    email: Option<String>,
    /// The token that was used; null where they proved who they are in another way.
    pat_id: Option<ID>,
    /// The service token of a gateway; null where it was none.
    service_token_id: Option<ID>,
    /// What the program called itself.
    client: Option<String>,
}

impl From<audit::Actor> for AuditActor {
    fn from(actor: audit::Actor) -> Self {
        let nobody =
            |kind| Self { kind, user_id: None, email: None, pat_id: None, service_token_id: None, client: None };
        match actor {
            audit::Actor::User { user_id, email, pat_id, client } => Self {
                kind: AuditActorKind::User,
                user_id: Some(user_id.as_str().into()),
                email: Some(email),
                pat_id: pat_id.map(|id| id.as_str().into()),
                service_token_id: None,
                client,
            },
            audit::Actor::Operator => nobody(AuditActorKind::Operator),
            audit::Actor::System => nobody(AuditActorKind::System),
            audit::Actor::Service { token_id, client, .. } => Self {
                kind: AuditActorKind::Service,
                user_id: None,
                email: None,
                pat_id: None,
                service_token_id: Some(token_id.as_str().into()),
                client,
            },
            audit::Actor::Anyone { client } => Self { client, ..nobody(AuditActorKind::Anyone) },
        }
    }
}

/// A change that was made: one link of the tenant's audit chain.
#[derive(Debug, SimpleObject)]
pub(crate) struct AuditEvent {
    id: ID,
    /// The event's place in the tenant's chain, from 1.
    number: Int64,
    at: DateTime,
    actor: AuditActor,
    /// The root field that did it, such as `apiKeysRotate`; `operator.…` = by whoever runs the server, `payments.…` = told by a payment provider.
    action: String,
    /// The id of what it was done to.
    object_id: ID,
    /// The workspace that the event belongs to; null = the tenant as a whole.
    workspace_id: Option<ID>,
    /// The object before; null = there was none.
    before: Option<Snapshot>,
    /// The object after; null = there is none.
    after: Option<Snapshot>,
    /// Why, in the words of who did it.
    reason: Option<String>,
    /// The request that did it (`req_…`).
    request_id: ID,
}

impl From<audit::AuditEvent> for AuditEvent {
    fn from(event: audit::AuditEvent) -> Self {
        Self {
            id: event.id.as_str().into(),
            number: Int64(event.number),
            at: DateTime(event.at),
            actor: event.actor.into(),
            action: event.action,
            object_id: event.object_id.into(),
            workspace_id: event.workspace_id.map(|id| id.as_str().into()),
            before: event.before.map(Snapshot),
            after: event.after.map(Snapshot),
            reason: event.reason,
            request_id: event.request_id.into(),
        }
    }
}

page_type! {
    /// One page of audit events. They are not counted.
    AuditEventPage of AuditEvent from audit::AuditEvent
}

/// Which audit events to list. What is given must all be true of an event.
#[derive(Debug, Default, InputObject)]
pub(crate) struct ListAuditEventsInput {
    /// At this instant or later.
    from: Option<DateTime>,
    /// Before this instant.
    to: Option<DateTime>,
    /// By this person (`usr_…`); `actor` takes more.
    actor_user_id: Option<ID>,
    /// By this person (`usr_…`), personal access token (`pat_…`) or service token (`svc_…`), the `operator` (whoever runs the server) or the `system`.
    actor: Option<String>,
    /// By this root field, such as `apiKeysRotate`.
    action: Option<String>,
    /// Done to this object, whatever it is.
    object_id: Option<ID>,
    /// Only the events of this workspace, deleted or not; absent = all that the caller may see.
    workspace_id: Option<ID>,
    /// 1 to 100; absent = 50.
    limit: Option<i32>,
    /// `nextCursor` of the page before; not together with `offset`.
    cursor: Option<String>,
    /// How many to pass over, at most 10,000; not together with `cursor`.
    offset: Option<i32>,
}

impl ListAuditEventsInput {
    fn operation(self) -> Result<ListAuditEvents, Error> {
        let user = self.actor_user_id.map(|id| UserId::input("actorUserId", &id).map(By::User));
        let actor = self.actor.map(|actor| By::input("actor", &actor));
        Ok(ListAuditEvents {
            from: self.from.map(|at| at.0),
            to: self.to.map(|at| at.0),
            by: [user.transpose()?, actor.transpose()?].into_iter().flatten().collect(),
            action: self.action,
            object_id: self.object_id.map(|id| id.0),
            workspace_id: self.workspace_id.map(|id| WorkspaceId::input("workspaceId", &id)).transpose()?,
            page: page(self.limit, self.cursor, self.offset),
        })
    }
}

/// How to check the audit chain.
#[derive(Debug, Default, InputObject)]
pub(crate) struct VerifyAuditInput {
    /// The `head` of an earlier answer: the chain is broken if it does not contain it. So a chain is found that was put back as it was before, with
    /// its older head.
    expected_head: Option<String>,
    /// `nextCursor` of the answer before; absent = begin with the first event.
    cursor: Option<String>,
    /// How many events to check at most: 1 to 50,000; absent = 50,000. It may stop before, when it takes long.
    limit: Option<i32>,
}

impl From<VerifyAuditInput> for VerifyAudit {
    fn from(VerifyAuditInput { expected_head, cursor, limit }: VerifyAuditInput) -> Self {
        Self { expected_head, cursor, limit }
    }
}

/// Whether an audit chain is whole.
#[derive(Debug, SimpleObject)]
pub(crate) struct AuditVerification {
    /// Whether every event of the whole chain is there, and as it was written. False as well as long as the end was not reached: there is
    /// a `nextCursor` then.
    ok: bool,
    /// How many events are whole, from the first on.
    events: Int64,
    /// The number of the first event that is not as it was written, or is missing; null = none.
    broken_at: Option<Int64>,
    /// What is wrong; null = nothing.
    message: Option<String>,
    /// The head of a chain that is whole: count, MAC and signature with points between. Keep it elsewhere and give it as `expectedHead` later.
    head: Option<String>,
    /// Give it as `cursor` to go on; null = the end was reached, or what is broken.
    next_cursor: Option<String>,
}

impl From<Verified> for AuditVerification {
    fn from(verified: Verified) -> Self {
        let events = |count| Self {
            ok: false,
            events: Int64(count),
            broken_at: None,
            message: None,
            head: None,
            next_cursor: None,
        };
        match verified {
            Verified::Whole(head) => Self { ok: true, head: Some(head.to_string()), ..events(head.count) },
            Verified::Broken(broken) => Self {
                broken_at: Some(Int64(broken.at())),
                message: Some(broken.to_string()),
                ..events(broken.at() - 1)
            },
            Verified::SoFar { events: count, cursor } => Self { next_cursor: Some(cursor), ..events(count) },
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct AuditQuery;

#[Object]
impl AuditQuery {
    /// Lists the changes that were made, newest first: an OWNER sees the tenant's, an ADMIN those of their workspaces.
    async fn audit_events(&self, ctx: &Context<'_>, input: Option<ListAuditEventsInput>) -> Answer<AuditEventPage> {
        Ok(query(ctx, input.unwrap_or_default().operation()).await?.into())
    }

    /// Checks that no event of the tenant's audit chain was changed, left out, put in or cut off. A broken chain is an answer. A long chain takes
    /// several calls.
    async fn audit_verify(&self, ctx: &Context<'_>, input: Option<VerifyAuditInput>) -> Answer<AuditVerification> {
        Ok(verify_audit(ctx, input.unwrap_or_default().into()).await?.into())
    }
}
