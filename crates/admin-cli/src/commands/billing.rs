//! `aisetu billing`.

use admin_core::billing::{
    CreateTopUpIntent, GetCreditBalance, LedgerTransaction, ListLedger, ListTopUps, PaymentProvider,
};
use admin_core::{Decimal, Operation, TenantId};
use clap::{Args, Subcommand};
use serde::{Serialize, Serializer};

use crate::args::PageArgs;
use crate::context::Context;
use crate::error::CommandError;
use crate::output::{Field, Show, chart};

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
                let PageArgs { limit, cursor, offset, all } = page.sized();
                context.print_page(&context.list(ListTopUps { tenant_id, limit, cursor, offset }, all).await?)
            }
            Self::Ledger(ListArgs { whose: TenantArgs { tenant: tenant_id }, page }) => {
                let PageArgs { limit, cursor, offset, all } = page.sized();
                let page = context.list(ListLedger { tenant_id, limit, cursor, offset }, all).await?;
                // What the balance came to each time is what people would rather see than read.
                let balances: Vec<i64> = page.items.iter().map(|one| one.balance.amount.micros()).collect();
                let bars = chart::bars(&balances, context.global.plain);
                let rows: Vec<Row<'_>> = page.items.iter().zip(bars).map(|(one, bar)| Row(one, bar)).collect();
                context.print_rows(&rows, &page, page.next_cursor.as_deref())
            }
        }
    }
}

/// A line of the ledger with a bar for its balance.
struct Row<'a>(&'a LedgerTransaction, String);

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl Show for Row<'_> {
    const PLURAL: &'static str = LedgerTransaction::PLURAL;

    fn fields(&self) -> Vec<Field> {
        let mut fields = self.0.fields();
        // Blank, and not the mark for what is absent.
        fields.push(Field::column("", if self.1.is_empty() { " ".to_owned() } else { self.1.clone() }));
        fields
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
