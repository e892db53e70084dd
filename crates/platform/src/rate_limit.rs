//! How often something may happen, where each time is a row.

use sqlx::Row;

use crate::storage::{Storage, StorageError};

/// At most so many in the seconds before now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// How many.
    pub most: i64,
    /// In how many seconds.
    pub seconds: i64,
}

impl RateLimit {
    /// At most `most` in `seconds`.
    pub const fn new(most: i64, seconds: i64) -> Self {
        Self { most, seconds }
    }

    /// Since when what happens is counted, in seconds since 1970: what happened at this time or before
    /// is not.
    pub const fn since(self, now: i64) -> i64 {
        now - self.seconds
    }

    /// The seconds until there is room again; none where the limit is not reached.
    pub async fn room_in(
        self,
        rows: CountedRows<'_>,
        storage: &Storage,
        now: i64,
    ) -> Result<i64, StorageError> {
        let CountedRows { table, time, matching } = rows;
        let conditions: Vec<_> = (3..)
            .zip(matching)
            .map(|(number, (column, _))| format!("AND {column} = ${number} "))
            .collect();
        let conditions = conditions.concat();
        // The oldest of the rows that fill the limit: when it leaves, there is room.
        let statement = format!(
            "SELECT {time} FROM {table} WHERE {time} > $1 {conditions}\
             ORDER BY {time} DESC LIMIT 1 OFFSET $2"
        );
        let query = sqlx::query(&statement).bind(self.since(now)).bind(self.most - 1);
        let query =
            matching.iter().fold(query, |query, (_, value)| query.bind((*value).to_owned()));
        let Some(row) = query.fetch_optional(storage.reader()).await? else { return Ok(0) };
        let oldest: i64 = row.try_get(time)?;
        Ok(oldest + self.seconds - now)
    }
}

/// Rows of which each is one time, as far as a limit counts them.
#[derive(Debug, Clone, Copy)]
pub struct CountedRows<'a> {
    /// Their table.
    pub table: &'static str,
    /// The column of their time, in seconds since 1970.
    pub time: &'static str,
    /// The values that those have which count, by column; all count where there are none.
    pub matching: &'a [(&'static str, &'a str)],
}
