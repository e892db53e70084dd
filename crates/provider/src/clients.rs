//! Applications and their clients: who may call the embedded provider, and with what settings.
//!
//! A client's secret is echoed by the API, as Transmit's is, so it is sealed and not hashed.

pub mod applications;
pub mod endpoints;
pub mod settings;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use sqlx::Row;
use sqlx::any::AnyRow;
use subtle::ConstantTimeEq;

pub use settings::{CibaSettings, ClientSettings, Pkce};

use platform::Secret;
use platform::seal::{SealError, Sealer};
use platform::storage::{Storage, StorageError};

/// What a client's secret is sealed for.
pub(super) const PURPOSE: &str = "provider.client_secret";

/// One client of an application.
#[derive(Debug, Clone)]
pub struct Client {
    /// Its public identifier.
    pub client_id: String,
    /// The application that it belongs to.
    pub app_id: String,
    /// The application's name.
    pub app_name: String,
    /// Its secret.
    pub secret: Secret,
    /// Everything that can be changed by the API.
    pub settings: ClientSettings,
    /// Counts the changes, so that two at once do not undo each other.
    pub version: i64,
    /// When it was created.
    pub created_at: i64,
    /// When it was last changed.
    pub updated_at: i64,
}

impl From<sqlx::Error> for ClientError {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.into())
    }
}

impl Client {
    /// Whether `secret` is this client's, in a time that does not depend on where it differs.
    ///
    /// # Security
    ///
    /// An empty stored secret never matches.
    pub fn has_secret(&self, secret: &str) -> bool {
        let own = self.secret.expose();
        !own.is_empty() && own.as_bytes().ct_eq(secret.as_bytes()).into()
    }

    /// Whether `uri` is one of the registered redirect URIs, character for character (RFC 9700,
    /// section 2.1). Only the port of a native client's loopback address may differ: it takes the one
    /// that is free (RFC 8252, section 7.3).
    pub fn has_redirect_uri(&self, uri: &str) -> bool {
        let is_native = self.settings.client_type == settings::ClientType::Native;
        let loopback = settings::without_loopback_port(uri).filter(|_| is_native);
        self.settings.redirect_uris.iter().any(|registered| {
            registered == uri
                || (loopback.is_some() && settings::without_loopback_port(registered) == loopback)
        })
    }

    /// Whether a browser may be sent to `uri` after a sign-out.
    pub fn has_post_logout_redirect_uri(&self, uri: &str) -> bool {
        self.settings.post_logout_redirect_uris.iter().any(|registered| registered == uri)
    }
}

/// A client could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The secret cannot be sealed.
    #[error("the client's secret could not be sealed")]
    Seal(#[from] SealError),
    /// The row was sealed with a key that is gone, or its settings are not ours.
    #[error("a client could not be read: was the sealing key changed without its predecessor?")]
    Unreadable,
}

const SELECT: &str = "SELECT c.client_id, c.app_id, a.name, c.secret_sealed, c.settings, \
     c.version, c.created_at, c.updated_at \
     FROM clients c JOIN applications a ON a.app_id = c.app_id";

fn read(row: &AnyRow, sealer: &Sealer) -> Result<Client, ClientError> {
    let kept: String = row.try_get("secret_sealed")?;
    let settings: String = row.try_get("settings")?;
    let secret: String = sealer.open(PURPOSE, &kept).map_err(|_| ClientError::Unreadable)?;
    Ok(Client {
        client_id: row.try_get("client_id")?,
        app_id: row.try_get("app_id")?,
        app_name: row.try_get("name")?,
        secret: Secret::new(secret),
        settings: serde_json::from_str(&settings).map_err(|_| ClientError::Unreadable)?,
        version: row.try_get("version")?,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
    })
}

/// Finds a client.
pub async fn find(
    storage: &Storage,
    sealer: &Sealer,
    client_id: &str,
) -> Result<Option<Client>, ClientError> {
    let query = format!("{SELECT} WHERE c.client_id = $1");
    let row = sqlx::query(&query).bind(client_id).fetch_optional(storage.reader()).await?;
    row.map(|row| read(&row, sealer)).transpose()
}

/// How a client is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClientLookup {
    /// As its row is now.
    Current,
    /// As this process has seen it last, where it has: the caller compares the version with the one
    /// that is in the database before the answer depends on it.
    Cached,
}

/// Clients as they were read last. A row is opened and parsed again when its version has changed,
/// whichever instance has changed it.
#[derive(Debug, Default)]
pub(crate) struct ClientCache(RwLock<HashMap<String, Arc<Client>>>);

/// Clients that are kept parsed; with more of them everything is read anew.
const CACHED: usize = 10_000;

impl ClientCache {
    pub(crate) async fn find(
        &self,
        storage: &Storage,
        sealer: &Sealer,
        client_id: &str,
        lookup: ClientLookup,
    ) -> Result<Option<Arc<Client>>, ClientError> {
        let cached = {
            let clients = self.0.read().unwrap_or_else(PoisonError::into_inner);
            clients.get(client_id).cloned()
        };
        if let Some(cached) = cached
            && (lookup == ClientLookup::Cached
                || version(storage, client_id).await? == Some(cached.version))
        {
            return Ok(Some(cached));
        }
        let found = find(storage, sealer, client_id).await?.map(Arc::new);
        let mut clients = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match &found {
            None => {
                clients.remove(client_id);
            }
            Some(client) => {
                if clients.len() >= CACHED {
                    clients.clear();
                }
                clients.insert(client_id.to_owned(), Arc::clone(client));
            }
        }
        Ok(found)
    }
}

async fn version(storage: &Storage, client_id: &str) -> Result<Option<i64>, StorageError> {
    Ok(sqlx::query_scalar("SELECT version FROM clients WHERE client_id = $1")
        .bind(client_id)
        .fetch_optional(storage.reader())
        .await?)
}

/// The clients of an application, oldest first.
pub async fn list(
    storage: &Storage,
    sealer: &Sealer,
    app_id: &str,
) -> Result<Vec<Client>, ClientError> {
    let query = format!("{SELECT} WHERE c.app_id = $1 ORDER BY c.created_at, c.client_id");
    let rows = sqlx::query(&query).bind(app_id).fetch_all(storage.reader()).await?;
    rows.iter().map(|row| read(row, sealer)).collect()
}

/// Stores a new client of an existing application.
pub async fn create(
    storage: &Storage,
    sealer: &Sealer,
    client: &Client,
) -> Result<(), ClientError> {
    sqlx::query(
        "INSERT INTO clients (client_id, app_id, secret_sealed, settings, version, created_at, \
         updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&client.client_id)
    .bind(&client.app_id)
    .bind(sealer.seal(PURPOSE, &client.secret.expose())?)
    .bind(encode(&client.settings)?)
    .bind(client.version)
    .bind(client.created_at)
    .bind(client.updated_at)
    .execute(storage.writer())
    .await?;
    Ok(())
}

/// Stores changed settings; false where somebody else has changed them since they were read.
pub async fn update(storage: &Storage, client: &Client, now: i64) -> Result<bool, ClientError> {
    let done = sqlx::query(
        "UPDATE clients SET settings = $1, version = version + 1, updated_at = $2 \
         WHERE client_id = $3 AND version = $4",
    )
    .bind(encode(&client.settings)?)
    .bind(now)
    .bind(&client.client_id)
    .bind(client.version)
    .execute(storage.writer())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Seals every secret anew with the current key: what the previous key sealed is lost once that key
/// leaves the configuration.
pub(super) async fn reseal(storage: &Storage, sealer: &Sealer) -> Result<(), ClientError> {
    let rows = sqlx::query("SELECT client_id, secret_sealed FROM clients")
        .fetch_all(storage.reader())
        .await?;
    for row in rows {
        let client_id: String = row.try_get("client_id")?;
        let kept: String = row.try_get("secret_sealed")?;
        let secret: String = sealer.open(PURPOSE, &kept).map_err(|_| ClientError::Unreadable)?;
        sqlx::query("UPDATE clients SET secret_sealed = $1 WHERE client_id = $2")
            .bind(sealer.seal(PURPOSE, &secret)?)
            .bind(client_id)
            .execute(storage.writer())
            .await?;
    }
    Ok(())
}

/// What a client leaves behind, and in the end itself. Its open requests can be neither decided nor
/// polled any more.
const REMOVE: [&str; 8] = [
    "INSERT INTO revocations (id, expires_at) \
     SELECT session_id, MAX(expires_at) FROM refresh_tokens WHERE client_id = $1 \
     GROUP BY session_id ON CONFLICT (id) DO NOTHING",
    "DELETE FROM refresh_tokens WHERE client_id = $1",
    "DELETE FROM authorization_codes WHERE client_id = $1",
    "DELETE FROM ciba_requests WHERE client_id = $1",
    "DELETE FROM pushed_requests WHERE client_id = $1",
    "DELETE FROM login_links WHERE client_id = $1",
    "DELETE FROM one_time_codes WHERE client_id = $1",
    "DELETE FROM clients WHERE client_id = $1",
];

/// Removes a client with everything that was made for it.
pub(super) async fn remove(storage: &Storage, client_id: &str) -> Result<(), StorageError> {
    let mut transaction = storage.writer().begin().await?;
    for statement in REMOVE {
        sqlx::query(statement).bind(client_id).execute(&mut *transaction).await?;
    }
    Ok(transaction.commit().await?)
}

fn encode(settings: &ClientSettings) -> Result<String, ClientError> {
    serde_json::to_string(settings).map_err(|_| ClientError::Unreadable)
}

/// Gives a client another secret.
pub(super) async fn replace_secret(
    storage: &Storage,
    sealer: &Sealer,
    client_id: &str,
    secret: &Secret,
) -> Result<(), ClientError> {
    sqlx::query(
        "UPDATE clients SET secret_sealed = $1, version = version + 1 WHERE client_id = $2",
    )
    .bind(sealer.seal(PURPOSE, &secret.expose())?)
    .bind(client_id)
    .execute(storage.writer())
    .await?;
    Ok(())
}
