//! Whether what stands in front of PostgreSQL follows prepared statements.
//!
//! A pooler that gives each transaction another connection (PgBouncer's `pool_mode = transaction`) loses
//! them, unless it prepares them again itself: PgBouncer does since 1.21. Without that every statement
//! may fail, or not, by chance. So it is found out at the start and said.

use std::pin::pin;
use std::time::Duration;

use sqlx::error::DatabaseError;
use sqlx::migrate::MigrateError;
use sqlx::{Executor, PgConnection, PgPool};

use super::error::OpenError;
use crate::ids::{Entropy, SystemEntropy};

/// The database answers that a prepared statement is not there, or is there already.
const LOST_STATEMENT: [&str; 2] = ["26000", "42P05"];

/// What it answers where a statement is given more or fewer values than it takes.
const PROTOCOL_VIOLATION: &str = "08P01";

/// How often it is tried: a pooler may give the same connection again by chance.
const TRIES: u32 = 3;

/// A pooler with one connection makes the second of ours wait for the first: so long.
const PATIENCE: Duration = Duration::from_secs(2);

/// Prepares a statement on one connection, and uses it again while another one holds a transaction
/// open: a pooler then has to use another connection of its own.
pub(super) async fn check(pool: &PgPool) -> Result<(), OpenError> {
    let (mut ours, mut other) = (pool.acquire().await?, pool.acquire().await?);
    for number in own_numbers() {
        prepared(&mut ours, number).await?;
        other.execute("BEGIN").await?;
        other.execute("SELECT 1").await?;
        let mut again = pin!(prepared(&mut ours, number));
        let in_time = tokio::time::timeout(PATIENCE, &mut again).await;
        other.execute("ROLLBACK").await?;
        match in_time {
            Ok(again) => again?,
            // It waits, or is slow; its answer says which statements it follows all the same.
            Err(_) => again.await?,
        }
    }
    Ok(())
}

/// Numbers that no earlier check has used. A connection of the pooler may still have a statement of the same
/// name that an earlier process has left there: it answers with another number, and no error.
fn own_numbers() -> impl Iterator<Item = u32> {
    let mut first = [0; 4];
    // Without randomness the program does not get as far as to need it.
    SystemEntropy.fill(&mut first).ok();
    let first = u32::from_ne_bytes(first);
    (0..TRIES).map(move |attempt| first.wrapping_add(attempt))
}

/// Runs the statement that answers with this number, whose text it has.
async fn prepared(connection: &mut PgConnection, number: u32) -> Result<(), OpenError> {
    let text = format!("SELECT {number} + CAST($1 AS BIGINT)");
    match sqlx::query_scalar::<_, i64>(&text).bind(0_i64).fetch_one(connection).await {
        Ok(answer) if answer == i64::from(number) => Ok(()),
        // Somebody else's statement, whose column may be of another type.
        Ok(_) | Err(sqlx::Error::ColumnDecode { .. }) => Err(OpenError::Pooler),
        Err(error) => {
            let code = error.as_database_error().and_then(DatabaseError::code);
            // Somebody else's statement, which takes other values.
            Err(if code.as_deref() == Some(PROTOCOL_VIOLATION) {
                OpenError::Pooler
            } else {
                error.into()
            })
        }
    }
}

impl From<sqlx::Error> for OpenError {
    fn from(error: sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(DatabaseError::code);
        match code {
            Some(code) if LOST_STATEMENT.contains(&code.as_ref()) => Self::Pooler,
            _ => Self::Connect(error),
        }
    }
}

impl From<MigrateError> for OpenError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
                match Self::from(error) {
                    Self::Connect(error) => Self::Migrate(MigrateError::Execute(error)),
                    other => other,
                }
            }
            other => Self::Migrate(other),
        }
    }
}
