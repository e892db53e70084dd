//! The tables of this version, in each engine's words.

use std::sync::LazyLock;

use sqlx::PgPool;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use super::{OpenError, sessions};

/// A migration's version, what it does, and its statements.
type MigrationFile = (i64, &'static str, &'static str);

include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

/// SQLite's.
pub(super) static ON_SQLITE: LazyLock<Migrator> = LazyLock::new(|| migrator(SQLITE));
/// PostgreSQL's.
pub(super) static ON_POSTGRES: LazyLock<Migrator> = LazyLock::new(|| {
    let mut migrator = migrator(POSTGRES);
    // sqlx's own lock belongs to the session, and behind a pooler nobody gives it back.
    migrator.set_locking(false);
    migrator
});

/// The lock under which one instance changes the tables.
const LOCK: i64 = 0x6369_6261;

fn migrator(files: &[MigrationFile]) -> Migrator {
    let migrations = files.iter().map(|&(version, what, sql)| {
        Migration::new(version, what.into(), MigrationType::Simple, sql.into(), false)
    });
    Migrator { migrations: migrations.collect::<Vec<_>>().into(), ..Migrator::DEFAULT }
}

/// Changes PostgreSQL's tables in one transaction, or not at all.
pub(super) async fn migrate_postgres(pool: &PgPool) -> Result<(), OpenError> {
    let mut transaction = pool.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *transaction).await?;
    // `run` is the same, and cannot be awaited in a task that moves between threads.
    ON_POSTGRES.run_direct(&mut *transaction).await?;
    for statement in sessions::TABLE_ON_POSTGRES {
        sqlx::query(statement).execute(&mut *transaction).await?;
    }
    Ok(transaction.commit().await?)
}
