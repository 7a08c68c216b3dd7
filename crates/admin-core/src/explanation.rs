//! What codes mean, and what to do: for whoever has one and no network.

use crate::{ErrorCode, VerifyCode};

impl ErrorCode {
    /// What it means, and what to do; the commands are those of the command line.
    pub fn explanation(&self) -> [&'static str; 2] {
        match self {
            Self::Unauthenticated => [
                "no personal access token that is known and in force, or none that the keyring gives",
                "sign in with `aisetu auth login`, or set AI_SETU_PAT; `aisetu auth status` tells which token is used",
            ],
            Self::WrongTokenKind => [
                "another kind of token was given; it was told offline, and nothing was sent",
                "take a personal access token (tt_pat_…): an API key calls a gateway, and not this API",
            ],
            Self::Unauthorized => [
                "the token lacks a scope, or its owner a role; the message names which",
                "make a token with that scope (`aisetu pats create`), or ask an owner for the role",
            ],
            Self::NotFound => [
                "there is no such thing, or none that this token may read",
                "look for its id with the `list` command; what is deleted is listed with `--include-deleted`",
            ],
            Self::BadUserInput => [
                "the input breaks a rule; `field` names it, the message the bound and the value",
                "change what it names; nothing was done",
            ],
            Self::Config => [
                "the client's own settings are incomplete or contradict each other",
                "see what they are and where they come from with `aisetu auth status`",
            ],
            Self::SecretInArgument => [
                "a secret was given on the command line; it is refused and not repeated",
                "give it by `--secret-stdin`, `--secret-file` or `--secret-env`; if it was real, others may have read it: rotate or revoke it",
            ],
            Self::Conflict => [
                "the state of the thing does not admit it",
                "look at the thing with its `get` command: the message says which state is in the way",
            ],
            Self::IdempotencyMismatch => {
                ["the idempotency key was used with another input", "take a new key for another input"]
            }
            Self::IdempotencyInFlight => [
                "the first call under this key is still running",
                "wait for a moment and send the same again: it happens once",
            ],
            Self::AlreadyCreated => [
                "made by an earlier call under this key; more than 10 minutes ago, or revoked since: the secret is not given again",
                "if nobody has the secret, rotate or revoke what was made, and make another under a new key",
            ],
            Self::LimitExceeded => [
                "the document or the request is too large, too deep or too costly; or a list is too long to be collected at once",
                "ask for less at once: `--limit`, a narrower range of time, fewer fields",
            ],
            Self::RateLimited => {
                ["too many calls; the error says when", "wait as long as it says, and send the same again"]
            }
            Self::PaymentRequired => [
                "the credit does not suffice",
                "add to it with `aisetu billing create-top-up-intent`; `aisetu billing credit-balance` tells how much there is",
            ],
            Self::Unavailable => [
                "not now; nothing is lost, a later try may succeed",
                "try again; a change is safe to send again under the idempotency key that the error names",
            ],
            Self::Internal => [
                "a fault of the control plane",
                "tell whoever runs it the request id of the error; its log has the cause",
            ],
            Self::Timeout => [
                "the control plane did not answer in time",
                "try again, or give it longer with `--timeout`; a change is safe to send again under the idempotency key that the error names",
            ],
            Self::Network => [
                "the control plane could not be reached",
                "see whether its address is right (`aisetu auth status --offline`), and the network, proxies and certificates between",
            ],
            Self::Decode => [
                "the answer is none that this version understands",
                "see whether the address is that of a control plane, and whether there is a newer `aisetu`",
            ],
            Self::Aborted => [
                "interrupted",
                "it may have happened all the same: a change is safe to send again under the idempotency key that the error names",
            ],
            Self::ConfirmationRequired => [
                "a person must confirm, and there is no terminal",
                "a person adds what the message says: `--yes`, or `--confirm` with the name; a program that was not told to does not",
            ],
            Self::DeliveryFailed => [
                "a new secret could not be written to its destination; what was made is revoked, a rotation rolled back. Or what was asked \
                 is done, and its answer could not be written as it was wanted",
                "mend what the message names; run it again only if nothing was left done",
            ],
            _ => ["a code that this version does not know", "see the message of the error"],
        }
    }
}

impl VerifyCode {
    /// What it means, and what to do, if anything; the commands are those of the command line.
    pub fn explanation(&self) -> [&'static str; 2] {
        match self {
            Self::Valid => ["the key may do what was asked", ""],
            Self::NotFound => [
                "there is no such key, or none that the asker may know of; or the text can be no key",
                "see whether it was cut or pasted twice, and whether it is a key of this control plane",
            ],
            Self::Disabled => ["the key is switched off", "`aisetu api-keys update KEY --enable` switches it on"],
            Self::Revoked => [
                "the key was revoked, or this secret of it was replaced by a rollback",
                "`aisetu api-keys restore KEY` undoes a revocation for 7 days, unless it was COMPROMISED",
            ],
            Self::Expired => [
                "the key has expired, or this secret of it was replaced by a rotation whose grace is over",
                "`aisetu api-keys get KEY` tells which; take the new secret, or give the key another expiry with `update`",
            ],
            Self::ProjectForbidden => [
                "the key is restricted to projects, and the call is for none of them, or for one that it does not name",
                "name the project in the call, or change the key's with `aisetu api-keys update`",
            ],
            Self::InsufficientScope => [
                "the key lacks a scope that the call needs; `missingScopes` has which",
                "give it with `aisetu api-keys update KEY --scope …`, which is all its scopes",
            ],
            Self::IpForbidden => [
                "the key is restricted to addresses, and the call comes from none of them, or from one that nobody told",
                "see with `aisetu api-keys logs KEY` which address the gateway saw",
            ],
            Self::ReferrerForbidden => [
                "the key is restricted to pages, and the call comes from none of them, or from one that nobody told",
                "see with `aisetu api-keys logs KEY` which page the gateway saw",
            ],
            Self::OutsideTimeWindow => [
                "the key works at other times; `nextAllowedAt` is when",
                "wait, or change its days, hours or zone with `aisetu api-keys update-restrictions`",
            ],
            Self::CreditExhausted => [
                "the tenant's credit is used up",
                "add to it with `aisetu billing create-top-up-intent`, or call over a connection of your own",
            ],
            Self::BudgetExceeded => [
                "the budget of the key or of its workspace is used up; `resetsAt` is when it begins anew",
                "wait, or raise it with `aisetu api-keys update --budget` or `aisetu workspaces set-budget`",
            ],
            Self::RateLimited => [
                "too many calls with this key; `retryAfterMs` says when the next would pass",
                "call less often, or raise its rate with `aisetu api-keys update-restrictions --rate`",
            ],
            _ => ["a verdict that this version does not know", "take it for a no"],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_explained() {
        for code in ErrorCode::KNOWN {
            assert_ne!(code.explanation()[0], ErrorCode::Unknown(String::new()).explanation()[0], "{code}");
        }
        for code in VerifyCode::KNOWN {
            assert_ne!(code.explanation()[0], VerifyCode::Unknown(String::new()).explanation()[0], "{code}");
        }
    }
}
