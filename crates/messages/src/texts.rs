//! The words: what pages, mails and SMS say, in every language (Project Fluent).
//!
//! The files of `locales/` are part of the binary. The configuration may replace single messages;
//! a replacement is checked at start, so that a message can never fail while a customer waits.
//! Nothing here is ever sent to the browser as code: translation happens on the server only.

pub mod displayable;
mod language;
mod pieces;
mod pseudo;
pub mod sms;
mod watched;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

pub use language::{Direction, Language};
pub use pieces::{Piece, PieceKind};

use crate::brand::BrandConfig;
use watched::Watched;

/// The attribute of a message that stands in its place where the company sends no links. The
/// company's own text has none, and is taken as it is.
const WITHOUT_LINKS: &str = "without-links";

/// A value that a message takes: a text or a number.
pub type Value<'a> = FluentValue<'a>;

/// First Strong Isolate, with which Fluent opens a value inside a sentence (UAX #9).
pub const ISOLATE_OPEN: char = '\u{2068}';
/// Pop Directional Isolate, with which Fluent closes it.
pub const ISOLATE_CLOSE: char = '\u{2069}';

/// Every message in every language, with the brand's own in place.
pub struct Texts {
    catalogues: Vec<Catalogue>,
    scopes: BTreeMap<Language, BTreeMap<String, String>>,
    company: String,
    support_phone: Option<String>,
    /// The files from which the words are read anew, while somebody writes them.
    watched: Option<Watched>,
}

struct Catalogue {
    language: Language,
    sources: Sources,
    /// Made once somebody asks: most processes speak few of the languages.
    bundle: OnceLock<Bundle>,
    /// Whether customers are sent links: where they are not, a message's attribute
    /// [`WITHOUT_LINKS`] stands in its place.
    sends_links: bool,
    /// The messages that take no value but the company's name.
    fixed_ids: Arc<[String]>,
    /// What they say, once somebody has asked.
    fixed: OnceLock<BTreeMap<String, String>>,
}

type Bundle = FluentBundle<Arc<FluentResource>>;

/// The files of one language.
enum Sources {
    /// Those of the binary.
    BuiltIn,
    /// Those that were read.
    Files(Vec<String>),
}

impl Sources {
    fn texts(&self, language: Language) -> Vec<&str> {
        match self {
            Self::BuiltIn => language.sources().to_vec(),
            Self::Files(files) => files.iter().map(String::as_str).collect(),
        }
    }

    fn parsed(&self, language: Language) -> Resources {
        match self {
            Self::BuiltIn => built_in(language),
            Self::Files(files) => files.iter().map(|file| parsed(file)).collect(),
        }
    }
}

type Resources = Arc<[Arc<FluentResource>]>;

/// A fault in a built-in file leaves out one message; a test keeps them faultless.
fn parsed(source: &str) -> Arc<FluentResource> {
    let resource = FluentResource::try_new(source.to_owned());
    Arc::new(resource.unwrap_or_else(|(partial, _)| partial))
}

/// The files of the binary, parsed once for the whole process: the page, the desk and the embedded provider
/// have the same.
fn built_in(language: Language) -> Resources {
    static PARSED: Mutex<BTreeMap<&str, Resources>> = Mutex::new(BTreeMap::new());
    let mut kept = PARSED.lock().unwrap_or_else(PoisonError::into_inner);
    let parse = || language.sources().iter().map(|source| parsed(source)).collect();
    Arc::clone(kept.entry(language.folder()).or_insert_with(parse))
}

/// A text of the configuration cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidText {
    /// The language is none of ours.
    #[error("the language {0:?} is none of en, es, fr, de, ar")]
    Language(String),
    /// There is no such message.
    #[error("there is no message {0:?}; locales/en has them all")]
    Unknown(String),
    /// The message has no value named like that.
    #[error("{id}: the message has no value ${variable}")]
    Variable {
        /// The message.
        id: String,
        /// The value that it is never given.
        variable: String,
    },
    /// The text is not Fluent, or does more than to place values.
    #[error("{0}: the text is not a Fluent pattern")]
    Malformed(String),
}

impl std::fmt::Debug for Texts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Texts").field("company", &self.company).finish_non_exhaustive()
    }
}

impl Texts {
    /// The built-in messages with the brand's own laid over them.
    pub fn load(brand: &BrandConfig) -> Result<Self, InvalidText> {
        Self::of(brand, |_| Sources::BuiltIn)
    }

    /// The same with the messages as they stand in `folder` whenever somebody asks for words.
    pub fn watching(brand: &BrandConfig, folder: &Path) -> Result<Self, InvalidText> {
        Ok(Self { watched: Some(Watched::new(folder, brand)), ..Self::load(brand)? })
    }

    fn of(brand: &BrandConfig, sources: impl Fn(Language) -> Sources) -> Result<Self, InvalidText> {
        let mut overrides = by_language(&brand.texts)?;
        let mut catalogues = Vec::new();
        let english = sources(Language::En);
        let known = variables_in(english.texts(Language::En));
        let fixed = known.iter().filter(|(_, variables)| variables.len() == 1);
        let fixed: Arc<[String]> = fixed.map(|(id, _)| (*id).to_owned()).collect();
        for language in Language::ALL.into_iter().chain([Language::Pseudo]) {
            let own = overrides.remove(&language).unwrap_or_default();
            let mut catalogue =
                Catalogue::load(language, sources(language), Arc::clone(&fixed), brand.sends_links);
            catalogue.lay_over(own, &known)?;
            catalogues.push(catalogue);
        }
        Ok(Self {
            watched: None,
            catalogues,
            scopes: by_language(&brand.scopes)?,
            company: brand.company.clone(),
            support_phone: brand.support_phone.clone(),
        })
    }

    /// The words of one language.
    pub fn words(self: &Arc<Self>, language: Language) -> Words {
        let read = self.watched.as_ref().and_then(Watched::texts);
        Words { texts: read.unwrap_or_else(|| Arc::clone(self)), language }
    }

    fn catalogue(&self, language: Language) -> Option<&Catalogue> {
        self.catalogues.iter().find(|catalogue| catalogue.language == language)
    }
}

fn by_language(
    tables: &BTreeMap<String, BTreeMap<String, String>>,
) -> Result<BTreeMap<Language, BTreeMap<String, String>>, InvalidText> {
    tables
        .iter()
        .map(|(tag, table)| {
            let language = tag.parse().map_err(|_| InvalidText::Language(tag.clone()))?;
            Ok((language, table.clone()))
        })
        .collect()
}

impl Catalogue {
    fn load(
        language: Language,
        sources: Sources,
        fixed_ids: Arc<[String]>,
        sends_links: bool,
    ) -> Self {
        let (bundle, fixed) = (OnceLock::new(), OnceLock::new());
        Self { language, sources, bundle, sends_links, fixed_ids, fixed }
    }

    fn bundle(&self) -> &Bundle {
        self.bundle.get_or_init(|| self.make())
    }

    fn make(&self) -> Bundle {
        let mut bundle = FluentBundle::new_concurrent(vec![self.language.identifier()]);
        for resource in self.sources.parsed(self.language).iter() {
            bundle.add_resource_overriding(Arc::clone(resource));
        }
        if self.language == Language::Pseudo {
            bundle.set_transform(Some(pseudo::transform));
        }
        bundle
    }

    /// Lays the brand's own texts over them, at once: what cannot be used is said at a start.
    fn lay_over(
        &mut self,
        own: BTreeMap<String, String>,
        known: &BTreeMap<&str, BTreeSet<&str>>,
    ) -> Result<(), InvalidText> {
        if own.is_empty() {
            return Ok(());
        }
        let mut bundle = self.make();
        for (id, text) in own {
            let Some(expected) = known.get(id.as_str()) else {
                return Err(InvalidText::Unknown(id));
            };
            if let Some(variable) = variables(&text).difference(expected).next() {
                return Err(InvalidText::Variable { id, variable: (*variable).to_owned() });
            }
            let source = format!("{id} = {}\n", text.replace('\n', "\n    "));
            let Ok(resource) = FluentResource::try_new(source) else {
                return Err(InvalidText::Malformed(id));
            };
            bundle.add_resource_overriding(Arc::new(resource));
            let sample = expected.iter().map(|name| (*name, FluentValue::from(2)));
            let text = format(&bundle, &id, &sample.collect(), true);
            if text.is_none_or(|(_, faultless)| !faultless) {
                return Err(InvalidText::Malformed(id));
            }
        }
        self.bundle = OnceLock::from(bundle);
        Ok(())
    }

    fn fixed(&self, company: &str) -> &BTreeMap<String, String> {
        self.fixed.get_or_init(|| {
            let args = arguments(company, &[]);
            self.fixed_ids
                .iter()
                .filter_map(|id| Some((id.clone(), self.format(id, &args)?.0)))
                .collect()
        })
    }

    fn format(&self, id: &str, args: &FluentArgs<'_>) -> Option<(String, bool)> {
        format(self.bundle(), id, args, self.sends_links)
    }
}

/// What a message is given: the values, those that are names marked as such.
fn arguments<'a>(company: &'a str, values: &[(&'a str, Value<'a>)]) -> FluentArgs<'a> {
    let company = ("company", FluentValue::from(company));
    let mut arguments = FluentArgs::with_capacity(values.len() + 1);
    for (name, value) in values.iter().chain([&company]) {
        let marked = match value {
            FluentValue::String(text) => pieces::marked(name, text).map(FluentValue::from),
            _ => None,
        };
        arguments.set(*name, marked.unwrap_or_else(|| value.clone()));
    }
    arguments
}

/// The text, and whether nothing in it was missing.
fn format(
    bundle: &Bundle,
    id: &str,
    args: &FluentArgs<'_>,
    sends_links: bool,
) -> Option<(String, bool)> {
    let message = bundle.get_message(id)?;
    let other = message.get_attribute(WITHOUT_LINKS).filter(|_| !sends_links);
    let pattern = other.map(|other| other.value()).or_else(|| message.value())?;
    let mut faults = Vec::new();
    let text = bundle.format_pattern(pattern, Some(args), &mut faults).into_owned();
    Some((text, faults.is_empty()))
}

/// The names of the values that a message places: every word after a dollar sign.
fn variables(text: &str) -> BTreeSet<&str> {
    text.split('$')
        .skip(1)
        .filter_map(|rest| {
            let end = rest
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_')
                .unwrap_or(rest.len());
            rest.get(..end).filter(|name| !name.is_empty())
        })
        .collect()
}

/// The messages of a language's files and the values that each places; `$company` is always there.
fn variables_in<'a>(
    sources: impl IntoIterator<Item = &'a str>,
) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let mut messages: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut current = None;
    for line in sources.into_iter().flat_map(str::lines) {
        let (id, body) = match line.split_once(" = ") {
            Some((id, body)) if line.starts_with(|c: char| c.is_ascii_lowercase()) => {
                (Some(id), body)
            }
            _ if line.starts_with(' ') => (current, line),
            _ => (None, ""),
        };
        current = id;
        if let Some(id) = id {
            messages
                .entry(id)
                .or_insert_with(|| BTreeSet::from(["company"]))
                .extend(variables(body));
        }
    }
    messages
}

/// The words of one language. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Words {
    texts: Arc<Texts>,
    language: Language,
}

impl Words {
    /// The language.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The company's name.
    pub fn company(&self) -> &str {
        &self.texts.company
    }

    /// A message that a language lacks is taken from English; tests keep every language complete.
    fn marked(&self, id: &str, values: &[(&str, Value<'_>)]) -> String {
        let catalogue = self.texts.catalogue(self.language);
        if let Some(text) = catalogue.and_then(|own| own.fixed(self.company()).get(id)) {
            return text.clone();
        }
        let args = arguments(&self.texts.company, values);
        [self.language, Language::En]
            .into_iter()
            .filter_map(|language| self.texts.catalogue(language))
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
        match &self.texts.support_phone {
            // A number is read in one piece.
            Some(phone) => phone.replace(' ', "\u{a0}"),
            None => self.text("call-number-unknown"),
        }
    }

    /// The number to call, where one is configured.
    pub fn support_phone(&self) -> Option<&str> {
        self.texts.support_phone.as_deref()
    }

    /// What an agent can do with a scope: the brand's words, else ours, else the scope's name.
    pub fn ability(&self, scope: &str) -> Vec<Piece> {
        let configured = [self.language, Language::En]
            .iter()
            .find_map(|language| self.texts.scopes.get(language)?.get(scope));
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
