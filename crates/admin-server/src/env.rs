//! The settings of `aisetu-server`: variables of the environment, and a file for those that are not set there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item, TomlError, Value};
use url::Url;
use zeroize::Zeroizing;

use admin_token::Secret;

use crate::crypto::{KeyError, Keyring, ServerKey, ServerKeys};
use crate::files;

/// The file of settings.
pub const CONFIG: &str = "AI_SETU_CONFIG";
/// The file with the pepper: base64 of 32 bytes, mode 0600.
pub const PEPPER_FILE: &str = "AI_SETU_PEPPER_FILE";
/// The file with the key-encryption key: base64 of 32 bytes, mode 0600.
pub const KEK_FILE: &str = "AI_SETU_KEK_FILE";
/// The key-encryption key itself; former ones after it, with commas between them.
pub const KEK: &str = "AI_SETU_KEK";
/// The file with the audit key: base64 of 32 bytes, mode 0600.
pub const AUDIT_KEY_FILE: &str = "AI_SETU_AUDIT_KEY_FILE";
/// The folder of the database.
pub const DATA: &str = "AI_SETU_DATA";
/// The address to listen on.
pub const LISTEN: &str = "AI_SETU_LISTEN";
/// What is logged, as a `tracing` filter; `info` when absent.
pub const LOG: &str = "AI_SETU_LOG";
/// Who may come in without having been here before.
pub const SIGNUP: &str = "AI_SETU_SIGNUP";
/// The proxies whose `X-Forwarded-For` is believed.
pub const TRUSTED_PROXIES: &str = "AI_SETU_TRUSTED_PROXIES";
/// Where people and programs reach the control plane, for mails.
pub const PUBLIC_URL: &str = "AI_SETU_PUBLIC_URL";
/// The mail server.
pub const SMTP_URL: &str = "AI_SETU_SMTP_URL";
/// The password for it.
pub const SMTP_PASSWORD: &str = "AI_SETU_SMTP_PASSWORD";
/// The file with that password, mode 0600.
pub const SMTP_PASSWORD_FILE: &str = "AI_SETU_SMTP_PASSWORD_FILE";
/// The address that mails come from.
pub const MAIL_FROM: &str = "AI_SETU_MAIL_FROM";

/// Which addresses the control plane calls: `public`, `loopback` or `private`.
pub const OUTBOUND: &str = "AI_SETU_OUTBOUND";
/// Where OpenAI is.
pub const OPENAI_URL: &str = "AI_SETU_OPENAI_URL";
/// Where Anthropic is.
pub const ANTHROPIC_URL: &str = "AI_SETU_ANTHROPIC_URL";
/// Where AWS tells who a caller is (STS).
pub const AWS_STS_URL: &str = "AI_SETU_AWS_STS_URL";
/// The secret key of Stripe.
pub const STRIPE_SECRET_KEY: &str = "AI_SETU_STRIPE_SECRET_KEY";
/// The file with that key, mode 0600.
pub const STRIPE_SECRET_KEY_FILE: &str = "AI_SETU_STRIPE_SECRET_KEY_FILE";
/// The signing secret of Stripe's webhook endpoint.
pub const STRIPE_WEBHOOK_SECRET: &str = "AI_SETU_STRIPE_WEBHOOK_SECRET";
/// The file with that secret, mode 0600.
pub const STRIPE_WEBHOOK_SECRET_FILE: &str = "AI_SETU_STRIPE_WEBHOOK_SECRET_FILE";
/// Another URL of Stripe's API, for tests.
pub const STRIPE_API_URL: &str = "AI_SETU_STRIPE_API_URL";
/// The page to which a payer goes after paying.
pub const PAYMENT_RETURN_URL: &str = "AI_SETU_PAYMENT_RETURN_URL";
/// Whether calls are paid before they are made: `off` or `prepaid`.
pub const BILLING: &str = "AI_SETU_BILLING";
/// The smallest top-up, in USD.
pub const TOP_UP_MIN: &str = "AI_SETU_TOP_UP_MIN";
/// The largest top-up, in USD.
pub const TOP_UP_MAX: &str = "AI_SETU_TOP_UP_MAX";

/// For how many days entries of the log of keys are kept.
pub const KEY_LOG_DAYS: &str = "AI_SETU_KEY_LOG_DAYS";

/// What every variable starts with.
const PREFIX: &str = "AI_SETU_";
/// What a file may set.
const SETTINGS: &[&str] = &[
    PEPPER_FILE,
    KEK_FILE,
    AUDIT_KEY_FILE,
    DATA,
    LISTEN,
    LOG,
    SIGNUP,
    TRUSTED_PROXIES,
    PUBLIC_URL,
    SMTP_URL,
    SMTP_PASSWORD_FILE,
    MAIL_FROM,
    OUTBOUND,
    OPENAI_URL,
    ANTHROPIC_URL,
    AWS_STS_URL,
    STRIPE_SECRET_KEY_FILE,
    STRIPE_WEBHOOK_SECRET_FILE,
    STRIPE_API_URL,
    PAYMENT_RETURN_URL,
    BILLING,
    TOP_UP_MIN,
    TOP_UP_MAX,
    KEY_LOG_DAYS,
];
/// More than any file with a secret holds, in bytes.
const LARGEST_SECRET_FILE: usize = 4096;

/// Why a setting cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnvError {
    /// A variable is missing or empty.
    #[error("`{variable}` is not set: it names {what}")]
    Missing {
        /// Which.
        variable: &'static str,
        /// What it is for.
        what: &'static str,
    },
    /// A variable has a value that it does not take.
    #[error("`{variable}` is `{given}`; it takes {takes}")]
    Invalid {
        /// Which.
        variable: &'static str,
        /// Its value.
        given: String,
        /// What it takes.
        takes: &'static str,
    },
    /// A URL has a user or a password in it. It is not repeated, because the log would show it.
    #[error("`{variable}` is a URL with a user or a password in it; give it without what stands before the `@`")]
    UserInUrl {
        /// Which.
        variable: &'static str,
    },
    /// A key file is bad.
    #[error("`{variable}`: {source}")]
    Key {
        /// Which.
        variable: &'static str,
        /// Why.
        source: KeyError,
    },
    /// The file of settings cannot be used.
    #[error("the settings in {path}: {why}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

/// Where settings are looked up: the environment first, then a file.
#[derive(Debug, Default)]
pub struct Lookup {
    file: BTreeMap<&'static str, String>,
}

impl Lookup {
    /// The environment, and the file that `given` or `AI_SETU_CONFIG` names.
    ///
    /// # Errors
    /// [`EnvError::File`].
    pub fn new(given: Option<&Path>) -> Result<Self, EnvError> {
        match given.map(Path::to_owned).or_else(|| variable(CONFIG).map(PathBuf::from)) {
            None => Ok(Self::default()),
            Some(path) => {
                let wrong = |why: String| EnvError::File { path: path.clone(), why };
                let text = std::fs::read_to_string(&path).map_err(|error| wrong(error.to_string()))?;
                let folder = path.parent().unwrap_or(Path::new(""));
                Ok(Self { file: parse(&text, folder).map_err(wrong)? })
            }
        }
    }

    /// The value of a setting, by the name of its variable.
    pub fn get(&self, name: &str) -> Option<String> {
        variable(name).or_else(|| self.file.get(name).cloned())
    }
}

/// Each setting is its variable without `AI_SETU_`, in lower case. A path is meant from the folder of the file.
fn parse(text: &str, folder: &Path) -> Result<BTreeMap<&'static str, String>, String> {
    // Without the line itself, as it would show it: somebody may have put a password there.
    let wrong = |error: TomlError| {
        let line =
            1 + error.span().and_then(|at| text.get(..at.start)).map_or(0, |before| before.matches('\n').count());
        format!("line {line} is no TOML: {}", error.message())
    };
    let document: DocumentMut = text.parse().map_err(wrong)?;
    let mut settings = BTreeMap::new();
    for (name, item) in document.iter() {
        let variable = format!("{PREFIX}{}", name.to_ascii_uppercase());
        let Some(&variable) = SETTINGS.iter().find(|known| **known == variable) else {
            let known: Vec<_> = SETTINGS.iter().map(|known| known[PREFIX.len()..].to_ascii_lowercase()).collect();
            return Err(format!("`{name}` is no setting; there are {}", known.join(", ")));
        };
        let value = plain(item).ok_or_else(|| format!("`{name}` must be a text, a number or a list of texts"))?;
        let is_path = variable == DATA || variable.ends_with("_FILE");
        let value = if is_path { folder.join(&value).to_string_lossy().into_owned() } else { value };
        settings.insert(variable, value);
    }
    Ok(settings)
}

fn plain(item: &Item) -> Option<String> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.value().clone()),
        Value::Integer(number) => Some(number.value().to_string()),
        Value::Boolean(flag) => Some(flag.value().to_string()),
        _ => None,
    };
    match item.as_value()? {
        Value::Array(values) => values.iter().map(text).collect::<Option<Vec<_>>>().map(|values| values.join(",")),
        value => text(value),
    }
}

/// Reads the server's keys from the files that the settings name. `lookup` gives a variable's value.
///
/// # Errors
/// [`EnvError`] names the variable.
pub fn server_keys(lookup: impl Fn(&str) -> Option<String>) -> Result<ServerKeys, EnvError> {
    let key = |variable: &'static str, what: &'static str| {
        let path = lookup(variable).ok_or(EnvError::Missing { variable, what })?;
        ServerKey::read(&PathBuf::from(path)).map_err(|source| EnvError::Key { variable, source })
    };
    Ok(ServerKeys {
        pepper: key(
            PEPPER_FILE,
            "the file with the pepper of token digests, base64 of 32 bytes, mode 0600, kept apart from the database",
        )?,
        kek: keyring(&lookup)?,
        audit: key(
            AUDIT_KEY_FILE,
            "the file with the key of the audit chain, base64 of 32 bytes, mode 0600, kept apart from the database",
        )?,
    })
}

/// The key-encryption keys: from a variable, or from the file that another one names.
fn keyring(lookup: &impl Fn(&str) -> Option<String>) -> Result<Keyring, EnvError> {
    if let Some(text) = lookup(KEK).map(Zeroizing::new) {
        let takes = "base64 of 32 bytes, and former keys after it with commas between them";
        return Keyring::parse(&text).ok_or(EnvError::Invalid { variable: KEK, given: "..".to_owned(), takes });
    }
    let what = "the file with the key-encryption key, base64 of 32 bytes, mode 0600, kept apart from the database";
    let path = lookup(KEK_FILE).ok_or(EnvError::Missing { variable: KEK_FILE, what })?;
    Keyring::read(Path::new(&path)).map_err(|source| EnvError::Key { variable: KEK_FILE, source })
}

/// A secret: the value of a variable, or what is in the file that another one names, without the end of its last line.
///
/// # Errors
/// [`EnvError`] names the variable; a file that others may read is refused.
pub fn secret(
    lookup: &impl Fn(&str) -> Option<String>,
    value: &'static str,
    file: &'static str,
) -> Result<Option<Secret>, EnvError> {
    if let Some(text) = lookup(value) {
        return Ok(Some(Secret::new(text)));
    }
    let Some(path) = lookup(file) else { return Ok(None) };
    let wrong = |source| EnvError::Key { variable: file, source };
    let bytes = files::read_private(Path::new(&path), LARGEST_SECRET_FILE).map_err(wrong)?;
    let text = std::str::from_utf8(&bytes)
        .ok()
        .map(|text| text.trim_end_matches(['\r', '\n']))
        .filter(|text| !text.is_empty());
    let takes = "a file with one line of text";
    text.map(|text| Some(Secret::new(text))).ok_or(EnvError::Invalid { variable: file, given: path, takes })
}

/// The URL that a setting has, if it `fits`. No refusal repeats it: somebody may have put a password into it.
///
/// # Errors
/// [`EnvError`] names the variable.
pub fn url(
    variable: &'static str,
    text: &str,
    takes: &'static str,
    fits: impl Fn(&Url) -> bool,
) -> Result<Url, EnvError> {
    match Url::parse(text) {
        Ok(url) if !url.username().is_empty() || url.password().is_some() => Err(EnvError::UserInUrl { variable }),
        Ok(url) if fits(&url) => Ok(url),
        _ => Err(EnvError::Invalid { variable, given: "..".to_owned(), takes }),
    }
}

/// A variable of this process; an empty one counts as unset.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_sets_what_a_variable_sets_and_its_paths_begin_at_its_folder() {
        let text = "listen = \"127.0.0.1:7070\"\nkek_file = \"keys/kek\"\ndata = \"/var/lib/aisetu\"\ntrusted_proxies = [\"10.0.0.0/8\", \"::1\"]\n";
        let settings = parse(text, Path::new("/etc/aisetu")).unwrap();
        assert_eq!(settings[LISTEN], "127.0.0.1:7070");
        assert_eq!(settings[KEK_FILE], "/etc/aisetu/keys/kek");
        assert_eq!(settings[DATA], "/var/lib/aisetu");
        assert_eq!(settings[TRUSTED_PROXIES], "10.0.0.0/8,::1");
    }

    #[test]
    fn what_a_file_may_not_set_is_refused_by_name() {
        for (text, named) in [
            ("smtp_password = \"x\"", "`smtp_password` is no setting; there are pepper_file"),
            ("listen = { port = 1 }", "`listen` must be"),
            ("[server]\nlisten = \"x\"", "`server` is no setting"),
            ("listen", "line 1 is no TOML: "),
            ("listen = \"x\"\nsmtp_url = \"smtp://me:s3cret@mail", "line 2 is no TOML: "),
        ] {
            let refused = parse(text, Path::new("")).unwrap_err();
            assert!(refused.contains(named) && !refused.contains("s3cret"), "{refused}");
        }
    }
}
