#![doc = include_str!("../README.md")]

mod address;
mod atomic;
mod credentials;
mod folders;
mod keyring;
mod machine;
mod profiles;
mod program;
mod shell;
mod sink;
mod source;
mod store;

pub use credentials::{
    AI_SETU_PROFILE, CredentialError, Credentials, Located, Wanted, credentials, locate, login_command, same_origin,
    signed_out,
};
pub use folders::{AI_SETU_CONFIG_DIR, NoHome, config_folder, create_private_folder, dev_folder};
pub use keyring::{AI_SETU_NO_KEYRING, Keyring, KeyringError, SecretStore};
pub use machine::Machine;
pub use profiles::{DEFAULT_PROFILE, Kept, Profile, ProfileError, Profiles};
pub use program::ProgramError;
pub use shell::{shell_flag, shell_word};
pub use sink::{ActionsFile, DeliveryError, Overwrites, Place, Probed, Receipt, Sink, SinkError, Warning};
pub use source::{NotASecret, ReferenceError, SecretReference, SecretSource, SourceError};
pub use store::{CredentialStore, Saved, SignedIn};
