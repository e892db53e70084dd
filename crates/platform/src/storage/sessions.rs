//! tower-sessions over whichever engine runs: the rows of its store for sqlx, which earlier versions used.

use async_trait::async_trait;
use sqlx::Row;
use time::format_description::well_known::Rfc3339;
use tower_sessions::SessionStore;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, ExpiredDeletion, Result};

use super::{Reader, Writer};

/// Creates the table where it is missing.
pub(super) const TABLE_ON_SQLITE: &str = "CREATE TABLE IF NOT EXISTS tower_sessions \
     (id TEXT PRIMARY KEY NOT NULL, data BLOB NOT NULL, expiry_date INTEGER NOT NULL)";

/// The same in PostgreSQL.
pub(super) const TABLE_ON_POSTGRES: [&str; 2] = [
    "CREATE SCHEMA IF NOT EXISTS tower_sessions",
    "CREATE TABLE IF NOT EXISTS tower_sessions.session \
     (id TEXT PRIMARY KEY NOT NULL, data BYTEA NOT NULL, expiry_date TIMESTAMPTZ NOT NULL)",
];

/// The session rows of one database.
#[derive(Debug, Clone)]
pub struct SessionRows {
    reader: Reader,
    writer: Writer,
    statements: &'static Statements,
}

/// In each engine's words: the two keep a moment in columns of other types.
#[derive(Debug)]
struct Statements {
    create: &'static str,
    save: &'static str,
    load: &'static str,
    delete: &'static str,
    delete_expired: &'static str,
}

const ON_SQLITE: Statements = Statements {
    create: "INSERT INTO tower_sessions (id, data, expiry_date) VALUES ($1, $2, $3) \
             ON CONFLICT (id) DO NOTHING",
    save: "INSERT INTO tower_sessions (id, data, expiry_date) VALUES ($1, $2, $3) \
           ON CONFLICT (id) DO UPDATE SET data = excluded.data, expiry_date = excluded.expiry_date",
    load: "SELECT data FROM tower_sessions WHERE id = $1 AND datetime(expiry_date) > datetime('now')",
    delete: "DELETE FROM tower_sessions WHERE id = $1",
    delete_expired: "DELETE FROM tower_sessions WHERE datetime(expiry_date) < datetime('now')",
};

const ON_POSTGRES: Statements = Statements {
    create: "INSERT INTO tower_sessions.session (id, data, expiry_date) \
             VALUES ($1, $2, CAST($3 AS TIMESTAMPTZ)) ON CONFLICT (id) DO NOTHING",
    save: "INSERT INTO tower_sessions.session (id, data, expiry_date) \
           VALUES ($1, $2, CAST($3 AS TIMESTAMPTZ)) \
           ON CONFLICT (id) DO UPDATE SET data = excluded.data, expiry_date = excluded.expiry_date",
    load: "SELECT data FROM tower_sessions.session WHERE id = $1 AND expiry_date > now()",
    delete: "DELETE FROM tower_sessions.session WHERE id = $1",
    delete_expired: "DELETE FROM tower_sessions.session WHERE expiry_date < now()",
};

impl SessionRows {
    pub(super) fn new(reader: Reader, writer: Writer, on_postgres: bool) -> Self {
        let statements = if on_postgres { &ON_POSTGRES } else { &ON_SQLITE };
        Self { reader, writer, statements }
    }

    /// Stores a record; whether a row was written.
    async fn store(&self, record: &Record, statement: &'static str) -> Result<bool> {
        let data = rmp_serde::to_vec(record).map_err(|error| Error::Encode(error.to_string()))?;
        let until = record.expiry_date.format(&Rfc3339);
        let until = until.map_err(|error| Error::Encode(error.to_string()))?;
        let statement = sqlx::query(statement).bind(record.id.to_string()).bind(data).bind(until);
        let done = statement.execute(&self.writer).await.map_err(backend)?;
        Ok(done.rows_affected() == 1)
    }
}

fn backend(error: sqlx::Error) -> Error {
    Error::Backend(error.to_string())
}

#[async_trait]
impl SessionStore for SessionRows {
    async fn create(&self, record: &mut Record) -> Result<()> {
        while !self.store(record, self.statements.create).await? {
            record.id = Id::default();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        self.store(record, self.statements.save).await.map(drop)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let row = sqlx::query(self.statements.load).bind(id.to_string());
        let Some(row) = row.fetch_optional(&self.reader).await.map_err(backend)? else {
            return Ok(None);
        };
        let data: Vec<u8> = row.try_get(0).map_err(backend)?;
        let record = rmp_serde::from_slice(&data);
        Ok(Some(record.map_err(|error| Error::Decode(error.to_string()))?))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let delete = sqlx::query(self.statements.delete).bind(id.to_string());
        delete.execute(&self.writer).await.map(drop).map_err(backend)
    }
}

#[async_trait]
impl ExpiredDeletion for SessionRows {
    async fn delete_expired(&self) -> Result<()> {
        let delete = sqlx::query(self.statements.delete_expired);
        delete.execute(&self.writer).await.map(drop).map_err(backend)
    }
}
