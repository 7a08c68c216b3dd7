//! Getting the person to a page: in the browser of this machine, else through the client, else by what the model tells them.

use std::time::Duration;

use rmcp::RoleServer;
use rmcp::model::{
    ClientCapabilities, ElicitRequest, ElicitRequestParams, ElicitResult, ElicitationAction, InputRequest,
    InputRequests, InputRequiredResult, ProtocolVersion,
};
use rmcp::service::RequestContext;
use url::Url;

use crate::pages::Opened;
use crate::server::Server;
use crate::tools::Call;

/// The name of the question within a result.
const PAGE: &str = "page";
/// How long a person may think.
const PATIENCE: Duration = Duration::from_secs(300);

/// Where a person is.
pub(crate) enum Visit {
    /// On their way to the page: it is worth a while.
    Coming,
    /// The client must show them the address, and call again.
    Ask(Box<InputRequiredResult>),
    /// Nobody has shown it to them.
    Unaware,
    /// They do not want to.
    Declined,
}

/// Whether the client shows addresses to its person.
pub(crate) fn shows_addresses(capabilities: Option<&ClientCapabilities>) -> bool {
    capabilities
        .and_then(|capabilities| capabilities.elicitation.as_ref())
        .is_some_and(|elicitation| elicitation.url.is_some())
}

/// Gets the person to a page, which may be one that they know of already.
pub(crate) async fn visit(server: &Server, call: &Call, page: &Opened, is_new: bool, why: &str) -> Visit {
    let answer = call.responses.as_ref().and_then(|responses| responses.get(PAGE)).cloned();
    if let Some(answer) = answer {
        let answer: Option<ElicitResult> = serde_json::from_value(answer).ok();
        let accepted = answer.is_some_and(|answer| answer.action == ElicitationAction::Accept);
        return if accepted { Visit::Coming } else { Visit::Declined };
    }
    if !is_new || server.show(&page.url) {
        return Visit::Coming;
    }
    if !shows_addresses(call.context.client_capabilities().as_ref()) {
        return Visit::Unaware;
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
        return Visit::Ask(Box::new(InputRequiredResult::new(Some(requests), None)));
    }
    let Ok(url) = Url::parse(&page.url) else { return Visit::Unaware };
    let id = page.url.rsplit('/').next().unwrap_or_default();
    match call.context.peer.elicit_url_with_timeout(why, url, id, Some(PATIENCE)).await {
        Ok(ElicitationAction::Accept) => Visit::Coming,
        Ok(_) => Visit::Declined,
        Err(_) => Visit::Unaware,
    }
}

pub(crate) fn is_modern(context: &RequestContext<RoleServer>) -> bool {
    context.protocol_version().is_some_and(|version| version >= ProtocolVersion::V_2026_07_28)
}
