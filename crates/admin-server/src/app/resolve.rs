//! Gives a gateway the credential of a connection, sealed to it.

use std::sync::Arc;

use admin_policy::{Verdict, standing};
use admin_token::Token;
use jiff::Timestamp;

use super::audit::{self, Actor, Event};
use super::authorization::PatScope;
use super::gateway_caller::GatewayCaller;
use super::{ControlPlane, Ports, provider_credentials, validate, verify};
use crate::crypto::{PublicKey, Sealed, seal_to};
use crate::error::{Code, Error};
use crate::ids::{ConnectionId, RequestId, WorkspaceId};
use crate::model::{Connection, Provider, Workspace};
use crate::store::{Tx, connections, workspaces};

/// The scope of the token that asks.
const SCOPE: PatScope = PatScope::CredentialsUse;
/// What it is called in errors and in the audit trail.
const CALL: &str = "credentials/resolve";

/// On whose behalf a gateway asks.
#[derive(Debug)]
pub enum OnBehalf {
    /// Of whoever presented this key; `None` = it is no key of ours, by its form alone.
    Key(Option<Token>),
    /// Of the tenant itself, in this workspace.
    Workspace(WorkspaceId),
}

/// What a gateway asks for.
#[derive(Debug)]
pub struct ResolveCredential {
    /// The slug of the connection.
    pub connection: String,
    /// Where it is to be found.
    pub on_behalf: OnBehalf,
    /// The request.
    pub request_id: RequestId,
    /// What the program calls itself.
    pub client: Option<String>,
}

/// A credential for one gateway.
#[derive(Debug)]
pub struct Resolved {
    /// Which connection.
    pub connection_id: ConnectionId,
    /// Whose credential.
    pub provider: Provider,
    /// Which credential of the connection.
    pub version: i64,
    /// The token to whose public key it is sealed.
    pub token_id: String,
    /// The credential. It opens with the private key, and the ids of token and connection as the info.
    pub sealed: Sealed,
}

impl ControlPlane {
    /// Seals the credential of a connection to the gateway that asks. What was given to whom is in the tenant's audit trail before it leaves.
    ///
    /// # Errors
    /// `UNAUTHORIZED` for a token without scope or public key and for a key that does not verify, `NOT_FOUND`, and those of the store.
    pub async fn resolve(&self, caller: Arc<GatewayCaller>, input: ResolveCredential) -> Result<Resolved, Error> {
        caller.require_scope(CALL, SCOPE)?;
        validate::slug(&input.connection)?;
        let ports = self.ports.clone();
        self.store.write(move |tx| resolve(tx, &ports, &caller, &input)).await
    }
}

fn resolve(
    tx: &mut Tx<'_>,
    ports: &Ports,
    caller: &GatewayCaller,
    input: &ResolveCredential,
) -> Result<Resolved, Error> {
    let now = ports.clock.now();
    tx.changes([]);
    let caller = &caller.again(tx, now)?;
    caller.require_scope(CALL, SCOPE)?;
    let public_key = public_key(caller)?;
    let workspace = workspace(tx, ports, caller, &input.on_behalf, now)?;
    let connection = connections::living(tx, &workspace.id, &input.connection)?;
    let connection = connection.ok_or_else(|| Error::not_found("connection"))?;
    let credential = provider_credentials::open(tx, ports, &connection)?;
    let token_id = caller.token_id();
    let info = format!("{token_id}{}", connection.id);
    let sealed =
        seal_to(public_key, info.as_bytes(), &credential.encode()?, &*ports.random).map_err(Error::internal)?;
    record(tx, ports, caller, input, &connection, now)?;
    let Connection { id, provider, version, .. } = connection;
    Ok(Resolved { connection_id: id, provider, version, token_id: token_id.to_owned(), sealed })
}

fn public_key(caller: &GatewayCaller) -> Result<&PublicKey, Error> {
    let (key, hint) = match caller {
        GatewayCaller::Pat(caller) => (&caller.pat.public_key, "make a token with `publicKey`"),
        GatewayCaller::Service(token) => (&token.public_key, "make a service token with `--public-key`"),
    };
    key.as_ref().ok_or_else(|| {
        let message = format!("`{CALL}` seals to the public key of the token that asks; this token has none");
        Error::new(Code::Unauthorized, message).with_hint(hint)
    })
}

/// The workspace in which the connection is to be found.
fn workspace(
    tx: &mut Tx<'_>,
    ports: &Ports,
    caller: &GatewayCaller,
    on_behalf: &OnBehalf,
    now: Timestamp,
) -> Result<Workspace, Error> {
    let id = match (on_behalf, caller) {
        (OnBehalf::Key(key), _) => of_key(tx, ports, caller, key.as_ref(), now)?,
        (OnBehalf::Workspace(id), GatewayCaller::Pat(_)) => id.clone(),
        (OnBehalf::Workspace(_), GatewayCaller::Service(_)) => {
            let message =
                "`workspaceId` is for a tenant's own token; a service token presents the key of whoever calls";
            return Err(Error::bad_input("workspaceId", message));
        }
    };
    let found = workspaces::get(tx, &id)?.filter(|workspace| workspace.deleted_at.is_none());
    let found = found.filter(|workspace| caller.reaches(SCOPE, &workspace.tenant_id, &workspace.id));
    found.ok_or_else(|| Error::not_found("workspace"))
}

/// The workspace of a presented key that is good.
fn of_key(
    tx: &mut Tx<'_>,
    ports: &Ports,
    caller: &GatewayCaller,
    key: Option<&Token>,
    now: Timestamp,
) -> Result<WorkspaceId, Error> {
    let presented = match key {
        Some(token) if token.kind().is_api_key() => verify::find(tx, ports, caller, SCOPE, token)?,
        _ => None,
    };
    let policy = presented.as_ref().map(verify::policy).transpose()?;
    // What it is used for, and from where, the gateway has asked when it was presented.
    match (presented, standing(policy.as_ref(), now)) {
        (Some(presented), Verdict::Valid) => Ok(presented.key.workspace_id),
        (_, Verdict::Valid | Verdict::NotFound) => Err(Error::not_found("API key")),
        (_, verdict) => {
            let message = format!("the presented key is not good: it verifies as {}", verdict.as_str());
            Err(Error::new(Code::Unauthorized, message).with_hint("refuse the call that presented it"))
        }
    }
}

fn record(
    tx: &mut Tx<'_>,
    ports: &Ports,
    caller: &GatewayCaller,
    input: &ResolveCredential,
    connection: &Connection,
    now: Timestamp,
) -> Result<(), Error> {
    let client = input.client.clone();
    let actor = match caller {
        GatewayCaller::Pat(caller) => Actor::User {
            user_id: caller.user.id.clone(),
            email: caller.user.email.clone(),
            pat_id: Some(caller.pat.id.clone()),
            client,
        },
        GatewayCaller::Service(token) => {
            Actor::Service { token_id: token.id.clone(), name: token.name.clone(), client }
        }
    };
    let event = Event::change(&connection.id, Some(&connection.workspace_id), Some(connection), Some(connection))?;
    let event = Event { action: "credentialsResolve", ..event };
    audit::append(tx, ports, connection.tenant_id.as_str(), &actor, &event, &input.request_id, now)
}
