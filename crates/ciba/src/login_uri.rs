//! What a client's `login_uri` must not be (docs/transmit-api.md, 6). Every link is made from it by
//! appending `auth_req_id` and `binding_message`.

use url::Url;

/// Why an address is no `login_uri`, as the end of a sentence; nothing where it may be one.
///
/// # Security
///
/// Of two values with one name it depends on the reader which one counts: the page must never be asked
/// about another request than the one that the link is for.
pub fn fault(uri: &Url) -> Option<&'static str> {
    let has = |name: &str| uri.query_pairs().any(|(other, _)| other == name);
    if uri.fragment().is_some() {
        Some("must not have a fragment")
    } else if !uri.username().is_empty() || uri.password().is_some() {
        Some("must not have a user name or a password")
    } else if has("auth_req_id") || has("binding_message") {
        Some("must not have auth_req_id or binding_message: each link has its own")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_link_is_in_the_address_that_it_is_made_from() {
        let is_good = |uri: &str| fault(&uri.parse().unwrap()).is_none();
        assert!(is_good("https://bank.example/login"));
        assert!(is_good("https://bank.example/login?lang=de&x=auth_req_id"));
        for uri in [
            "https://bank.example@evil.example/login",
            "https://alex:hunter2@bank.example/login",
            "https://:hunter2@bank.example/login",
            "https://bank.example/login?auth_req_id=1",
            "https://bank.example/login?lang=de&auth%5Freq_id=1",
            "https://bank.example/login?binding_message",
            "https://bank.example/login#here",
        ] {
            assert!(!is_good(uri), "{uri}");
        }
    }
}
