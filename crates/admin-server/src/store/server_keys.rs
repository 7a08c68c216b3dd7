//! Which keys the database was made with.

use super::{StoreError, Tx, Value};

/// The id of the key that serves a purpose, if the database knows it.
pub fn get(tx: &mut Tx<'_>, purpose: &str) -> Result<Option<String>, StoreError> {
    let row = tx.query_one("SELECT key_id FROM server_keys WHERE purpose = $1", &[Value::from(purpose)])?;
    row.map(|mut row| row.take()).transpose()
}

/// Writes a page without changing anything: what cannot be written says so.
pub fn touch(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    tx.execute("UPDATE server_keys SET key_id = key_id", &[])?;
    Ok(())
}

/// Remembers the key that serves a purpose.
pub fn insert(tx: &mut Tx<'_>, purpose: &str, key_id: &str) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO server_keys (purpose, key_id) VALUES ($1, $2)",
        &[Value::from(purpose), Value::from(key_id)],
    )?;
    Ok(())
}

/// Lets another key serve a purpose.
pub fn set(tx: &mut Tx<'_>, purpose: &str, key_id: &str) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO server_keys (purpose, key_id) VALUES ($1, $2) ON CONFLICT (purpose) DO UPDATE SET key_id = excluded.key_id",
        &[Value::from(purpose), Value::from(key_id)],
    )?;
    Ok(())
}
