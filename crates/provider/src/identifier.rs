//! `identifier` and `identifier_type`: how the API's calls name a user.

use super::contact::{Email, PhoneNumber};
use super::users::{self, User};
use platform::storage::{Storage, StorageError};

/// A user as a caller names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identifier {
    /// By mail address, verified or not.
    Email(Email),
    /// By telephone number, verified or not.
    PhoneNumber(PhoneNumber),
    /// By the provider's own identifier.
    UserId(String),
    /// By the name of the user's passkeys, or by any of the others: people type their address where
    /// a page asks for a name. An address or a number is normalised.
    Username(String),
}

/// Type and text do not go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidIdentifier {
    /// Transmit also knows types that an application defines; the embedded provider has none.
    #[error("identifier_type must be email, phone_number, user_id or username")]
    Type,
    /// The text is not of its type.
    #[error("identifier is not of its type")]
    Text,
}

/// The longest name of a user that is documented.
pub(super) const MAX_USERNAME: usize = 64;

impl Identifier {
    /// Reads an identifier of the named type.
    pub fn parse(kind: &str, text: &str) -> Result<Self, InvalidIdentifier> {
        let short = (1..=MAX_USERNAME).contains(&text.chars().count());
        match kind {
            "email" => Email::parse(text).map(Self::Email).map_err(|_| InvalidIdentifier::Text),
            "phone_number" => {
                PhoneNumber::parse(text).map(Self::PhoneNumber).map_err(|_| InvalidIdentifier::Text)
            }
            "user_id" if short && contact(text).is_none() => Ok(Self::UserId(text.to_owned())),
            "username" if short => {
                Ok(Self::Username(contact(text).unwrap_or_else(|| text.to_owned())))
            }
            "user_id" | "username" => Err(InvalidIdentifier::Text),
            _ => Err(InvalidIdentifier::Type),
        }
    }

    /// The user who is named.
    pub async fn find(&self, storage: &Storage) -> Result<Option<User>, StorageError> {
        match self {
            Self::Email(email) => users::find_by_email(storage, email).await,
            Self::PhoneNumber(number) => users::find_by_phone_number(storage, number).await,
            Self::UserId(user_id) => users::find(storage, user_id).await,
            Self::Username(username) => {
                let user_id: Option<String> = sqlx::query_scalar(
                    "SELECT user_id FROM webauthn_accounts WHERE username IN ($1, $2)",
                )
                .bind(username)
                .bind(in_unicode(username))
                .fetch_optional(storage.reader())
                .await?;
                if let Some(user_id) = user_id {
                    return users::find(storage, &user_id).await;
                }
                match (Email::parse(username), PhoneNumber::parse(username)) {
                    (Ok(email), _) => users::find_by_email(storage, &email).await,
                    (_, Ok(number)) => users::find_by_phone_number(storage, &number).await,
                    _ => users::find(storage, username).await,
                }
            }
        }
    }

    /// The text, in its usual form. Personal: never for a log.
    pub fn text(&self) -> &str {
        match self {
            Self::Email(email) => email.as_str(),
            Self::PhoneNumber(number) => number.as_str(),
            Self::UserId(text) | Self::Username(text) => text,
        }
    }
}

/// A name as rows of earlier versions have it: an address with the domain as people write it.
pub(super) fn in_unicode(name: &str) -> String {
    Email::parse(name).map_or_else(|_| name.to_owned(), |email| email.in_unicode())
}

/// An address or a number in its usual form, where the text is one.
pub(super) fn contact(text: &str) -> Option<String> {
    let email = Email::parse(text).map(String::from).ok();
    email.or_else(|| PhoneNumber::parse(text).map(String::from).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_and_text_have_to_go_together() {
        assert_eq!(
            Identifier::parse("email", "Alex@Example.com"),
            Ok(Identifier::Email(Email::parse("alex@example.com").unwrap()))
        );
        for (kind, text) in [
            ("email", "+15550100"),
            ("phone_number", "alex@example.com"),
            ("user_id", ""),
            // No identifier of ours looks like that, and what is refused for everybody tells nothing.
            ("user_id", "alex@example.com"),
            ("username", &"x".repeat(65)),
        ] {
            assert_eq!(Identifier::parse(kind, text), Err(InvalidIdentifier::Text), "{kind}");
        }
        assert_eq!(Identifier::parse("loyalty_card", "1"), Err(InvalidIdentifier::Type));
    }

    #[test]
    fn an_address_is_the_same_name_however_it_is_called() {
        let by_name = Identifier::parse("username", "Alex@Example.com").unwrap();
        let by_address = Identifier::parse("email", "alex@example.COM").unwrap();
        assert_eq!(by_name.text(), by_address.text());
        assert_eq!(Identifier::parse("username", "Alex").unwrap().text(), "Alex");
    }
}
