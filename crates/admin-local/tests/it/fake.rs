//! Programs that are none: scripts in a folder on `PATH`, which take down how they are called.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use admin_core::env::Environment;
use admin_local::{DeliveryError, Keyring, Machine, Place, Probed, Sink, SinkError};
use admin_token::Secret;
use tempfile::TempDir;

use crate::memory::Memory;

pub(crate) const SECRET: &str = "tt_live_000000000000000000000000000000000000";

/// A machine with these programs and no others.
pub(crate) struct Fake {
    folder: TempDir,
    pub(crate) memory: Arc<Memory>,
    pub(crate) machine: Machine,
}

impl Fake {
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// With these variables in its environment.
    pub(crate) fn with(variables: &[(&'static str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = ("PATH", folder.path().to_str().unwrap().to_owned());
        let variables: Vec<_> = variables.iter().map(|&(name, value)| (name, value.to_owned())).chain([path]).collect();
        let mut machine = Machine::of(&Environment::new(move |name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
        }));
        let memory = Arc::new(Memory::default());
        machine.keyring = Keyring::new(memory.clone(), Duration::from_secs(2));
        Self { folder, memory, machine }
    }

    /// Puts a program there. The script has its arguments, and `$here`, which is the folder.
    pub(crate) fn program(&self, name: &str, does: &str) {
        let _ = fs::remove_file(self.path(name));
        // A link, because a file that was just written may still be open for writing in a child of another test, and is not run then.
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fake/program.sh");
        std::os::unix::fs::symlink(script, self.path(name)).unwrap();
        fs::write(self.path(&format!("{name}.does")), does).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What a file in the folder has; nothing if it is not there.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// What was called, a call a line, since this was asked last.
    pub(crate) fn calls(&self) -> String {
        let calls = self.read("calls");
        let _ = fs::remove_file(self.path("calls"));
        calls
    }

    pub(crate) fn probe(&self, sink: &str) -> Result<Place, DeliveryError> {
        let sink: Result<Sink, SinkError> = sink.parse();
        match sink.unwrap().probe_on(&self.machine)? {
            Probed::Place(place) => Ok(place),
            Probed::Stdout => panic!("stdout is no place"),
        }
    }

    /// Where the secret went.
    pub(crate) fn deliver(&self, sink: &str) -> Result<String, DeliveryError> {
        let receipt = self.probe(sink)?.deliver(&Secret::new(SECRET));
        receipt.map(|receipt| receipt.to_string())
    }

    /// The secret was on standard input, and nowhere else where somebody might see it.
    pub(crate) fn assert_hidden(&self) {
        for (what, text) in [("calls", self.read("calls")), ("environment", self.read("environment"))] {
            assert!(!text.contains("tt_live_00"), "the secret is in the {what}: {text}");
        }
        assert_ne!(self.read("environment"), "", "no program was run");
    }

    /// An error with its causes and its hint, without the name of the folder.
    pub(crate) fn why(&self, error: &dyn std::error::Error, hint: Option<String>) -> String {
        let mut text = error.to_string();
        let mut next = error.source();
        while let Some(cause) = next {
            text = format!("{text}: {cause}");
            next = cause.source();
        }
        if let Some(hint) = hint {
            text = format!("{text}\nhint: {hint}");
        }
        assert!(!text.contains("tt_live_00") && !format!("{error:?}").contains("tt_live_00"), "{text}");
        text.replace(self.folder.path().to_str().unwrap(), "[DIR]")
    }

    /// Why the sink takes no secret, which changes nothing.
    pub(crate) fn refused(&self, sink: &str) -> String {
        let error = self.probe(sink).unwrap_err();
        self.why(&error, error.hint())
    }

    /// Why the secret did not arrive at a sink that could take it.
    pub(crate) fn failed(&self, place: Place) -> String {
        let error = place.deliver(&Secret::new(SECRET)).unwrap_err();
        self.why(&error, error.hint())
    }
}
