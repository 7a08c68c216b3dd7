#![doc = include_str!("../README.md")]

mod atomic;
mod clients;
mod credentials;
mod folders;
mod keyring;
mod profiles;
mod shell;
mod sink;
mod store;

pub use clients::{
    Change, Client, ClientError, DEFAULT_SERVER_NAME, Found, Platform, Program, Registration, Scope, Server,
    ServerOptions, Surroundings,
};
pub use credentials::{
    AI_SETU_PROFILE, CredentialError, Credentials, Located, Wanted, credentials, locate, login_command, same_origin,
    signed_out,
};
pub use folders::{AI_SETU_CONFIG_DIR, NoHome, config_folder, create_private_folder, dev_folder};
pub use keyring::{AI_SETU_NO_KEYRING, Keyring, KeyringError, SecretStore};
pub use profiles::{DEFAULT_PROFILE, Kept, Profile, ProfileError, Profiles};
pub use shell::{shell_flag, shell_word};
pub use sink::{DeliveryError, Overwrites, Place, Probed, Receipt, Sink, SinkError, Warning};
pub use store::{CredentialStore, Saved, SignedIn};
