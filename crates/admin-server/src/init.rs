//! A place for a server: its settings, its keys, and where its data goes.

use std::io;
use std::path::{Path, PathBuf};

use crate::crypto::{KeyError, ServerKeys};
use crate::files::{make_private_folder, write_private};
use crate::random::Random;

/// The file of settings in the folder.
pub const SETTINGS_FILE: &str = "aisetu-server.toml";
const KEYS: &str = "keys";
const DATA: &str = "data";

/// Why there is no place for a server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InitError {
    /// A file or folder cannot be made.
    #[error("{path} cannot be made: {source}")]
    Unwritable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A key file is bad, or missing where the database is there.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Makes of a server's folder what is not there yet: `aisetu-server.toml`, `keys/` with the pepper, the key-encryption key and the
/// audit key, and `data/`. What is there stays, so it may run again. The path of the settings.
///
/// # Errors
/// [`InitError`] names the path. Keys are not made anew where there is a database: it would be lost with others.
pub fn init(folder: &Path, random: &dyn Random) -> Result<PathBuf, InitError> {
    let unwritable = |path: &Path| {
        let path = path.to_owned();
        move |source| InitError::Unwritable { path, source }
    };
    let (keys, data, settings) = (folder.join(KEYS), folder.join(DATA), folder.join(SETTINGS_FILE));
    for folder in [folder, &keys, &data] {
        make_private_folder(folder).map_err(unwritable(folder))?;
    }
    ServerKeys::read_or_create_for(&keys, &data, random)?;
    match write_private(&settings, text().as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(unwritable(&settings)(error)),
        _ => Ok(settings),
    }
}

/// The settings of a new server, the optional ones as comments.
fn text() -> String {
    format!(
        r#"# The settings of aisetu-server. Each is also a variable of the environment, which wins: `listen` is AI_SETU_LISTEN.
# Paths begin at the folder of this file. Keep the keys apart from copies of the data: a copy without them opens nothing.

data = "{DATA}"
listen = "127.0.0.1:7070"

pepper_file = "{KEYS}/pepper.key"
kek_file = "{KEYS}/kek.key"
audit_key_file = "{KEYS}/audit.key"

# Where people and programs reach this control plane; mails say so.
# public_url = "https://api.example.com"

# Who may come in without having been here before: closed, invite, domain:example.com or open.
signup = "invite"

# Mail for sign-in codes and invitations. smtps:// is TLS from the start, smtp:// is STARTTLS.
# smtp_url = "smtp://user@mail.example.com:587"
# smtp_password_file = "{KEYS}/smtp-password"
# mail_from = "aisetu <no-reply@example.com>"

# The proxies in front of it whose X-Forwarded-For is believed.
# trusted_proxies = ["10.0.0.0/8"]
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::{self, Lookup};
    use crate::random::SystemRandom;

    #[test]
    fn what_was_made_is_a_servers_settings_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("new");
        let settings = init(&place, &SystemRandom).unwrap();
        let lookup = Lookup::new(Some(&settings)).unwrap();
        let keys = env::server_keys(|name| lookup.get(name)).unwrap();
        assert_eq!(lookup.get(env::DATA).unwrap(), place.join("data").to_string_lossy());
        std::fs::write(&settings, "listen = \"127.0.0.1:1\"\n").unwrap();
        init(&place, &SystemRandom).unwrap();
        assert_eq!(std::fs::read_to_string(&settings).unwrap(), "listen = \"127.0.0.1:1\"\n");
        let again = ServerKeys::read_or_create(&place.join("keys"), &SystemRandom).unwrap();
        assert_eq!(keys.pepper.id(), again.pepper.id());
    }

    #[test]
    fn every_setting_that_is_named_is_one() {
        let text = text();
        let settings = text.lines().map(|line| line.strip_prefix("# ").unwrap_or(line));
        let settings: Vec<&str> = settings.filter(|line| line.contains(" = \"") || line.contains(" = [")).collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("all.toml");
        std::fs::write(&path, settings.join("\n")).unwrap();
        assert!(Lookup::new(Some(&path)).unwrap().get(env::SMTP_URL).is_some());
    }

    #[test]
    fn keys_are_not_made_anew_beside_a_database() {
        let folder = tempfile::tempdir().unwrap();
        init(folder.path(), &SystemRandom).unwrap();
        std::fs::write(folder.path().join("data/control-plane.db"), "").unwrap();
        std::fs::remove_file(folder.path().join("keys/kek.key")).unwrap();
        let error = init(folder.path(), &SystemRandom).unwrap_err();
        assert!(error.to_string().contains("kek.key cannot be read"), "{error}");
    }
}
