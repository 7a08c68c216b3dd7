//! What can be seen on this machine.

use std::path::PathBuf;

use admin_core::env::{AI_SETU_PAT, Environment};
use admin_core::{CredentialSource, Pat};
use admin_local::{CredentialError, CredentialStore, Kept, Keyring, KeyringError, Origin, SettingsFile, agent, locate};

use super::report::Report;
use crate::context::Context;
use crate::env::programs_on_path;
use crate::error::CommandError;

/// Nothing is kept under this name: what matters is whether the keyring answers.
const NO_ACCOUNT: &str = "doctor";

pub(super) async fn check(context: &Context, report: &mut Report, offline: bool) {
    let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    report.ok("version", format!("aisetu {} on {system}", env!("CARGO_PKG_VERSION")));
    programs(report);
    settings(context, report);
    profiles(context, report);
    credential(context, report, offline);
    keyring(context, report).await;
    if let Some(agent) = agent(&context.environment) {
        report.ok("agent", format!("{agent} drives this command: it is shown no new secret"));
    }
    proxy(context, report);
    #[cfg(feature = "mcp")]
    clients(context, report);
}

/// Which builder agents start this program.
#[cfg(feature = "mcp")]
fn clients(context: &Context, report: &mut Report) {
    use crate::commands::mcp::{Registered, registered};
    let found = match registered(context) {
        Ok(found) if found.is_empty() => return report.skip("builder agents", "none starts this program"),
        Ok(found) => found,
        Err(error) => return report.error("builder agents", &error.into()),
    };
    for client in found {
        match client {
            Registered::Here(title) => report.ok("builder agents", format!("{title} starts this program")),
            Registered::Elsewhere(title) => {
                let found = format!("{title} starts another program, or one that is gone");
                report.warn("builder agents", found, "`aisetu mcp install` registers this one");
            }
            Registered::Unreadable(title, error) => {
                report.warn("builder agents", format!("the file of {title} cannot be read: {error}"), "mend the file");
            }
        }
    }
}

/// Another program of the same name would be the one that a shell runs.
fn programs(report: &mut Report) {
    let found: Vec<PathBuf> = programs_on_path("aisetu");
    let this = std::env::current_exe().and_then(std::fs::canonicalize).ok();
    match found.as_slice() {
        [] => report.warn("PATH", "no folder of PATH has `aisetu`", "add the folder of the program to PATH"),
        [first, ..] if first.canonicalize().ok() != this => {
            report.warn(
                "PATH",
                format!("a shell runs `{}`", first.display()),
                "remove it, or put this program's folder before it",
            );
        }
        [_] => report.ok("PATH", "a shell runs this program"),
        [_, others @ ..] => {
            let others: Vec<String> = others.iter().map(|path| format!("`{}`", path.display())).collect();
            report.warn("PATH", format!("there is also {}", others.join(", ")), "remove what is not used");
        }
    }
}

fn settings(context: &Context, report: &mut Report) {
    let path = match SettingsFile::open(&context.environment) {
        Ok(file) => file.path().to_owned(),
        Err(error) => return report.fail("settings", error.to_string(), Some(error.hint())),
    };
    if let Some(path) = context.settings.foreign_project() {
        let found = format!("`{}` belongs to another user: it is passed over", path.display());
        report.warn("project", found, "make it yours, if you trust what is in it");
    }
    let unknown = context.settings.unknown_of_user();
    if unknown.is_empty() {
        let there = if path.exists() { "is understood" } else { "is not there, and need not be" };
        report.ok("settings", format!("`{}` {there}", path.display()));
    } else {
        let found = format!("`{}` sets `{}`, which nobody knows", path.display(), unknown.join("`, `"));
        report.warn("settings", found, "`aisetu config list` tells what there is");
    }
    if let Some((path, names)) = context.settings.ignored_of_project() {
        let found = format!("`{}` sets `{}`, which a project may not", path.display(), names.join("`, `"));
        report.warn("project", found, "take it out: it is ignored");
    }
}

fn profiles(context: &Context, report: &mut Report) {
    let store = match CredentialStore::open(&context.environment) {
        Ok(store) => store,
        Err(error) => return report.fail("profiles", error.to_string(), Some(error.hint())),
    };
    match store.profiles().names() {
        Ok(names) if names.is_empty() => report.ok("profiles", "there are none"),
        Ok(names) => {
            let broken = names.iter().find_map(|name| store.profiles().get(name).err());
            match broken {
                Some(error) => report.error("profiles", &CommandError::from(error)),
                None => report.ok("profiles", format!("`{}`", names.join("`, `"))),
            }
        }
        Err(error) => report.error("profiles", &CommandError::from(error)),
    }
}

/// Which token is used, and why that one.
fn credential(context: &Context, report: &mut Report, offline: bool) {
    let located = match locate(&context.wanted(), &context.environment) {
        Ok(located) => located,
        Err(CredentialError::None { .. }) if offline => {
            return report.warn("token", "there is none", "sign in with `aisetu auth login`");
        }
        Err(error) => return report.error("token", &error.into()),
    };
    let base_url = &located.base_url;
    let Some((name, profile)) = &located.profile else {
        let text = context.environment.get(AI_SETU_PAT).unwrap_or_default();
        let found = match Pat::parse(&text, CredentialSource::Env(AI_SETU_PAT)) {
            Ok(pat) => format!("…{} of `{AI_SETU_PAT}`, for {base_url}", pat.hint()),
            Err(error) => return report.error("token", &error.into()),
        };
        let stored = context.profile_name().ok().zip(CredentialStore::open(&context.environment).ok());
        let shadowed = stored.and_then(|(name, store)| store.profiles().find(&name).ok().flatten().map(|_| name));
        match shadowed {
            Some(name) => {
                report.warn("token", format!("{found}; it wins over the profile `{name}`"), "unset one of them");
            }
            None => report.ok("token", found),
        }
        return;
    };
    let kept = if matches!(profile.pat, Kept::Keyring { .. }) { "keyring" } else { "file" };
    let chosen = context.settings.profile(context.global.profile.as_deref(), &context.environment);
    let because = match chosen.map(|found| found.origin) {
        Ok(Origin::Default) | Err(_) => String::new(),
        Ok(origin) => format!(", which {origin} names"),
    };
    report.ok("token", format!("…{} of profile `{name}`{because}, in the {kept}, for {base_url}", profile.pat.hint()));
}

async fn keyring(context: &Context, report: &mut Report) {
    let environment = context.environment.clone();
    // It may take its two seconds.
    let asked = tokio::task::spawn_blocking(move || Keyring::system(&environment).get(NO_ACCOUNT)).await;
    match asked {
        Ok(Ok(_)) => report.ok("keyring", "it answers"),
        Ok(Err(error @ (KeyringError::Off | KeyringError::Absent | KeyringError::NotBuilt))) => {
            report.ok("keyring", format!("{error}: tokens are kept in a file that only you can read"));
        }
        Ok(Err(error)) => {
            let fix = error.hint().unwrap_or_else(|| "`AI_SETU_NO_KEYRING=1` keeps tokens in a file".to_owned());
            report.warn("keyring", error.to_string(), fix);
        }
        Err(error) => report.fail("keyring", error.to_string(), None),
    }
}

/// The variables that name proxies, as far as they are set.
pub(super) fn proxies(environment: &Environment) -> Vec<&'static str> {
    ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"]
        .into_iter()
        .filter(|name| environment.get(name).is_some())
        .collect()
}

/// These variables are for every program, and often forgotten.
fn proxy(context: &Context, report: &mut Report) {
    let is_set = |name: &&str| context.environment.get(name).is_some();
    let (proxies, exceptions) = (proxies(&context.environment), ["NO_PROXY", "no_proxy"].into_iter().find(is_set));
    if !proxies.is_empty() {
        let but = exceptions.map(|name| format!(", but for what `{name}` names")).unwrap_or_default();
        report.ok("proxy", format!("calls go through the one that `{}` names{but}", proxies.join("`, `")));
    }
    if let Some(name) = ["SSL_CERT_FILE", "SSL_CERT_DIR"].into_iter().find(is_set) {
        report.ok("certificates", format!("those that `{name}` names are trusted"));
    }
}
