//! A link as a QR code, for the counter of a branch.

use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

/// The link is longer than a QR code can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the link is too long for a QR code")]
pub struct TooLong;

/// Draws `link` as an SVG document: black on white whatever the page's colours are, with the quiet
/// zone that readers need.
pub fn svg(link: &str) -> Result<String, TooLong> {
    let code = QrCode::with_error_correction_level(link, EcLevel::M).map_err(|_| TooLong)?;
    Ok(code
        .render::<svg::Color>()
        .min_dimensions(320, 320)
        .dark_color(svg::Color("#000"))
        .light_color(svg::Color("#fff"))
        .quiet_zone(true)
        .build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_a_link_and_refuses_what_does_not_fit() {
        let drawn = svg("https://login.example/login?auth_req_id=abc&binding_message=K7Q").unwrap();
        assert!(drawn.contains("<svg "), "{drawn}");
        // The words of the link are drawn, never written.
        assert!(!drawn.contains("login.example"), "{drawn}");
        assert_eq!(svg(&"x".repeat(4000)), Err(TooLong));
    }
}
