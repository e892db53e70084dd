//! Reads the agent's form into an [`Order`].

use std::str::FromStr;

use serde::Deserialize;

use super::requests::Order;
use crate::codes::RequestChannel;
use ciba::{BindingMessage, Contact, InvalidBindingMessage, InvalidLoginHint, LoginHint};
use messages::texts::{Language, Words};

/// The most characters of the text in front of the link: with the link it then still fits into two
/// short messages. The API documents no limit.
pub const LONGEST_TEXT: usize = 160;

/// How many seconds a request may be given; the first is the default.
pub const LIFETIMES: [u32; 3] = [600, 300, 120];

/// The form as it was sent, so that it can be shown again as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct OrderForm {
    /// The customer.
    pub customer: String,
    /// What the customer field holds: empty for "guess it".
    pub customer_type: String,
    /// How the agent speaks with the customer. Nothing is chosen beforehand: the customer's page would
    /// say something untrue in the name of whoever did not look.
    pub contact: String,
    /// How the link travels.
    pub channel: String,
    /// The reference.
    pub reference: String,
    /// The agent's own text in front of the link.
    pub custom_message: String,
    /// The language of ours: empty for the provider's own text.
    pub text_language: String,
    /// Seconds.
    pub lifetime: String,
    /// What makes this form count once.
    pub form_key: String,
}

/// What is wrong with a form, and at which field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOrder {
    /// There is no customer.
    #[error("order not taken: there is no customer")]
    CustomerMissing,
    /// The customer cannot be one.
    #[error("order not taken: the customer is nobody's identifier")]
    CustomerMalformed,
    /// A phone number lacks its country.
    #[error("order not taken: the phone number has no country")]
    PhoneWithoutCountry,
    /// Nobody has said how the agent and the customer came to speak.
    #[error("order not taken: it is not said who called whom")]
    ContactMissing,
    /// There is no reference.
    #[error("order not taken: there is no reference")]
    ReferenceMissing,
    /// The reference is too long.
    #[error("order not taken: the reference has {length} characters, and {most} are allowed")]
    ReferenceTooLong {
        /// How many characters it has.
        length: usize,
        /// The most that the provider takes.
        most: usize,
    },
    /// The reference has a character that is not allowed.
    #[error("order not taken: the reference holds {0:?}")]
    ReferenceCharacter(char),
    /// The text is too long.
    #[error("order not taken: the text has {0} characters")]
    TextTooLong(usize),
    /// The text has a line break or another control character.
    #[error("order not taken: the text is not one line")]
    TextMalformed,
    /// The form was not made by this page.
    #[error("order not taken: the form is not ours")]
    Form,
}

/// A field of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The customer.
    Customer,
    /// How the agent speaks with the customer.
    Contact,
    /// The reference.
    Reference,
    /// The text in front of the link.
    CustomMessage,
    /// None in particular.
    Form,
}

impl InvalidOrder {
    /// What the agent is told.
    pub fn advice(self, words: &Words) -> String {
        match self {
            Self::CustomerMissing => words.text("desk-invalid-customer-missing"),
            Self::CustomerMalformed => words.text("desk-invalid-customer-malformed"),
            Self::PhoneWithoutCountry => words.text("desk-invalid-country"),
            Self::ContactMissing => words.text("desk-invalid-contact"),
            Self::ReferenceMissing => words.text("desk-invalid-reference-missing"),
            Self::ReferenceTooLong { length, most } => {
                let lengths = [("length", length.into()), ("most", most.into())];
                words.isolated("desk-invalid-reference-long", &lengths)
            }
            Self::ReferenceCharacter(character) => {
                let shown = character.escape_debug().to_string();
                words.isolated("desk-invalid-reference-character", &[("character", shown.into())])
            }
            Self::TextTooLong(length) => {
                words.isolated("desk-invalid-text-long", &[("length", length.into())])
            }
            Self::TextMalformed => words.text("desk-invalid-text-malformed"),
            Self::Form => words.text("desk-invalid-form"),
        }
    }

    /// The field that has to be changed.
    pub fn field(self) -> Field {
        match self {
            Self::CustomerMissing | Self::CustomerMalformed | Self::PhoneWithoutCountry => {
                Field::Customer
            }
            Self::ContactMissing => Field::Contact,
            Self::ReferenceMissing
            | Self::ReferenceTooLong { .. }
            | Self::ReferenceCharacter(_) => Field::Reference,
            Self::TextTooLong(_) | Self::TextMalformed => Field::CustomMessage,
            Self::Form => Field::Form,
        }
    }
}

impl OrderForm {
    /// The form of an order that was placed before.
    pub fn of(order: &Order, form_key: String) -> Self {
        let named = if order.type_guessed { "" } else { order.login_hint_type.as_str() };
        Self {
            customer: order.login_hint.clone(),
            customer_type: named.into(),
            contact: order.contact.map(Contact::as_str).unwrap_or_default().into(),
            channel: order.channel.as_str().into(),
            reference: order.binding_message.to_string(),
            custom_message: order.custom_message.clone().unwrap_or_default(),
            text_language: order.text_language.map(Language::tag).unwrap_or_default().into(),
            lifetime: order.requested_expiry.to_string(),
            form_key,
        }
    }

    /// Reads the form. The provider takes references of `longest` characters.
    pub fn parse(&self, longest: usize) -> Result<Order, InvalidOrder> {
        let channel: RequestChannel = self.channel.parse().map_err(|_| InvalidOrder::Form)?;
        let lifetime = self.lifetime.parse().ok();
        let requested_expiry =
            lifetime.filter(|seconds| LIFETIMES.contains(seconds)).ok_or(InvalidOrder::Form)?;
        let text_language = word(&self.text_language)?;
        let customer = self.customer()?;
        let contact = word(&self.contact)?.ok_or(InvalidOrder::ContactMissing)?;
        Ok(Order {
            login_hint: customer.as_str().to_owned(),
            login_hint_type: customer.kind(),
            type_guessed: customer.is_guessed(),
            channel,
            binding_message: self.reference(longest)?,
            custom_message: self.text()?,
            text_language,
            contact: Some(contact),
            requested_expiry,
        })
    }

    fn customer(&self) -> Result<LoginHint, InvalidOrder> {
        let named = word(&self.customer_type)?;
        LoginHint::parse(&self.customer, named).map_err(|error| match error {
            InvalidLoginHint::Empty => InvalidOrder::CustomerMissing,
            InvalidLoginHint::PhoneWithoutCountry => InvalidOrder::PhoneWithoutCountry,
            InvalidLoginHint::Phone
            | InvalidLoginHint::Email
            | InvalidLoginHint::UserId
            | InvalidLoginHint::TooLong => InvalidOrder::CustomerMalformed,
        })
    }

    fn reference(&self, longest: usize) -> Result<BindingMessage, InvalidOrder> {
        BindingMessage::parse_within(self.reference.trim(), longest).map_err(|error| match error {
            InvalidBindingMessage::Empty => InvalidOrder::ReferenceMissing,
            InvalidBindingMessage::TooLong(length, most) => {
                InvalidOrder::ReferenceTooLong { length, most }
            }
            InvalidBindingMessage::Character(other) => InvalidOrder::ReferenceCharacter(other),
        })
    }

    fn text(&self) -> Result<Option<String>, InvalidOrder> {
        let text = self.custom_message.trim();
        let length = text.chars().count();
        if length > LONGEST_TEXT {
            return Err(InvalidOrder::TextTooLong(length));
        }
        if text.chars().any(char::is_control) {
            return Err(InvalidOrder::TextMalformed);
        }
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }
}

/// A choice that need not be made.
fn word<T: FromStr>(text: &str) -> Result<Option<T>, InvalidOrder> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| InvalidOrder::Form)
}

#[cfg(test)]
mod tests {
    use super::*;
    use transmit::LoginHintType;

    fn form(customer: &str) -> OrderForm {
        OrderForm {
            customer: customer.into(),
            contact: "branch".into(),
            channel: "sms".into(),
            reference: "CASE-4711".into(),
            lifetime: "600".into(),
            ..OrderForm::default()
        }
    }

    #[test]
    fn says_what_a_customer_was_taken_for() {
        for (typed, hint, kind) in [
            (" +1 (555) 01-00 ", "+15550100", LoginHintType::Phone),
            ("alex@example.com", "alex@example.com", LoginHintType::Email),
            ("4Zc0nEh2_qkd", "4Zc0nEh2_qkd", LoginHintType::UserId),
        ] {
            let order = form(typed).parse(20).unwrap();
            assert_eq!((order.login_hint.as_str(), order.login_hint_type), (hint, kind));
            assert!(order.type_guessed);
        }
        let named = OrderForm { customer_type: "user_id".into(), ..form("+15550100") };
        let named = named.parse(20).unwrap();
        assert_eq!((named.login_hint_type, named.type_guessed), (LoginHintType::UserId, false));
    }

    #[test]
    fn refuses_customers_that_cannot_be_reached() {
        for (typed, expected) in [
            ("", InvalidOrder::CustomerMissing),
            ("  ", InvalidOrder::CustomerMissing),
            ("5550100", InvalidOrder::PhoneWithoutCountry),
            ("+1", InvalidOrder::CustomerMalformed),
            ("+1 555 0100 0100 0100 0100", InvalidOrder::CustomerMalformed),
            ("alex@", InvalidOrder::CustomerMalformed),
            ("a b", InvalidOrder::CustomerMalformed),
        ] {
            assert_eq!(form(typed).parse(20), Err(expected), "{typed:?}");
        }
        assert_eq!(form(&"x".repeat(255)).parse(20), Err(InvalidOrder::CustomerMalformed));
    }

    #[test]
    fn names_what_is_wrong_with_reference_and_text() {
        let reference = |text: &str| OrderForm { reference: text.into(), ..form("a@b.example") };
        assert_eq!(reference("").parse(20), Err(InvalidOrder::ReferenceMissing));
        assert_eq!(reference("a b").parse(20), Err(InvalidOrder::ReferenceCharacter(' ')));
        let long = reference(&"x".repeat(21)).parse(20);
        let too_long = InvalidOrder::ReferenceTooLong { length: 21, most: 20 };
        assert_eq!(long, Err(too_long));
        assert!(reference(&"x".repeat(50)).parse(50).is_ok());
        let text = |text: &str| OrderForm { custom_message: text.into(), ..form("a@b.example") };
        assert_eq!(text("a\nb").parse(20), Err(InvalidOrder::TextMalformed));
        assert_eq!(text(&"x".repeat(161)).parse(20), Err(InvalidOrder::TextTooLong(161)));
        assert_eq!(text(" ").parse(20).unwrap().custom_message, None);
    }

    #[test]
    fn reads_who_called_whom_and_the_language_of_the_text_and_writes_them_back() {
        let plain = form("a@b.example").parse(20).unwrap();
        assert_eq!((plain.contact, plain.text_language), (Some(Contact::Branch), None));
        let unsaid = OrderForm { contact: String::new(), ..form("a@b.example") };
        assert_eq!(unsaid.parse(20), Err(InvalidOrder::ContactMissing));
        let chosen = OrderForm {
            contact: "company_called".into(),
            text_language: "ar".into(),
            ..form("a@b.example")
        };
        let order = chosen.parse(20).unwrap();
        assert_eq!(order.contact, Some(Contact::CompanyCalled));
        assert_eq!(order.text_language, Some(Language::Ar));
        let again = OrderForm::of(&order, String::new());
        assert_eq!((again.contact, again.text_language), (chosen.contact, chosen.text_language));
    }

    #[test]
    fn refuses_forms_of_other_makers() {
        for change in [
            |form: &mut OrderForm| form.channel = "pigeon".into(),
            |form: &mut OrderForm| form.lifetime = "86400".into(),
            |form: &mut OrderForm| form.customer_type = "name".into(),
            |form: &mut OrderForm| form.contact = "dream".into(),
            |form: &mut OrderForm| form.text_language = "xx".into(),
        ] {
            let mut form = form("a@b.example");
            change(&mut form);
            assert_eq!(form.parse(20), Err(InvalidOrder::Form));
        }
    }
}
