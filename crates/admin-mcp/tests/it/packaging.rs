//! What installs the server says of it what it says of itself, and holds no secret.

use std::path::{Path, PathBuf};
use std::{env, fs};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use url::Url;

use crate::harness::Era;
use crate::tools::list;

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging").join(name)
}

fn read(name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(path(name)).unwrap()).unwrap()
}

/// Run with `UPDATE_DOCS=1` to write the tools into it.
#[test]
fn the_bundle_names_this_version_and_its_tools() {
    let mut manifest = read("manifest.json");
    let tools = list(Era::Modern);
    let tools = tools.iter().map(|tool| json!({ "name": tool["name"], "description": tool["title"] }));
    let tools = Value::Array(tools.collect());
    if env::var_os("UPDATE_DOCS").is_some() {
        let text = fs::read_to_string(path("manifest.json")).unwrap();
        let (before, _) = text.split_once("  \"tools\": [").unwrap();
        let lines: Vec<String> = tools.as_array().unwrap().iter().map(|tool| format!("    {tool}")).collect();
        fs::write(path("manifest.json"), format!("{before}  \"tools\": [\n{}\n  ]\n}}\n", lines.join(",\n"))).unwrap();
        manifest = read("manifest.json");
    }
    assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(manifest["tools"], tools);
}

#[test]
fn the_registrys_entry_fits_its_schema() {
    let schema: Value = serde_json::from_str(include_str!("../schemas/server.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut entry = read("server.json");
    assert_eq!(validator.validate(&entry).map_err(|error| error.to_string()), Ok(()));
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!((&entry["version"], &entry["packages"][0]["version"]), (&json!(version), &json!(version)));
    entry["description"] = json!("x".repeat(101));
    assert!(validator.validate(&entry).is_err(), "the schema is one that refuses something");
}

#[test]
fn what_starts_it_holds_no_secret() {
    let entry = json!({ "command": "aisetu", "args": ["mcp", "serve"] });
    assert_eq!(read(".mcp.json"), json!({ "mcpServers": { "aisetu": entry } }));
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md")).unwrap();
    let config = |begin: &str| {
        let (_, rest) = readme.split_once(begin).unwrap_or_else(|| panic!("the README has no {begin}"));
        rest.split_once(')').unwrap().0.to_owned()
    };
    let decoded = BASE64_STANDARD.decode(config("https://cursor.com/en/install-mcp?name=aisetu&config=")).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&decoded).unwrap(), entry);
    let url =
        format!("https://x/?config={}", config("https://insiders.vscode.dev/redirect/mcp/install?name=aisetu&config="));
    let url: Url = url.parse().unwrap();
    let (_, decoded) = url.query_pairs().next().unwrap();
    assert_eq!(serde_json::from_str::<Value>(&decoded).unwrap(), entry);
}
