//! What somebody writes who uses the SDK.

use admin_sdk::workspaces::ListWorkspaces;
use admin_sdk::{AiSetuAdmin, Error};

/// The names of the workspaces that the token may read.
///
/// # Errors
/// Those of the call.
pub async fn workspaces(admin: &AiSetuAdmin) -> Result<Vec<String>, Error> {
    let page = admin.workspaces().list(ListWorkspaces::default()).await?;
    Ok(page.items.into_iter().map(|workspace| workspace.name).collect())
}

#[cfg(test)]
mod tests {
    use admin_sdk::workspaces::CreateWorkspace;

    use super::*;

    #[tokio::test]
    async fn a_new_workspace_is_listed() {
        let admin = AiSetuAdmin::from_env().expect("run it with `aisetu dev -- cargo test`");
        admin.workspaces().create(CreateWorkspace::new("ci")).await.unwrap();
        assert!(workspaces(&admin).await.unwrap().contains(&"ci".to_owned()));
    }
}
