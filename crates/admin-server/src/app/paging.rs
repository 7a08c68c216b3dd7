//! Lists, a page at a time: `limit` and either `cursor` or `offset`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::Error;
use crate::model::Page;
use crate::store::{Range, Value};

const DEFAULT_LIMIT: i64 = 50;
const MAX_LIMIT: i64 = 100;
const MAX_OFFSET: i64 = 10_000;

/// Which page a caller asks for.
#[derive(Debug, Clone, Default)]
pub struct PageInput {
    /// How many items.
    pub limit: Option<i32>,
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// How many items to pass over.
    pub offset: Option<i32>,
}

impl PageInput {
    /// Checks the bounds.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` naming the field, the bound and the value.
    pub fn range(&self) -> Result<Range, Error> {
        let limit = self.limit.map_or(DEFAULT_LIMIT, i64::from);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(Error::bad_input("limit", format!("`limit` is {limit}; it must be 1 to {MAX_LIMIT}")));
        }
        let offset = self.offset.map_or(0, i64::from);
        if !(0..=MAX_OFFSET).contains(&offset) {
            return Err(Error::bad_input("offset", format!("`offset` is {offset}; it must be 0 to {MAX_OFFSET}"))
                .with_hint("walk further with `cursor`, which has no such bound"));
        }
        if self.cursor.is_some() && self.offset.is_some() {
            return Err(Error::bad_input("cursor", "`cursor` and `offset` were both given; give one of them"));
        }
        let after = self.cursor.as_deref().map(decode).transpose()?.map(Value::Text);
        Ok(Range { limit, after, offset })
    }

    /// The same for a list in the order of a number.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` naming the field, the bound and the value.
    pub fn range_of_numbers(&self) -> Result<Range, Error> {
        let range = self.range()?;
        let number = |after| match after {
            Value::Text(text) => text.parse().map(Value::Int).map_err(|_| not_ours()),
            other => Ok(other),
        };
        Ok(Range { after: range.after.map(number).transpose()?, ..range })
    }
}

/// Makes the page of what the store found in a range. What sorts the list is in the cursor; how long it is may not be known.
pub fn page<T>(
    range: &Range,
    mut items: Vec<T>,
    total_count: impl Into<Option<i64>>,
    id: impl Fn(&T) -> String,
) -> Page<T> {
    let limit = usize::try_from(range.limit).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    let next_cursor = if more { items.last().map(|last| URL_SAFE_NO_PAD.encode(id(last))) } else { None };
    Page { items, next_cursor, total_count: total_count.into() }
}

fn decode(cursor: &str) -> Result<String, Error> {
    let text = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let is_id = |text: &String| text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    text.filter(|text| !text.is_empty()).filter(is_id).ok_or_else(not_ours)
}

/// The refusal of a cursor that was not given by this API.
pub(super) fn not_ours() -> Error {
    Error::bad_input("cursor", "`cursor` is not one that this API gave")
        .with_hint("give `nextCursor` of the answer before")
}
