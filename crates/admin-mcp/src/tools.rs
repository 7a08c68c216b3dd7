//! A tool for each operation of the surface: its name, texts, hints and schemas are the operation's own.

use std::collections::BTreeMap;
use std::sync::Arc;

use admin_core::{Effect, ErrorCode, Input, Issuing, Operation, OperationInfo, Plain, Visitor, visit_operations};
use futures_util::future::BoxFuture;
use rmcp::RoleServer;
use rmcp::model::{CallToolResponse, CallToolResult, InputResponses, JsonObject, Tool, ToolAnnotations};
use rmcp::service::RequestContext;
use serde::Serialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::arguments;
use crate::confirm::Confirmed;
use crate::deliver::{DELIVER, Deliver};
use crate::error::ToolError;
use crate::issue::{Delivered, issue};
use crate::schema;
use crate::server::Server;

/// One call of a tool.
pub(crate) struct Call<'a> {
    pub(crate) server: &'a Server,
    pub(crate) arguments: JsonObject,
    pub(crate) context: RequestContext<RoleServer>,
    /// The answers to an earlier question, and what the client carried along with it.
    pub(crate) responses: Option<InputResponses>,
    pub(crate) state: Option<String>,
}

type Run = for<'a> fn(Call<'a>) -> BoxFuture<'a, Result<CallToolResponse, ToolError>>;

/// A tool, and what it does.
pub(crate) struct Entry {
    pub(crate) info: OperationInfo,
    pub(crate) tool: Tool,
    pub(crate) run: Run,
}

/// All tools, by name.
pub(crate) fn tools() -> BTreeMap<&'static str, Entry> {
    let mut collect = Collect(BTreeMap::new());
    visit_operations(&mut collect);
    collect.0
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

    /// No tool: its argument would go through the conversation.
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
        let tool = Tool::new(info.tool, info.description, input)
            .with_title(info.title)
            .with_raw_output_schema(output)
            .with_annotations(hints);
        self.0.insert(info.tool, Entry { info, tool, run });
    }
}

/// Runs an operation that takes and gives plain JSON.
async fn plain<O: Plain>(mut call: Call<'_>) -> Result<CallToolResponse, ToolError> {
    let (server, given_up) = (call.server, call.context.ct.clone());
    let operation: O = arguments::read(&call.arguments)?;
    let client = server.client(&O::INFO)?;
    if !O::INFO.is_mutation() {
        return answer(unless(&given_up, async { Ok(client.execute(operation).await?) }).await?);
    }
    match unless(&given_up, server.questions().confirm(&O::INFO, &client, &mut call)).await? {
        Confirmed::Yes => {}
        Confirmed::Ask(question) => return Ok((*question).into()),
    }
    let _changing = server.begin_change().await;
    answer(client.execute(operation).await?)
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
    let mut value = serde_json::to_value(output).map_err(|error| {
        ToolError::new(ErrorCode::Internal, format!("the answer is no JSON: {error}"), "tell the user what happened")
    })?;
    schema::without_nulls(&mut value);
    Ok(CallToolResult::structured(value).into())
}
