//! Payments on a developer's own machine: nobody pays, and a command settles them.

use std::net::SocketAddr;

use futures_util::future::BoxFuture;
use jiff::Timestamp;

use admin_token::Secret;

use super::{Fact, Notice, NoticeError, Opened, Order, PaymentError, Payments, Stretch, Told};
use crate::ids::TopUpId;
use crate::model::{PaymentProvider, TopUpFlow};
use crate::money::Money;

/// Takes no money, and settles on command.
#[derive(Debug)]
pub struct DevPayments {
    address: SocketAddr,
}

impl DevPayments {
    /// For a control plane that listens on this address.
    pub fn new(address: SocketAddr) -> Self {
        Self { address }
    }

    /// What a payment provider would tell once a top-up of this amount is paid.
    pub fn paid(id: &TopUpId, amount: Money) -> Notice {
        let payment = format!("dev_payment_{id}");
        Notice {
            id: format!("dev_paid_{id}"),
            kind: "dev.paid".to_owned(),
            top_up: Some(id.clone()),
            payment: Some(payment.clone()),
            fact: Fact::Paid { payment, amount },
        }
    }
}

impl Payments for DevPayments {
    fn provider(&self) -> PaymentProvider {
        PaymentProvider::Dev
    }

    fn open<'a>(&'a self, order: &'a Order) -> BoxFuture<'a, Result<Opened, PaymentError>> {
        let (id, address) = (&order.id, self.address);
        let opened = Opened {
            session: format!("dev_session_{id}"),
            payment: None,
            payment_url: (order.flow == TopUpFlow::Checkout).then(|| format!("http://{address}/dev/top-ups/{id}")),
            client_secret: (order.flow == TopUpFlow::PaymentIntent)
                .then(|| Secret::new(format!("dev_payment_{id}_secret_dev"))),
        };
        Box::pin(async { Ok(opened) })
    }

    fn look<'a>(&'a self, _: &'a Order, _: &'a str, over: bool) -> BoxFuture<'a, Result<Fact, PaymentError>> {
        Box::pin(async move { Ok(if over { Fact::Expired } else { Fact::Nothing }) })
    }

    fn told<'a>(&'a self, _: &'a Stretch) -> BoxFuture<'a, Result<Told, PaymentError>> {
        Box::pin(async { Ok(Told::default()) })
    }

    fn read(&self, _: &str, _: &[u8], _: Timestamp) -> Result<Notice, NoticeError> {
        Err(NoticeError::NotProven("this control plane settles its payments by a command"))
    }
}
