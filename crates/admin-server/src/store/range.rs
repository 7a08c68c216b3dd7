//! A part of a list, by ids or numbers, which sort by age.

use super::{Sql, Value};

/// Which part.
#[derive(Debug, Clone)]
pub struct Range {
    /// How many items.
    pub limit: i64,
    /// The id or number that the part comes after.
    pub after: Option<Value>,
    /// How many items to pass over.
    pub offset: i64,
}

impl Range {
    /// Ends a query over a column of ids or numbers: newest first.
    #[must_use]
    pub(super) fn newest_first(&self, sql: Sql, column: &str) -> Sql {
        self.ordered(sql, column, "<", "DESC")
    }

    /// Ends a query over a column of ids: oldest first.
    #[must_use]
    pub(super) fn oldest_first(&self, sql: Sql, column: &str) -> Sql {
        self.ordered(sql, column, ">", "ASC")
    }

    fn ordered(&self, mut sql: Sql, column: &str, beyond: &str, order: &str) -> Sql {
        if let Some(after) = &self.after {
            sql = sql.push(&format!(" AND {column} {beyond} ")).bind(after);
        }
        // One more than asked for tells whether there is a next page.
        sql.push(&format!(" ORDER BY {column} {order} LIMIT ")).bind(self.limit + 1).push(" OFFSET ").bind(self.offset)
    }
}
