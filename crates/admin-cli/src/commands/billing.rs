//! `aisetu billing`.

use admin_core::billing::{CreateTopUpIntent, GetCreditBalance, ListLedger, ListTopUps, PaymentProvider};
use admin_core::{Decimal, Operation, TenantId};
use clap::{Args, Subcommand};

use crate::args::PageArgs;
use crate::context::Context;
use crate::error::CommandError;

// What a command is for, and the scope that it needs, come from its operation.
#[derive(Debug, Subcommand)]
pub(crate) enum BillingCommand {
    #[command(after_help = "Example:\n  aisetu billing credit-balance")]
    CreditBalance(TenantArgs),
    #[command(
        after_help = "Asks for the amount to be typed; without a terminal, pass `--max-amount`, which must be at least the amount.\n\n\
                      Examples:\n  aisetu billing create-top-up-intent --amount 25.50\n  \
                      aisetu billing create-top-up-intent --amount 25.50 --max-amount 50 -o json"
    )]
    CreateTopUpIntent(CreateArgs),
    #[command(after_help = "Example:\n  aisetu billing top-ups")]
    TopUps(ListArgs),
    #[command(after_help = "Example:\n  aisetu billing ledger -o jsonl")]
    Ledger(ListArgs),
}

#[derive(Debug, Args)]
pub(crate) struct TenantArgs {
    /// The tenant (`ten_…`) [default: that of the token]
    #[arg(long, value_name = "ID")]
    tenant: Option<TenantId>,
}

#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// How much, in USD with at most two decimals, such as `25` or `25.50`
    #[arg(long, value_name = "USD")]
    amount: Decimal,
    /// Go on without asking if the amount is not more than this
    #[arg(long, value_name = "USD")]
    max_amount: Option<Decimal>,
    #[command(flatten)]
    whose: TenantArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    whose: TenantArgs,
    #[command(flatten)]
    page: PageArgs,
}

impl BillingCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CommandError> {
        match self {
            Self::CreditBalance(TenantArgs { tenant }) => {
                context.print(&context.execute(GetCreditBalance { tenant_id: tenant }).await?)
            }
            Self::CreateTopUpIntent(CreateArgs { amount, max_amount, whose: TenantArgs { tenant } }) => {
                check_amount(amount)?;
                context.confirm_money(&CreateTopUpIntent::INFO, amount, max_amount)?;
                // A person pays on a page: a client secret is for programs, which have the SDK.
                let operation = CreateTopUpIntent { tenant_id: tenant, ..CreateTopUpIntent::new(amount) };
                let top_up = context.execute(operation).await?.item;
                context.print(&top_up)?;
                if top_up.provider == PaymentProvider::Dev {
                    context.printer.note(format_args!("to pay it: aisetu dev settle {}", top_up.id));
                }
                Ok(())
            }
            Self::TopUps(ListArgs { whose: TenantArgs { tenant: tenant_id }, page }) => {
                let PageArgs { limit, cursor, offset } = page;
                context.print_page(&context.execute(ListTopUps { tenant_id, limit, cursor, offset }).await?)
            }
            Self::Ledger(ListArgs { whose: TenantArgs { tenant: tenant_id }, page }) => {
                let PageArgs { limit, cursor, offset } = page;
                context.print_page(&context.execute(ListLedger { tenant_id, limit, cursor, offset }).await?)
            }
        }
    }
}

/// Refuses what no control plane takes, before anybody is asked whether they mean it.
fn check_amount(amount: Decimal) -> Result<(), CommandError> {
    const CENT: i64 = 10_000;
    let why = match amount.micros() {
        ..=0 => "it must be above zero",
        micros if micros % CENT != 0 => "it may have two decimals",
        _ => return Ok(()),
    };
    Err(CommandError::Input {
        what: format!("`--amount` is {amount}; {why}"),
        flag: "--amount",
        hint: "give USD such as `25` or `25.50`",
    })
}
