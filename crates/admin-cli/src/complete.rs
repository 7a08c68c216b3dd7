//! Completion for a shell: commands, flags, and what lists have shown. It asks neither a network nor a keyring.

use std::ffi::OsString;
use std::io;

use admin_core::env::{AI_SETU_PAT, Environment};
use admin_core::{
    ApiKeyId, ConnectionId, CredentialSource, InvitationId, Paged, PatId, ProjectId, UserId, WorkspaceId,
};
use admin_local::{CredentialStore, KnownName, KnownNames, Wanted, locate};
use admin_token::Secret;
use clap_complete::env::{CompleteEnv, Shells};
use clap_complete::{ArgValueCandidates, CompletionCandidate};

use crate::context::Context;
use crate::env::working_folder;
use crate::names::Named;

/// The variable by which a shell asks for completions; it names the shell.
const AI_SETU_COMPLETE: &str = "AI_SETU_COMPLETE";

/// What an argument of this name takes.
const KINDS: [(&str, &str); 7] = [
    ("KEY", ApiKeyId::PREFIX),
    ("WORKSPACE", WorkspaceId::PREFIX),
    ("PROJECT", ProjectId::PREFIX),
    ("PAT", PatId::PREFIX),
    ("CONNECTION", ConnectionId::PREFIX),
    ("MEMBER", UserId::PREFIX),
    ("INVITATION", InvitationId::PREFIX),
];

/// Answers a shell that asks for completions; false = it asks for none.
///
/// # Errors
/// The shell is unknown, or does not take the answer.
pub(crate) fn complete(arguments: &[OsString], environment: &Environment) -> Result<bool, clap::Error> {
    if environment.get(AI_SETU_COMPLETE).is_none() {
        return Ok(false);
    }
    let profile = profile_of(arguments);
    let factory = || with_names(crate::command(), profile.as_deref(), environment);
    let completion = CompleteEnv::with_factory(factory).var(AI_SETU_COMPLETE);
    completion.try_complete(arguments.iter().cloned(), working_folder().as_deref())
}

/// What a shell is to be told once, so that it asks for completions; `None` = it is unknown.
///
/// # Errors
/// Those of writing, which memory has none of.
pub(crate) fn script(shell: &str) -> io::Result<Option<String>> {
    let shells = Shells::builtins();
    let Some(shell) = shells.completer(shell) else { return Ok(None) };
    let mut script = Vec::new();
    shell.write_registration(AI_SETU_COMPLETE, "aisetu", "aisetu", "aisetu", &mut script)?;
    Ok(Some(String::from_utf8_lossy(&script).into_owned()))
}

/// The profile that the line names so far.
fn profile_of(arguments: &[OsString]) -> Option<String> {
    let mut words = arguments.iter().filter_map(|argument| argument.to_str());
    words.find_map(|word| word.strip_prefix("--profile=").map(str::to_owned)).or_else(|| {
        let at = arguments.iter().position(|argument| argument == "--profile")?;
        Some(arguments.get(at + 1)?.to_str()?.to_owned())
    })
}

/// The command tree whose arguments know what they can be.
fn with_names(command: clap::Command, profile: Option<&str>, environment: &Environment) -> clap::Command {
    let (profile, environment) = (profile.map(str::to_owned), environment.clone());
    let completed = |argument: clap::Arg| {
        let name = argument.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
        let (profile, environment) = (profile.clone(), environment.clone());
        match name.as_deref() {
            Some("PROFILE") => argument.add(ArgValueCandidates::new(move || profiles(&environment))),
            Some(name) => match KINDS.iter().find(|(known, _)| *known == name) {
                Some((_, kind)) => argument.add(ArgValueCandidates::new(move || {
                    known(kind, profile.as_deref(), &environment).unwrap_or_default()
                })),
                None => argument,
            },
            None => argument,
        }
    };
    let command = command.mut_args(completed);
    command.mut_subcommands(|command| with_names(command, profile.as_deref(), &environment))
}

fn profiles(environment: &Environment) -> Vec<CompletionCandidate> {
    let names = CredentialStore::open(environment).ok().and_then(|store| store.profiles().names().ok());
    names.unwrap_or_default().into_iter().filter(|name| is_plain(name)).map(CompletionCandidate::new).collect()
}

/// Whether a shell takes it for one word, whatever it is put into. Names are other people's, and bash runs what it is given.
fn is_plain(name: &str) -> bool {
    !name.starts_with('-') && name.chars().all(|c| c.is_alphanumeric() || "._@+-".contains(c))
}

/// Names first, each with its id, then ids, each with its name.
fn known(kind: &str, profile: Option<&str>, environment: &Environment) -> Option<Vec<CompletionCandidate>> {
    let wanted = Wanted {
        profile: profile.map(str::to_owned),
        base_url: None,
        base_url_from: CredentialSource::Flag("--base-url"),
        folder: working_folder(),
    };
    let located = locate(&wanted, environment).ok()?;
    let hint = match &located.profile {
        Some((_, profile)) => profile.pat.hint().to_owned(),
        None => Secret::new(environment.get(AI_SETU_PAT)?).hint().to_owned(),
    };
    let known = KnownNames::of(environment, &located.base_url, &hint).ok()?.get(kind);
    let candidate = |text: &String, beside: &String| CompletionCandidate::new(text).help(Some(beside.clone().into()));
    let names = known.iter().filter(|(_, name)| is_plain(name)).map(|(id, name)| candidate(name, id));
    Some(names.chain(known.iter().map(|(id, name)| candidate(id, name))).collect())
}

impl Context {
    /// Remembers what a list has shown, for a person who will complete it.
    pub(crate) fn remember<I: Named>(&self, items: &[<I::List as Paged>::Item]) {
        if items.is_empty() || !Self::on_terminal() {
            return;
        }
        let Ok(client) = self.client() else { return };
        let Some(pat) = client.config().pat() else { return };
        let names: Vec<KnownName> = items
            .iter()
            .map(|item| {
                let (id, name) = I::of(item);
                (id.to_string(), name.to_owned())
            })
            .collect();
        if let Ok(known) = KnownNames::of(&self.environment, client.config().base_url(), pat.hint()) {
            known.add(I::PREFIX, names);
        }
    }
}
