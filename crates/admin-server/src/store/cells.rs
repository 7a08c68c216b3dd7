//! Sums by cells of time, and rows by the many.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};

use super::{Param, Row, Sql, StoreError, Tx, Value};

/// Rows of one insert, so that there are few texts. For each statement that may fail half-way SQLite first copies the pages that it changes,
/// which is why the first is large.
const ROWS: [usize; 3] = [200, 20, 1];
/// Values of one list; a short one is filled up, so that there is one text.
const VALUES: usize = 50;

/// A part of a bucket, to be summed.
#[derive(Debug, Clone, Copy)]
pub struct Stretch {
    /// The bucket's number.
    pub bucket: i64,
    /// The length of the cells that make it up; `None` = what was summed itself.
    pub grain: Option<SignedDuration>,
    /// Its first instant.
    pub start: Timestamp,
    /// The first instant after it.
    pub end: Timestamp,
}

/// A grain as it is stored.
pub(super) fn micros(grain: SignedDuration) -> i64 {
    i64::try_from(grain.as_micros()).unwrap_or(i64::MAX)
}

/// A table of the stretches; those without cells have the grain 0. `CROSS JOIN` makes SQLite go through it and look each one up in the
/// index.
pub(super) fn parts<'a>(stretches: impl IntoIterator<Item = &'a Stretch>) -> Sql {
    let mut sql = Sql::new("WITH part (bucket, part_grain, part_start, part_end) AS (VALUES ");
    for (place, stretch) in stretches.into_iter().enumerate() {
        let values = [
            Value::from(stretch.bucket),
            Value::from(stretch.grain.map_or(0, micros)),
            Value::from(stretch.start),
            Value::from(stretch.end),
        ];
        sql = sql.push(if place == 0 { "(" } else { ", (" });
        for (column, value) in values.into_iter().enumerate() {
            // PostgreSQL would take what has no type for text.
            sql = sql.push(if column == 0 { "CAST(" } else { ", CAST(" }).bind(value).push(" AS BIGINT)");
        }
        sql = sql.push(")");
    }
    sql.push(") ")
}

/// Runs a query that goes on with a list of values and ends behind it.
pub(super) fn by_values(
    tx: &mut Tx<'_>,
    query: &str,
    first: &[Value],
    values: &[Value],
) -> Result<Vec<Row>, StoreError> {
    let mut found = Vec::new();
    for chunk in values.chunks(VALUES) {
        let mut sql = Sql { text: query.to_owned(), params: first.to_vec() };
        // A short list is filled up with its last value, which finds nothing more.
        for place in 0..VALUES {
            let value = chunk.get(place).or(chunk.last()).cloned().unwrap_or(Value::Null);
            sql = sql.push(if place == 0 { "" } else { ", " }).bind(value);
        }
        sql = sql.push(")");
        found.extend(tx.query(&sql.text, &sql.params)?);
    }
    Ok(found)
}

/// Runs an insert for rows of values, many at a time.
pub(super) fn put<'a, const COLUMNS: usize>(
    tx: &mut Tx<'_>,
    insert: &str,
    mut rows: impl ExactSizeIterator<Item = [Param<'a>; COLUMNS]>,
    end: &str,
) -> Result<(), StoreError> {
    for size in ROWS {
        if rows.len() < size {
            continue;
        }
        let text = insert_rows::<COLUMNS>(insert, size, end);
        let mut params = Vec::with_capacity(size * COLUMNS);
        while rows.len() >= size {
            params.clear();
            params.extend(rows.by_ref().take(size).flatten());
            tx.execute_with(&text, &params)?;
        }
    }
    Ok(())
}

/// The text of an insert of so many rows.
fn insert_rows<const COLUMNS: usize>(insert: &str, size: usize, end: &str) -> String {
    let mut text = insert.to_owned();
    for row in 0..size {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..COLUMNS {
            let comma = if column == 0 { "" } else { ", " };
            // Writing to a text does not fail.
            let _ = write!(text, "{comma}${}", row * COLUMNS + column + 1);
        }
        text.push(')');
    }
    text.push_str(end);
    text
}
