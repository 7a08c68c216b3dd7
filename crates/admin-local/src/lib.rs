#![doc = include_str!("../README.md")]

mod address;
mod agent;
mod atomic;
pub mod clients;
mod credentials;
mod folders;
mod keyring;
mod known_names;
mod machine;
mod profiles;
mod program;
mod settings;
mod shell;
mod sign_in;
mod sink;
mod source;
mod store;
mod toml_file;

pub use agent::{AI_SETU_AGENT, agent};
pub use credentials::{
    AI_SETU_PROFILE, CredentialError, Credentials, Located, Wanted, chosen_profile, credentials, locate, login_command,
    same_origin, signed_out,
};
pub(crate) use folders::cache_folder;
pub use folders::{AI_SETU_CONFIG_DIR, NoHome, config_folder, create_private_folder, dev_folder};
pub use keyring::{AI_SETU_NO_KEYRING, Keyring, KeyringError, SecretStore};
pub use known_names::{KnownName, KnownNames};
pub use machine::Machine;
pub use profiles::{DEFAULT_PROFILE, Kept, Profile, ProfileError, Profiles};
pub use program::ProgramError;
pub use settings::{Found, Origin, PROJECT_FILE, Setting, Settings, SettingsError, SettingsFile};
pub use shell::{shell_flag, shell_word};
pub use sign_in::{KeptToken, SignIn, SignInError};
pub use sink::{ActionsFile, Before, DeliveryError, Overwrites, Place, Probed, Receipt, Sink, SinkError, Warning};
pub use source::{NotASecret, ReferenceError, SecretReference, SecretSource, SourceError};
pub use store::{CredentialStore, Saved, SignedIn};
pub use toml_file::FileError;
