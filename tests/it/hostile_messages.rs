//! The binding message of a link is text that anybody can write: what the login page shows of it.

use crate::support::{Page, TestApp};

/// What the page shows for a message of a link.
enum Shown {
    /// This text, isolated, and nothing of it as markup or link.
    As(&'static str),
    /// That no reference came with the link.
    Nothing,
    /// The page for a link that is not complete, and nothing of the text.
    Refused,
}

use Shown::{As, Nothing, Refused};

/// The messages, as they stand after `binding_message=` (in an address, so percent-encoded).
const MESSAGES: &[(&str, Shown)] = &[
    // Ordinary ones, and the whole alphabet.
    ("CASE-4711", As("CASE-4711")),
    ("a", As("a")),
    ("12345678901234567890", As("12345678901234567890")),
    ("-._/!", As("-._/!")),
    ("%2B%3F%23", As("+?#")),
    ("A+B", As("A+B")),
    ("A%20B", As("A+B")),
    ("A%2BB", As("A+B")),
    // Looks like something else, and is only text.
    ("www.evil.example", As("www.evil.example")),
    ("evil.example/pay", As("evil.example/pay")),
    ("%2B15550100999", As("+15550100999")),
    ("0900-123456", As("0900-123456")),
    ("CALL-0900-555-0199", As("CALL-0900-555-0199")),
    ("2026-12-24", As("2026-12-24")),
    ("URGENT!!!", As("URGENT!!!")),
    ("../../etc/passwd", As("../../etc/passwd")),
    ("//evil.example", As("//evil.example")),
    ("?redirect", As("?redirect")),
    ("%23fragment", As("#fragment")),
    ("javascript", As("javascript")),
    ("null", As("null")),
    ("undefined", As("undefined")),
    ("NaN", As("NaN")),
    ("-1", As("-1")),
    ("O0Il1", As("O0Il1")),
    ("--", As("--")),
    // Markup and script.
    ("%3Cb%3E", Refused),
    ("%3Cscript%3E", Refused),
    ("%3C/script%3E", Refused),
    ("%3Cimg/src/onerror%3E", Refused),
    ("%22onload%3D1", Refused),
    ("%27-alert(1)-%27", Refused),
    ("javascript:alert(1)", Refused),
    ("%26lt%3Bb%26gt%3B", Refused),
    ("%3C!--", Refused),
    ("%7B%7B7*7%7D%7D", Refused),
    ("%24%7B7*7%7D", Refused),
    ("%3C%3Fphp", Refused),
    // Links and addresses with what a browser would make a link of.
    ("https://evil.example", Refused),
    ("tel:%2B15550100", Refused),
    ("mail@evil.example", Refused),
    ("a%3Db", Refused),
    // Controls.
    ("a%00b", Refused),
    ("a%0Ab", Refused),
    ("a%0D%0ASet-Cookie", Refused),
    ("a%09b", Refused),
    ("a%1Bb", Refused),
    ("a%7Fb", Refused),
    ("a%C2%85b", Refused),
    // Direction: overrides, isolates, marks.
    ("a%E2%80%AEb", Refused),
    ("a%E2%80%ADb", Refused),
    ("a%E2%81%A6b", Refused),
    ("a%E2%81%A9b", Refused),
    ("a%E2%80%8Fb", Refused),
    ("a%D8%9Cb", Refused),
    // There and not seen.
    ("a%E2%80%8Bb", Refused),
    ("a%E2%80%8Db", Refused),
    ("a%EF%BB%BFb", Refused),
    ("a%C2%ADb", Refused),
    ("a%C2%A0b", Refused),
    ("a%F3%A0%81%81b", Refused),
    ("a%EF%B8%8Fb", Refused),
    // Look-alikes, other scripts, emoji.
    ("%D0%A1ASE-4711", Refused),
    ("C%CE%91SE", Refused),
    ("%EF%BC%A3ASE", Refused),
    ("caf%C3%A9", Refused),
    ("e%CC%81", Refused),
    ("%D9%85%D8%B1%D8%AD%D8%A8%D8%A7", Refused),
    ("%F0%9F%94%92", Refused),
    ("%F0%9D%90%82ASE", Refused),
    // Length, emptiness, repetition, broken encoding.
    ("123456789012345678901", Refused),
    ("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", Refused),
    ("", Nothing),
    ("A&binding_message=B", Refused),
    ("A&binding_message=A", Refused),
    ("%FF%FE", Refused),
    ("%C0%AF", Refused),
];

#[tokio::test]
async fn a_message_is_shown_as_isolated_text_or_not_at_all() {
    assert!(MESSAGES.len() >= 60, "{}", MESSAGES.len());
    let app = TestApp::start().await;
    for (index, (message, shown)) in MESSAGES.iter().enumerate() {
        let mut browser = app.browser();
        let path = format!("/login?auth_req_id=request-{index}&binding_message={message}");
        let page = browser.get(&path).await;
        match shown {
            As(text) => shows(message, text, &page),
            Nothing => assert!(page.body.contains("No reference came with the link"), "{path}"),
            Refused => refuses(message, &page),
        }
    }
}

fn shows(message: &str, text: &str, page: &Page) {
    assert_eq!(page.status, 200, "{message}");
    let reference = format!("<bdi dir=\"ltr\" translate=\"no\">{text}</bdi>");
    assert_eq!(page.body.matches(&reference).count(), 1, "{message}: {}", page.body);
    assert!(page.body.contains("Reference that came with the link"), "{message}");
    assert!(page.body.contains("telephone=no,date=no,address=no,email=no"), "{message}");
    assert!(!page.path.contains("binding_message"), "{message}: {}", page.path);
}

fn refuses(message: &str, page: &Page) {
    assert_eq!(page.status, 400, "{message}");
    assert!(page.is("problem-link-malformed"), "{message}: {}", page.body);
    assert!(!page.body.contains("<bdi dir=\"ltr\""), "{message}");
    for echo in ["alert(", "evil.example", "onload", "onerror", "Set-Cookie", "7*7", "\u{202e}"] {
        assert!(!page.body.contains(echo), "{message}: {echo}");
    }
}
