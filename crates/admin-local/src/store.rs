//! The credential store: which profile there is says the file; its token is in the keyring, or in the file.

use std::path::PathBuf;

use admin_core::env::Environment;
use admin_core::{BaseUrl, DateTime};
use admin_token::Secret;

use crate::credentials::origin;
use crate::{CredentialError, Kept, Keyring, KeyringError, NoHome, Profile, ProfileError, Profiles, config_folder};

/// The profiles of a user with their tokens.
#[derive(Debug, Clone)]
pub struct CredentialStore {
    profiles: Profiles,
    keyring: Keyring,
}

/// A token that somebody signed in for.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The control plane that made the token.
    pub base_url: BaseUrl,
    /// The token.
    pub pat: Secret,
    /// When it expires.
    pub expires_at: DateTime,
    /// Whose it is, if that is known.
    pub email: Option<String>,
    /// The tenant that it is for (`ten_…`), if that is known.
    pub tenant: Option<String>,
}

/// Where a token is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saved {
    /// In the keyring.
    Keyring,
    /// In the file.
    File {
        /// The file.
        path: PathBuf,
        /// Why it is not in the keyring.
        because: KeyringError,
    },
}

impl CredentialStore {
    /// Of the user: the file in the folder of the configuration, and the keyring of the operating system. Neither is asked yet.
    pub fn open(environment: &Environment) -> Result<Self, NoHome> {
        let profiles = Profiles::in_folder(&config_folder(environment)?);
        Ok(Self { profiles, keyring: Keyring::system(environment) })
    }

    /// Of these parts.
    pub const fn new(profiles: Profiles, keyring: Keyring) -> Self {
        Self { profiles, keyring }
    }

    /// The file.
    pub const fn profiles(&self) -> &Profiles {
        &self.profiles
    }

    /// The token of a profile. The keyring is asked for it only if it is there.
    ///
    /// # Errors
    /// [`CredentialError::Keyring`] within 2 seconds, [`CredentialError::NotInKeyring`].
    pub fn token(&self, name: &str, profile: &Profile) -> Result<Secret, CredentialError> {
        let hint = match &profile.pat {
            Kept::File(pat) => return Ok(pat.clone()),
            Kept::Keyring { hint } => hint,
        };
        let unusable = |cause| CredentialError::Keyring { name: name.to_owned(), cause };
        self.keyring.get(&account(name, &profile.base_url, hint)).map_err(unusable)?.ok_or_else(|| {
            CredentialError::NotInKeyring { name: name.to_owned(), base_url: Box::new(profile.base_url.clone()) }
        })
    }

    /// Keeps a token: in the keyring if that takes it within 2 seconds, else in the file. The token that the profile had is
    /// forgotten once the new one is there, and not before.
    ///
    /// # Errors
    /// [`ProfileError`]: the new token is kept nowhere, and the old one is as it was.
    pub fn save(&self, name: &str, signed_in: &SignedIn) -> Result<Saved, ProfileError> {
        let SignedIn { base_url, pat, expires_at, email, tenant } = signed_in.clone();
        let old = self.profiles.find(name)?;
        let account = account(name, &base_url, pat.hint());
        let (kept, saved) = match self.keyring.set(&account, &pat) {
            Ok(()) => (Kept::Keyring { hint: pat.hint().to_owned() }, Saved::Keyring),
            Err(because) => (Kept::File(pat), Saved::File { path: self.profiles.path().to_owned(), because }),
        };
        let profile = Profile { base_url, pat: kept, expires_at: Some(expires_at), email, tenant };
        if let Err(error) = self.profiles.put(name, &profile) {
            if saved == Saved::Keyring {
                // What nothing leads to is no harm but for its being there.
                let _ = self.keyring.delete(&account);
            }
            return Err(error);
        }
        if let Some(old) = old {
            let _ = self.forget_in_keyring(name, &old, Some(&account));
        }
        Ok(saved)
    }

    /// Forgets a profile and its token; `None` = there was no such profile, and `Some` has why the token is still in the keyring, if
    /// it is.
    pub fn forget(&self, name: &str) -> Result<Option<Result<(), KeyringError>>, ProfileError> {
        let Some(profile) = self.profiles.find(name)? else { return Ok(None) };
        self.profiles.remove(name)?;
        Ok(Some(self.forget_in_keyring(name, &profile, None)))
    }

    fn forget_in_keyring(&self, name: &str, profile: &Profile, but: Option<&String>) -> Result<(), KeyringError> {
        let Kept::Keyring { hint } = &profile.pat else { return Ok(()) };
        let account = account(name, &profile.base_url, hint);
        if but == Some(&account) { Ok(()) } else { self.keyring.delete(&account) }
    }
}

/// Under which name the keyring has a token. With the control plane in it, a file that was changed leads to no token; with the end
/// of the token, two configurations of one user do not overwrite each other's.
fn account(name: &str, base_url: &BaseUrl, hint: &str) -> String {
    format!("{name} @ {} …{hint}", origin(base_url))
}
