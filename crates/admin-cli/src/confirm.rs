//! Asking before something is taken away. Without a terminal nobody is asked, and nothing waits for an answer.

use std::io::{self, BufRead};

use admin_core::{Confirm, Decimal, OperationInfo};
use admin_local::shell_flag;

use crate::context::Context;
use crate::error::CommandError;
use crate::output::printable;

/// What would be changed.
pub(crate) struct Subject<'a> {
    /// In words, such as "API key `key_…`".
    what: String,
    /// Its name, which must be typed where the operation is severe; of money that a document names, the sum.
    name: &'a str,
    /// What hangs on it, such as when it was last used; a person weighs that.
    weight: Vec<String>,
    /// Whether a document asks for it, and not the command of the operation.
    by_document: bool,
}

impl<'a> Subject<'a> {
    pub(crate) fn new(what: impl Into<String>, name: &'a str) -> Self {
        Self { what: what.into(), name, weight: Vec::new(), by_document: false }
    }

    /// With this hanging on it.
    pub(crate) fn weighing(self, weight: Vec<String>) -> Self {
        Self { weight, ..self }
    }

    /// As a document asks for it.
    pub(crate) fn by_document(self) -> Self {
        Self { by_document: true, ..self }
    }

    /// The command that changes it.
    fn command(&self, info: &OperationInfo) -> String {
        if self.by_document {
            return format!("`aisetu api` with {}", self.what);
        }
        format!("`aisetu {}` on {}", info.command().join(" "), self.what)
    }
}

/// What the user gave beforehand.
struct Given<'a> {
    yes: bool,
    name: Option<&'a str>,
}

impl Context {
    /// Asks a person as the operation wants it, unless the flags answer.
    ///
    /// # Errors
    /// `CONFIRMATION_REQUIRED` says what to pass; `ABORTED` when a person says no.
    pub(crate) fn confirm(&self, info: &OperationInfo, subject: &Subject<'_>) -> Result<(), CommandError> {
        let given = Given { yes: self.global.yes, name: self.global.confirm.as_deref() };
        let mut person = |question: &str| self.ask_line(question);
        decide(info, subject, &given, if Self::on_terminal() { Some(&mut person) } else { None })
    }
}

impl Context {
    /// Asks a person about a change of which this version knows nothing.
    ///
    /// # Errors
    /// As [`Context::confirm`].
    pub(crate) fn confirm_unknown(&self, what: &str) -> Result<(), CommandError> {
        let mut person = |question: &str| self.ask_line(question);
        let person: Option<Person<'_>> = if Self::on_terminal() { Some(&mut person) } else { None };
        let command = format!("`aisetu api` with {what}, of which this version knows nothing,");
        let question = format!("It has {what}, of which this version knows nothing.\n");
        decide_yes(command, &question, self.global.yes, person)
    }

    /// Whether the flags confirm an operation on something of this name, so that nobody need weigh it.
    pub(crate) fn is_confirmed(&self, info: &OperationInfo, name: &str) -> bool {
        match info.confirm {
            Confirm::None => true,
            Confirm::Moderate => self.global.yes,
            Confirm::Severe | Confirm::Money => self.global.confirm.as_deref() == Some(name),
        }
    }

    /// Asks a person for the sum, unless `--max-amount` covers it.
    ///
    /// # Errors
    /// `CONFIRMATION_REQUIRED` says what to pass; `ABORTED` when a person says no.
    pub(crate) fn confirm_money(
        &self,
        info: &OperationInfo,
        amount: Decimal,
        max_amount: Option<Decimal>,
    ) -> Result<(), CommandError> {
        let mut person = |question: &str| self.ask_line(question);
        let person: Option<Person<'_>> = if Self::on_terminal() { Some(&mut person) } else { None };
        decide_money(info, amount, max_amount, self.global.yes, person)
    }

    /// Asks a person for a yes to a change of this machine, unless `--yes` gives it.
    ///
    /// # Errors
    /// As [`Context::confirm`].
    #[cfg(feature = "mcp")]
    pub(crate) fn confirm_here(&self, command: &str, what: &str) -> Result<(), CommandError> {
        let mut person = |question: &str| self.ask_line(question);
        let person: Option<Person<'_>> = if Self::on_terminal() { Some(&mut person) } else { None };
        let command = format!("`aisetu {command}` on {what},");
        decide_yes(command, &format!("This changes {}.\n", printable(what)), self.global.yes, person)
    }

    /// Asks a person for a yes to losing a value that is where a new secret goes, unless `--yes` gives it.
    ///
    /// # Errors
    /// As [`Context::confirm`].
    pub(crate) fn confirm_overwrite(&self, place: &str) -> Result<(), CommandError> {
        let mut person = |question: &str| self.ask_line(question);
        let person: Option<Person<'_>> = if Self::on_terminal() { Some(&mut person) } else { None };
        let command = format!("writing over what `{place}` holds, which may be the only copy,");
        let question =
            format!("`{}` holds a value, of which this may be the only copy; it is replaced.\n", printable(place));
        decide_yes(command, &question, self.global.yes, person)
    }

    fn ask_line(&self, question: &str) -> io::Result<String> {
        self.printer.prompt(question);
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer).map(|_| answer)
    }
}

/// Puts a question to a person and waits for the answer, which is empty at the end of input.
type Person<'a> = &'a mut dyn FnMut(&str) -> io::Result<String>;

fn decide(
    info: &OperationInfo,
    subject: &Subject<'_>,
    given: &Given<'_>,
    person: Option<Person<'_>>,
) -> Result<(), CommandError> {
    let weight = subject.weight.join(", ");
    let weight = if weight.is_empty() { String::new() } else { format!(", {weight},") };
    let command = format!("{}{weight}", subject.command(info));
    let required = |why, pass| CommandError::ConfirmationRequired { command: command.clone(), why, pass };
    let weight = subject.weight.iter().fold(String::new(), |weight, line| weight + "  " + line + "\n");
    let what = format!("{}: {}.\n{}\n{weight}", info.title, subject.what, info.summary);
    match info.confirm {
        Confirm::None => Ok(()),
        Confirm::Moderate => decide_yes(command, &what, given.yes, person),
        // Money has a sum, and so a way of its own; without it a name is typed, which is as strict.
        Confirm::Severe | Confirm::Money => {
            let pass = || shell_flag("--confirm", subject.name);
            match (given.name, person) {
                (Some(name), _) if name == subject.name => Ok(()),
                (Some(_), _) => Err(required("`--confirm` names something else", pass())),
                (None, None) if given.yes => Err(required("`--yes` is not enough for it", pass())),
                (None, None) => Err(required("there is no terminal to ask on", pass())),
                (None, Some(person)) => {
                    let typed = if info.confirm == Confirm::Money { "the amount" } else { "its name" };
                    let question = format!("{what}Type {typed}, `{}`, to go on: ", printable(subject.name));
                    let answer = person(&question).map_err(CommandError::Stdin)?;
                    if answer.trim_end_matches(['\r', '\n']) == subject.name {
                        return Ok(());
                    }
                    Err(CommandError::Declined)
                }
            }
        }
    }
}

fn decide_yes(command: String, what: &str, yes: bool, person: Option<Person<'_>>) -> Result<(), CommandError> {
    if yes {
        return Ok(());
    }
    let Some(person) = person else {
        let (why, pass) = ("there is no terminal to ask on", "--yes".to_owned());
        return Err(CommandError::ConfirmationRequired { command, why, pass });
    };
    let answer = person(&format!("{what}Go on? [y/N] ")).map_err(CommandError::Stdin)?;
    if matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") {
        return Ok(());
    }
    Err(CommandError::Declined)
}

fn decide_money(
    info: &OperationInfo,
    amount: Decimal,
    max_amount: Option<Decimal>,
    yes: bool,
    person: Option<Person<'_>>,
) -> Result<(), CommandError> {
    let required = |why| CommandError::ConfirmationRequired {
        command: format!("`aisetu {}` of {amount} USD", info.command().join(" ")),
        why,
        pass: format!("--max-amount {amount}"),
    };
    match (max_amount, person) {
        (Some(most), _) if amount <= most => Ok(()),
        (Some(_), _) => Err(required("`--max-amount` is less than that")),
        (None, None) if yes => Err(required("`--yes` is not enough for money")),
        (None, None) => Err(required("there is no terminal to ask on")),
        (None, Some(person)) => {
            let what = format!("{}: {amount} USD.\n{}\n", info.title, info.summary);
            let answer =
                person(&format!("{what}Type the amount, `{amount}`, to go on: ")).map_err(CommandError::Stdin)?;
            if answer.trim().parse() == Ok(amount) { Ok(()) } else { Err(CommandError::Declined) }
        }
    }
}

#[cfg(test)]
mod tests {
    use admin_core::{
        Operation,
        api_keys::RevokeApiKey,
        billing::CreateTopUpIntent,
        workspaces::{DeleteWorkspace, GetWorkspace},
    };

    use super::*;

    fn outcome(info: &OperationInfo, yes: bool, name: Option<&str>, answer: Option<&str>) -> String {
        let weight = vec!["last used 4 min ago".to_owned(), "12 requests in the last 24 h".to_owned()];
        let subject = Subject::new("workspace `ws_1`", "it's prod").weighing(weight);
        let mut asked = String::new();
        let mut person = |question: &str| {
            asked = question.to_owned();
            Ok(answer.unwrap_or_default().to_owned())
        };
        let person: Option<Person<'_>> = if answer.is_some() { Some(&mut person) } else { None };
        let decided = decide(info, &subject, &Given { yes, name }, person);
        let decided = match decided {
            Ok(()) => "confirmed".to_owned(),
            Err(error) => format!("{error}; {}", error.hints().join(", ")),
        };
        format!("{asked}{decided}")
    }

    #[test]
    fn what_takes_nothing_away_is_not_asked_for() {
        assert_eq!(outcome(&GetWorkspace::INFO, false, None, None), "confirmed");
    }

    #[test]
    fn a_moderate_operation_wants_a_yes() {
        let info = &RevokeApiKey::INFO;
        assert_eq!(outcome(info, true, None, None), "confirmed");
        insta::assert_snapshot!(outcome(info, false, None, None), @"`aisetu api-keys revoke` on workspace `ws_1`, last used 4 min ago, 12 requests in the last 24 h, must be confirmed, and there is no terminal to ask on; add `--yes`");
        insta::assert_snapshot!(outcome(info, false, None, Some("y\n")), @"
        Revoke an API key: workspace `ws_1`.
        Revokes an API key: none of its secrets works any more.
          last used 4 min ago
          12 requests in the last 24 h
        Go on? [y/N] confirmed
        ");
        for no in ["n\n", "\n", "", "yeah\n", "it's prod\n"] {
            assert!(outcome(info, false, None, Some(no)).ends_with("not confirmed: nothing was changed; "), "{no:?}");
        }
    }

    #[test]
    fn money_wants_the_sum() {
        let outcome = |most: Option<&str>, yes, answer: Option<&str>| {
            let mut asked = String::new();
            let mut person = |question: &str| {
                asked = question.to_owned();
                Ok(answer.unwrap_or_default().to_owned())
            };
            let person: Option<Person<'_>> = if answer.is_some() { Some(&mut person) } else { None };
            let most = most.map(|most| most.parse().unwrap());
            let decided = decide_money(&CreateTopUpIntent::INFO, "25.5".parse().unwrap(), most, yes, person);
            let decided = match decided {
                Ok(()) => "confirmed".to_owned(),
                Err(error) => format!("{error}; {}", error.hints().join("; ")),
            };
            format!("{asked}{decided}")
        };
        assert_eq!(outcome(Some("25.50"), false, None), "confirmed");
        assert_eq!(outcome(Some("100"), false, Some("")), "confirmed", "nobody is asked");
        insta::assert_snapshot!(outcome(Some("25.49"), true, Some("25.50")), @"`aisetu billing create-top-up-intent` of 25.50 USD must be confirmed, and `--max-amount` is less than that; add `--max-amount 25.50`");
        insta::assert_snapshot!(outcome(None, false, None), @"`aisetu billing create-top-up-intent` of 25.50 USD must be confirmed, and there is no terminal to ask on; add `--max-amount 25.50`");
        insta::assert_snapshot!(outcome(None, true, None), @"`aisetu billing create-top-up-intent` of 25.50 USD must be confirmed, and `--yes` is not enough for money; add `--max-amount 25.50`");
        insta::assert_snapshot!(outcome(None, false, Some("25.50\n")), @"
        Create a top-up: 25.50 USD.
        Makes a top-up that can be paid; nothing is charged before it is.
        Type the amount, `25.50`, to go on: confirmed
        ");
        for no in ["y\n", "\n", "", "25.51\n", "255\n"] {
            assert!(outcome(None, false, Some(no)).ends_with("not confirmed: nothing was changed; "), "{no:?}");
        }
    }

    #[test]
    fn a_severe_operation_wants_the_name() {
        let info = &DeleteWorkspace::INFO;
        assert_eq!(outcome(info, false, Some("it's prod"), None), "confirmed");
        insta::assert_snapshot!(outcome(info, false, None, None), @r"`aisetu workspaces delete` on workspace `ws_1`, last used 4 min ago, 12 requests in the last 24 h, must be confirmed, and there is no terminal to ask on; add `--confirm 'it'\''s prod'`");
        insta::assert_snapshot!(outcome(info, true, None, None), @r"`aisetu workspaces delete` on workspace `ws_1`, last used 4 min ago, 12 requests in the last 24 h, must be confirmed, and `--yes` is not enough for it; add `--confirm 'it'\''s prod'`");
        insta::assert_snapshot!(outcome(info, true, Some("prod"), Some("it's prod\n")), @r"`aisetu workspaces delete` on workspace `ws_1`, last used 4 min ago, 12 requests in the last 24 h, must be confirmed, and `--confirm` names something else; add `--confirm 'it'\''s prod'`");
        insta::assert_snapshot!(outcome(info, true, None, Some("it's prod\r\n")), @"
        Delete a workspace: workspace `ws_1`.
        Deletes a workspace; all its API keys stop working at once.
          last used 4 min ago
          12 requests in the last 24 h
        Type its name, `it's prod`, to go on: confirmed
        ");
        assert!(outcome(info, true, None, Some("yes\n")).ends_with("not confirmed: nothing was changed; "));
    }
}
