//! Applications: a name and the clients that act for it.

use sqlx::any::AnyRow;
use sqlx::{FromRow, Row};

use platform::storage::{Storage, StorageError};

/// One application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientApplication {
    /// Its identifier.
    pub app_id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The application whose client created it; that one may manage it too.
    pub created_by: Option<String>,
    /// When it was created.
    pub created_at: i64,
    /// When it was last changed.
    pub updated_at: i64,
}

impl FromRow<'_, AnyRow> for ClientApplication {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            app_id: row.try_get("app_id")?,
            name: row.try_get("name")?,
            description: row.try_get("description")?,
            created_by: row.try_get("created_by")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}

/// Stores a new application; one that is there already is left as it is.
pub async fn create(
    storage: &Storage,
    application: &ClientApplication,
) -> Result<(), StorageError> {
    sqlx::query(
        "INSERT INTO applications (app_id, name, description, created_by, created_at, \
         updated_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (app_id) DO NOTHING",
    )
    .bind(&application.app_id)
    .bind(&application.name)
    .bind(&application.description)
    .bind(&application.created_by)
    .bind(application.created_at)
    .bind(application.updated_at)
    .execute(storage.writer())
    .await?;
    Ok(())
}

/// Finds an application.
pub async fn find(
    storage: &Storage,
    app_id: &str,
) -> Result<Option<ClientApplication>, StorageError> {
    Ok(sqlx::query_as("SELECT * FROM applications WHERE app_id = $1")
        .bind(app_id)
        .fetch_optional(storage.reader())
        .await?)
}

/// The applications that a client of `app_id` may manage: its own, and those it created.
pub async fn list(storage: &Storage, app_id: &str) -> Result<Vec<ClientApplication>, StorageError> {
    let query = "SELECT * FROM applications WHERE app_id = $1 OR created_by = $2 \
                 ORDER BY created_at, app_id";
    Ok(sqlx::query_as(query).bind(app_id).bind(app_id).fetch_all(storage.reader()).await?)
}
