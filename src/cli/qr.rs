//! The link as a QR code: in the terminal, as SVG, or as PNG.

use std::path::Path;

use anyhow::Context;
use qrcode::render::{svg, unicode};
use qrcode::{Color, EcLevel, QrCode};

/// The empty border that readers need, in modules (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;

/// Pixels of a module in a PNG.
const SCALE: usize = 8;

fn code(text: &str) -> anyhow::Result<QrCode> {
    QrCode::with_error_correction_level(text, EcLevel::M)
        .context("the link is too long for a QR code")
}

/// The code in block characters, black on white whatever the terminal's own colours are: many
/// readers refuse an inverted code.
pub(super) fn terminal(text: &str) -> anyhow::Result<String> {
    let code = code(text)?;
    let drawn = code.render::<unicode::Dense1x2>().quiet_zone(true).build();
    let lines: Vec<_> =
        drawn.lines().map(|line| format!("\u{1b}[30;107m{line}\u{1b}[0m")).collect();
    Ok(lines.join("\n"))
}

/// Refuses a file name that says neither of the forms that we write.
pub(super) fn check_file(path: &str) -> Result<std::path::PathBuf, String> {
    match extension(Path::new(path)).as_deref() {
        Some("svg" | "png") => Ok(path.into()),
        _ => Err("the file's name has to end in .svg or .png".into()),
    }
}

/// Draws the code for a file, as SVG or PNG by the file's name.
pub(super) fn draw(path: &Path, text: &str) -> anyhow::Result<Vec<u8>> {
    let code = code(text)?;
    if extension(path).as_deref() == Some("svg") {
        return Ok(code.render::<svg::Color<'_>>().min_dimensions(256, 256).build().into_bytes());
    }
    let mut drawn = Vec::new();
    write_png(&mut drawn, &code).context("the link could not be drawn as a PNG")?;
    Ok(drawn)
}

fn extension(path: &Path) -> Option<String> {
    path.extension()?.to_str().map(str::to_ascii_lowercase)
}

fn write_png(file: impl std::io::Write, code: &QrCode) -> Result<(), png::EncodingError> {
    let modules = code.width();
    let side = (modules + 2 * QUIET_ZONE) * SCALE;
    let drawn = code.to_colors();
    let is_light = |x: usize, y: usize| {
        let inside = |at: usize| (at / SCALE).checked_sub(QUIET_ZONE).filter(|at| *at < modules);
        match (inside(x), inside(y)) {
            (Some(x), Some(y)) => drawn[y * modules + x] == Color::Light,
            _ => true,
        }
    };
    let pixels: Vec<u8> =
        (0..side * side).map(|at| if is_light(at % side, at / side) { 0xff } else { 0 }).collect();
    let across = u32::try_from(side).unwrap_or(u32::MAX);
    let mut encoder = png::Encoder::new(file, across, across);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(&pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "https://login.example/login?auth_req_id=1c266114&binding_message=CASE-4711";

    #[test]
    fn a_png_shows_the_modules_inside_a_quiet_zone() {
        let code = code(LINK).unwrap();
        let mut file = Vec::new();
        write_png(&mut file, &code).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut pixels).unwrap();
        let side = frame.width as usize;
        assert_eq!(side, (code.width() + 8) * SCALE);
        let at = |x: usize, y: usize| pixels[y * side + x];
        assert_eq!(at(0, 0), 0xff, "the quiet zone is light");
        let corner = QUIET_ZONE * SCALE;
        assert_eq!(at(corner, corner), 0, "the finder pattern is dark");
    }

    #[test]
    fn knows_two_forms_of_files() {
        assert!(check_file("a.svg").is_ok() && check_file("b.PNG").is_ok());
        assert!(check_file("c.jpg").is_err() && check_file("png").is_err());
        assert!(draw(Path::new("link.svg"), LINK).unwrap().starts_with(b"<?xml"));
        assert!(draw(Path::new("link.png"), LINK).unwrap().starts_with(b"\x89PNG"));
        assert!(terminal(LINK).unwrap().lines().count() > 15);
    }
}
