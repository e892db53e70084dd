//! The one form in which e-mail addresses are compared, wherever two of them meet: as it was stored,
//! typed (browsers differ in what they make of it), or told by an identity provider.

use std::borrow::Cow;

use idna::AsciiDenyList;

/// An address as it is compared: upper and lower case are one, and so are the two spellings of an
/// international domain (RFC 5890; UTS #46). What is no address stays as it is, in lower case.
pub fn normal_form(address: &str) -> String {
    let address = address.trim();
    let Some((name, domain)) = address.rsplit_once('@') else { return address.to_lowercase() };
    format!("{}@{}", name.to_lowercase(), ascii_domain(domain))
}

/// The same address with its domain as people write it.
pub fn unicode_form(address: &str) -> String {
    let normal = normal_form(address);
    match normal.rsplit_once('@') {
        Some((name, domain)) => format!("{name}@{}", idna::domain_to_unicode(domain).0),
        None => normal,
    }
}

/// Whether two addresses are the same.
pub fn are_same(one: &str, other: &str) -> bool {
    normal_form(one) == normal_form(other)
}

/// # Security
///
/// The deny list keeps what is mapped to `@` or to a comma from making another address.
fn ascii_domain(domain: &str) -> Cow<'_, str> {
    let mapped = idna::domain_to_ascii_cow(domain.as_bytes(), AsciiDenyList::STD3);
    match mapped {
        Ok(domain) if !domain.is_empty() => domain,
        _ => domain.to_lowercase().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_spellings_of_a_domain_are_one() {
        for other in [
            "a@münchen.example",
            "A@MÜNCHEN.example",
            "a@xn--mnchen-3ya.example",
            "a@XN--MNCHEN-3YA.Example",
            "a@mu\u{308}nchen.example",
            " a@ｍünchen.example ",
        ] {
            assert_eq!(normal_form(other), "a@xn--mnchen-3ya.example", "{other}");
            assert_eq!(unicode_form(other), "a@münchen.example", "{other}");
        }
        assert!(are_same("Alex@Example.com", "alex@example.COM"));
        assert!(!are_same("alex@example.com", "alex@example.org"));
        assert!(!are_same("alex@example.com", "sam@example.com"));
    }

    #[test]
    fn nothing_is_mapped_into_another_address() {
        for odd in ["a@b\u{ff20}c.example", "a@b\u{ff0c}c.example", "a@xn--a", "a@", "a", ""] {
            assert_eq!(normal_form(odd), odd, "{odd}");
        }
    }
}
