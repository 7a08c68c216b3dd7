//! `get_status`: who is signed in, with what, and what this server has. Written by hand, because it also answers where nobody is.

use admin_core::auth::{WhoAmI, Whoami};
use admin_core::{ErrorCode, Operation as _, Pat};
use rmcp::model::{CallToolResponse, Tool, ToolAnnotations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::ToolError;
use crate::schema;
use crate::tools::{Call, Entry, Run, answer, unless};

/// Takes nothing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Who is signed in, with what, and what this server has.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Status {
    /// Whether a token is there and the control plane takes it.
    signed_in: bool,
    /// The control plane.
    control_plane: String,
    /// Where the token comes from.
    token_from: Option<String>,
    /// The last characters of the token, which tell it from others.
    token_hint: Option<String>,
    /// The person, the tenant, the roles, and the token with its scopes and its expiry.
    account: Option<Whoami>,
    /// What is in the way.
    problem: Option<String>,
    /// What to do about that.
    next_step: Option<String>,
    /// Whether every tool that changes something is left out.
    read_only: bool,
    /// Groups of tools that this server was registered without; the user can register it anew with `--toolsets default,NAME`.
    other_toolsets: Vec<String>,
}

pub(crate) fn entry() -> (&'static str, Entry) {
    let name = "get_status";
    let title = "Get status";
    let description = "Returns whether somebody is signed in and where to: the person, the tenant, roles, and the token's scopes, expiry and \
                       last four characters, never the token. Call it first, to know what other tools may do; if nobody is signed in, call \
                       login.";
    let hints =
        ToolAnnotations::with_title(title).read_only(true).destructive(false).idempotent(true).open_world(false);
    let input = schema::input::<Nothing>();
    let tool = Tool::new(name, description, input.clone())
        .with_title(title)
        .with_raw_output_schema(schema::output::<Status>())
        .with_annotations(hints);
    let command = "auth status".to_owned();
    let run: Run = |call| Box::pin(status(call));
    (name, Entry { tool, input, toolset: "auth", in_read_only: true, command, run })
}

async fn status(call: Call) -> Result<CallToolResponse, ToolError> {
    let (server, given_up) = (call.server, call.context.ct.clone());
    let mut status = Status {
        signed_in: false,
        control_plane: server.control_plane()?,
        token_from: None,
        token_hint: None,
        account: None,
        problem: None,
        next_step: None,
        read_only: server.is_read_only(),
        other_toolsets: server.other_toolsets(),
    };
    let asked = async {
        let client = server.client(&WhoAmI::INFO)?;
        let pat = client.config().pat().map(|pat: &Pat| (pat.source().to_string(), pat.hint().to_owned()));
        (status.token_from, status.token_hint) = pat.unzip();
        Ok(client.execute(WhoAmI {}).await?)
    };
    match unless(&given_up, asked).await {
        Ok(account) => {
            status.signed_in = true;
            status.account = Some(account);
        }
        Err(error) if error.code() == &ErrorCode::Unauthenticated => {
            status.problem = Some(error.message().to_owned());
            status.next_step = Some(format!("call login with the user's e-mail address; or {}", error.next_step()));
        }
        Err(error) => return Err(error),
    }
    answer(status)
}
