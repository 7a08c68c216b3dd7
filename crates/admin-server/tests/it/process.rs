//! The program, its folders, and callers of its API.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use admin_server::crypto::ServerKeys;
use admin_server::env::{AUDIT_KEY_FILE, KEK_FILE, PEPPER_FILE};
use admin_server::random::SystemRandom;
use serde_json::{Value, json};

/// The three variables that name key files, and the files.
pub(crate) const KEYS: [(&str, &str); 3] =
    [(PEPPER_FILE, "pepper.key"), (KEK_FILE, "kek.key"), (AUDIT_KEY_FILE, "audit.key")];

/// A place for one server: its keys, and beside them its data.
pub(crate) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        ServerKeys::read_or_create(folder.path(), &SystemRandom).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path("data")
    }

    pub(crate) fn keys(&self) -> ServerKeys {
        ServerKeys::read_or_create(self.folder.path(), &SystemRandom).unwrap()
    }

    /// The program with the key files, and nothing else of this process's environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.wrapped(&[], arguments)
    }

    /// The same, started by another program.
    fn wrapped(&self, wrapper: &[&str], arguments: &[&str]) -> Command {
        let program = env!("CARGO_BIN_EXE_aisetu-server");
        let mut command = match wrapper {
            [] => Command::new(program),
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
        };
        command.env_clear().args(arguments).stdin(Stdio::null());
        // To find the wrapper.
        command.env("PATH", "/usr/local/bin:/usr/bin:/bin");
        for (variable, file) in KEYS {
            command.env(variable, self.path(file));
        }
        command
    }

    pub(crate) fn serve(&self) -> Command {
        self.serve_wrapped(&[])
    }

    pub(crate) fn serve_wrapped(&self, wrapper: &[&str]) -> Command {
        let data = self.data();
        self.wrapped(wrapper, &["serve", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()])
    }

    pub(crate) fn create_owner(&self) -> Output {
        let data = self.data();
        let arguments = ["create-owner", "--email", "owner@acme.example", "--tenant", "Acme", "--data"];
        self.command(&[&arguments[..], &[data.to_str().unwrap()]].concat()).output().unwrap()
    }

    /// What `check` says about the data, as JSON and with the whole of its output.
    pub(crate) fn check(&self) -> (Value, Output) {
        let data = self.data();
        let output = self.command(&["check", "-o", "json", "--data", data.to_str().unwrap()]).output().unwrap();
        let checked = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)));
        (checked, output)
    }

    /// The token of a new owner.
    pub(crate) fn owner(&self) -> String {
        let output = self.create_owner();
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout).trim().to_owned()
    }

    /// What the program says when it does not start, without the names that change from run to run.
    pub(crate) fn refusal(&self, mut command: Command) -> String {
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        assert!(output.stdout.is_empty());
        text(&output.stderr).replace(self.folder.path().to_str().unwrap(), "DIR").trim().to_owned()
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A running server.
pub(crate) struct Running {
    child: Child,
    pub(crate) base: String,
    log: Arc<Mutex<String>>,
    lines: Receiver<String>,
    reading: Option<JoinHandle<()>>,
}

impl Running {
    /// Starts the program and waits until it serves.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let log = Arc::new(Mutex::new(String::new()));
        let (sender, lines) = channel();
        let kept = Arc::clone(&log);
        let reading = std::thread::spawn(move || {
            for line in stderr.lines() {
                let line = line.unwrap();
                kept.lock().unwrap().extend([line.as_str(), "\n"]);
                let _ = sender.send(line);
            }
        });
        let mut running = Self { child, base: String::new(), log, lines, reading: Some(reading) };
        let serving = running.wait_for("\"serving\"");
        let address =
            serde_json::from_str::<Value>(&serving).unwrap()["fields"]["address"].as_str().unwrap().to_owned();
        running.base = format!("http://{address}");
        running
    }

    /// Waits for a line of the log.
    pub(crate) fn wait_for(&self, part: &str) -> String {
        self.lines
            .iter()
            .find(|line| line.contains(part))
            .unwrap_or_else(|| panic!("the log ended without {part}:\n{}", self.log.lock().unwrap()))
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    /// Sets the limit on the size of files, which the process did not start with.
    pub(crate) fn limit_files(&self, bytes: &str) {
        let (pid, limit) = (format!("--pid={}", self.child.id()), format!("--fsize={bytes}:"));
        assert!(Command::new("prlimit").args([pid, limit]).status().unwrap().success());
    }

    /// Waits for its end; returns how it ended, and its whole log.
    pub(crate) fn ended(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().unwrap();
        self.reading.take().unwrap().join().unwrap();
        let log = self.log.lock().unwrap().clone();
        (status, log)
    }

    pub(crate) fn stop(self) -> String {
        self.signal("TERM");
        let (status, log) = self.ended();
        assert!(status.success(), "{status}\n{log}");
        log
    }

    pub(crate) fn caller(&self, token: &str) -> Caller {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
        Caller { agent, base: self.base.clone(), token: token.to_owned() }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A test that failed leaves no server behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Someone who calls the API, over connections of their own.
#[derive(Clone)]
pub(crate) struct Caller {
    agent: ureq::Agent,
    base: String,
    token: String,
}

impl Caller {
    /// Sends a document; an error is one of the connection.
    pub(crate) fn graphql(&self, document: &str, key: Option<&str>) -> Result<Value, ureq::Error> {
        let mut request = self
            .agent
            .post(format!("{}/graphql", self.base))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let body = request.send(json!({ "query": document }).to_string())?.body_mut().read_to_string()?;
        Ok(serde_json::from_str(&body).unwrap_or_else(|_| panic!("not JSON: {body}")))
    }

    /// The data of a document that must succeed.
    pub(crate) fn data(&self, document: &str) -> Value {
        let mut answer = self.graphql(document, None).unwrap();
        assert!(answer.get("errors").is_none(), "{answer}");
        answer["data"].take()
    }

    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        let mut answer = self.agent.get(format!("{}{path}", self.base)).call().unwrap();
        (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
    }

    /// The status of an empty post.
    pub(crate) fn status(&self, path: &str) -> u16 {
        let request = self.agent.post(format!("{}{path}", self.base));
        let request = request.header("authorization", format!("Bearer {}", self.token));
        request.header("content-type", "application/json").send("{}").unwrap().status().as_u16()
    }

    /// Posts a body; an error is one of the connection, or an answer that is cut off.
    pub(crate) fn try_post(&self, path: &str, body: &str) -> Result<Value, ureq::Error> {
        let request = self.agent.post(format!("{}{path}", self.base));
        let request = request.header("authorization", format!("Bearer {}", self.token));
        let answer = request.header("content-type", "application/json").send(body)?.body_mut().read_to_string()?;
        Ok(serde_json::from_str(&answer).unwrap_or_else(|_| panic!("not JSON: {answer}")))
    }

    /// Reports events; returns how many were accepted and how many counted before. An error is one of the connection.
    pub(crate) fn report(&self, events: &[Value]) -> Result<(usize, usize), ureq::Error> {
        let request = self
            .agent
            .post(format!("{}/v1/usage/events", self.base))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json");
        let body = request.send(json!({ "events": events }).to_string())?.body_mut().read_to_string()?;
        let receipt: Value = serde_json::from_str(&body).unwrap_or_else(|_| panic!("not JSON: {body}"));
        let count = |name: &str| {
            let count = receipt[name].as_u64().unwrap_or_else(|| panic!("{receipt}"));
            usize::try_from(count).unwrap()
        };
        Ok((count("accepted"), count("duplicates")))
    }

    /// What a path answers to JSON.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Value {
        let request = self
            .agent
            .post(format!("{}{path}", self.base))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json");
        let body = request.send(body.to_string()).unwrap().body_mut().read_to_string().unwrap();
        serde_json::from_str(&body).unwrap_or_else(|_| panic!("not JSON: {body}"))
    }

    pub(crate) fn verdict(&self, key: &str) -> String {
        let answer = self.post("/v1/keys/verify", &json!({ "key": key }));
        answer["code"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }
}

/// An event as a gateway reports it.
pub(crate) fn usage_event(id: &str, key: &str, micro_usd: i64) -> Value {
    #[expect(clippy::disallowed_methods, reason = "a test that runs the program has the program's clock")]
    let now = jiff::Timestamp::now();
    json!({ "id": id, "at": format!("{now:.3}"), "key": key, "model": "m", "costMicroUsd": micro_usd })
}

pub(crate) fn create_key(name: &str) -> String {
    format!(r#"mutation {{ apiKeysCreate(input: {{ name: "{name}" }}) {{ item {{ id }} secret }} }}"#)
}

/// How many keys there are.
pub(crate) fn count_keys(caller: &Caller) -> i64 {
    caller.data("{ apiKeysList(input: { limit: 1 }) { totalCount } }")["apiKeysList"]["totalCount"].as_i64().unwrap()
}

/// How many events the tenant's audit chain has, once the server has stopped and if nobody changed it.
pub(crate) fn audited(place: &Place, tenant: &str) -> i64 {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (chain, key) = (tenant.to_owned(), place.keys().audit);
    runtime.block_on(async {
        let (store, closed) = admin_server::Storage::Folder(place.data()).open().unwrap();
        let found = store.read(move |tx| admin_server::app::audit::verify(tx, &key, &chain)).await.unwrap();
        drop(store);
        closed.await;
        found.unwrap()
    })
}

/// Whether SQLite finds the file whole.
pub(crate) fn integrity(data: &Path) -> String {
    let connection = rusqlite::Connection::open(data.join("control-plane.db")).unwrap();
    connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap()
}
