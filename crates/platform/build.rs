//! Puts the migrations of both engines into the program: the files of the workspace's `migrations`.
//!
//! `sqlx::migrate!` does the same. It brings sqlx's macros, and for them the whole of sqlx, SQLite and
//! the TLS library are compiled a second time.

use std::fmt::Write;
use std::io::{Error, Result};
use std::path::Path;

fn main() -> Result<()> {
    let mut code = String::new();
    for (engine, name) in [("sqlite", "SQLITE"), ("postgres", "POSTGRES")] {
        let folder = Path::new("../../migrations").join(engine);
        println!("cargo::rerun-if-changed={}", folder.display());
        let mut files = Vec::new();
        for file in std::fs::read_dir(folder.canonicalize()?)? {
            files.push(file?.path());
        }
        files.sort();
        let mut rows = String::new();
        for path in files {
            let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            // 0004_site.sql
            let parts = stem.split_once('_').and_then(|(version, what)| {
                version.parse::<i64>().ok().map(|version| (version, what.replace('_', " ")))
            });
            let Some((version, what)) = parts else {
                return Err(Error::other(format!("{}: not a migration's name", path.display())));
            };
            writeln!(rows, "    ({version}, {what:?}, include_str!({path:?})),")
                .map_err(Error::other)?;
        }
        writeln!(code, "pub(super) const {name}: &[MigrationFile] = &[\n{rows}];")
            .map_err(Error::other)?;
    }
    let target = std::env::var("OUT_DIR").map_err(Error::other)?;
    std::fs::write(Path::new(&target).join("migrations.rs"), code)
}
