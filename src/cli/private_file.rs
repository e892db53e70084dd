//! Files that only their owner may read.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::Context;

use platform::ids::Entropy;

/// A place for a secret that does not exist yet: a new file of mode 0600 beside its path, which
/// takes the path's place once the secret is in it. Dropped before, it leaves nothing behind.
///
/// # Security
///
/// Everything that can go wrong is tried before the secret exists: one that can be had only once
/// must not be lost to a folder that cannot be written. What stands at the path is never opened and
/// never followed: a symbolic link or a file of somebody else's is refused.
#[derive(Debug)]
pub(super) struct PrivateFile {
    path: PathBuf,
    beside: PathBuf,
    file: File,
    is_kept: bool,
}

impl PrivateFile {
    /// Prepares to write `path`, or to replace what is there.
    pub(super) fn prepare(path: &Path, entropy: &dyn Entropy) -> anyhow::Result<Self> {
        let name = path.file_name().with_context(|| format!("{} is no file", path.display()))?;
        let mut beside = std::ffi::OsString::from(".");
        beside.push(name);
        beside.push(format!(".{}", entropy.token::<9>()?));
        let beside = path.with_file_name(beside);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside);
        let file = file.with_context(|| format!("{} could not be written", path.display()))?;
        let prepared = Self { path: path.to_owned(), beside, file, is_kept: false };
        prepared.check_path()?;
        Ok(prepared)
    }

    /// Prepares to write a file that must not be there yet.
    pub(super) fn prepare_new(path: &Path, entropy: &dyn Entropy) -> anyhow::Result<Self> {
        anyhow::ensure!(
            path.symlink_metadata().is_err(),
            "{} is there already; nothing is written over it",
            path.display()
        );
        Self::prepare(path, entropy)
    }

    fn check_path(&self) -> anyhow::Result<()> {
        let Ok(there) = self.path.symlink_metadata() else { return Ok(()) };
        let path = self.path.display();
        anyhow::ensure!(there.is_file(), "{path} is no plain file; nothing is written there");
        let ours =
            self.file.metadata().with_context(|| format!("{path} could not be written"))?.uid();
        anyhow::ensure!(there.uid() == ours, "{path} belongs to somebody else");
        Ok(())
    }

    /// The file's path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the content and puts the file in its place.
    pub(super) fn keep(mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.file
            .write_all(bytes)
            .and_then(|()| self.file.sync_all())
            .with_context(|| format!("{} could not be written", self.path.display()))?;
        // From here this file is the only copy of the secret.
        self.is_kept = true;
        std::fs::rename(&self.beside, &self.path).with_context(|| {
            format!(
                "{} could not be written: it is in {}",
                self.path.display(),
                self.beside.display()
            )
        })
    }
}

impl Drop for PrivateFile {
    fn drop(&mut self) {
        if !self.is_kept {
            // Where even that fails, an empty file of ours stays.
            let _stays = std::fs::remove_file(&self.beside);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;
    use platform::ids::SystemEntropy;

    fn prepare(path: &Path) -> anyhow::Result<PrivateFile> {
        PrivateFile::prepare(path, &SystemEntropy)
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn only_the_owner_may_read_it_even_where_it_was_there_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        std::fs::write(&path, "a much longer text than the next one").unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        prepare(&path).unwrap().keep(b"secret").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"secret");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(names(folder.path()), ["tokens.json"]);
        assert!(PrivateFile::prepare_new(&path, &SystemEntropy).is_err());
    }

    #[test]
    fn without_a_secret_nothing_is_left_behind_and_nothing_is_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        drop(prepare(&path).unwrap());
        assert_eq!(names(folder.path()), Vec::<String>::new());
        std::fs::write(&path, "yesterday's").unwrap();
        drop(prepare(&path).unwrap());
        assert_eq!(std::fs::read(&path).unwrap(), b"yesterday's");
        assert_eq!(names(folder.path()), ["tokens.json"]);
    }

    #[test]
    fn a_link_that_somebody_has_put_there_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, target) = (folder.path().join("tokens.json"), folder.path().join("elsewhere"));
        for there in [&target, &folder.path().join("nowhere")] {
            std::fs::write(&target, "theirs").unwrap();
            symlink(there, &path).unwrap();
            assert!(prepare(&path).is_err());
            assert!(PrivateFile::prepare_new(&path, &SystemEntropy).is_err());
            assert_eq!(std::fs::read(&target).unwrap(), b"theirs");
            std::fs::remove_file(&path).unwrap();
        }
        // One that is put there while the token is on its way is replaced, and not followed either.
        let prepared = prepare(&path).unwrap();
        symlink(&target, &path).unwrap();
        prepared.keep(b"secret").unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), b"theirs");
        assert!(path.symlink_metadata().unwrap().is_file());
    }

    #[test]
    fn what_cannot_be_written_is_said_before_there_is_a_secret() {
        let folder = tempfile::tempdir().unwrap();
        assert!(prepare(folder.path()).is_err());
        assert!(prepare(&folder.path().join("missing/tokens.json")).is_err());
        assert!(prepare(Path::new("/")).is_err());
    }
}
