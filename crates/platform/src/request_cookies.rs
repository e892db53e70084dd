//! The one way to read the `Cookie` header (RFC 6265, section 5.4), and to add to `Set-Cookie`.
//!
//! Every page of a host sets cookies for all of it, and browsers send what was set byte by byte
//! (`document.cookie = "city=Zürich"`). A pair that is not text is skipped, never its neighbours.

use axum::extract::Request;
use axum::http::header::{COOKIE, SET_COOKIE};
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

/// Removes the pairs that are not text, for libraries that skip the whole line because of one.
pub fn drop_unreadable(mut request: Request) -> Request {
    let lines = request.headers().get_all(COOKIE);
    if lines.iter().all(|line| std::str::from_utf8(line.as_bytes()).is_ok()) {
        return request;
    }
    let readable: Vec<_> =
        pairs(request.headers()).map(|(name, value)| format!("{name}={value}")).collect();
    match HeaderValue::try_from(readable.join("; ")) {
        Ok(line) => request.headers_mut().insert(COOKIE, line),
        Err(_) => request.headers_mut().remove(COOKIE),
    };
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
                    let request = request(&lines);
                    assert!(pairs(request.headers()).any(|pair| pair == OURS), "{lines:?}");
                    let request = drop_unreadable(request);
                    assert!(pairs(request.headers()).any(|pair| pair == OURS), "{lines:?}");
                    for line in request.headers().get_all(COOKIE) {
                        assert!(std::str::from_utf8(line.as_bytes()).is_ok(), "{line:?}");
                    }
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
