#![doc = include_str!("../README.md")]

mod kind;
mod secret;
mod token;

pub use kind::TokenKind;
pub use secret::Secret;
pub use token::{SCANNER_REGEX, Token, TokenError, find, mint, parse};
