//! Telling a person at a terminal that a call is under way. Nobody else sees it, and nobody sees it of a call that is quick.

use std::io::{self, IsTerminal};
use std::pin::pin;
use std::time::Duration;

use crate::context::Context;
use crate::printer::Printer;

/// Without a sign, a wait of this length begins to look like a fault.
const PATIENCE: Duration = Duration::from_millis(300);
/// How fast it turns.
const TURN: Duration = Duration::from_millis(100);
const TURNS: [&str; 4] = ["|", "/", "-", "\\"];

/// `1` shows no progress.
const AI_SETU_NO_PROGRESS: &str = "AI_SETU_NO_PROGRESS";

/// The line that it is shown on. Afterwards it is as if nothing had been there, also if nobody waited for the end.
struct Line<'a>(&'a Printer);

impl Drop for Line<'_> {
    fn drop(&mut self) {
        self.0.prompt("\r\u{1b}[K");
    }
}

impl Context {
    /// Waits for a call, and shows that it does.
    pub(crate) async fn with_progress<T>(&self, call: impl Future<Output = T>) -> T {
        if !self.shows_progress() {
            return call.await;
        }
        let mut call = pin!(call);
        if let Ok(outcome) = tokio::time::timeout(PATIENCE, &mut call).await {
            return outcome;
        }
        let _line = Line(&self.printer);
        for turn in TURNS.iter().cycle() {
            self.printer.prompt(&format!("\r{turn} waiting for the control plane "));
            if let Ok(outcome) = tokio::time::timeout(TURN, &mut call).await {
                return outcome;
            }
        }
        call.await
    }

    fn shows_progress(&self) -> bool {
        let dumb = self.environment.get("TERM").is_none_or(|term| term == "dumb");
        let unwanted = self.printer.quiet || self.printer.format.is_json();
        let off = self.environment.get(AI_SETU_NO_PROGRESS).is_some();
        !dumb && !unwanted && !off && io::stderr().is_terminal()
    }
}
