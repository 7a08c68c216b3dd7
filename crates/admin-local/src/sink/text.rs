//! How a sink is written.

use std::fmt;
use std::str::FromStr;

use super::{ActionsFile, Sink, SinkError, env_file};
use crate::address::{self, named};
use crate::shell::shell_word;

const KEYRING: &str = "keyring:SERVICE/ACCOUNT";
const GITHUB: &str = "gh:OWNER/REPO#NAME";
const ACTIONS: &str = "gha:env#NAME` or `gha:output#NAME";
const ONE_PASSWORD: &str = "op:VAULT/ITEM#FIELD";
const VAULT: &str = "vault:PATH#FIELD";
const COMMAND: &str = "cmd:PROGRAM [ARGUMENT]...";

impl FromStr for Sink {
    type Err = SinkError;

    fn from_str(text: &str) -> Result<Self, SinkError> {
        match text.split_once(':') {
            None if text == "stdout" => Ok(Self::Stdout),
            None if text == "clipboard" => Ok(Self::Clipboard),
            Some(("file", path)) => file(path),
            Some(("env", rest)) => env(rest),
            Some(("keyring", rest)) => {
                let (service, account) = address::keyring(rest).ok_or(SinkError::Malformed { form: KEYRING })?;
                Ok(Self::Keyring { service, account })
            }
            Some(("gh", rest)) => github(rest),
            Some(("gha", rest)) => actions(rest),
            Some(("op", rest)) => one_password(rest),
            Some(("vault", rest)) => {
                let (path, field) = address::vault(rest).ok_or(SinkError::Malformed { form: VAULT })?;
                Ok(Self::Vault { path, field })
            }
            Some(("cmd", rest)) => command(rest),
            _ => Err(SinkError::UnknownForm { text: text.to_owned() }),
        }
    }
}

fn file(path: &str) -> Result<Sink, SinkError> {
    if path.is_empty() {
        return Err(SinkError::NoPath { form: "file:PATH" });
    }
    Ok(Sink::File(path.into()))
}

fn env(text: &str) -> Result<Sink, SinkError> {
    // The last `#`, because a path may have one and a variable may not.
    let (path, variable) = text.rsplit_once('#').ok_or(SinkError::NoVariable)?;
    if path.is_empty() {
        return Err(SinkError::NoPath { form: "env:PATH#VAR" });
    }
    if variable.is_empty() {
        return Err(SinkError::NoVariable);
    }
    Sink::env_file(path, variable)
}

fn github(text: &str) -> Result<Sink, SinkError> {
    let malformed = SinkError::Malformed { form: GITHUB };
    let Some((repository, name)) = text.split_once('#') else { return Err(malformed) };
    let Some((owner, repo)) = repository.split_once('/') else { return Err(malformed) };
    let is_part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('-')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    if !is_part(owner) || !is_part(repo) || name.is_empty() {
        return Err(malformed);
    }
    check_variable(name)?;
    check_reserved(name, &["GITHUB_"])?;
    Ok(Sink::GitHub { repository: repository.to_owned(), name: name.to_owned() })
}

fn actions(text: &str) -> Result<Sink, SinkError> {
    let malformed = SinkError::Malformed { form: ACTIONS };
    let (file, name) = match text.split_once('#') {
        Some(("env", name)) => (ActionsFile::Env, name),
        Some(("output", name)) => (ActionsFile::Output, name),
        _ => return Err(malformed),
    };
    if name.is_empty() {
        return Err(malformed);
    }
    match file {
        ActionsFile::Env => {
            check_variable(name)?;
            check_reserved(name, &["GITHUB_", "RUNNER_", "NODE_OPTIONS"])?;
        }
        // An output may have a `-` as well.
        ActionsFile::Output if name.starts_with('-') => return Err(bad_variable(name)),
        ActionsFile::Output => check_variable(&name.replace('-', "_")).map_err(|_| bad_variable(name))?,
    }
    Ok(Sink::Actions { file, name: name.to_owned() })
}

fn one_password(text: &str) -> Result<Sink, SinkError> {
    let malformed = || SinkError::Malformed { form: ONE_PASSWORD };
    let (place, field) = text.rsplit_once('#').ok_or_else(malformed)?;
    let (vault, item) = place.split_once('/').ok_or_else(malformed)?;
    // With a `/` in its name, nothing could refer to it as `op://VAULT/ITEM/FIELD`.
    if !named([vault, item, field]) || vault.starts_with('-') || item.contains('/') || field.contains('/') {
        return Err(malformed());
    }
    Ok(Sink::OnePassword { vault: vault.to_owned(), item: item.to_owned(), field: field.to_owned() })
}

/// The words are what a POSIX shell would take for them, but no shell sees them.
fn command(text: &str) -> Result<Sink, SinkError> {
    let words = shlex::split(text).filter(|_| !text.contains('\0'));
    let mut words = words.unwrap_or_default().into_iter();
    match words.next() {
        Some(program) if !program.is_empty() => Ok(Sink::Command { program, arguments: words.collect() }),
        _ => Err(SinkError::Malformed { form: COMMAND }),
    }
}

fn check_variable(name: &str) -> Result<(), SinkError> {
    if env_file::is_name(name) { Ok(()) } else { Err(bad_variable(name)) }
}

fn bad_variable(name: &str) -> SinkError {
    SinkError::BadVariable { variable: name.to_owned() }
}

/// What GitHub does not let anybody set, it would only say once the secret exists.
fn check_reserved(name: &str, beginnings: &[&'static str]) -> Result<(), SinkError> {
    let begins = |beginning: &&&str| name.to_ascii_uppercase().starts_with(**beginning);
    match beginnings.iter().find(begins) {
        Some(beginning) => Err(SinkError::Reserved { name: name.to_owned(), beginning }),
        None => Ok(()),
    }
}

impl fmt::Display for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdout => f.write_str("stdout"),
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::EnvFile { path, variable } => write!(f, "env:{}#{variable}", path.display()),
            Self::Keyring { service, account } => write!(f, "keyring:{service}/{account}"),
            Self::Clipboard => f.write_str("clipboard"),
            Self::GitHub { repository, name } => write!(f, "gh:{repository}#{name}"),
            Self::Actions { file: ActionsFile::Env, name } => write!(f, "gha:env#{name}"),
            Self::Actions { file: ActionsFile::Output, name } => write!(f, "gha:output#{name}"),
            Self::OnePassword { vault, item, field } => write!(f, "op:{vault}/{item}#{field}"),
            Self::Vault { path, field } => write!(f, "vault:{path}#{field}"),
            Self::Command { program, arguments } => {
                write!(f, "cmd:{}", shell_word(program))?;
                arguments.iter().try_for_each(|argument| write!(f, " {}", shell_word(argument)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_written_parses_to_itself() {
        for text in [
            "stdout",
            "file:key.txt",
            "file:a:b#c",
            "env:.env#KEY",
            "env:/a#b/.env#_k1",
            "keyring:acme/ci",
            "keyring:acme/ci/web of ada",
            "clipboard",
            "gh:acme/app#AI_SETU_API_KEY",
            "gh:acme/my.app-2_x#_k1",
            "gha:env#AI_SETU_API_KEY",
            "gha:output#api-key",
            "op:Private/CI of acme#credential",
            "op:Private/a#b#field",
            "vault:secret/ci/web#api_key",
            "vault:secret/a#b#api_key",
            "cmd:pass",
            "cmd:/opt/take --name 'CI of acme' -f --",
        ] {
            assert_eq!(text.parse::<Sink>().unwrap().to_string(), text);
        }
        assert_eq!(
            "env:/a#b/.env#_k1".parse::<Sink>().unwrap(),
            Sink::EnvFile { path: "/a#b/.env".into(), variable: "_k1".into() }
        );
        assert_eq!(
            r#"cmd:take "CI of acme" it\'s $HOME a|b "#.parse::<Sink>().unwrap(),
            Sink::Command {
                program: "take".to_owned(),
                arguments: ["CI of acme", "it's", "$HOME", "a|b"].map(str::to_owned).to_vec()
            }
        );
    }

    #[test]
    fn what_does_not_parse_says_why() {
        let why = |text: &str| text.parse::<Sink>().unwrap_err().to_string();
        insta::assert_snapshot!(why("key.txt"), @"`key.txt` is no sink: give `stdout`, `file:PATH`, `env:PATH#VAR`, `keyring:SERVICE/ACCOUNT`, `clipboard`, `gh:OWNER/REPO#NAME`, `gha:env#NAME`, `gha:output#NAME`, `op:VAULT/ITEM#FIELD`, `vault:PATH#FIELD` or `cmd:PROGRAM [ARGUMENT]...`");
        assert!(why("aws:x").starts_with("`aws:x` is no sink: give `stdout`, "));
        assert!(why("clipboard:").starts_with("`clipboard:` is no sink: give `stdout`, "));
        insta::assert_snapshot!(why("file:"), @"there is no path: write it as `file:PATH`");
        insta::assert_snapshot!(why("env:#KEY"), @"there is no path: write it as `env:PATH#VAR`");
        insta::assert_snapshot!(why("env:.env"), @"there is no variable: write it as `env:PATH#VAR`");
        insta::assert_snapshot!(why("env:.env#"), @"there is no variable: write it as `env:PATH#VAR`");
        insta::assert_snapshot!(why("env:.env#1A"), @"`1A` is no name of a variable: letters, digits and `_`, and no digit first");
        insta::assert_snapshot!(why("env:.env#A-B"), @"`A-B` is no name of a variable: letters, digits and `_`, and no digit first");
        insta::assert_snapshot!(why("gh:acme/app#github_x"), @"GitHub lets nobody set `github_x`: no name there begins with `GITHUB_`");
        insta::assert_snapshot!(why("gha:env#RUNNER_KEY"), @"GitHub lets nobody set `RUNNER_KEY`: no name there begins with `RUNNER_`");
        insta::assert_snapshot!(why("gh:acme/app#A-B"), @"`A-B` is no name of a variable: letters, digits and `_`, and no digit first");
        for (form, texts) in [
            (
                "keyring:SERVICE/ACCOUNT",
                &["keyring:", "keyring:acme", "keyring:/ci", "keyring:acme/", "keyring:a/\n"][..],
            ),
            (
                "gh:OWNER/REPO#NAME",
                &["gh:", "gh:acme#KEY", "gh:acme/app", "gh:acme/app#", "gh:a/b/c#KEY", "gh:-R/b#KEY"],
            ),
            ("gha:env#NAME` or `gha:output#NAME", &["gha:", "gha:env", "gha:env#", "gha:path#KEY"]),
            (
                "op:VAULT/ITEM#FIELD",
                &["op:", "op:v/i", "op:v#f", "op:/i#f", "op:v/#f", "op:v/i#", "op:v/i/j#f", "op:-v/i#f"],
            ),
            (
                "vault:PATH#FIELD",
                &["vault:", "vault:a", "vault:#f", "vault:a#", "vault:-a#f", "vault:a#f=g", "vault:a#@f"],
            ),
            ("cmd:PROGRAM [ARGUMENT]...", &["cmd:", "cmd: ", "cmd:''", "cmd:take 'open", "cmd:#"]),
        ] {
            for text in texts {
                assert_eq!(why(text), format!("write this sink as `{form}`"), "{text}");
            }
        }
        insta::assert_snapshot!(why("gha:output#-a"), @"`-a` is no name of a variable: letters, digits and `_`, and no digit first");
    }

    proptest! {
        #[test]
        fn a_command_is_written_as_it_is_read(words in proptest::collection::vec(r#"[a-z '"\\$#\n\t~|é-]{1,6}"#, 1..4)) {
            let mut words = words.into_iter();
            let sink = Sink::Command { program: words.next().unwrap_or_default(), arguments: words.collect() };
            prop_assert_eq!(sink.to_string().parse::<Sink>(), Ok(sink));
        }

        #[test]
        fn no_text_makes_it_panic(text in r"(keyring|gh|gha|op|vault|cmd|env|file)?:?\PC{0,12}") {
            if let Ok(sink) = text.parse::<Sink>() {
                prop_assert_eq!(sink.to_string().parse::<Sink>(), Ok(sink));
            }
        }
    }
}
