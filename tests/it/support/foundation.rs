//! What a room needs that is tested alone: a database, a key, and a clock moved by hand.

use std::sync::Arc;

use ciba_login::config::{Config, Secret};
use platform::ambient::Ambient;
use platform::clock::ManualClock;
use platform::ids::SystemEntropy;
use platform::seal::Sealer;
use platform::storage::Storage;
use time::macros::datetime;

/// Everything below a room.
pub struct Foundation {
    /// A folder that goes with the test; a database of SQLite is in it.
    pub folder: tempfile::TempDir,
    /// The configuration, with the address of the database and the key.
    pub config: Config,
    pub clock: Arc<ManualClock>,
    pub ambient: Ambient,
    pub storage: Storage,
    pub sealer: Sealer,
}

impl Foundation {
    /// On a database of PostgreSQL, or on SQLite where none is named.
    pub async fn on(database: Option<Secret>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = format!("sqlite://{}", folder.path().join("test.db").display());
        let mut config = Config::default();
        config.storage.url = database.unwrap_or_else(|| Secret::new(file));
        config.session.sealing_key =
            Some(Secret::new("ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="));
        let clock = Arc::new(ManualClock::new(datetime!(2026-11-22 12:00 UTC)));
        let ambient = Ambient::new(clock.clone(), Arc::new(SystemEntropy));
        let storage = Storage::open(&config.storage).await.unwrap();
        let sealer = Sealer::of(&config.session, &ambient.entropy).unwrap();
        Self { folder, config, clock, ambient, storage, sealer }
    }
}
