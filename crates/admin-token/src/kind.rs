//! The kinds of token and their prefixes.

use std::fmt;

/// What a token is for. Its prefix tells, so that one kind is never taken for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenKind {
    /// `tt_pat_`: a personal access token, for the control-plane API.
    Pat,
    /// `tt_svc_`: a service token, for a gateway that serves every tenant.
    Service,
    /// `tt_live_`: an API key for production.
    LiveKey,
    /// `tt_test_`: an API key for tests.
    TestKey,
    /// `tt_inv_`: an invitation.
    Invitation,
    /// `tt_boot_`: what makes the first owner of a new server.
    Bootstrap,
}

impl TokenKind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Pat, Self::Service, Self::LiveKey, Self::TestKey, Self::Invitation, Self::Bootstrap];

    /// What a token of this kind starts with. A published prefix never changes: secret scanners know it.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Pat => "tt_pat_",
            Self::Service => "tt_svc_",
            Self::LiveKey => "tt_live_",
            Self::TestKey => "tt_test_",
            Self::Invitation => "tt_inv_",
            Self::Bootstrap => "tt_boot_",
        }
    }

    /// The kind whose prefix `text` starts with.
    pub fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| text.starts_with(kind.prefix()))
    }

    /// Whether it is an API key, LIVE or TEST.
    pub const fn is_api_key(self) -> bool {
        matches!(self, Self::LiveKey | Self::TestKey)
    }
}

impl fmt::Display for TokenKind {
    /// The kind in words, as a message names it: "a personal access token".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pat => "a personal access token",
            Self::Service => "a service token",
            Self::LiveKey => "a live API key",
            Self::TestKey => "a test API key",
            Self::Invitation => "an invitation token",
            Self::Bootstrap => "a bootstrap token",
        })
    }
}
