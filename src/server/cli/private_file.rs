//! Files that only their owner may read.

use std::fs::{File, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::Context;

/// An open file of mode 0600. It is opened before the secret exists: a path that cannot be written
/// must not cost a token that can be had only once.
pub(super) struct PrivateFile {
    path: PathBuf,
    file: File,
}

impl PrivateFile {
    /// Opens or creates the file, and takes everybody else's rights to it away.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let open = || {
            let mut options = OpenOptions::new();
            let file = options.write(true).create(true).truncate(false).mode(0o600).open(path)?;
            file.set_permissions(Permissions::from_mode(0o600))?;
            Ok::<_, std::io::Error>(file)
        };
        let file = open().with_context(|| format!("open {} for writing", path.display()))?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Creates the file; refuses where there is one.
    pub(super) fn create_new(path: &Path) -> anyhow::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        let file = file.with_context(|| format!("create {}", path.display()))?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// The file's path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Replaces the file's content.
    pub(super) fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        let write = |file: &mut File| {
            file.set_len(0)?;
            file.write_all(bytes)?;
            file.sync_all()
        };
        write(&mut self.file).with_context(|| format!("write {}", self.path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_owner_may_read_it_even_where_it_was_there_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        std::fs::write(&path, "a much longer text than the next one").unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        PrivateFile::open(&path).unwrap().write(b"secret").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"secret");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(PrivateFile::create_new(&path).is_err());
    }
}
