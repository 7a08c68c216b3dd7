//! Asking a person for a line, and reading one where there is no person. Ctrl-C ends the wait.

use std::io::{self, BufRead, IsTerminal, Read};

use admin_local::SecretSource;
use admin_token::Secret;

use crate::context::Context;
use crate::error::CommandError;

/// More than anybody types, in bytes.
const LONGEST: u64 = 4096;

/// Whether what is typed is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Echo {
    Shown,
    Hidden,
}

impl Context {
    /// Whether there is a person to ask.
    pub(crate) fn on_terminal() -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Asks a person. What they type is a secret as long as nobody says otherwise.
    ///
    /// # Errors
    /// `ABORTED` at Ctrl-C; [`CommandError::Input`] at the end of input.
    pub(crate) async fn ask(&self, question: &str, echo: Echo) -> Result<Secret, CommandError> {
        // Before the question: whoever answers it at once is not to be seen either.
        let hidden = if echo == Echo::Hidden { terminal::Hidden::begin().map_err(CommandError::Stdin)? } else { None };
        self.printer.prompt(question);
        let line = self.line_of_stdin("answer on the terminal").await;
        if hidden.is_some() {
            // The end of line was hidden too.
            self.printer.prompt("\n");
        }
        line
    }

    /// Asks a person for a secret, which is not shown. It may have white space in it, but no line end.
    ///
    /// # Errors
    /// As [`Context::ask`].
    pub(crate) async fn ask_secret(&self, what: &str) -> Result<Secret, CommandError> {
        let hidden = terminal::Hidden::begin().map_err(CommandError::Stdin)?;
        self.printer.prompt(&format!("Paste {what} (it is not shown): "));
        let line = self.interruptible(None, line()).await;
        if hidden.is_some() {
            // The end of line was hidden too.
            self.printer.prompt("\n");
        }
        SecretSource::from_bytes(&line?).map_err(|why| CommandError::Input {
            what: format!("what was typed is no secret: {why}"),
            flag: "stdin",
            hint: "run it again, and paste the secret",
        })
    }

    /// Reads a line of standard input, without the white space around it. What follows it is left there.
    ///
    /// # Errors
    /// `ABORTED` at Ctrl-C; [`CommandError::Input`] if there is none, with a hint.
    pub(crate) async fn line_of_stdin(&self, hint: &'static str) -> Result<Secret, CommandError> {
        let bytes = self.interruptible(None, line()).await?;
        let line = String::from_utf8(bytes).map_or_else(|_| Secret::new(""), Secret::new);
        match line.expose().trim() {
            "" => {
                let what = "standard input has no line with something in it".to_owned();
                Err(CommandError::Input { what, flag: "stdin", hint })
            }
            text => Ok(Secret::new(text)),
        }
    }
}

async fn line() -> Result<Vec<u8>, CommandError> {
    // On a thread that may block: the runtime must see the Ctrl-C.
    let read = tokio::task::spawn_blocking(|| {
        let mut line = Vec::new();
        io::stdin().lock().take(LONGEST).read_until(b'\n', &mut line).map(|_| line)
    });
    read.await.map_err(io::Error::other).flatten().map_err(CommandError::Stdin)
}

#[cfg(unix)]
mod terminal {
    use std::io;

    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

    /// As long as it lives, the terminal does not show what is typed.
    pub(super) struct Hidden(Termios);

    impl Hidden {
        pub(super) fn begin() -> io::Result<Option<Self>> {
            let shown = tcgetattr(io::stdin())?;
            let mut hidden = shown.clone();
            hidden.local_modes.remove(LocalModes::ECHO);
            tcsetattr(io::stdin(), OptionalActions::Now, &hidden)?;
            Ok(Some(Self(shown)))
        }
    }

    impl Drop for Hidden {
        fn drop(&mut self) {
            // It fails only when the terminal is gone.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
        }
    }
}

#[cfg(not(unix))]
mod terminal {
    use std::io;

    /// Elsewhere it is shown: what is asked for so is good once, for minutes.
    pub(super) struct Hidden;

    impl Hidden {
        #[expect(clippy::unnecessary_wraps, reason = "as on other systems")]
        pub(super) fn begin() -> io::Result<Option<Self>> {
            Ok(None)
        }
    }
}
