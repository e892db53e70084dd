//! The words while somebody writes them: read from the folder of the files each time that somebody
//! needs them, so that a changed sentence needs no compiler.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use fluent_bundle::FluentResource;

use super::catalogues::{Catalogues, InvalidText, Sources};
use super::language::Language;
use crate::brand::BrandConfig;
use platform::causes::Causes;

/// A folder with a folder of files for each language.
pub(super) struct Watched {
    folder: PathBuf,
    brand: BrandConfig,
    read: Mutex<LastRead>,
}

/// What was read last.
#[derive(Default)]
struct LastRead {
    /// The files, also where they were of no use: then that was said already.
    files: Vec<String>,
    /// What the last files that were good have.
    catalogues: Option<Arc<Catalogues>>,
}

/// A file cannot be used.
#[derive(Debug, thiserror::Error)]
enum InvalidFile {
    #[error("{}: not read", .0.display())]
    Unreadable(PathBuf, #[source] std::io::Error),
    #[error("{}, line {line}: {what}", path.display())]
    Malformed { path: PathBuf, line: usize, what: String },
    #[error("a text of the configuration does not fit")]
    Configured(#[from] InvalidText),
}

impl Watched {
    pub(super) fn new(folder: &Path, brand: &BrandConfig) -> Self {
        Self { folder: folder.to_owned(), brand: brand.clone(), read: Mutex::default() }
    }

    /// The words of the files as they are now. Where they are of no use, that is logged once, and the
    /// words stay what they were; `None` where there never were any.
    pub(super) fn catalogues(&self) -> Option<Arc<Catalogues>> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        match self.read_if_changed(&mut read.files) {
            Ok(None) => {}
            Ok(Some(catalogues)) => read.catalogues = Some(Arc::new(catalogues)),
            Err(error) => {
                tracing::error!(error = %Causes(&error), "the words stay as they were");
            }
        }
        read.catalogues.clone()
    }

    fn read_if_changed(&self, known: &mut Vec<String>) -> Result<Option<Catalogues>, InvalidFile> {
        let mut files = Vec::new();
        for language in Language::ALL {
            for name in Language::FILES {
                let path = self.folder.join(language.tag()).join(name);
                let read = std::fs::read_to_string(&path);
                files.push((path.clone(), read.map_err(|e| InvalidFile::Unreadable(path, e))?));
            }
        }
        if files.iter().map(|(_, text)| text).eq(known.iter()) {
            return Ok(None);
        }
        *known = files.iter().map(|(_, text)| text.clone()).collect();
        for (path, text) in &files {
            check(path, text)?;
        }
        let catalogues = Catalogues::of(&self.brand, |language| {
            let folder = self.folder.join(language.folder());
            let own = files.iter().filter(|(path, _)| path.starts_with(&folder));
            Sources::Files(own.map(|(_, text)| text.clone()).collect())
        })?;
        Ok(Some(catalogues))
    }
}

fn check(path: &Path, text: &str) -> Result<(), InvalidFile> {
    let Err((_, errors)) = FluentResource::try_new(text.to_owned()) else { return Ok(()) };
    let Some(error) = errors.first() else { return Ok(()) };
    // Where the message begins; the parser may notice some lines later.
    let start = error.slice.as_ref().map_or(error.pos.start, |slice| slice.start);
    let before = text.get(..start).unwrap_or(text);
    Err(InvalidFile::Malformed {
        path: path.to_owned(),
        line: before.matches('\n').count() + 1,
        what: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Texts;

    fn copy_of_the_files() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for language in Language::ALL {
            let own = folder.path().join(language.tag());
            std::fs::create_dir(&own).unwrap();
            for (name, text) in Language::FILES.iter().zip(language.sources()) {
                std::fs::write(own.join(name), text).unwrap();
            }
        }
        folder
    }

    #[test]
    fn a_changed_sentence_is_said_and_a_broken_file_keeps_the_old_ones() {
        let folder = copy_of_the_files();
        let texts = Arc::new(Texts::watching(&BrandConfig::default(), folder.path()).unwrap());
        let title = |language| texts.words(language).text("request-title");
        let built_in = title(Language::De);
        let file = folder.path().join("de/page.ftl");
        let text = std::fs::read_to_string(&file).unwrap();
        let with = |line: &str| format!("{text}\n{line}\n");
        std::fs::write(&file, with("request-title = Neu")).unwrap();
        assert_eq!(title(Language::De), "Neu");
        assert_ne!(title(Language::En), "Neu");
        std::fs::write(&file, with("request-title = { $company")).unwrap();
        assert_eq!(title(Language::De), "Neu");
        std::fs::remove_file(&file).unwrap();
        assert_eq!(title(Language::De), "Neu");
        std::fs::write(&file, &text).unwrap();
        assert_eq!(title(Language::De), built_in);
        // A value that a message did not have before.
        let english = folder.path().join("en/page.ftl");
        let text = std::fs::read_to_string(&english).unwrap();
        std::fs::write(&english, text + "\nclose-page = Close { $number }\n").unwrap();
        let said = texts.words(Language::En).plain("close-page", &[("number", "7".into())]);
        assert_eq!(said, "Close 7");
    }

    #[test]
    fn a_fault_is_told_with_its_file_and_line() {
        let error = check(Path::new("locales/de/page.ftl"), "a = b\n\nc = { $d\n").unwrap_err();
        assert!(error.to_string().starts_with("locales/de/page.ftl, line 3: "), "{error}");
    }
}
