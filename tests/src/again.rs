//! A program with a control plane in its environment.

use std::ffi::OsStr;
use std::process::Command;
use std::{env, thread};

use crate::TestServer;

/// Tells the program that was run again from the one that ran it.
const AGAIN: &str = "AISETU_TESTS_AGAIN";

/// Runs this program again with a new control plane and its OWNER's token in the environment. `false` in that second run, which is
/// to go on; `true` when it is over and went well.
///
/// An environment is safe to set for a program that is about to start, and for no other. Whatever token the caller's own environment
/// has, the second run does not see it.
pub fn ran_with_a_server() -> bool {
    if env::var_os(AGAIN).is_some() {
        return false;
    }
    // A thread of its own, because the caller may be inside a runtime.
    let run = thread::spawn(|| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let server = runtime.block_on(TestServer::start());
        let ours = |name: &OsStr| name.to_str().is_some_and(|name| name.starts_with("AI_SETU_"));
        let mut program = Command::new(env::current_exe().unwrap());
        for (name, _) in env::vars_os().filter(|(name, _)| ours(name)) {
            program.env_remove(name);
        }
        let status = program
            .args(env::args_os().skip(1))
            .env(AGAIN, "1")
            .env("AI_SETU_PAT", server.owner().token().unwrap())
            .env("AI_SETU_API_BASE_URL", server.owner().url(""))
            .status()
            .unwrap();
        assert!(status.success(), "{status}");
    });
    run.join().unwrap();
    true
}
