//! A tenant's own accounts with providers: connections, each with a slug and a credential that comes back to nobody but a gateway.

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use super::audit::Event;
use super::authorization::{Permission, Reach};
use super::check::Finding;
use super::operation::{Call, Change, Mutation, OutsideMutation, Query};
use super::paging::{PageInput, page};
use super::workspaces as workspace_rules;
use super::{ControlPlane, Ports, kek, validate};
use crate::crypto::{Envelope, SealError, hex};
use crate::error::{Code, Error, ObjectRef};
use crate::ids::{ConnectionId, WorkspaceId};
use crate::model::{Connection, ConnectionTest, Page, Provider, Workspace};
use crate::providers::{Credential, Field, fields};
use crate::store::connections::Filter;
use crate::store::{Tx, connections};

/// How many credentials are looked at in one transaction.
pub(super) const STEP: i64 = 100;

/// A connection with its workspace, either of which may be gone.
#[derive(Debug)]
pub struct ConnectionTarget {
    connection: Connection,
    workspace: Workspace,
}

impl ConnectionTarget {
    /// The connection with this id, if the caller may do to it what the rule of the call says.
    fn permitted(tx: &mut Tx<'_>, call: &Call<'_>, id: &ConnectionId) -> Result<Self, Error> {
        let found = connections::get(tx, id)?.ok_or_else(|| Error::not_found("connection"))?;
        let workspace = workspace_rules::readable(tx, call, &found.workspace_id)
            .map_err(|error| if error.code() == Code::NotFound { Error::not_found("connection") } else { error })?;
        call.caller.permit(&call.rule, &workspace.id, None)?;
        Ok(Self { connection: found, workspace })
    }

    /// The connection, unless it was revoked or its workspace deleted.
    fn alive(self) -> Result<Connection, Error> {
        if self.workspace.deleted_at.is_some() {
            return Err(Error::not_found("connection"));
        }
        match self.connection.revoked_at {
            None => Ok(self.connection),
            Some(at) => Err(Error::conflict(format!("`{}` was revoked already, at {at:.3}", self.connection.slug))
                .with_hint("upsert its slug again: that makes another connection")),
        }
    }
}

fn object(connection: &Connection) -> ObjectRef {
    ObjectRef { id: connection.id.to_string(), hint: Some(connection.key_hint.clone()) }
}

fn changed(before: Option<&Connection>, after: Connection) -> Result<Change<Connection>, Error> {
    let event = Event::change(&after.id, Some(&after.workspace_id), before, Some(&after))?;
    Ok(Change { output: after, event })
}

fn seal(tx: &mut Tx<'_>, ports: &Ports, connection: &Connection, credential: &Credential) -> Result<Envelope, Error> {
    let kek = kek::current(tx, ports)?;
    let message = credential.encode()?;
    Envelope::seal(&kek, &connection.context(), &message, &*ports.random).map_err(Error::internal)
}

/// The credential of a living connection.
///
/// # Errors
/// `UNAVAILABLE` when its KEK is not there, `INTERNAL` when it does not open.
pub(super) fn open(tx: &mut Tx<'_>, ports: &Ports, connection: &Connection) -> Result<Credential, Error> {
    let envelope = connections::envelope(tx, &connection.id)?.ok_or_else(|| Error::not_found("connection"))?;
    open_envelope(ports, connection, &envelope).map_err(|problem| match problem {
        SealError::UnknownKey(_) => {
            tracing::error!(connection = %connection.id, %problem, "a credential cannot be opened");
            Error::unavailable("the control plane lacks the key of this credential; its operator has to bring it back")
        }
        SealError::Broken => Error::internal(format!("the credential of {}: {problem}", connection.id)),
    })
}

fn open_envelope(ports: &Ports, connection: &Connection, envelope: &Envelope) -> Result<Credential, SealError> {
    let message = envelope.open(&ports.keys.kek, &connection.context())?;
    Credential::decode(connection.provider, &message).map_err(|_| SealError::Broken)
}

/// What a provider needs, and whether it was given.
#[derive(Debug, Clone)]
pub struct Availability {
    /// Who.
    pub provider: Provider,
    /// What its credential consists of.
    pub fields: &'static [Field],
    /// How many living connections there are with it, of those that the caller may see.
    pub connections: i64,
}

/// Which workspaces a query is about.
fn within(
    tx: &mut Tx<'_>,
    call: &Call<'_>,
    workspace_id: Option<&WorkspaceId>,
) -> Result<Option<Vec<WorkspaceId>>, Error> {
    match workspace_id {
        Some(id) => Ok(Some(vec![workspace_rules::alive(workspace_rules::readable(tx, call, id)?)?.id])),
        None => Ok(call.caller.workspaces_with(Permission::Read)),
    }
}

/// Lists the providers.
#[derive(Debug)]
pub struct ListProviderAvailability {
    /// Connections of which workspace are counted; `None` = of every one that the caller may read.
    pub workspace_id: Option<WorkspaceId>,
}

impl Query for ListProviderAvailability {
    const FIELD: &'static str = "providerCredentialsAvailability";
    type Output = Vec<Availability>;

    fn run(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Self::Output, Error> {
        let only = within(tx, call, self.workspace_id.as_ref())?;
        let tenant_id = call.caller.tenant_id();
        let filter = Filter { tenant_id, workspaces: only.as_deref(), provider: None, revoked: false };
        let counted = connections::count_by_provider(tx, &filter)?;
        let count = |provider| counted.iter().find(|(of, _)| *of == provider).map_or(0, |(_, count)| *count);
        let known = Provider::ALL.iter().copied();
        Ok(known
            .map(|provider| Availability { provider, fields: fields(provider), connections: count(provider) })
            .collect())
    }
}

/// Lists connections, newest first.
#[derive(Debug)]
pub struct ListConnections {
    /// Where; `None` = wherever the caller may read.
    pub workspace_id: Option<WorkspaceId>,
    /// Only with this provider.
    pub provider: Option<Provider>,
    /// Also revoked ones.
    pub include_revoked: bool,
    /// Which page.
    pub page: PageInput,
}

impl Query for ListConnections {
    const FIELD: &'static str = "providerCredentialsList";
    type Output = Page<Connection>;

    fn run(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Self::Output, Error> {
        let range = self.page.range()?;
        let only = within(tx, call, self.workspace_id.as_ref())?;
        let (tenant_id, provider) = (call.caller.tenant_id(), self.provider);
        let filter = Filter { tenant_id, workspaces: only.as_deref(), provider, revoked: self.include_revoked };
        let (items, total) = (connections::list(tx, &filter, &range)?, connections::count(tx, &filter)?);
        Ok(page(&range, items, total, |connection| connection.id.to_string()))
    }
}

/// Makes a connection, or gives the one of the slug another credential.
#[derive(Debug, Serialize)]
pub struct UpsertConnection {
    /// Where; `None` = the only workspace in which the caller may make connections.
    pub workspace_id: Option<WorkspaceId>,
    /// What models are asked for by.
    pub slug: String,
    /// The credential, of which an idempotency key is bound to a digest.
    #[serde(serialize_with = "digest")]
    pub credential: Credential,
}

fn digest<S: Serializer>(credential: &Credential, serializer: S) -> Result<S::Ok, S::Error> {
    let message = credential.encode().map_err(serde::ser::Error::custom)?;
    let digest = Sha256::new().chain_update(credential.provider().as_str()).chain_update(&*message).finalize();
    serializer.serialize_str(&hex(&digest))
}

impl Mutation for UpsertConnection {
    const FIELD: &'static str = "providerCredentialsUpsert";
    /// The workspace that the input names.
    type Target = Option<Workspace>;
    type Output = Connection;

    fn authorize(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Option<Workspace>, Error> {
        let Some(id) = &self.workspace_id else {
            // Which one is meant is found later: a retry gets its answer even if there are several workspaces by then.
            return match call.caller.reach_anywhere(call.rule.permission) {
                Reach::Everything => Ok(None),
                _ => Err(call.rule.permission.refused(call.rule.field)),
            };
        };
        let workspace = workspace_rules::readable(tx, call, id)?;
        call.caller.permit(&call.rule, &workspace.id, None)?;
        Ok(Some(workspace))
    }

    fn apply(
        &self,
        tx: &mut Tx<'_>,
        call: &Call<'_>,
        workspace: Option<Workspace>,
    ) -> Result<Change<Connection>, Error> {
        let workspace = match workspace {
            Some(workspace) => workspace_rules::alive(workspace)?,
            None => workspace_rules::only(tx, call, "connections")?,
        };
        validate::slug(&self.slug)?;
        let provider = self.credential.provider();
        let key_hint = self.credential.hint().to_owned();
        let Some(before) = connections::living(tx, &workspace.id, &self.slug)? else {
            let connection = Connection {
                id: ConnectionId::new(call.now, &*call.ports.random),
                tenant_id: workspace.tenant_id,
                workspace_id: workspace.id,
                slug: self.slug.clone(),
                provider,
                key_hint,
                version: 1,
                created_at: call.now,
                created_by: call.caller.user.id.clone(),
                updated_at: call.now,
                revoked_at: None,
                last_test: None,
            };
            let envelope = seal(tx, call.ports, &connection, &self.credential)?;
            connections::insert(tx, &connection, &envelope)?;
            return changed(None, connection);
        };
        if before.provider != provider {
            let message = format!(
                "`{}` is the slug of a connection with {}, in the same workspace",
                before.slug, before.provider
            );
            let hint = "choose another slug, or revoke that connection first";
            return Err(Error::conflict(message).with_hint(hint).with_object(object(&before)));
        }
        let version = before.version + 1;
        let after = Connection { key_hint, version, updated_at: call.now, last_test: None, ..before.clone() };
        let envelope = seal(tx, call.ports, &after, &self.credential)?;
        connections::replace(tx, &after, &envelope)?;
        changed(Some(&before), after)
    }
}

/// Asks the provider whether it takes the credential.
#[derive(Debug, Serialize)]
pub struct TestConnection {
    /// Which.
    pub id: ConnectionId,
}

/// The credential that is tested.
#[derive(Debug, Serialize, Deserialize)]
pub struct Tested {
    id: ConnectionId,
    version: i64,
}

impl TestConnection {
    fn replaced() -> Error {
        Error::conflict("the credential was replaced or revoked while it was tested").with_hint("test it again")
    }
}

impl OutsideMutation for TestConnection {
    const FIELD: &'static str = "providerCredentialsTest";
    type Target = ConnectionTarget;
    type Begun = Tested;
    type Question = Credential;
    type Outcome = ConnectionTest;
    type Output = ConnectionTest;

    fn authorize(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<ConnectionTarget, Error> {
        ConnectionTarget::permitted(tx, call, &self.id)
    }

    fn begin(&self, _: &mut Tx<'_>, _: &Call<'_>, target: ConnectionTarget) -> Result<Change<Tested>, Error> {
        let connection = target.alive()?;
        let event =
            Event::change(&connection.id, Some(&connection.workspace_id), Some(&connection), Some(&connection))?;
        Ok(Change { output: Tested { id: connection.id, version: connection.version }, event })
    }

    fn question(&self, tx: &mut Tx<'_>, ports: &Ports, begun: &Tested) -> Result<Credential, Error> {
        let living = connections::get(tx, &begun.id)?.filter(|connection| connection.revoked_at.is_none());
        let same = living.filter(|connection| connection.version == begun.version).ok_or_else(Self::replaced)?;
        open(tx, ports, &same)
    }

    fn ask<'a>(&'a self, ports: &'a Ports, credential: Credential) -> BoxFuture<'a, Result<ConnectionTest, Error>> {
        Box::pin(async move {
            let probed = ports.probes.probe(&credential, ports.clock.now()).await;
            Ok(ConnectionTest { outcome: probed.outcome, message: probed.message, at: ports.clock.now() })
        })
    }

    fn finish(
        &self,
        tx: &mut Tx<'_>,
        _: &Ports,
        begun: &Tested,
        test: &ConnectionTest,
    ) -> Result<ConnectionTest, Error> {
        let same = connections::set_test(tx, &begun.id, begun.version, test)?;
        if same { Ok(test.clone()) } else { Err(Self::replaced()) }
    }
}

/// Revokes a connection and erases its credential.
#[derive(Debug, Serialize)]
pub struct RevokeConnection {
    /// Which.
    pub id: ConnectionId,
}

impl Mutation for RevokeConnection {
    const FIELD: &'static str = "providerCredentialsRevoke";
    type Target = ConnectionTarget;
    type Output = Connection;

    fn authorize(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<ConnectionTarget, Error> {
        ConnectionTarget::permitted(tx, call, &self.id)
    }

    fn apply(&self, tx: &mut Tx<'_>, call: &Call<'_>, target: ConnectionTarget) -> Result<Change<Connection>, Error> {
        let before = target.alive()?;
        connections::revoke(tx, &before.id, call.now)?;
        changed(Some(&before), Connection { revoked_at: Some(call.now), ..before.clone() })
    }
}

impl ControlPlane {
    /// Looks at every credential: a living connection has one that opens, a revoked one has none.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn check_credentials(&self) -> Result<Vec<Finding>, Error> {
        let area = "provider credentials";
        let wrong = self.store.read(|tx| Ok(connections::inconsistent(tx)?)).await?;
        let mut findings: Vec<Finding> = wrong
            .into_iter()
            .map(|id| Finding::new(area, id.as_str(), "it is living and has no credential, or is revoked and has one"))
            .collect();
        let mut after = None;
        loop {
            let (ports, from) = (self.ports.clone(), after.take());
            let step = move |tx: &mut Tx<'_>| {
                let found = connections::sealed(tx, None, from.as_ref(), STEP)?;
                let last = found.last().map(|(connection, _)| connection.id.clone());
                let broken = found.iter().filter_map(|(connection, envelope)| {
                    let problem = open_envelope(&ports, connection, envelope).err()?;
                    Some(Finding::new(area, connection.id.as_str(), problem.to_string()))
                });
                Ok((broken.collect::<Vec<_>>(), last))
            };
            let (found, last) = self.store.read(step).await?;
            findings.extend(found);
            match last {
                Some(last) => after = Some(last),
                None => return Ok(findings),
            }
        }
    }
}
