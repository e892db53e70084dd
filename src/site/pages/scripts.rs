//! The scripts that stand in pages: files of their own, each with what it is for.

use std::sync::LazyLock;

use leptos::prelude::*;

use super::PageContext;
use crate::site::look::Assets;

macro_rules! script {
    ($name:ident, $file:literal) => {
        static $name: LazyLock<String> = LazyLock::new(|| tight(include_str!($file)));
    };
}

script!(WAKE, "scripts/wake.js");
script!(LOOK_AGAIN, "scripts/look-again.js");
script!(COPY, "scripts/copy.js");
script!(MEND_LINK, "scripts/mend-link.js");
script!(RELOAD, "scripts/reload.js");

/// A script without the comments and the indentation of its file.
fn tight(source: &str) -> String {
    let lines = source.lines().map(str::trim);
    let code: Vec<_> = lines.filter(|line| !line.is_empty() && !line.starts_with("//")).collect();
    code.join("\n")
}

/// The tags that wake the islands.
///
/// Leptos's own component reads the built names from disk for each page and walks the whole
/// document for nested islands; ours are flat and the names are known.
pub(super) fn islands(context: &PageContext) -> impl IntoView + use<> {
    let Assets { script, wasm, .. } = &context.look.assets;
    view! {
        <link rel="modulepreload" href=script.clone() fetchpriority="low"/>
        <script type="module" nonce=context.nonce.clone() data-wasm=wasm.clone()>
            {WAKE.as_str()}
        </script>
    }
}

pub(super) fn look_again(context: &PageContext) -> impl IntoView + use<> {
    inline(context, &LOOK_AGAIN)
}

pub(super) fn copy(context: &PageContext) -> impl IntoView + use<> {
    inline(context, &COPY)
}

pub(super) fn mend_link(context: &PageContext) -> impl IntoView + use<> {
    inline(context, &MEND_LINK)
}

fn inline(context: &PageContext, script: &'static str) -> impl IntoView + use<> {
    view! { <script type="module" nonce=context.nonce.clone()>{script}</script> }
}

/// Follows cargo-leptos, which tells on `port` of what has changed.
pub(super) fn reload(context: &PageContext, port: u32) -> impl IntoView + use<> {
    view! {
        <script type="module" nonce=context.nonce.clone() data-port=port.to_string()>
            {RELOAD.as_str()}
        </script>
    }
}
