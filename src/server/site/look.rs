//! What all pages share, made once at start: words, logo, colours, links, and the names of the
//! built files.

use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use leptos::config::LeptosOptions;
use sha2::{Digest, Sha256};

use crate::server::config::{BrandConfig, Colour, InvalidLogo, Logo, is_watched};
use crate::server::texts::{InvalidText, Texts};

/// The card of the dark theme, on which tints of the accent have to be readable.
const DARK_CARD: Colour = Colour::new(0x17, 0x1b, 0x22);

/// What all pages share.
#[derive(Debug)]
pub struct Look {
    pub(super) texts: Arc<Texts>,
    pub(super) logo: Option<LogoImage>,
    pub(super) colours: Option<BrandFile>,
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
    /// The policy that it is served with: a picture or a style sheet that somebody opens by itself
    /// does nothing.
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

/// The addresses of the built files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assets {
    /// The style sheet.
    pub stylesheet: String,
    /// The script that loads the islands.
    pub script: String,
    /// The islands.
    pub wasm: String,
    /// While a developer watches: the port on which cargo-leptos says that something has changed.
    pub reload_port: Option<u32>,
}

impl Assets {
    /// Finds the built files: with hashed names where cargo-leptos has written which they are (a
    /// file beside the program) or the folder shows it, otherwise with plain ones.
    pub fn find(options: &LeptosOptions) -> Self {
        let beside = std::env::current_exe().ok();
        let written = beside
            .filter(|_| options.hash_files)
            .and_then(|program| Some(program.parent()?.join(options.hash_file.as_ref())))
            .and_then(|file| std::fs::read_to_string(file).ok());
        // A program that was copied somewhere without that file still has the folder.
        let hashes = written.or_else(|| options.hash_files.then(|| Self::look_up(options)));
        Self::named(options, hashes.as_deref().unwrap_or_default())
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
            stylesheet: address("css", name),
            script: address("js", name),
            wasm: address("wasm", name),
            reload_port: is_watched().then_some(options.reload_port),
        }
    }
}

/// The brand cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum InvalidBrand {
    /// A text of the configuration cannot be used.
    #[error("read the brand's texts")]
    Text(#[from] InvalidText),
    /// The logo cannot be used.
    #[error("read the brand's logo")]
    Logo(#[from] InvalidLogo),
}

impl Look {
    /// Prepares the brand.
    ///
    /// # Errors
    ///
    /// [`InvalidBrand`] where a text or the logo cannot be used; the configuration was checked for
    /// both, so only a file that has changed since can be the reason.
    pub fn prepare(brand: &BrandConfig, assets: Assets) -> Result<Self, InvalidBrand> {
        let mut files = Vec::new();
        let mut logo = None;
        if let Some(path) = &brand.logo {
            let Logo { bytes, media_type, extension, size: (width, height) } = Logo::load(path)?;
            let file = BrandFile::new("logo", extension, media_type, bytes);
            let width = width.saturating_mul(LogoImage::HEIGHT) / height;
            logo = Some(LogoImage { path: file.path.clone(), width: width.clamp(16, 240) });
            files.push(file);
        }
        let colours = (brand.accent != BrandConfig::default().accent).then(|| colours(brand));
        files.extend(colours.clone());
        Ok(Self {
            texts: Arc::new(Texts::load(brand)?),
            logo,
            colours,
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

fn colours(brand: &BrandConfig) -> BrandFile {
    let accent = brand.accent;
    let tint = accent.readable_on(DARK_CARD);
    let sheet = format!(
        ":root{{--accent:{accent};--link:{accent}}}\n\
         @media(prefers-color-scheme:dark){{:root{{--link:{tint}}}}}\n"
    );
    BrandFile::new("colours", "css", "text/css; charset=utf-8", sheet.into_bytes())
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
        assert_eq!(assets.stylesheet, "/pkg/ciba-login.123.css");
        assert_eq!(assets.script, "/pkg/ciba-login.abc.js");
        assert_eq!(Assets::named(&options(), "").stylesheet, "/pkg/ciba-login.css");
    }

    #[test]
    fn only_a_colour_of_its_own_costs_a_request() {
        let assets = Assets::named(&options(), "");
        let plain = Look::prepare(&BrandConfig::default(), assets.clone()).unwrap();
        assert!(plain.files().is_empty());
        let accent = Colour::new(0x7a, 0x00, 0x26);
        let own = BrandConfig { accent, ..BrandConfig::default() };
        let look = Look::prepare(&own, assets).unwrap();
        let [file] = look.files() else { panic!("{:?}", look.files()) };
        assert!(file.path.starts_with("/brand/colours."), "{}", file.path);
        assert!(String::from_utf8_lossy(&file.body).contains("--accent:#7a0026"));
    }
}
