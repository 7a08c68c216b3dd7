#![doc = include_str!("../README.md")]

mod kind;
mod secret;
mod token;

pub use kind::TokenKind;
pub use secret::Secret;
pub use token::{SCANNER_REGEX, Sighting, Token, TokenError, find, mint, parse, scan};
