//! Running an operation that makes a secret: look at the place, make it, write it there. When the last step fails, the second is undone.

use admin_core::api_keys::{ApiKey, FinishApiKeyRotation, RotateApiKey};
use admin_core::{Client, Confirm, Duration, ErrorCode, Input, Issued, Issuing, Operation as _};
use admin_token::Secret;
use std::sync::Arc;

use rmcp::model::{CallToolResponse, JsonObject};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::arguments::{self, read};
use crate::confirm::{Confirmed, bound};
use crate::deliver::{self, Deliver, Reserved, SavedTo};
use crate::error::{ToolError, told};
use crate::in_browser::{Asked, Perform};
use crate::server::Server;
use crate::subject;
use crate::tools::{Call, answer, unless, value};

/// What was made, without its secret, and where that is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Delivered<T> {
    /// What was made.
    item: T,
    /// Where its secret is.
    saved_to: SavedTo,
    /// The secret, where whoever registered the server allows it here.
    secret: Option<String>,
    /// What the user should know about that place or about what was made.
    warnings: Vec<String>,
}

pub(crate) async fn issue<O: Issuing + Input>(mut call: Call) -> Result<CallToolResponse, ToolError> {
    let (server, given_up) = (call.server.clone(), call.context.ct.clone());
    let mut input = call.arguments.clone();
    let deliver = deliver::take(&mut input)?;
    let _: O = arguments::read(&input)?;
    let (in_browser, in_chat) = (matches!(deliver, Deliver::Browser {}), matches!(deliver, Deliver::Chat {}));
    if in_browser && !server.has_pages() {
        return Err(deliver::refused("no browser can be opened on this machine"));
    }
    if in_chat && !server.policy().secrets_in_chat {
        return Err(deliver::refused("whoever registered this server does not allow secrets in the conversation"));
    }
    let client = server.client(&O::INFO)?;
    if let Some(ended) = server.ended(&bound(&O::INFO, &call.arguments, &client)) {
        return answer(ended?);
    }
    if !in_browser && !in_chat {
        deliver.reserve(&server).await?;
    }
    let subject = if in_browser && O::INFO.confirm != Confirm::None {
        Some(unless(&given_up, subject::find(&client, &O::INFO, &call.arguments)).await?)
    } else if in_browser {
        None
    } else {
        match unless(&given_up, server.questions().confirm(&O::INFO, &client, &mut call)).await? {
            Confirmed::Yes => {
                let (delivered, _) = make::<O>(&server, &client, input, &deliver).await?;
                return answer(delivered);
            }
            Confirmed::Ask(question) => return Ok((*question).into()),
            Confirmed::OnPage(subject) => Some(subject),
        }
    };
    let parts = (server.clone(), client.clone(), input, deliver);
    let perform: Perform = Arc::new(move |_| {
        let (server, client, input, deliver) = parts.clone();
        Box::pin(async move { make::<O>(&server, &client, input, &deliver).await })
    });
    let (info, arguments) = (O::INFO, call.arguments.clone());
    Asked { server, info, client, arguments, subject, parts: &[], perform }.on_page(&call).await
}

/// Makes it and hands its secret over; gives the answer, and the secret if a person is to be shown it.
async fn make<O: Issuing + Input>(
    server: &Server,
    client: &Client,
    mut input: JsonObject,
    deliver: &Deliver,
) -> Result<(Value, Option<Secret>), ToolError> {
    if matches!(deliver, Deliver::Browser {} | Deliver::Chat {}) {
        let _changing = server.begin_change().await;
        let Issued { item, secret } = client.execute(read::<O>(&input)?).await.map_err(ToolError::issuing::<O>)?;
        let warnings = Vec::new();
        return if matches!(deliver, Deliver::Browser {}) {
            let delivered = Delivered { item, saved_to: SavedTo::browser(), secret: None, warnings };
            Ok((value(delivered)?, Some(secret)))
        } else {
            let shown = Some(secret.expose().to_owned());
            Ok((value(Delivered { item, saved_to: SavedTo::chat(), secret: shown, warnings })?, None))
        };
    }
    let hold = hold_rotation::<O>(&mut input);
    let operation: O = read(&input)?;
    // Looked at once more: a person may have thought for minutes.
    let Reserved { place, saved_to, mut warnings } = deliver.reserve(server).await?;
    let _changing = server.begin_change().await;
    let Issued { item, secret } = client.execute(operation).await.map_err(ToolError::issuing::<O>)?;
    let delivered = tokio::task::spawn_blocking(move || place.deliver(&secret)).await;
    let failed = match delivered {
        Ok(Ok(_)) => None,
        Ok(Err(error)) => Some(told(&error)),
        Err(error) => Some(error.to_string()),
    };
    if let Some(why) = failed {
        return Err(undo::<O>(client, &item, &why).await);
    }
    let mut item = serde_json::to_value(item).map_err(|error| internal(&error))?;
    if hold {
        match finish_rotation(client, &item).await {
            Ok(finished) => item = finished,
            // The new secret is where it belongs, and the old one ends by itself.
            Err(error) => warnings.push(format!(
                "the old secret works for up to {} more, because the rotation could not be finished: {}",
                RotateApiKey::WHILE_DELIVERING,
                error.message()
            )),
        }
    }
    Ok((value(Delivered { item, saved_to, secret: None, warnings })?, None))
}

async fn undo<O: Issuing + Input>(client: &Client, item: &O::Item, why: &str) -> ToolError {
    let [what, done] = O::UNDONE;
    let (thing, id) = (O::NOUN, O::id(item));
    let undone = match O::undo(item) {
        None => Err(format!("{what} cannot be {done} any more")),
        Some(undo) => {
            client.execute(undo).await.map(drop).map_err(|error| format!("{what} could not be {done} ({error})"))
        }
    };
    match undone {
        Ok(()) => ToolError::new(
            ErrorCode::DeliveryFailed,
            format!("the secret of {thing} `{id}` could not be written, so {what} was {done}: {why}"),
            "mend what kept the file from being written, or name another one, and call again",
        ),
        Err(not_undone) => ToolError::new(
            ErrorCode::DeliveryFailed,
            format!("the secret of {thing} `{id}` could not be written, and {not_undone}: {why}"),
            format!("nobody has its secret: revoke or rotate `{id}` once the cause is mended"),
        ),
    }
}

/// Without a grace there is no way back if the secret does not arrive: such a rotation is made with a short one, and finished once
/// it has. Written by hand because no other operation comes in two steps; the command line does the same.
fn hold_rotation<O: Issuing + Input>(input: &mut JsonObject) -> bool {
    let grace = input.get("grace").and_then(Value::as_str).and_then(|text| text.parse::<Duration>().ok());
    let hold = O::INFO == RotateApiKey::INFO && grace.is_some_and(|grace| grace.as_secs() == 0);
    if hold {
        input.insert("grace".to_owned(), RotateApiKey::WHILE_DELIVERING.to_string().into());
    }
    hold
}

async fn finish_rotation(client: &Client, item: &Value) -> Result<Value, ToolError> {
    // An expired secret has no grace: then the new one is alone already.
    if item["versions"].as_array().is_some_and(|versions| versions.len() < 2) {
        return Ok(item.clone());
    }
    let id = item["id"].as_str().unwrap_or_default().into();
    let finished: ApiKey = client.execute(FinishApiKeyRotation { id }).await?;
    serde_json::to_value(finished).map_err(|error| internal(&error))
}

fn internal(error: &serde_json::Error) -> ToolError {
    ToolError::new(ErrorCode::Internal, error.to_string(), "tell the user what happened")
}
