//! Why the database could not be opened, and that a statement failed.

use super::address::InvalidAddress;

/// The database could not be opened or brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is none.
    #[error("storage.url: {0}")]
    Address(#[from] InvalidAddress),
    /// The folder of the SQLite file cannot be made.
    #[error("the folder of the database was not created")]
    Folder(#[source] std::io::Error),
    /// The address is wrong, or nobody answers there.
    #[error("the database was not opened")]
    Connect(#[source] sqlx::Error),
    /// A pooler stands in front of it that loses prepared statements.
    #[error(
        "the database cannot be used: something in front of PostgreSQL gives each transaction another \
         connection and does not follow prepared statements. With PgBouncer: version 1.21 or later \
         with max_prepared_statements above 0, or pool_mode = session (docs/deployment.md)"
    )]
    Pooler,
    /// A migration failed.
    #[error("the database was not brought up to date")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// Another version of this program keeps it.
    #[error("the database cannot be used: it is not of this version of ciba-login")]
    Differs,
}

/// A statement failed: the database is away, full, or at odds with the program.
#[derive(Debug, thiserror::Error)]
#[error("the database did not do what it was asked")]
pub struct StorageError(#[from] sqlx::Error);

impl StorageError {
    /// Whether a row with the same key was there already.
    pub fn is_conflict(&self) -> bool {
        matches!(&self.0, sqlx::Error::Database(error) if error.is_unique_violation())
    }
}
