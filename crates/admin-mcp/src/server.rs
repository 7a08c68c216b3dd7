//! The server: it knows the protocol, and hands each call to its tool.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use admin_core::env::Environment;
use admin_core::{Client, ConfigBuilder, OperationInfo};
use admin_local::{SignIn, Wanted};
use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, Implementation, ListToolsResult, PaginatedRequestParams,
    ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use tokio::sync::{OwnedRwLockReadGuard, RwLock};

use crate::arguments::{conform, refuse_secrets};
use crate::browser::Browser;
use crate::confirm::Questions;
use crate::credentials::Callers;
use crate::deliver::Folder;
use crate::error::ToolError;
use crate::login::Challenges;
use crate::pages::Pages;
use crate::policy::{Allowed, Commands, Policy};
use crate::run::ServeError;
use crate::tools::{Call, Entry, SUPERSEDED, tools};
use crate::toolset::{Selection, Withheld};

/// How long a client may keep the list of tools, in milliseconds: it is the same as long as the process lives.
const LIST_TTL: u64 = 3_600_000;

const INSTRUCTIONS: &str = "Manages an AI gateway's control plane: workspaces, API keys, personal access tokens. Begin with get_status: \
it says who is signed in and what the token may do; without one every tool answers UNAUTHENTICATED and what to do about it. Secrets never come back: a tool \
that makes one takes `deliver`, which names an env file in the working folder, and answers with where it is. What takes something away \
is confirmed by the user, not by you: if you get CONFIRMATION_REQUIRED, show the command and stop. Lists come in pages: pass \
`nextCursor` back as `cursor`. A field that is null is left out.";

/// What the instructions say beside that where nothing can be changed.
const READ_ONLY: &str = " This server was registered read-only: it has the tools that change nothing.";

/// What a server needs to know.
#[derive(Debug)]
pub struct Options {
    wanted: Wanted,
    environment: Environment,
    folder: PathBuf,
    selection: Selection,
    allowed: Allowed,
}

impl Options {
    /// For the working folder of this process.
    ///
    /// # Errors
    /// [`ServeError::Folder`] when there is none.
    pub fn new(wanted: Wanted, environment: Environment) -> Result<Self, ServeError> {
        let folder = std::env::current_dir().map_err(ServeError::Folder)?;
        Ok(Self { wanted, environment, folder, selection: Selection::default(), allowed: Allowed::default() })
    }

    /// With the tools that the flags ask for; what they leave open the environment says.
    #[must_use]
    pub fn select(mut self, selection: Selection) -> Self {
        self.selection = selection;
        self
    }

    /// With what the flags allow; what they leave open the environment says.
    #[must_use]
    pub fn allow(mut self, allowed: Allowed) -> Self {
        self.allowed = allowed;
        self
    }
}

/// A server for one client. Making it opens nothing.
#[derive(Clone)]
pub struct Server(Arc<Inner>);

struct Inner {
    /// Every tool there is.
    tools: BTreeMap<&'static str, Entry>,
    /// Those of them that this server does not have, and why.
    withheld: BTreeMap<&'static str, Withheld>,
    read_only: bool,
    callers: Callers,
    questions: Questions,
    folder: Folder,
    pages: Pages,
    browser: Browser,
    policy: Policy,
    challenges: Challenges,
    environment: Environment,
    /// Read while a change is being made.
    changes: Arc<RwLock<()>>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("callers", &self.0.callers)
            .field("folder", &self.0.folder)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// Makes it.
    ///
    /// # Errors
    /// [`ServeError`] when there is no randomness, or no tool of a name that was asked for.
    pub fn new(Options { wanted, environment, folder, selection, allowed }: Options) -> Result<Self, ServeError> {
        let selection = selection.or_environment(&environment);
        let tools = tools();
        let withheld = selection.withheld(&tools)?;
        Ok(Self(Arc::new(Inner {
            tools,
            withheld,
            read_only: selection.is_read_only(),
            folder: Folder::new(folder, environment.get("HOME")),
            pages: Pages::default(),
            browser: Browser::of(&environment),
            policy: Policy::new(allowed, &environment)?,
            challenges: Challenges::default(),
            environment: environment.clone(),
            callers: Callers::new(wanted, environment),
            questions: Questions::new()?,
            changes: Arc::default(),
        })))
    }

    /// Can be written to when no change is being made.
    pub(crate) fn changes(&self) -> Arc<RwLock<()>> {
        Arc::clone(&self.0.changes)
    }

    /// To be held while a change is made and its secret handed over: begun is begun, also if the client goes away.
    pub(crate) async fn begin_change(&self) -> OwnedRwLockReadGuard<()> {
        Arc::clone(&self.0.changes).read_owned().await
    }

    pub(crate) fn client(&self, info: &OperationInfo) -> Result<Client, ToolError> {
        self.0.callers.client(info)
    }

    /// Where calls go, as text.
    pub(crate) fn control_plane(&self) -> Result<String, ToolError> {
        Ok(self.0.callers.base_url()?.to_string())
    }

    pub(crate) fn is_read_only(&self) -> bool {
        self.0.read_only
    }

    /// The toolsets of which it has no tool.
    pub(crate) fn other_toolsets(&self) -> Vec<String> {
        let had = |toolset: &str| {
            self.0.tools.iter().any(|(name, entry)| entry.toolset == toolset && !self.0.withheld.contains_key(name))
        };
        let toolsets: BTreeSet<&str> = self.0.tools.values().map(|entry| entry.toolset).collect();
        toolsets.into_iter().filter(|toolset| !had(toolset)).map(str::to_owned).collect()
    }

    pub(crate) fn questions(&self) -> &Questions {
        &self.0.questions
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.0.policy
    }

    /// The programs that may take a secret.
    pub(crate) fn commands(&self) -> &Commands {
        &self.0.policy.commands
    }

    pub(crate) fn environment(&self) -> &Environment {
        &self.0.environment
    }

    pub(crate) fn sign_in(&self) -> Result<SignIn, ToolError> {
        self.0.callers.sign_in()
    }

    pub(crate) fn builder(&self) -> ConfigBuilder {
        self.0.callers.builder()
    }

    pub(crate) fn challenges(&self) -> &Challenges {
        &self.0.challenges
    }

    /// Whether a sign-in code may come through the conversation: where nobody could type it elsewhere, or it was allowed.
    pub(crate) fn takes_codes(&self) -> bool {
        self.0.policy.code_in_chat || !self.0.browser.has_screen()
    }

    pub(crate) fn pages(&self) -> &Pages {
        &self.0.pages
    }

    pub(crate) fn browser(&self) -> &Browser {
        &self.0.browser
    }

    /// Where secrets may be written.
    pub(crate) fn folder(&self) -> &Folder {
        &self.0.folder
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let implementation = Implementation::new("aisetu", env!("CARGO_PKG_VERSION")).with_title("aisetu");
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(implementation)
            .with_instructions(format!("{INSTRUCTIONS}{}", if self.0.read_only { READ_ONLY } else { "" }))
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let had = self.0.tools.iter().filter(|(name, _)| !self.0.withheld.contains_key(*name));
        let tools = had.map(|(_, entry)| entry.tool.clone()).collect();
        Ok(ListToolsResult::with_all_items(tools).with_ttl_ms(LIST_TTL).with_cache_scope(CacheScope::Public))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.0.tools.get(name).filter(|_| !self.0.withheld.contains_key(name)).map(|entry| entry.tool.clone())
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let name = request.name.as_ref();
        let Some(entry) = self.0.tools.get(name) else {
            return match SUPERSEDED.iter().find(|(old, _)| *old == name) {
                Some((_, by)) => Ok(ToolError::superseded(name, by).into_result().into()),
                None => Err(ErrorData::invalid_params("there is no such tool; tools/list names them", None)),
            };
        };
        if let Some(why) = self.0.withheld.get(name) {
            return Ok(ToolError::withheld(name, entry, *why).into_result().into());
        }
        let arguments = request.arguments.unwrap_or_default();
        let called = async {
            refuse_secrets(&arguments)?;
            let arguments = conform(arguments, entry)?;
            let (responses, state) = (request.input_responses, request.request_state);
            (entry.run)(Call { server: self.clone(), arguments, context, responses, state }).await
        };
        Ok(called.await.unwrap_or_else(|error| error.into_result().into()))
    }
}
