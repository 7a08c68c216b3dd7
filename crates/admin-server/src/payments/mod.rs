//! Payments: who takes them, what is asked of them, and what they tell.

mod dev;
mod stripe;

use std::fmt;

use futures_util::future::BoxFuture;
use jiff::Timestamp;

use admin_token::Secret;

use crate::ids::{TenantId, TopUpId};
use crate::model::{Claim, PaymentProvider, TopUpFlow};
use crate::money::Money;

pub use dev::DevPayments;
pub use stripe::{Stripe, StripeSettings};

/// Takes payments. Every call ends within 8 seconds.
pub trait Payments: Send + Sync + fmt::Debug {
    /// Who it is.
    fn provider(&self) -> PaymentProvider;

    /// Makes a top-up payable. Asked twice for one top-up, it answers twice with the same session.
    fn open<'a>(&'a self, order: &'a Order) -> BoxFuture<'a, Result<Opened, PaymentError>>;

    /// Tells what has become of one that is payable; one that is `over` is closed, if nobody has paid it.
    fn look<'a>(&'a self, order: &'a Order, session: &'a str, over: bool) -> BoxFuture<'a, Result<Fact, PaymentError>>;

    /// Reads again what it told unasked, or should have: a page of it.
    fn told<'a>(&'a self, stretch: &'a Stretch) -> BoxFuture<'a, Result<Told, PaymentError>>;

    /// Reads what the provider tells unasked, once it is proven that it is the provider who tells it.
    ///
    /// # Errors
    /// [`NoticeError`].
    fn read(&self, signature: &str, body: &[u8], now: Timestamp) -> Result<Notice, NoticeError>;
}

/// What is to be paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Which.
    pub id: TopUpId,
    /// Whose.
    pub tenant_id: TenantId,
    /// How much.
    pub amount: Money,
    /// How.
    pub flow: TopUpFlow,
    /// Until when.
    pub expires_at: Timestamp,
}

/// How it can be paid.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The provider's id of it.
    pub session: String,
    /// The provider's id of the payment, where it is known before it is paid.
    pub payment: Option<String>,
    /// Where it is paid.
    pub payment_url: Option<String>,
    /// What a program pays it with.
    pub client_secret: Option<Secret>,
}

/// Why a provider does not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PaymentError {
    /// It will not, however often it is asked.
    #[error("{0}")]
    Refused(String),
    /// It knows nothing of what it is asked about, or no more.
    #[error("{0}")]
    Unknown(String),
    /// A later try may succeed; what was asked may have been done.
    #[error("{0}")]
    NotNow(String),
}

/// A stretch of the time in which a provider told something. It is read from its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// Not before.
    pub from: Timestamp,
    /// Before.
    pub to: Timestamp,
    /// The event up to which it was read; `None` = nothing of it was.
    pub after: Option<String>,
}

/// A page of what was told in a stretch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// What was told, the oldest first.
    pub notices: Vec<Notice>,
    /// After which event the next page begins; `None` = there is none.
    pub next: Option<String>,
}

/// What a provider tells: that something happened, and to what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The provider's id of the event.
    pub id: String,
    /// The provider's name of what happened.
    pub kind: String,
    /// The top-up that it says it is about.
    pub top_up: Option<TopUpId>,
    /// The provider's id of the payment that it is about.
    pub payment: Option<String>,
    /// What happened.
    pub fact: Fact,
}

/// Something that is so from now on, whatever is told later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// Nothing that matters here.
    Nothing,
    /// It was paid.
    Paid {
        /// The provider's id of the payment.
        payment: String,
        /// How much.
        amount: Money,
    },
    /// A try to pay it failed; another one may not.
    TryFailed(String),
    /// It can not be paid any more.
    Failed(String),
    /// Nobody paid in time.
    Expired,
    /// Something takes the payment back, or gives it again.
    Claimed(Claim),
}

/// Why a notice is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoticeError {
    /// It is not proven who it is from.
    #[error("{0}")]
    NotProven(&'static str),
    /// It is not what the provider sends.
    #[error("{0}")]
    Malformed(String),
}
