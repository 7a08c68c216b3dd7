//! The command line about itself: `commands`, `completions` and `man`.

use std::fs;
use std::io;
use std::path::PathBuf;

use admin_core::{Confirm, operations};
use clap::{ArgAction, Args, ValueEnum};
use serde::Serialize;

use crate::context::Context;
use crate::error::CommandError;
use crate::output::{Field, Show};
use crate::printer::Printer;

#[derive(Debug, Args)]
#[command(
    after_help = "Needs no token, and no network.\n\nExamples:\n  aisetu commands\n  aisetu commands -o json | jq '.items[] | select(.scope == \"admin:read\")'"
)]
pub(crate) struct CommandsArgs {}

#[derive(Debug, Args)]
#[command(
    after_help = "Needs no token, and no network: ids and names are those that lists have shown.\n\nExamples:\n  aisetu completions bash > ~/.local/share/bash-completion/completions/aisetu\n  \
                        aisetu completions fish > ~/.config/fish/completions/aisetu.fish"
)]
pub(crate) struct CompletionsArgs {
    /// Of which shell
    shell: ShellName,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Needs no token, and no network.\n\nExamples:\n  aisetu man --dir ~/.local/share/man/man1\n  aisetu man > aisetu.1"
)]
pub(crate) struct ManArgs {
    /// A folder, for a page of each command [default: the first page, to standard output]
    #[arg(long, value_name = "PATH")]
    dir: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ShellName {
    Bash,
    Zsh,
    Fish,
    #[value(name = "powershell", alias = "pwsh")]
    PowerShell,
    Elvish,
}

/// A command that can be given as it is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CommandItem {
    command: String,
    summary: String,
    /// The operation of the control plane; `None` = it has none.
    operation: Option<String>,
    /// The scope that the token needs.
    scope: Option<&'static str>,
    /// Whether it can change something, at the control plane or on this machine.
    changes: bool,
    /// How a person is asked before it runs: `none`, for a `yes`, the `name` of what goes away, or the `sum`.
    confirm: &'static str,
    arguments: Vec<Argument>,
}

/// An argument of a command; those of all commands are left out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Argument {
    /// A flag with its dashes, or the place's name.
    name: String,
    /// What it takes; `None` = nothing.
    value: Option<String>,
    required: bool,
    repeatable: bool,
    help: String,
    /// What may be given, where that is known.
    values: Vec<String>,
}

#[derive(Serialize)]
struct All {
    items: Vec<CommandItem>,
}

impl Show for CommandItem {
    const PLURAL: &'static str = "commands";

    fn fields(&self) -> Vec<Field> {
        let arguments: Vec<&str> = self.arguments.iter().map(|argument| argument.name.as_str()).collect();
        vec![
            Field::column("command", self.command.clone()),
            Field::column("scope", self.scope.map(str::to_owned)),
            Field::column("summary", self.summary.clone()),
            Field::detail("operation", self.operation.clone()),
            Field::detail("asks for", (self.confirm != "none").then(|| self.confirm.to_owned())),
            Field::detail("arguments", arguments.join(" ")),
        ]
    }
}

impl CommandsArgs {
    #[expect(clippy::unused_self, reason = "as every command")]
    pub(crate) fn run(self, context: &Context) -> Result<(), CommandError> {
        context.refuse_idempotency_key("commands")?;
        let mut items = Vec::new();
        collect(&crate::command(), "aisetu", &mut items);
        let all = All { items };
        context.print_items(&all.items, &all)
    }
}

impl CompletionsArgs {
    pub(crate) fn run(self, context: &Context) -> Result<(), CommandError> {
        context.refuse_idempotency_key("completions")?;
        let shell = self.shell.to_possible_value().map(|shell| shell.get_name().to_owned()).unwrap_or_default();
        let script = crate::complete::script(&shell).map_err(CommandError::stdout)?.unwrap_or_default();
        Printer::data(&script).map_err(CommandError::stdout)
    }
}

impl ManArgs {
    pub(crate) fn run(self, context: &Context) -> Result<(), CommandError> {
        context.refuse_idempotency_key("man")?;
        let Some(folder) = self.dir else {
            let mut page = Vec::new();
            clap_mangen::Man::new(crate::args::root()).render(&mut page).map_err(CommandError::stdout)?;
            return Printer::data(&String::from_utf8_lossy(&page)).map_err(CommandError::stdout);
        };
        let failed = |error: io::Error| CommandError::Input {
            what: format!("the pages cannot be written to `{}`: {error}", folder.display()),
            flag: "--dir",
            hint: "name a folder that can be written to",
        };
        fs::create_dir_all(&folder).map_err(failed)?;
        clap_mangen::generate_to(crate::args::root(), &folder).map_err(failed)?;
        let shown = folder.display();
        context
            .printer
            .note(format_args!("the pages are in `{shown}`; `man -M` or MANPATH leads to the folder above it"));
        Ok(())
    }
}

fn collect(command: &clap::Command, path: &str, items: &mut Vec<CommandItem>) {
    for child in command.get_subcommands().filter(|child| child.get_name() != "help") {
        let path = format!("{path} {}", child.get_name());
        if !child.is_subcommand_required_set() {
            items.push(item(child, &path));
        }
        collect(child, &path, items);
    }
}

/// Commands that are no operation: whether they can change something, at the control plane or on this machine, and the scope that they need.
const LOCAL: [(&str, bool, Option<&str>); 29] = [
    ("api", true, None),
    ("api describe", false, None),
    ("api search", false, None),
    ("api-keys check", false, None),
    // It counts as a call of the key.
    ("api-keys verify", true, Some("keys:verify")),
    ("auth login", true, None),
    ("auth logout", true, None),
    ("auth status", false, None),
    ("commands", false, None),
    ("completions", false, None),
    ("config get", false, None),
    ("config list", false, None),
    ("config path", false, None),
    ("config set", true, None),
    ("config unset", true, None),
    ("dev", true, None),
    ("dev settle", true, None),
    ("doctor", false, None),
    ("explain", false, None),
    ("man", true, None),
    ("mcp install", true, None),
    ("mcp serve", true, None),
    ("mcp status", false, None),
    ("mcp uninstall", true, None),
    ("profile bind", true, None),
    ("profile list", false, None),
    ("profile unbind", true, None),
    ("profile use", true, None),
    ("usage report", true, Some("usage:write")),
];

fn item(command: &clap::Command, path: &str) -> CommandItem {
    let words: Vec<&str> = path.split(' ').skip(1).collect();
    let info = operations().into_iter().find(|info| info.command().iter().eq(&words));
    let words = words.join(" ");
    let local = LOCAL.iter().find(|(known, _, _)| *known == words);
    let arguments = command.get_arguments().filter(|argument| !argument.is_global_set() && !argument.is_hide_set());
    let is_help = |argument: &clap::Arg| ["help", "version"].contains(&argument.get_id().as_str());
    CommandItem {
        command: path.to_owned(),
        summary: command.get_about().map(ToString::to_string).unwrap_or_default(),
        operation: info.map(|info| info.field()),
        scope: info.map_or(local.and_then(|(_, _, scope)| *scope), |info| info.scope),
        // Of what nobody has looked at, the worst is said.
        changes: info.map_or(local.is_none_or(|(_, changes, _)| *changes), |info| info.is_mutation()),
        confirm: match info.map(|info| info.confirm) {
            None | Some(Confirm::None) => "none",
            Some(Confirm::Moderate) => "yes",
            Some(Confirm::Severe) => "name",
            Some(Confirm::Money) => "sum",
        },
        arguments: arguments.filter(|argument| !is_help(argument)).map(described).collect(),
    }
}

fn described(argument: &clap::Arg) -> Argument {
    let takes = argument.get_action().takes_values();
    let values = argument.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
    let name = match (argument.get_long(), argument.get_short()) {
        (Some(long), _) => format!("--{long}"),
        (None, Some(short)) => format!("-{short}"),
        (None, None) => argument.get_id().to_string().to_uppercase(),
    };
    Argument {
        name,
        value: values.filter(|_| takes),
        required: argument.is_required_set(),
        repeatable: matches!(argument.get_action(), ArgAction::Append),
        help: argument.get_help().map(ToString::to_string).unwrap_or_default(),
        values: argument
            .get_possible_values()
            .iter()
            .filter(|_| takes)
            .map(|value| value.get_name().to_owned())
            .collect(),
    }
}

#[cfg(test)]
#[cfg(all(feature = "mcp", feature = "server"))]
mod tests {
    use super::*;

    #[test]
    fn of_every_command_it_is_known_whether_it_changes_something() {
        let mut items = Vec::new();
        collect(&crate::command(), "aisetu", &mut items);
        let local: Vec<&str> = LOCAL.iter().map(|(path, _, _)| *path).collect();
        for item in &items {
            let path = item.command.trim_start_matches("aisetu ");
            assert_eq!(item.operation.is_none(), local.contains(&path), "`{path}`: name it in `LOCAL`, or take it out");
        }
        let changes = |path: &str| items.iter().find(|item| item.command == format!("aisetu {path}")).unwrap().changes;
        assert!(changes("usage report") && changes("auth logout") && changes("api-keys revoke"));
        assert!(!changes("auth status") && !changes("api-keys list"));
    }
}
