//! The picture of the crates in `docs/architecture.md` is the one that is built.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// The packages of the workspace, as cargo knows them.
fn packages() -> Vec<Value> {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .output()
        .unwrap();
    assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// What a package is built with, tests apart.
fn dependencies(package: &Value) -> impl Iterator<Item = (&str, bool)> {
    let built = package["dependencies"].as_array().unwrap().iter().filter(|dependency| dependency["kind"] != "dev");
    built.map(|dependency| (dependency["name"].as_str().unwrap(), dependency["optional"] == true))
}

#[test]
fn the_crates_depend_on_each_other_as_the_page_says() {
    let packages = packages();
    let ours: BTreeSet<&str> = packages.iter().map(|package| package["name"].as_str().unwrap()).collect();
    let built: BTreeMap<&str, String> = packages
        .iter()
        .map(|package| {
            let edges: BTreeSet<String> = dependencies(package)
                .filter(|(name, _)| ours.contains(name))
                .map(|(name, optional)| if optional { format!("({name})") } else { name.to_owned() })
                .collect();
            (package["name"].as_str().unwrap(), edges.into_iter().collect::<Vec<_>>().join(" "))
        })
        .collect();
    let page = include_str!("../../../docs/architecture.md");
    let block = page.split("```edges\n").nth(1).unwrap().split("```").next().unwrap();
    let drawn: BTreeMap<&str, String> = block
        .lines()
        .map(|line| {
            let (name, edges) = line.split_once("->").unwrap_or_else(|| panic!("no edge: {line}"));
            let edges: BTreeSet<&str> = edges.split_whitespace().collect();
            (name.trim(), edges.into_iter().collect::<Vec<_>>().join(" "))
        })
        .collect();
    assert_eq!(drawn, built, "docs/architecture.md draws the left, cargo builds the right");
}

#[test]
fn each_outside_library_stays_in_its_room() {
    let rooms: [(&str, &[&str]); 7] = [
        ("cynic", &["admin-core"]),
        ("rmcp", &["admin-mcp"]),
        ("clap", &["admin-cli", "admin-mcp", "admin-server", "xtask"]),
        // `aisetu-tests` reads the schema of the resolvers.
        ("async-graphql", &["admin-server", "aisetu-tests"]),
        // `admin-mcp` serves pages to the browser of its person, and clients over HTTP.
        ("axum", &["admin-mcp", "admin-server", "functions-api"]),
        ("rquickjs", &["functions-api"]),
        ("rusqlite", &["admin-server"]),
    ];
    let packages = packages();
    for (library, expected) in rooms {
        let found: BTreeSet<&str> = packages
            .iter()
            .filter(|package| dependencies(package).any(|(name, _)| name == library))
            .map(|package| package["name"].as_str().unwrap())
            .collect();
        assert_eq!(found, expected.iter().copied().collect(), "{library}");
    }
}
