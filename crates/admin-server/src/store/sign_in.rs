//! How people come in: one-time codes, and the token that makes the first owner.

use jiff::Timestamp;

use super::{StoreError, Tx, Value};
use crate::ids::ChallengeId;

/// A code that was asked for.
#[derive(Debug, Clone)]
pub struct Challenge {
    /// `chal_…`
    pub id: ChallengeId,
    /// The folded address.
    pub email: String,
    /// HMAC of the code.
    pub code_digest: String,
    /// Until when.
    pub expires_at: Timestamp,
    /// Wrong guesses.
    pub tries: i64,
    /// When it was used.
    pub used_at: Option<Timestamp>,
}

/// Adds one that comes from `network`.
pub fn insert_challenge(
    tx: &mut Tx<'_>,
    challenge: &Challenge,
    network: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO login_challenges (id, email, network, code_digest, created_at, expires_at, tries, used_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            Value::from(&challenge.id),
            Value::from(&challenge.email),
            Value::from(network),
            Value::from(&challenge.code_digest),
            Value::from(at),
            Value::from(challenge.expires_at),
            Value::from(challenge.tries),
            Value::from(challenge.used_at),
        ],
    )?;
    Ok(())
}

/// The one with this id.
pub fn challenge(tx: &mut Tx<'_>, id: &ChallengeId) -> Result<Option<Challenge>, StoreError> {
    let row = tx.query_one(
        "SELECT id, email, code_digest, expires_at, tries, used_at FROM login_challenges WHERE id = $1",
        &[Value::from(id)],
    )?;
    row.map(|mut row| {
        Ok(Challenge {
            id: row.take()?,
            email: row.take()?,
            code_digest: row.take()?,
            expires_at: row.take()?,
            tries: row.take()?,
            used_at: row.take()?,
        })
    })
    .transpose()
}

/// Counts a wrong guess.
pub fn count_try(tx: &mut Tx<'_>, id: &ChallengeId) -> Result<(), StoreError> {
    tx.execute("UPDATE login_challenges SET tries = tries + 1 WHERE id = $1", &[Value::from(id)])?;
    Ok(())
}

/// Uses one up.
pub fn use_challenge(tx: &mut Tx<'_>, id: &ChallengeId, at: Timestamp) -> Result<(), StoreError> {
    tx.execute("UPDATE login_challenges SET used_at = $1 WHERE id = $2", &[Value::from(at), Value::from(id)])?;
    Ok(())
}

/// When codes were last asked for, newest first: for an address, or from a network.
#[derive(Debug, Clone, Copy)]
pub enum AskedBy<'a> {
    /// For this address.
    Email(&'a str),
    /// From this network.
    Network(&'a str),
}

/// The last `limit` times that codes were asked for.
pub fn asked_at(tx: &mut Tx<'_>, by: AskedBy<'_>, limit: i64) -> Result<Vec<Timestamp>, StoreError> {
    let (sql, who) = match by {
        AskedBy::Email(email) => {
            ("SELECT created_at FROM login_challenges WHERE email = $1 ORDER BY created_at DESC LIMIT $2", email)
        }
        AskedBy::Network(network) => {
            ("SELECT created_at FROM login_challenges WHERE network = $1 ORDER BY created_at DESC LIMIT $2", network)
        }
    };
    tx.query(sql, &[Value::from(who), Value::from(limit)])?.into_iter().map(|mut row| row.take()).collect()
}

/// Forgets codes from before `at`.
pub fn sweep_challenges(tx: &mut Tx<'_>, at: Timestamp) -> Result<(), StoreError> {
    tx.execute("DELETE FROM login_challenges WHERE created_at < $1", &[Value::from(at)])?;
    Ok(())
}

/// Adds a bootstrap token.
pub fn insert_bootstrap(
    tx: &mut Tx<'_>,
    digest: &str,
    pepper_id: &str,
    at: Timestamp,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO bootstrap_tokens (digest, pepper_id, created_at, expires_at) VALUES ($1, $2, $3, $4)",
        &[Value::from(digest), Value::from(pepper_id), Value::from(at), Value::from(expires_at)],
    )?;
    Ok(())
}

/// Forgets bootstrap tokens that were good until before `at`.
pub fn sweep_bootstraps(tx: &mut Tx<'_>, at: Timestamp) -> Result<(), StoreError> {
    tx.execute("DELETE FROM bootstrap_tokens WHERE expires_at < $1", &[Value::from(at)])?;
    Ok(())
}

/// Uses a bootstrap token up; `false` = there is none that is good.
pub fn use_bootstrap(tx: &mut Tx<'_>, digest: &str, now: Timestamp) -> Result<bool, StoreError> {
    let used = tx.execute(
        "UPDATE bootstrap_tokens SET used_at = $1 WHERE digest = $2 AND used_at IS NULL AND expires_at > $1",
        &[Value::from(now), Value::from(digest)],
    )?;
    Ok(used == 1)
}
