//! The address of a database, checked before anybody uses it.
//!
//! # Security
//!
//! Nothing of an address is ever quoted: a password whose signs were not percent-encoded spills into
//! the parts behind it. sqlx names what it does not know in errors and in the log, so what it would
//! name is refused here.

use sqlx::any::AnyConnectOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use url::Url;

/// The parameters that sqlx knows in PostgreSQL's address, besides `options[…]`.
const PARAMETERS: [&str; 18] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];

/// An address that cannot be used. None of these quotes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAddress {
    /// Another kind of database, or none.
    #[error("the address is neither SQLite's nor PostgreSQL's")]
    Scheme,
    /// A database in memory, or a file without a name: every connection has one of its own.
    #[error("a database in memory is not shared by the connections and lost at the end")]
    Memory,
    /// A file that nothing can be written to.
    #[error("the database would be opened for reading only")]
    ReadOnly,
    /// The file is a folder, or its folder is a file.
    #[error(
        "the file of the database cannot be one: its name is a folder's, or its folder is a file"
    )]
    File,
    /// SQLite's address is malformed.
    #[error("the address of the SQLite file is malformed, or has an unknown parameter")]
    Sqlite,
    /// PostgreSQL's address is malformed.
    #[error(
        "the address is malformed, or has an unknown parameter; in a password ? # / @ and % are \
         written %3F %23 %2F %40 and %25"
    )]
    Postgres,
}

/// Checks an address.
///
/// # Errors
///
/// [`InvalidAddress`]
pub fn check(address: &str) -> Result<(), InvalidAddress> {
    if address.starts_with("sqlite:") {
        return check_sqlite(address);
    }
    if ["postgres://", "postgresql://"].iter().any(|scheme| address.starts_with(scheme)) {
        return check_postgres(address);
    }
    Err(InvalidAddress::Scheme)
}

fn check_sqlite(address: &str) -> Result<(), InvalidAddress> {
    let options: SqliteConnectOptions = address.parse().map_err(|_| InvalidAddress::Sqlite)?;
    address.parse::<AnyConnectOptions>().map_err(|_| InvalidAddress::Sqlite)?;
    let (name, parameters) = address.split_once('?').unwrap_or((address, ""));
    let name = name.trim_start_matches("sqlite:").trim_start_matches("//");
    let has = |name: &str, values: &[&str]| {
        url::form_urlencoded::parse(parameters.as_bytes())
            .any(|(key, value)| key == name && values.contains(&value.as_ref()))
    };
    if name.is_empty() || name == ":memory:" || has("mode", &["memory"]) {
        return Err(InvalidAddress::Memory);
    }
    if has("mode", &["ro"]) || has("immutable", &["true", "1"]) {
        return Err(InvalidAddress::ReadOnly);
    }
    let file = options.get_filename();
    let above = file.ancestors().skip(1).find(|folder| folder.exists());
    if file.is_dir() || above.is_some_and(|folder| !folder.is_dir()) {
        return Err(InvalidAddress::File);
    }
    Ok(())
}

fn check_postgres(address: &str) -> Result<(), InvalidAddress> {
    let url = Url::parse(address).map_err(|_| InvalidAddress::Postgres)?;
    let name = url.path().strip_prefix('/').unwrap_or_default();
    let is_known = |key: &str| PARAMETERS.contains(&key) || key.starts_with("options[");
    let is_odd = url.fragment().is_some()
        || name.contains(['/', '@'])
        || url.query_pairs().any(|(key, _)| !is_known(&key));
    if is_odd || address.parse::<PgConnectOptions>().is_err() {
        return Err(InvalidAddress::Postgres);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_used_is_let_through() {
        let folder = tempfile::tempdir().unwrap();
        let below = |name: &str| format!("sqlite://{}", folder.path().join(name).display());
        for address in [
            "sqlite://ciba-login.db",
            "sqlite:ciba-login.db?mode=rwc",
            &below("new/folder/a.db"),
            "postgres://app:secret@db.internal/login",
            "postgres://app:a%3Fb%23c%2Fd%40e%25@db.internal/login?sslmode=require",
            "postgres://app@localhost/login?host=/run/postgresql&options[search_path]=a",
            "postgresql://db.internal",
        ] {
            assert_eq!(check(address), Ok(()), "{address}");
        }
    }

    #[test]
    fn a_password_that_was_not_encoded_is_noticed_and_not_quoted() {
        for address in [
            "postgres://app:12?hunter2=x@db.internal/login",
            "postgres://app:12?hunter2@db.internal/login",
            "postgres://app:12#hunter2@db.internal/login",
            "postgres://app:12/hunter2@db.internal/login",
            "postgres://app:hunter2/12@db.internal/login",
            "postgres://app:hunter2?x=y@db.internal/login",
            "postgres://app:12?sslmode=hunter2@db.internal/login",
            "postgres://app:12?port=hunter2@db.internal/login",
        ] {
            let refused = check(address).unwrap_err();
            assert_eq!(refused, InvalidAddress::Postgres, "{address}");
            assert!(!refused.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn a_database_that_is_none_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let sqlite = |path: &std::path::Path| format!("sqlite://{}", path.display());
        for (address, why) in [
            ("sqlite::memory:", InvalidAddress::Memory),
            ("sqlite://:memory:", InvalidAddress::Memory),
            ("sqlite://", InvalidAddress::Memory),
            ("sqlite:", InvalidAddress::Memory),
            ("sqlite://a.db?mode=memory", InvalidAddress::Memory),
            ("sqlite://a.db?mode=memory&cache=shared", InvalidAddress::Memory),
            ("sqlite://a.db?mode=ro", InvalidAddress::ReadOnly),
            ("sqlite://a.db?immutable=1", InvalidAddress::ReadOnly),
            ("sqlite://a.db?mode=odd", InvalidAddress::Sqlite),
            ("sqlite://a.db?odd=1", InvalidAddress::Sqlite),
            (&sqlite(folder.path()), InvalidAddress::File),
            (&sqlite(&file.join("a.db")), InvalidAddress::File),
            ("mysql://app:secret@db.internal/login", InvalidAddress::Scheme),
            ("", InvalidAddress::Scheme),
        ] {
            assert_eq!(check(address), Err(why), "{address}");
        }
    }
}
