//! A page with samples in it, as it is and compressed.

use std::io::Read;
use std::ops::Range;

use axum::http::HeaderValue;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, VARY};
use axum::response::{IntoResponse, Response};
use flate2::read::GzDecoder;
use flate2::{Compress, Compression, FlushCompress, Status};

use super::checksum;
use super::values::Place;
use messages::texts::Language;

/// Where a value stands, and of which place it is.
type Position = (Range<usize>, usize);

/// What a browser takes.
#[derive(Debug, Clone, Copy)]
pub struct Accepts<'a> {
    /// The language of the answer.
    pub language: Language,
    /// The nonce of its content security policy.
    pub nonce: Option<&'a str>,
    /// Whether it may be compressed.
    pub gzip: bool,
}

/// A page with samples in it, in both forms.
#[derive(Debug)]
pub(super) struct Template {
    html: Vec<u8>,
    /// Where the samples are, and of which place.
    samples: Vec<Position>,
    gzip: Vec<u8>,
    /// The stored blocks.
    stored: Vec<Position>,
    /// The checksum of the page with its samples; each sample's own, and what that is multiplied with.
    checksum: u32,
    weights: Vec<(u32, u32)>,
}

/// A gzip member's header without name and time (RFC 1952, section 2.3): DEFLATE, made by nobody in
/// particular, at its best.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255];
/// How a flushed piece of DEFLATE ends: an empty stored block's two lengths.
const FLUSHED: [u8; 4] = [0, 0, 0xff, 0xff];

impl Template {
    /// Nothing where a page of other values would not be right.
    pub(super) fn make(html: &str, places: &[Place<'_>]) -> Option<Self> {
        let mut samples: Vec<Position> = Vec::new();
        for (number, Place { before, sample, value }) in places.iter().enumerate() {
            if sample.len() != value.len() || sample.is_empty() {
                return None;
            }
            let wanted = format!("{before}{sample}");
            samples.extend(html.match_indices(&wanted).map(|(at, _)| {
                let start = at + before.len();
                (start..start + sample.len(), number)
            }));
        }
        samples.sort_unstable_by_key(|(range, _)| range.start);
        if samples.windows(2).any(|pair| pair[0].0.end > pair[1].0.start) {
            return None;
        }
        let mut seen = Vec::new();
        let first = samples.iter().filter(|(_, number)| {
            let is_first = !seen.contains(number);
            seen.push(*number);
            is_first
        });
        let first: Vec<_> = first.cloned().collect();
        // Pointing back to the first of each is shorter; where a piece of one is written out again,
        // each of them stands for itself.
        [&first, &samples].into_iter().find_map(|stored| {
            let (gzip, stored) = compress(html.as_bytes(), stored)?;
            let html = html.as_bytes().to_vec();
            let weights = places.iter().enumerate().map(|(number, place)| {
                let of_it = samples.iter().filter(|(_, place)| *place == number);
                let weight =
                    of_it.fold(0, |sum, (range, _)| sum ^ checksum::power(html.len() - range.end));
                (checksum::of(place.sample.as_bytes()), weight)
            });
            let template = Self {
                weights: weights.collect(),
                checksum: checksum::of(&html),
                samples: samples.clone(),
                html,
                gzip,
                stored,
            };
            template.is_right(places).then_some(template)
        })
    }

    /// Whether both forms agree for values that are like the samples in no letter.
    fn is_right(&self, places: &[Place<'_>]) -> bool {
        let unlike = |c: char| match c {
            '0'..='8' => char::from(c as u8 + 1),
            '9' => '0',
            'A' => 'B',
            _ => 'A',
        };
        let others: Vec<Place<'_>> = places
            .iter()
            .map(|Place { before, sample, .. }| Place {
                before,
                sample: sample.clone(),
                value: sample.chars().map(|c| if c.is_ascii() { unlike(c) } else { c }).collect(),
            })
            .collect();
        let html = self.filled(&others);
        let mut decompressed = Vec::new();
        let gzip = self.compressed(&others);
        GzDecoder::new(gzip.as_slice()).read_to_end(&mut decompressed).is_ok()
            && decompressed == html
    }

    pub(super) fn filled(&self, places: &[Place<'_>]) -> Vec<u8> {
        let mut html = self.html.clone();
        fill(&mut html, &self.samples, places);
        html
    }

    fn compressed(&self, places: &[Place<'_>]) -> Vec<u8> {
        let mut gzip = Vec::with_capacity(self.gzip.len() + 8);
        gzip.extend_from_slice(&self.gzip);
        fill(&mut gzip, &self.stored, places);
        // A sum over the page that is not written down: only the places change it.
        let weights = places.iter().zip(&self.weights);
        let sum = weights.fold(self.checksum, |sum, (place, (of_sample, weight))| {
            let change = of_sample ^ checksum::of(place.value.as_bytes());
            sum ^ checksum::times(change, *weight)
        });
        gzip.extend_from_slice(&sum.to_le_bytes());
        // Modulo 2^32, as RFC 1952 has it.
        let length = u32::try_from(self.html.len()).unwrap_or(u32::MAX);
        gzip.extend_from_slice(&length.to_le_bytes());
        gzip
    }

    pub(super) fn answer(&self, places: &[Place<'_>], accepts: Accepts<'_>) -> Response {
        let mut response = if accepts.gzip {
            let body = self.compressed(places);
            let headers = [
                (CONTENT_ENCODING, HeaderValue::from_static("gzip")),
                (VARY, HeaderValue::from_static("accept-encoding")),
            ];
            (headers, body).into_response()
        } else {
            self.filled(places).into_response()
        };
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        let language = HeaderValue::from_static(accepts.language.tag());
        headers.insert(CONTENT_LANGUAGE, language);
        response
    }
}

fn fill(bytes: &mut [u8], ranges: &[Position], places: &[Place<'_>]) {
    for (range, number) in ranges {
        let value = places.get(*number).map(|place| place.value.as_bytes());
        if let Some((slot, value)) = bytes.get_mut(range.clone()).zip(value)
            && slot.len() == value.len()
        {
            slot.copy_from_slice(value);
        }
    }
}

/// Compresses `bytes`, with stored blocks at `stored`: a gzip member without its trailer, and where
/// the blocks' bytes are in it.
fn compress(bytes: &[u8], stored: &[Position]) -> Option<(Vec<u8>, Vec<Position>)> {
    let mut deflate = Compress::new(Compression::best(), false);
    let mut gzip = HEADER.to_vec();
    let mut placed = Vec::new();
    let mut done = 0;
    for (range, number) in stored {
        run(&mut deflate, bytes.get(done..range.start)?, FlushCompress::Sync, &mut gzip)?;
        // The empty block that ends the piece takes the bytes.
        gzip.truncate(gzip.strip_suffix(&FLUSHED)?.len());
        let value = bytes.get(range.clone())?;
        let length = u16::try_from(value.len()).ok()?;
        gzip.extend_from_slice(&length.to_le_bytes());
        gzip.extend_from_slice(&(!length).to_le_bytes());
        placed.push((gzip.len()..gzip.len() + value.len(), *number));
        gzip.extend_from_slice(value);
        // What follows may point back to it.
        run(&mut deflate, value, FlushCompress::Sync, &mut Vec::new())?;
        done = range.end;
    }
    run(&mut deflate, bytes.get(done..)?, FlushCompress::Finish, &mut gzip)?;
    Some((gzip, placed))
}

fn run(
    deflate: &mut Compress,
    mut bytes: &[u8],
    flush: FlushCompress,
    output: &mut Vec<u8>,
) -> Option<()> {
    loop {
        output.reserve(bytes.len() / 2 + 64);
        let before = deflate.total_in();
        let status = deflate.compress_vec(bytes, output, flush).ok()?;
        let taken = usize::try_from(deflate.total_in() - before).ok()?;
        bytes = bytes.get(taken..)?;
        let is_done = match flush {
            FlushCompress::Finish => status == Status::StreamEnd,
            // Room that is left says that nothing is waiting for more.
            _ => bytes.is_empty() && output.len() < output.capacity(),
        };
        if is_done {
            return Some(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::values::{HANDLE, NONCE};
    use super::*;

    fn place<'a>(sample: &'a str, value: &'a str) -> Place<'a> {
        Place { before: "", sample: sample.into(), value: value.into() }
    }

    fn unpacked(gzip: &[u8]) -> String {
        let mut text = String::new();
        GzDecoder::new(gzip).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn a_copy_is_the_page_with_other_values_in_both_forms() {
        let page = |handle: &str, nonce: &str| {
            let path = |n: u8| format!("<a href=\"/request/{handle}/{n}\">go</a>");
            let paths = (0..20).map(path).collect::<Vec<_>>().concat();
            format!("<style>{}</style><script nonce={nonce}></script>{paths}", "a{b:c}".repeat(99))
        };
        let other = "0123456789abcdefghijABCDEFGHIJ-_";
        let places = [place(HANDLE, other), place(NONCE, "abcdefghijklmnopqrstuv")];
        let template = Template::make(&page(HANDLE, NONCE), &places).unwrap();
        let html = template.filled(&places);
        assert_eq!(String::from_utf8(html.clone()).unwrap(), page(other, "abcdefghijklmnopqrstuv"));
        let gzip = template.compressed(&places);
        assert_eq!(unpacked(&gzip).as_bytes(), html);
        assert_eq!(template.stored.len(), 2, "the others point back to the first");
        assert!(gzip.len() < 500, "{}", gzip.len());
    }

    #[test]
    fn a_value_of_another_length_has_no_copy() {
        assert!(Template::make("<p>QZX</p>", &[place("QZX", "QZXY")]).is_none());
    }

    #[test]
    fn what_stands_elsewhere_by_chance_keeps_its_text() {
        let places = [place("QZXJ", "abcd")];
        // "ZXJ" is no value; a compressor would take it from there.
        let template = Template::make("<p>QZXJ</p><p>ZXJZXJZXJZXJ</p>", &places);
        assert!(template.is_none_or(|template| {
            unpacked(&template.compressed(&places)) == "<p>abcd</p><p>ZXJZXJZXJZXJ</p>"
        }));
    }
}
