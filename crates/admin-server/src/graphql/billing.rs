//! `billing`.

use async_graphql::{Context, ID, Object, SimpleObject};

use super::scalars::{DateTime, Decimal};
use super::{Answer, query};
use crate::app::billing::{self, GetCreditBalance};
use crate::money;

/// A sum of money.
#[derive(Debug, SimpleObject)]
pub(crate) struct Money {
    amount: Decimal,
    /// ISO 4217: `USD`.
    currency: String,
}

impl From<money::Money> for Money {
    fn from(money: money::Money) -> Self {
        Self { amount: Decimal(money), currency: money::CURRENCY.to_owned() }
    }
}

/// What a tenant may still use.
#[derive(Debug, SimpleObject)]
pub(crate) struct CreditBalance {
    tenant_id: ID,
    /// Less than zero after calls that were on their way when the credit ran out.
    balance: Money,
    /// When it was so much.
    at: DateTime,
}

impl From<billing::CreditBalance> for CreditBalance {
    fn from(credit: billing::CreditBalance) -> Self {
        Self { tenant_id: credit.tenant_id.as_str().into(), balance: credit.balance.into(), at: DateTime(credit.at) }
    }
}

#[derive(Debug, Default)]
pub(crate) struct BillingQuery;

#[Object]
impl BillingQuery {
    /// Tells how much credit the tenant has.
    async fn billing_credit_balance(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Absent = the tenant of the token; another one is not found.")] tenant_id: Option<ID>,
    ) -> Answer<CreditBalance> {
        Ok(query(ctx, Ok(GetCreditBalance { tenant_id: tenant_id.map(|id| id.0) })).await?.into())
    }
}
