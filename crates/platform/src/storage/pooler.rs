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

/// The database answers that a prepared statement is not there, or is there already.
const LOST_STATEMENT: [&str; 2] = ["26000", "42P05"];

/// How often it is tried: a pooler may give the same connection again by chance.
const TRIES: usize = 3;

/// A pooler with one connection makes the second of ours wait for the first: so long.
const PATIENCE: Duration = Duration::from_secs(2);

/// Prepares a statement on one connection, and uses it again while another one holds a transaction
/// open: a pooler then has to use another connection of its own.
pub(super) async fn check(pool: &PgPool) -> Result<(), OpenError> {
    let (mut ours, mut other) = (pool.acquire().await?, pool.acquire().await?);
    for _ in 0..TRIES {
        prepared(&mut ours).await?;
        other.execute("BEGIN").await?;
        other.execute("SELECT 1").await?;
        let mut again = pin!(prepared(&mut ours));
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

async fn prepared(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let statement = sqlx::query("SELECT CAST($1 AS BIGINT)").bind(1_i64);
    statement.execute(connection).await.map(|_| ())
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
