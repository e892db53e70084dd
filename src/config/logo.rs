//! The brand's logo, read and checked at start.

use std::path::{Path, PathBuf};

/// A logo that may be served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    /// The file's content.
    pub bytes: Vec<u8>,
    /// Its media type.
    pub media_type: &'static str,
    /// The ending of its address.
    pub extension: &'static str,
    /// Width and height, of which the page needs the ratio so that nothing moves when it arrives.
    pub size: (u32, u32),
}

/// The file is not a usable logo.
#[derive(Debug, thiserror::Error)]
pub enum InvalidLogo {
    /// The file cannot be read.
    #[error("the logo {} could not be read", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// It has more than [`Logo::MAX_BYTES`].
    #[error("the logo has {0} bytes")]
    TooLarge(usize),
    /// It is neither SVG nor PNG.
    #[error("the logo is neither SVG nor PNG")]
    Format,
    /// It says nothing about its size.
    #[error("the logo has neither a viewBox nor width and height")]
    NoSize,
    /// It holds what a picture does not need.
    #[error("the logo holds {0:?}, which a picture does not need")]
    Active(&'static str),
}

impl Logo {
    /// The largest file that is served: the page has to stay light.
    pub const MAX_BYTES: usize = 20_000;

    /// Reads and checks a file.
    pub fn load(path: &Path) -> Result<Self, InvalidLogo> {
        let bytes = std::fs::read(path)
            .map_err(|source| InvalidLogo::File { path: path.to_owned(), source })?;
        Self::parse(bytes)
    }

    /// Checks the content of a file.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, InvalidLogo> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(InvalidLogo::TooLarge(bytes.len()));
        }
        if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            let size = png_size(&bytes).ok_or(InvalidLogo::Format)?;
            return Ok(Self { bytes, media_type: "image/png", extension: "png", size });
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| InvalidLogo::Format)?;
        let lower = text.to_ascii_lowercase();
        let start = lower.find("<svg").ok_or(InvalidLogo::Format)?;
        if let Some(active) = active_part(&lower) {
            return Err(InvalidLogo::Active(active));
        }
        let tag = text.get(start..).and_then(|rest| rest.split('>').next()).unwrap_or_default();
        let size = svg_size(tag).ok_or(InvalidLogo::NoSize)?;
        Ok(Self { bytes, media_type: "image/svg+xml", extension: "svg", size })
    }
}

/// # Security
///
/// An SVG inside `<img>` runs nothing; somebody may still open its address. It is therefore served
/// with a policy that forbids everything, and what could act is refused here as well.
fn active_part(lower: &str) -> Option<&'static str> {
    const TEXTS: [&str; 5] =
        ["<!doctype", "<!entity", "<?xml-stylesheet", "javascript:", "@import"];
    const ELEMENTS: [&str; 9] = [
        "<script",
        "<foreignobject",
        "<iframe",
        "<embed",
        "<object",
        "<animate",
        "<set",
        "<use",
        "<image",
    ];
    // XML 1.0 (section 2.2) has no others, so parsers disagree on what is left of one.
    let is_control = |c: char| c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\r');
    if lower.contains(is_control) {
        return Some("a control character");
    }
    if let Some(text) = TEXTS.into_iter().find(|text| lower.contains(text)) {
        return Some(text);
    }
    for tag in lower.split('<').skip(1) {
        let name = tag.split(|c| !is_of_a_name(c) && c != ':').next();
        // Whatever prefix stands for the namespace.
        let name = name.and_then(|name| name.rsplit(':').next()).unwrap_or_default();
        if name == "a" {
            return Some("<a");
        }
        let is_named = |element: &&str| name.starts_with(element.trim_start_matches('<'));
        if let Some(element) = ELEMENTS.into_iter().find(is_named) {
            return Some(element);
        }
    }
    // XML allows space before the sign.
    let mut values = lower.match_indices('=').map(|(place, _)| lower[..place].trim_end());
    let is_handler = |before: &str| {
        let name = before.rsplit(|c| !is_of_a_name(c)).next();
        name.is_some_and(|name| name.starts_with("on"))
    };
    values.any(is_handler).then_some("an event handler")
}

/// Whether the character is one of a name's without its prefix (Namespaces in XML 1.0, section 3):
/// whatever else stands in front of a name ends what was before it.
fn is_of_a_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_' | '.')
}

fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let number = |range: std::ops::Range<usize>| {
        Some(u32::from_be_bytes(bytes.get(range)?.try_into().ok()?))
    };
    let size = (number(16..20)?, number(20..24)?);
    (size.0 > 0 && size.1 > 0).then_some(size)
}

fn svg_size(tag: &str) -> Option<(u32, u32)> {
    let view_box = attribute(tag, "viewBox").and_then(|value| {
        let numbers: Vec<f32> =
            value.split([' ', ',']).filter_map(|number| number.parse().ok()).collect();
        Some((*numbers.get(2)?, *numbers.get(3)?))
    });
    let (width, height) = view_box.or_else(|| {
        let number = |name| attribute(tag, name)?.trim_end_matches("px").parse::<f32>().ok();
        Some((number("width")?, number("height")?))
    })?;
    let whole = |number: f32| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked to lie between 1 and 100000"
        )]
        (1.0..=100_000.0).contains(&number).then_some(number.round() as u32)
    };
    Some((whole(width)?, whole(height)?))
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = tag.split_once(&format!(" {name}="))?;
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    rest.get(1..)?.split(quote).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn svg(inner: &str) -> Result<Logo, InvalidLogo> {
        let text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 120 32\">{inner}</svg>"
        );
        Logo::parse(text.into_bytes())
    }

    #[test]
    fn a_plain_drawing_is_taken_with_its_size() {
        let logo = svg("<path d=\"M0 0h9\"/>").unwrap();
        assert_eq!((logo.media_type, logo.size), ("image/svg+xml", (120, 32)));
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        png.extend([0, 0, 0, 64, 0, 0, 0, 16, 8, 6]);
        assert_eq!(Logo::parse(png).unwrap().size, (64, 16));
    }

    #[test]
    fn what_acts_is_refused() {
        for inner in [
            "<script>alert(1)</script>",
            "<SCRIPT/>",
            "<path onload=\"x()\"/>",
            "<path\nonclick='x()'/>",
            "<path onload =\"x()\"/>",
            "<path\u{1}onload=\"x()\"/>",
            "<path\u{c}onload=\"x()\"/>",
            "<path s:onload=\"x()\"/>",
            "<path id=\"a\"\u{2028}onload=\"x()\"/>",
            "<a\u{1}href='https://evil.example'/>",
            "<s:script xmlns:s='http://www.w3.org/2000/svg'/>",
            "<a\thref='https://evil.example'/>",
            "<a href='https://evil.example'/>",
            "<foreignObject/>",
            "<image href='https://evil.example/p.png'/>",
            "<style>@import 'https://evil.example'</style>",
        ] {
            assert!(matches!(svg(inner), Err(InvalidLogo::Active(_))), "{inner}");
        }
    }

    #[test]
    fn what_is_no_small_picture_is_refused() {
        assert!(matches!(Logo::parse(vec![b' '; 20_001]), Err(InvalidLogo::TooLarge(20_001))));
        assert!(matches!(Logo::parse(b"GIF89a".to_vec()), Err(InvalidLogo::Format)));
        assert!(matches!(Logo::parse(b"<svg></svg>".to_vec()), Err(InvalidLogo::NoSize)));
        assert!(matches!(Logo::parse(b"\x89PNG\r\n\x1a\n".to_vec()), Err(InvalidLogo::Format)));
    }
}
