//! What the operator decides.

use ipnet::IpNet;

use crate::env::{self, EnvError};

/// Who may come in without having been here before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signup {
    /// Nobody, not even by an invitation.
    Closed,
    /// Who is invited.
    Invite,
    /// Who is invited, and whoever has an address of this domain: they get a tenant of their own.
    Domain(String),
    /// Anyone: they get a tenant of their own.
    Open,
}

impl Signup {
    /// Whether someone new with this folded address gets a tenant of their own.
    pub fn admits(&self, email: &str) -> bool {
        match self {
            Self::Closed | Self::Invite => false,
            Self::Domain(domain) => email.rsplit_once('@').is_some_and(|(_, of)| of == domain),
            Self::Open => true,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match text {
            "closed" => Some(Self::Closed),
            "invite" => Some(Self::Invite),
            "open" => Some(Self::Open),
            _ => {
                let domain = idna::domain_to_ascii_strict(text.strip_prefix("domain:")?).ok()?;
                (!domain.is_empty()).then_some(Self::Domain(domain))
            }
        }
    }
}

/// Everything the operator decides, but for keys and addresses to listen on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Who may come in.
    pub signup: Signup,
    /// The proxies whose word on where a request came from is taken.
    pub trusted_proxies: Vec<IpNet>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { signup: Signup::Invite, trusted_proxies: Vec::new() }
    }
}

impl Settings {
    /// Those of `aisetu dev`, where whoever is on the machine may do anything.
    pub fn dev() -> Self {
        Self { signup: Signup::Open, ..Self::default() }
    }

    /// Takes those that are set over these. `lookup` gives a variable's value.
    ///
    /// # Errors
    /// [`EnvError::Invalid`] names the variable.
    pub fn over(mut self, lookup: &impl Fn(&str) -> Option<String>) -> Result<Self, EnvError> {
        let invalid = |variable, given: &str, takes| EnvError::Invalid { variable, given: given.to_owned(), takes };
        if let Some(text) = lookup(env::SIGNUP) {
            let takes = "`closed`, `invite`, `domain:example.com` or `open`";
            self.signup = Signup::parse(&text).ok_or_else(|| invalid(env::SIGNUP, &text, takes))?;
        }
        if let Some(text) = lookup(env::TRUSTED_PROXIES) {
            let takes = "addresses or blocks such as 10.0.0.0/8, with commas between them";
            let blocks = text.split(',').map(|block| parse_block(block.trim()));
            self.trusted_proxies =
                blocks.collect::<Option<_>>().ok_or_else(|| invalid(env::TRUSTED_PROXIES, &text, takes))?;
        }
        Ok(self)
    }
}

/// A block, or the block of one address.
fn parse_block(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse().ok().map(|address: std::net::IpAddr| address.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(name: &'static str, value: &'static str) -> Result<Settings, EnvError> {
        Settings::default().over(&|variable| (variable == name).then(|| value.to_owned()))
    }

    #[test]
    fn signup_policies_admit_whom_they_say() {
        let policy = |text| over(env::SIGNUP, text).unwrap().signup;
        assert_eq!(Settings::default().signup, Signup::Invite);
        let admitted =
            |policy: &Signup| ["ada@example.com", "ada@sub.example.com", "a@x"].map(|who| policy.admits(who));
        assert_eq!(admitted(&policy("closed")), [false; 3]);
        assert_eq!(admitted(&policy("invite")), [false; 3]);
        assert_eq!(admitted(&policy("open")), [true; 3]);
        assert_eq!(admitted(&policy("domain:Example.com")), [true, false, false]);
        for bad in ["Open", "domain:", "domain:exa mple.com", ""] {
            let error = over(env::SIGNUP, bad).unwrap_err().to_string();
            assert!(error.contains("AI_SETU_SIGNUP") && error.contains("domain:example.com"), "{error}");
        }
    }

    #[test]
    fn trusted_proxies_are_addresses_and_blocks() {
        let proxies = over(env::TRUSTED_PROXIES, "10.0.0.0/8, 192.0.2.1,::1").unwrap().trusted_proxies;
        assert_eq!(
            proxies.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["10.0.0.0/8", "192.0.2.1/32", "::1/128"]
        );
        assert!(over(env::TRUSTED_PROXIES, "10.0.0.0/33").is_err());
    }
}
