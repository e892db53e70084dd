//! Who has signed in, and whether it can be the one who is meant.

use crate::records::PersonHint;
use ciba::{email, phone_number};
use platform::id_token::IdTokenClaims;

/// Who has signed in, as far as a login hint can be compared with it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Person {
    /// The provider's identifier.
    pub subject: String,
    /// The address, where the ID token has one that is not called unverified.
    pub email: Option<String>,
    /// The phone number, likewise.
    pub phone_number: Option<String>,
}

impl From<&IdTokenClaims> for Person {
    fn from(claims: &IdTokenClaims) -> Self {
        let verified = |flag: Option<bool>| flag != Some(false);
        Self {
            subject: claims.sub.clone(),
            email: claims.email.clone().filter(|_| verified(claims.email_verified)),
            phone_number: claims
                .phone_number
                .clone()
                .filter(|_| verified(claims.phone_number_verified)),
        }
    }
}

impl Person {
    /// The name under which a passkey of theirs is kept, 1 to 64 characters.
    pub fn display_name(&self) -> &str {
        let names = [self.email.as_deref(), self.phone_number.as_deref()];
        let fits = |name: &&str| (1..=64).contains(&name.len());
        names.into_iter().flatten().find(fits).unwrap_or(&self.subject)
    }

    /// Whether this cannot be the one who is meant. Where the hint and the claims have nothing in
    /// common to compare, nobody is refused here: the provider decides.
    pub fn is_excluded_by(&self, hint: &PersonHint) -> bool {
        let hint = hint.as_str().trim();
        if hint.is_empty() || hint == self.subject {
            return false;
        }
        if hint.contains('@') {
            let same = |email: &String| email::are_same(email, hint);
            return self.email.as_ref().is_some_and(|email| !same(email));
        }
        if let Ok(phone) = phone_number(hint) {
            let own = self.phone_number.as_deref();
            let same = |own: &str| phone_number(own).unwrap_or_else(|_| digits(own)) == phone;
            return own.is_some_and(|own| !same(own));
        }
        false
    }
}

/// A number that a provider keeps without its plus sign.
fn digits(text: &str) -> String {
    std::iter::once('+').chain(text.chars().filter(char::is_ascii_digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excludes(hint: &str) -> bool {
        let person = Person {
            subject: "u-1".into(),
            email: Some("alex@example.com".into()),
            phone_number: Some("+15550100".into()),
        };
        person.is_excluded_by(&hint.into())
    }

    #[test]
    fn the_right_person_is_recognised_by_each_hint() {
        for hint in [
            "u-1",
            "alex@example.com",
            "Alex@Example.com",
            "+15550100",
            "+1 (555) 01-00",
            "tel:+1.555.0100",
        ] {
            assert!(!excludes(hint), "{hint}");
        }
        let email = Some("a@xn--mnchen-3ya.example".into());
        let person = Person { subject: "u-3".into(), email, phone_number: None };
        assert!(!person.is_excluded_by(&"a@münchen.example".into()));
    }

    #[test]
    fn another_person_is_refused() {
        for hint in ["sam@example.com", "+15550101"] {
            assert!(excludes(hint), "{hint}");
        }
    }

    #[test]
    fn what_cannot_be_compared_is_left_to_the_provider() {
        for hint in ["", "alex", "15550999"] {
            assert!(!excludes(hint), "{hint}");
        }
        let unknown = Person { subject: "u-2".into(), email: None, phone_number: None };
        assert!(!unknown.is_excluded_by(&"sam@example.com".into()));
    }
}
