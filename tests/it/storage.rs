//! What the rest relies on: a change that is told is a change that is kept.

use ciba_login::config::{Secret, StorageConfig};
use platform::storage::presence::Presence;
use platform::storage::{OpenError, Storage, shrink};

use crate::support::Postgres;

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

#[tokio::test]
async fn a_command_beside_the_server_changes_no_table() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("test.db");
    let url = Secret::new(format!("sqlite://{}", file.display()));
    let config = StorageConfig { url, ..StorageConfig::default() };
    assert!(Storage::attach(&config).await.is_err());
    assert!(!file.exists(), "nothing is created");

    std::fs::write(&file, "").unwrap();
    assert!(matches!(Storage::attach(&config).await, Err(OpenError::Differs)));

    let storage = Storage::open(&config).await.unwrap();
    Storage::attach(&config).await.unwrap().probe(0).await.unwrap();
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, \
                 execution_time) VALUES (9999, 'newer', TRUE, x'00', 0)";
    sqlx::query(newer).execute(storage.writer()).await.unwrap();
    assert!(matches!(Storage::attach(&config).await, Err(OpenError::Differs)));
}

#[tokio::test]
async fn a_command_beside_the_server_attaches_to_postgresql_too() {
    let server = Postgres::start().await;
    let url = Secret::new(server.database("attach").await);
    let config = StorageConfig { url, ..StorageConfig::default() };
    assert!(matches!(Storage::attach(&config).await, Err(OpenError::Differs)));
    Storage::open(&config).await.unwrap().close().await;
    Storage::attach(&config).await.unwrap().probe(0).await.unwrap();
}

#[tokio::test]
async fn a_file_shrinks_after_many_rows_have_gone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("test.db");
    let url = Secret::new(format!("sqlite://{}", file.display()));
    let config = StorageConfig { url, ..StorageConfig::default() };
    let size = || std::fs::metadata(&file).unwrap().len();
    let storage = Storage::open(&config).await.unwrap();
    sqlx::query(
        "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 8000) \
         INSERT INTO revocations (id, expires_at) \
         SELECT hex(randomblob(1000)) || n, n FROM number",
    )
    .execute(storage.writer())
    .await
    .unwrap();
    sqlx::query("DELETE FROM revocations").execute(storage.writer()).await.unwrap();
    let before = size();
    assert!(before > 20_000_000, "{before}");
    shrink::give_back(&storage).await.unwrap();
    let after = size();
    assert!(after < 6_000_000, "{before} to {after}: 4 MB are kept for what comes");
}

/// A server that comes when nobody is there knows that it is alone.
async fn presences(config: &StorageConfig) {
    let first = Presence::enter(config, async {}).await;
    assert!(first.is_alone);
    let second = Presence::enter(config, async {}).await;
    assert!(!second.is_alone);
    drop(first);
    let third = Presence::enter(config, async {}).await;
    assert!(!third.is_alone, "the second is still there");
    drop((second, third));
    assert!(Presence::enter(config, async {}).await.is_alone);
}

#[tokio::test]
async fn a_server_that_starts_after_a_crash_knows_that_nobody_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let url = Secret::new(format!("sqlite://{}", folder.path().join("test.db").display()));
    presences(&StorageConfig { url, ..StorageConfig::default() }).await;
    let server = Postgres::start().await;
    let url = Secret::new(server.database("presences").await);
    presences(&StorageConfig { url, ..StorageConfig::default() }).await;
}

/// The database refuses a number that comes twice, and then nothing starts.
#[test]
fn every_migration_has_a_number_of_its_own_and_stands_for_both_engines() {
    let names = |engine: &str| {
        let folder = std::fs::read_dir(format!("migrations/{engine}")).unwrap();
        let mut names: Vec<String> =
            folder.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    let migrations = names("sqlite");
    assert_eq!(migrations, names("postgres"));
    for pair in migrations.windows(2) {
        assert_ne!(pair[0].split('_').next(), pair[1].split('_').next(), "{pair:?}");
    }
}

#[tokio::test]
async fn a_connection_to_a_primary_that_became_a_standby_is_given_up() {
    let server = Postgres::start().await;
    let url = Secret::new(server.database("standby").await);
    let config = StorageConfig { url, max_connections: 1, ..StorageConfig::default() };
    let storage = Storage::open(&config).await.unwrap();
    let demote = "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY";
    sqlx::query(demote).execute(storage.writer()).await.unwrap();
    assert!(storage.probe(0).await.is_err());
    // Once it was idle for a second: as long as the pool's own clock takes, which no test moves.
    let write = async {
        while storage.probe(0).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), write).await.unwrap();
}
