//! Brings a database up to the level of this program.
//!
//! Forward only, each in a transaction, checksummed. Within a minor version a migration only adds, so that the program before
//! it may still open the database; [`OLDEST`] says how far back that holds.

use sha2::{Digest, Sha256};

use super::{StoreError, Tx, Value};
use crate::crypto::hex;

/// `NNNN_name` and its text, in order.
pub(super) const MIGRATIONS: &[(&str, &str)] = &[
    ("0001_initial", include_str!("../../migrations/0001_initial.sql")),
    ("0002_projects", include_str!("../../migrations/0002_projects.sql")),
    ("0003_audit_workspaces", include_str!("../../migrations/0003_audit_workspaces.sql")),
    ("0004_people", include_str!("../../migrations/0004_people.sql")),
    ("0005_billing", include_str!("../../migrations/0005_billing.sql")),
    ("0006_usage", include_str!("../../migrations/0006_usage.sql")),
    ("0007_credentials", include_str!("../../migrations/0007_credentials.sql")),
    ("0008_people_by_user", include_str!("../../migrations/0008_people_by_user.sql")),
    ("0009_invitation_mails", include_str!("../../migrations/0009_invitation_mails.sql")),
    ("0010_payment_readings", include_str!("../../migrations/0010_payment_readings.sql")),
    ("0011_api_key_rules", include_str!("../../migrations/0011_api_key_rules.sql")),
    ("0012_api_key_logs", include_str!("../../migrations/0012_api_key_logs.sql")),
    ("0013_budgets", include_str!("../../migrations/0013_budgets.sql")),
    ("0014_usage_by_spender", include_str!("../../migrations/0014_usage_by_spender.sql")),
];

/// The lowest level (number of migrations) of a program that may open a database which this program has migrated. One
/// that knows no restrictions would let pass what they deny, and one that does not know the periods of budgets would not add to them.
const OLDEST: i64 = 13;

/// The level of this program.
pub(super) fn level() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Applies what is missing. `tx` must be a transaction of its own: when this fails, nothing was changed.
pub(super) fn migrate(tx: &mut Tx<'_>, now_micros: i64) -> Result<(), StoreError> {
    tx.execute_batch(
        "CREATE TABLE IF NOT EXISTS schema_migrations (
            name TEXT PRIMARY KEY, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL, oldest BIGINT NOT NULL
        );",
    )?;
    for (name, text) in missing(tx)? {
        tx.execute_batch(text)?;
        tx.execute(
            "INSERT INTO schema_migrations (name, checksum, applied_at, oldest) VALUES ($1, $2, $3, $4)",
            &[Value::from(name), checksum(text).into(), now_micros.into(), OLDEST.into()],
        )?;
    }
    Ok(())
}

/// Checks that nothing is missing.
pub(super) fn check(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    match missing(tx)?.first() {
        None => Ok(()),
        Some((name, _)) => Err(StoreError::Older((*name).to_owned())),
    }
}

/// The migrations that were not applied yet, in order.
fn missing(tx: &mut Tx<'_>) -> Result<Vec<(&'static str, &'static str)>, StoreError> {
    let mut applied = Vec::new();
    let mut needed = 0;
    for mut row in tx.query("SELECT name, checksum, oldest FROM schema_migrations ORDER BY name", &[])? {
        applied.push((row.take::<String>()?, row.take::<String>()?));
        needed = needed.max(row.take::<i64>()?);
    }
    if needed > level() {
        return Err(StoreError::Newer { needed, level: level() });
    }
    let mut missing = Vec::new();
    for &(name, text) in MIGRATIONS {
        match applied.iter().find(|(known, _)| known == name) {
            Some((_, known)) if *known == checksum(text) => {}
            Some(_) => return Err(StoreError::MigrationChanged(name.to_owned())),
            None => missing.push((name, text)),
        }
    }
    Ok(missing)
}

pub(super) fn checksum(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}
