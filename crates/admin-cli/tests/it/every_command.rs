//! Every command once, against the real control plane, as a script or an agent would run it: nobody at a terminal, nothing on standard
//! input, JSON wanted, and what goes over the wire shown. None waits, each says JSON, and no secret is anywhere but where it was sent.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::harness::{Api, Dev, Home, Outcome};

/// Longer than any command may take that nobody answers.
const SOON: Duration = Duration::from_secs(5);
/// A credential of a provider, which only it and the control plane may know.
const CANARY: &str = "sk-canary-3f9a1c77d0b24e58";

/// Commands that stay, or that others of these tests run, each with the reason.
const ELSEWHERE: [&str; 7] = [
    "dev",                       // it is what all of this runs in
    "dev settle",                // of a control plane that stays
    "mcp serve",                 // it speaks to a client
    "auth login",                // the person at the terminal
    "auth verify-code",          // as above
    "members accept-invitation", // as whoever was invited
    "auth logout",               // it would end the token of all others
];

/// Looks at the arguments of all processes until it is told to stop.
struct Watch {
    stop: Arc<AtomicBool>,
    thread: thread::JoinHandle<String>,
}

impl Watch {
    fn start() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let look = move || {
            let mut seen = BTreeSet::new();
            while !stopped.load(Ordering::Relaxed) {
                for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
                    if let Ok(line) = fs::read(process.path().join("cmdline")) {
                        seen.insert(String::from_utf8_lossy(&line).replace('\0', " "));
                    }
                }
            }
            seen.into_iter().collect::<Vec<_>>().join("\n")
        };
        Self { stop, thread: thread::spawn(look) }
    }

    fn stop(self) -> String {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

/// Runs commands, and remembers what they said.
struct Runner<'a> {
    home: &'a Home,
    dev: &'a Dev,
    said: String,
    run: BTreeSet<String>,
}

impl Runner<'_> {
    /// Runs a command as it stands in a shell; what is data comes back.
    fn json(&mut self, line: &str) -> Value {
        let outcome = self.outcome(line);
        assert!(matches!(outcome.code, Some(0 | 12)), "{line}: {outcome}");
        if outcome.stdout.is_empty() { Value::Null } else { outcome.json() }
    }

    fn outcome(&mut self, line: &str) -> Outcome {
        self.note(line);
        let begun = Instant::now();
        let run = self.dev.shell(self.home, &format!("aisetu {line} -o json --debug=http < /dev/null"));
        let outcome = run.env("CANARY", CANARY).env("TERM", "xterm").outcome();
        assert!(begun.elapsed() < SOON, "{line} took {:?}", begun.elapsed());
        for line in outcome.stderr.lines() {
            let said: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line} is no JSON: {outcome}"));
            assert!(said.is_object(), "{line}");
        }
        self.said += &outcome.to_string();
        outcome
    }

    /// What prints a text, and no data.
    fn text(&mut self, line: &str) {
        self.note(line);
        let outcome = self.dev.shell(self.home, &format!("aisetu {line} < /dev/null")).outcome();
        assert_eq!(outcome.code, Some(0), "{line}: {outcome}");
        self.said += &outcome.to_string();
    }

    /// What a shell keeps of a line, and which command it is.
    fn note(&mut self, line: &str) {
        let history = self.home.path().join(".bash_history");
        let mut history = fs::File::options().create(true).append(true).open(history).unwrap();
        writeln!(history, "aisetu {line}").unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        let mut command = &admin_cli::command();
        let mut path = Vec::new();
        for word in words {
            let Some(child) = command.find_subcommand(word) else { break };
            path.push(child.get_name().to_owned());
            command = child;
        }
        self.run.insert(path.join(" "));
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// The commands that can be given as they are.
fn leaves(command: &clap::Command, path: &str, found: &mut BTreeSet<String>) {
    for child in command.get_subcommands().filter(|child| child.get_name() != "help") {
        let path = format!("{path} {}", child.get_name()).trim_start().to_owned();
        leaves(child, &path, found);
        if !child.is_subcommand_required_set() {
            found.insert(path);
        }
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a line for each command")]
fn none_waits_each_says_json_and_no_secret_is_told() {
    let home = Home::new();
    // It takes any key for good, and is asked by the control plane.
    let provider = Api::anywhere(ResponseTemplate::new(200).set_body_json(json!({ "data": [] })));
    let dev = Dev::start_with(&home, &[("AI_SETU_OPENAI_URL", &provider.url())]);
    let watch = Watch::start();
    let mut runner = Runner { home: &home, dev: &dev, said: String::new(), run: BTreeSet::new() };
    let r = &mut runner;
    let secret = |name: &str| fs::read_to_string(home.path().join(name)).unwrap();

    let workspace = text(&r.json("workspaces create --name lab")["id"]);
    r.json("workspaces list");
    r.json("workspaces get lab");
    r.json("workspaces rename lab --name field");
    r.json("workspaces set-budget field --budget 100/month");
    r.json(&format!("workspaces list-members {workspace}"));
    let project = text(&r.json("projects create --name search --workspace field")["id"]);
    r.json("projects list --all-workspaces");
    r.json("projects rename search --name find");
    let key = text(&r.json("api-keys create --name ci --workspace field --save-to file:key")["id"]);
    r.json("api-keys list");
    r.json("api-keys get ci");
    r.json("api-keys scopes");
    r.json("api-keys update ci --description text");
    r.json("api-keys update-restrictions ci --rate 100/minute");
    r.json("api-keys verify --secret-file key");
    r.json("api-keys check key");
    r.json("api-keys explain ci");
    r.json("api-keys usage ci --since 1h --group-by minute");
    r.json("api-keys resource-usage ci functions");
    r.json("api-keys project-usage ci find");
    let entry = loop {
        // The log is written behind the answer.
        let page = r.json(&format!("api-keys logs {key}"));
        if let Some(entry) = page["items"].as_array().and_then(|items| items.first()) {
            break text(&entry["id"]);
        }
    };
    r.json(&format!("api-keys log ci {entry}"));
    r.json("api-keys rotate ci --yes --save-to file:key.two");
    r.json("api-keys rollback-rotation ci");
    r.json("api-keys rotate ci --yes --save-to env:.env#KEY");
    r.json("api-keys finish-rotation ci --yes");
    r.json("api-keys revoke ci --yes");
    r.json("api-keys restore ci");
    r.json("members list");
    let invitation = text(&r.json("members invite ada@example.com --role member")["id"]);
    r.json("members invitations");
    r.json("members resend-invitation ada@example.com");
    r.json(&format!("members cancel-invitation {invitation} --yes"));
    assert_eq!(r.outcome("members set-role usr_00000000000000000000000000 --role viewer").code, Some(6));
    assert_eq!(r.outcome("members remove usr_00000000000000000000000000 --yes").code, Some(6));
    r.json("pats list");
    r.json("pats create --name other --scope admin:read --save-to file:pat");
    r.json("pats revoke other --yes");
    r.json("provider-credentials availability");
    r.json("provider-credentials upsert --provider openai --slug openai-lab --workspace field --secret-env CANARY");
    r.json("provider-credentials list");
    assert_eq!(r.json("provider-credentials test openai-lab")["outcome"], "OK");
    r.json("provider-credentials revoke openai-lab --yes");
    r.json("usage summary");
    r.json("usage projection");
    let event = json!({ "id": "e1", "at": "2026-11-22T09:30:00Z", "key": key, "costMicroUsd": 1 });
    fs::write(home.path().join("events"), event.to_string()).unwrap();
    r.outcome("usage report --file events");
    r.json("billing credit-balance");
    r.json("billing create-top-up-intent --amount 25.50 --max-amount 30");
    r.json("billing top-ups");
    r.json("billing ledger");
    r.json("audit events --since 1h");
    r.json("audit verify");
    r.json("auth whoami");
    r.json("auth status");
    r.json("auth request-code --email ada@example.com");
    r.json("api '{ authWhoami { user { email } } }'");
    r.json("api search rotate");
    r.json("api describe ApiKey");
    r.json("doctor --bundle report.json");
    r.json("explain");
    r.json("commands");
    r.json("profile list");
    r.json("profile use lab");
    r.json("profile bind lab");
    r.json("profile unbind");
    r.json("config set timeout 20s");
    r.json("config get timeout");
    r.json("config list --origin");
    r.json("config unset default_profile");
    r.text("config path");
    r.text("completions bash");
    r.text("man");
    r.json("mcp status");
    r.json("mcp install --client claude-code --dry-run");
    r.json("mcp uninstall --client claude-code");
    r.json(&format!("projects archive {project} --yes"));
    r.json("api-keys delete ci --confirm ci");
    r.json("workspaces delete field --confirm field");
    r.json(&format!("workspaces restore {workspace}"));

    let mut all = BTreeSet::new();
    leaves(&admin_cli::command(), "", &mut all);
    let missing: Vec<_> =
        all.iter().filter(|command| !runner.run.contains(*command) && !ELSEWHERE.contains(&command.as_str())).collect();
    assert!(missing.is_empty(), "nobody ran {missing:?}");

    let lines = watch.stop();
    let env_file = secret(".env");
    let issued = env_file.trim().strip_prefix("KEY=").unwrap();
    let secrets =
        [secret("key"), secret("key.two"), secret("pat"), issued.to_owned(), dev.pat().to_owned(), CANARY.to_owned()];
    let allowed = ["key", "key.two", "pat", ".env"];
    for secret in &secrets {
        assert!(secret.len() > 20, "{secret} would be found anywhere");
        assert!(!runner.said.contains(secret.as_str()), "a command said a secret");
        assert!(!lines.contains(secret.as_str()), "a process had a secret as its argument");
        let found = files_with(&home.path(), secret);
        let elsewhere: Vec<_> = found.iter().filter(|name| !allowed.contains(&name.as_str())).collect();
        assert!(elsewhere.is_empty(), "a secret is in {elsewhere:?}");
    }
    // The control: what must be there is found in the same ways.
    assert!(runner.said.contains(&key) && lines.contains("api-keys get ci"));
    assert_eq!(files_with(&home.path(), "api-keys get ci"), [".bash_history"]);
    assert_eq!(files_with(&home.path(), &secrets[0]), ["key"]);
    drop(provider);
    dev.stop();
}

/// The files below a folder that have a text in them.
fn files_with(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            found.extend(files_with(&entry.path(), text));
        } else if fs::read(entry.path()).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(text)) {
            found.push(entry.file_name().into_string().unwrap());
        }
    }
    found
}
