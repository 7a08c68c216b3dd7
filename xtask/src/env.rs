//! The environment. Nothing else in this crate reads it.

use admin_token::{Secret, TokenKind};
use anyhow::{Context as _, bail};

/// Holds the personal access token for `--url`.
pub(crate) const PAT: &str = "AI_SETU_PAT";

/// The PAT of the caller. What is wrong with it is told without quoting it.
pub(crate) fn pat() -> anyhow::Result<Secret> {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    let text = std::env::var(PAT).ok().filter(|text| !text.is_empty());
    let text = Secret::new(text.with_context(|| {
        format!("{PAT} is not set, and a deployment tells its schema to no one without a personal access token")
    })?);
    let token = admin_token::parse(text.expose()).with_context(|| format!("{PAT} holds no personal access token"))?;
    if token.kind() != TokenKind::Pat {
        bail!("{PAT} holds {}, not {}", token.kind(), TokenKind::Pat);
    }
    Ok(token.into_secret())
}
