//! Which servers use one database: each holds a shared lock for as long as it lives.
//!
//! Who gets the lock alone at its start is the only server, so every lease in the database belongs to a
//! process that is gone, and is ended before another server can come and take one. The locks end with their process, however it ends: a file's with its
//! descriptor (flock(2)), PostgreSQL's with its session (advisory locks). Behind a pooler that shares
//! sessions nobody is ever alone, or two are: then a lease is taken from its holder, which notices it
//! and records nothing.

use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::time::Duration;

use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, Executor};

use crate::causes::Causes;
use crate::settings::StorageConfig;

/// The advisory lock's key: `cibalogi`, in this database only.
const KEY: i64 = 0x6369_6261_6c6f_6769;

/// How often PostgreSQL is asked: it hears of the end of a process a moment after it.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(200);

/// A server's share of the lock.
#[derive(Debug)]
pub struct Presence {
    /// Whether no other server used the database when this one came.
    pub is_alone: bool,
    _lock: Option<Lock>,
}

#[derive(Debug)]
enum Lock {
    File { _descriptor: File },
    Session { _connection: Box<PgConnection> },
}

#[derive(Debug, thiserror::Error)]
enum LockError {
    #[error("lock file failed")]
    File(#[from] std::io::Error),
    #[error("advisory lock failed")]
    Session(#[from] sqlx::Error),
}

impl Presence {
    /// Takes a share of the lock. What is done `when_alone` is done before another server can come. Where
    /// the lock fails nobody is taken for gone.
    pub async fn enter(config: &StorageConfig, when_alone: impl Future<Output = ()>) -> Self {
        let url = config.url.expose();
        let entered = if url.starts_with("sqlite:") {
            by_file(url, when_alone).await
        } else {
            by_session(url, when_alone).await
        };
        match entered {
            Ok((lock, is_alone)) => Self { is_alone, _lock: Some(lock) },
            Err(error) => {
                tracing::warn!(
                    error = %Causes(&error),
                    "what a crash has left behind is taken up when its lease ends"
                );
                Self { is_alone: false, _lock: None }
            }
        }
    }
}

/// A file of its own: SQLite loses its locks where a process closes a second descriptor of its file
/// (sqlite.org/howtocorrupt.html, 2.2).
async fn by_file(
    url: &str,
    when_alone: impl Future<Output = ()>,
) -> Result<(Lock, bool), LockError> {
    let options: SqliteConnectOptions = url.parse()?;
    let mut path = PathBuf::from(options.get_filename()).into_os_string();
    path.push("-servers");
    let file = File::options().create(true).truncate(false).write(true).open(path)?;
    let is_alone = match file.try_lock() {
        Ok(()) => true,
        Err(TryLockError::WouldBlock) => false,
        Err(TryLockError::Error(error)) => return Err(error.into()),
    };
    if is_alone {
        when_alone.await;
        file.unlock()?;
    }
    file.lock_shared()?;
    Ok((Lock::File { _descriptor: file }, is_alone))
}

async fn by_session(
    url: &str,
    when_alone: impl Future<Output = ()>,
) -> Result<(Lock, bool), LockError> {
    let mut connection = PgConnection::connect(url).await?;
    // One transaction: a pooler gives the next one another session, and the lock that is held alone
    // would stay with this one, in everybody's way.
    let mut transaction = connection.begin().await?;
    let mut is_alone = false;
    for attempt in 0..TRIES {
        if attempt > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        let alone = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)");
        is_alone = alone.bind(KEY).fetch_one(&mut *transaction).await?;
        if is_alone {
            break;
        }
    }
    if is_alone {
        when_alone.await;
    }
    let share = sqlx::query("SELECT pg_advisory_lock_shared($1)").bind(KEY);
    transaction.execute(share).await?;
    if is_alone {
        transaction.execute(sqlx::query("SELECT pg_advisory_unlock($1)").bind(KEY)).await?;
    }
    transaction.commit().await?;
    Ok((Lock::Session { _connection: Box::new(connection) }, is_alone))
}
