//! What of a client's file is shown to nobody: the secrets of the servers beside ours.

use std::ops::Range;

/// What stands for a value that is not shown.
pub(super) const MASK: &str = "***";

/// What a name has in it that names a secret.
const SECRET_NAMES: [&str; 8] = ["authorization", "bearer", "cookie", "credential", "key", "passw", "secret", "token"];
/// From so many characters on, a word of letters and digits is one that a machine made.
const MADE_BY_A_MACHINE: usize = 20;

/// Whether what has this name is a secret, such as `apiKey`.
pub(super) fn names_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_NAMES.iter().any(|part| name.contains(part))
}

/// Whether all that is under this name may be secret, as the environment of a server.
pub(super) fn holds_secrets(name: &str) -> bool {
    matches!(name, "env" | "environment" | "headers" | "http_headers" | "env_http_headers") || names_secret(name)
}

/// Whether the argument behind this one is a secret, as behind `--api-key`.
pub(super) fn announces_secret(argument: &str) -> bool {
    argument.starts_with('-') && names_secret(argument)
}

/// Whether a text has a secret in it, as far as can be seen. Rather too much is hidden than too little.
pub(super) fn conceals(text: &str) -> bool {
    let is_path = text.starts_with(['/', '~', '.']) || text.get(1..3).is_some_and(|drive| drive == ":\\");
    admin_token::find(text).is_some()
        || says_secret(text, is_path)
        || has_user(text)
        || (!is_path && has_machine_word(text))
}

/// `TOKEN=…`, `Authorization: …`, `--api-key …`. A path has blanks of its own.
fn says_secret(text: &str, is_path: bool) -> bool {
    let text = text.to_ascii_lowercase();
    let separates = |c: char| matches!(c, '=' | ':') || (!is_path && c.is_whitespace());
    SECRET_NAMES.iter().any(|name| text.find(name).is_some_and(|start| text[start..].contains(separates)))
}

/// `https://user:password@host`.
fn has_user(text: &str) -> bool {
    let authority = text.split_once("://").map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default());
    authority.is_some_and(|authority| authority.contains('@'))
}

fn has_machine_word(text: &str) -> bool {
    let mut words = text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-')));
    words.any(|word| {
        word.len() >= MADE_BY_A_MACHINE
            && word.bytes().any(|byte| byte.is_ascii_digit())
            && word.bytes().any(|byte| byte.is_ascii_alphabetic())
    })
}

/// The text with something else in the place of each range. No range overlaps another.
pub(super) fn replaced(text: &str, mut edits: Vec<(Range<usize>, String)>) -> String {
    edits.sort_by_key(|(range, _)| range.start);
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for (range, new) in edits {
        result.push_str(&text[done..range.start]);
        result.push_str(&new);
        done = range.end;
    }
    result.push_str(&text[done..]);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_secret_is_hidden() {
        for secret in [
            "tt_pat_0000000000000000000000000000003IMwSh",
            "Authorization: Bearer abc",
            "--api-key=abc",
            "API_KEY=abc npx server",
            "/bin/sh -c TOKEN=abc exec server",
            "https://host/mcp?apiKey=abc",
            "postgresql://ada:abc@db/x",
            "https://mcp.example.com/s/NjQ0YzFhMmItZjU2ODk5/mcp",
            "sk-proj-0aB1cD2eF3gH4iJ5",
        ] {
            assert!(conceals(secret), "{secret}");
        }
    }

    #[test]
    fn what_says_how_a_server_is_started_is_shown() {
        for plain in [
            "npx",
            "-y",
            "@modelcontextprotocol/server-everything",
            "/nix/store/0a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p-aisetu-0.1.0/bin/aisetu",
            r"C:\Program Files\My keys\aisetu.exe",
            "/home/ada/my tokens/aisetu",
            "--profile",
            "http://127.0.0.1:4100",
            "https://mcp.example.com/mcp",
        ] {
            assert!(!conceals(plain), "{plain}");
        }
    }
}
