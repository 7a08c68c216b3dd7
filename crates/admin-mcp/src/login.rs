//! `login`: an address, a code of a mail, a token that is kept where the command line keeps it. Written by hand, because the code must not go
//! through the conversation.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use admin_core::auth::{LoginChallenge, RequestCode, VerifyLoginCode, Whoami};
use admin_core::pats::RevokePat;
use admin_core::{ChallengeId, Client, CredentialSource, ErrorCode, Issued, Pat, TenantId};
use admin_local::{KeptToken, SignIn, login_command};
use admin_token::Secret;
use futures_util::future::BoxFuture;
use rmcp::model::{CallToolResponse, Tool, ToolAnnotations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::arguments;
use crate::error::ToolError;
use crate::pages::{Field, Filled, Form, LIFE, Opened, Sent};
use crate::schema;
use crate::server::Server;
use crate::tools::{Call, Entry, Run, answer, unless, value};
use crate::visit::{Visit, visit};

/// The name of the tool.
pub(crate) const LOGIN: &str = "login";
/// The field of the page.
const CODE: &str = "code";

/// Signs a person in.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Login {
    /// The user's e-mail address.
    email: String,
    /// The tenant (`ten_…`), for whoever has several.
    tenant: Option<TenantId>,
    /// Only if an earlier answer asked for it: the code of the mail.
    code: Option<String>,
}

/// How far it is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum State {
    SignedIn,
    Pending,
    CodeSent,
}

/// What became of it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct LoggedIn {
    /// PENDING = the user has yet to type the code on the page; `CODE_SENT` = they are to tell it.
    state: State,
    /// The profile that has the token.
    profile: Option<String>,
    /// Whose it is.
    account: Option<Whoami>,
    /// What else happened.
    warnings: Vec<String>,
    /// What to do now.
    next_step: Option<String>,
}

/// Codes that were asked for, by address.
pub(crate) type Challenges = Mutex<HashMap<String, ChallengeId>>;

pub(crate) fn entry() -> (&'static str, Entry) {
    let (name, title) = (LOGIN, "Sign in");
    let description = "Signs the user in: mails them a code, which they type on a page of their browser, and keeps the token on their machine, \
                       where no model sees it. Returns who is signed in, or PENDING with what to do.";
    let hints =
        ToolAnnotations::with_title(title).read_only(false).destructive(false).idempotent(false).open_world(false);
    let input = schema::input::<Login>();
    let tool = Tool::new(name, description, input.clone())
        .with_title(title)
        .with_raw_output_schema(schema::output::<LoggedIn>())
        .with_annotations(hints);
    let command = "auth login".to_owned();
    let run: Run = |call| Box::pin(login(call));
    (name, Entry { tool, input, toolset: "auth", in_read_only: true, command, run })
}

async fn login(call: Call) -> Result<CallToolResponse, ToolError> {
    let (server, given_up) = (call.server.clone(), call.context.ct.clone());
    let Login { email, tenant, code } = arguments::read(&call.arguments)?;
    let target = server.sign_in()?;
    let client = Client::new(target.config().clone())?;
    if server.takes_codes() && target.replaces_another(&email) {
        // Whose code it is no person has looked at: it may be that of somebody who writes what the model reads.
        return Err(ToolError::new(
            ErrorCode::ConfirmationRequired,
            format!(
                "the profile `{}` has the token of another account, which no code from a conversation replaces; nothing was changed",
                target.name()
            ),
            format!("give the user this command to run in a terminal: {}", login_command(target.name())),
        ));
    }
    if let Some(code) = code {
        return answer(with_code(&server, &client, target, email, tenant, code).await?);
    }
    let key = format!("login {} {email} {}", client.config().base_url(), tenant.as_ref().map_or("", AsRef::as_ref));
    if let Some(ended) = server.outcomes().take(key.as_bytes()) {
        return answer(ended?);
    }
    let (mut page, is_new) = if let Some(page) = server.pages().waiting(key.as_bytes()) {
        (page, false)
    } else {
        let asked = async { Ok(client.execute(RequestCode::new(&email)).await?) };
        let LoginChallenge { challenge_id, expires_at, .. } = unless(&given_up, asked).await?;
        if server.takes_codes() {
            let mut challenges = server.challenges().lock().unwrap_or_else(PoisonError::into_inner);
            challenges.insert(email.clone(), challenge_id);
            return answer(LoggedIn {
                next_step: Some(format!(
                    "if {email} may sign in, a code is on its way there, good once and until {expires_at}: ask the user for it, and call login \
                     again with `code`; or they run `aisetu auth login` in a terminal"
                )),
                ..LoggedIn::without(State::CodeSent)
            });
        }
        open(&server, client, &email, tenant, challenge_id, key.clone().into_bytes()).await?
    };
    let why = format!("Type the code that {email} was sent on this page");
    let over = match visit(&server, &call, &mut page, is_new, &why).await? {
        Visit::Over => true,
        Visit::Ask(question) => return Ok((*question).into()),
        Visit::Waits => false,
    };
    match server.outcomes().take(key.as_bytes()) {
        Some(ended) => answer(ended?),
        None if over => Err(ToolError::new(
            ErrorCode::Aborted,
            "the page for the code is over, by another call or after too many tries",
            "call get_status; if nobody is signed in, call login again",
        )),
        None => answer(LoggedIn::waiting(&page)),
    }
}

/// Opens the page that takes the code.
async fn open(
    server: &Server,
    client: Client,
    email: &str,
    tenant: Option<TenantId>,
    challenge_id: ChallengeId,
    key: Vec<u8>,
) -> Result<(Opened, bool), ToolError> {
    let form = Form {
        title: "Sign in to aisetu".to_owned(),
        lines: vec![
            format!("If {email} may sign in to {}, a code is on its way there.", client.config().base_url()),
            "The token stays on this machine; the agent that asked does not see it.".to_owned(),
        ],
        fields: vec![Field { name: CODE.to_owned(), label: "Code of the mail".to_owned(), is_secret: false }],
        button: "Sign in",
    };
    let held = (server.clone(), client, email.to_owned(), tenant, challenge_id, key.clone());
    let submit = Box::new(move |filled: Option<Filled>| -> BoxFuture<'static, Sent> {
        let (server, client, email, tenant, challenge_id, key) = held.clone();
        Box::pin(async move {
            let Some(mut filled) = filled else { return server.decline(key) };
            let Some(code) = filled.remove(CODE) else { return Sent::Again { why: "Type the code".to_owned() } };
            let target = match server.sign_in() {
                Ok(target) => target,
                Err(error) => return Sent::Again { why: error.message().to_owned() },
            };
            match verify(&server, &client, target, email, tenant, challenge_id, code).await {
                Err(Failed::Code(why)) => Sent::Again { why },
                Err(Failed::Else(error)) => {
                    let line = format!("It failed: {}", error.message());
                    server.outcomes().put(key, Err(error));
                    Sent::Done { line, secret: None }
                }
                Ok(logged_in) => {
                    server.outcomes().put(key, value(logged_in));
                    Sent::Done { line: "You are signed in. You can close this page.".to_owned(), secret: None }
                }
            }
        })
    });
    server.pages().open_once(key, form, submit).await
}

impl LoggedIn {
    fn waiting(page: &Opened) -> Self {
        let next_step = format!(
            "ask the user to open {} and to type the code of the mail there, within {} minutes; call login again, which waits for them",
            page.url,
            LIFE.as_secs() / 60
        );
        Self { next_step: Some(next_step), ..Self::without(State::Pending) }
    }

    const fn without(state: State) -> Self {
        Self { state, profile: None, account: None, warnings: Vec::new(), next_step: None }
    }
}

/// With a code that came through the conversation: it is of no use once it was used, and the token never goes that way.
async fn with_code(
    server: &Server,
    client: &Client,
    target: SignIn,
    email: String,
    tenant: Option<TenantId>,
    code: String,
) -> Result<LoggedIn, ToolError> {
    if !server.takes_codes() {
        return Err(ToolError::new(
            ErrorCode::BadUserInput,
            "the code does not go through the conversation; it was not used",
            "call login without `code`: the user types it on a page",
        ));
    }
    let asked = server.challenges().lock().unwrap_or_else(PoisonError::into_inner).get(&email).cloned();
    let Some(challenge) = asked else {
        return Err(ToolError::new(
            ErrorCode::BadUserInput,
            "no code was asked for here for that address",
            "call login without `code` first",
        ));
    };
    let logged_in = verify(server, client, target, email.clone(), tenant, challenge, Secret::new(code)).await;
    match logged_in {
        Ok(logged_in) => {
            server.challenges().lock().unwrap_or_else(PoisonError::into_inner).remove(&email);
            Ok(logged_in)
        }
        Err(Failed::Code(why)) => {
            Err(ToolError::new(ErrorCode::BadUserInput, why, "ask the user for the code once more"))
        }
        Err(Failed::Else(error)) => Err(error),
    }
}

enum Failed {
    /// Another code may do.
    Code(String),
    Else(ToolError),
}

/// Trades a code for a token, and keeps that. One that cannot be kept is revoked.
async fn verify(
    server: &Server,
    client: &Client,
    target: SignIn,
    email: String,
    tenant: Option<TenantId>,
    challenge: ChallengeId,
    code: Secret,
) -> Result<LoggedIn, Failed> {
    let mut operation = VerifyLoginCode::new(challenge, code);
    operation.tenant_id = tenant;
    let _changing = server.begin_change().await;
    let Issued { item: pat, secret } = client.execute(operation).await.map_err(|error| match error.field() {
        Some("code") => Failed::Code(error.message()),
        Some("tenantId") => {
            let mut failed = ToolError::from(error);
            failed.set_next_step("ask the user which tenant it is, and call login with `tenant`");
            Failed::Else(failed)
        }
        _ => Failed::Else(error.into()),
    })?;
    let pat_id = pat.id.clone();
    match target.keep(&pat, &secret, Some(email), || server.builder()).await {
        Ok(kept) => Ok(told(kept)),
        Err(error) => {
            let revoked = async {
                let pat = Pat::parse(secret.expose(), CredentialSource::Explicit)?;
                let config = server.builder().pat(pat).base_url(client.config().base_url().as_str()).build()?;
                Client::new(config)?.execute(RevokePat { id: pat_id }).await
            };
            let undone = match revoked.await {
                Ok(_) => "it was revoked".to_owned(),
                Err(error) => format!("it could not be revoked ({})", error.message()),
            };
            Err(Failed::Else(ToolError::new(
                ErrorCode::DeliveryFailed,
                format!("the token could not be kept, so {undone}: {error}"),
                error.hint().unwrap_or_else(|| "tell the user what happened".to_owned()),
            )))
        }
    }
}

fn told(KeptToken { name, whoami, replaced, .. }: KeptToken) -> LoggedIn {
    let mut warnings = Vec::new();
    if let Some((hint, Err(error))) = replaced {
        warnings
            .push(format!("the token before it (…{hint}) could not be revoked, and works until it expires: {error}"));
    }
    let account = match whoami {
        Ok(whoami) => Some(whoami),
        Err(error) => {
            warnings.push(format!("who that is could not be asked: {}", error.message()));
            None
        }
    };
    LoggedIn { profile: Some(name), account, warnings, ..LoggedIn::without(State::SignedIn) }
}
