//! Getting the person to a page: in the browser of this machine, else through the client, else by what the model tells them.

use std::time::Duration;

use rmcp::RoleServer;
use rmcp::model::{
    ClientCapabilities, ElicitRequest, ElicitRequestParams, ElicitResult, ElicitationAction, InputRequest,
    InputRequests, InputRequiredResult, ProtocolVersion,
};
use rmcp::service::RequestContext;
use url::Url;

use crate::confirm;
use crate::error::ToolError;
use crate::pages::Opened;
use crate::server::Server;
use crate::tools::{Call, unless};

/// The name of the question within a result.
const PAGE: &str = "page";
/// How long a person may think before they go to a page.
const PATIENCE: Duration = Duration::from_secs(300);
/// How long a call waits for them there. Clients give up after a minute.
const AT_THE_PAGE: Duration = Duration::from_secs(45);

/// How far a person is.
pub(crate) enum Visit {
    /// They are done, or nobody can be any more.
    Over,
    /// The client must show them the address, and call again.
    Ask(Box<InputRequiredResult>),
    /// They have not come yet, or nobody has told them: the page still waits.
    Waits,
}

/// Whether the client shows addresses to its person.
pub(crate) fn shows_addresses(capabilities: Option<&ClientCapabilities>) -> bool {
    capabilities
        .and_then(|capabilities| capabilities.elicitation.as_ref())
        .is_some_and(|elicitation| elicitation.url.is_some())
}

/// Gets the person to a page, which may be one that they know of already, and waits for them there.
///
/// # Errors
/// `ABORTED` when they do not want to, or the client gives the call up: then the page is over, unless another call waits for it.
pub(crate) async fn visit(
    server: &Server,
    call: &Call,
    page: &mut Opened,
    is_new: bool,
    why: &str,
) -> Result<Visit, ToolError> {
    let visited = unless(&call.context.ct, async {
        match bring(server, call, page, is_new, why).await {
            Bring::Comes if page.over(AT_THE_PAGE).await => Ok(Visit::Over),
            Bring::Comes | Bring::Unaware => Ok(Visit::Waits),
            Bring::Ask(question) => Ok(Visit::Ask(question)),
            Bring::Declined => Err(confirm::no("the user said no")),
        }
    });
    let visited = visited.await;
    if visited.is_err() {
        server.pages().close(page);
    }
    visited
}

/// Whether a person comes.
enum Bring {
    Comes,
    Ask(Box<InputRequiredResult>),
    Unaware,
    Declined,
}

async fn bring(server: &Server, call: &Call, page: &Opened, is_new: bool, why: &str) -> Bring {
    let answer = call.responses.as_ref().and_then(|responses| responses.get(PAGE)).cloned();
    if let Some(answer) = answer {
        let answer: Option<ElicitResult> = serde_json::from_value(answer).ok();
        let accepted = answer.is_some_and(|answer| answer.action == ElicitationAction::Accept);
        return if accepted { Bring::Comes } else { Bring::Declined };
    }
    if !is_new || server.show(&page.url) {
        return Bring::Comes;
    }
    if !shows_addresses(call.context.client_capabilities().as_ref()) {
        return Bring::Unaware;
    }
    if is_modern(&call.context) {
        let address = ElicitRequestParams::UrlElicitationParams {
            meta: None,
            message: why.to_owned(),
            url: page.url.clone(),
            elicitation_id: String::new(),
        };
        let mut requests = InputRequests::new();
        requests.insert(PAGE.to_owned(), InputRequest::Elicitation(ElicitRequest::new(address)));
        return Bring::Ask(Box::new(InputRequiredResult::new(Some(requests), None)));
    }
    let Ok(url) = Url::parse(&page.url) else { return Bring::Unaware };
    let id = page.url.rsplit('/').next().unwrap_or_default();
    match call.context.peer.elicit_url_with_timeout(why, url, id, Some(PATIENCE)).await {
        Ok(ElicitationAction::Accept) => Bring::Comes,
        Ok(_) => Bring::Declined,
        Err(_) => Bring::Unaware,
    }
}

pub(crate) fn is_modern(context: &RequestContext<RoleServer>) -> bool {
    context.protocol_version().is_some_and(|version| version >= ProtocolVersion::V_2026_07_28)
}
