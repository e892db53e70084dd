//! What the rest relies on: a change that is told is a change that is kept.

use ciba_login::server::config::{Secret, StorageConfig};
use ciba_login::server::storage::Storage;

async fn on_sqlite(folder: &tempfile::TempDir) -> Storage {
    let url = Secret::new(format!("sqlite://{}", folder.path().join("test.db").display()));
    Storage::open(&StorageConfig { url, ..StorageConfig::default() }).await.unwrap()
}

#[tokio::test]
async fn a_change_that_cannot_be_committed_is_not_told_as_made() {
    let folder = tempfile::tempdir().unwrap();
    let storage = on_sqlite(&folder).await;
    // Judged at the commit and not before, as a full disk is.
    for statement in [
        "CREATE TABLE people (id BIGINT PRIMARY KEY)",
        "CREATE TABLE codes (id BIGINT, person BIGINT REFERENCES people (id) \
         DEFERRABLE INITIALLY DEFERRED)",
    ] {
        sqlx::query(statement).execute(storage.writer()).await.unwrap();
    }
    let insert = "INSERT INTO codes (id, person) VALUES ($1, $2) RETURNING id";
    let told = storage.change(sqlx::query(insert).bind(1_i64).bind(7_i64)).await;
    assert!(told.is_err());
    sqlx::query("INSERT INTO people (id) VALUES (7)").execute(storage.writer()).await.unwrap();
    let told = storage.change(sqlx::query(insert).bind(1_i64).bind(7_i64)).await.unwrap();
    assert!(told.is_some());
    let nothing = "DELETE FROM codes WHERE id = 2 RETURNING id";
    assert!(storage.change(sqlx::query(nothing)).await.unwrap().is_none());
}
