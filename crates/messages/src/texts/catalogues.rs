//! The messages of every language, with the brand's own in place.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

use super::language::Language;
use super::{pieces, pseudo};
use crate::brand::BrandConfig;

/// The attribute of a message that stands in its place where the company sends no links. The
/// company's own text has none, and is taken as it is.
const WITHOUT_LINKS: &str = "without-links";

/// A value that a message takes: a text or a number.
pub type Value<'a> = FluentValue<'a>;

/// The messages of one brand.
pub(super) struct Catalogues {
    catalogues: Vec<Catalogue>,
    pub(super) scopes: BTreeMap<Language, BTreeMap<String, String>>,
    pub(super) company: String,
    pub(super) support_phone: Option<String>,
}

/// The messages of one language.
pub(super) struct Catalogue {
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
pub(super) enum Sources {
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

impl std::fmt::Debug for Catalogues {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Catalogues").field("company", &self.company).finish_non_exhaustive()
    }
}

impl Catalogues {
    /// Those of these files, with the brand's own laid over them.
    pub(super) fn of(
        brand: &BrandConfig,
        sources: impl Fn(Language) -> Sources,
    ) -> Result<Self, InvalidText> {
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
            catalogues,
            scopes: by_language(&brand.scopes)?,
            company: brand.company.clone(),
            support_phone: brand.support_phone.clone(),
        })
    }

    pub(super) fn of_language(&self, language: Language) -> Option<&Catalogue> {
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

    pub(super) fn fixed(&self, company: &str) -> &BTreeMap<String, String> {
        self.fixed.get_or_init(|| {
            let args = arguments(company, &[]);
            self.fixed_ids
                .iter()
                .filter_map(|id| Some((id.clone(), self.format(id, &args)?.0)))
                .collect()
        })
    }

    pub(super) fn format(&self, id: &str, args: &FluentArgs<'_>) -> Option<(String, bool)> {
        format(self.bundle(), id, args, self.sends_links)
    }
}

/// What a message is given: the values, those that are names marked as such.
pub(super) fn arguments<'a>(company: &'a str, values: &[(&'a str, Value<'a>)]) -> FluentArgs<'a> {
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
pub(super) fn variables_in<'a>(
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
