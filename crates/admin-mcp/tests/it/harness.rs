//! A client that knows nothing but JSON-RPC, and remembers every byte.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aisetu_tests::TestServer;
use serde_json::{Value, json};

use crate::official;

/// The protocol's two eras.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Era {
    Legacy,
    Modern,
}

pub(crate) const ERAS: [Era; 2] = [Era::Legacy, Era::Modern];

impl Era {
    /// The last revision of the protocol in it.
    const fn revision(self) -> &'static str {
        match self {
            Self::Legacy => "2025-11-25",
            Self::Modern => "2026-07-28",
        }
    }
}

/// What the person at the client does with a form: the answer to the server's question.
pub(crate) type Person = fn(question: &str) -> Value;

/// A person who types the name or the sum that the question shows.
pub(crate) fn agrees(question: &str) -> Value {
    if let Some((_, amount)) = question.rsplit_once("Type the amount, `") {
        return json!({ "action": "accept", "content": { "amount": amount.split('`').next().unwrap() } });
    }
    let name = question.rsplit("Type its name, `").next().unwrap().split('`').next().unwrap();
    json!({ "action": "accept", "content": { "name": name } })
}

/// A folder to work in.
pub(crate) struct Place(tempfile::TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.0.path().canonicalize().unwrap()
    }

    /// The value of a variable in an env file.
    pub(crate) fn variable(&self, file: &str, name: &str) -> Option<String> {
        let text = std::fs::read_to_string(self.path().join(file)).ok()?;
        text.lines().find_map(|line| Some(line.strip_prefix(name)?.strip_prefix('=')?.to_owned()))
    }
}

/// The program, as a client starts it.
pub(crate) struct Client {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    era: Era,
    person: Option<Person>,
    next_id: i64,
    /// The method of each request.
    asked: HashMap<i64, String>,
    /// The revision of the protocol that is spoken.
    revision: &'static str,
    /// Everything that went over the pipes, in both directions.
    tape: Arc<Mutex<String>>,
}

impl Client {
    /// In the folder, with the server's owner as its user, and forms if there is a person.
    pub(crate) fn start(place: &Place, server: &TestServer, era: Era, person: Option<Person>) -> Self {
        let environment = [
            ("AI_SETU_PAT", server.owner().token().unwrap().to_owned()),
            ("AI_SETU_API_BASE_URL", server.owner().url("")),
            ("AI_SETU_MCP_TOOLSETS", "all".to_owned()),
        ];
        Self::start_with(&place.path(), &environment, era, person)
    }

    /// On a machine with a screen: whatever opens a page tells [`Browser`] of it.
    pub(crate) fn start_with_screen(place: &Place, server: &TestServer, era: Era) -> (Self, Browser) {
        let mut environment = vec![
            ("AI_SETU_PAT", server.owner().token().unwrap().to_owned()),
            ("AI_SETU_API_BASE_URL", server.owner().url("")),
            ("AI_SETU_MCP_TOOLSETS", "all".to_owned()),
        ];
        let browser = Browser::new(place, &mut environment);
        (Self::start_with(&place.path(), &environment, era, None), browser)
    }

    pub(crate) fn start_with(folder: &Path, environment: &[(&str, String)], era: Era, person: Option<Person>) -> Self {
        Self::start_speaking(folder, environment, era, person, era.revision())
    }

    /// One that speaks this revision of the protocol.
    pub(crate) fn start_speaking(
        folder: &Path,
        environment: &[(&str, String)],
        era: Era,
        person: Option<Person>,
        revision: &'static str,
    ) -> Self {
        let mut client = Self::start_bare(folder, environment, era);
        client.person = person;
        client.revision = revision;
        if era == Era::Legacy {
            let capabilities = client.capabilities();
            let answer = client.request(
                "initialize",
                json!({ "protocolVersion": revision, "capabilities": capabilities,
                    "clientInfo": { "name": "test", "version": "0" } }),
            );
            assert_eq!(answer["result"]["protocolVersion"], revision);
            client.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        }
        client
    }

    /// One that has said nothing yet.
    pub(crate) fn start_bare(folder: &Path, environment: &[(&str, String)], era: Era) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_aisetu-mcp"))
            .current_dir(folder)
            .env_clear()
            .env("HOME", "/nonexistent")
            .env("PATH", "/usr/bin:/bin")
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let tape = Arc::new(Mutex::new(String::new()));
        let (sender, lines) = channel();
        let (stdout, recorded) = (child.stdout.take().unwrap(), Arc::clone(&tape));
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                recorded.lock().unwrap().extend([line.as_str(), "\n"]);
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let stdin = child.stdin.take();
        let (asked, revision) = (HashMap::new(), era.revision());
        Self { child, stdin, lines, era, person: None, next_id: 0, asked, revision, tape }
    }

    fn capabilities(&self) -> Value {
        if self.person.is_some() { json!({ "elicitation": {} }) } else { json!({}) }
    }

    pub(crate) fn send(&mut self, message: &Value) {
        if let (Some(id), Some(method)) = (message["id"].as_i64(), message["method"].as_str()) {
            self.asked.insert(id, method.to_owned());
        }
        self.send_line(&message.to_string());
    }

    pub(crate) fn send_line(&mut self, line: &str) {
        self.tape.lock().unwrap().extend([line, "\n"]);
        writeln!(self.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    /// The next line of standard output, which is JSON-RPC and nothing else.
    pub(crate) fn receive(&mut self) -> Value {
        let line = self.lines.recv_timeout(Duration::from_secs(30)).expect("an answer");
        let message: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_eq!(message["jsonrpc"], "2.0", "{line}");
        let method =
            message["id"].as_i64().and_then(|id| self.asked.get(&id)).filter(|_| message.get("method").is_none());
        official::check(self.revision, method.map(String::as_str), &message);
        message
    }

    /// Sends a request; returns its id.
    pub(crate) fn ask(&mut self, method: &str, mut params: Value) -> i64 {
        self.next_id += 1;
        if self.era == Era::Modern {
            let meta = &mut params["_meta"];
            meta["io.modelcontextprotocol/protocolVersion"] = json!(self.revision);
            meta["io.modelcontextprotocol/clientCapabilities"] = self.capabilities();
            meta["io.modelcontextprotocol/clientInfo"] = json!({ "name": "test", "version": "0" });
        }
        self.send(&json!({ "jsonrpc": "2.0", "id": self.next_id, "method": method, "params": params }));
        self.next_id
    }

    /// Sends a request and waits for its answer, while the person answers what the server asks.
    pub(crate) fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params);
        loop {
            let message = self.receive();
            if message["id"] == id && message.get("method").is_none() {
                return message;
            }
            assert_eq!(message["method"], "elicitation/create", "{message}");
            let question = message["params"]["message"].as_str().unwrap();
            let answer = self.person.expect("nobody is asked who is not there")(question);
            self.send(&json!({ "jsonrpc": "2.0", "id": message["id"], "result": answer }));
        }
    }

    /// Calls a tool, and answers what it asks on the way.
    pub(crate) fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let mut call = json!({ "name": tool });
        call["arguments"] = arguments;
        let mut result = self.request("tools/call", call.clone())["result"].clone();
        if result["resultType"] == "input_required" {
            let question = &result["inputRequests"]["confirm"];
            assert_eq!(question["method"], "elicitation/create", "{result}");
            let answer =
                self.person.expect("nobody is asked who is not there")(question["params"]["message"].as_str().unwrap());
            let mut again = call;
            again["requestState"] = result["requestState"].clone();
            again["inputResponses"] = json!({ "confirm": answer });
            result = self.request("tools/call", again)["result"].clone();
        }
        result
    }

    /// Calls a tool that must do it; returns its structured answer.
    pub(crate) fn ok(&mut self, tool: &str, arguments: Value) -> Value {
        let result = self.call(tool, arguments);
        assert_eq!(result["isError"], false, "{tool}: {result}");
        assert!(result["structuredContent"].is_object(), "{result}");
        let text: Value = serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap();
        assert_eq!(text, result["structuredContent"], "the text says the same");
        assert!(!text.to_string().contains(":null"), "what is not there is left out: {text}");
        result["structuredContent"].clone()
    }

    /// Calls a tool that must refuse; returns what it says.
    pub(crate) fn refused(&mut self, tool: &str, arguments: Value) -> String {
        let result = self.call(tool, arguments);
        assert_eq!(result["isError"], true, "{tool}: {result}");
        assert!(result.get("structuredContent").is_none(), "{result}");
        result["content"][0]["text"].as_str().unwrap().to_owned()
    }

    /// Everything that was said, by either side.
    pub(crate) fn tape(&self) -> String {
        self.tape.lock().unwrap().clone()
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Closes its standard input and waits for its end; returns exit code and standard error.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        self.close();
        self.wait()
    }

    /// Closes its standard input.
    pub(crate) fn close(&mut self) {
        drop(self.stdin.take());
    }

    /// Waits for a line of its standard error.
    pub(crate) fn complaint(&mut self) -> String {
        let mut line = String::new();
        BufReader::new(self.child.stderr.as_mut().unwrap()).read_line(&mut line).unwrap();
        line
    }

    pub(crate) fn wait(self) -> (Option<i32>, String) {
        let output = self.child.wait_with_output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    }
}

/// The browser of the person, which is told of pages.
pub(crate) struct Browser {
    told: PathBuf,
}

/// What a page answered: its status and its text.
pub(crate) type Page = (u16, String);

impl Browser {
    /// Of a machine that the environment is made one with a screen of.
    pub(crate) fn new(place: &Place, environment: &mut Vec<(&str, String)>) -> Self {
        let folder = place.path().join("programs");
        std::fs::create_dir_all(&folder).unwrap();
        let (program, told) = (folder.join("xdg-open"), folder.join("told"));
        std::fs::write(&program, format!("#!/bin/sh\necho \"$1\" >> '{}'\n", told.display())).unwrap();
        std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        environment.extend([("DISPLAY", ":0".to_owned()), ("PATH", format!("{}:/usr/bin:/bin", folder.display()))]);
        Self { told }
    }

    /// Waits for so many pages; their addresses.
    pub(crate) fn pages(&self, count: usize) -> Vec<String> {
        let start = std::time::Instant::now();
        loop {
            let told = std::fs::read_to_string(&self.told).unwrap_or_default();
            let pages: Vec<String> = told.lines().map(str::to_owned).collect();
            if pages.len() >= count {
                return pages;
            }
            assert!(start.elapsed() < Duration::from_secs(20), "no page was opened");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn get(url: &str) -> Page {
        let (host, _) = split(url);
        send("GET", url, &[("Host", &host)], "")
    }

    /// Opens the page, fills its fields in, and presses its button.
    pub(crate) fn fill(url: &str, fields: &[(&str, &str)]) -> Page {
        let (status, page) = Self::get(url);
        assert_eq!(status, 200, "{page}");
        let (host, _) = split(url);
        let csrf = page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        let body = fields.iter().fold(format!("csrf={csrf}"), |body, (name, value)| {
            let value: Vec<String> = value.bytes().map(|byte| format!("%{byte:02x}")).collect();
            format!("{body}&{name}={}", value.concat())
        });
        Self::post(url, &[("Host", &host), ("Origin", &format!("http://{host}"))], &body)
    }

    pub(crate) fn post(url: &str, headers: &[(&str, &str)], body: &str) -> Page {
        send("POST", url, headers, body)
    }
}

/// The host and the path of an address.
pub(crate) fn split(url: &str) -> (String, String) {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    (host.to_owned(), format!("/{path}"))
}

pub(crate) fn send(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Page {
    use std::io::Read as _;
    let (host, path) = split(url);
    let mut stream = std::net::TcpStream::connect(host).unwrap();
    let headers: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let headers = headers.concat();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\n{headers}Content-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    (answer.split(' ').nth(1).unwrap().parse().unwrap(), answer)
}
