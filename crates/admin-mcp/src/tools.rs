//! A tool for each operation of the surface: its name, texts, hints and schemas are the operation's own.

use std::collections::BTreeMap;
use std::sync::Arc;

use admin_core::{
    Client, Effect, ErrorCode, Input, Issuing, Operation, OperationInfo, Plain, Visitor, visit_operations,
};
use futures_util::future::BoxFuture;
use rmcp::RoleServer;
use rmcp::model::{CallToolResponse, CallToolResult, InputResponses, JsonObject, Tool, ToolAnnotations};
use rmcp::service::RequestContext;
use serde::Serialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::arguments;
use crate::clean::{clean_value, mark_upstream};
use crate::confirm::{Confirmed, bound};
use crate::deliver::{DELIVER, Deliver};
use crate::error::ToolError;
use crate::in_browser::{Asked, Perform};
use crate::issue::{Delivered, issue};
use crate::login;
use crate::schema;
use crate::secret_tools;
use crate::server::Server;
use crate::status;

/// One call of a tool.
pub(crate) struct Call {
    pub(crate) server: Server,
    pub(crate) arguments: JsonObject,
    pub(crate) context: RequestContext<RoleServer>,
    /// The answers to an earlier question, and what the client carried along with it.
    pub(crate) responses: Option<InputResponses>,
    pub(crate) state: Option<String>,
}

pub(crate) type Run = fn(Call) -> BoxFuture<'static, Result<CallToolResponse, ToolError>>;

/// A tool, and what it does.
pub(crate) struct Entry {
    pub(crate) tool: Tool,
    /// All that its arguments are checked against, of which the tool shows what a model needs.
    pub(crate) input: JsonObject,
    pub(crate) toolset: &'static str,
    /// Whether a server that changes nothing has it.
    pub(crate) in_read_only: bool,
    /// The command of the shell that does the same, without the program's name.
    pub(crate) command: String,
    pub(crate) run: Run,
}

/// Operations that are no tools of their own, and the hand-written tools that do them: those know this machine too.
pub(crate) const SUPERSEDED: [(&str, &str); 3] =
    [("request_code", "login"), ("verify_code", "login"), ("whoami", "get_status")];

/// All tools, by name.
pub(crate) fn tools() -> BTreeMap<&'static str, Entry> {
    let mut collect = Collect(BTreeMap::new());
    visit_operations(&mut collect);
    let mut tools = collect.0;
    tools.retain(|name, _| SUPERSEDED.iter().all(|(operation, _)| operation != name));
    tools.extend(secret_tools::entries());
    tools.extend([login::entry(), status::entry()]);
    tools
}

struct Collect(BTreeMap<&'static str, Entry>);

impl Visitor for Collect {
    fn visit<O: Plain>(&mut self) {
        let run: Run = |call| Box::pin(plain::<O>(call));
        self.add(O::INFO, schema::input::<O>(), schema::output::<O::Output>(), false, run);
    }

    fn visit_issuing<O: Issuing + Input>(&mut self) {
        let mut input = schema::input::<O>();
        if let Some(properties) = input.get_mut("properties").and_then(Value::as_object_mut) {
            properties.insert(DELIVER.to_owned(), schema::property::<Deliver>());
        }
        if let Value::Array(required) = input.entry("required").or_insert_with(|| json!([])) {
            required.push(DELIVER.into());
        }
        let run: Run = |call| Box::pin(issue::<O>(call));
        self.add(O::INFO, input, schema::output::<Delivered<O::Item>>(), true, run);
    }

    /// None from here: its argument would go through the conversation. [`secret_tools`] has those.
    fn visit_confidential<O: Operation>(&mut self) {}
}

impl Collect {
    fn add(&mut self, info: OperationInfo, input: JsonObject, output: Arc<JsonObject>, issuing: bool, run: Run) {
        let (reads, destroys) = (info.effect == Effect::Read, info.effect == Effect::Destroy);
        let hints = ToolAnnotations::with_title(info.title)
            .read_only(reads)
            .destructive(destroys)
            // To take the same thing away twice takes nothing more.
            .idempotent(reads || (destroys && !issuing))
            .open_world(false);
        let tool = Tool::new(info.tool, info.description, schema::shown(info.tool, &input))
            .with_title(info.title)
            .with_raw_output_schema(output)
            .with_annotations(hints);
        let (toolset, command) = (info.toolset, info.command().join(" "));
        self.0.insert(info.tool, Entry { tool, input, toolset, in_read_only: reads, command, run });
    }
}

/// Runs an operation that takes and gives plain JSON.
async fn plain<O: Plain>(mut call: Call) -> Result<CallToolResponse, ToolError> {
    let (server, given_up) = (call.server.clone(), call.context.ct.clone());
    let operation: O = arguments::read(&call.arguments)?;
    let client = server.client(&O::INFO)?;
    if !O::INFO.is_mutation() {
        return answer(unless(&given_up, async { Ok(client.execute(operation).await?) }).await?);
    }
    // What was confirmed on a page may be gone by now.
    if let Some(ended) = server.ended(&bound(&O::INFO, &call.arguments, &client)) {
        return answer(ended?);
    }
    match unless(&given_up, server.questions().confirm(&O::INFO, &client, &mut call)).await? {
        Confirmed::Yes => answer(change::<O>(&server, &client, &call.arguments).await?),
        Confirmed::Ask(question) => Ok((*question).into()),
        Confirmed::OnPage(subject) => {
            let (info, arguments, subject) = (O::INFO, call.arguments.clone(), Some(subject));
            let parts = (server.clone(), client.clone(), arguments.clone());
            let perform: Perform = Arc::new(move |_| {
                let (server, client, arguments) = parts.clone();
                Box::pin(async move { Ok((change::<O>(&server, &client, &arguments).await?, None)) })
            });
            Asked { server, info, client, arguments, subject, parts: &[], perform }.on_page(&call).await
        }
    }
}

/// Makes a change, which begun is begun.
async fn change<O: Plain>(server: &Server, client: &Client, arguments: &JsonObject) -> Result<Value, ToolError> {
    let operation: O = arguments::read(arguments)?;
    let _changing = server.begin_change().await;
    value(client.execute(operation).await?)
}

/// Waits for something that changes nothing, unless the client gives the call up first.
pub(crate) async fn unless<T>(
    given_up: &CancellationToken,
    work: impl Future<Output = Result<T, ToolError>>,
) -> Result<T, ToolError> {
    tokio::select! {
        // A call that was given up while the person answered is not carried out.
        biased;
        () = given_up.cancelled() => {
            Err(ToolError::new(ErrorCode::Aborted, "the call was given up; nothing was changed", "call again if it is still wanted"))
        }
        done = work => done,
    }
}

/// The answer to a call that went well: an object, and the same as text.
pub(crate) fn answer<T: Serialize>(output: T) -> Result<CallToolResponse, ToolError> {
    Ok(CallToolResult::structured(presentable(output)?).into())
}

/// As a model is shown it: without what says nothing, and without what nobody sees.
pub(crate) fn presentable<T: Serialize>(output: T) -> Result<Value, ToolError> {
    let mut value = value(output)?;
    schema::without_ballast(&mut value);
    clean_value(&mut value);
    mark_upstream(&mut value);
    Ok(value)
}

/// As JSON.
pub(crate) fn value<T: Serialize>(output: T) -> Result<Value, ToolError> {
    serde_json::to_value(output).map_err(|error| {
        ToolError::new(ErrorCode::Internal, format!("the answer is no JSON: {error}"), "tell the user what happened")
    })
}
