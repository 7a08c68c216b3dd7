//! `aisetu-server kek`: the key under which secrets are sealed.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use admin_server::app::ControlPlane;
use clap::Subcommand;

use crate::{Data, Failure};

#[derive(Subcommand)]
pub(crate) enum KekCommand {
    /// Make a new key-encryption key and put everything under it; a rotation that was broken off is taken to its end
    ///
    /// The new key is put into the first line of the key file, and the former ones stay below it. What does not open is named, stays as it
    /// was, and makes this fail at its end. Backups from before need the former keys: keep a copy of the key file with them.
    Rotate {
        #[command(flatten)]
        data: Data,
    },
    /// List the keys, and how much is sealed under each
    List {
        #[command(flatten)]
        data: Data,
    },
    /// Throw former keys out of the key file under which nothing is any more, ten minutes after a rotation at the earliest
    Prune {
        #[command(flatten)]
        data: Data,
    },
}

impl KekCommand {
    /// The folder of the database.
    pub(crate) fn data(&self) -> &Data {
        match self {
            Self::Rotate { data } | Self::List { data } | Self::Prune { data } => data,
        }
    }

    pub(crate) async fn run(self, control_plane: &ControlPlane) -> Result<(), Failure> {
        match self {
            Self::Rotate { .. } => {
                let _one = alone(control_plane)?;
                let done = control_plane.rotate_kek().await?;
                for failed in &done.failed {
                    writeln!(io::stderr(), "error: {failed}")?;
                }
                let (id, count) = (&done.kek_id, done.rewrapped);
                let what = if done.resumed { "took the rotation that was broken off to its end" } else { "rotated" };
                writeln!(io::stdout(), "{what}: the key is {id}, and {count} values were put under it")?;
                match done.failed.len() {
                    0 => Ok(()),
                    failed => {
                        Err(format!("{failed} values do not open; they are as they were, and need their former keys")
                            .into())
                    }
                }
            }
            Self::List { .. } => {
                let mut table = "ID\tSTATE\tSEALED\n".to_owned();
                for key in control_plane.list_keks().await? {
                    let state = match (key.current, key.present) {
                        (_, false) => "MISSING",
                        (true, true) => "CURRENT",
                        (false, true) => "FORMER",
                    };
                    let (id, sealed) = (&key.kek_id, key.sealed);
                    table.extend([id.as_str(), "\t", state, "\t", &sealed.to_string(), "\n"]);
                }
                Ok(io::stdout().write_all(table.as_bytes())?)
            }
            Self::Prune { .. } => {
                let _one = alone(control_plane)?;
                let thrown = control_plane.prune_keks().await?;
                for id in &thrown {
                    writeln!(io::stdout(), "threw {id} away")?;
                }
                if thrown.is_empty() {
                    writeln!(io::stdout(), "there is no former key that nothing needs")?;
                }
                Ok(())
            }
        }
    }
}

/// Two that change the key file at once would each lose the key of the other. The lock goes with the process, however it ends.
fn alone(control_plane: &ControlPlane) -> Result<Option<File>, Failure> {
    let Some(path) = control_plane.ports().keys.kek.file().and_then(Path::parent) else { return Ok(None) };
    let folder = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    let lock = File::open(folder)?;
    lock.try_lock().map_err(|_| "another command is changing the key-encryption key; wait until it is done")?;
    Ok(Some(lock))
}
