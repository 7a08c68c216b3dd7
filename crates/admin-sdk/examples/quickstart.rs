//! The quick start of the README: list workspaces, make a key, show its secret once.
//!
//! `aisetu dev -- cargo run -p admin-sdk --example quickstart` gives it a control plane of its own.

#![expect(clippy::print_stdout, reason = "an example prints")]

use admin_sdk::{AiSetuAdmin, Error, api_keys::CreateApiKey, workspaces::ListWorkspaces};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let admin = AiSetuAdmin::from_env()?; // reads AI_SETU_PAT

    let workspaces = admin.workspaces().list(ListWorkspaces::default()).await?;
    let workspace_id = workspaces.items.first().map(|workspace| workspace.id.clone());
    let key = admin.api_keys().create(CreateApiKey { workspace_id, ..CreateApiKey::new("CI") }).await?;

    // The secret is shown this once, and nothing can read it again. Nothing but `expose` prints it.
    println!("store this once, it does not come back: {}", key.secret().expose());
    Ok(())
}
