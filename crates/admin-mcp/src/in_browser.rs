//! A call that is carried out when the person sends a page's form, and not before.

use std::sync::Arc;

use admin_core::auth::{WhoAmI, Whoami};
use admin_core::{Client, ErrorCode, OperationInfo};
use admin_token::Secret;
use futures_util::future::BoxFuture;
use rmcp::model::{CallToolResponse, JsonObject};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::clean;
use crate::confirm::{bound, stale, told};
use crate::error::ToolError;
use crate::pages::{Field, Filled, Form, LIFE, Opened, Sent};
use crate::server::Server;
use crate::subject::{self, Subject};
use crate::tools::{Call, answer, unless};
use crate::visit::{Visit, visit};

/// The field that a person types the name or the sum into.
const TYPED: &str = "typed";

/// Carries a call out with the secrets that were filled in, and gives its answer, and the secret that the person is to be shown.
pub(crate) type Perform =
    Arc<dyn Fn(Vec<Secret>) -> BoxFuture<'static, Result<(Value, Option<Secret>), ToolError>> + Send + Sync>;

/// A call that a person is asked about on a page.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) server: Server,
    pub(crate) info: OperationInfo,
    pub(crate) client: Client,
    pub(crate) arguments: JsonObject,
    /// What they type the name of; `None` = a press of the button is enough.
    pub(crate) subject: Option<Subject>,
    /// The secrets that they fill in, by what each is called.
    pub(crate) parts: &'static [&'static str],
    pub(crate) perform: Perform,
}

impl Asked {
    /// Shows the person a page, and carries the call out when its form is sent. Whoever makes the same call meanwhile gets the same page.
    ///
    /// # Errors
    /// `CONFIRMATION_REQUIRED` when the person has not come by then: the page still waits.
    pub(crate) async fn on_page(self, asking: &Call) -> Result<CallToolResponse, ToolError> {
        let (server, title) = (self.server.clone(), self.info.title);
        let call = bound(&self.info, &self.arguments, &self.client);
        if let Some(ended) = server.ended(&call) {
            return answer(ended?);
        }
        let (mut page, is_new) = match server.pages().waiting(&call) {
            Some(page) => (page, false),
            None => self.open(&asking.context.ct, call.clone()).await?,
        };
        let why = format!("{title}: go on, or not, on this page");
        let over = match visit(&server, asking, &mut page, is_new, &why).await? {
            Visit::Over => true,
            Visit::Ask(question) => return Ok((*question).into()),
            Visit::Waits => false,
        };
        match server.outcomes().take(&call) {
            Some(ended) => answer(ended?),
            None if over => Err(ToolError::new(
                ErrorCode::Aborted,
                "the page was used by another call, or tried too often",
                "look with the list or get tool what there is now",
            )),
            None => Err(waiting(&page)),
        }
    }

    /// Opens the page, unless the same call has opened it meanwhile; whether it is new.
    async fn open(self, given_up: &CancellationToken, call: Vec<u8>) -> Result<(Opened, bool), ToolError> {
        let for_whom = unless(given_up, for_whom(&self.client)).await?;
        let (form, server, key) = (self.form(&for_whom), self.server.clone(), call.clone());
        let submit = Box::new(move |filled: Option<Filled>| -> BoxFuture<'static, Sent> {
            let (asked, key) = (self.clone(), key.clone());
            let takes_secrets = !self.parts.is_empty();
            Box::pin(async move {
                let server = asked.server.clone();
                let Some(filled) = filled else { return server.decline(key) };
                if let Some(subject) = &asked.subject
                    && !filled.get(TYPED).is_some_and(|typed| subject.is(typed.expose()))
                {
                    return Sent::Again { why: format!("That is not `{}`", subject.name) };
                }
                let secrets = (0..asked.parts.len()).filter_map(|index| filled.get(&part(index)).cloned());
                let outcome = asked.carry_out(secrets.collect()).await;
                let (line, secret, ended) = match outcome {
                    Ok((value, None)) => ("It is done. You can close this page.".to_owned(), None, Ok(value)),
                    Ok((value, secret)) => ("It is shown once, here.".to_owned(), secret, Ok(value)),
                    // What was filled in was wrong: that is mended here.
                    Err(error) if takes_secrets && error.code() == &ErrorCode::BadUserInput => {
                        return Sent::Again { why: error.message().to_owned() };
                    }
                    Err(error) => (format!("It failed: {}", error.message()), None, Err(error)),
                };
                server.outcomes().put(key, ended);
                Sent::Done { line, secret }
            })
        });
        server.pages().open_once(call, form, submit).await
    }

    fn form(&self, for_whom: &str) -> Form {
        let mut lines = told(&self.info, self.subject.as_ref(), &self.arguments);
        lines.insert(0, format!("An agent asks for this, {for_whom}. Nothing happens unless you go on here."));
        let typed = self.subject.iter().map(|subject| Field {
            name: TYPED.to_owned(),
            label: format!("Type `{}` to go on", subject.name),
            is_secret: false,
        });
        let secrets = self.parts.iter().enumerate().map(|(index, label)| Field {
            name: part(index),
            label: (*label).to_owned(),
            is_secret: true,
        });
        let fields = typed.chain(secrets).collect();
        Form { title: self.info.title.to_owned(), lines, fields, button: "Go on" }
    }

    /// Looks again at what it is about: the person thought for a while.
    async fn carry_out(self, secrets: Vec<Secret>) -> Result<(Value, Option<Secret>), ToolError> {
        if let Some(subject) = &self.subject {
            let now = subject::find(&self.client, &self.info, &self.arguments).await?;
            if now.name != subject.name {
                return Err(stale());
            }
        }
        (self.perform)(secrets).await
    }
}

/// For whom a call is made: over HTTP the address of the page may have come from somebody else. A token that is good for nothing opens none.
async fn for_whom(client: &Client) -> Result<String, ToolError> {
    let Whoami { user, tenant, .. } = client.execute(WhoAmI {}).await?;
    Ok(clean::line(&format!("as {} in {} at {}", user.email, tenant.name, client.config().base_url())))
}

fn waiting(page: &Opened) -> ToolError {
    ToolError::new(
        ErrorCode::ConfirmationRequired,
        "a page waits for the user; nothing was changed yet",
        format!(
            "ask the user to open {} within {} minutes, and make the same call again, which waits for them; once they say that it is done, look \
             with the list or get tool",
            page.url,
            LIFE.as_secs() / 60
        ),
    )
}

/// The name of the field for a secret.
fn part(index: usize) -> String {
    format!("part-{index}")
}
