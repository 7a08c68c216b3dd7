//! What the operator decides.

use ipnet::IpNet;
use url::Url;

use crate::env::{self, EnvError};
use crate::money::Money;
use crate::outbound::{Reach, is_loopback};

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

/// Where providers are, and which addresses may be called at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderSettings {
    /// Which addresses may be called.
    pub reach: Reach,
    /// OpenAI; `/v1/models` is below it.
    pub openai: Url,
    /// Anthropic; `/v1/models` is below it.
    pub anthropic: Url,
    /// AWS's STS for every region; `None` = the one of the region.
    pub sts: Option<Url>,
}

impl ProviderSettings {
    /// AWS's STS for a region.
    pub fn sts_in(&self, region: &str) -> Option<Url> {
        let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        self.sts.clone().or_else(|| format!("https://sts.{region}.{suffix}/").parse().ok())
    }
}

#[expect(clippy::expect_used, reason = "the two addresses are constants, and a test reads them")]
impl Default for ProviderSettings {
    fn default() -> Self {
        let known = |url: &str| url.parse().expect("a constant address");
        let (openai, anthropic) = (known("https://api.openai.com/"), known("https://api.anthropic.com/"));
        Self { reach: Reach::Public, openai, anthropic, sts: None }
    }
}

/// Whether calls are paid before they are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Billing {
    /// Nobody asks for credit.
    Off,
    /// A tenant without credit is denied what would cost it.
    Prepaid,
}

/// Everything the operator decides, but for keys and addresses to listen on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Who may come in.
    pub signup: Signup,
    /// The proxies whose word on where a request came from is taken.
    pub trusted_proxies: Vec<IpNet>,
    /// Where providers are.
    pub providers: ProviderSettings,
    /// Whether a key of a tenant without credit is denied.
    pub billing: Billing,
    /// How small and how large a top-up may be.
    pub top_ups: TopUps,
    /// Where people and programs reach the control plane; `None` = a mail does not say.
    pub public_url: Option<Url>,
    /// For how many days entries of the log of keys are kept, at least 1; 30 unless set. Usage is kept for good, but for its single minutes,
    /// which go with the entries.
    pub key_log_days: u16,
}

/// Ten years.
const MOST_LOG_DAYS: u16 = 3_653;

/// How small and how large a top-up may be, both included. Whole cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopUps {
    /// The smallest, more than nothing; 5 USD unless set.
    pub min: Money,
    /// The largest, at most 999,999.99 USD, which is what a card's payment can be; 10,000 USD unless set.
    pub max: Money,
}

impl Default for TopUps {
    fn default() -> Self {
        Self { min: Money::from_micros(5_000_000), max: Money::from_micros(10_000_000_000) }
    }
}

impl TopUps {
    const LARGEST: Money = Money::from_micros(999_999_990_000);

    fn over(self, lookup: &impl Fn(&str) -> Option<String>) -> Result<Self, EnvError> {
        let takes = "USD with at most two decimals, such as 25 or 25.50: the smallest more than 0 and not above the largest, which \
                     is at most 999999.99";
        let amount = |variable, unset: Money| match lookup(variable) {
            None => Ok(unset),
            Some(given) => given
                .parse()
                .ok()
                .filter(|amount: &Money| *amount > Money::ZERO && *amount <= Self::LARGEST && amount.cents().is_some())
                .ok_or(EnvError::Invalid { variable, given, takes }),
        };
        let (min, max) = (amount(env::TOP_UP_MIN, self.min)?, amount(env::TOP_UP_MAX, self.max)?);
        if min > max {
            return Err(EnvError::Invalid { variable: env::TOP_UP_MIN, given: min.to_string(), takes });
        }
        Ok(Self { min, max })
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            signup: Signup::Invite,
            trusted_proxies: Vec::new(),
            billing: Billing::Off,
            top_ups: TopUps::default(),
            providers: ProviderSettings::default(),
            public_url: None,
            key_log_days: 30,
        }
    }
}

impl Settings {
    /// Those of `aisetu dev`, where whoever is on the machine may do anything.
    pub fn dev() -> Self {
        let providers = ProviderSettings { reach: Reach::Loopback, ..ProviderSettings::default() };
        Self { signup: Signup::Open, providers, ..Self::default() }
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
        if let Some(text) = lookup(env::OUTBOUND) {
            let takes = "`public`, `loopback` (this machine too) or `private` (any address)";
            self.providers.reach = match text.as_str() {
                "public" => Reach::Public,
                "loopback" => Reach::Loopback,
                "private" => Reach::Private,
                _ => return Err(invalid(env::OUTBOUND, &text, takes)),
            };
        }
        let url = |variable| lookup(variable).map(|text| base(variable, &text)).transpose();
        self.providers.openai = url(env::OPENAI_URL)?.unwrap_or(self.providers.openai);
        self.providers.anthropic = url(env::ANTHROPIC_URL)?.unwrap_or(self.providers.anthropic);
        self.providers.sts = url(env::AWS_STS_URL)?.or(self.providers.sts);
        if let Some(text) = lookup(env::BILLING) {
            self.billing = match text.as_str() {
                "off" => Billing::Off,
                "prepaid" => Billing::Prepaid,
                _ => return Err(invalid(env::BILLING, &text, "`off` or `prepaid`")),
            };
        }
        self.top_ups = self.top_ups.over(lookup)?;
        if let Some(text) = lookup(env::KEY_LOG_DAYS) {
            let days = text.parse().ok().filter(|days| (1..=MOST_LOG_DAYS).contains(days));
            self.key_log_days = days.ok_or_else(|| invalid(env::KEY_LOG_DAYS, &text, "a number of days, 1 to 3653"))?;
        }
        if let Some(text) = lookup(env::PUBLIC_URL) {
            let takes = "a URL such as https://api.example.com";
            let fits = |url: &Url| url.has_host() && matches!(url.scheme(), "https" | "http");
            self.public_url = Some(env::url(env::PUBLIC_URL, &text, takes, fits)?);
        }
        Ok(self)
    }
}

/// A base address: `https`, or `http` to this machine. No more than that may be in it.
fn base(variable: &'static str, text: &str) -> Result<Url, EnvError> {
    let takes = "a URL such as https://api.example.com, without user, query or fragment; `http` only to this machine";
    env::url(variable, text, takes, |url| {
        let secure = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url));
        secure && url.query().is_none() && url.fragment().is_none()
    })
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
    fn the_log_is_kept_for_a_number_of_days() {
        assert_eq!(over(env::KEY_LOG_DAYS, "90").unwrap().key_log_days, 90);
        for bad in ["0", "-1", "3654", "30d", "", "1.5"] {
            assert!(over(env::KEY_LOG_DAYS, bad).unwrap_err().to_string().contains("AI_SETU_KEY_LOG_DAYS"), "{bad}");
        }
    }

    #[test]
    fn credit_is_asked_for_where_the_operator_says() {
        assert_eq!(Settings::default().billing, Billing::Off);
        assert_eq!(over(env::BILLING, "prepaid").unwrap().billing, Billing::Prepaid);
        assert!(over(env::BILLING, "postpaid").unwrap_err().to_string().contains("`off` or `prepaid`"));
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
    fn providers_are_where_the_operator_says() {
        let defaults = Settings::default().providers;
        assert_eq!((defaults.reach, Settings::dev().providers.reach), (Reach::Public, Reach::Loopback));
        assert_eq!(defaults.sts_in("us-west-2").unwrap().as_str(), "https://sts.us-west-2.amazonaws.com/");
        assert_eq!(defaults.sts_in("cn-north-1").unwrap().as_str(), "https://sts.cn-north-1.amazonaws.com.cn/");
        let moved = over(env::AWS_STS_URL, "http://127.0.0.1:5600").unwrap().providers;
        assert_eq!(moved.sts_in("us-west-2").unwrap().as_str(), "http://127.0.0.1:5600/");
        assert_eq!(over(env::OUTBOUND, "private").unwrap().providers.reach, Reach::Private);
        assert!(over(env::OUTBOUND, "yes").is_err());
        for bad in ["api.example.com", "http://api.example.com", "ftp://x", "https://u:pw@x", "https://x/?a=b"] {
            let error = over(env::OPENAI_URL, bad).unwrap_err().to_string();
            assert!(error.contains("AI_SETU_OPENAI_URL") && !error.contains("pw"), "{bad}: {error}");
        }
        // Nor does the address that mails name show what was put into it.
        for bad in ["https://u:pw@x", "https://pw@x", "ftp://pw@x", "https://u:pw@:y"] {
            let error = over(env::PUBLIC_URL, bad).unwrap_err().to_string();
            assert!(error.contains("AI_SETU_PUBLIC_URL") && !error.contains("pw"), "{bad}: {error}");
        }
        for good in ["https://api.example.com/proxy", "http://localhost:1", "http://[::1]:8080/"] {
            over(env::OPENAI_URL, good).unwrap();
        }
    }

    #[test]
    fn top_ups_have_bounds_that_leave_room() {
        let of = |set: &[(&str, &str)]| {
            let lookup =
                |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            Settings::default()
                .over(&lookup)
                .map(|settings| (settings.top_ups.min.to_string(), settings.top_ups.max.to_string()))
        };
        let bounds = |min: &str, max: &str| (min.to_owned(), max.to_owned());
        assert_eq!(of(&[]).unwrap(), bounds("5.00", "10000.00"));
        assert_eq!(of(&[(env::TOP_UP_MIN, "0.50"), (env::TOP_UP_MAX, "25")]).unwrap(), bounds("0.50", "25.00"));
        for bad in ["0", "-1", "1.005", "x", "1000000"] {
            assert!(of(&[(env::TOP_UP_MAX, bad)]).unwrap_err().to_string().contains("AI_SETU_TOP_UP_MAX"), "{bad}");
        }
        assert!(of(&[(env::TOP_UP_MIN, "20000")]).unwrap_err().to_string().contains("AI_SETU_TOP_UP_MIN"));
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
