//! `[brand]`: name and look of the page.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use url::Url;

/// Name and look of the page.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BrandConfig {
    /// The company's name as its customers know it. Shown on every page and in every message.
    pub company: String,
    /// A logo of at most 20 kB, SVG or PNG, served by this site; the browser's tab shows it, too.
    /// Unset: the name alone.
    pub logo: Option<PathBuf>,
    /// The same logo, of the same proportions, for the dark theme. Unset: `logo` on a white plate.
    pub logo_dark: Option<PathBuf>,
    /// The colour of buttons and links, as `#rrggbb`. Refused at start where white text on it would
    /// be unreadable (contrast below 4.5).
    pub accent: Colour,
    /// The number that customers may call, as printed on their card: in digits, an extension as in
    /// `+1 800 555 0199 ext. 12`. Shown where a page advises to call; unset: the pages say "the number
    /// on your card or contract".
    pub support_phone: Option<String>,
    /// Whether the company itself calls customers and sends them a link in the call. `false`: the
    /// page tells whoever was called and asked to open it to hang up and to call the company. `true`
    /// softens that to those who did not expect the call. Where the agent has said who called whom,
    /// the page says that instead. Wrong on `true`, it helps whoever pretends to be the company.
    pub calls_customers: bool,
    /// Whether customers are sent links, by SMS or by mail. `false`, for companies that may not:
    /// requests reach customers by a code that the agent reads out and they type on this site's first
    /// page (`/`), sign-in by mail is by its code alone, and pages and messages say that links are
    /// never sent. One switch for both, because that sentence is true of a company or it is not. What
    /// other clients of the provider send is theirs.
    pub sends_links: bool,
    /// A page of help.
    pub help_url: Option<Url>,
    /// The privacy notice.
    pub privacy_url: Option<Url>,
    /// Own texts instead of ours, by language and message: `[brand.texts.en]` with
    /// `request-title = "…"`. `locales/en` has every message and the values it may place.
    pub texts: BTreeMap<String, BTreeMap<String, String>>,
    /// What an agent can do with a scope, by language and scope: `[brand.scopes.en]` with
    /// `"accounts:read" = "see your balance"`. Continues the sentence "If you allow it, the agent
    /// can …".
    pub scopes: BTreeMap<String, BTreeMap<String, String>>,
}

impl Default for BrandConfig {
    fn default() -> Self {
        Self {
            company: "Example Bank".into(),
            logo: None,
            logo_dark: None,
            accent: Colour { red: 0x0b, green: 0x57, blue: 0xd0 },
            support_phone: None,
            calls_customers: false,
            sends_links: true,
            help_url: None,
            privacy_url: None,
            texts: BTreeMap::new(),
            scopes: BTreeMap::new(),
        }
    }
}

/// A colour of the sRGB space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Colour {
    red: u8,
    green: u8,
    blue: u8,
}

/// The text is not a usable colour.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum InvalidColour {
    /// It is not `#rrggbb`.
    #[error("a colour is written #rrggbb")]
    Malformed,
    /// White text on it has less than the contrast of 4.5 that WCAG 2.2 (1.4.3) demands.
    #[error(
        "white text on this colour has a contrast of {0:.1} and 4.5 is needed: choose a darker one"
    )]
    Unreadable(f64),
}

impl Colour {
    const WHITE: Self = Self { red: 0xff, green: 0xff, blue: 0xff };

    /// A colour of its three channels.
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue }
    }

    /// The contrast of white text on this colour (WCAG 2.2, "contrast ratio"), 1 to 21.
    pub fn contrast_with_white(self) -> f64 {
        self.contrast_with(Self::WHITE)
    }

    /// The contrast of this colour and another (WCAG 2.2, "contrast ratio"), 1 to 21.
    pub fn contrast_with(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn luminance(self) -> f64 {
        let channel = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(self.red) + 0.7152 * channel(self.green) + 0.0722 * channel(self.blue)
    }

    /// The nearest lighter tint of this colour that is readable as text on `ground`: links of a
    /// dark page.
    #[must_use]
    pub fn readable_on(self, ground: Self) -> Self {
        let towards_white = |channel: u8, step: u16| {
            let (from, step) = (u16::from(channel), step.min(20));
            u8::try_from(from + (255 - from) * step / 20).unwrap_or(u8::MAX)
        };
        (0..=20)
            .map(|step| Self {
                red: towards_white(self.red, step),
                green: towards_white(self.green, step),
                blue: towards_white(self.blue, step),
            })
            .find(|tint| tint.contrast_with(ground) >= 7.0)
            .unwrap_or(Self::WHITE)
    }
}

impl std::fmt::Display for Colour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

impl TryFrom<String> for Colour {
    type Error = InvalidColour;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii());
        let channel = |range| {
            digits
                .and_then(|digits: &str| digits.get(range))
                .and_then(|pair| u8::from_str_radix(pair, 16).ok())
                .ok_or(InvalidColour::Malformed)
        };
        let colour = Self { red: channel(0..2)?, green: channel(2..4)?, blue: channel(4..6)? };
        let contrast = colour.contrast_with_white();
        if contrast < 4.5 {
            return Err(InvalidColour::Unreadable(contrast));
        }
        Ok(colour)
    }
}

impl From<Colour> for String {
    fn from(colour: Colour) -> Self {
        colour.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_a_dark_page_are_readable_whatever_the_accent() {
        let ground = Colour::new(0x17, 0x1b, 0x22);
        for accent in ["#0b57d0", "#000000", "#7a0026", "#00694e", "#595959"] {
            let accent = Colour::try_from(accent.to_owned()).unwrap();
            assert!(accent.readable_on(ground).contrast_with(ground) >= 7.0, "{accent}");
        }
    }

    #[test]
    fn refuses_colours_that_nobody_can_read_text_on() {
        assert!(Colour::try_from("#0b57d0".to_owned()).is_ok());
        assert!(matches!(
            Colour::try_from("#ffcc00".to_owned()),
            Err(InvalidColour::Unreadable(contrast)) if contrast < 2.0
        ));
        for text in ["", "blue", "#12345", "0b57d0", "#0b57dg"] {
            assert_eq!(Colour::try_from(text.to_owned()), Err(InvalidColour::Malformed), "{text}");
        }
    }
}
