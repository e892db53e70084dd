//! The one way to the database: SQLite by default, PostgreSQL where several instances share it.
//!
//! One SQL text serves both: `$1` placeholders, `BIGINT` for numbers and times (seconds since
//! 1970), `TEXT`, and `BYTEA`/`BLOB`. Nothing outside this file knows which engine runs. One-time
//! things are consumed by a single conditional statement, never read first and written later.

mod address;
mod error;
mod executor;
mod file;
mod migrations;
mod pooler;
pub mod presence;
pub mod reader;
pub mod sessions;
pub mod shrink;
mod timeout;
pub mod writer;

use std::time::Duration;

use sha2::{Digest, Sha256};
use sqlx::any::{AnyArguments, AnyPoolOptions, AnyRow};
use sqlx::postgres::PgPoolOptions;
use sqlx::query::Query;
use sqlx::sqlite::{
    SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Any, Row};

use self::migrations::{ON_POSTGRES, ON_SQLITE, migrate_postgres, migrate_sqlite};
pub use self::reader::Reader;
pub use self::sessions::SessionRows;
use self::timeout::BUSY;
pub use self::writer::{Connection, Transaction, Writer};
use crate::settings::StorageConfig;

pub use address::{InvalidAddress, check as check_address};
pub use error::{OpenError, StorageError};
pub use file::STATEMENTS;

/// The database.
///
/// SQLite has one writer, so writes queue for a connection of their own instead of failing as busy;
/// every commit is on the disk before it is answered (`synchronous=FULL`).
#[derive(Debug, Clone)]
pub struct Storage {
    reader: Reader,
    writer: Writer,
    sessions: SessionRows,
    shared: bool,
}

/// What becomes of the tables when a database is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Schema {
    BroughtUpToDate,
    AsItIs,
}

/// How an SQLite file is written: every commit is on the disk before it is answered.
const PRAGMAS: &str = "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
                       PRAGMA journal_size_limit = 16777216";

/// A connection is tested when it comes back to the pool. One that was idle for longer than this is tested
/// again before it is used: a test is a round trip, and most statements are one, too.
const SURELY_OPEN: Duration = Duration::from_secs(1);

impl Storage {
    /// Opens the database, creates what is missing and runs the migrations.
    ///
    /// # Errors
    ///
    /// [`OpenError`]
    pub async fn open(config: &StorageConfig) -> Result<Self, OpenError> {
        Self::connect(config, Schema::BroughtUpToDate).await
    }

    /// Opens a database that a server keeps, for a command beside it. Nothing is created and no
    /// migration is run: a shell with a newer program must not change the tables under a server.
    ///
    /// # Errors
    ///
    /// [`OpenError::Differs`] where the tables are not those of this version.
    pub async fn attach(config: &StorageConfig) -> Result<Self, OpenError> {
        let storage = Self::connect(config, Schema::AsItIs).await?;
        let applied = sqlx::query("SELECT version FROM _sqlx_migrations ORDER BY version")
            .fetch_all(storage.reader())
            .await;
        let applied: Result<Vec<i64>, _> = match applied {
            Ok(rows) => rows.iter().map(|row| row.try_get(0)).collect(),
            Err(sqlx::Error::Database(_)) => Err(OpenError::Differs)?,
            Err(error) => Err(error),
        };
        let known = if storage.shared { &ON_POSTGRES } else { &ON_SQLITE };
        let known: Vec<i64> = known.iter().map(|migration| migration.version).collect();
        if applied.map_err(OpenError::from)? == known {
            Ok(storage)
        } else {
            storage.close().await;
            Err(OpenError::Differs)
        }
    }

    async fn connect(config: &StorageConfig, schema: Schema) -> Result<Self, OpenError> {
        sqlx::any::install_default_drivers();
        let url = config.url.expose();
        check_address(url)?;
        if url.starts_with("sqlite:") {
            Self::connect_sqlite(url, config.max_connections, schema).await
        } else {
            Self::connect_postgres(url, config.max_connections, schema).await
        }
    }

    /// Whether there is something to open: a command beside the server must not make a database of
    /// its own, in whatever folder it was typed.
    pub fn is_there(config: &StorageConfig) -> bool {
        let url = config.url.expose();
        !url.starts_with("sqlite:")
            || url
                .parse()
                .is_ok_and(|options: SqliteConnectOptions| options.get_filename().exists())
    }

    async fn connect_sqlite(
        url: &str,
        connections: u16,
        schema: Schema,
    ) -> Result<Self, OpenError> {
        let options: SqliteConnectOptions = url.parse().map_err(OpenError::Connect)?;
        if let (Schema::BroughtUpToDate, Some(folder)) = (schema, options.get_filename().parent()) {
            std::fs::create_dir_all(folder).map_err(OpenError::Folder)?;
        }
        let options = options
            .create_if_missing(schema == Schema::BroughtUpToDate)
            // Counts for a new file only; `shrink` does the work.
            .auto_vacuum(SqliteAutoVacuum::Incremental)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY);
        let file = options.get_filename().to_owned();
        let native = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(BUSY)
            .connect_with(options)
            .await
            .map_err(OpenError::Connect)?;
        if schema == Schema::BroughtUpToDate {
            migrate_sqlite(&native, &ON_SQLITE).await?;
        }
        let writer = Writer::of_file(&file, PRAGMAS).map_err(OpenError::Connect)?;
        let reader = Reader::of_file(&file, usize::from(connections));
        // Last: with its last connection SQLite would fold its log into the file.
        native.close().await;
        Ok(Self {
            sessions: SessionRows::new(reader.clone(), writer.clone(), false),
            reader,
            writer,
            shared: false,
        })
    }

    async fn connect_postgres(
        url: &str,
        connections: u16,
        schema: Schema,
    ) -> Result<Self, OpenError> {
        let native =
            PgPoolOptions::new().max_connections(2).acquire_timeout(BUSY).connect(url).await?;
        pooler::check(&native).await?;
        if schema == Schema::BroughtUpToDate {
            migrate_postgres(&native).await?;
        }
        native.close().await;
        let pool = AnyPoolOptions::new()
            .max_connections(u32::from(connections))
            .acquire_timeout(BUSY)
            .test_before_acquire(false)
            .before_acquire(|connection, pool| {
                Box::pin(async move {
                    if pool.idle_for <= SURELY_OPEN {
                        return Ok(true);
                    }
                    // Tests the connection, too. After a failover the old primary may go on as a standby,
                    // and our connections with it: they would fail every write until they are half an
                    // hour old.
                    let asked = sqlx::query("SELECT current_setting('transaction_read_only')");
                    let answer: String = asked.fetch_one(connection).await?.try_get(0)?;
                    Ok(answer == "off")
                })
            })
            .connect(url)
            .await?;
        let (reader, writer) = (Reader::Pool(pool.clone()), Writer::Pool(pool));
        Ok(Self {
            sessions: SessionRows::new(reader.clone(), writer.clone(), true),
            reader,
            writer,
            shared: true,
        })
    }

    /// Connections for statements that only read.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Connections for statements that write; [`Storage::change`] is for those that return a row.
    pub fn writer(&self) -> &Writer {
        &self.writer
    }

    /// Runs one statement that changes at most one row and returns it (`RETURNING`), to its end.
    ///
    /// # Errors
    ///
    /// [`StorageError`] where the change was not made, or could not be kept.
    ///
    /// # Security
    ///
    /// `fetch_optional` leaves SQLite's statement after its first row. The change is committed when
    /// the statement is then reset, and where that fails, as on a full disk, nobody hears of it
    /// (sqlite.org/c3ref/reset.html; sqlx, issue 2099): a code would be accepted and not
    /// be spent. Within a transaction its own commit tells.
    pub async fn change<'q>(
        &'q self,
        statement: Query<'q, Any, AnyArguments<'q>>,
    ) -> Result<Option<AnyRow>, StorageError> {
        Ok(statement.fetch_all(self.writer()).await?.pop())
    }

    /// Runs one statement that writes only while there is room (`INSERT … SELECT … WHERE (SELECT
    /// COUNT(*) …) < $n`) and says whether it wrote. No other instance runs one under the same
    /// `lock` meanwhile.
    ///
    /// # Errors
    ///
    /// [`StorageError`]
    pub async fn write_if_room<'q>(
        &self,
        lock: &str,
        statement: Query<'q, Any, AnyArguments<'q>>,
    ) -> Result<bool, StorageError> {
        if !self.shared {
            return Ok(statement.execute(&self.writer).await?.rows_affected() == 1);
        }
        let mut transaction = self.locked(lock).await?;
        let done = statement.execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// [`Storage::change`] where the statement's condition reads rows that another statement under
    /// the same `lock` writes.
    ///
    /// # Errors
    ///
    /// [`StorageError`]
    pub async fn change_alone<'q>(
        &'q self,
        lock: &str,
        statement: Query<'q, Any, AnyArguments<'q>>,
    ) -> Result<Option<AnyRow>, StorageError> {
        if !self.shared {
            return self.change(statement).await;
        }
        let mut transaction = self.locked(lock).await?;
        let row = statement.fetch_all(&mut *transaction).await?.pop();
        transaction.commit().await?;
        Ok(row)
    }

    /// A transaction that counts and writes: no other one is under the same `lock` meanwhile.
    ///
    /// # Errors
    ///
    /// [`StorageError`]
    pub async fn begin_alone(&self, lock: &str) -> Result<Transaction, StorageError> {
        if self.shared { self.locked(lock).await } else { Ok(self.writer.begin().await?) }
    }

    /// A transaction of PostgreSQL in which no other instance is under the same `lock`.
    ///
    /// PostgreSQL reads what was committed when a statement began, so statements at the same time do
    /// not see each other: each finds room. SQLite lets one statement write at a time.
    async fn locked(&self, lock: &str) -> Result<Transaction, StorageError> {
        let mut key = [0; 8];
        key.copy_from_slice(&Sha256::digest(lock)[..8]);
        let key = i64::from_be_bytes(key);
        let statements = format!("BEGIN; SELECT pg_advisory_xact_lock({key})");
        Ok(self.writer.begin_by(statements).await?)
    }

    /// The rows of tower-sessions.
    pub fn sessions(&self) -> &SessionRows {
        &self.sessions
    }

    /// Whether other instances may use the same database, so that nothing may be kept in memory
    /// alone.
    pub fn is_shared(&self) -> bool {
        self.shared
    }

    /// Writes one row: whether the database answers, and has room.
    ///
    /// # Errors
    ///
    /// [`StorageError`] where it does not.
    pub async fn probe(&self, now: i64) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO write_probe (slot, written_at) VALUES (1, $1) \
             ON CONFLICT (slot) DO UPDATE SET written_at = excluded.written_at",
        )
        .bind(now)
        .execute(self.writer())
        .await?;
        Ok(())
    }

    /// Closes every connection, so that SQLite's log is folded into its file.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }
}
