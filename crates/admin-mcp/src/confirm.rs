//! Asking the person before something is taken away or is to be paid, in both eras of the protocol.
//!
//! The client shows a form, and the person types the name of what goes, or the sum. Whatever is not that is a no. A client without forms
//! gets the command instead: nothing that the model says is a confirmation.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use admin_core::{Client, Confirm, ErrorCode, OperationInfo};
use rmcp::RoleServer;
use rmcp::model::{
    ClientCapabilities, ElicitRequest, ElicitRequestParams, ElicitResult, ElicitationAction, ElicitationSchema,
    InputRequest, InputRequests, InputRequiredResult, JsonObject, RequestStateCodec, SealOptions,
};
use rmcp::service::{ElicitationError, RequestContext};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::clean;
use crate::command::command;
use crate::deliver::{self, DELIVER};
use crate::error::ToolError;
use crate::run::ServeError;
use crate::subject::{self, Kind, Subject};
use crate::tools::Call;
use crate::visit::is_modern;

/// How long a person may think.
const PATIENCE: Duration = Duration::from_secs(300);
/// The name of the question within a result.
const QUESTION: &str = "confirm";

/// What the person typed.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Typed {
    /// The name, exactly as it is shown above
    name: String,
}

rmcp::elicit_safe!(Typed);

/// What the person typed where it is about money.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct TypedAmount {
    /// The amount in USD, as it is shown above
    amount: String,
}

rmcp::elicit_safe!(TypedAmount);

/// A question that waits for its answer, as the client carries it back.
#[derive(Serialize, Deserialize)]
struct Asked {
    /// Used once.
    nonce: String,
    /// What the thing was called when the question was put.
    name: String,
}

/// Whether to go on.
pub(crate) enum Confirmed {
    /// Go on.
    Yes,
    /// The client must put this question, and call again with the answer.
    Ask(Box<InputRequiredResult>),
    /// The client can put none: a page must.
    OnPage(Subject),
}

/// What a server remembers of its questions.
pub(crate) struct Questions {
    codec: RequestStateCodec,
    /// When which question was answered, as long as its state would still open.
    answered: Mutex<HashMap<String, Instant>>,
}

impl Questions {
    pub(crate) fn new() -> Result<Self, ServeError> {
        let mut key = [0u8; 32];
        getrandom::fill(&mut key).map_err(|_| ServeError::NoRandomness)?;
        let codec = RequestStateCodec::try_new(key.to_vec()).map_err(|_| ServeError::NoRandomness)?;
        Ok(Self { codec, answered: Mutex::default() })
    }

    /// Has a person confirm the call, if the operation wants that.
    ///
    /// # Errors
    /// `CONFIRMATION_REQUIRED` where nobody can be asked, `ABORTED` when the person says no or something else than the name.
    pub(crate) async fn confirm(
        &self,
        info: &OperationInfo,
        client: &Client,
        call: &mut Call,
    ) -> Result<Confirmed, ToolError> {
        if info.confirm == Confirm::None {
            return Ok(Confirmed::Yes);
        }
        let subject = subject::find(client, info, &call.arguments).await?;
        if !has_forms(call.context.client_capabilities().as_ref()) {
            if call.server.has_pages() {
                return Ok(Confirmed::OnPage(subject));
            }
            let command = command(info, &call.arguments, &subject, client, &call.server);
            return Err(ToolError::new(
                ErrorCode::ConfirmationRequired,
                format!(
                    "a person must confirm it, and neither this client nor a browser can ask one; {}",
                    subject.untouched()
                ),
                format!("give the user this command to run in a terminal: {command}"),
            ));
        }
        if !is_modern(&call.context) {
            legacy(&call.context, question(info, &subject, &call.arguments), &subject).await?;
            // The person thought for a while: what was asked about must still be what it was.
            let now = subject::find(client, info, &call.arguments).await?;
            return if now.name == subject.name { Ok(Confirmed::Yes) } else { Err(stale()) };
        }
        // What the answer belongs to: this tool, these arguments, this token.
        let bound = bound(info, &call.arguments, client);
        let Some(state) = call.state.take() else {
            return self.ask(question(info, &subject, &call.arguments), &subject, &bound);
        };
        let asked = self.open(&state, &bound)?;
        if !self.first_answer(asked.nonce) || asked.name != subject.name {
            return Err(stale());
        }
        let answer = call.responses.as_ref().and_then(|responses| responses.get(QUESTION)).cloned();
        let answer: Option<ElicitResult> = answer.and_then(|answer| serde_json::from_value(answer).ok());
        match answer {
            Some(ElicitResult { action: ElicitationAction::Accept, content, .. }) => {
                let typed = content.and_then(|content| match subject.kind {
                    Kind::Name => serde_json::from_value(content).ok().map(|Typed { name }| name),
                    Kind::Amount => serde_json::from_value(content).ok().map(|TypedAmount { amount }| amount),
                });
                weigh(typed.as_deref(), &subject).map(|()| Confirmed::Yes)
            }
            Some(ElicitResult { action: ElicitationAction::Decline, .. }) => Err(no("the user said no")),
            _ => Err(no("the user gave no answer")),
        }
    }

    /// What a client carries along, for so long.
    fn seal(&self, asked: &Asked, bound: &[u8], life: Duration) -> Result<String, ToolError> {
        let options = SealOptions::new().associated_data(bound).ttl(life);
        let sealed = self.codec.seal_json_with(asked, &options);
        sealed.map_err(|error| ToolError::new(ErrorCode::Internal, error.to_string(), "try again"))
    }

    /// What a client brings back: unchanged, in time, and for this call.
    fn open(&self, state: &str, bound: &[u8]) -> Result<Asked, ToolError> {
        self.codec.open_json_with(state, bound).map_err(|_| stale())
    }

    /// Whether the question was not answered before.
    fn first_answer(&self, nonce: String) -> bool {
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        answered.retain(|_, at| at.elapsed() < PATIENCE);
        answered.insert(nonce, Instant::now()).is_none()
    }

    fn ask(&self, message: String, subject: &Subject, bound: &[u8]) -> Result<Confirmed, ToolError> {
        let failed =
            |error: &dyn std::fmt::Display| ToolError::new(ErrorCode::Internal, error.to_string(), "try again");
        let mut nonce = [0u8; 16];
        getrandom::fill(&mut nonce).map_err(|error| failed(&error))?;
        let asked = Asked { nonce: format!("{:032x}", u128::from_be_bytes(nonce)), name: subject.name.clone() };
        let state = self.seal(&asked, bound, PATIENCE)?;
        let requested_schema = match subject.kind {
            Kind::Name => ElicitationSchema::from_type::<Typed>(),
            Kind::Amount => ElicitationSchema::from_type::<TypedAmount>(),
        };
        let requested_schema = requested_schema.map_err(|error| failed(&error))?;
        let form = ElicitRequestParams::FormElicitationParams { meta: None, message, requested_schema };
        let mut requests = InputRequests::new();
        requests.insert(QUESTION.to_owned(), InputRequest::Elicitation(ElicitRequest::new(form)));
        Ok(Confirmed::Ask(Box::new(InputRequiredResult::new(Some(requests), Some(state)))))
    }
}

async fn legacy(context: &RequestContext<RoleServer>, message: String, subject: &Subject) -> Result<(), ToolError> {
    let peer = &context.peer;
    let typed = match subject.kind {
        Kind::Name => {
            let typed = peer.elicit_with_timeout::<Typed>(message, Some(PATIENCE)).await;
            typed.map(|typed| typed.map(|Typed { name }| name))
        }
        Kind::Amount => {
            let typed = peer.elicit_with_timeout::<TypedAmount>(message, Some(PATIENCE)).await;
            typed.map(|typed| typed.map(|TypedAmount { amount }| amount))
        }
    };
    match typed {
        Ok(typed) => weigh(typed.as_deref(), subject),
        Err(ElicitationError::UserDeclined) => Err(no("the user said no")),
        Err(ElicitationError::ParseError { .. }) => weigh(None, subject),
        Err(_) => Err(no("the user gave no answer")),
    }
}

/// What is asked, for a form of the client's.
fn question(info: &OperationInfo, subject: &Subject, arguments: &JsonObject) -> String {
    let typed = match subject.kind {
        Kind::Name => "its name",
        Kind::Amount => "the amount",
    };
    let mut lines = told(info, Some(subject), arguments);
    lines.push(format!("Type {typed}, `{}`, to go on.", subject.name));
    lines.join("\n")
}

/// What a person is told before they decide: what goes, what that means, and with which arguments; what the model wrote is quoted as JSON.
pub(crate) fn told(info: &OperationInfo, subject: Option<&Subject>, arguments: &JsonObject) -> Vec<String> {
    let (what, shown) = match subject {
        Some(Subject { id, name, kind: Kind::Name, .. }) => (format!(": `{name}` ({id})"), "id"),
        Some(Subject { name, kind: Kind::Amount, .. }) => (format!(": {name} USD"), "usd"),
        None => (String::new(), ""),
    };
    let mut lines = vec![format!("{}{what}. {}", info.title, info.summary)];
    lines.extend(subject.into_iter().flat_map(|subject| &subject.weight).map(|line| format!("- {line}")));
    lines.extend(arguments.iter().filter(|(argument, _)| *argument != shown).map(|(argument, value)| {
        match argument.as_str() {
            DELIVER => deliver::in_words(value),
            _ if value == "COMPROMISED" => format!("- {argument}: {value} (it cannot be restored afterwards)"),
            _ => format!("- {argument}: {value}"),
        }
    }));
    lines.iter().map(|line| clean::line(line)).collect()
}

fn weigh(typed: Option<&str>, subject: &Subject) -> Result<(), ToolError> {
    if typed.is_some_and(|typed| subject.is(typed)) {
        return Ok(());
    }
    Err(no(match subject.kind {
        Kind::Name => "what the user typed is not its name",
        Kind::Amount => "what the user typed is not the amount",
    }))
}

pub(crate) fn no(why: &str) -> ToolError {
    ToolError::new(
        ErrorCode::Aborted,
        format!("{why}; nothing was changed"),
        "do not try again unless the user asks for it",
    )
}

pub(crate) fn stale() -> ToolError {
    ToolError::new(
        ErrorCode::ConfirmationRequired,
        "the confirmation is not one for this call: it is too old, was used already, or something changed meanwhile; nothing \
         was changed",
        "call the tool anew, without `requestState`",
    )
}

/// `elicitation: {}` means forms.
fn has_forms(capabilities: Option<&ClientCapabilities>) -> bool {
    capabilities
        .and_then(|capabilities| capabilities.elicitation.as_ref())
        .is_some_and(|elicitation| elicitation.form.is_some() || elicitation.url.is_none())
}

/// What tells a call from every other: the tool, the arguments, the token.
pub(crate) fn bound(info: &OperationInfo, arguments: &JsonObject, client: &Client) -> Vec<u8> {
    let arguments = serde_json::to_vec(arguments).unwrap_or_default();
    let mut digest = Sha256::new();
    let token = client.config().pat().map_or("", |pat| pat.secret().expose());
    for part in [info.tool.as_bytes(), &arguments, token.as_bytes()] {
        digest.update(Sha256::digest(part));
    }
    digest.finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_of_its_call_and_of_its_time() {
        let questions = Questions::new().unwrap();
        let asked = Asked { nonce: "1".to_owned(), name: "CI".to_owned() };
        let sealed = |life| questions.seal(&asked, b"revoke key_1", life).unwrap();
        let state = sealed(PATIENCE);
        assert_eq!(questions.open(&state, b"revoke key_1").unwrap().name, "CI");
        assert!(questions.open(&state, b"revoke key_2").is_err(), "it is of another call");
        assert!(Questions::new().unwrap().open(&state, b"revoke key_1").is_err(), "it is of another server");
        let late = sealed(Duration::from_secs(1));
        std::thread::sleep(Duration::from_millis(2100));
        assert!(questions.open(&late, b"revoke key_1").is_err(), "its time is over");
        assert!(questions.first_answer("1".to_owned()) && !questions.first_answer("1".to_owned()));
    }
}
