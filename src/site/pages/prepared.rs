//! Pages that are made again and again: rendered once, and compressed once, for each shape.
//!
//! Two customers' pages of the same language, brand and state differ in a handle, a nonce, the
//! reference and the seconds that are left, each of which has as many bytes in one as in the other.
//! A page is rendered with samples in their places; an answer is a copy with the samples replaced.
//!
//! Its gzip form is a copy, too. In it each place is a *stored* block of DEFLATE (RFC 1951, section
//! 3.2.4), whose bytes stand there as they are; everything else was compressed at the highest level,
//! once. Where a sample comes again, the compressed form points back to its place.
//!
//! Nothing here is taken on trust: a shape is used only after the copies for other values were
//! found to be, byte for byte, what rendering makes of them, in both forms.

use std::collections::HashMap;
use std::io::Read;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::HeaderValue;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, VARY};
use axum::response::{IntoResponse, Response};
use flate2::read::GzDecoder;
use flate2::{Compress, Compression, FlushCompress, Status};

use super::Page;
use ciba::{BindingMessage, RequestHandle};
use messages::texts::Language;

/// How many shapes are kept before those that were not used since are forgotten, twice.
const MOST: usize = 128;

/// Stands for a handle: no three characters of it stand anywhere else in a page.
const HANDLE: &str = "QZ0XJ9VKQ7WZ8XK4JQ6ZV5XW3KJ2QYZX";
/// Stands for the nonce.
const NONCE: &str = "ZX8QJVZ2WKXQ5YJZ7QVX3W";
/// Stands for the reference.
const MESSAGE: &str = "?#!.?!+#?.!#+?#.!?+!";

/// One value that differs between answers of the same shape.
#[derive(Debug)]
pub struct Place {
    /// What stands before it, each time.
    before: &'static str,
    /// What stands in its place in the page that is kept.
    sample: String,
    /// What stands there in this answer: text that HTML writes as it is, of the same length.
    value: String,
}

/// The values of one answer, and their samples.
#[derive(Debug)]
pub struct Values<'a> {
    handle: &'a RequestHandle,
    message: Option<&'a BindingMessage>,
    seconds_left: Option<u32>,
    account: Option<&'a str>,
    /// Nothing where the page is to be rendered by itself.
    sample: Option<Sample>,
}

#[derive(Debug)]
struct Sample {
    handle: RequestHandle,
    message: Option<BindingMessage>,
    seconds_left: Option<u32>,
    account: Option<String>,
}

impl<'a> Values<'a> {
    /// The values of an answer.
    pub fn new(
        handle: &'a RequestHandle,
        message: Option<&'a BindingMessage>,
        seconds_left: Option<u32>,
    ) -> Self {
        let like = |message: &BindingMessage| {
            BindingMessage::parse(MESSAGE.get(..message.as_str().len())?).ok()
        };
        let sample = RequestHandle::parse(HANDLE).ok().map(|handle| Sample {
            handle,
            message: message.and_then(like),
            seconds_left: seconds_left.map(first_like),
            account: None,
        });
        Self { handle, message, seconds_left, account: None, sample }
    }

    /// Adds the name of the account that is signed in.
    #[must_use]
    pub fn with_account(mut self, account: Option<&'a str>) -> Self {
        let mut letters = HANDLE.chars().filter(char::is_ascii_uppercase).cycle();
        // What is no letter stays as it is: the kinds of characters decide how the name is isolated.
        let mut stand_in =
            |c: char| if c.is_ascii_alphanumeric() { letters.next().unwrap_or(c) } else { c };
        if let Some(sample) = &mut self.sample {
            sample.account = account.map(|name| name.chars().map(&mut stand_in).collect());
        }
        self.account = account;
        // What HTML cannot write as it is has other bytes in the page.
        self.alone_if(account.is_some_and(|name| name.contains(['&', '<', '>', '"', '\''])))
    }

    /// Renders the page by itself where something on it is one person's, and no value of these.
    #[must_use]
    pub fn alone_if(mut self, is_alone: bool) -> Self {
        if is_alone {
            self.sample = None;
        }
        self
    }

    /// The handle to render.
    pub fn handle(&self) -> &RequestHandle {
        self.sample.as_ref().map_or(self.handle, |sample| &sample.handle)
    }

    /// The reference to render.
    pub fn message(&self) -> Option<&BindingMessage> {
        self.sample.as_ref().map_or(self.message, |sample| sample.message.as_ref())
    }

    /// The seconds to render.
    pub fn seconds_left(&self) -> Option<u32> {
        self.sample.as_ref().map_or(self.seconds_left, |sample| sample.seconds_left)
    }

    /// The account to render.
    pub fn account(&self) -> Option<&str> {
        self.sample.as_ref().map_or(self.account, |sample| sample.account.as_deref())
    }
}

/// The places of an answer.
fn places(values: &Values<'_>, sample: &Sample, nonce: Option<&str>) -> Vec<Place> {
    let place = |before, sample: Option<&str>, value: Option<&str>| {
        let (sample, value) = sample.zip(value)?;
        Some(Place { before, sample: sample.to_owned(), value: value.to_owned() })
    };
    let digits = |seconds: Option<u32>| seconds.map(|seconds| seconds.to_string());
    let message =
        |message: Option<&'_ BindingMessage>| message.map(|text| text.as_str().to_owned());
    let seconds = (digits(sample.seconds_left), digits(values.seconds_left));
    let messages = (message(sample.message.as_ref()), message(values.message));
    [
        place("", Some(HANDLE), Some(values.handle.as_str())),
        place("", Some(NONCE), nonce),
        place("translate=\"no\">", messages.0.as_deref(), messages.1.as_deref()),
        place("data-seconds-left=\"", seconds.0.as_deref(), seconds.1.as_deref()),
        place("", sample.account.as_deref(), values.account),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The least number of seconds that a page shows as it shows this one: with the same minutes, and in
/// as many digits.
fn first_like(seconds: u32) -> u32 {
    let digits = seconds.checked_ilog10().map_or(0, |digits| 10_u32.pow(digits));
    digits.max(seconds / 60 * 60)
}

/// The shapes that are kept.
#[derive(Debug, Default)]
pub struct Prepared(Mutex<Generations>);

/// What was used lately, and what was used before that.
#[derive(Debug, Default)]
struct Generations {
    young: HashMap<String, Shape>,
    old: HashMap<String, Shape>,
}

/// What is known of a shape.
#[derive(Debug, Clone)]
enum Shape {
    /// It was asked for once. Most that are asked for once are not asked for again.
    Seen,
    /// It is kept.
    Kept(Arc<Template>),
    /// Its copies are not what rendering makes.
    Differs,
}

impl Generations {
    fn find(&mut self, key: &str) -> Option<Shape> {
        if let Some(shape) = self.young.get(key) {
            return Some(shape.clone());
        }
        let (key, shape) = self.old.remove_entry(key)?;
        self.insert(key, shape.clone());
        Some(shape)
    }

    fn insert(&mut self, key: String, shape: Shape) {
        if self.young.len() >= MOST {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, shape);
    }
}

impl Prepared {
    /// Answers with a page whose status is 200. `shape` writes down everything that the page shows,
    /// with the samples that `values` gives to it; `render` makes the page, with this nonce, of
    /// whatever `values` gives to it.
    pub fn answer(
        &self,
        accepts: Accepts<'_>,
        mut values: Values<'_>,
        shape: impl FnOnce(&Values<'_>) -> String,
        render: impl Fn(&Values<'_>, Option<&str>) -> Page,
    ) -> Response {
        if values.sample.is_none() {
            return render(&values, accepts.nonce).into_response();
        }
        let length = values.message.map(|message| message.as_str().len());
        let (language, nonce) = (accepts.language, accepts.nonce.is_some());
        let key = format!("{language:?} {nonce} {length:?} {}", shape(&values));
        let known = self.generations().find(&key);
        let rendered = matches!(known, Some(Shape::Seen))
            .then(|| render(&values, accepts.nonce.map(|_| NONCE)));
        let Some(sample) = values.sample.take() else {
            return render(&values, accepts.nonce).into_response();
        };
        let places = places(&values, &sample, accepts.nonce);
        if let Some(Shape::Kept(template)) = &known {
            return template.answer(&places, accepts);
        }
        let page = render(&values, accepts.nonce);
        if let Some(rendered) = rendered {
            let template = Template::make(&rendered.html, &places)
                .filter(|template| template.filled(&places) == page.html.as_bytes());
            let shape = template.map_or(Shape::Differs, |made| Shape::Kept(Arc::new(made)));
            self.generations().insert(key, shape);
        } else if known.is_none() {
            self.generations().insert(key, Shape::Seen);
        }
        page.into_response()
    }

    fn generations(&self) -> std::sync::MutexGuard<'_, Generations> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

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
struct Template {
    html: Vec<u8>,
    /// Where the samples are, and of which place.
    samples: Vec<(Range<usize>, usize)>,
    gzip: Vec<u8>,
    /// The stored blocks.
    stored: Vec<(Range<usize>, usize)>,
    /// The checksum of the page with its samples, and what each place's own is multiplied with.
    checksum: u32,
    weights: Vec<u32>,
}

/// A gzip member's header without name and time (RFC 1952, section 2.3): DEFLATE, made by nobody in
/// particular, at its best.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255];
/// How a flushed piece of DEFLATE ends: an empty stored block's two lengths.
const FLUSHED: [u8; 4] = [0, 0, 0xff, 0xff];

impl Template {
    /// Nothing where a page of other values would not be right.
    fn make(html: &str, places: &[Place]) -> Option<Self> {
        let mut samples: Vec<(Range<usize>, usize)> = Vec::new();
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
            let weights = (0..places.len()).map(|number| {
                let of_it = samples.iter().filter(|(_, place)| *place == number);
                of_it.fold(0, |sum, (range, _)| sum ^ checksum::power(html.len() - range.end))
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
    fn is_right(&self, places: &[Place]) -> bool {
        let unlike = |c: char| match c {
            '0'..='8' => char::from(c as u8 + 1),
            '9' => '0',
            'A' => 'B',
            _ => 'A',
        };
        let others: Vec<Place> = places
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

    fn filled(&self, places: &[Place]) -> Vec<u8> {
        let mut html = self.html.clone();
        fill(&mut html, &self.samples, places);
        html
    }

    fn compressed(&self, places: &[Place]) -> Vec<u8> {
        let mut gzip = Vec::with_capacity(self.gzip.len() + 8);
        gzip.extend_from_slice(&self.gzip);
        fill(&mut gzip, &self.stored, places);
        // A sum over the page that is not written down: only the places change it.
        let sum = places.iter().zip(&self.weights).fold(self.checksum, |sum, (place, weight)| {
            let change =
                checksum::of(place.sample.as_bytes()) ^ checksum::of(place.value.as_bytes());
            sum ^ checksum::times(change, *weight)
        });
        gzip.extend_from_slice(&sum.to_le_bytes());
        // Modulo 2^32, as RFC 1952 has it.
        let length = u32::try_from(self.html.len()).unwrap_or(u32::MAX);
        gzip.extend_from_slice(&length.to_le_bytes());
        gzip
    }

    fn answer(&self, places: &[Place], accepts: Accepts<'_>) -> Response {
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

fn fill(bytes: &mut [u8], ranges: &[(Range<usize>, usize)], places: &[Place]) {
    for (range, number) in ranges {
        let value = places.get(*number).map(|place| place.value.as_bytes());
        if let Some((slot, value)) = bytes.get_mut(range.clone()).zip(value)
            && slot.len() == value.len()
        {
            slot.copy_from_slice(value);
        }
    }
}

/// CRC-32 as a polynomial (RFC 1952, section 8): a change of some bytes changes it by what these bytes
/// are worth at their distance from the end.
mod checksum {
    use flate2::Crc;

    /// The polynomial, lowest power first.
    const POLYNOMIAL: u32 = 0xedb8_8320;
    /// One, in the same order.
    const ONE: u32 = 1 << 31;

    /// The checksum of bytes.
    pub(super) fn of(bytes: &[u8]) -> u32 {
        let mut crc = Crc::new();
        crc.update(bytes);
        crc.sum()
    }

    /// A product, modulo the polynomial.
    pub(super) fn times(one: u32, mut other: u32) -> u32 {
        let mut product = 0;
        let mut power = ONE;
        while power != 0 {
            if one & power != 0 {
                product ^= other;
            }
            power >>= 1;
            let carried = if other & 1 == 1 { POLYNOMIAL } else { 0 };
            other = (other >> 1) ^ carried;
        }
        product
    }

    /// What a checksum is multiplied with where so many bytes follow.
    pub(super) fn power(mut bytes: usize) -> u32 {
        let mut square = ONE >> 8;
        let mut power = ONE;
        while bytes > 0 {
            if bytes & 1 == 1 {
                power = times(power, square);
            }
            square = times(square, square);
            bytes >>= 1;
        }
        power
    }
}

/// Compresses `bytes`, with stored blocks at `stored`: a gzip member without its trailer, and where
/// the blocks' bytes are in it.
fn compress(
    bytes: &[u8],
    stored: &[(Range<usize>, usize)],
) -> Option<(Vec<u8>, Vec<(Range<usize>, usize)>)> {
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
    use super::*;

    fn place(sample: &str, value: &str) -> Place {
        Place { before: "", sample: sample.to_owned(), value: value.to_owned() }
    }

    fn unpacked(gzip: &[u8]) -> String {
        let mut text = String::new();
        GzDecoder::new(gzip).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn a_copy_is_the_page_with_other_values_in_both_forms() {
        let page = |handle: &str, nonce: &str| {
            let paths: String =
                (0..20).map(|n| format!("<a href=\"/request/{handle}/{n}\">go</a>")).collect();
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

    #[test]
    fn seconds_are_alike_that_are_shown_alike() {
        for (seconds, first) in [
            (0, 0),
            (7, 1),
            (10, 10),
            (59, 10),
            (60, 60),
            (99, 60),
            (100, 100),
            (119, 100),
            (120, 120),
            (599, 540),
            (999, 960),
            (1000, 1000),
        ] {
            assert_eq!(first_like(seconds), first, "{seconds}");
        }
    }

    #[test]
    fn what_is_not_asked_for_any_more_is_forgotten() {
        let mut kept = Generations::default();
        for number in 0..10 * MOST {
            assert!(kept.find("always").is_some() || number == 0);
            kept.insert("always".into(), Shape::Seen);
            kept.insert(number.to_string(), Shape::Seen);
        }
        assert!(kept.young.len() + kept.old.len() <= 2 * MOST + 1);
    }
}
