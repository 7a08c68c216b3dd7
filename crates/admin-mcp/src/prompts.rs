//! What a person can begin a conversation with.

use admin_core::Operation as _;
use admin_core::api_keys::ListApiKeys;
use admin_core::provider_credentials::Provider;
use rmcp::ErrorData;
use rmcp::model::{GetPromptResult, JsonObject, Prompt, PromptArgument, PromptMessage, Role};

use crate::clean;
use crate::error::ToolError;
use crate::server::Server;

const ONBOARD: &str = "onboard";
const ROTATE_KEY: &str = "rotate_key";
const ADD_PROVIDER: &str = "add_provider";

pub(crate) fn prompts() -> Vec<Prompt> {
    let argument = |name: &str, what: &str, required| {
        vec![PromptArgument::new(name).with_description(what).with_required(required)]
    };
    vec![
        Prompt::new(
            ADD_PROVIDER,
            Some("Connects an account of one's own with a provider of models, and tests it"),
            Some(argument("provider", "OPENAI, ANTHROPIC or BEDROCK", true)),
        )
        .with_title("Add a provider"),
        Prompt::new(
            ONBOARD,
            Some("Signs the user in, and makes a first API key in an env file"),
            Some(argument("email", "The user's e-mail address", false)),
        )
        .with_title("Begin with aisetu"),
        Prompt::new(
            ROTATE_KEY,
            Some("Gives an API key a new secret without an outage"),
            Some(argument("key", "The name or the id (`key_…`) of the key", true)),
        )
        .with_title("Rotate an API key"),
    ]
}

/// # Errors
/// There is no such prompt, or an argument is missing.
pub(crate) fn prompt(name: &str, arguments: &JsonObject) -> Result<GetPromptResult, ErrorData> {
    let given = |name: &str| {
        arguments.get(name).and_then(|value| value.as_str()).map(clean::line).filter(|text| !text.is_empty())
    };
    let needed = |name: &str| {
        given(name).ok_or_else(|| ErrorData::invalid_params(format!("the argument `{name}` is missing"), None))
    };
    let text = match name {
        ONBOARD => {
            let email = given("email").map_or_else(
                || "Ask me for my e-mail address.".to_owned(),
                |email| format!("My e-mail address is {email}."),
            );
            format!(
                "Set me up with aisetu. {email}\n\n\
                 1. Call get_status. If nobody is signed in, call login with my address, and tell me to type the code of the mail on the page that opens.\n\
                 2. Show me the workspaces. If there are several, ask me which one to work in.\n\
                 3. Ask me what the key is for, and make one with create_api_key and the fewest scopes that do; deliver it into `.env` as \
                 `AI_SETU_API_KEY`, unless I name another place.\n\
                 4. See that `.env` is in `.gitignore`, and show me how my program reads the variable. Never ask me for a secret, and never show one."
            )
        }
        ROTATE_KEY => format!(
            "Give the API key {:?} a new secret without an outage.\n\n\
             1. Find it with list_api_keys, and tell me when and from where it was last used.\n\
             2. Ask me where the new secret goes, and how long the old one should still work (24h unless I say otherwise).\n\
             3. Call rotate_api_key. I confirm it myself.\n\
             4. Tell me what has to be deployed or restarted, and that rollback_key_rotation (or `aisetu api-keys rollback-rotation`) undoes it until the \
             grace ends.",
            needed("key")?
        ),
        ADD_PROVIDER => format!(
            "Connect my own account with {}.\n\n\
             1. Call list_providers to see what its credential needs.\n\
             2. Ask me for a slug, and where the credential is: variables of an env file or of the environment, or a page of my browser. Never ask me for \
             the credential itself.\n\
             3. Call upsert_connection, then test_connection, and tell me plainly what the test says.\n\
             4. If it works, give me the model string to use, `@slug/model`.",
            needed("provider")?
        ),
        other => return Err(ErrorData::invalid_params(format!("there is no prompt `{}`", clean::line(other)), None)),
    };
    let known = prompts().into_iter().find(|prompt| prompt.name == name).and_then(|prompt| prompt.description);
    Ok(GetPromptResult::new(vec![PromptMessage::new_text(Role::User, text)])
        .with_description(known.unwrap_or_default()))
}

/// What can stand for an argument. Keys are those of the first hundred whose name or id begins so.
pub(crate) async fn complete(
    server: &Server,
    prompt: &str,
    argument: &str,
    typed: &str,
) -> Result<Vec<String>, ToolError> {
    let typed = typed.to_lowercase();
    let begins = |text: &str| text.to_lowercase().starts_with(&typed);
    match (prompt, argument) {
        (ADD_PROVIDER, "provider") => {
            let providers = Provider::KNOWN.iter().map(|provider| provider.as_str().to_owned());
            Ok(providers.filter(|provider| begins(provider)).collect())
        }
        (ROTATE_KEY, "key") => {
            let list = ListApiKeys { limit: Some(100), ..ListApiKeys::default() };
            let page = server.client(&ListApiKeys::INFO)?.execute(list).await?;
            let found = page.items.into_iter().filter(|key| begins(&key.name) || begins(key.id.as_ref()));
            Ok(found.map(|key| key.id.to_string()).collect())
        }
        _ => Ok(Vec::new()),
    }
}
