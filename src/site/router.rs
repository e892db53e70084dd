//! The site's URL map, and the layers around it.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::{ACCEPT, LOCATION, REFERER};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::failure::Failure;
use super::middleware::{self, answer_once};
use super::sign_in::magic_link::routes as mail;
use super::sign_in::{passkey, social};
use super::{
    Site, decision, elsewhere, files, login, paths, request, request_page, session, well_known,
};
use crate::server_fns::Decide;
use ciba::Problem;
use platform::health;

/// Builds the router.
pub fn build(site: Site) -> Router {
    // Known by name, so that no linker can drop it.
    leptos::server_fn::axum::register_explicit::<Decide>();
    // A form that is sent twice is answered once.
    let forms = Router::new()
        .route(paths::START, get(request::code::ask).post(request::code::take))
        .route("/request/{handle}/mail", get(mail::on_its_way).post(mail::ask))
        .route("/request/{handle}/mail/code", get(mail::back_to_code).post(mail::code))
        .route("/mail/continue/{name}", get(mail::show).post(mail::go))
        .route(
            "/request/{handle}/not-on-a-call",
            get(decision::routes::not_on_a_call).post(decision::routes::report),
        )
        .route(
            "/request/{handle}/switch-account",
            get(request_page::back).post(request_page::switch_account),
        )
        .route("/request/{handle}/passkey", get(request_page::back).post(passkey::routes::finish))
        .route("/request/{handle}/passkey/add", get(request_page::back).post(passkey::add))
        .route("/request/{handle}/elsewhere", get(request_page::back).post(elsewhere::offer))
        .route("/continue/{key}", get(elsewhere::show).post(elsewhere::go_on))
        .layer(session::layer(&site))
        // Around the session, whose cookie is part of the answer.
        .layer(from_fn_with_state(site.clone(), answer_once::answer));
    let pages = Router::new()
        .route("/login", get(login::open))
        .route("/r/{key}", get(login::open_pushed))
        .route("/request/{handle}", get(request_page::show))
        .route("/mail/callback", get(mail::callback))
        .route("/request/{handle}/social/{name}", get(social::start))
        .route(paths::SOCIAL_CALLBACK, get(social::callback))
        .route("/social/finish/{name}", get(social::finish))
        .route("/request/{handle}/decision", get(decision::routes::ask))
        // The journal answers a second press itself.
        .route("/api/{function}", get(request_page::back_to_only).post(server_function))
        .route("/request/{handle}/outcome", get(decision::routes::show))
        // Fetched by script: no browser comes back to these.
        .route("/request/{handle}/mail/progress", get(mail::progress))
        .route("/request/{handle}/passkey/options", post(passkey::routes::options))
        .route("/request/{handle}/passkey/fault", post(passkey::routes::fault))
        .route("/request/{handle}/passkey/add/options", post(passkey::add_options))
        // Only what is above may have a session; it is loaded when a handler asks for it.
        .layer(session::layer(&site));
    forms
        .merge(pages)
        .merge(well_known::routes(&site))
        .merge(files::built(&site))
        .merge(files::brand(&site))
        .fallback_service(files::public(&site))
        .layer(from_fn_with_state(site.clone(), middleware::answer))
        // For machines: no page, no log line every few seconds.
        .merge(health::routes(&site.storage, &site.ambient))
        .with_state(site)
}

/// Runs a server function as the plain form that it is.
///
/// # Security
///
/// Where its input cannot be read, Leptos leads back to the `Referer` with the error in the address, so it
/// sees none: this leads to addresses alone that we made.
async fn server_function(State(site): State<Site>, mut request: Request) -> Response {
    let context = move || leptos::context::provide_context(site.clone());
    // Leptos answers with JSON, and with no redirect, to whoever does not ask for HTML by name.
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("text/html"));
    request.headers_mut().remove(REFERER);
    let response = leptos_axum::handle_server_fns_with_context(context, request).await;
    let response = response.into_response();
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let is_ours = location.is_some_and(|path| path.starts_with(paths::REQUESTS));
    if is_ours { response } else { Failure::new(Problem::FormMalformed).into_response() }
}
