#![doc = include_str!("../README.md")]

mod atomic;
mod credentials;
mod folders;
mod profiles;
mod shell;
mod sink;

pub use credentials::{AI_SETU_PROFILE, CredentialError, Credentials, Wanted, credentials, signed_out};
pub use folders::{AI_SETU_CONFIG_DIR, NoHome, config_folder, create_private_folder, dev_folder};
pub use profiles::{Profile, ProfileError, Profiles};
pub use shell::{shell_flag, shell_word};
pub use sink::{DeliveryError, Overwrites, Place, Probed, Receipt, Sink, SinkError, Warning};
