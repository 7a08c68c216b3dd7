//! Running another program that takes a secret on its standard input, or gives one on its standard output.
//!
//! Others can see the arguments and the environment of a process: no secret is ever in them.

mod error;
mod find;
mod pipe;
mod told;

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use admin_token::Secret;
use zeroize::Zeroizing;

pub use error::ProgramError;
use pipe::{Gathered, Keep};
pub(crate) use told::Told;

use crate::Machine;

/// So much of what a program says is looked at, from its end.
const MOST_SAID: usize = 8 * 1024;
/// What is still in a pipe once the program has ended comes within this time. What it has left behind may hold the pipe for ever.
const GRACE: Duration = Duration::from_millis(250);

/// A program that is known by name, and what its user may have left out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tool {
    name: &'static str,
    install: &'static str,
    sign_in: &'static str,
}

/// The GitHub CLI.
pub(crate) const GH: Tool = Tool {
    name: "gh",
    install: "install the GitHub CLI: https://cli.github.com",
    sign_in: "if you are not signed in, run `gh auth login`",
};
/// The 1Password CLI.
pub(crate) const OP: Tool = Tool {
    name: "op",
    install: "install the 1Password CLI: https://developer.1password.com/docs/cli",
    sign_in: "if you are not signed in, run `op signin`",
};
/// The CLI of `HashiCorp`'s Vault.
pub(crate) const VAULT: Tool = Tool {
    name: "vault",
    install: "install Vault: https://developer.hashicorp.com/vault/install",
    sign_in: "if you are not signed in, set `VAULT_ADDR` and run `vault login`",
};

/// A program that was found on this machine.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    name: String,
    path: PathBuf,
    deadline: Duration,
    sign_in: Option<&'static str>,
}

/// What a program is called with.
struct Call<'a> {
    /// What it is asked to do, in words that an error may show.
    words: &'a [&'a str],
    arguments: Vec<OsString>,
    /// For its standard input.
    input: Option<&'a Secret>,
    /// What it may know and no error may show.
    secret: Option<&'a Secret>,
    /// So many bytes of its standard output are wanted.
    most: Option<usize>,
    /// The variables that it has otherwise than this process; `None` = not at all.
    variables: &'a [(&'a str, Option<&'a str>)],
}

impl Program {
    /// Looks a known program up.
    pub(crate) fn tool(tool: Tool, machine: &Machine) -> Result<Self, ProgramError> {
        let absent = || ProgramError::Absent { program: tool.name.to_owned(), hint: Some(tool.install) };
        let path = find::find(tool.name, &machine.environment).ok_or_else(absent)?;
        let (name, sign_in) = (tool.name.to_owned(), Some(tool.sign_in));
        Ok(Self { name, path, deadline: machine.deadline, sign_in })
    }

    /// Looks up what a user named, or what may be there or not: a name on `PATH`, or a path.
    pub(crate) fn named(name: &str, machine: &Machine) -> Result<Self, ProgramError> {
        let absent = || ProgramError::Absent { program: name.to_owned(), hint: None };
        let path = find::find(name, &machine.environment).ok_or_else(absent)?;
        Ok(Self { name: name.to_owned(), path, deadline: machine.deadline, sign_in: None })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Runs it for its exit code.
    pub(crate) fn check(&self, words: &[&str], arguments: &[&str]) -> Result<(), ProgramError> {
        let arguments = owned(arguments);
        self.run(&Call { words, arguments, input: None, secret: None, most: None, variables: &[] }).map(drop)
    }

    /// Runs it for the code that it ends with, which is its answer; none = a signal ended it. It has these variables, or has them not.
    pub(crate) fn code(
        &self,
        arguments: &[&OsStr],
        variables: &[(&str, Option<&str>)],
    ) -> Result<Option<i32>, ProgramError> {
        let arguments = owned(arguments);
        match self.run(&Call { words: &[], arguments, input: None, secret: None, most: None, variables }) {
            Ok(_) => Ok(Some(0)),
            Err(ProgramError::Failed { status, .. }) => Ok(status.code()),
            Err(error) => Err(error),
        }
    }

    /// Runs it for what it prints, which is at most so many bytes.
    pub(crate) fn ask(
        &self,
        words: &[&str],
        arguments: &[&str],
        most: usize,
    ) -> Result<Zeroizing<Vec<u8>>, ProgramError> {
        let arguments = owned(arguments);
        self.run(&Call { words, arguments, input: None, secret: None, most: Some(most), variables: &[] })
    }

    /// Runs it with the secret on its standard input, and nothing else: no line end.
    pub(crate) fn give(
        &self,
        words: &[&str],
        arguments: &[impl AsRef<OsStr>],
        secret: &Secret,
    ) -> Result<(), ProgramError> {
        self.give_within(words, arguments, secret, secret)
    }

    /// Runs it with a text on its standard input that has the secret in it.
    pub(crate) fn give_within(
        &self,
        words: &[&str],
        arguments: &[impl AsRef<OsStr>],
        secret: &Secret,
        text: &Secret,
    ) -> Result<(), ProgramError> {
        let arguments = owned(arguments);
        self.run(&Call { words, arguments, input: Some(text), secret: Some(secret), most: None, variables: &[] })
            .map(drop)
    }

    fn run(&self, call: &Call<'_>) -> Result<Zeroizing<Vec<u8>>, ProgramError> {
        let what = [&[self.name.as_str()], call.words].concat().join(" ");
        let not_run = |source| ProgramError::NotRun { what: what.clone(), source };
        let (stdin, fed) = match call.input {
            Some(input) => pipe::feed(input.clone()).map(|(stdin, fed)| (stdin, Some(fed))).map_err(not_run)?,
            None => (Stdio::null(), None),
        };
        let mut running = self.start(call, stdin).map_err(not_run)?;
        let child = &mut running.0;
        let said = child.stderr.take().map(|pipe| pipe::gather(pipe, Keep::End(MOST_SAID)));
        let said = said.transpose().map_err(not_run)?;
        let printed = child.stdout.take().zip(call.most);
        let printed = printed.map(|(pipe, most)| pipe::gather(pipe, Keep::Beginning(most)));
        let printed = printed.transpose().map_err(not_run)?;

        let status = running.wait(self.deadline).map_err(not_run)?;
        let Some(status) = status else { return Err(ProgramError::Slow { what, after: self.deadline }) };
        let printed = printed.map(Gathered::finish).unwrap_or_default();
        if !status.success() {
            let said = said.map(Gathered::finish).unwrap_or_default();
            // What it printed may be the secret that it was asked for.
            let printed = &printed.bytes[..printed.bytes.len().min(MOST_SAID)];
            let hidden = call.secret.map_or(printed, |secret| secret.expose().as_bytes());
            let told = Told::of(&said.bytes, hidden);
            return Err(ProgramError::Failed { what, status, told, hint: self.sign_in });
        }
        if !fed.is_none_or(pipe::Fed::arrived) {
            return Err(ProgramError::NotRead { what });
        }
        match call.most {
            Some(most) if printed.is_cut => Err(ProgramError::TooMuch { what, most }),
            _ => Ok(printed.bytes),
        }
    }

    fn start(&self, call: &Call<'_>, stdin: Stdio) -> io::Result<Running> {
        let mut command = Command::new(&self.path);
        command.args(call.words).args(&call.arguments);
        command.stdin(stdin);
        command.stdout(if call.most.is_some() { Stdio::piped() } else { Stdio::null() });
        command.stderr(Stdio::piped());
        without_ours(&mut command);
        for &(variable, value) in call.variables {
            match value {
                Some(value) => command.env(variable, value),
                None => command.env_remove(variable),
            };
        }
        command.spawn().map(Running)
    }
}

fn owned(arguments: &[impl AsRef<OsStr>]) -> Vec<OsString> {
    arguments.iter().map(|argument| argument.as_ref().to_owned()).collect()
}

/// A child process that does not outlive its value.
struct Running(Child);

impl Running {
    /// Waits for its end; none = it is not there within the deadline.
    fn wait(&mut self, deadline: Duration) -> io::Result<Option<ExitStatus>> {
        let start = Instant::now();
        let mut pause = Duration::from_millis(1);
        loop {
            if let Some(status) = self.0.try_wait()? {
                return Ok(Some(status));
            }
            let Some(left) = deadline.checked_sub(start.elapsed()).filter(|left| !left.is_zero()) else {
                return Ok(None);
            };
            thread::sleep(pause.min(left));
            pause = (pause * 2).min(Duration::from_millis(20));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended is not there to be killed, which is all the same.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Keeps what is ours from another program: a token in the environment is none of its business.
fn without_ours(command: &mut Command) {
    // Of the environment of this process the names alone are looked at, because they are what a child inherits.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().to_ascii_uppercase().starts_with("AI_SETU_") {
            command.env_remove(name);
        }
    }
}
