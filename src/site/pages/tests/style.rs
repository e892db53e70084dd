//! The look: weight and colours.

use super::*;

/// The style sheet without what a build takes out.
fn built_stylesheet() -> String {
    let sheet = stylesheet();
    let mut pieces = sheet.split("/*");
    let first = pieces.next().unwrap_or_default();
    let without_comments: String = std::iter::once(first)
        .chain(pieces.filter_map(|piece| piece.split_once("*/").map(|(_, rest)| rest)))
        .collect();
    let lines: String = without_comments.lines().map(str::trim).collect();
    lines.replace(": ", ":").replace(" {", "{").replace(", ", ",").replace(";}", "}")
}

#[tokio::test]
async fn every_page_weighs_at_most_six_kilobytes_with_its_style() {
    use axum::response::IntoResponse;

    let look = gallery::look_with(Stylesheet::Inline(built_stylesheet()));
    for language in Language::ALL {
        for (name, page) in states(&context(&look, language)) {
            assert_eq!(count(&page.html, "<style>"), 1, "{language}/{name}");
            let response = compression::compress(page.into_response(), true).await;
            assert_eq!(response.headers()["content-encoding"], "gzip");
            let body = axum::body::to_bytes(response.into_body(), 100_000).await.unwrap();
            // The script that fetches the islands later is 120 bytes longer, and saves 43 kB.
            assert!(body.len() <= 6_200, "{language}/{name}: {} bytes", body.len());
        }
    }
}

/// The contrast of two colours of the style sheet (WCAG 2.2), by the names of their properties.
#[test]
fn the_palette_is_readable_in_both_themes() {
    use crate::config::Colour;
    let sheet = stylesheet();
    let block =
        |start: &str| sheet.split(start).nth(1).unwrap().split('}').next().unwrap().to_owned();
    let light = block(":root {");
    let dark = block("@media (prefers-color-scheme: dark) {\n  :root {");
    let colour = |theme: &str, name: &str| -> Colour {
        let both = format!("{theme}\n{light}");
        let value = both.split(&format!("--{name}: ")).nth(1).unwrap_or_else(|| panic!("{name}"));
        let digits = value.split(';').next().unwrap().trim_start_matches('#').to_owned();
        let channel = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
        Colour::new(channel(0), channel(2), channel(4))
    };
    for (theme_name, theme) in [("light", &light), ("dark", &dark)] {
        for (text, ground, needed) in [
            ("ink", "ground", 7.0),
            ("ink", "card", 7.0),
            ("ink", "soft", 7.0),
            ("quiet", "ground", 4.5),
            ("quiet", "card", 4.5),
            ("quiet", "soft", 4.5),
            ("link", "card", 4.5),
            ("link", "ground", 4.5),
            ("danger", "card", 4.5),
            ("danger", "danger-soft", 4.5),
            ("ink", "danger-soft", 7.0),
            ("accent-ink", "accent", 4.5),
            ("stop-ink", "stop", 4.5),
            ("good", "card", 3.0),
            ("edge", "card", 3.0),
            ("focus", "card", 3.0),
            ("focus", "ground", 3.0),
        ] {
            let contrast = colour(theme, text).contrast_with(colour(theme, ground));
            assert!(contrast >= needed, "{theme_name}: {text} on {ground} has {contrast:.2}");
        }
    }
}
