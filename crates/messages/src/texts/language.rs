//! The languages that there are, and which of them a person reads.

use ciba::words;

use std::fmt;
use std::str::FromStr;

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use unic_langid::LanguageIdentifier;

/// The most subtags of a tag that are looked at.
const MOST_SUBTAGS: usize = 16;

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

words!(Direction {
    Ltr = "ltr",
    Rtl = "rtl",
});

macro_rules! sources {
    ($tag:literal) => {
        &[
            // In the order of `Language::FILES`.
            include_str!(concat!("../../../../locales/", $tag, "/page.ftl")),
            include_str!(concat!("../../../../locales/", $tag, "/messages.ftl")),
            include_str!(concat!("../../../../locales/", $tag, "/desk.ftl")),
            include_str!(concat!("../../../../locales/", $tag, "/endings.ftl")),
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

    /// The files of each language.
    pub(super) const FILES: [&str; 3] = ["page.ftl", "messages.ftl", "desk.ftl"];

    /// The folder of its files: the pseudo-language is made of English.
    pub(super) fn folder(self) -> &'static str {
        if self == Self::Pseudo { Self::En.tag() } else { self.tag() }
    }

    pub(super) fn identifier(self) -> LanguageIdentifier {
        // The plural rules of the pseudo-language are English ones, too.
        self.folder().parse().unwrap_or_default()
    }

    /// The language for somebody who reads the languages `wanted`, the best first.
    pub fn negotiate<'a>(wanted: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut wanted = wanted.into_iter().take(20).peekable();
        if wanted.peek().is_some_and(|tag| tag.eq_ignore_ascii_case(Self::Pseudo.tag())) {
            return Some(Self::Pseudo);
        }
        // Ours differ in their language alone: whatever the script and the region, its tag says which it is.
        wanted.filter_map(without_extensions).find_map(|wanted| {
            Self::ALL.into_iter().find(|language| wanted.language == language.tag())
        })
    }

    /// The language for an `Accept-Language` header (RFC 9110, section 12.5.4).
    pub fn from_accept_language(header: &str) -> Option<Self> {
        let mut ranges: Vec<(&str, f32)> = header
            .split(',')
            .take(50)
            .filter_map(|range| {
                let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
                let weight = parameters.trim().strip_prefix(['q', 'Q']).map_or(Some(1.0), |q| {
                    let q = q.trim_start().strip_prefix('=')?.trim().parse().ok();
                    q.filter(|q: &f32| (0.0..=1.0).contains(q))
                });
                Some((tag.trim(), weight?))
            })
            .collect();
        ranges.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        let refused = |language: &&Self| {
            let tag = language.tag();
            ranges.iter().any(|(range, weight)| *weight == 0.0 && range.eq_ignore_ascii_case(tag))
        };
        let any_other = Self::ALL.iter().find(|language| !refused(language));
        let wanted = ranges.iter().filter(|(_, weight)| *weight > 0.0);
        Self::negotiate(wanted.filter_map(|(range, _)| match *range {
            "*" => any_other.map(|language| language.tag()),
            range => Some(range),
        }))
    }

    /// The language for the `Accept-Language` lines of a request.
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let lines = headers.get_all(ACCEPT_LANGUAGE).iter();
        let lines: Vec<_> = lines.filter_map(|line| line.to_str().ok()).collect();
        Self::from_accept_language(&lines.join(","))
    }

    /// The language for a `ui_locales` parameter (OpenID Connect Core, section 3.1.2.1): tags,
    /// separated by spaces, the best first.
    pub fn from_ui_locales(text: &str) -> Option<Self> {
        Self::negotiate(text.split(' ').filter(|tag| !tag.is_empty()))
    }
}

/// Reads the tag up to the part that is no language, script, region or variant, from the longest
/// prefix down (RFC 4647, section 3.4): phones add extensions (`de-DE-u-mu-celsius`) and private use.
fn without_extensions(tag: &str) -> Option<LanguageIdentifier> {
    let ends = tag.match_indices(['-', '_']).map(|(end, _)| end).take(MOST_SUBTAGS);
    let mut ends: Vec<_> = ends.chain([tag.len()]).collect();
    ends.reverse();
    ends.into_iter().find_map(|end| tag.get(..end)?.parse().ok())
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
    fn a_phone_adds_extensions_to_the_tag() {
        for tag in [
            "de-DE-u-mu-celsius",
            "de-DE-u-fw-mon-mu-celsius",
            "de-DE-x-private",
            "de-x-private",
            "de-Latn-DE-1996-u-co-phonebk-x-a",
            "DE-de-U-MU-CELSIUS",
            "de_DE",
            "de-DE.UTF-8",
            "de-DE-u",
            "de-DE-\u{fc}",
        ] {
            assert_eq!(Language::from_accept_language(tag), Some(Language::De), "{tag}");
            assert_eq!(Language::from_ui_locales(tag), Some(Language::De), "{tag}");
            let header = format!("pt-BR-u-mu-celsius, {tag};q=0.9, en;q=0.8");
            assert_eq!(Language::from_accept_language(&header), Some(Language::De), "{header}");
        }
        for tag in ["x-de", "u-de-DE", "-de", "-", "_", "deutschland-DE"] {
            assert_eq!(Language::from_accept_language(tag), None, "{tag}");
        }
        let endless = format!("de{}", "-u".repeat(5000));
        assert_eq!(Language::from_accept_language(&endless), Some(Language::De));
    }

    #[test]
    fn weights_and_wildcards_are_read_and_junk_is_skipped() {
        for (header, expected) in [
            ("fr ; q=0.1 , de ; Q = 0.9", Some(Language::De)),
            ("de,*;q=0.5", Some(Language::De)),
            ("pt,*;q=0.5", Some(Language::En)),
            ("de;q=0.3,*;q=0.5", Some(Language::En)),
            ("en;q=0,*", Some(Language::Es)),
            ("*;q=0", None),
            ("de;q=nan, fr;q=0.1", Some(Language::Fr)),
            ("de;q=, fr;q=-1, es;quality=1", None),
            (",,;q=1,,es", Some(Language::Es)),
        ] {
            assert_eq!(Language::from_accept_language(header), expected, "{header}");
        }
    }

    #[test]
    fn every_line_of_the_header_counts() {
        let mut headers = HeaderMap::new();
        for line in ["pt;q=0.9", "fr;q=0.5", "es;q=0.7"] {
            headers.append(ACCEPT_LANGUAGE, line.parse().unwrap());
        }
        assert_eq!(Language::from_headers(&headers), Some(Language::Es));
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
