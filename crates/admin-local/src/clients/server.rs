//! What an entry runs, and whether that is this program.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::places::Surroundings;
use super::{ClientError, mask};

/// This program as a server for a client.
#[derive(Debug, Clone)]
pub struct Server {
    /// The program, with every link resolved.
    binary: PathBuf,
    /// The same as a client's file has it.
    command: String,
    options: ServerOptions,
}

/// How the server is started.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerOptions {
    /// The profile that has the token.
    pub profile: Option<String>,
    /// The control plane.
    pub base_url: Option<String>,
    /// Whether it has only tools that change nothing.
    pub read_only: bool,
}

impl Server {
    /// By the path of the program, and by what it was started as: an absolute path, or a name that `PATH` has.
    ///
    /// # Errors
    /// [`ClientError`] when the program is not there, or no file can hold its path.
    pub fn new(
        binary: &Path,
        started_as: &Path,
        options: ServerOptions,
        surroundings: &Surroundings,
    ) -> Result<Self, ClientError> {
        let binary =
            fs::canonicalize(binary).map_err(|source| ClientError::Binary { path: binary.to_owned(), source })?;
        let command = lasting(&binary, started_as, surroundings);
        let command = command.ok_or_else(|| ClientError::NotUnicode { path: binary.clone() })?;
        Ok(Self { binary, command, options })
    }

    /// As a client's file will have it.
    pub fn entry(&self) -> Found {
        Found { command: Some(self.command.clone()), args: self.options.arguments() }
    }

    /// Whether an entry starts just this, by whichever absolute path. That with every link resolved is gone after the next update: it is
    /// what counts only if there is no other.
    pub(super) fn is_put_in(&self, found: &Found, surroundings: &Surroundings) -> bool {
        let Some(command) = found.command.as_deref() else { return false };
        let lasts = Path::new(command).is_absolute() && Some(command) != self.binary.to_str().map(plain);
        found.args == self.options.arguments()
            && (command == self.command || lasts && found.program(self, surroundings) == Some(Program::This))
    }

    /// Whether an entry is one of ours, to be changed or taken out without a question: it starts this program as a server, or a program
    /// of that name which is gone, as an update leaves it behind.
    pub(super) fn owns(&self, found: &Found, surroundings: &Surroundings) -> bool {
        let same_name =
            || Path::new(found.command.as_deref().unwrap_or_default()).file_name() == self.binary.file_name();
        found.options().is_some()
            && match found.program(self, surroundings) {
                Some(Program::This) => true,
                Some(Program::Missing) => same_name(),
                Some(Program::Other) | None => false,
            }
    }
}

impl ServerOptions {
    /// The arguments that start it so.
    pub fn arguments(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        for (flag, value) in [("--profile", &self.profile), ("--base-url", &self.base_url)] {
            match value {
                // It would be taken for a flag itself.
                Some(value) if value.starts_with('-') => arguments.push(format!("{flag}={value}")),
                Some(value) => arguments.extend([flag.to_owned(), value.clone()]),
                None => {}
            }
        }
        arguments.extend(["mcp".to_owned(), "serve".to_owned()]);
        if self.read_only {
            arguments.push("--read-only".to_owned());
        }
        arguments
    }

    /// What arguments ask for, if they start a server and say no more than this can hold.
    fn read(arguments: &[String]) -> Option<Self> {
        let mut options = Self::default();
        let mut words = Vec::new();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let (flag, value) = match argument.split_once('=') {
                Some((flag, value)) => (flag, Some(value)),
                None => (argument.as_str(), None),
            };
            match flag {
                "--profile" => options.profile = Some(value.or_else(|| rest.next().map(String::as_str))?.to_owned()),
                "--base-url" => options.base_url = Some(value.or_else(|| rest.next().map(String::as_str))?.to_owned()),
                "--read-only" if value.is_none() => options.read_only = true,
                word => words.push(word),
            }
        }
        (words == ["mcp", "serve"]).then_some(options)
    }
}

/// What an entry of a client's file starts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The program; none for a server that is reached over the network.
    pub(super) command: Option<String>,
    pub(super) args: Vec<String>,
}

/// Which program an entry starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// This one.
    This,
    /// Another one.
    Other,
    /// One that is not there.
    Missing,
}

impl Found {
    /// The program. What looks like a secret in it is not shown.
    pub fn command(&self) -> Option<&str> {
        self.command.as_deref().map(|command| if mask::conceals(command) { mask::MASK } else { command })
    }

    /// The arguments. Those of somebody else's entry may hold a secret.
    pub fn args(&self) -> &[String] {
        &self.args
    }

    /// How it starts our server, if it does.
    pub fn options(&self) -> Option<ServerOptions> {
        ServerOptions::read(&self.args)
    }

    /// Which program it starts; `None` where it starts none.
    pub fn program(&self, server: &Server, surroundings: &Surroundings) -> Option<Program> {
        let command = self.command.as_deref()?;
        let by_path = command.contains(['/', '\\']);
        let path = if by_path { Some(surroundings.folder().join(command)) } else { surroundings.program(command) };
        let program = match path.and_then(|path| fs::canonicalize(path).ok()) {
            Some(path) if path == server.binary => Program::This,
            Some(_) => Program::Other,
            None => Program::Missing,
        };
        Some(program)
    }
}

/// The path of a program that outlives its updates: the one that `PATH` has for it, else the one that it was started by, else its own.
fn lasting(binary: &Path, started_as: &Path, surroundings: &Surroundings) -> Option<String> {
    let names = [started_as.file_name(), binary.file_name()].into_iter().flatten().filter_map(OsStr::to_str);
    let on_path = names.flat_map(|name| surroundings.programs(name));
    let leads_here = |path: &PathBuf| path.is_absolute() && fs::canonicalize(path).is_ok_and(|found| found == binary);
    let mut paths = on_path.chain([started_as.to_owned()]).filter(leads_here).chain([binary.to_owned()]);
    paths.find_map(|path| path.to_str().map(|path| plain(path).to_owned()))
}

/// Windows' own way to write a path that was resolved means nothing to many programs.
fn plain(path: &str) -> &str {
    match path.strip_prefix(r"\\?\") {
        Some(rest) if rest.as_bytes().get(1) == Some(&b':') => rest,
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn options_are_read_back_from_their_arguments() {
        let said = |text: &str| Some(text.to_owned());
        for profile in [None, said("dev"), said("-y"), said("a b")] {
            for base_url in [None, said("http://127.0.0.1:4100")] {
                for read_only in [false, true] {
                    let options = ServerOptions { profile: profile.clone(), base_url: base_url.clone(), read_only };
                    assert_eq!(ServerOptions::read(&options.arguments()), Some(options));
                }
            }
        }
        let all = ServerOptions { profile: said("p"), base_url: said("https://x"), read_only: true };
        assert_eq!(all.arguments(), words("--profile p --base-url https://x mcp serve --read-only"));
    }

    #[test]
    fn what_a_person_wrote_differently_is_understood_or_is_not_ours() {
        let dev = ServerOptions { profile: Some("dev".to_owned()), ..ServerOptions::default() };
        for line in ["mcp serve --profile dev", "--profile=dev mcp serve", "mcp --profile dev serve"] {
            assert_eq!(ServerOptions::read(&words(line)), Some(dev.clone()), "{line}");
        }
        for line in ["mcp", "serve", "mcp serve --verbose", "mcp serve --profile", "mcp serve --read-only=no", "-y pkg"]
        {
            assert_eq!(ServerOptions::read(&words(line)), None, "{line}");
        }
    }

    #[test]
    fn a_path_of_windows_is_written_as_people_know_it() {
        assert_eq!(plain(r"\\?\C:\Program Files\aisetu.exe"), r"C:\Program Files\aisetu.exe");
        assert_eq!(plain(r"\\?\UNC\host\share\aisetu.exe"), r"\\?\UNC\host\share\aisetu.exe");
        assert_eq!(plain("/usr/bin/aisetu"), "/usr/bin/aisetu");
    }
}
