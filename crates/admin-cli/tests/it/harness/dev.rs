//! The real control plane, for a test that needs one.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::{Home, Outcome, Run};

/// Where its log goes.
const LOG: &str = "dev.log";
/// How long a test waits for a mail.
const PATIENCE: Duration = Duration::from_secs(10);

/// A control plane that lives as long as the test.
pub(crate) struct Dev {
    child: Child,
    pub(crate) url: String,
    pat: String,
}

impl Dev {
    pub(crate) fn start(home: &Home) -> Self {
        Self::start_with(home, &[])
    }

    /// One that has these variables too.
    pub(crate) fn start_with(home: &Home, variables: &[(&str, &str)]) -> Self {
        let mut dev =
            home.aisetu(["dev", "--", "sh", "-c", "echo $AI_SETU_API_BASE_URL; echo $AI_SETU_PAT; read line"]);
        dev.command.envs(variables.iter().copied());
        let log = File::create(home.path().join(LOG)).unwrap();
        let mut child = dev.command.stdin(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let (url, pat) = (lines.next().unwrap(), lines.next().unwrap());
        Self { child, url, pat }
    }

    pub(crate) fn reaching(&self, run: Run) -> Run {
        run.env("AI_SETU_PAT", &self.pat).env("AI_SETU_API_BASE_URL", &self.url)
    }

    pub(crate) fn aisetu<'a>(&self, home: &Home, arguments: impl IntoIterator<Item = &'a str>) -> Run {
        self.reaching(home.aisetu(arguments))
    }

    pub(crate) fn run(&self, home: &Home, arguments: &str) -> Outcome {
        self.aisetu(home, arguments.split(' ')).outcome()
    }

    pub(crate) fn shell(&self, home: &Home, line: &str) -> Run {
        self.reaching(home.line(line))
    }

    /// The token of an invitation that was mailed, which is to say printed to the log.
    pub(crate) fn mailed_invitation(home: &Home) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let log = home.read(LOG);
            if let Some(token) = log.split_whitespace().find(|word| word.starts_with("tt_inv_")) {
                return token.to_owned();
            }
            assert!(Instant::now() < until, "no invitation in the log: {log}");
            std::thread::yield_now();
        }
    }

    /// The owner's token.
    pub(crate) fn pat(&self) -> &str {
        &self.pat
    }

    pub(crate) fn stop(mut self) {
        drop(self.child.stdin.take());
        self.child.wait().unwrap();
    }
}
