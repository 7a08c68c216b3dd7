//! The control plane.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use admin_server::app::authorization::PatScope;
use admin_server::app::caller::Caller;
use admin_server::app::provision::{FirstOwner, OwnerToken};
use admin_server::app::service_tokens::NewServiceToken;
use admin_server::app::{Ports, operation::Request, pats::CreatePat};
use admin_server::clock::{Clock as _, ManualClock};
use admin_server::crypto::{PublicKey, ServerKeys};
use admin_server::ids::{MembershipId, PatId, RequestId, ServiceTokenId, TenantId, UserId, WorkspaceId};
use admin_server::model::{Membership, Pat, PatState, Role, Tenant, User, Workspace};
use admin_server::payments::{DevPayments, Payments};
use admin_server::random::SystemRandom;
use admin_server::settings::{ProviderSettings, Settings};
use admin_server::store::{pats, people, workspaces};
use admin_server::{Server, Storage, crypto};
use admin_token::{Secret, Token, TokenKind};
use jiff::{SignedDuration, Timestamp};

use crate::probes::Content;
use crate::{Actor, Letterbox};

/// When every test begins.
const START: &str = "2026-01-05T09:00:00Z";

/// A control plane on a port of its own, with a clock that stands until a test moves it, one tenant `Acme` with the workspaces
/// `default` and `second`, and another tenant.
#[derive(Debug)]
pub struct TestServer {
    server: Server,
    clock: Arc<ManualClock>,
    ports: Ports,
    mail: Arc<Letterbox>,
    http: reqwest::Client,
    tenant: TenantId,
    owner: Actor,
    default_workspace: WorkspaceId,
    second_workspace: WorkspaceId,
}

impl TestServer {
    /// Starts one in memory.
    pub async fn start() -> Self {
        Self::start_with(&Storage::Memory, Settings::default(), Some(pretended()), false).await
    }

    /// Starts one in memory whose operator decided otherwise.
    pub async fn start_as(settings: Settings) -> Self {
        Self::start_with(&Storage::Memory, settings, Some(pretended()), false).await
    }

    /// Starts one whose data is in a folder. A folder that was used before is opened again only by the same keys, so it must be new.
    pub async fn start_in(folder: &Path) -> Self {
        Self::start_with(&Storage::Folder(folder.to_owned()), Settings::default(), Some(pretended()), false).await
    }

    /// Starts one in memory with what only developers get.
    pub async fn start_dev() -> Self {
        Self::start_with(&Storage::Memory, Settings::default(), None, true).await
    }

    /// Starts one whose data is in a folder, with keys that a test keeps.
    pub async fn start_with_keys(folder: &Path, keys: ServerKeys) -> Self {
        Self::start_over(&Storage::Folder(folder.to_owned()), Settings::default(), Some(pretended()), false, keys, None)
            .await
    }

    /// Starts one in a new folder, whose keys are in files there, so that they can be rotated.
    pub async fn start_with_key_files(folder: &Path) -> Self {
        std::fs::create_dir(folder.join("keys")).unwrap();
        let keys = ServerKeys::read_or_create(&folder.join("keys"), &SystemRandom).unwrap();
        Self::start_with_keys(&folder.join("data"), keys).await
    }

    /// Starts one again whose OWNER had this token, at the time when all began.
    pub async fn open_with_keys(folder: &Path, keys: ServerKeys, owner: &str) -> Self {
        let held = admin_token::parse(owner).ok();
        Self::start_over(&Storage::Folder(folder.to_owned()), Settings::default(), Some(pretended()), false, keys, held)
            .await
    }

    /// Starts one in memory whose payments somebody else takes, or nobody. Elsewhere they are taken by one who takes no money.
    pub async fn start_paid_by(payments: Option<Arc<dyn Payments>>) -> Self {
        Self::start_with(&Storage::Memory, Settings::default(), payments, false).await
    }

    async fn start_with(storage: &Storage, settings: Settings, payments: Option<Arc<dyn Payments>>, dev: bool) -> Self {
        Self::start_over(storage, settings, payments, dev, ServerKeys::generate(&SystemRandom), None).await
    }

    async fn start_over(
        storage: &Storage,
        settings: Settings,
        payments: Option<Arc<dyn Payments>>,
        dev: bool,
        keys: ServerKeys,
        held: Option<Token>,
    ) -> Self {
        let known = held.is_some();
        let clock = Arc::new(ManualClock::new(START.parse().unwrap()));
        let mail = Arc::new(Letterbox::default());
        // A test that asks a provider says where it is.
        let asks = settings.providers != ProviderSettings::default();
        let mut ports = Ports {
            clock: Arc::<ManualClock>::clone(&clock),
            mail: Arc::<Letterbox>::clone(&mail),
            payments,
            ..Ports::system(keys).with(settings)
        };
        if !asks {
            ports.probes = Arc::new(Content);
        }
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = Server::start(address, storage, ports.clone(), dev).await.unwrap();
        // The client asks for one although it speaks no TLS here; another test of this process may have installed it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().build().unwrap();
        let names = FirstOwner {
            tenant: "Acme".to_owned(),
            workspace: "default".to_owned(),
            email: "owner@acme.example".to_owned(),
            pat: "owner".to_owned(),
            scopes: PatScope::ALL.to_vec(),
        };
        let OwnerToken { token, .. } =
            server.control_plane().ensure_owner_token(names, held, SignedDuration::ZERO).await.unwrap();
        let owner = Actor::new("owner", http.clone(), server.address(), Some(token));
        let whoami = owner.data("{ authWhoami { tenant { id } } workspacesList { items { id } } }").await;
        let tenant: TenantId = text(&whoami["authWhoami"]["tenant"]["id"]).parse().unwrap();
        let workspaces = whoami["workspacesList"]["items"].as_array().unwrap();
        let default_workspace = text(&workspaces.last().unwrap()["id"]).parse().unwrap();
        clock.advance(SignedDuration::from_secs(1));
        let second_workspace = if known {
            text(&workspaces[0]["id"]).parse().unwrap()
        } else {
            let made = owner.data(r#"mutation { workspacesCreate(input: { name: "second" }) { id } }"#).await;
            text(&made["workspacesCreate"]["id"]).parse().unwrap()
        };
        clock.advance(SignedDuration::from_secs(1));
        Self { server, clock, ports, mail, http, tenant, owner, default_workspace, second_workspace }
    }

    /// The mail that was sent.
    pub fn mail(&self) -> &Letterbox {
        &self.mail
    }

    /// The control plane itself.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Clock, randomness, keys.
    pub fn ports(&self) -> &Ports {
        &self.ports
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Moves the clock on.
    pub fn advance(&self, by: SignedDuration) {
        self.clock.advance(by);
    }

    /// The tenant's id.
    pub fn tenant(&self) -> &str {
        self.tenant.as_str()
    }

    /// The workspace `default`.
    pub fn workspace(&self) -> &str {
        self.default_workspace.as_str()
    }

    /// The workspace `second`.
    pub fn second_workspace(&self) -> &str {
        self.second_workspace.as_str()
    }

    /// Nobody in particular.
    pub fn anonymous(&self) -> Actor {
        Actor::new("anonymous", self.http.clone(), self.server.address(), None)
    }

    /// Whoever presents this text as a token.
    pub fn bearer(&self, token: &str) -> Actor {
        Actor::new("bearer", self.http.clone(), self.server.address(), Some(Secret::new(token)))
    }

    /// The OWNER, with every scope.
    pub fn owner(&self) -> &Actor {
        &self.owner
    }

    /// The OWNER, with a token that only reads.
    pub async fn reader(&self) -> Actor {
        self.pat(&self.owner, &["admin:read"], None).await
    }

    /// The OWNER, with a token of a gateway.
    pub async fn gateway(&self) -> Actor {
        self.pat(&self.owner, &["keys:verify"], None).await
    }

    /// A gateway that serves every tenant, by a service token, and its id.
    pub async fn service(&self, scopes: &[&str], public_key: Option<PublicKey>) -> (Actor, ServiceTokenId) {
        let scopes = scopes.iter().map(|scope| scope.parse().unwrap()).collect();
        let new = NewServiceToken { name: "gateway".to_owned(), scopes, lifetime: None, public_key };
        let mut delivered = None;
        let deliver = |token: &Secret| {
            delivered = Some(token.clone());
            Ok(())
        };
        let made = self.server.control_plane().create_service_token(new, deliver).await.unwrap();
        (Actor::new("service", self.http.clone(), self.server.address(), delivered), made.id)
    }

    /// A further token of someone, made by the one they have.
    pub async fn pat(&self, of: &Actor, scopes: &[&str], lifetime: Option<SignedDuration>) -> Actor {
        self.pat_with(of, scopes, lifetime, None).await
    }

    /// The same with a public key.
    pub async fn pat_with(
        &self,
        of: &Actor,
        scopes: &[&str],
        lifetime: Option<SignedDuration>,
        public_key: Option<PublicKey>,
    ) -> Actor {
        let caller = self.caller(of).await;
        let request = Request {
            id: RequestId::new(self.now(), &SystemRandom),
            client: None,
            idempotency_key: None,
            replayed: Arc::default(),
        };
        let scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
        let expires_at = lifetime.map(|lifetime| self.now() + lifetime);
        let pat = CreatePat { name: "further".to_owned(), scopes, public_key, expires_at };
        let issued = self.server.control_plane().mutate(Arc::new(caller), request, pat).await.unwrap();
        Actor::new(of.name(), self.http.clone(), self.server.address(), Some(issued.secret))
    }

    async fn caller(&self, person: &Actor) -> Caller {
        let token = admin_token::parse(person.token().unwrap()).unwrap();
        self.server.control_plane().authenticate(token).await.unwrap()
    }

    /// Another person of the tenant with one role, tenant-wide or on one workspace, and a token with every scope.
    pub async fn member(&self, role: Role, workspace: Option<&str>) -> Actor {
        let workspace = workspace.map(|id| id.parse().unwrap());
        self.person(role.as_str(), self.tenant.clone(), role, workspace).await
    }

    /// Reads all.
    pub async fn viewer_member(&self) -> Actor {
        self.member(Role::Viewer, None).await
    }

    /// Gives someone a further role, on one workspace.
    pub async fn also(&self, person: &Actor, role: Role, workspace: &str) {
        let user = self.caller(person).await.user.id;
        let (tenant, now) = (self.tenant.clone(), self.now());
        let workspace_id = Some(workspace.parse().unwrap());
        let membership = Membership { id: MembershipId::new(now, &SystemRandom), role, workspace_id };
        let insert = self
            .server
            .control_plane()
            .store()
            .write(move |tx| Ok(people::insert_membership(tx, &tenant, &user, &membership, now)?));
        insert.await.unwrap();
    }

    /// The newest entry of the log of a key, once there is one.
    pub async fn log_of(&self, key: &serde_json::Value) -> serde_json::Value {
        for _ in 0..200 {
            let page = self.owner.ok("apiKeysLogs", serde_json::json!({ "id": key, "limit": 1 })).await;
            if !page["items"][0].is_null() {
                return page["items"][0].clone();
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("{key} has no log");
    }

    /// Takes every role from someone. Their tokens stay.
    pub async fn dismiss(&self, person: &Actor) {
        let user = self.caller(person).await.user.id;
        let changed = self
            .server
            .control_plane()
            .store()
            .write(move |tx| Ok(tx.execute("DELETE FROM memberships WHERE user_id = $1", &[(&user).into()])?))
            .await;
        assert!(changed.unwrap() > 0);
    }

    /// The OWNER of another tenant, which has one workspace.
    pub async fn other_tenant(&self) -> Actor {
        let (now, random) = (self.now(), SystemRandom);
        let tenant = Tenant { id: TenantId::new(now, &random), name: "Other".to_owned() };
        let workspace = Workspace {
            id: WorkspaceId::new(now, &random),
            tenant_id: tenant.id.clone(),
            name: "theirs".to_owned(),
            created_at: now,
            deleted_at: None,
            budget: None,
        };
        let id = tenant.id.clone();
        self.server
            .control_plane()
            .store()
            .write(move |tx| {
                people::insert_tenant(tx, &tenant, now)?;
                Ok(workspaces::insert(tx, &workspace)?)
            })
            .await
            .unwrap();
        self.person("other tenant", id, Role::Owner, None).await
    }

    async fn person(
        &self,
        name: &'static str,
        tenant_id: TenantId,
        role: Role,
        workspace_id: Option<WorkspaceId>,
    ) -> Actor {
        let (now, random) = (self.now(), SystemRandom);
        let id = UserId::new(now, &random);
        let user = User { email: format!("{}@acme.example", id.as_str()), id };
        let membership = Membership { id: MembershipId::new(now, &random), role, workspace_id };
        let token = admin_token::mint(TokenKind::Pat, |buffer| admin_server::random::Random::fill(&random, buffer));
        let pat = Pat {
            id: PatId::new(now, &random),
            tenant_id: tenant_id.clone(),
            user_id: user.id.clone(),
            name: name.to_owned(),
            state: PatState::Active,
            scopes: PatScope::ALL.iter().map(|scope| scope.as_str().to_owned()).collect(),
            hint: token.hint().to_owned(),
            public_key: None,
            created_at: now,
            expires_at: now + SignedDuration::from_hours(90 * 24),
            revoked_at: None,
        };
        let pepper = self.ports.keys.pepper.clone();
        let secret = token.secret().clone();
        self.server
            .control_plane()
            .store()
            .write(move |tx| {
                people::insert_user(tx, &user, now)?;
                people::insert_membership(tx, &tenant_id, &user.id, &membership, now)?;
                let digest = crypto::token_digest(&pepper, token.secret().expose());
                Ok(pats::insert(tx, &pat, &digest, pepper.id())?)
            })
            .await
            .unwrap();
        Actor::new(name, self.http.clone(), self.server.address(), Some(secret))
    }

    /// Stops it and waits until its data is closed.
    pub async fn shutdown(self) {
        self.server.shutdown().await;
    }
}

/// Payments that nobody settles.
fn pretended() -> Arc<dyn Payments> {
    Arc::new(DevPayments::new(SocketAddr::from((Ipv4Addr::LOCALHOST, 9))))
}

fn text(value: &serde_json::Value) -> &str {
    value.as_str().unwrap()
}
