//! What reads text from outside, each with what must hold of whatever comes. `make fuzz` looks for what
//! breaks it with libFuzzer; the ordinary tests run the corpora and some thousand changes of each file.
#![expect(clippy::unwrap_used, reason = "a target stops at what it did not expect")]

use std::sync::{Arc, OnceLock};

use axum::body::Body;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::COOKIE;
use ciba_login::config::{Config, Logo};
use ciba_login::site::request::link::Link;
use jsonwebtoken::jwk::Jwk;
use messages::texts::Texts;
use platform::id_token::{self, Expected, Party};
use platform::ids::Entropy;
use platform::request_cookies;
use platform::seal::{Sealer, SealingKey};
use provider::{RequestContext, encoded_result};
use serde_json::Value;

/// The names of all targets, which are those of their corpora.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const ALL: [Target; 7] = [
    ("query", query),
    ("cookies", cookies),
    ("sealed", sealed),
    ("webauthn_encoded_result", webauthn_encoded_result),
    ("request_context", request_context),
    ("jwt", jwt),
    ("svg_logo", svg_logo),
];

/// The query of a link: what is read is a request, and reads the same again.
pub fn query(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Ok(link) = Link::parse(&text) else { return };
    let message = link.message.as_ref().map(|message| format!("&binding_message={message}"));
    let message = message.unwrap_or_default().replace('+', "%2B").replace('#', "%23");
    let again = format!("auth_req_id={}{message}", link.auth_req_id.as_str());
    let again = Link::parse(&again).unwrap();
    assert_eq!((again.auth_req_id, again.message), (link.auth_req_id, link.message));
}

/// The `Cookie` header: a pair of ours is found beside whatever else is there, also where all others
/// are hidden; and then they are all there again.
pub fn cookies(data: &[u8]) {
    let line = [data, b"; ciba_session=abc"].concat();
    let Ok(line) = HeaderValue::from_bytes(&line) else { return };
    let mut request = Request::new(Body::empty());
    request.headers_mut().insert(COOKIE, line.clone());
    let has_ours = |request: &Request| {
        request_cookies::pairs(request.headers()).any(|pair| pair == ("ciba_session", "abc"))
    };
    assert!(has_ours(&request));
    let shown = request_cookies::show_only(request, "ciba_session");
    assert!(has_ours(&shown));
    let shown = request_cookies::show_all(shown);
    assert_eq!(shown.headers().get_all(COOKIE).iter().collect::<Vec<_>>(), [&line]);
}

/// Zeros: what is sealed here is the same each time.
#[derive(Debug)]
struct Nothing;

impl Entropy for Nothing {
    fn fill(&self, destination: &mut [u8]) -> Result<(), platform::ids::NoEntropy> {
        destination.fill(0);
        Ok(())
    }
}

/// A sealed value: only what was sealed opens, and only as what it was sealed for.
pub fn sealed(data: &[u8]) {
    static SEALED: OnceLock<(Sealer, String)> = OnceLock::new();
    let (sealer, whole) = SEALED.get_or_init(|| {
        let key = SealingKey::parse("ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=").unwrap();
        let sealer = Sealer::new(&key, None, Arc::new(Nothing));
        let whole = sealer.seal("fuzz", &"a request").unwrap();
        (sealer, whole)
    });
    // A corpus cannot hold what a change of the sealing would make useless: `#` stands for the whole.
    let text = String::from_utf8_lossy(data).replace('#', whole);
    let opened = sealer.open::<String>("fuzz", &text);
    assert_eq!(opened.is_ok(), text == *whole, "{text}");
    assert!(sealer.open::<String>("another purpose", &text).is_err());
    assert!(sealer.open::<Value>("", &text).is_err());
}

/// A browser's answer to a ceremony: what is read names one passkey of a sane length.
pub fn webauthn_encoded_result(data: &[u8]) {
    use base64::Engine;
    let encoded = base64::engine::general_purpose::STANDARD.encode(data);
    // As it comes, and as the text within the base64.
    for text in [&*String::from_utf8_lossy(data), encoded.as_str()] {
        if let Ok(read) = encoded_result::assertion(text) {
            assert!((1..=1023).contains(&read.credential.raw_id.len()));
        }
        if let Ok(read) = encoded_result::attestation(text) {
            assert!((1..=1023).contains(&read.credential.raw_id.len()));
        }
    }
}

/// A client's `request_context`: no message has an address, or what nobody sees.
pub fn request_context(data: &[u8]) {
    static TEXTS: OnceLock<Arc<Texts>> = OnceLock::new();
    let texts = TEXTS.get_or_init(|| Arc::new(Texts::load(&Config::default().brand).unwrap()));
    let Ok(context) = RequestContext::parse(&String::from_utf8_lossy(data), texts) else { return };
    let message = context.custom_message.unwrap_or_default();
    let lower = message.to_lowercase();
    for part in ["://", "www.", "\u{202e}", "\u{200b}", "\n"] {
        assert!(!lower.contains(part), "{message:?}");
    }
    for (place, domain) in lower.match_indices(".com") {
        let is_name = lower[..place].ends_with(|c: char| c.is_ascii_alphanumeric());
        // A dash ends an address, as what is no letter does.
        let goes_on = lower[place + domain.len()..]
            .starts_with(|c: char| c.is_alphanumeric() && c <= '\u{24f}');
        assert!(!is_name || goes_on, "{message:?}");
    }
}

/// A token: none is believed that its issuer has not signed.
pub fn jwt(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Ok(header) = id_token::header(&text) else { return };
    // RFC 7515, appendix A.3: the key of everybody, whose private half signs nothing here.
    let key = r#"{"kty":"EC","crv":"P-256","kid":"k1","use":"sig","alg":"ES256",
        "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
    let key: Jwk = serde_json::from_str(key).unwrap();
    let party = Party { issuer: "https://issuer.example", client_id: "client", now: 0 };
    let read = id_token::verify(&text, &header, &[key], party, Expected::default());
    assert!(read.is_err(), "{text}");
}

/// The brand's logo: what is served as a picture holds nothing that acts.
pub fn svg_logo(data: &[u8]) {
    let Ok(logo) = Logo::parse(data.to_vec()) else { return };
    if logo.media_type != "image/svg+xml" {
        return;
    }
    let text = String::from_utf8_lossy(data).to_ascii_lowercase();
    for tag in text.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap_or_default();
        let end = |c: char| !(c.is_alphanumeric() || "-_.".contains(c));
        let name = tag.split(|c| end(c) && c != ':').next().unwrap_or_default();
        let name = name.rsplit(':').next().unwrap_or_default();
        let acts = ["script", "foreignobject", "iframe", "embed", "object", "a", "use", "set"];
        assert!(!acts.contains(&name), "{text}");
        for (place, _) in tag.match_indices('=') {
            let attribute = tag[..place].trim_end();
            let attribute = attribute.rsplit(end).next();
            assert!(!attribute.unwrap_or_default().starts_with("on"), "{text}");
        }
    }
}
