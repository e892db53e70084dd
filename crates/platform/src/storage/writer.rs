//! Writing. PostgreSQL is asked through its pool; an SQLite file is written by one connection, and
//! those who write at the same time share one commit, so that they wait for the disk together.
//!
//! Whoever finds no transaction opens one, and a thread that may wait for the disk queues behind
//! everybody who is there by then. It commits, and only then are they answered. A statement that fails
//! is undone by itself and fails its caller alone; a transaction is a savepoint within the shared one.
//! Where SQLite rolls everything back (a full disk, for one) everybody who shares is told.

use std::borrow::Cow;
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use sqlx::any::AnyRow;
use sqlx::{Any, AnyPool, Execute};
use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard, watch};
use tokio::time::Instant;

use super::executor::{Done, executor, steps};
use super::file::FileConnection;
use super::timeout::BUSY;
use crate::causes::Causes;

/// How soon it is tried again where another process writes.
const AGAIN: Duration = Duration::from_millis(2);

/// Connections for statements that write.
#[derive(Debug, Clone)]
pub enum Writer {
    /// Any engine, through sqlx.
    Pool(AnyPool),
    /// An SQLite file.
    File(Arc<WriteConnection>),
}

/// The connection that writes to an SQLite file.
#[derive(Debug)]
pub struct WriteConnection {
    /// Nothing once the storage is closed. Its queue is served in order.
    place: Arc<Mutex<Option<WriterSlot>>>,
}

/// What whoever has the turn may use.
#[derive(Debug)]
struct WriterSlot {
    connection: FileConnection,
    /// The transaction that is open, and those who are in it.
    shared: Option<watch::Sender<CommitResult>>,
}

/// How a shared transaction ended; nothing while it is open.
type CommitResult = Option<Result<(), Arc<sqlx::Error>>>;

/// What was written is not kept.
#[derive(Debug, thiserror::Error)]
#[error("the transaction was not committed")]
struct NotCommitted(#[source] Arc<sqlx::Error>);

impl Writer {
    /// Writes to an SQLite file that is there. `pragmas` are run first.
    pub(super) fn of_file(path: &Path, pragmas: &str) -> Result<Self, sqlx::Error> {
        let connection = FileConnection::open(path, pragmas)?;
        connection.wait_for_nobody()?;
        let place = WriterSlot { connection, shared: None };
        Ok(Self::File(Arc::new(WriteConnection { place: Arc::new(Mutex::new(Some(place))) })))
    }

    /// Begins a transaction, which is rolled back where it is dropped before its commit.
    ///
    /// # Errors
    ///
    /// Whatever the engine says.
    pub async fn begin(&self) -> Result<Transaction, sqlx::Error> {
        self.begin_by("BEGIN").await
    }

    /// The same; PostgreSQL begins it by these statements, which are one round trip.
    pub(super) async fn begin_by(
        &self,
        statements: impl Into<Cow<'static, str>>,
    ) -> Result<Transaction, sqlx::Error> {
        match self {
            Self::Pool(pool) => {
                Ok(Transaction(Connection(Engine::Pool(pool.begin_with(statements).await?))))
            }
            Self::File(file) => {
                let mut turn = file.turn().await?;
                turn.place.connection.command("SAVEPOINT own")?;
                turn.is_open = true;
                Ok(Transaction(Connection(Engine::File(turn))))
            }
        }
    }

    /// Closes every connection.
    pub(super) async fn close(&self) {
        match self {
            Self::Pool(pool) => pool.close().await,
            Self::File(file) => {
                let place = file.place.lock().await.take();
                if let Some(mut place) = place {
                    place.end();
                }
            }
        }
    }
}

impl WriteConnection {
    /// Waits for the turn, and opens a transaction where none is.
    async fn turn(&self) -> Result<Turn, sqlx::Error> {
        let place = Arc::clone(&self.place).lock_owned().await;
        let place = OwnedMutexGuard::try_map(place, Option::as_mut);
        let mut place = place.map_err(|_| sqlx::Error::PoolClosed)?;
        if place.shared.is_none() {
            // A command beside the server may write just now. No thread waits for it.
            let deadline = Instant::now() + BUSY;
            while !place.connection.begin()? {
                if Instant::now() >= deadline {
                    return Err(sqlx::Error::PoolTimedOut);
                }
                tokio::time::sleep(AGAIN).await;
            }
            place.shared = Some(watch::Sender::new(None));
            let queue = Arc::clone(&self.place);
            tokio::task::spawn_blocking(move || {
                if let Some(place) = queue.blocking_lock().as_mut() {
                    place.end();
                }
            });
        }
        Ok(Turn { place, is_open: false })
    }

    async fn run<'q>(&self, query: impl Execute<'q, Any>) -> Done {
        let mut turn = self.turn().await?;
        let done = turn.run(query)?;
        turn.kept().await?;
        Ok(done)
    }
}

/// The right to use the connection.
#[derive(Debug)]
struct Turn {
    place: OwnedMappedMutexGuard<Option<WriterSlot>, WriterSlot>,
    /// Whether a savepoint is open.
    is_open: bool,
}

impl Turn {
    /// Every row is fetched: a statement that is left after its first row has not come to its end.
    fn run<'q>(&mut self, query: impl Execute<'q, Any>) -> Done {
        let connection = &mut self.place.connection;
        let rows = connection.run(query, usize::MAX)?;
        Ok((rows, connection.changes()))
    }

    /// Waits until what was written is on the disk.
    async fn kept(self) -> Result<(), sqlx::Error> {
        // Without a transaction there is nothing to keep: SQLite has rolled it back.
        let Some(shared) = &self.place.shared else { return Err(sqlx::Error::WorkerCrashed) };
        let mut ending = shared.subscribe();
        drop(self);
        let ended = ending.wait_for(Option::is_some).await.map(|ended| ended.clone());
        match ended {
            Ok(Some(Ok(()))) => Ok(()),
            Ok(Some(Err(error))) => Err(sqlx::Error::AnyDriverError(NotCommitted(error).into())),
            Ok(None) | Err(_) => Err(sqlx::Error::WorkerCrashed),
        }
    }

    fn end_savepoint(&mut self, commands: &[&str]) -> Result<(), sqlx::Error> {
        self.is_open = false;
        commands.iter().try_for_each(|command| self.place.connection.command(command))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.is_open && self.end_savepoint(&ROLL_BACK).is_err() {
            // Nobody may commit what was to be undone.
            self.place.end_all();
        } else if !self.place.connection.is_in_transaction() {
            self.place.end_all();
        }
    }
}

/// Undoes a savepoint and ends it.
const ROLL_BACK: [&str; 2] = ["ROLLBACK TO own", "RELEASE own"];

impl WriterSlot {
    /// Commits the shared transaction, and tells all who are in it.
    fn end(&mut self) {
        let Some(shared) = self.shared.take() else { return };
        let committed = self.connection.command("COMMIT");
        if committed.is_err() {
            self.undo();
        }
        shared.send_replace(Some(committed.map_err(Arc::new)));
    }

    /// Tells all who are in the shared transaction that nothing of it is kept.
    fn end_all(&mut self) {
        self.undo();
        if let Some(shared) = self.shared.take() {
            let lost = sqlx::Error::Protocol("the database has rolled everything back".into());
            shared.send_replace(Some(Err(Arc::new(lost))));
        }
    }

    fn undo(&self) {
        if self.connection.is_in_transaction()
            && let Err(error) = self.connection.command("ROLLBACK")
        {
            tracing::error!(error = %Causes(&error), "the database did not roll back");
        }
    }
}

/// A transaction.
#[derive(Debug)]
pub struct Transaction(Connection);

/// What runs the statements of a transaction.
#[derive(Debug)]
pub struct Connection(Engine);

#[derive(Debug)]
enum Engine {
    Pool(sqlx::Transaction<'static, Any>),
    File(Turn),
}

impl Transaction {
    /// Keeps what was written.
    ///
    /// # Errors
    ///
    /// Whatever the engine says; then nothing is kept.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        match self.0.0 {
            Engine::Pool(transaction) => transaction.commit().await,
            Engine::File(mut turn) => {
                turn.end_savepoint(&["RELEASE own"])?;
                turn.kept().await
            }
        }
    }

    /// Undoes what was written.
    ///
    /// # Errors
    ///
    /// Whatever the engine says.
    pub async fn rollback(self) -> Result<(), sqlx::Error> {
        match self.0.0 {
            Engine::Pool(transaction) => transaction.rollback().await,
            Engine::File(mut turn) => turn.end_savepoint(&ROLL_BACK),
        }
    }
}

impl Deref for Transaction {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.0
    }
}

executor!(
    &'c mut Connection,
    |connection, query| match &mut connection.0 {
        Engine::Pool(transaction) => (&mut **transaction).fetch_many(query),
        Engine::File(turn) => steps(turn.run(query)),
    },
    |connection, query| match &mut connection.0 {
        Engine::Pool(transaction) => (&mut **transaction).fetch_optional(query),
        Engine::File(turn) => {
            let done = turn.run(query);
            Box::pin(std::future::ready(done.map(|(rows, _)| rows.into_iter().next())))
        }
    },
);

executor!(
    &'c Writer,
    |writer, query| match writer {
        Writer::Pool(pool) => pool.fetch_many(query),
        Writer::File(file) => stream::once(file.run(query)).flat_map(steps).boxed(),
    },
    |writer, query| match writer {
        Writer::Pool(pool) => pool.fetch_optional(query),
        Writer::File(file) => {
            Box::pin(async move { Ok(file.run(query).await?.0.into_iter().next()) })
        }
    },
);

#[cfg(test)]
mod tests {
    use sqlx::Row;

    use super::*;
    use crate::storage::StorageError;

    fn writer(folder: &tempfile::TempDir) -> Writer {
        let path = folder.path().join("test.db");
        std::fs::write(&path, "").unwrap();
        let pragmas = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                       CREATE TABLE kept (name TEXT PRIMARY KEY)";
        Writer::of_file(&path, pragmas).unwrap()
    }

    async fn keep(writer: &Writer, name: &str) -> Result<u64, sqlx::Error> {
        let insert = sqlx::query("INSERT INTO kept (name) VALUES ($1)").bind(name.to_owned());
        Ok(insert.execute(writer).await?.rows_affected())
    }

    async fn kept(writer: &Writer) -> Vec<String> {
        let rows = sqlx::query("SELECT name FROM kept ORDER BY name").fetch_all(writer).await;
        rows.unwrap().iter().map(|row| row.get(0)).collect()
    }

    /// One that is in the queue by now.
    async fn queued<T: Send + 'static>(
        task: impl Future<Output = T> + Send + 'static,
    ) -> tokio::task::JoinHandle<T> {
        let task = tokio::spawn(task);
        // With one thread it runs until it has to wait.
        tokio::task::yield_now().await;
        task
    }

    #[tokio::test]
    async fn a_statement_that_fails_beside_others_fails_its_caller_alone() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(&folder);
        let first = writer.begin().await.unwrap();
        let mut tasks = Vec::new();
        for name in ["a", "b", "a", "c"] {
            let writer = writer.clone();
            tasks.push(queued(async move { keep(&writer, name).await }).await);
        }
        first.commit().await.unwrap();
        let mut outcomes = Vec::new();
        for task in tasks {
            outcomes.push(task.await.unwrap());
        }
        let refused = outcomes.remove(2).unwrap_err();
        assert!(StorageError::from(refused).is_conflict());
        for outcome in outcomes {
            assert_eq!(outcome.unwrap(), 1);
        }
        assert_eq!(kept(&writer).await, ["a", "b", "c"]);
    }

    #[tokio::test]
    async fn a_transaction_that_is_given_up_beside_others_leaves_nothing_and_takes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(&folder);
        let mut first = writer.begin().await.unwrap();
        sqlx::query("INSERT INTO kept VALUES ('first')").execute(&mut *first).await.unwrap();
        let other = writer.clone();
        let beside = queued(async move { keep(&other, "beside").await }).await;
        let other = writer.clone();
        let given_up = queued(async move {
            let mut transaction = other.begin().await.unwrap();
            let insert = sqlx::query("INSERT INTO kept VALUES ('given up')");
            insert.execute(&mut *transaction).await.unwrap();
        })
        .await;
        first.commit().await.unwrap();
        given_up.await.unwrap();
        assert_eq!(beside.await.unwrap().unwrap(), 1);
        assert_eq!(kept(&writer).await, ["beside", "first"]);
    }

    #[tokio::test]
    async fn whoever_goes_away_while_others_wait_holds_nobody_up() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(&folder);
        let first = writer.begin().await.unwrap();
        let mut tasks = Vec::new();
        for number in 0..8 {
            let writer = writer.clone();
            tasks.push(queued(async move { keep(&writer, &number.to_string()).await }).await);
        }
        for task in tasks.iter().step_by(2) {
            task.abort();
        }
        first.commit().await.unwrap();
        for task in tasks.into_iter().skip(1).step_by(2) {
            assert_eq!(task.await.unwrap().unwrap(), 1);
        }
        assert_eq!(keep(&writer, "after").await.unwrap(), 1);
    }

    #[tokio::test]
    async fn a_commit_that_fails_is_told_to_everybody_in_it_and_the_next_one_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(&folder);
        let table =
            "CREATE TABLE part (of TEXT REFERENCES kept (name) DEFERRABLE INITIALLY DEFERRED)";
        sqlx::query(table).execute(&writer).await.unwrap();
        let Writer::File(file) = &writer else { panic!("not a file") };
        file.place
            .lock()
            .await
            .as_ref()
            .unwrap()
            .connection
            .command("PRAGMA foreign_keys = ON")
            .unwrap();
        let first = writer.begin().await.unwrap();
        let other = writer.clone();
        let orphan = queued(async move {
            sqlx::query("INSERT INTO part VALUES ('nothing')").execute(&other).await.map(|_| ())
        })
        .await;
        let other = writer.clone();
        let beside = queued(async move { keep(&other, "beside").await }).await;
        // It may be in the same commit, or in one before.
        let _whether_it_was = first.commit().await;
        let told = [orphan.await.unwrap().is_err(), beside.await.unwrap().is_err()];
        assert_eq!(told, [true, true], "nobody is told that it is kept");
        assert_eq!(kept(&writer).await, [""; 0]);
        assert_eq!(keep(&writer, "after").await.unwrap(), 1);
    }

    #[tokio::test]
    async fn nothing_is_written_once_it_is_closed() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(&folder);
        writer.close().await;
        assert!(matches!(keep(&writer, "late").await, Err(sqlx::Error::PoolClosed)));
    }
}
