//! A QR code as an SVG image.

use std::fmt::Write;

use qrcode::{Color, EcLevel, QrCode, types::QrError};

use super::snippet::escaped;

/// The margin that readers need, in modules (ISO/IEC 18004, "quiet zone").
const QUIET: usize = 4;

/// The text as a QR code: dark modules as one path over a white ground, in units of modules, so that it prints at any size.
/// `title`: what it says to who cannot see it.
///
/// # Errors
/// The text is too long for any QR code.
pub fn svg(text: &str, title: &str) -> Result<String, QrError> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M)?;
    let width = code.width();
    let side = width + 2 * QUIET;
    let colors = code.to_colors();
    let mut path = String::new();
    for (row, modules) in colors.chunks(width).enumerate() {
        let mut column = 0;
        for run in modules.chunk_by(|a, b| a == b) {
            if run[0] == Color::Dark {
                let (x, y, length) = (column + QUIET, row + QUIET, run.len());
                write!(path, "M{x} {y}h{length}v1h-{length}z").expect("a string takes all");
            }
            column += run.len();
        }
    }
    let title = escaped(title);
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" role=\"img\" shape-rendering=\"crispEdges\">\
         <title>{title}</title><path fill=\"#fff\" d=\"M0 0h{side}v{side}h-{side}z\"/><path fill=\"#000\" d=\"{path}\"/></svg>\n"
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// So many pixels a side has each module.
    const PIXELS: usize = 4;

    /// Reads the picture as a camera would: draws its path, and decodes what is there.
    fn decoded(svg: &str) -> String {
        let between = |text: &str, from: &str, to: &str| {
            let (_, rest) = text.rsplit_once(from).unwrap();
            rest.split_once(to).unwrap().0.to_owned()
        };
        let side: usize = between(svg, "viewBox=\"0 0 ", "\"").split(' ').next().unwrap().parse().unwrap();
        let path = between(svg, "<path fill=\"#000\" d=\"", "\"");
        let mut dark = vec![vec![false; side]; side];
        for run in path.split_terminator('z') {
            let (place, rest) = run.strip_prefix('M').unwrap().split_once('h').unwrap();
            let (column, row) = place.split_once(' ').unwrap();
            let length: usize = rest.split_once("v1h-").unwrap().0.parse().unwrap();
            let (column, row): (usize, usize) = (column.parse().unwrap(), row.parse().unwrap());
            dark[row][column..column + length].fill(true);
        }
        let pixel = |x: usize, y: usize| if dark[y / PIXELS][x / PIXELS] { 0 } else { 255 };
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(side * PIXELS, side * PIXELS, pixel);
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1, "one code");
        grids[0].decode().unwrap().1
    }

    #[test]
    fn a_code_says_its_text() {
        for text in ["https://wa.me/15550783881?text=Yes%20%28K7Q2M%29", "x", &"https://wa.me/".repeat(60)] {
            assert_eq!(decoded(&svg(text, "Poster").unwrap()), text);
        }
        assert!(svg(&"x".repeat(3_000), "Poster").is_err());
    }

    #[test]
    fn a_title_stays_text() {
        let shown = svg("x", "<script>\"&'").unwrap();
        assert!(shown.contains("<title>&lt;script&gt;&quot;&amp;&#39;</title>"), "{shown}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn every_code_says_its_text(text in "https://wa\\.me/[0-9]{7,15}\\?text=[A-Za-z0-9%._-]{1,300}") {
            prop_assert_eq!(decoded(&svg(&text, "").unwrap()), text);
        }
    }
}
