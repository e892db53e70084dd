//! tower-sessions over whichever engine runs.

use async_trait::async_trait;
use sqlx::{PgPool, SqlitePool};
use tower_sessions::SessionStore;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{ExpiredDeletion, Result};
use tower_sessions_sqlx_store::{PostgresStore, SqliteStore};

/// The session rows of one database. The store makes its own table.
#[derive(Debug, Clone)]
pub enum SessionRows {
    /// In SQLite.
    Sqlite(SqliteStore, SqlitePool),
    /// In PostgreSQL.
    Postgres(PostgresStore, PgPool),
}

impl SessionRows {
    pub(super) fn sqlite(pool: SqlitePool) -> Self {
        Self::Sqlite(SqliteStore::new(pool.clone()), pool)
    }

    pub(super) fn postgres(pool: PgPool) -> Self {
        Self::Postgres(PostgresStore::new(pool.clone()), pool)
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite(_, pool) => pool.close().await,
            Self::Postgres(_, pool) => pool.close().await,
        }
    }

    /// Creates the store's own table.
    ///
    /// # Errors
    ///
    /// Whatever the engine says.
    pub(super) async fn migrate(&self) -> std::result::Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(store, _) => store.migrate().await,
            Self::Postgres(store, _) => store.migrate().await,
        }
    }
}

#[async_trait]
impl SessionStore for SessionRows {
    async fn create(&self, record: &mut Record) -> Result<()> {
        match self {
            Self::Sqlite(store, _) => store.create(record).await,
            Self::Postgres(store, _) => store.create(record).await,
        }
    }

    async fn save(&self, record: &Record) -> Result<()> {
        match self {
            Self::Sqlite(store, _) => store.save(record).await,
            Self::Postgres(store, _) => store.save(record).await,
        }
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        match self {
            Self::Sqlite(store, _) => store.load(id).await,
            Self::Postgres(store, _) => store.load(id).await,
        }
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        match self {
            Self::Sqlite(store, _) => store.delete(id).await,
            Self::Postgres(store, _) => store.delete(id).await,
        }
    }
}

#[async_trait]
impl ExpiredDeletion for SessionRows {
    async fn delete_expired(&self) -> Result<()> {
        match self {
            Self::Sqlite(store, _) => store.delete_expired().await,
            Self::Postgres(store, _) => store.delete_expired().await,
        }
    }
}
