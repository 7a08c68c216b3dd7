//! Runs the binary with an environment of its own, and shows all that came of it.

mod api;
#[cfg(all(unix, feature = "server"))]
mod dev;
pub(crate) mod samples;
#[cfg(unix)]
mod terminal;

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

pub(crate) use api::{Api, RawServer};
#[cfg(all(unix, feature = "server"))]
pub(crate) use dev::Dev;
#[cfg(unix)]
pub(crate) use terminal::{seen, typing};

/// Longer than any test lets a call wait; a command that is still there then hangs.
const HANGS: Duration = Duration::from_secs(30);

/// A user's machine: a home, which is also the working directory, and nothing in the environment.
pub(crate) struct Home {
    folder: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// `aisetu` with the given arguments, and no token.
    pub(crate) fn aisetu<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Run {
        self.run(Path::new(env!("CARGO_BIN_EXE_aisetu")), arguments)
    }

    /// The same with a token for an API.
    pub(crate) fn calls<'a>(&self, api: &Api, arguments: impl IntoIterator<Item = &'a str>) -> Run {
        self.aisetu(arguments).env("AI_SETU_PAT", samples::pat().expose()).env("AI_SETU_API_BASE_URL", &api.url())
    }

    /// A line of the shell, in which `aisetu` is known, with a token for an API.
    pub(crate) fn shell(&self, api: &Api, line: &str) -> Run {
        self.line(line).env("AI_SETU_PAT", samples::pat().expose()).env("AI_SETU_API_BASE_URL", &api.url())
    }

    /// A line of the shell, with the binary on its path and no credentials.
    pub(crate) fn line(&self, line: &str) -> Run {
        let folder = Path::new(env!("CARGO_BIN_EXE_aisetu")).parent().unwrap();
        let path = format!("{}:/usr/bin:/bin", folder.display());
        self.run(Path::new("/bin/sh"), ["-c", line]).env("PATH", &path)
    }

    fn run<'a>(&self, program: &Path, arguments: impl IntoIterator<Item = &'a str>) -> Run {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.path())
            .env("PATH", "/usr/bin:/bin")
            .current_dir(self.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Run { command, stdin: None, folder: self.path(), hidden: Vec::new() }
    }
}

/// A command that is about to run.
pub(crate) struct Run {
    pub(crate) command: Command,
    stdin: Option<String>,
    folder: PathBuf,
    /// What differs from run to run, and what stands for it in a snapshot.
    hidden: Vec<(String, &'static str)>,
}

impl Run {
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        if name == "AI_SETU_API_BASE_URL" {
            self.hidden.push((value.to_owned(), "[URL]"));
        }
        self
    }

    pub(crate) fn stdin(mut self, text: &str) -> Self {
        self.stdin = Some(text.to_owned());
        self.command.stdin(Stdio::piped());
        self
    }

    pub(crate) fn hide(mut self, text: &str, shown: &'static str) -> Self {
        self.hidden.push((text.to_owned(), shown));
        self
    }

    pub(crate) fn spawn(mut self) -> Child {
        let mut child = self.command.spawn().unwrap();
        if let Some(text) = self.stdin {
            // A command that refuses before it reads has closed its end.
            let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
        }
        child
    }

    /// Starts it with a standard input that stays open until the test closes it, and out of the reach of the terminal that the
    /// tests may run on.
    #[cfg(all(unix, feature = "server"))]
    pub(crate) fn spawn_with_open_stdin(mut self) -> Child {
        use std::os::unix::process::CommandExt;
        self.command.stdin(Stdio::piped()).process_group(0);
        self.command.spawn().unwrap()
    }

    /// Runs it to its end.
    pub(crate) fn outcome(self) -> Outcome {
        let show = self.shower();
        let Output { status, stdout, stderr } = wait(self.spawn());
        Outcome { code: status.code(), stdout: show(stdout), stderr: show(stderr) }
    }

    /// Makes what a command printed fit for a snapshot.
    fn shower(&self) -> impl Fn(Vec<u8>) -> String + use<> {
        let mut hidden = self.hidden.clone();
        hidden.push((self.folder.to_str().unwrap().to_owned(), "[HOME]"));
        move |bytes| {
            let text = String::from_utf8(bytes).unwrap();
            let text = hidden.iter().fold(text, |text, (secret, shown)| text.replace(secret, shown));
            for secret in [samples::pat(), samples::new_key(), samples::new_pat()] {
                assert!(!text.contains(secret.expose()), "a secret is shown that the test does not expect:\n{text}");
            }
            without_random_keys(&text)
        }
    }
}

/// Waits for the end of a child, which must come.
pub(crate) fn wait(child: Child) -> Output {
    let id = child.id();
    let (sender, receiver) = std::sync::mpsc::channel();
    thread::spawn(move || sender.send(child.wait_with_output().unwrap()));
    receiver.recv_timeout(HANGS).unwrap_or_else(|_| {
        signal(id, "KILL");
        panic!("it hangs")
    })
}

/// Sends a signal to a process.
pub(crate) fn signal(id: u32, name: &str) {
    assert!(Command::new("/bin/kill").args([&format!("-{name}"), &id.to_string()]).status().unwrap().success());
}

/// Puts `[RANDOM]` in the place of every idempotency key that was made on the way.
fn without_random_keys(text: &str) -> String {
    let is_key = |word: &str| word.len() == 32 && word.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let hidden = |text: &str, quote: char| {
        let words = text.split(quote).map(|word| if is_key(word) { "[RANDOM]" } else { word });
        words.collect::<Vec<_>>().join(&quote.to_string())
    };
    hidden(&hidden(text, '`'), '"')
}

/// What came of a command. Its `Display` is what a snapshot holds.
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    /// Standard output as JSON, which it must be.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}:\n{self}"))
    }

    /// The error object on standard error, which must be all that is there.
    pub(crate) fn error(&self) -> serde_json::Value {
        let value: serde_json::Value =
            serde_json::from_str(&self.stderr).unwrap_or_else(|error| panic!("{error}:\n{self}"));
        assert_eq!(value["error"]["exitCode"].as_i64(), self.code.map(i64::from), "{self}");
        value["error"].clone()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code.map_or_else(|| "signal".to_owned(), |code| code.to_string());
        write!(f, "exit code: {code}\n----- stdout -----\n{}----- stderr -----\n{}", self.stdout, self.stderr)
    }
}
