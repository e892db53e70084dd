//! The page on which a customer chooses where to sign in, where the client leaves it to them and
//! there are several identity providers.
//!
//! The request waits in the page, sealed: a pushed one is gone by then, and none of them is checked
//! less because it comes back from a form.

use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::request::PARAMETERS;
use crate::form::OAuthForm;
use crate::social::page::{self, Complaint, say};
use crate::social::state::Social;

/// The field with the sealed request.
pub(super) const FIELD: &str = "choice";
/// The field with the identity provider's name; the button that cancels leaves it empty.
const UPSTREAM: &str = "upstream";

const PURPOSE: &str = "provider.choice";
/// Seconds for which the page may stay open.
const PAGE_LIFETIME: i64 = 600;

#[derive(Serialize, Deserialize)]
struct Waiting {
    form: OAuthForm,
    expires_at: i64,
}

/// The page.
pub(super) fn ask(social: &Social, headers: &HeaderMap, form: &OAuthForm) -> Response {
    let provider = &social.provider;
    let waiting = Waiting {
        form: form.clone().only(&PARAMETERS),
        expires_at: provider.ambient.clock.unix() + PAGE_LIFETIME,
    };
    let Ok(sealed) = provider.sealer.seal(PURPOSE, &waiting) else {
        return social.complain(headers, form.value("ui_locales"), Complaint::Failure);
    };
    let words = page::words(&provider.texts, headers, form.value("ui_locales"));
    let title = words.text("provider-choose-title");
    let button = |name: &String| {
        let text = say(&words, "social-continue", &[("provider", label(social, name).into())]);
        view! { <button name=UPSTREAM value=name.clone()>{text}</button> }
    };
    let body = view! {
        <main data-page="choose">
            <h1>{title.clone()}</h1>
            <p>{say(&words, "provider-choose-text", &[])}</p>
            // Without an action a form goes to the address of its own page: this endpoint.
            <form method="post">
                <input type="hidden" name=FIELD value=sealed/>
                {social.upstreams.keys().map(button).collect_view()}
                <button name=UPSTREAM value="">{words.text("provider-choose-cancel")}</button>
            </form>
        </main>
    };
    page::document(words.language(), &title, body, None).into_response()
}

/// As the site's button calls it, else its name with a capital letter.
fn label(social: &Social, name: &str) -> String {
    if let Some(label) = social.provider.settings.upstream_labels.get(name) {
        return label.clone();
    }
    let mut letters = name.chars();
    letters.next().map(char::to_uppercase).into_iter().flatten().chain(letters).collect()
}

/// What a customer has chosen.
pub(super) enum CustomerChoice {
    /// An identity provider.
    Upstream(String),
    /// Not to sign in.
    Cancel,
}

/// The request of a page that is not over, and what the customer has chosen on it.
pub(super) fn chosen(social: &Social, form: &OAuthForm) -> Option<(OAuthForm, CustomerChoice)> {
    let provider = &social.provider;
    let sealed = form.value(FIELD).unwrap_or_default();
    let waiting = provider.sealer.open::<Waiting>(PURPOSE, sealed).ok()?;
    if waiting.expires_at <= provider.ambient.clock.unix() {
        return None;
    }
    let choice = match form.value(UPSTREAM) {
        None => CustomerChoice::Cancel,
        Some(name) => CustomerChoice::Upstream(name.to_owned()),
    };
    Some((waiting.form, choice))
}
