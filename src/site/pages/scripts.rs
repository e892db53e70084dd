//! The scripts that stand in pages: files of their own, each with what it is for.

use std::sync::LazyLock;

use leptos::prelude::*;

use super::PageContext;
use crate::site::look::Assets;

macro_rules! script {
    ($name:ident, $($file:literal),+) => {
        static $name: LazyLock<String> = LazyLock::new(|| tight(concat!($(include_str!($file)),+)));
    };
}

script!(WAKE_IDLE, "scripts/wake.js", "scripts/wake-idle.js");
script!(WAKE_NEEDED, "scripts/wake.js", "scripts/wake-needed.js");
script!(LOOK_AGAIN, "scripts/look-again.js");
script!(COPY, "scripts/copy.js");
script!(MEND_LINK, "scripts/mend-link.js");
script!(WATCH, "scripts/watch.js");
script!(SLOW, "scripts/slow.js");
script!(RELOAD, "scripts/reload.js");

/// A script without the comments of its file, and without the spaces that no reader of it is there
/// for. Every statement in these files ends with a semicolon or a brace.
fn tight(source: &str) -> String {
    const SIGNS: &[char] =
        &['!', '(', ')', '[', ']', '{', ',', ';', ':', '?', '=', '<', '>', '&', '|'];
    let lines = source.lines().map(str::trim).filter(|line| !line.starts_with("//"));
    let mut script = String::with_capacity(source.len());
    let mut quote = None;
    for sign in lines.flat_map(|line| line.chars().chain(['\n'])) {
        if quote.is_some() {
            quote = quote.filter(|quote| *quote != sign);
        } else if matches!(sign, '\'' | '`') {
            quote = Some(sign);
        } else if sign.is_whitespace() {
            if script.ends_with(SIGNS) || script.ends_with(char::is_whitespace) {
                continue;
            }
        } else if (sign == '}' || SIGNS.contains(&sign)) && script.ends_with(char::is_whitespace) {
            script.pop();
        }
        script.push(sign);
    }
    script
}

/// The tags that wake the islands: at once where one is in view, else once they are needed.
///
/// Leptos's own component reads the built names from disk for each page and walks the whole
/// document for nested islands; ours are flat and the names are known.
pub(super) fn islands(context: &PageContext, in_view: bool) -> impl IntoView + use<> {
    let Assets { script, wasm, .. } = &context.look.assets;
    let preload = in_view.then(|| {
        view! { <link rel="modulepreload" href=script.clone() fetchpriority="low"/> }
    });
    let wake = if in_view { WAKE_IDLE.as_str() } else { WAKE_NEEDED.as_str() };
    view! {
        {preload}
        <script
            type="module"
            nonce=context.nonce.clone()
            data-module=script.clone()
            data-wasm=wasm.clone()
        >
            {wake}
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

pub(super) fn watch(context: &PageContext) -> impl IntoView + use<> {
    inline(context, &WATCH)
}

pub(super) fn slow(context: &PageContext) -> impl IntoView + use<> {
    inline(context, &SLOW)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_loses_nothing_but_comments_and_spaces() {
        let source =
            "// Why.\nconst a = (b) => {\n  if (!b) return 'c  =  d';\n};\n\na ?? `e ${f} g`;\n";
        assert_eq!(tight(source), "const a=(b)=>{if(!b)return 'c  =  d';};a??`e ${f} g`;");
    }
}
