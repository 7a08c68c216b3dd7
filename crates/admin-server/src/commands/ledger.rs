//! `aisetu-server ledger`: what the operator sets right.

use std::io::{self, Write as _};

use admin_server::app::ControlPlane;
use admin_server::app::ledger::Adjustment;
use clap::{Args, Subcommand};

use crate::{Data, Failure};

#[derive(Subcommand)]
pub(crate) enum LedgerCommand {
    /// Give credit to a tenant or take it, beside a server that serves or without one
    ///
    /// It is a transaction of its own in the ledger, and an event in the tenant's audit chain. Nothing that was posted is ever changed.
    Adjust(Adjust),
}

#[derive(Args)]
pub(crate) struct Adjust {
    #[command(flatten)]
    data: Data,
    /// Whose credit: `ten_…`
    #[arg(long, value_name = "ID")]
    tenant: String,
    /// How much in USD, with at most 6 decimals; less than zero takes it
    #[arg(long, value_name = "USD", allow_hyphen_values = true)]
    amount: String,
    /// Why, in words; the tenant reads it in its audit trail
    #[arg(long)]
    reason: String,
    /// What it is for, such as the number of a ticket: of a tenant it counts once, so it may be tried again
    #[arg(long)]
    reference: Option<String>,
}

impl Adjust {
    fn input(&self) -> Result<Adjustment, Failure> {
        Ok(Adjustment::input(&self.tenant, &self.amount, &self.reason, self.reference.as_deref())?)
    }
}

impl LedgerCommand {
    /// The folder of the database.
    pub(crate) fn data(&self) -> &Data {
        let Self::Adjust(adjust) = self;
        &adjust.data
    }

    /// What can be told to be wrong without the database is told before it is opened.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let Self::Adjust(adjust) = self;
        adjust.input().map(drop)
    }

    pub(crate) async fn run(self, control_plane: &ControlPlane) -> Result<(), Failure> {
        let Self::Adjust(adjust) = self;
        let posted = control_plane.adjust_ledger(adjust.input()?).await?;
        let (id, amount, balance) = (&posted.id, posted.amount, posted.balance);
        Ok(writeln!(io::stdout(), "posted {id}: {amount} USD; the credit is {balance} USD now")?)
    }
}
