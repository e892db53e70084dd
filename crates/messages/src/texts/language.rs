//! The languages that there are, and which of them a person reads.

use std::fmt;
use std::str::FromStr;

use fluent_langneg::{LanguageIdentifier, NegotiationStrategy, negotiate_languages};

/// A language of the pages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// English, from which the others are translated.
    #[default]
    En,
    /// Spanish.
    Es,
    /// French.
    Fr,
    /// German.
    De,
    /// Arabic, written from right to left.
    Ar,
    /// English with accents and forty per cent longer: shows what is not translated or does not fit.
    Pseudo,
}

/// The text is not the tag of one of our languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("parse a language: en, es, fr, de or ar is expected")]
pub struct UnknownLanguage;

/// The direction in which a language is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From left to right.
    Ltr,
    /// From right to left.
    Rtl,
}

impl Direction {
    /// The value of the attribute `dir`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ltr => "ltr",
            Self::Rtl => "rtl",
        }
    }
}

macro_rules! sources {
    ($tag:literal) => {
        &[
            include_str!(concat!("../../../../locales/", $tag, "/page.ftl")),
            include_str!(concat!("../../../../locales/", $tag, "/messages.ftl")),
            include_str!(concat!("../../../../locales/", $tag, "/desk.ftl")),
        ]
    };
}

impl Language {
    /// The languages that are offered, in the order of the switch.
    pub const ALL: [Self; 5] = [Self::En, Self::Es, Self::Fr, Self::De, Self::Ar];

    /// The BCP 47 tag, as in the attribute `lang`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
            Self::Fr => "fr",
            Self::De => "de",
            Self::Ar => "ar",
            Self::Pseudo => "en-XA",
        }
    }

    /// The language's name for itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Es => "Español",
            Self::Fr => "Français",
            Self::De => "Deutsch",
            Self::Ar => "العربية",
            Self::Pseudo => "Ƥşḗŭḓǿ",
        }
    }

    /// The direction in which it is written.
    pub fn direction(self) -> Direction {
        if self == Self::Ar { Direction::Rtl } else { Direction::Ltr }
    }

    pub(super) fn sources(self) -> &'static [&'static str] {
        match self {
            Self::En | Self::Pseudo => sources!("en"),
            Self::Es => sources!("es"),
            Self::Fr => sources!("fr"),
            Self::De => sources!("de"),
            Self::Ar => sources!("ar"),
        }
    }

    pub(super) fn identifier(self) -> unic_langid::LanguageIdentifier {
        // The plural rules of the pseudo-language are English ones.
        let tag = if self == Self::Pseudo { "en" } else { self.tag() };
        tag.parse().unwrap_or_default()
    }

    /// The language for somebody who reads the languages `wanted`, the best first.
    pub fn negotiate<'a>(wanted: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let wanted: Vec<&str> = wanted.into_iter().take(20).collect();
        if wanted.first().is_some_and(|tag| tag.eq_ignore_ascii_case(Self::Pseudo.tag())) {
            return Some(Self::Pseudo);
        }
        let requested: Vec<LanguageIdentifier> =
            wanted.iter().filter_map(|tag| tag.parse().ok()).collect();
        let available: Vec<LanguageIdentifier> =
            Self::ALL.iter().filter_map(|language| language.tag().parse().ok()).collect();
        let found =
            negotiate_languages(&requested, &available, None, NegotiationStrategy::Filtering);
        let tag = found.first()?.to_string();
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    /// The language for an `Accept-Language` header (RFC 9110, section 12.5.4).
    pub fn from_accept_language(header: &str) -> Option<Self> {
        let mut ranges: Vec<(&str, f32)> = header
            .split(',')
            .take(50)
            .filter_map(|range| {
                let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
                let weight = parameters.trim().strip_prefix("q=").map_or(Some(1.0), |q| {
                    q.trim().parse().ok().filter(|q: &f32| (0.0..=1.0).contains(q))
                });
                Some((tag.trim(), weight?)).filter(|(_, weight)| *weight > 0.0)
            })
            .collect();
        ranges.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        Self::negotiate(ranges.into_iter().map(|(tag, _)| tag))
    }

    /// The language for a `ui_locales` parameter (OpenID Connect Core, section 3.1.2.1): tags,
    /// separated by spaces, the best first.
    pub fn from_ui_locales(text: &str) -> Option<Self> {
        Self::negotiate(text.split(' ').filter(|tag| !tag.is_empty()))
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().chain([Self::Pseudo]);
        known.into_iter().find(|language| language.tag() == text).ok_or(UnknownLanguage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_read_by_weight() {
        for (header, expected) in [
            ("de", Some(Language::De)),
            ("fr;q=0.2, de;q=0.9", Some(Language::De)),
            ("es-MX,es;q=0.9,en;q=0.8", Some(Language::Es)),
            ("ar-EG", Some(Language::Ar)),
            ("en-GB", Some(Language::En)),
            ("pt-BR, fr-CA;q=0.5", Some(Language::Fr)),
            ("de;q=0", None),
            ("de;q=7", None),
            ("pt", None),
            ("", None),
            ("<script>", None),
        ] {
            assert_eq!(Language::from_accept_language(header), expected, "{header}");
        }
    }

    #[test]
    fn ui_locales_is_read_in_its_order() {
        assert_eq!(Language::from_ui_locales("pt fr-FR de"), Some(Language::Fr));
        assert_eq!(Language::from_ui_locales("en-XA"), Some(Language::Pseudo));
        assert_eq!(Language::from_ui_locales("xx \u{0} ../.."), None);
    }

    #[test]
    fn tags_are_read_back() {
        for language in Language::ALL {
            assert_eq!(language.tag().parse(), Ok(language));
        }
    }
}
