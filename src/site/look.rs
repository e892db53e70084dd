//! What all pages share, made once at start: words, logo, style, links, and the names of the built
//! files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use leptos::config::LeptosOptions;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use sha2::{Digest, Sha256};

use crate::config::{BrandConfig, Colour, InvalidLogo, Logo, is_watched};
use messages::texts::{InvalidText, Texts};

/// The icon of every page whose brand has no logo, in the folder of public files.
const ICON: &str = "/favicon.svg";
/// Its media type.
pub(super) const ICON_TYPE: &str = "image/svg+xml";
/// Bytes of the largest icon that stands in each page; a larger one is asked for.
const LARGEST_INLINE_ICON: usize = 512;

/// What has a meaning in a URL, or in the attribute that holds it.
const NOT_IN_A_DATA_URL: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'&').add(b'<').add(b'>');

/// The card of the dark theme, on which tints of the accent have to be readable.
const DARK_CARD: Colour = Colour::new(0x17, 0x1b, 0x22);

/// What all pages share.
#[derive(Debug)]
pub struct Look {
    pub(super) texts: Arc<Texts>,
    pub(super) logo: Option<LogoImage>,
    pub(super) style: Style,
    pub(super) calls_customers: bool,
    /// Whether the company sends links.
    pub(super) sends_links: bool,
    pub(super) help_url: Option<String>,
    pub(super) privacy_url: Option<String>,
    pub(super) assets: Assets,
    files: Vec<BrandFile>,
}

/// How the logo is placed.
#[derive(Debug, Clone)]
pub struct LogoImage {
    /// Its address.
    pub path: String,
    /// Its width where it is [`LogoImage::HEIGHT`] high.
    pub width: u32,
    /// Its media type.
    pub media_type: &'static str,
    /// The address of the one for the dark theme, where there is one.
    pub dark: Option<String>,
}

impl LogoImage {
    /// The height of every logo, in CSS pixels.
    pub const HEIGHT: u32 = 32;
}

/// A file of the brand that the site serves: immutable, because its address holds its digest.
#[derive(Debug, Clone)]
pub struct BrandFile {
    /// Its address, for example `/brand/logo.1a2b3c4d.svg`.
    pub path: String,
    /// Its media type.
    pub media_type: &'static str,
    /// Its content.
    pub body: Vec<u8>,
}

impl BrandFile {
    /// The policy that it is served with: a picture that somebody opens by itself does nothing.
    pub const CONTENT_SECURITY_POLICY: &'static str =
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox";
    /// How long it may be kept.
    pub const CACHE_CONTROL: &'static str = "public, max-age=31536000, immutable";

    fn new(name: &str, extension: &str, media_type: &'static str, body: Vec<u8>) -> Self {
        let digest = Sha256::digest(&body);
        let digest = URL_SAFE_NO_PAD.encode(digest.get(..9).unwrap_or_default());
        Self { path: format!("/brand/{name}.{digest}.{extension}"), media_type, body }
    }
}

/// The built style sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stylesheet {
    /// Its rules, that stand in each page: a page that is opened once, on a poor network, is shown
    /// a round trip earlier.
    Inline(String),
    /// Its address, where a developer watches or nothing is built.
    Linked(String),
}

/// How every page is styled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Style {
    /// The address of a sheet.
    pub(super) linked: Option<String>,
    /// The rules that stand in the page: those of the sheet, and the brand's colours after them.
    pub(super) inline: Option<String>,
    /// What the content security policy allows as style: nothing but the rules above.
    pub(super) sources: String,
}

impl Style {
    fn new(stylesheet: &Stylesheet, colours: Option<String>) -> Self {
        let (linked, built) = match stylesheet {
            Stylesheet::Inline(rules) => (None, Some(rules.as_str())),
            Stylesheet::Linked(address) => (Some(address.clone()), None),
        };
        let rules = [built.unwrap_or_default(), colours.as_deref().unwrap_or_default()].concat();
        let inline = (!rules.is_empty()).then_some(rules);
        let from_here = linked.iter().map(|_| "'self'".to_owned());
        let by_digest = inline
            .iter()
            .map(|rules| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(rules))));
        let sources = from_here.chain(by_digest).collect::<Vec<_>>().join(" ");
        Self { linked, inline, sources }
    }
}

/// The built files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assets {
    /// The style sheet.
    pub stylesheet: Stylesheet,
    /// The script that loads the islands.
    pub script: String,
    /// The islands.
    pub wasm: String,
    /// The mark of the browser's tab, where the brand has no logo: an SVG that stands in each page
    /// (`data:`, RFC 2397), or its address.
    pub icon: String,
    /// While a developer watches: the port on which cargo-leptos says that something has changed.
    pub reload_port: Option<u32>,
}

impl Assets {
    /// Finds the built files: with hashed names where cargo-leptos has written which they are (a
    /// file beside the program) or the folder shows it, otherwise with plain ones.
    pub fn find(options: &LeptosOptions) -> Self {
        let written = std::env::current_exe()
            .ok()
            .filter(|_| options.hash_files)
            .and_then(|program| Some(program.parent()?.join(options.hash_file.as_ref())))
            .and_then(|file| std::fs::read_to_string(file).ok())
            .map(|hashes| Self::named(options, &hashes))
            // The folder may be of another build than the list beside the program.
            .filter(|assets| assets.file_of_islands(options).exists());
        // A program that was copied somewhere without that list still has the folder.
        let mut assets = written.unwrap_or_else(|| {
            let hashes = options.hash_files.then(|| Self::look_up(options));
            Self::named(options, hashes.as_deref().unwrap_or_default())
        });
        assets.read_stylesheet(options);
        assets.read_icon(options);
        assets
    }

    /// The file of the islands. Where it is missing, nothing was built.
    pub(super) fn file_of_islands(&self, options: &LeptosOptions) -> PathBuf {
        file_of(options, &self.wasm)
    }

    /// Takes the rules of the built sheet, unless cargo-leptos is about to replace them.
    fn read_stylesheet(&mut self, options: &LeptosOptions) {
        let Stylesheet::Linked(address) = &self.stylesheet else { return };
        // A sheet containing `</` could close the `<style>` element: refuse it.
        let rules = std::fs::read_to_string(file_of(options, address))
            .ok()
            .filter(|rules| !rules.contains("</"));
        if let Some(rules) = rules.filter(|_| self.reload_port.is_none()) {
            self.stylesheet = Stylesheet::Inline(rules);
        }
    }

    /// Takes the drawing of the icon, as long as it is smaller than what asking for it costs.
    fn read_icon(&mut self, options: &LeptosOptions) {
        let drawing = std::fs::read_to_string(file_of(options, ICON))
            .ok()
            .filter(|drawing| drawing.len() <= LARGEST_INLINE_ICON && self.reload_port.is_none());
        if let Some(drawing) = drawing {
            let drawing = utf8_percent_encode(drawing.trim_end(), NOT_IN_A_DATA_URL);
            self.icon = format!("data:{ICON_TYPE},{drawing}");
        }
    }

    /// The hashes that the built files carry in their names, newest first, in the form of
    /// cargo-leptos's own list.
    fn look_up(options: &LeptosOptions) -> String {
        let folder = Path::new(options.site_root.as_ref()).join(options.site_pkg_dir.as_ref());
        let mut found: Vec<_> = std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|file| {
                let name = file.file_name().into_string().ok()?;
                let rest = name.strip_prefix(options.output_name.as_ref())?.strip_prefix('.')?;
                let (hash, kind) = rest.split_once('.')?;
                let modified = file.metadata().and_then(|data| data.modified()).ok()?;
                Some((modified, format!("{kind}: {hash}\n")))
            })
            .collect();
        found.sort();
        found.into_iter().rev().map(|(_, line)| line).collect()
    }

    fn named(options: &LeptosOptions, hashes: &str) -> Self {
        let address = |kind: &str, stem: &str| {
            let hash = hashes
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.trim() == kind)
                .map(|(_, hash)| format!(".{}", hash.trim()))
                .unwrap_or_default();
            let folder = Path::new("/").join(options.site_pkg_dir.as_ref());
            format!("{}/{stem}{hash}.{kind}", folder.display())
        };
        let name = options.output_name.as_ref();
        Self {
            stylesheet: Stylesheet::Linked(address("css", name)),
            script: address("js", name),
            wasm: address("wasm", name),
            icon: ICON.to_owned(),
            reload_port: is_watched().then_some(options.reload_port),
        }
    }
}

fn file_of(options: &LeptosOptions, address: &str) -> PathBuf {
    Path::new(options.site_root.as_ref()).join(address.trim_start_matches('/'))
}

/// The brand cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum InvalidBrand {
    /// A text of the configuration cannot be used.
    #[error("a text of the brand cannot be used")]
    Text(#[from] InvalidText),
    /// The logo cannot be used.
    #[error("the brand's logo cannot be used")]
    Logo(#[from] InvalidLogo),
}

impl Look {
    /// Prepares the brand.
    pub fn prepare(brand: &BrandConfig, assets: Assets) -> Result<Self, InvalidBrand> {
        let mut files = Vec::new();
        let mut logo = None;
        if let Some(path) = &brand.logo {
            let Logo { bytes, media_type, extension, size: (width, height) } = Logo::load(path)?;
            let file = BrandFile::new("logo", extension, media_type, bytes);
            let width = width.saturating_mul(LogoImage::HEIGHT) / height;
            let mut dark = None;
            if let Some(path) = &brand.logo_dark {
                let Logo { bytes, media_type, extension, .. } = Logo::load(path)?;
                let file = BrandFile::new("logo-dark", extension, media_type, bytes);
                dark = Some(file.path.clone());
                files.push(file);
            }
            let (path, width) = (file.path.clone(), width.clamp(16, 240));
            logo = Some(LogoImage { path, width, media_type, dark });
            files.push(file);
        }
        let colours = (brand.accent != BrandConfig::default().accent).then(|| colours(brand));
        let locales = Path::new("locales");
        // While a developer watches, a changed sentence is shown without a compiler.
        let texts = if assets.reload_port.is_some() && locales.is_dir() {
            Texts::watching(brand, locales)
        } else {
            Texts::load(brand)
        };
        Ok(Self {
            texts: Arc::new(texts?),
            logo,
            style: Style::new(&assets.stylesheet, colours),
            calls_customers: brand.calls_customers,
            sends_links: brand.sends_links,
            help_url: brand.help_url.as_ref().map(ToString::to_string),
            privacy_url: brand.privacy_url.as_ref().map(ToString::to_string),
            assets,
            files,
        })
    }

    /// The words, for mails.
    pub fn texts(&self) -> &Arc<Texts> {
        &self.texts
    }

    /// The files that the site has to serve.
    pub fn files(&self) -> &[BrandFile] {
        &self.files
    }
}

/// The brand's colour in both themes, in the place of the built one.
fn colours(brand: &BrandConfig) -> String {
    let accent = brand.accent;
    let tint = accent.readable_on(DARK_CARD);
    format!(
        ":root{{--accent:{accent};--link:{accent}}}\
         @media(prefers-color-scheme:dark){{:root{{--link:{tint}}}}}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> LeptosOptions {
        LeptosOptions::builder().output_name("ciba-login").site_pkg_dir("pkg").build()
    }

    #[test]
    fn hashed_names_are_used_where_they_are_written_down() {
        let assets = Assets::named(&options(), "js: abc\nwasm: def\ncss: 123\n");
        let linked = |path: &str| Stylesheet::Linked(path.into());
        assert_eq!(assets.stylesheet, linked("/pkg/ciba-login.123.css"));
        assert_eq!(assets.script, "/pkg/ciba-login.abc.js");
        assert_eq!(Assets::named(&options(), "").stylesheet, linked("/pkg/ciba-login.css"));
    }

    #[test]
    fn the_built_rules_stand_in_the_page_and_a_sheet_that_is_not_there_is_linked() {
        let root = tempfile::tempdir().unwrap();
        let options = LeptosOptions::builder()
            .output_name("ciba-login")
            .site_root(root.path().to_str().unwrap())
            .site_pkg_dir("pkg")
            .build();
        assert!(matches!(Assets::find(&options).stylesheet, Stylesheet::Linked(_)));
        std::fs::create_dir(root.path().join("pkg")).unwrap();
        let file = root.path().join("pkg/ciba-login.css");
        std::fs::write(&file, "h1{margin:0}").unwrap();
        assert_eq!(Assets::find(&options).stylesheet, Stylesheet::Inline("h1{margin:0}".into()));
        std::fs::write(&file, "</style><script>").unwrap();
        assert!(matches!(Assets::find(&options).stylesheet, Stylesheet::Linked(_)));
    }

    #[test]
    fn a_small_icon_stands_in_the_page_and_another_is_linked() {
        let root = tempfile::tempdir().unwrap();
        let options = LeptosOptions::builder()
            .output_name("ciba-login")
            .site_root(root.path().to_str().unwrap())
            .site_pkg_dir("pkg")
            .build();
        assert_eq!(Assets::find(&options).icon, "/favicon.svg");
        let file = root.path().join("favicon.svg");
        std::fs::write(&file, "<svg fill=\"#0b5\">100%</svg>\n").unwrap();
        let encoded = "data:image/svg+xml,%3Csvg%20fill=%22%230b5%22%3E100%25%3C/svg%3E";
        assert_eq!(Assets::find(&options).icon, encoded);
        std::fs::write(&file, format!("<svg>{}</svg>", " ".repeat(LARGEST_INLINE_ICON))).unwrap();
        assert_eq!(Assets::find(&options).icon, "/favicon.svg");
    }

    #[test]
    fn the_policy_allows_the_rules_of_the_page_by_their_digest_and_no_others() {
        let assets = |stylesheet| Assets { stylesheet, ..Assets::named(&options(), "") };
        let inline = Stylesheet::Inline("h1{margin:0}".into());
        let look = Look::prepare(&BrandConfig::default(), assets(inline.clone())).unwrap();
        let digest = STANDARD.encode(Sha256::digest("h1{margin:0}"));
        assert_eq!(look.style.sources, format!("'sha256-{digest}'"));
        let linked = Stylesheet::Linked("/a.css".into());
        let look = Look::prepare(&BrandConfig::default(), assets(linked)).unwrap();
        assert_eq!((look.style.sources.as_str(), look.style.inline), ("'self'", None));
    }

    #[test]
    fn a_colour_of_its_own_costs_no_request_and_follows_the_built_rules() {
        let stylesheet = Stylesheet::Inline("h1{margin:0}".into());
        let assets = Assets { stylesheet, ..Assets::named(&options(), "") };
        let accent = Colour::new(0x7a, 0x00, 0x26);
        let own = BrandConfig { accent, ..BrandConfig::default() };
        let look = Look::prepare(&own, assets).unwrap();
        assert!(look.files().is_empty(), "{:?}", look.files());
        let rules = look.style.inline.unwrap();
        assert!(rules.starts_with("h1{margin:0}:root{--accent:#7a0026;"), "{rules}");
        assert!(rules.contains("prefers-color-scheme:dark"), "{rules}");
    }
}
