//! The one way to read the `Cookie` header (RFC 6265, section 5.4), and to add to `Set-Cookie`.
//!
//! Every page of a host sets cookies for all of it, and browsers send what was set byte by byte
//! (`document.cookie = "city=Zürich"`). A pair that is not text is skipped, never its neighbours.

use axum::extract::Request;
use axum::http::header::{COOKIE, Entry, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use memchr::{memchr, memchr_iter};

/// Every cookie of a request that is text, as name and value.
pub fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    bytes(headers).filter_map(|(name, value)| {
        Some((std::str::from_utf8(name).ok()?, std::str::from_utf8(value).ok()?))
    })
}

/// The values of the cookies of this name that are text.
pub fn named<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    bytes(headers)
        .filter(move |(other, _)| *other == name.as_bytes())
        .filter_map(|(_, value)| std::str::from_utf8(value).ok())
}

/// Adds `Set-Cookie` lines to an answer.
pub fn append(headers: &mut HeaderMap, lines: impl IntoIterator<Item = String>) {
    for line in lines {
        // Names and values are made of the characters of base64url.
        if let Ok(value) = HeaderValue::try_from(line) {
            headers.append(SET_COOKIE, value);
        }
    }
}

fn bytes(headers: &HeaderMap) -> impl Iterator<Item = (&[u8], &[u8])> {
    let lines = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes);
    lines.flat_map(split).filter_map(|pair| {
        let pair = pair.trim_ascii();
        let (name, value) = pair.split_at_checked(memchr(b'=', pair)?)?;
        Some((name, value.get(1..)?))
    })
}

fn split(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ends = memchr_iter(b';', line).chain([line.len()]);
    ends.scan(0, |start, end| line.get(std::mem::replace(start, end + 1)..end))
}

/// The lines that [`show_only`] has taken out of a request.
#[derive(Debug, Clone)]
struct Hidden(Vec<HeaderValue>);

/// Hides all cookies but those of this name that are text, for a library that reads whatever there is;
/// until [`show_all`].
pub fn show_only(mut request: Request, name: &str) -> Request {
    let shown: Vec<_> = named(request.headers(), name)
        .filter_map(|value| HeaderValue::try_from(format!("{name}={value}")).ok())
        .collect();
    if let Entry::Occupied(lines) = request.headers_mut().entry(COOKIE) {
        let hidden = Hidden(lines.remove_entry_mult().1.collect());
        request.extensions_mut().insert(hidden);
    }
    for line in shown {
        request.headers_mut().append(COOKIE, line);
    }
    request
}

/// Shows again what [`show_only`] has hidden.
pub fn show_all(mut request: Request) -> Request {
    if let Some(Hidden(lines)) = request.extensions_mut().remove() {
        request.headers_mut().remove(COOKIE);
        for line in lines {
            request.headers_mut().append(COOKIE, line);
        }
    }
    request
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    const OURS: (&str, &str) = ("ciba_session", "abc");

    fn request(lines: &[&[u8]]) -> Request {
        let mut request = Request::new(Body::empty());
        for line in lines {
            request.headers_mut().append(COOKIE, HeaderValue::from_bytes(line).unwrap());
        }
        request
    }

    fn cookie_lines(request: &Request) -> Vec<&[u8]> {
        request.headers().get_all(COOKIE).iter().map(HeaderValue::as_bytes).collect()
    }

    #[test]
    fn a_cookie_of_another_name_is_shown_to_nobody_who_asks_for_one() {
        let shown = show_only(request(&[b"a=1; ciba_session2=x", b"xciba_session=y"]), OURS.0);
        assert_eq!(cookie_lines(&shown), [b""; 0]);
        assert_eq!(cookie_lines(&show_all(shown)).len(), 2);
        // Two of one name, as a browser sends them that has one for another path, stay in order.
        let shown = show_only(request(&[b"ciba_session=1; a=b", b"ciba_session=2"]), OURS.0);
        assert_eq!(cookie_lines(&shown), [b"ciba_session=1", b"ciba_session=2"]);
        let without = show_all(show_only(request(&[]), OURS.0));
        assert_eq!(cookie_lines(&without), [b""; 0]);
    }

    #[test]
    fn another_page_of_the_host_sets_a_cookie_that_is_no_ascii_or_no_text() {
        for city in ["Zürich".as_bytes(), b"Z\xfcrich", b"\xff", b"", b"a\"b,c\\"] {
            for ours_first in [true, false] {
                let city = [b"city=", city].concat();
                let pairs_sent: [&[u8]; 2] = if ours_first {
                    [b"ciba_session=abc", &city]
                } else {
                    [&city, b"ciba_session=abc"]
                };
                for lines in
                    [vec![pairs_sent.join(&b"; "[..])], pairs_sent.map(<[u8]>::to_vec).into()]
                {
                    let lines: Vec<_> = lines.iter().map(Vec::as_slice).collect();
                    let sent = request(&lines);
                    assert!(pairs(sent.headers()).any(|pair| pair == OURS), "{lines:?}");
                    let shown = show_only(sent, OURS.0);
                    assert_eq!(cookie_lines(&shown), [b"ciba_session=abc"], "{lines:?}");
                    assert_eq!(cookie_lines(&show_all(shown)), lines);
                }
            }
        }
    }

    #[test]
    fn a_pair_without_a_name_or_a_sign_hides_nobody() {
        let request = request(&[b";;  ; flag; =x; a=1=2 ;b=; c=3"]);
        let read: Vec<_> = pairs(request.headers()).collect();
        assert_eq!(read, [("", "x"), ("a", "1=2"), ("b", ""), ("c", "3")]);
    }
}
