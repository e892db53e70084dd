//! The form with which an agent starts a request.

use leptos::prelude::*;

use super::input::{DeskInput, Notice};
use crate::codes::RequestChannel;
use crate::desk::order::{Field, LIFETIMES, LONGEST_TEXT, OrderForm};
use crate::desk::phone::Customer;
use ciba::Contact;
use messages::texts::{Language, Words, sms};

/// Renders the form.
pub(super) fn view(input: &DeskInput<'_>) -> impl IntoView + use<> {
    let (form, words) = (input.form, input.words);
    let (field, message) = match input.notice {
        Some(Notice::Invalid(invalid)) => (Some(invalid.field()), Some(invalid.advice(words))),
        Some(Notice::Refused(advice)) => (Some(Field::Form), Some(advice.clone())),
        None => (None, None),
    };
    let at = |wanted: Field| message.clone().filter(|_| field == Some(wanted));
    let sends = input.channels.contains(&RequestChannel::Sms);
    let general = at(Field::Form).map(|text| {
        view! { <p class="notice error" role="alert">{text}</p> }
    });
    let more_is_open = !form.custom_message.is_empty()
        || !form.customer_type.is_empty()
        || !["", "600"].contains(&form.lifetime.as_str());
    view! {
        <section class="start" aria-labelledby="start-title">
            <h2 id="start-title">{words.text("desk-ask")}</h2>
            {general}
            <form method="post" action="/desk/requests">
                <input type="hidden" name="sides" value=input.sides.as_str()/>
                <input type="hidden" name="form_key" value=form.form_key.clone()/>
                {customer(input, at(Field::Customer))}
                {contact(form, at(Field::Contact), words)}
                {channel(form, input.channels, words)}
                {reference(input, at(Field::Reference))}
                <details class="more" open=more_is_open>
                    <summary>{words.text("desk-more")}</summary>
                    {kind(form, words)}
                    {sends.then(|| text_language(form, words))}
                    {sends.then(|| text(form, at(Field::CustomMessage), words))}
                    {lifetime(form, words)}
                </details>
                <button class="button">{words.text("desk-send")}</button>
            </form>
        </section>
    }
}

/// The message of a field, and what ties the two together.
fn fault(id: &'static str, message: Option<String>) -> Option<impl IntoView> {
    message.map(|message| view! { <p class="field-error" id=id role="alert">{message}</p> })
}

fn customer(input: &DeskInput<'_>, message: Option<String>) -> impl IntoView + use<> {
    let (form, words) = (input.form, input.words);
    let is_invalid = message.is_some();
    view! {
        <div class="field">
            <label for="customer">{words.text("desk-customer")}</label>
            <input
                id="customer"
                name="customer"
                value=form.customer.clone()
                required
                maxlength="254"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-describedby="customer-hint customer-error"
                aria-invalid=is_invalid.then_some("true")
            />
            {fault("customer-error", message)}
            <p class="hint" id="customer-hint" data-guess aria-live="polite">
                {words.text("desk-customer-hint")}
            </p>
            {suggestions(&input.customers, input.sides.path(), words)}
        </div>
    }
}

fn kind(form: &OrderForm, words: &Words) -> impl IntoView + use<> {
    let kind = |value: &'static str, label: &str| {
        let selected = form.customer_type == value;
        let label = words.text(label);
        view! { <option value=value selected=selected>{label}</option> }
    };
    let kinds = [
        kind("", "desk-type-guess"),
        kind("phone", "desk-type-phone"),
        kind("email", "desk-type-email"),
        kind("user_id", "desk-type-user"),
    ];
    view! {
        <div class="field">
            <label for="customer-type">{words.text("desk-customer-type")}</label>
            <select id="customer-type" name="customer_type">{kinds.collect_view()}</select>
        </div>
    }
}

/// The demo's customers, to be chosen by a tap.
fn suggestions(
    customers: &[Customer],
    path: &'static str,
    words: &Words,
) -> Option<impl IntoView + use<>> {
    if customers.is_empty() {
        return None;
    }
    let links = customers
        .iter()
        .map(|customer| {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("customer", &customer.phone_number)
                .finish();
            let address = format!("{path}?{query}");
            let name = customer.name.clone();
            let name = if customer.phone_is_verified {
                name
            } else {
                words.plain("desk-not-verified", &[("name", name.into())])
            };
            view! {
                <li>
                    <a
                        class="chip"
                        href=address
                        data-fill=customer.phone_number.clone()
                        title=format!("{} \u{b7} {}", customer.phone_number, customer.email)
                    >
                        {name}
                    </a>
                </li>
            }
        })
        .collect_view();
    Some(view! { <ul class="chips" aria-label=words.text("desk-customers")>{links}</ul> })
}

/// Who called whom: the customer's page tells them what the agent was told, and only they know
/// whether it is true.
fn contact(form: &OrderForm, message: Option<String>, words: &Words) -> impl IntoView + use<> {
    let choice = |contact: Contact, label: &str| {
        let checked = form.contact == contact.as_str();
        let label = words.text(label);
        view! {
            <label class="segment">
                <input type="radio" name="contact" value=contact.as_str() checked=checked required/>
                <span>{label}</span>
            </label>
        }
    };
    let choices = [
        choice(Contact::CustomerCalled, "desk-contact-customer"),
        choice(Contact::CompanyCalled, "desk-contact-company"),
        choice(Contact::Branch, "desk-contact-branch"),
    ];
    view! {
        <fieldset class="field" aria-describedby="contact-hint contact-error">
            <legend>{words.text("desk-contact")}</legend>
            <div class="segments stacked">{choices.collect_view()}</div>
            {fault("contact-error", message)}
            <p class="hint" id="contact-hint">{words.text("desk-contact-hint")}</p>
        </fieldset>
    }
}

/// In which language the customer reads the text in front of the link.
fn text_language(form: &OrderForm, words: &Words) -> impl IntoView + use<> {
    let languages = Language::ALL
        .into_iter()
        .map(|language| {
            let (tag, name) = (language.tag(), language.name());
            let selected = form.text_language == tag;
            view! { <option value=tag selected=selected lang=tag>{name}</option> }
        })
        .collect_view();
    let none = form.text_language.is_empty();
    view! {
        <div class="field">
            <label for="text-language">{words.text("desk-text-language")}</label>
            <select id="text-language" name="text_language">
                {languages}
                <option value="" selected=none>{words.text("desk-text-default")}</option>
            </select>
        </div>
    }
}

fn channel(form: &OrderForm, channels: &[RequestChannel], words: &Words) -> impl IntoView + use<> {
    let choice = |channel: &RequestChannel| {
        let value = channel.as_str();
        let label = match channel {
            RequestChannel::Sms => "desk-channel-sms",
            RequestChannel::Email => "desk-channel-email",
            RequestChannel::Link => "desk-channel-link",
            RequestChannel::Code => "desk-channel-code",
        };
        let checked = form.channel == value;
        let label = words.text(label);
        view! {
            <label class="segment">
                <input type="radio" name="channel" value=value checked=checked required/>
                <span>{label}</span>
            </label>
        }
    };
    let choices: Vec<_> = channels.iter().map(choice).collect();
    view! {
        <fieldset class="field">
            <legend>{words.text("desk-send-by")}</legend>
            <div class="segments">{choices.collect_view()}</div>
        </fieldset>
    }
}

fn reference(input: &DeskInput<'_>, message: Option<String>) -> impl IntoView + use<> {
    let (form, words) = (input.form, input.words);
    let is_invalid = message.is_some();
    view! {
        <div class="field">
            <label for="reference">{words.text("desk-reference")}</label>
            <input
                id="reference"
                class="mono"
                name="reference"
                value=form.reference.clone()
                required
                maxlength=input.longest_reference.to_string()
                autocomplete="off"
                autocapitalize="characters"
                spellcheck="false"
                aria-describedby="reference-hint reference-error"
                aria-invalid=is_invalid.then_some("true")
            />
            {fault("reference-error", message)}
            <p class="hint" id="reference-hint">{words.text("desk-reference-hint")}</p>
        </div>
    }
}

fn text(form: &OrderForm, message: Option<String>, words: &Words) -> impl IntoView + use<> {
    let is_invalid = message.is_some();
    view! {
        <div class="field">
            <label for="custom-message">{words.text("desk-text")}</label>
            <input
                id="custom-message"
                name="custom_message"
                value=form.custom_message.clone()
                maxlength=LONGEST_TEXT.to_string()
                autocomplete="off"
                placeholder=sms::request(words)
                aria-describedby="custom-message-error"
                aria-invalid=is_invalid.then_some("true")
            />
            {fault("custom-message-error", message)}
        </div>
    }
}

fn lifetime(form: &OrderForm, words: &Words) -> impl IntoView + use<> {
    let options = LIFETIMES
        .iter()
        .map(|seconds| {
            let value = seconds.to_string();
            let selected = form.lifetime == value;
            let label = words.plain("desk-minutes", &[("minutes", (seconds / 60).into())]);
            view! { <option value=value selected=selected>{label}</option> }
        })
        .collect_view();
    view! {
        <div class="field">
            <label for="lifetime">{words.text("desk-lifetime")}</label>
            <select id="lifetime" name="lifetime">{options}</select>
        </div>
    }
}
