//! The server: it knows the protocol, and hands each call to its tool.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use admin_core::env::Environment;
use admin_core::{Client, OperationInfo};
use admin_local::Wanted;
use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, Implementation, ListToolsResult, PaginatedRequestParams,
    ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use tokio::sync::{RwLock, RwLockReadGuard};

use crate::arguments::{conform, refuse_secrets};
use crate::confirm::Questions;
use crate::credentials::Callers;
use crate::deliver::Folder;
use crate::error::ToolError;
use crate::run::ServeError;
use crate::tools::{Call, Entry, tools};

/// How long a client may keep the list of tools, in milliseconds: it is the same as long as the process lives.
const LIST_TTL: u64 = 3_600_000;

const INSTRUCTIONS: &str = "Manages an AI gateway's control plane: workspaces, API keys, personal access tokens. Begin with whoami: it \
says what this token may do; without a token every tool answers UNAUTHENTICATED and what to do about it. Secrets never come back: a tool \
that makes one takes `deliver`, which names an env file in the working folder, and answers with where it is. What takes something away \
is confirmed by the user, not by you: if you get CONFIRMATION_REQUIRED, show the command and stop. Lists come in pages: pass \
`nextCursor` back as `cursor`. A field that is null is left out.";

/// What the instructions say beside that where nothing can be changed.
const READ_ONLY: &str = " This server was registered read-only: it has the tools that change nothing.";

/// `1` leaves out every tool that changes something, as `--read-only` does.
pub const AI_SETU_MCP_READ_ONLY: &str = "AI_SETU_MCP_READ_ONLY";

/// What a server needs to know.
#[derive(Debug)]
pub struct Options {
    wanted: Wanted,
    environment: Environment,
    folder: PathBuf,
    read_only: bool,
}

impl Options {
    /// For the working folder of this process.
    ///
    /// # Errors
    /// [`ServeError::Folder`] when there is none.
    pub fn new(wanted: Wanted, environment: Environment) -> Result<Self, ServeError> {
        let folder = std::env::current_dir().map_err(ServeError::Folder)?;
        let set = environment.get(AI_SETU_MCP_READ_ONLY);
        let read_only = set.is_some_and(|value| value != "0" && value != "false");
        Ok(Self { wanted, environment, folder, read_only })
    }

    /// Leaves out every tool that changes something, if `read_only` says so or the environment did.
    #[must_use]
    pub const fn read_only(mut self, read_only: bool) -> Self {
        self.read_only |= read_only;
        self
    }
}

/// A server for one client. Making it opens nothing.
pub struct Server {
    tools: BTreeMap<&'static str, Entry>,
    /// Those that are left out, because they change something.
    withheld: BTreeMap<&'static str, Entry>,
    callers: Callers,
    questions: Questions,
    folder: Folder,
    /// Read while a change is being made.
    changes: Arc<RwLock<()>>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("callers", &self.callers).field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Server {
    /// Makes it.
    ///
    /// # Errors
    /// [`ServeError::NoRandomness`].
    pub fn new(Options { wanted, environment, folder, read_only }: Options) -> Result<Self, ServeError> {
        let (withheld, tools) = tools().into_iter().partition(|(_, entry)| read_only && entry.info.is_mutation());
        Ok(Self {
            tools,
            withheld,
            folder: Folder::new(folder, environment.clone()),
            callers: Callers::new(wanted, environment),
            questions: Questions::new()?,
            changes: Arc::default(),
        })
    }

    /// Can be written to when no change is being made.
    pub(crate) fn changes(&self) -> Arc<RwLock<()>> {
        Arc::clone(&self.changes)
    }

    /// To be held while a change is made and its secret handed over: begun is begun, also if the client goes away.
    pub(crate) async fn begin_change(&self) -> RwLockReadGuard<'_, ()> {
        self.changes.read().await
    }

    pub(crate) fn client(&self, info: &OperationInfo) -> Result<Client, ToolError> {
        self.callers.client(info)
    }

    pub(crate) fn questions(&self) -> &Questions {
        &self.questions
    }

    /// Where secrets may be written.
    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let implementation = Implementation::new("aisetu", env!("CARGO_PKG_VERSION")).with_title("aisetu");
        let read_only = if self.withheld.is_empty() { "" } else { READ_ONLY };
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(implementation)
            .with_instructions(format!("{INSTRUCTIONS}{read_only}"))
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = self.tools.values().map(|entry| entry.tool.clone()).collect();
        Ok(ListToolsResult::with_all_items(tools).with_ttl_ms(LIST_TTL).with_cache_scope(CacheScope::Public))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.tools.get(name).map(|entry| entry.tool.clone())
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(Entry { tool, run, .. }) = self.tools.get(request.name.as_ref()) else {
            if let Some(Entry { info, .. }) = self.withheld.get(request.name.as_ref()) {
                return Ok(ToolError::withheld(info).into_result().into());
            }
            return Err(ErrorData::invalid_params("there is no such tool; tools/list names them", None));
        };
        let arguments = request.arguments.unwrap_or_default();
        let called = async {
            refuse_secrets(&arguments)?;
            let arguments = conform(arguments, &tool.input_schema)?;
            let (responses, state) = (request.input_responses, request.request_state);
            run(Call { server: self, arguments, context, responses, state }).await
        };
        Ok(called.await.unwrap_or_else(|error| error.into_result().into()))
    }
}
