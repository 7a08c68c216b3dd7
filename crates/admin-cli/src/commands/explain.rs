//! `aisetu explain`: what a code means and what to do, without a network.

use admin_core::{ErrorCode, VerifyCode};
use clap::Args;
use serde::Serialize;

use crate::context::Context;
use crate::error::CommandError;
use crate::exit_code::ExitCode;
use crate::output::{Field, Show};
use crate::suggest::nearest;

#[derive(Debug, Args)]
#[command(
    after_help = "Needs no token, and no network.\n\nExamples:\n  aisetu explain UNAUTHORIZED\n  aisetu explain ip-forbidden\n  aisetu explain 12\n  aisetu explain"
)]
pub(crate) struct ExplainArgs {
    /// A code of an error, a verdict on a key, or an exit code [default: all of them]
    code: Option<String>,
}

/// What is known of a code.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Explained {
    code: String,
    /// `error`, `verdict` or `exit code`.
    kind: &'static str,
    exit_code: u8,
    meaning: String,
    remedy: Option<&'static str>,
}

#[derive(Serialize)]
struct All {
    items: Vec<Explained>,
}

impl Show for Explained {
    const PLURAL: &'static str = "codes";

    fn fields(&self) -> Vec<Field> {
        vec![
            Field::column("code", self.code.clone()),
            Field::column("is", self.kind.to_owned()),
            Field::column("exit code", self.exit_code.to_string()),
            Field::column("meaning", self.meaning.clone()),
            Field::column("what to do", self.remedy.map(str::to_owned)),
        ]
    }
}

impl ExplainArgs {
    pub(crate) fn run(self, context: &Context) -> Result<(), CommandError> {
        context.refuse_idempotency_key("explain")?;
        let all: Vec<Explained> = all().collect();
        let Some(given) = self.code else {
            let all = All { items: all };
            return context.print_items(&all.items, &all);
        };
        let code = given.trim().to_ascii_uppercase().replace('-', "_");
        let (found, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|known| known.code == code);
        match found.as_slice() {
            [] => Err(CommandError::UnknownName {
                what: "code",
                nearest: nearest(&code, others.iter().map(|known| known.code.as_str())),
                given,
                all: "aisetu explain",
            }),
            [known] => context.print(known),
            // A verdict may be called as an error is.
            several if context.for_people() => several.iter().try_for_each(|known| context.print(known)),
            _ => {
                let all = All { items: found };
                context.print_items(&all.items, &all)
            }
        }
    }
}

fn all() -> impl Iterator<Item = Explained> {
    let errors = ErrorCode::KNOWN.iter().map(|code| {
        let [meaning, remedy] = error(code);
        let exit_code = ExitCode::from(code).number();
        let (code, meaning) = (code.to_string(), meaning.to_owned());
        Explained { code, kind: "error", exit_code, meaning, remedy: Some(remedy) }
    });
    let verdicts = VerifyCode::KNOWN.iter().map(|code| {
        let [meaning, remedy] = verdict(code);
        let exit_code = if *code == VerifyCode::Valid { ExitCode::Ok } else { ExitCode::CheckFailed };
        let remedy = Some(remedy).filter(|remedy| !remedy.is_empty());
        let code = code.to_string();
        Explained { code, kind: "verdict", exit_code: exit_code.number(), meaning: meaning.to_owned(), remedy }
    });
    let exits = ExitCode::ALL.iter().map(|code| {
        let (number, meaning) = (code.number(), code.to_string());
        Explained { code: number.to_string(), kind: "exit code", exit_code: number, meaning, remedy: None }
    });
    errors.chain(verdicts).chain(exits)
}

/// What an error means, and what to do.
fn error(code: &ErrorCode) -> [&'static str; 2] {
    match code {
        ErrorCode::Unauthenticated => [
            "no personal access token that is known and in force, or none that the keyring gives",
            "sign in with `aisetu auth login`, or set AI_SETU_PAT; `aisetu auth status` tells which token is used",
        ],
        ErrorCode::WrongTokenKind => [
            "another kind of token was given; it was told offline, and nothing was sent",
            "take a personal access token (tt_pat_…): an API key calls a gateway, and not this API",
        ],
        ErrorCode::Unauthorized => [
            "the token lacks a scope, or its owner a role; the message names which",
            "make a token with that scope (`aisetu pats create`), or ask an owner for the role",
        ],
        ErrorCode::NotFound => [
            "there is no such thing, or none that this token may read",
            "look for its id with the `list` command; what is deleted is listed with `--include-deleted`",
        ],
        ErrorCode::BadUserInput => [
            "the input breaks a rule; `field` names it, the message the bound and the value",
            "change what it names; nothing was done",
        ],
        ErrorCode::Config => [
            "the client's own settings are incomplete or contradict each other",
            "see what they are and where they come from with `aisetu auth status`",
        ],
        ErrorCode::SecretInArgument => [
            "a secret was given on the command line; it is refused and not repeated",
            "give it by `--secret-stdin`, `--secret-file` or `--secret-env`; if it was real, others may have read it: rotate or revoke it",
        ],
        ErrorCode::Conflict => [
            "the state of the thing does not admit it",
            "look at the thing with its `get` command: the message says which state is in the way",
        ],
        ErrorCode::IdempotencyMismatch => {
            ["the idempotency key was used with another input", "take a new key for another input"]
        }
        ErrorCode::IdempotencyInFlight => [
            "the first call under this key is still running",
            "wait for a moment and send the same again: it happens once",
        ],
        ErrorCode::AlreadyCreated => [
            "made by an earlier call under this key; more than 10 minutes ago, or revoked since: the secret is not given again",
            "if nobody has the secret, rotate or revoke what was made, and make another under a new key",
        ],
        ErrorCode::LimitExceeded => [
            "the document or the request is too large, too deep or too costly; or a list is too long to be collected at once",
            "ask for less at once: `--limit`, a narrower range of time, fewer fields",
        ],
        ErrorCode::RateLimited => {
            ["too many calls; the error says when", "wait as long as it says, and send the same again"]
        }
        ErrorCode::PaymentRequired => [
            "the credit does not suffice",
            "add to it with `aisetu billing create-top-up-intent`; `aisetu billing credit-balance` tells how much there is",
        ],
        ErrorCode::Unavailable => [
            "not now; nothing is lost, a later try may succeed",
            "try again; a change is safe to send again under the idempotency key that the error names",
        ],
        ErrorCode::Internal => {
            ["a fault of the control plane", "tell whoever runs it the request id of the error; its log has the cause"]
        }
        ErrorCode::Timeout => [
            "the control plane did not answer in time",
            "try again, or give it longer with `--timeout`; a change is safe to send again under the idempotency key that the error names",
        ],
        ErrorCode::Network => [
            "the control plane could not be reached",
            "see whether its address is right (`aisetu auth status --offline`), and the network, proxies and certificates between",
        ],
        ErrorCode::Decode => [
            "the answer is none that this version understands",
            "see whether the address is that of a control plane, and whether there is a newer `aisetu`",
        ],
        ErrorCode::Aborted => [
            "interrupted",
            "it may have happened all the same: a change is safe to send again under the idempotency key that the error names",
        ],
        ErrorCode::ConfirmationRequired => [
            "a person must confirm, and there is no terminal",
            "a person adds what the message says: `--yes`, or `--confirm` with the name; a program that was not told to does not",
        ],
        ErrorCode::DeliveryFailed => [
            "a new secret could not be written to its destination; what was made is revoked, a rotation rolled back",
            "mend the destination that the message names, and run it again",
        ],
        _ => ["a code that this version does not know", "see the message of the error"],
    }
}

/// What a verdict on a key means, and what to do.
fn verdict(code: &VerifyCode) -> [&'static str; 2] {
    match code {
        VerifyCode::Valid => ["the key may do what was asked", ""],
        VerifyCode::NotFound => [
            "there is no such key, or none that the asker may know of; or the text can be no key",
            "see whether it was cut or pasted twice, and whether it is a key of this control plane",
        ],
        VerifyCode::Disabled => ["the key is switched off", "`aisetu api-keys update KEY --enable` switches it on"],
        VerifyCode::Revoked => [
            "the key was revoked, or this secret of it was replaced by a rollback",
            "`aisetu api-keys restore KEY` undoes a revocation for 7 days, unless it was COMPROMISED",
        ],
        VerifyCode::Expired => [
            "the key has expired, or this secret of it was replaced by a rotation whose grace is over",
            "`aisetu api-keys get KEY` tells which; take the new secret, or give the key another expiry with `update`",
        ],
        VerifyCode::ProjectForbidden => [
            "the key is restricted to projects, and the call is for none of them, or for one that it does not name",
            "name the project in the call, or change the key's with `aisetu api-keys update`",
        ],
        VerifyCode::InsufficientScope => [
            "the key lacks a scope that the call needs; `missingScopes` has which",
            "give it with `aisetu api-keys update KEY --scope …`, which is all its scopes",
        ],
        VerifyCode::IpForbidden => [
            "the key is restricted to addresses, and the call comes from none of them, or from one that nobody told",
            "see with `aisetu api-keys logs KEY` which address the gateway saw",
        ],
        VerifyCode::ReferrerForbidden => [
            "the key is restricted to pages, and the call comes from none of them, or from one that nobody told",
            "see with `aisetu api-keys logs KEY` which page the gateway saw",
        ],
        VerifyCode::OutsideTimeWindow => [
            "the key works at other times; `nextAllowedAt` is when",
            "wait, or change its days, hours or zone with `aisetu api-keys update-restrictions`",
        ],
        VerifyCode::CreditExhausted => [
            "the tenant's credit is used up",
            "add to it with `aisetu billing create-top-up-intent`, or call over a connection of your own",
        ],
        VerifyCode::BudgetExceeded => [
            "the budget of the key or of its workspace is used up; `resetsAt` is when it begins anew",
            "wait, or raise it with `aisetu api-keys update --budget` or `aisetu workspaces set-budget`",
        ],
        VerifyCode::RateLimited => [
            "too many calls with this key; `retryAfterMs` says when the next would pass",
            "call less often, or raise its rate with `aisetu api-keys update-restrictions --rate`",
        ],
        _ => ["a verdict that this version does not know", "take it for a no"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_explained_with_what_to_do() {
        for known in all() {
            assert!(!known.meaning.is_empty() && !known.meaning.contains("this version does not know,"), "{known:?}");
            let may_lack = known.kind == "exit code" || known.code == "VALID";
            assert!(known.remedy.is_some() || may_lack, "{known:?}");
        }
        for code in ErrorCode::KNOWN {
            assert_ne!(error(code)[0], error(&ErrorCode::Unknown(String::new()))[0], "{code}");
        }
        for code in VerifyCode::KNOWN {
            assert_ne!(verdict(code)[0], verdict(&VerifyCode::Unknown(String::new()))[0], "{code}");
        }
    }

    #[test]
    fn every_code_stands_in_the_contract() {
        let page = include_str!("../../../../docs/errors.md");
        for code in ErrorCode::KNOWN {
            assert!(page.contains(&format!("`{code}`")), "docs/errors.md says nothing of {code}");
        }
        assert!(page.contains("Exit code 12"), "docs/errors.md says nothing of checks that say no");
    }
}
