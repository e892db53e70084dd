//! Reading. PostgreSQL is asked through its pool; an SQLite file is read where the caller runs.
//!
//! sqlx gives each SQLite connection a thread: the two switches of thread cost many times what a
//! look-up by key does, which is some microseconds out of memory. Whoever reads waits for no writer
//! (WAL mode), so a task that reads keeps its thread no longer than a task that computes.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sqlx::any::AnyRow;
use sqlx::{Any, AnyPool, Execute};

use super::executor::{executor, steps};
use super::file::FileConnection;

/// Nothing is written. A read page is kept until the next write only, so there is no use in keeping many:
/// these are KiB.
const PRAGMAS: &str = "PRAGMA query_only = ON; PRAGMA cache_size = -512";

/// Connections for statements that only read.
#[derive(Debug, Clone)]
pub enum Reader {
    /// Any engine, through sqlx.
    Pool(AnyPool),
    /// An SQLite file.
    File(Arc<ReadPool>),
}

/// The connections to an SQLite file.
#[derive(Debug)]
pub struct ReadPool {
    path: PathBuf,
    connections: usize,
    /// Those that nobody uses; nothing once the storage is closed.
    idle: Mutex<Option<Vec<FileConnection>>>,
}

impl Reader {
    /// Reads an SQLite file that is there, in WAL mode.
    pub(super) fn of_file(path: &Path, connections: usize) -> Self {
        let idle = Mutex::new(Some(Vec::new()));
        Self::File(Arc::new(ReadPool { path: path.to_owned(), connections, idle }))
    }

    /// Closes every connection.
    pub(super) async fn close(&self) {
        match self {
            Self::Pool(pool) => pool.close().await,
            Self::File(file) => *file.idle() = None,
        }
    }
}

impl ReadPool {
    fn idle(&self) -> MutexGuard<'_, Option<Vec<FileConnection>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run<'q>(
        &self,
        query: impl Execute<'q, Any>,
        most: usize,
    ) -> Result<Vec<AnyRow>, sqlx::Error> {
        let kept = match self.idle().as_mut() {
            None => return Err(sqlx::Error::PoolClosed),
            Some(idle) => idle.pop(),
        };
        let open = || FileConnection::open(&self.path, PRAGMAS);
        let mut connection = kept.map_or_else(open, Ok)?;
        let rows = connection.run(query, most);
        if let Some(idle) = self.idle().as_mut().filter(|idle| idle.len() < self.connections) {
            idle.push(connection);
        }
        rows
    }
}

executor!(
    &'c Reader,
    |reader, query| match reader {
        Reader::Pool(pool) => pool.fetch_many(query),
        Reader::File(file) => steps(file.run(query, usize::MAX).map(|rows| (rows, 0))),
    },
    |reader, query| match reader {
        Reader::Pool(pool) => pool.fetch_optional(query),
        Reader::File(file) => {
            let rows = file.run(query, 1);
            Box::pin(std::future::ready(rows.map(|mut rows| rows.pop())))
        }
    },
);
