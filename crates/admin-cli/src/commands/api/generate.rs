//! A call as a program that can be run without us. The token stays in the environment.

use admin_core::RawRequest;
use admin_core::env::AI_SETU_PAT;
use admin_local::shell_word;
use serde_json::Value;

use crate::context::Context;
use crate::error::CommandError;
use crate::printer::Printer;

/// A command of curl, which reads the call from a text behind it.
pub(super) fn curl(context: &Context, request: &RawRequest) -> Result<(), CommandError> {
    let url = format!("{}/graphql", context.base_url()?.as_str().trim_end_matches('/'));
    let body = serde_json::to_string_pretty(request).unwrap_or_default();
    let end = if body.contains("\nEND") { "END_OF_CALL" } else { "END" };
    let key = if request.is_mutation { " \\\n  --header \"Idempotency-Key: $(uuidgen)\"" } else { "" };
    write(&format!(
        "curl --fail-with-body --silent --show-error {} \\\n  --header \"Authorization: Bearer ${AI_SETU_PAT}\" \\\n  --header 'Content-Type: \
         application/json'{key} \\\n  --data @- <<'{end}'\n{body}\n{end}\n",
        shell_word(&url)
    ))
}

/// A program that uses the same client.
pub(super) fn rust(context: &Context, request: &RawRequest) -> Result<(), CommandError> {
    let base_url = context.base_url()?;
    let base_url = if base_url.is_production() { String::new() } else { format!(".base_url({:?})", base_url.as_str()) };
    let variable = |(name, value): (&String, &Value)| {
        format!("\n        .variable({name:?}, serde_json::json!({}))", literal(value))
    };
    let variables = request.variables.iter().map(variable).collect::<Vec<_>>().concat();
    let mutation = if request.is_mutation { "\n        .mutation()" } else { "" };
    let name = match &request.operation_name {
        Some(name) => format!("\n    request.operation_name = Some({name:?}.to_owned());"),
        None => String::new(),
    };
    let query = if request.query.contains("\"#") {
        format!("{:?}", request.query)
    } else {
        format!("r#\"{}\"#", request.query)
    };
    let mutable = if name.is_empty() { "" } else { "mut " };
    write(&format!(
        "// Cargo.toml: admin-core, serde_json, tokio (features \"macros\" and \"rt\"). The token is in {AI_SETU_PAT}.\n\
         use admin_core::{{CallOptions, Client, Config, RawRequest}};\n\n\
         #[tokio::main(flavor = \"current_thread\")]\n\
         async fn main() -> Result<(), admin_core::Error> {{\n    \
             let client = Client::new(Config::builder(){base_url}.build()?)?;\n    \
             let {mutable}request = RawRequest::new({query}){variables}{mutation};{name}\n    \
             let answer = client.raw(&request, CallOptions::default()).await?;\n    \
             println!(\"{{}}\", answer.body);\n    \
             answer.error.map_or(Ok(()), Err)\n\
         }}\n"
    ))
}

/// A value as `json!` takes it: JSON, but for the texts, which Rust escapes in its own way.
fn literal(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        Value::Array(items) => format!("[{}]", items.iter().map(literal).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| format!("{name:?}: {}", literal(value));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

fn write(text: &str) -> Result<(), CommandError> {
    Printer::data(text).map_err(CommandError::stdout)
}
