//! The form with which an agent starts a request.

use leptos::prelude::*;

use super::{Input, Notice};
use crate::server::desk::order::{Field, LIFETIMES, LONGEST_TEXT, OrderForm};
use crate::server::desk::phone::Customer;

/// Renders the form.
pub(super) fn view(input: &Input<'_>) -> impl IntoView + use<> {
    let form = input.form;
    let (field, message) = match input.notice {
        Some(Notice::Invalid(invalid)) => (Some(invalid.field()), Some(invalid.to_string())),
        Some(Notice::Refused(advice)) => (Some(Field::Form), Some(advice.clone())),
        None => (None, None),
    };
    let at = |wanted: Field| message.clone().filter(|_| field == Some(wanted));
    let general = at(Field::Form).map(|text| {
        view! { <p class="notice error" role="alert">{text}</p> }
    });
    let more_is_open = !form.custom_message.is_empty()
        || !form.customer_type.is_empty()
        || !["", "600"].contains(&form.lifetime.as_str());
    view! {
        <section class="start" aria-labelledby="start-title">
            <h2 id="start-title">"Ask a customer"</h2>
            {general}
            <form method="post" action="/desk/requests">
                <input type="hidden" name="sides" value=input.sides.as_str()/>
                <input type="hidden" name="form_key" value=form.form_key.clone()/>
                {customer(input, at(Field::Customer))}
                {channel(form)}
                {reference(form, at(Field::Reference))}
                <details class="more" open=more_is_open>
                    <summary>"More choices"</summary>
                    {kind(form)}
                    {text(form, at(Field::CustomMessage))}
                    {lifetime(form)}
                </details>
                <button class="button">"Send the request"</button>
            </form>
        </section>
    }
}

/// The message of a field, and what ties the two together.
fn fault(id: &'static str, message: Option<String>) -> Option<impl IntoView> {
    message.map(|message| view! { <p class="field-error" id=id role="alert">{message}</p> })
}

fn customer(input: &Input<'_>, message: Option<String>) -> impl IntoView + use<> {
    let form = input.form;
    let is_invalid = message.is_some();
    view! {
        <div class="field">
            <label for="customer">"Customer"</label>
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
                "Phone number with country, e-mail address or user ID"
            </p>
            {suggestions(&input.customers, input.sides.path())}
        </div>
    }
}

fn kind(form: &OrderForm) -> impl IntoView + use<> {
    let kind = |value: &'static str, label: &'static str| {
        let selected = form.customer_type == value;
        view! { <option value=value selected=selected>{label}</option> }
    };
    let kinds = [
        kind("", "Tell from what I type"),
        kind("phone", "Phone number"),
        kind("email", "E-mail address"),
        kind("user_id", "User ID"),
    ];
    view! {
        <div class="field">
            <label for="customer-type">"The customer is given as"</label>
            <select id="customer-type" name="customer_type">{kinds.collect_view()}</select>
        </div>
    }
}

/// The demo's customers, to be chosen by a tap.
fn suggestions(customers: &[Customer], path: &'static str) -> Option<impl IntoView + use<>> {
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
            let note = (!customer.phone_is_verified).then_some(", not verified");
            view! {
                <li>
                    <a
                        class="chip"
                        href=address
                        data-fill=customer.phone_number.clone()
                        title=format!("{} or {}", customer.phone_number, customer.email)
                    >
                        {customer.name.clone()}
                        {note}
                    </a>
                </li>
            }
        })
        .collect_view();
    Some(view! { <ul class="chips" aria-label="Customers of the demo">{links}</ul> })
}

fn channel(form: &OrderForm) -> impl IntoView + use<> {
    let choice = |value: &'static str, label: &'static str| {
        let checked = form.channel == value;
        view! {
            <label class="segment">
                <input type="radio" name="channel" value=value checked=checked required/>
                <span>{label}</span>
            </label>
        }
    };
    let choices = [choice("sms", "SMS"), choice("email", "E-mail"), choice("link", "Link or QR")];
    view! {
        <fieldset class="field">
            <legend>"Send it by"</legend>
            <div class="segments">{choices.collect_view()}</div>
        </fieldset>
    }
}

fn reference(form: &OrderForm, message: Option<String>) -> impl IntoView + use<> {
    let is_invalid = message.is_some();
    view! {
        <div class="field">
            <label for="reference">"Reference"</label>
            <input
                id="reference"
                class="mono"
                name="reference"
                value=form.reference.clone()
                required
                maxlength="40"
                autocomplete="off"
                autocapitalize="characters"
                spellcheck="false"
                aria-describedby="reference-hint reference-error"
                aria-invalid=is_invalid.then_some("true")
            />
            {fault("reference-error", message)}
            <p class="hint" id="reference-hint">"The customer sees it too. Read it out."</p>
        </div>
    }
}

fn text(form: &OrderForm, message: Option<String>) -> impl IntoView + use<> {
    let is_invalid = message.is_some();
    view! {
        <div class="field">
            <label for="custom-message">"Text in front of the link"</label>
            <input
                id="custom-message"
                name="custom_message"
                value=form.custom_message.clone()
                maxlength=LONGEST_TEXT.to_string()
                autocomplete="off"
                placeholder="The provider\u{2019}s own words"
                aria-describedby="custom-message-error"
                aria-invalid=is_invalid.then_some("true")
            />
            {fault("custom-message-error", message)}
        </div>
    }
}

fn lifetime(form: &OrderForm) -> impl IntoView + use<> {
    let options = LIFETIMES
        .iter()
        .map(|seconds| {
            let value = seconds.to_string();
            let selected = form.lifetime == value;
            let label = format!("{} minutes", seconds / 60);
            view! { <option value=value selected=selected>{label}</option> }
        })
        .collect_view();
    view! {
        <div class="field">
            <label for="lifetime">"Time to answer"</label>
            <select id="lifetime" name="lifetime">{options}</select>
        </div>
    }
}
