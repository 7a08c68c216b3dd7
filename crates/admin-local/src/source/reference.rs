//! A secret that somebody else keeps: 1Password, Vault, the keyring.

use std::fmt;
use std::str::FromStr;

use admin_token::Secret;

use super::{NotASecret, ReferenceError, SecretSource, SourceError};
use crate::Machine;
use crate::address::{self, named};
use crate::program::{OP, Program, ProgramError, VAULT};

/// A reference to a secret: `op://VAULT/ITEM/FIELD`, `vault:PATH#FIELD` or `keyring:SERVICE/ACCOUNT`.
///
/// ```
/// use admin_local::SecretReference;
///
/// let reference: SecretReference = "vault:secret/ci#api_key".parse()?;
/// assert_eq!(reference, SecretReference::Vault { path: "secret/ci".into(), field: "api_key".into() });
/// # Ok::<(), admin_local::ReferenceError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretReference {
    /// A field of an item in 1Password, by the program `op`.
    OnePassword {
        /// The whole reference, as 1Password has it.
        reference: String,
    },
    /// A field of a secret in `HashiCorp`'s Vault, by the program `vault`.
    Vault {
        /// The path, with that of the engine.
        path: String,
        /// The field.
        field: String,
    },
    /// An entry of the operating system's keyring.
    Keyring {
        /// The service that it is for.
        service: String,
        /// The account there.
        account: String,
    },
}

impl SecretReference {
    pub(super) fn read(&self, machine: &Machine) -> Result<Secret, SourceError> {
        match self {
            Self::OnePassword { reference } => {
                let op = Program::tool(OP, machine)?;
                self.printed(&op, &["read"], &["--no-newline", reference])
            }
            Self::Vault { path, field } => {
                let vault = Program::tool(VAULT, machine)?;
                self.printed(&vault, &["kv", "get"], &[&format!("-field={field}"), path])
            }
            Self::Keyring { service, account } => {
                let (owned_service, owned_account) = (service.clone(), account.clone());
                match machine.keyring.of_service(service).get(account) {
                    Ok(Some(secret)) => self.secret(secret.expose().as_bytes()),
                    Ok(None) => Err(SourceError::NotInKeyring { service: owned_service, account: owned_account }),
                    Err(cause) => Err(SourceError::Keyring { service: owned_service, account: owned_account, cause }),
                }
            }
        }
    }

    /// What a program prints.
    fn printed(&self, program: &Program, words: &[&str], arguments: &[&str]) -> Result<Secret, SourceError> {
        match program.ask(words, arguments, SecretSource::MOST_READ) {
            Ok(printed) => self.secret(&printed),
            Err(ProgramError::TooMuch { .. }) => Err(self.no_secret(NotASecret::TooLong)),
            Err(error) => Err(error.into()),
        }
    }

    fn secret(&self, bytes: &[u8]) -> Result<Secret, SourceError> {
        SecretSource::from_bytes(bytes).map_err(|why| self.no_secret(why))
    }

    fn no_secret(&self, why: NotASecret) -> SourceError {
        SourceError::NoSecret { origin: SecretSource::Reference(self.clone()), why }
    }
}

impl FromStr for SecretReference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let malformed = |form| ReferenceError::Malformed { form };
        if let Some(rest) = text.strip_prefix("op://") {
            // A section may stand before the field.
            let parts: Vec<&str> = rest.split('/').collect();
            if !(3..=4).contains(&parts.len()) || !parts.iter().all(|part| named([part])) {
                return Err(malformed("op://VAULT/ITEM/FIELD"));
            }
            return Ok(Self::OnePassword { reference: text.to_owned() });
        }
        match text.split_once(':') {
            Some(("vault", rest)) => {
                let (path, field) = address::vault(rest).ok_or_else(|| malformed("vault:PATH#FIELD"))?;
                Ok(Self::Vault { path, field })
            }
            Some(("keyring", rest)) => {
                let (service, account) = address::keyring(rest).ok_or_else(|| malformed("keyring:SERVICE/ACCOUNT"))?;
                Ok(Self::Keyring { service, account })
            }
            _ => Err(ReferenceError::UnknownForm),
        }
    }
}

impl fmt::Display for SecretReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OnePassword { reference } => f.write_str(reference),
            Self::Vault { path, field } => write!(f, "vault:{path}#{field}"),
            Self::Keyring { service, account } => write!(f, "keyring:{service}/{account}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_parses_to_itself() {
        for text in [
            "op://Private/CI of acme/credential",
            "op://Private/CI/section/credential",
            "op://v/i/password?attribute=otp",
            "vault:secret/ci/web#api_key",
            "keyring:acme/ci",
            "keyring:acme/ci/web",
        ] {
            assert_eq!(text.parse::<SecretReference>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_does_not_parse_is_not_quoted() {
        let why = |text: &str| text.parse::<SecretReference>().unwrap_err().to_string();
        for text in ["", "sk-secret", "tt_live_secret", "file:secret", "op:secret/i/f", "https://secret"] {
            assert_eq!(
                why(text),
                "this is no reference to a secret: give `op://VAULT/ITEM/FIELD`, `vault:PATH#FIELD` or `keyring:SERVICE/ACCOUNT`"
            );
        }
        for text in ["op://", "op://v/i", "op://v//f", "op://v/i/s/f/g", "op://v/i/f\n"] {
            assert_eq!(why(text), "write this reference as `op://VAULT/ITEM/FIELD`");
        }
        for text in ["vault:", "vault:secret/ci", "vault:#f", "vault:-p#f"] {
            assert_eq!(why(text), "write this reference as `vault:PATH#FIELD`");
        }
        for text in ["keyring:", "keyring:acme", "keyring:/ci"] {
            assert_eq!(why(text), "write this reference as `keyring:SERVICE/ACCOUNT`");
        }
    }
}
