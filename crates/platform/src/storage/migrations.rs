//! The tables of this version, in each engine's words.

use std::sync::LazyLock;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{PgPool, SqlitePool};

use super::error::OpenError;
use super::sessions;

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

/// Changes SQLite's tables in one transaction, or not at all: each commit waits for the disk, and a
/// new file needs all of the migrations.
pub(super) async fn migrate_sqlite(
    pool: &SqlitePool,
    migrator: &Migrator,
) -> Result<(), OpenError> {
    // Another process that starts on the same file waits here, and finds everything done.
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await.map_err(OpenError::Connect)?;
    migrator.run_direct(&mut *transaction).await.map_err(OpenError::Migrate)?;
    let table = sqlx::query(sessions::TABLE_ON_SQLITE);
    table.execute(&mut *transaction).await.map_err(OpenError::Connect)?;
    transaction.commit().await.map_err(OpenError::Connect)
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

#[cfg(test)]
mod tests {
    use sqlx::sqlite::SqlitePoolOptions;

    use super::*;

    async fn tables(pool: &SqlitePool) -> Vec<String> {
        let named =
            sqlx::query_scalar("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1");
        named.fetch_all(pool).await.unwrap()
    }

    #[tokio::test]
    async fn where_one_migration_fails_none_is_applied() {
        let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:");
        let pool = pool.await.unwrap();
        let first = (1, "one", "CREATE TABLE one (x)");
        let broken = migrator(&[first, (2, "two", "CREATE TABLE two (x); CREATE TABLE one (x)")]);
        let error = migrate_sqlite(&pool, &broken).await.unwrap_err();
        assert!(matches!(error, OpenError::Migrate(_)), "{error}");
        assert!(tables(&pool).await.is_empty());

        // What is mended is applied, a later one is added, and all of them once.
        let three = (3, "three", "INSERT INTO one VALUES (3)");
        for files in [
            &[first, (2, "two", "CREATE TABLE two (x)")][..],
            &[first, (2, "two", "CREATE TABLE two (x)"), three],
        ] {
            for _ in 0..2 {
                migrate_sqlite(&pool, &migrator(files)).await.unwrap();
            }
        }
        assert_eq!(tables(&pool).await, ["_sqlx_migrations", "one", "tower_sessions", "two"]);
        let rows: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM one").fetch_one(&pool).await.unwrap();
        assert_eq!(rows, 1);
    }
}
