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
        let [meaning, remedy] = code.explanation();
        let exit_code = ExitCode::from(code).number();
        let (code, meaning) = (code.to_string(), meaning.to_owned());
        Explained { code, kind: "error", exit_code, meaning, remedy: Some(remedy) }
    });
    let verdicts = VerifyCode::KNOWN.iter().map(|code| {
        let [meaning, remedy] = code.explanation();
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
