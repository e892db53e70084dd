//! PostgreSQL behind PgBouncer.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ciba_login::config::{Secret, StorageConfig};
use platform::storage::{OpenError, Storage};
use sqlx::{Connection, PgConnection};

use crate::support::walk::{at_decision, press};
use crate::support::{Postgres, TestApp};

/// A running PgBouncer, in front of every database of one server.
struct PgBouncer {
    process: Child,
    folder: tempfile::TempDir,
}

impl PgBouncer {
    /// Starts it; it listens on a socket in a folder of its own.
    async fn start(server: &Postgres, pool_mode: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (path, account) = (folder.path().display(), Postgres::account());
        let users = folder.path().join("users.txt");
        std::fs::write(&users, "\"postgres\" \"\"\n").unwrap();
        let settings = format!(
            "[databases]\n* = user=postgres host={}\n[pgbouncer]\nlisten_addr =\nlisten_port = 6432\n\
             unix_socket_dir = {path}\nauth_type = any\nauth_file = {}\npool_mode = {pool_mode}\n\
             ignore_startup_parameters = extra_float_digits\nmax_prepared_statements = 200\n\
             default_pool_size = 20\nlogfile = {path}/log\n",
            server.folder().display(),
            users.display()
        );
        // Before 1.21 the key is not known, and nothing starts with it.
        let settings = if follows_statements() {
            settings
        } else {
            settings.replace("max_prepared_statements = 200\n", "")
        };
        let file = folder.path().join("pgbouncer.ini");
        std::fs::write(&file, settings).unwrap();
        let mut command = program();
        command.arg("-q").arg(&file).stdout(Stdio::null()).stderr(Stdio::null());
        if let Some((user, group)) = account {
            for entry in [folder.path(), &file, &users] {
                std::os::unix::fs::chown(entry, Some(user), Some(group)).unwrap();
            }
            command.uid(user).gid(group);
        }
        let pooler = Self { process: command.spawn().unwrap(), folder };
        for _ in 0..200 {
            if PgConnection::connect(&pooler.url("postgres")).await.is_ok() {
                return pooler;
            }
            // Waits for the socket: there is nothing to be told by.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let log = std::fs::read_to_string(pooler.folder.path().join("log"));
        panic!("PgBouncer did not start within ten seconds: {log:?}");
    }

    fn url(&self, database: &str) -> String {
        let path = self.folder.path().display();
        format!("postgres://postgres@localhost:6432/{database}?host={path}")
    }

    fn config(&self, database: &str) -> StorageConfig {
        StorageConfig { url: Secret::new(self.url(database)), ..StorageConfig::default() }
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Debian keeps it where ordinary people's paths do not lead.
fn program() -> Command {
    let debians = "/usr/sbin/pgbouncer";
    let is_in_path = Command::new("pgbouncer").arg("--version").output().is_ok();
    Command::new(if is_in_path { "pgbouncer" } else { debians })
}

/// Whether the installed PgBouncer is 1.21 or later.
fn follows_statements() -> bool {
    let output = program().arg("--version").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let version = text.split_whitespace().nth(1).unwrap();
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().unwrap());
    (numbers.next().unwrap(), numbers.next().unwrap()) >= (1, 21)
}

/// One customer is asked and decides, on two instances that restart.
async fn story(url: String) {
    let mut app = TestApp::start_with(|config| config.storage.url = Secret::new(url)).await;
    for _ in 0..2 {
        let (request, mut browser, page) = at_decision(&app).await;
        let page = press(&mut browser, &page, "approve").await;
        assert!(page.is("outcome-allowed"), "{}", page.body);
        assert_eq!(app.poll_for(&request).await.status, 200);
        app.stop_and_restart().await;
        // Another mail to the same address may be sent only later.
        app.clock.advance(Duration::from_secs(60));
    }
}

#[tokio::test]
async fn behind_a_pooler_by_session_everything_works() {
    let server = Postgres::start().await;
    server.database("session").await;
    let pooler = PgBouncer::start(&server, "session").await;
    story(pooler.url("session")).await;
}

#[tokio::test]
async fn behind_a_pooler_by_transaction_it_works_or_says_what_it_needs() {
    let server = Postgres::start().await;
    server.database("transaction").await;
    let pooler = PgBouncer::start(&server, "transaction").await;
    if follows_statements() {
        story(pooler.url("transaction")).await;
        return;
    }
    // What an earlier start has left in the pooler's connections hides nothing.
    for _ in 0..8 {
        let refused = Storage::open(&pooler.config("transaction")).await.unwrap_err();
        assert!(matches!(refused, OpenError::Pooler), "{refused:?}");
        let said = refused.to_string();
        assert!(said.contains("1.21") && said.contains("pool_mode = session"), "{said}");
    }
}

#[tokio::test]
async fn of_instances_that_start_at_once_behind_a_pooler_each_finds_the_tables() {
    let server = Postgres::start().await;
    server.database("starts").await;
    let mode = if follows_statements() { "transaction" } else { "session" };
    let pooler = PgBouncer::start(&server, mode).await;
    let mut opening = tokio::task::JoinSet::new();
    for _ in 0..5 {
        let config = pooler.config("starts");
        opening.spawn(async move { Storage::open(&config).await });
    }
    for opened in opening.join_all().await {
        opened.unwrap().close().await;
    }
}
