//! A part of a list, by ids, which sort by age.

use super::Sql;

/// Which part.
#[derive(Debug, Clone)]
pub struct Range {
    /// How many items.
    pub limit: i64,
    /// The id that the part comes after.
    pub after: Option<String>,
    /// How many items to pass over.
    pub offset: i64,
}

impl Range {
    /// Ends a query over a column of ids: newest first.
    #[must_use]
    pub(super) fn newest_first(&self, sql: Sql, id: &str) -> Sql {
        self.ordered(sql, id, "<", "DESC")
    }

    /// Ends a query over a column of ids: oldest first.
    #[must_use]
    pub(super) fn oldest_first(&self, sql: Sql, id: &str) -> Sql {
        self.ordered(sql, id, ">", "ASC")
    }

    fn ordered(&self, mut sql: Sql, id: &str, beyond: &str, order: &str) -> Sql {
        if let Some(after) = &self.after {
            sql = sql.push(&format!(" AND {id} {beyond} ")).bind(after);
        }
        // One more than asked for tells whether there is a next page.
        sql.push(&format!(" ORDER BY {id} {order} LIMIT ")).bind(self.limit + 1).push(" OFFSET ").bind(self.offset)
    }
}
