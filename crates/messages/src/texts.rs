//! The words: what pages, mails and SMS say, in every language (Project Fluent).
//!
//! The files of `locales/` are part of the binary. The configuration may replace single messages;
//! a replacement is checked at start, so that a message can never fail while a customer waits.
//! Nothing here is ever sent to the browser as code: translation happens on the server only.

mod catalogues;
pub mod displayable;
mod language;
mod pieces;
mod pseudo;
pub mod sms;
mod watched;

use std::path::Path;
use std::sync::Arc;

pub use catalogues::{InvalidText, Value};
pub use language::{Direction, Language};
pub use pieces::{ISOLATE_CLOSE, ISOLATE_OPEN, Piece, PieceKind};

use crate::brand::BrandConfig;
use catalogues::{Catalogues, Sources, arguments};
use watched::Watched;

/// Every message in every language, with the brand's own in place.
pub struct Texts {
    catalogues: Arc<Catalogues>,
    /// The files from which the words are read anew, while somebody writes them.
    watched: Option<Watched>,
}

impl std::fmt::Debug for Texts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Texts").field("catalogues", &self.catalogues).finish_non_exhaustive()
    }
}

impl Texts {
    /// The built-in messages with the brand's own laid over them.
    pub fn load(brand: &BrandConfig) -> Result<Self, InvalidText> {
        let catalogues = Catalogues::of(brand, |_| Sources::BuiltIn)?;
        Ok(Self { catalogues: Arc::new(catalogues), watched: None })
    }

    /// The same with the messages as they stand in `folder` whenever somebody asks for words.
    pub fn watching(brand: &BrandConfig, folder: &Path) -> Result<Self, InvalidText> {
        Ok(Self { watched: Some(Watched::new(folder, brand)), ..Self::load(brand)? })
    }

    /// The words of one language.
    pub fn words(&self, language: Language) -> Words {
        let read = self.watched.as_ref().and_then(Watched::catalogues);
        Words { catalogues: read.unwrap_or_else(|| Arc::clone(&self.catalogues)), language }
    }
}

/// The words of one language. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Words {
    catalogues: Arc<Catalogues>,
    language: Language,
}

impl Words {
    /// The language.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The company's name.
    pub fn company(&self) -> &str {
        &self.catalogues.company
    }

    /// A message that a language lacks is taken from English; tests keep every language complete.
    fn marked(&self, id: &str, values: &[(&str, Value<'_>)]) -> String {
        let catalogue = self.catalogues.of_language(self.language);
        if let Some(text) = catalogue.and_then(|own| own.fixed(self.company()).get(id)) {
            return text.clone();
        }
        let args = arguments(&self.catalogues.company, values);
        [self.language, Language::En]
            .into_iter()
            .filter_map(|language| self.catalogues.of_language(language))
            .find_map(|catalogue| catalogue.format(id, &args))
            .map_or_else(|| id.to_owned(), |(text, _)| text)
    }

    /// A message for a page: its words and its values, each a part of its own.
    pub fn pieces(&self, id: &str, values: &[(&str, Value<'_>)]) -> Vec<Piece> {
        pieces::of(&self.marked(id, values))
    }

    /// A message as Fluent writes it: each value between [`ISOLATE_OPEN`] and [`ISOLATE_CLOSE`].
    pub fn isolated(&self, id: &str, values: &[(&str, Value<'_>)]) -> String {
        pieces::without_marks(&self.marked(id, values))
    }

    /// A message as plain text, for attributes and for what is sent.
    pub fn plain(&self, id: &str, values: &[(&str, Value<'_>)]) -> String {
        pieces::plain(&self.marked(id, values))
    }

    /// A message without values, as plain text.
    pub fn text(&self, id: &str) -> String {
        self.plain(id, &[])
    }

    /// The number to call, or the words for where it is printed.
    pub fn call_number(&self) -> String {
        match &self.catalogues.support_phone {
            // A number is read in one piece.
            Some(phone) => phone.replace(' ', "\u{a0}"),
            None => self.text("call-number-unknown"),
        }
    }

    /// The number to call, where one is configured.
    pub fn support_phone(&self) -> Option<&str> {
        self.catalogues.support_phone.as_deref()
    }

    /// What an agent can do with a scope: the brand's words, else ours, else the scope's name.
    pub fn ability(&self, scope: &str) -> Vec<Piece> {
        let configured = [self.language, Language::En]
            .iter()
            .find_map(|language| self.catalogues.scopes.get(language)?.get(scope));
        if let Some(text) = configured {
            return vec![Piece { text: text.clone(), kind: PieceKind::Words }];
        }
        match scope {
            "openid" | "profile" | "email" | "phone" | "address" => {
                self.pieces(&format!("ability-{scope}"), &[])
            }
            "offline_access" => self.pieces("ability-offline-access", &[]),
            other => {
                let name = displayable::shown("scope", other);
                self.pieces("ability-other", &[("scope", name.into())])
            }
        }
    }
}

#[cfg(test)]
mod tests;
