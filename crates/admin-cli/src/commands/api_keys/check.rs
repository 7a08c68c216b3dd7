//! `aisetu api-keys check`: which of our tokens stand in a text, and whose they are. It is told without a network whether they are real.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;

use admin_core::api_keys::{ApiKey, ApiKeyState, ApiKeyVersion, Environment, ListApiKeys};
use admin_core::members::ListMembers;
use admin_core::pats::{ListPats, Pat};
use admin_core::{DateTime, ErrorCode, UserId};
use admin_token::TokenKind;
use clap::Args;
use serde::Serialize;

use crate::commands::done;
use crate::context::Context;
use crate::error::CommandError;
use crate::output::{Field, Show};

/// A line that is longer is looked at in pieces, in bytes.
const LONGEST_PIECE: u64 = 1 << 20;
/// More characters than a token has.
const LONGEST_TOKEN: usize = 256;
/// So many are told of: whoever has more wants to know that, and not each.
const MOST: usize = 1_000;

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// The text to look at [default: standard input]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Do not ask the control plane whose they are
    #[arg(long)]
    offline: bool,
}

/// A token in a text. It says nothing by which the token could be used.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Leak {
    line: usize,
    kind: &'static str,
    hint: Option<String>,
    /// Whether prefix, length and checksum are right: else it was cut or mistyped.
    real: bool,
    /// Why it is not.
    fault: Option<String>,
    /// The key or token that ends like this.
    id: Option<String>,
    name: Option<String>,
    state: Option<String>,
    owner: Option<String>,
    last_used_at: Option<DateTime>,
    last_used_ip: Option<String>,
    #[serde(skip)]
    token: TokenKind,
}

#[derive(Serialize)]
struct Leaks {
    items: Vec<Leak>,
}

impl Show for Leak {
    const PLURAL: &'static str = "tokens of ours in it";

    fn fields(&self) -> Vec<Field> {
        vec![
            Field::column("line", self.line.to_string()),
            Field::column("kind", self.kind.to_owned()),
            Field::column("ends in", self.hint.as_ref().map(|hint| format!("…{hint}"))),
            Field::column("real", if self.real { "yes" } else { "no" }.to_owned()),
            Field::column("id", self.id.clone()),
            Field::column("name", self.name.clone()),
            Field::column("state", self.state.clone()),
            Field::column("owner", self.owner.clone()),
            Field::column("last used", self.last_used_at),
            Field::detail("last used from", self.last_used_ip.clone()),
            Field::detail("fault", self.fault.clone()),
        ]
    }
}

impl CheckArgs {
    pub(super) async fn run(self, context: &Context) -> Result<ExitCode, CommandError> {
        context.refuse_idempotency_key("api-keys check")?;
        let mut leaks = self.found(context)?;
        if !self.offline && leaks.iter().any(|leak| leak.real) {
            match whose(context, &mut leaks).await {
                Ok(()) => {}
                Err(CommandError::Credentials(_)) => {
                    context.printer.note("nobody is signed in: whose they are is not known here");
                }
                Err(error) => {
                    context
                        .printer
                        .warning(format_args!("whose they are could not be asked: {error} ({})", error.code()));
                }
            }
        }
        let found = leaks.iter().any(|leak| leak.real);
        let key = leaks.iter().find(|leak| leak.real && leak.token.is_api_key()).and_then(|leak| leak.id.clone());
        let pat = leaks.iter().find(|leak| leak.real && leak.token == TokenKind::Pat).map(|leak| leak.id.clone());
        let leaks = Leaks { items: leaks };
        context.print_items(&leaks.items, &leaks)?;
        match pat {
            None => {}
            Some(Some(id)) => context.printer.note(format_args!(
                "`aisetu pats revoke {id}` ends the personal access token; `aisetu audit events` tells what was done with it"
            )),
            Some(None) => context.printer.note(
                "whoever has a personal access token acts as its owner: they end it with `aisetu pats revoke`, or `aisetu auth logout`",
            ),
        }
        if let Some(id) = key {
            context.printer.note(format_args!(
                "`aisetu api-keys rotate {id} --grace 0s` makes a new secret and ends this one; `aisetu api-keys revoke {id} --code \
                 compromised` ends the key; `aisetu api-keys logs {id}` tells who used it"
            ));
        }
        Ok(if found { crate::ExitCode::CheckFailed.into() } else { done(()) })
    }

    fn found(&self, context: &Context) -> Result<Vec<Leak>, CommandError> {
        let unreadable = |error: io::Error| CommandError::Input {
            what: match &self.file {
                Some(path) => format!("`{}` cannot be read: {error}", path.display()),
                None => format!("standard input cannot be read: {error}"),
            },
            flag: "FILE",
            hint: "name a file, or write the text to standard input",
        };
        let mut text: Box<dyn BufRead> = if let Some(path) = &self.file {
            Box::new(BufReader::new(File::open(path).map_err(unreadable)?))
        } else {
            if io::stdin().is_terminal() {
                context.printer.note("paste the text, then press Enter and Ctrl-D");
            }
            Box::new(BufReader::new(io::stdin()))
        };
        let mut leaks = Vec::new();
        let (mut number, mut line) = (1, Vec::new());
        loop {
            let read = io::Read::take(&mut text, LONGEST_PIECE).read_until(b'\n', &mut line).map_err(unreadable)?;
            let whole = read == 0 || line.ends_with(b"\n");
            // What a piece ends in may go on in the next one.
            let kept = if whole { 0 } else { last_word(&line) };
            let looked_at = line.len() - kept;
            for sighting in admin_token::scan(&String::from_utf8_lossy(&line[..looked_at])) {
                if leaks.len() == MOST {
                    context.printer.warning(format_args!("there are more than {MOST}: these are the first"));
                    return Ok(leaks);
                }
                leaks.push(Leak::new(number, &sighting));
            }
            number += usize::from(line.ends_with(b"\n"));
            line.drain(..looked_at);
            if read == 0 {
                return Ok(leaks);
            }
        }
    }
}

/// The length of the word that a text ends in; 0 if it is longer than any token.
fn last_word(text: &[u8]) -> usize {
    let length = text.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    if length > LONGEST_TOKEN { 0 } else { length }
}

impl Leak {
    fn new(line: usize, sighting: &admin_token::Sighting) -> Self {
        let kind = sighting.kind.to_string();
        let (hint, fault) = match &sighting.token {
            Ok(token) => (Some(token.hint().to_owned()), None),
            Err(error) => (None, Some(error.to_string())),
        };
        Self {
            line,
            kind: kind_name(sighting.kind),
            hint,
            real: fault.is_none(),
            fault: fault.map(|fault| format!("{kind}? {fault}")),
            id: None,
            name: None,
            state: None,
            owner: None,
            last_used_at: None,
            last_used_ip: None,
            token: sighting.kind,
        }
    }

    fn is_of(&mut self, key: &ApiKey, version: Option<&ApiKeyVersion>) {
        self.id = Some(key.id.to_string());
        self.name = Some(key.name.clone());
        self.state = Some(key.state.to_string());
        self.owner = Some(key.created_by.to_string());
        self.last_used_at = version.map_or(key.last_used_at, |version| version.last_used_at);
        self.last_used_ip = version.and_then(|version| version.last_used_ip.clone());
    }
}

/// The kind as a program reads it.
fn kind_name(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::LiveKey => "live-key",
        TokenKind::TestKey => "test-key",
        TokenKind::Pat => "pat",
        TokenKind::Service => "service-token",
        TokenKind::Invitation => "invitation",
        TokenKind::Bootstrap => "bootstrap",
        _ => "token",
    }
}

/// Finds the keys and tokens that end in the same four characters, which is one in fourteen million for another one.
///
/// Nothing is presented to the control plane: that would count as its use.
async fn whose(context: &Context, leaks: &mut [Leak]) -> Result<(), CommandError> {
    context.client()?;
    if leaks.iter().any(|leak| leak.real && leak.token.is_api_key()) {
        let mut keys = context.all(ListApiKeys::default()).await?;
        let deleted = ListApiKeys { state: Some(ApiKeyState::Deleted), ..ListApiKeys::default() };
        keys.extend(context.all(deleted).await?);
        for leak in leaks.iter_mut().filter(|leak| leak.real && leak.token.is_api_key()) {
            let environment = if leak.token == TokenKind::LiveKey { Environment::Live } else { Environment::Test };
            let hint = leak.hint.clone().unwrap_or_default();
            for key in keys.iter().filter(|key| key.environment == environment) {
                if let Some(version) = key.versions.iter().find(|version| version.hint == hint) {
                    leak.is_of(key, Some(version));
                } else if key.hint == hint {
                    leak.is_of(key, None);
                }
            }
        }
    }
    if leaks.iter().any(|leak| leak.real && leak.token == TokenKind::Pat) {
        let everyones = ListPats { all_users: Some(true), ..ListPats::default() };
        let pats: Vec<Pat> = match context.all(everyones).await {
            Err(error) if error.code() == ErrorCode::Unauthorized => context.all(ListPats::default()).await?,
            pats => pats?,
        };
        for leak in leaks.iter_mut().filter(|leak| leak.real && leak.token == TokenKind::Pat) {
            if let Some(pat) = pats.iter().find(|pat| Some(&pat.hint) == leak.hint.as_ref()) {
                leak.id = Some(pat.id.to_string());
                leak.name = Some(pat.name.clone());
                leak.state = Some(pat.state.to_string());
                leak.owner = Some(pat.user_id.to_string());
            }
        }
    }
    name_owners(context, leaks).await
}

/// Puts the address of the owner in the place of the id, where it may be read.
async fn name_owners(context: &Context, leaks: &mut [Leak]) -> Result<(), CommandError> {
    if leaks.iter().all(|leak| leak.owner.is_none()) {
        return Ok(());
    }
    let members = match context.all(ListMembers::default()).await {
        Err(error) if error.code() == ErrorCode::Unauthorized => return Ok(()),
        members => members?,
    };
    let emails: HashMap<UserId, String> =
        members.into_iter().map(|member| (member.user.id, member.user.email)).collect();
    for leak in leaks {
        let email = leak.owner.as_deref().and_then(|id| emails.get(&UserId::from(id)));
        leak.owner = email.cloned().or(leak.owner.take());
    }
    Ok(())
}
