//! Browsers within apps, which open links without being browsers: no passkeys in most of them, and
//! no sign-in at Google (its answer is `disallowed_useragent`).
//!
//! A user agent is a hint and no proof, so it only ever changes what is offered.

use std::borrow::Cow;

use axum::http::header::USER_AGENT;
use axum::http::{HeaderMap, HeaderValue};

/// What the user agents of such apps have and no browser's has.
const SIGNS: [&str; 13] = [
    "; wv)",
    "FBAN/",
    "FBAV/",
    "FB_IAB/",
    "Instagram ",
    "Line/",
    "GSA/",
    "MicroMessenger/",
    "LinkedInApp",
    "Snapchat/",
    "Pinterest/",
    "BytedanceWebview",
    "musical_ly",
];

/// The systems that open their browser for an address of a kind of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// Android: `intent:` addresses.
    Android,
    /// iOS and iPadOS: `x-safari-https:` addresses.
    Ios,
    /// None of them.
    Other,
}

/// The system that a browser runs on, as far as it says so itself.
pub fn system(headers: &HeaderMap) -> System {
    let agent = user_agent(headers);
    if agent.contains("Android") {
        System::Android
    } else if agent.contains("iPhone") || agent.contains("iPad") {
        System::Ios
    } else {
        System::Other
    }
}

/// Whether the request comes from a browser within an app.
pub fn is_embedded(headers: &HeaderMap) -> bool {
    is_app(&user_agent(headers))
}

/// What the browser calls itself. Apps write their name and the phone's model into it as they are, in
/// UTF-8 too; what is not text is replaced.
pub fn user_agent(headers: &HeaderMap) -> Cow<'_, str> {
    let value = headers.get(USER_AGENT).map(HeaderValue::as_bytes);
    String::from_utf8_lossy(value.unwrap_or_default())
}

fn is_app(agent: &str) -> bool {
    // On iOS every browser calls itself Safari, too; a bare web view does not.
    let is_bare = agent.contains("AppleWebKit/")
        && agent.contains(" Mobile/")
        && !agent.contains("Safari/")
        && (agent.contains("iPhone") || agent.contains("iPad"));
    is_bare || SIGNS.iter().any(|sign| agent.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) \
         AppleWebKit/605.1.15 (KHTML, like Gecko)";

    #[test]
    fn an_app_writes_its_name_into_the_user_agent_as_it_is() {
        for name in ["文件管理".as_bytes(), b"Caf\xe9"] {
            let agent = [IPHONE.as_bytes(), b" Mobile/15E148 FBAN/ ", name].concat();
            let mut headers = HeaderMap::new();
            headers.insert(USER_AGENT, HeaderValue::from_bytes(&agent).unwrap());
            assert!(is_embedded(&headers));
            assert_eq!(system(&headers), System::Ios);
        }
        assert!(!is_embedded(&HeaderMap::new()));
    }

    #[test]
    fn tells_apps_from_browsers() {
        for agent in [
            format!("{IPHONE} Mobile/15E148"),
            format!("{IPHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/500.0]"),
            format!("{IPHONE} GSA/360.0 Mobile/15E148 Safari/604.1"),
            format!("{IPHONE} Mobile/15E148 Safari Line/15.1.0"),
            format!("{IPHONE} Mobile/15E148 Instagram 380.0"),
            "Mozilla/5.0 (Linux; Android 15; Pixel 9 Build/X; wv) AppleWebKit/537.36 (KHTML, like \
             Gecko) Version/4.0 Chrome/140.0 Mobile Safari/537.36"
                .into(),
        ] {
            assert!(is_app(&agent), "{agent}");
        }
        for agent in [
            format!("{IPHONE} Version/18.5 Mobile/15E148 Safari/604.1"),
            format!("{IPHONE} CriOS/140.0 Mobile/15E148 Safari/604.1"),
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/140.0.0.0 Mobile Safari/537.36"
                .into(),
            "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0".into(),
            String::new(),
        ] {
            assert!(!is_app(&agent), "{agent}");
        }
    }
}
