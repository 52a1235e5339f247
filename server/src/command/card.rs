//! `lykta card`: a sheet of cards to be printed, with the page's address for a phone's camera.
//!
//! A card that is found must say as little as the page's title does: the square, the address, and nothing else unless
//! whoever prints it asks for words. Every card is the same, so none tells who was given it or where it lay.

use std::fmt::Write as _;
use std::path::Path;

use qrcode::{Color, EcLevel, QrCode};

use super::{centre_of, say};

/// An A4 sheet and a card as large as a bank's, in millimetres.
const SHEET: (u32, u32) = (210, 297);
const CARD: (u32, u32) = (85, 54);
const COLUMNS: u32 = 2;
const ROWS: u32 = 5;
/// The square without its quiet zone, millimetres.
const SQUARE: f64 = 34.0;
/// Light modules that a reader needs around it (ISO/IEC 18004, section 9.1).
const QUIET: usize = 4;
/// More does not fit under the square on one line.
const WORDS_MOST: usize = 48;

/// Writes the sheet on standard output, as SVG.
///
/// # Errors
/// One sentence fit for the person who typed the command.
pub fn card(config: &Path, words: Option<&str>) -> Result<(), String> {
    let centre = centre_of(config)?;
    let words = words.unwrap_or_default();
    if words.chars().count() > WORDS_MOST {
        return Err(format!("a card has room for {WORDS_MOST} letters"));
    }
    say(&sheet(&centre.origins.pages.to_string(), words)?)
}

/// A sheet of cards for this address.
fn sheet(address: &str, words: &str) -> Result<String, String> {
    let address = format!("{address}/");
    // A quarter of it may be worn away.
    let code = QrCode::with_error_correction_level(&address, EcLevel::Q)
        .map_err(|error| format!("{address} does not fit into a square: {error}"))?;
    let side = code.width() + 2 * QUIET;
    let mut dark = String::new();
    for (at, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let (x, y) = (at % code.width() + QUIET, at / code.width() + QUIET);
            let _ = write!(dark, "M{x} {y}h1v1h-1z");
        }
    }
    let (left, top) = ((SHEET.0 - COLUMNS * CARD.0) / 2, (SHEET.1 - ROWS * CARD.1) / 2);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}mm\" height=\"{1}mm\" viewBox=\"0 0 {0} {1}\">\n\
         <rect width=\"{0}\" height=\"{1}\" fill=\"#fff\"/>\n\
         <defs><symbol id=\"square\" viewBox=\"0 0 {side} {side}\"><path d=\"{dark}\"/></symbol></defs>\n",
        SHEET.0, SHEET.1
    );
    let (shown, words) =
        (escaped(address.trim_start_matches("https://").trim_end_matches('/')), escaped(words));
    let whole = SQUARE * side as f64 / code.width() as f64;
    for number in 0..COLUMNS * ROWS {
        let (x, y) = (left + number % COLUMNS * CARD.0, top + number / COLUMNS * CARD.1);
        let middle = f64::from(x) + f64::from(CARD.0) / 2.0;
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\" fill=\"none\" stroke=\"#ccc\" stroke-width=\"0.1\"/>\n\
             <use href=\"#square\" x=\"{:.2}\" y=\"{y}\" width=\"{whole:.2}\" height=\"{whole:.2}\"/>\n\
             <g font-family=\"sans-serif\" text-anchor=\"middle\"><text x=\"{middle}\" y=\"{}\" font-size=\"4\">{shown}</text>\
             <text x=\"{middle}\" y=\"{}\" font-size=\"3\">{words}</text></g>",
            CARD.0,
            CARD.1,
            middle - whole / 2.0,
            y + CARD.1 - 8,
            y + CARD.1 - 3,
        );
    }
    svg.push_str("</svg>\n");
    Ok(svg)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a camera reads of the square that the sheet draws.
    fn read(svg: &str) -> String {
        let (_, rest) =
            svg.split_once("viewBox=\"0 0 ").and_then(|(_, rest)| rest.split_once("viewBox=\"0 0 ")).unwrap();
        let side: usize = rest.split(' ').next().unwrap().parse().unwrap();
        let path = rest.split("d=\"").nth(1).and_then(|path| path.split('"').next()).unwrap();
        let dark: Vec<(usize, usize)> = path
            .split_terminator("h1v1h-1z")
            .map(|module| module.trim_start_matches('M').split_once(' ').unwrap())
            .map(|(x, y)| (x.parse().unwrap(), y.parse().unwrap()))
            .collect();
        let pixels = 5;
        let mut picture =
            rqrr::PreparedImage::prepare_from_greyscale(side * pixels, side * pixels, |x, y| {
                if dark.contains(&(x / pixels, y / pixels)) { 0 } else { 255 }
            });
        let squares = picture.detect_grids();
        assert_eq!(squares.len(), 1);
        squares[0].decode().unwrap().1
    }

    #[test]
    fn a_camera_reads_the_address_and_nothing_behind_it() {
        for address in
            ["https://chatt.cmhv.example", "https://en-mycket-lang-adress.underdoman.vastmanland.example"]
        {
            assert_eq!(read(&sheet(address, "").unwrap()), format!("{address}/"));
        }
    }

    #[test]
    fn a_card_says_the_address_and_only_what_was_asked_for() {
        let sheet = sheet("https://chatt.cmhv.example", "Öppet <vardagar> & gratis").unwrap();
        assert_eq!(sheet.matches(">chatt.cmhv.example</text>").count(), (COLUMNS * ROWS) as usize);
        assert_eq!(
            sheet.matches(">Öppet &lt;vardagar> &amp; gratis</text>").count(),
            (COLUMNS * ROWS) as usize
        );
        let bare = super::sheet("https://chatt.cmhv.example", "").unwrap();
        let said: Vec<_> = bare.split("<text").skip(1).filter_map(|text| text.split('>').nth(1)).collect();
        assert!(said.iter().all(|text| ["chatt.cmhv.example</text", "</text"].contains(text)), "{said:?}");
    }
}
