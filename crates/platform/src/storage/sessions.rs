//! tower-sessions over whichever engine runs.

use async_trait::async_trait;
use sqlx::{PgPool, Row, SqlitePool};
use time::format_description::well_known::Rfc3339;
use tower_sessions::SessionStore;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, ExpiredDeletion, Result};
use tower_sessions_sqlx_store::{PostgresStore, SqliteStore};

use super::{Reader, Writer};

/// The session rows of one database. The store makes its own table.
#[derive(Debug, Clone)]
pub enum SessionRows {
    /// In SQLite, in the store's own table and form, by the connections of everything else: one of
    /// its own would wait for their lock instead of its turn.
    Sqlite(Reader, Writer),
    /// In PostgreSQL.
    Postgres(PostgresStore, PgPool),
}

impl SessionRows {
    pub(super) fn sqlite(reader: Reader, writer: Writer) -> Self {
        Self::Sqlite(reader, writer)
    }

    pub(super) fn postgres(pool: PgPool) -> Self {
        Self::Postgres(PostgresStore::new(pool.clone()), pool)
    }

    pub(super) async fn close(&self) {
        match self {
            // Whoever has given them closes them.
            Self::Sqlite(..) => {}
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
            Self::Sqlite(..) => Ok(()),
            Self::Postgres(store, _) => store.migrate().await,
        }
    }

    /// As [`SessionRows::migrate`], on the connection that runs SQLite's migrations.
    pub(super) async fn migrate_sqlite(pool: &SqlitePool) -> std::result::Result<(), sqlx::Error> {
        SqliteStore::new(pool.clone()).migrate().await
    }
}

fn backend(error: sqlx::Error) -> Error {
    Error::Backend(error.to_string())
}

/// Stores a record; whether it was new.
async fn store(writer: &Writer, record: &Record, on_conflict: &str) -> Result<bool> {
    let data = rmp_serde::to_vec(record).map_err(|error| Error::Encode(error.to_string()))?;
    let until = record.expiry_date.format(&Rfc3339);
    let until = until.map_err(|error| Error::Encode(error.to_string()))?;
    let statement = format!(
        "INSERT INTO tower_sessions (id, data, expiry_date) VALUES ($1, $2, $3) \
         ON CONFLICT (id) DO {on_conflict}"
    );
    let done = sqlx::query(&statement)
        .bind(record.id.to_string())
        .bind(data)
        .bind(until)
        .execute(writer)
        .await;
    Ok(done.map_err(backend)?.rows_affected() == 1)
}

#[async_trait]
impl SessionStore for SessionRows {
    async fn create(&self, record: &mut Record) -> Result<()> {
        match self {
            Self::Sqlite(_, writer) => {
                while !store(writer, record, "NOTHING").await? {
                    record.id = Id::default();
                }
                Ok(())
            }
            Self::Postgres(store, _) => store.create(record).await,
        }
    }

    async fn save(&self, record: &Record) -> Result<()> {
        match self {
            Self::Sqlite(_, writer) => {
                let replace = "UPDATE SET data = excluded.data, expiry_date = excluded.expiry_date";
                store(writer, record, replace).await?;
                Ok(())
            }
            Self::Postgres(store, _) => store.save(record).await,
        }
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        match self {
            Self::Sqlite(reader, _) => {
                let row = sqlx::query(
                    "SELECT data FROM tower_sessions \
                     WHERE id = $1 AND datetime(expiry_date) > datetime('now')",
                )
                .bind(id.to_string())
                .fetch_optional(reader)
                .await
                .map_err(backend)?;
                let Some(row) = row else { return Ok(None) };
                let data: Vec<u8> = row.try_get(0).map_err(backend)?;
                let record = rmp_serde::from_slice(&data);
                Ok(Some(record.map_err(|error| Error::Decode(error.to_string()))?))
            }
            Self::Postgres(store, _) => store.load(id).await,
        }
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        match self {
            Self::Sqlite(_, writer) => {
                let delete = sqlx::query("DELETE FROM tower_sessions WHERE id = $1");
                delete.bind(id.to_string()).execute(writer).await.map_err(backend)?;
                Ok(())
            }
            Self::Postgres(store, _) => store.delete(id).await,
        }
    }
}

#[async_trait]
impl ExpiredDeletion for SessionRows {
    async fn delete_expired(&self) -> Result<()> {
        match self {
            Self::Sqlite(_, writer) => {
                let delete = "DELETE FROM tower_sessions \
                     WHERE datetime(expiry_date) < datetime('now')";
                sqlx::query(delete).execute(writer).await.map_err(backend)?;
                Ok(())
            }
            Self::Postgres(store, _) => store.delete_expired().await,
        }
    }
}
