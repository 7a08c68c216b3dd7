//! A control plane in memory that lives as long as a command.

use std::ffi::OsString;
use std::process::{ExitCode, ExitStatus};

use admin_core::env::{AI_SETU_API_BASE_URL, AI_SETU_PAT, Environment};
use admin_server::app::Ports;
use admin_server::crypto::ServerKeys;
use admin_server::random::SystemRandom;
use admin_server::{Server, Storage};
use tokio::process::{Child, Command};

use super::signals::Asked;
use super::{DevError, Signals, on_loopback, provision};
use crate::env;

/// Runs the command and gives its exit code. `command` has at least the name of the program.
pub(super) async fn run(
    environment: &Environment,
    port: Option<u16>,
    command: Vec<OsString>,
    mut signals: Signals,
) -> Result<ExitCode, DevError> {
    let ports = Ports::dev(ServerKeys::generate(&SystemRandom), &|name| environment.get(name))?;
    let server = Server::start(on_loopback(port.unwrap_or_default()), &Storage::Memory, ports, true).await?;
    let token = provision(&server, None).await?.token;
    let mut words = command.into_iter();
    let program = words.next().unwrap_or_default();
    let mut command = Command::new(&program);
    command.args(words);
    for variable in env::own_variables() {
        command.env_remove(variable);
    }
    if let Some(path) = env::path_with_own_folder() {
        command.env("PATH", path);
    }
    command.env(AI_SETU_PAT, token.expose()).env(AI_SETU_API_BASE_URL, format!("http://{}", server.address()));
    let failed = |source| DevError::Command { program: program.to_string_lossy().into_owned(), source };
    let mut child = command.spawn().map_err(failed)?;
    loop {
        tokio::select! {
            // What is in memory needs no orderly end: the server goes with the process.
            status = child.wait() => return status.map(exit_code).map_err(failed),
            asked = signals.next() => pass_on(asked, &child),
        }
    }
}

/// The child decides what it makes of a signal; its end is ours.
#[cfg(unix)]
fn pass_on(signal: Asked, child: &Child) {
    use rustix::process::{Pid, Signal, kill_process};
    // Ctrl-C reaches everything in front of the terminal: the child has it already, and twice often means "at once".
    if signal == Signal::INT && in_front_of_a_terminal() {
        return;
    }
    let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    if let Some(id) = id {
        // It fails only when the child has just ended.
        let _ = kill_process(id, signal);
    }
}

/// Whether a terminal sends its signals to this process, and so to its child.
#[cfg(unix)]
fn in_front_of_a_terminal() -> bool {
    let Ok(terminal) = std::fs::File::open("/dev/tty") else { return false };
    rustix::termios::tcgetpgrp(&terminal).is_ok_and(|group| group == rustix::process::getpgrp())
}

/// The console sends Ctrl-C to all its processes.
#[cfg(not(unix))]
fn pass_on((): Asked, _: &Child) {}

/// As a shell tells it: of a child that a signal ended, 128 and the number of the signal.
fn exit_code(status: ExitStatus) -> ExitCode {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal = None;
    let code = status.code().or(signal.map(|signal: i32| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from)
}
