//! One connection to an SQLite file, which runs its statements where the caller runs.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::types::{Null, ValueRef};
use rusqlite::{
    CachedStatement, Connection, ErrorCode, OpenFlags, Statement, StatementStatus, ffi,
};
use sqlx::any::{AnyArguments, AnyRow, AnyTypeInfo, AnyTypeInfoKind, AnyValue};
use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::{Any, Execute};
use sqlx_core::HashMap;
use sqlx_core::any::{AnyColumn, AnyValueKind};
use sqlx_core::ext::ustr::UStr;

use super::timeout::BUSY;

/// Statements that a connection keeps prepared.
const PREPARED: usize = 128;

/// Under which each statement is traced, with the steps of SQLite's machine that it has taken since it was
/// traced last.
pub const STATEMENTS: &str = "platform::storage::statement";

/// A connection, and the names of the columns that its statements have answered with.
#[derive(Debug)]
pub(super) struct FileConnection {
    connection: Connection,
    columns: HashMap<String, Columns>,
}

/// The columns of a statement's rows, in order and by name.
#[derive(Debug, Clone)]
struct Columns {
    in_order: Vec<AnyColumn>,
    by_name: Arc<HashMap<UStr, usize>>,
}

impl Columns {
    fn of(statement: &Statement<'_>) -> Self {
        let names = statement.column_names().into_iter().map(UStr::new).enumerate();
        let by_name = Arc::new(names.clone().map(|(ordinal, name)| (name, ordinal)).collect());
        // The type is each value's own.
        let type_info = AnyTypeInfo { kind: AnyTypeInfoKind::Null };
        let column = |(ordinal, name)| AnyColumn { ordinal, name, type_info: type_info.clone() };
        Self { in_order: names.map(column).collect(), by_name }
    }
}

impl FileConnection {
    /// Opens a file that is there, and runs `pragmas`.
    pub(super) fn open(path: &Path, pragmas: &str) -> Result<Self, sqlx::Error> {
        // For reading, too: whoever reads a log has to write its index.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(told)?;
        connection.busy_timeout(BUSY).map_err(told)?;
        connection.set_prepared_statement_cache_capacity(PREPARED);
        connection.execute_batch(pragmas).map_err(told)?;
        Ok(Self { connection, columns: HashMap::new() })
    }

    /// From now on says at once that another process has the file's lock.
    pub(super) fn wait_for_nobody(&self) -> Result<(), sqlx::Error> {
        self.connection.busy_timeout(Duration::ZERO).map_err(told)
    }

    /// Opens a transaction with the file's lock; false where another process has that.
    pub(super) fn begin(&self) -> Result<bool, sqlx::Error> {
        let mut statement = self.connection.prepare_cached("BEGIN IMMEDIATE").map_err(told)?;
        match statement.raw_execute() {
            Ok(_) => Ok(true),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => Ok(false),
            Err(error) => Err(told(error)),
        }
    }

    /// Runs a statement without values and rows.
    pub(super) fn command(&self, sql: &str) -> Result<(), sqlx::Error> {
        let mut statement = self.connection.prepare_cached(sql).map_err(told)?;
        statement.raw_execute().map_err(told)?;
        Ok(())
    }

    /// Whether a transaction is open.
    pub(super) fn is_in_transaction(&self) -> bool {
        !self.connection.is_autocommit()
    }

    /// The rows that the last statement has changed.
    pub(super) fn changes(&self) -> u64 {
        self.connection.changes()
    }

    /// Runs a statement and hands its rows over, at most `most` of them.
    pub(super) fn run<'q>(
        &mut self,
        mut query: impl Execute<'q, Any>,
        most: usize,
    ) -> Result<Vec<AnyRow>, sqlx::Error> {
        let arguments = query.take_arguments().map_err(sqlx::Error::Encode)?.unwrap_or_default();
        self.rows(query.sql(), &arguments, most).map_err(told)
    }

    fn rows(
        &mut self,
        sql: &str,
        arguments: &AnyArguments<'_>,
        most: usize,
    ) -> rusqlite::Result<Vec<AnyRow>> {
        let Self { connection, columns } = self;
        let mut statement = connection.prepare_cached(sql)?;
        for index in 1..=statement.parameter_count() {
            // `$7` is the seventh value, wherever it stands.
            let number =
                statement.parameter_name(index).and_then(|name| name.get(1..)?.parse().ok());
            let number: usize = number.unwrap_or(index);
            bind(&mut statement, index, arguments.values.0.get(number.wrapping_sub(1)))?;
        }
        let mut found = Vec::new();
        let mut rows = statement.raw_query();
        while found.len() < most
            && let Some(row) = rows.next()?
        {
            let columns = columns.entry_ref(sql).or_insert_with(|| Columns::of(row.as_ref()));
            let Columns { in_order, by_name } = columns;
            let values =
                (0..in_order.len()).map(|at| Ok(AnyValue { kind: value(row.get_ref(at)?) }));
            found.push(AnyRow {
                values: values.collect::<rusqlite::Result<_>>()?,
                columns: in_order.clone(),
                column_names: Arc::clone(by_name),
            });
        }
        drop(rows);
        // For whoever looks into what a request costs: the text, never a value.
        tracing::trace!(
            target: STATEMENTS,
            sql,
            steps = statement.reset_status(StatementStatus::VmStep),
        );
        Ok(found)
    }
}

fn bind(
    statement: &mut CachedStatement<'_>,
    index: usize,
    value: Option<&AnyValueKind<'_>>,
) -> rusqlite::Result<()> {
    match value {
        Some(AnyValueKind::Bool(value)) => statement.raw_bind_parameter(index, value),
        Some(AnyValueKind::SmallInt(value)) => statement.raw_bind_parameter(index, value),
        Some(AnyValueKind::Integer(value)) => statement.raw_bind_parameter(index, value),
        Some(AnyValueKind::BigInt(value)) => statement.raw_bind_parameter(index, value),
        Some(AnyValueKind::Real(value)) => statement.raw_bind_parameter(index, value),
        Some(AnyValueKind::Double(value)) => statement.raw_bind_parameter(index, value),
        Some(AnyValueKind::Text(value)) => statement.raw_bind_parameter(index, &**value),
        Some(AnyValueKind::Blob(value)) => statement.raw_bind_parameter(index, &**value),
        _ => statement.raw_bind_parameter(index, Null),
    }
}

fn value(value: ValueRef<'_>) -> AnyValueKind<'static> {
    match value {
        ValueRef::Null => AnyValueKind::Null(AnyTypeInfoKind::Null),
        ValueRef::Integer(number) => AnyValueKind::BigInt(number),
        ValueRef::Real(number) => AnyValueKind::Double(number),
        ValueRef::Text(text) => {
            AnyValueKind::Text(Cow::Owned(String::from_utf8_lossy(text).into_owned()))
        }
        ValueRef::Blob(bytes) => AnyValueKind::Blob(Cow::Owned(bytes.to_vec())),
    }
}

fn told(error: rusqlite::Error) -> sqlx::Error {
    match error {
        rusqlite::Error::SqliteFailure(..) => sqlx::Error::Database(Box::new(SqliteError(error))),
        other => sqlx::Error::Decode(other.into()),
    }
}

/// What SQLite says about a statement.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct SqliteError(rusqlite::Error);

impl DatabaseError for SqliteError {
    fn message(&self) -> &str {
        match &self.0 {
            rusqlite::Error::SqliteFailure(_, Some(message)) => message,
            _ => "the statement was not run",
        }
    }

    fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> ErrorKind {
        match self.0.sqlite_error().map(|error| error.extended_code) {
            Some(ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY) => {
                ErrorKind::UniqueViolation
            }
            Some(ffi::SQLITE_CONSTRAINT_FOREIGNKEY) => ErrorKind::ForeignKeyViolation,
            Some(ffi::SQLITE_CONSTRAINT_NOTNULL) => ErrorKind::NotNullViolation,
            Some(ffi::SQLITE_CONSTRAINT_CHECK) => ErrorKind::CheckViolation,
            _ => ErrorKind::Other,
        }
    }
}
