//! Every operation has a command, and every command has an operation or is known to have none.

use std::collections::BTreeSet;

use admin_core::operations;
use clap::Command;

/// Commands that are no operation of the control plane.
const LOCAL: [&str; 29] = [
    "api",
    "api describe",
    "api search",
    "api-keys check",
    "api-keys verify",
    "auth login",
    "auth logout",
    "auth status",
    "commands",
    "completions",
    "config get",
    "config list",
    "config path",
    "config set",
    "config unset",
    "dev",
    "dev settle",
    "doctor",
    "explain",
    "man",
    "mcp install",
    "mcp serve",
    "mcp status",
    "mcp uninstall",
    "profile bind",
    "profile list",
    "profile unbind",
    "profile use",
    "usage report",
];

/// The commands that can be given as they are.
fn leaves(command: &Command, path: &str) -> Vec<(String, Command)> {
    let mut found = Vec::new();
    for child in command.get_subcommands().filter(|child| child.get_name() != "help") {
        let path = format!("{path} {}", child.get_name()).trim_start().to_owned();
        if child.has_subcommands() {
            found.extend(leaves(child, &path));
        }
        if !child.is_subcommand_required_set() {
            found.push((path, child.clone()));
        }
    }
    found
}

#[test]
fn every_operation_has_a_command() {
    let operations: BTreeSet<String> = operations().iter().map(|info| info.command().join(" ")).collect();
    let commands: BTreeSet<String> = leaves(&admin_cli::command(), "").into_iter().map(|(path, _)| path).collect();
    let local: BTreeSet<String> = LOCAL.map(str::to_owned).into();
    let expected: BTreeSet<String> = operations.union(&local).cloned().collect();
    let missing: Vec<_> = expected.difference(&commands).collect();
    let unknown: Vec<_> = commands.difference(&expected).collect();
    assert!(
        missing.is_empty() && unknown.is_empty(),
        "operations without a command (write a variant in src/commands): {missing:?}; commands without an operation: {unknown:?}"
    );
}

#[test]
fn every_command_says_what_it_is_for_names_its_scope_and_has_an_example() {
    for (path, command) in leaves(&admin_cli::command(), "") {
        assert!(command.get_about().is_some(), "`{path}` does not say what it is for");
        let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let needs = ["Needs the scope ", "Needs no scope:", "Needs no token"];
        let served = ["dev", "dev settle", "mcp serve", "usage report"].contains(&path.as_str());
        assert!(needs.iter().any(|needs| after.contains(needs)) || served, "`{path}` does not say what it needs");
        assert!(after.contains(&format!("aisetu {path}")), "`{path}` has no example");
    }
}

#[test]
fn the_command_tree_is_sound() {
    admin_cli::command().debug_assert();
}

/// What every command says of itself, as a page.
fn reference() -> String {
    let root = admin_cli::command();
    let mut page = "# Reference of the command line\n\n\
        What `aisetu <command> --help` says of each command; [the guide](command-line.md) says how they go together. This page is written by a test \
        (`UPDATE_DOCS=1 cargo test -p admin-cli --test it reference`), which also fails when it is not what the program says.\n"
        .to_owned();
    let mut text = |heading: &str, help: &str| {
        let help: Vec<&str> = help.lines().map(str::trim_end).collect();
        let help = help.join("\n");
        page.extend(["\n## ", heading, "\n\n```text\n", help.trim_end(), "\n```\n"]);
    };
    text("aisetu", &root.clone().term_width(100).render_long_help().to_string());
    for (path, command) in leaves(&root, "") {
        text(&format!("aisetu {path}"), &without_globals(&command.term_width(100).render_help().to_string()));
    }
    page
}

/// The options of every command are told once.
fn without_globals(help: &str) -> String {
    let mut kept = Vec::new();
    let mut within = false;
    for line in help.lines() {
        within = line.starts_with("Global options:") || (within && (line.is_empty() || line.starts_with(' ')));
        if !within {
            kept.push(line);
        }
    }
    kept.join("\n")
}

#[test]
#[cfg(all(feature = "mcp", feature = "server", feature = "keyring"))]
fn the_reference_is_what_the_program_says() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cli-reference.md");
    let page = reference();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        published == page,
        "docs/cli-reference.md is not what the program says: run the test with UPDATE_DOCS=1, and look at the change"
    );
}
