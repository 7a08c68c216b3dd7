//! A client that is not ours.

use std::path::Path;

use tokio::process::Command;

use crate::support::Place;

#[tokio::test]
#[ignore = "needs node, npm and the registry of npm: tests/functions-api.sh runs it"]
async fn axios_makes_a_function_and_executes_it() {
    let place = Place::start().await;
    let client = Path::new(env!("CARGO_MANIFEST_DIR")).join("client");
    let ci = ["ci", "--silent", "--no-audit", "--no-fund"];
    let installed = Command::new("npm").args(ci).current_dir(&client).status().await.unwrap();
    assert!(installed.success(), "npm: {installed}");
    let run = async |key: &str| {
        let mut node = Command::new("node");
        node.arg("client.js").current_dir(&client).env("BASE_URL", &place.url).env("API_KEY", key);
        let output = node.output().await.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.success(), text(output.stdout), text(output.stderr))
    };

    let (succeeded, said, complained) = run(&place.full_key().await).await;
    assert!(succeeded, "{complained}");
    assert!(said.starts_with("Function created: {\n"), "{said}");
    let end = "Function executed: { output: { greeting: 'Hello, John!' } }\nHello, John!\n";
    assert!(said.ends_with(end), "{said}");

    let reader = serde_json::json!({ "scopes": ["functions:read"] });
    let (succeeded, said, complained) = run(&place.key(place.control_plane.workspace(), reader).await).await;
    assert!(!succeeded && said.is_empty(), "{said}");
    assert!(
        complained.contains("code: 'INSUFFICIENT_SCOPE'") && complained.contains("[ 'functions:write' ]"),
        "{complained}"
    );
}
