//! Processes to measure.

#![expect(clippy::unwrap_used, reason = "a benchmark stops at the first surprise")]
#![allow(dead_code, reason = "each benchmark uses its part")]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use admin_server::crypto::ServerKeys;
use admin_server::random::SystemRandom;
use serde_json::Value;

/// The data of a control plane with one owner.
pub(crate) struct ControlPlane {
    pub(crate) data: PathBuf,
    keys: PathBuf,
    /// The owner's, with every scope.
    pub(crate) token: String,
}

impl ControlPlane {
    pub(crate) fn new(folder: &Path) -> Self {
        ServerKeys::read_or_create(folder, &SystemRandom).unwrap();
        let plane = Self { data: folder.join("data"), keys: folder.to_owned(), token: String::new() };
        let owner =
            plane.command(&["create-owner", "--email", "owner@acme.example", "--tenant", "Acme"]).output().unwrap();
        Self { token: String::from_utf8(owner.stdout).unwrap().trim().to_owned(), ..plane }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aisetu-server"));
        command.env_clear().args(arguments).arg("--data").arg(&self.data).env("AI_SETU_KEY_LOG_DAYS", "3653");
        for (name, file) in [("PEPPER", "pepper.key"), ("KEK", "kek.key"), ("AUDIT_KEY", "audit.key")] {
            command.env(format!("AI_SETU_{name}_FILE"), self.keys.join(file));
        }
        command
    }

    /// A server over it, in a process of its own.
    pub(crate) fn serve(&self) -> Served {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        Served::start(command.stderr(Stdio::piped()), |child| {
            let mut log = BufReader::new(child.stderr.take().unwrap());
            let mut line = String::new();
            while !line.contains("\"serving\"") {
                line.clear();
                assert!(log.read_line(&mut line).unwrap() > 0, "the server did not start");
            }
            std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
            let line: Value = serde_json::from_str(&line).unwrap();
            line["fields"]["address"].as_str().unwrap().to_owned()
        })
    }
}

/// A process that serves, until it is dropped.
pub(crate) struct Served {
    child: Child,
    pub(crate) address: String,
}

impl Served {
    pub(crate) fn start(command: &mut Command, address: impl FnOnce(&mut Child) -> String) -> Self {
        let mut child = command.spawn().unwrap();
        let address = address(&mut child);
        Self { child, address }
    }

    /// What the process has used of the CPU: user and system time, in ticks of 10 ms (proc(5)).
    pub(crate) fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        Duration::from_millis(ticks * 10)
    }

    /// The data of a GraphQL answer.
    pub(crate) fn ask(&self, token: &str, body: &Value) -> Value {
        let mut answer = ureq::post(format!("http://{}/graphql", self.address))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .send(body.to_string())
            .unwrap();
        let answer: Value = serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap();
        assert!(answer["errors"].is_null(), "{answer}");
        answer["data"].clone()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
