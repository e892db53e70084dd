//! A PostgreSQL server for one test: started in a folder of its own, reachable by a socket there,
//! and gone with the test.

use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use sqlx::{Connection, Executor, PgConnection};

/// A running server.
pub struct Postgres {
    server: Child,
    folder: tempfile::TempDir,
    synchronous_commit: &'static str,
}

impl Postgres {
    /// Starts a server. It refuses to run as root, so then it runs as somebody else.
    pub async fn start() -> Self {
        Self::start_with("off").await
    }

    /// The same, whose commits outlive its own end, though not the machine's.
    pub async fn start_to_be_killed() -> Self {
        Self::start_with("on").await
    }

    async fn start_with(synchronous_commit: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        if let Some((user, group)) = account() {
            std::os::unix::fs::chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        let data = folder.path().join("data");
        let made = command("initdb")
            .args(["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8"])
            .args(["--no-locale", "-D"])
            .arg(&data)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let server = serve(folder.path(), synchronous_commit);
        let postgres = Self { server, folder, synchronous_commit };
        postgres.is_ready().await;
        postgres
    }

    async fn is_ready(&self) {
        for _ in 0..400 {
            if PgConnection::connect(&self.url("postgres")).await.is_ok() {
                return;
            }
            // Waits for the socket: there is nothing to be told by.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("PostgreSQL did not start within twenty seconds");
    }

    /// Ends it without a goodbye, and starts it again on the same data after this pause.
    pub async fn kill_and_restart(&mut self, pause: Duration) {
        let told = Command::new("kill").args(["-QUIT", &self.server.id().to_string()]).status();
        assert!(told.unwrap().success());
        self.server.wait().unwrap();
        tokio::time::sleep(pause).await;
        self.server = serve(self.folder.path(), self.synchronous_commit);
        self.is_ready().await;
    }

    /// The address of a new, empty database.
    pub async fn database(&self, name: &str) -> String {
        let mut connection = PgConnection::connect(&self.url("postgres")).await.unwrap();
        connection.execute(format!("CREATE DATABASE {name}").as_str()).await.unwrap();
        self.url(name)
    }

    /// The folder of its socket.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// User and group to run as, where this process is root.
    pub fn account() -> Option<(u32, u32)> {
        account()
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@localhost/{database}?host={}", self.folder.path().display())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // An immediate shutdown: nothing of it is kept.
        let told = Command::new("kill").args(["-QUIT", &self.server.id().to_string()]).status();
        if told.is_err() {
            self.server.kill().ok();
        }
        self.server.wait().ok();
    }
}

/// User and group to run as, where this process is root.
pub(super) fn account() -> Option<(u32, u32)> {
    if std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() != 0) {
        return None;
    }
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap();
    ["postgres", "nobody"].into_iter().find_map(|name| {
        let line = passwd.lines().find(|line| line.starts_with(&format!("{name}:")))?;
        let mut numbers = line.split(':').skip(2).map(str::parse);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    })
}

/// Runs a command as that user, where there is one.
pub(super) fn as_account(command: &mut Command) {
    if let Some((user, group)) = account() {
        command.uid(user).gid(group);
    }
}

fn serve(folder: &Path, synchronous_commit: &str) -> Child {
    command("postgres")
        .args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "shared_buffers=16MB", "-c"])
        .arg(format!("synchronous_commit={synchronous_commit}"))
        .args(["-c", "full_page_writes=off", "-k"])
        .arg(folder)
        .arg("-D")
        .arg(folder.join("data"))
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn command(name: &str) -> Command {
    let mut command = Command::new(program(name));
    command.current_dir("/").stdout(Stdio::null());
    as_account(&mut command);
    command
}

/// The newest installed version, or whatever the path finds.
fn program(name: &str) -> PathBuf {
    let mut versions: Vec<_> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin").join(name))
        .filter(|path| path.exists())
        .collect();
    versions.sort();
    versions.pop().unwrap_or_else(|| Path::new(name).to_owned())
}
