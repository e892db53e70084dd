//! The whole URL map of the embedded provider, and the order of its layers.
//!
//! Every path of the API is served with and without `/cis`: Transmit documents the token endpoint
//! both ways, and its web SDK drops the prefix on other hosts than Transmit's
//! (docs/transmit-api.md, 1.1 and 7.3).

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::http::header::{self, CACHE_CONTROL, PRAGMA};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{Any, CorsLayer};
use tower_http::trace::TraceLayer;

use super::answer::Refusal;
use super::clients::endpoints as manage;
use super::users::endpoints as users;
use super::webauthn::credentials::endpoints as credentials;
use super::webauthn::{authenticate, register};
use super::{
    ProviderState, backchannel, codes, discovery, edge, links, logout, openapi, token_endpoint,
    token_status, webauthn,
};
use platform::health;

/// The most bytes of a request's body; the largest documented member is a logo of 20 000.
const MAX_BODY: usize = 64 * 1024;

/// The URL map. `social` are the endpoints of social login, `identity` the demo's own identity
/// provider.
pub(super) fn build(
    state: ProviderState,
    social: Router<ProviderState>,
    identity: Option<Router<ProviderState>>,
) -> Router {
    let api = Router::new()
        // OAuth and OpenID Connect.
        .merge(for_browsers())
        .route("/oidc/token/introspection", post(token_status::introspect))
        .route("/oidc/session/end", get(logout::by_query).post(logout::by_form))
        // Authentication requests: started by a client, decided by a user.
        .route("/oidc/backchannel", post(backchannel::start::endpoint))
        .route("/auth/backchannel/complete", post(backchannel::complete::endpoint))
        // Applications, their clients, and users.
        .route("/v1/applications", get(manage::list_applications).post(manage::create_application))
        .route("/v1/applications/{app_id}", get(manage::read_application))
        .route(
            "/v1/applications/{app_id}/clients",
            get(manage::list_clients).post(manage::create_client),
        )
        .route(
            "/v1/applications/{app_id}/clients/{client_id}",
            get(manage::read_client).put(manage::update_client).delete(manage::delete_client),
        )
        .route("/v1/clients", get(manage::list_clients).post(manage::create_client))
        .route(
            "/v1/clients/{client_id}",
            get(manage::read_client).put(manage::update_client).delete(manage::delete_client),
        )
        .route("/v1/users", post(users::create))
        .route("/v1/users/{user_id}", get(users::read).put(users::update).delete(users::delete))
        .route("/v1/users/email/{email}", get(users::read_by_email))
        .route("/v1/users/phone-number/{number}", get(users::read_by_phone_number))
        .route("/v1/users/{user_id}/emails/{email}/verify", post(users::verify_email))
        .route(
            "/v1/users/{user_id}/phone-numbers/{number}/verify",
            post(users::verify_phone_number),
        )
        .merge(mail_and_codes())
        .merge(passkeys(&state))
        .merge(social);

    let mut router = Router::new()
        .merge(health::routes(&state.storage, &state.ambient))
        .merge(at_the_root())
        .route("/openapi.json", get(openapi::endpoint))
        .merge(api.clone())
        .nest("/cis", api);
    if let Some(outbox) = state.messenger.outbox() {
        router = router.merge(outbox.router().with_state(()));
    }
    if let Some(identity) = identity {
        router = router.merge(identity);
    }
    router = router
        .fallback(async || Refusal::new(StatusCode::NOT_FOUND, "Not found"))
        .method_not_allowed_fallback(async || {
            Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")
        })
        .layer(middleware::from_fn(kept_nowhere))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn(edge::in_time))
        .layer(middleware::from_fn(edge::readable_path));
    if state.settings.in_demo {
        router = router.layer(middleware::from_fn(edge::only_this_machine));
    }
    let is_https = edge::IsHttps(state.settings.public_url.scheme() == "https");
    router
        .layer(CatchPanicLayer::custom(|_| {
            Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error").into_response()
        }))
        .layer(middleware::from_fn_with_state(is_https, edge::headers))
        // The matched path and not the path: that may hold an address or a number.
        .layer(TraceLayer::new_for_http().make_span_with(|request: &Request| {
            let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str);
            tracing::info_span!("provider.request", http.method = %request.method(), http.route = route)
        }))
        .with_state(state)
}

/// What a page of any origin may call (an application that runs in the browser). None of it looks at
/// a cookie, so whoever calls brings everything that counts.
fn for_browsers() -> Router<ProviderState> {
    open_to_browsers(
        Router::new()
            .route(
                "/oidc/.well-known/openid-configuration",
                get(discovery::endpoint).options(preflight),
            )
            .route("/oidc/jwks", get(discovery::jwks).options(preflight))
            .route("/oidc/token", post(token_endpoint::endpoint).options(preflight))
            .route("/oidc/token/revocation", post(token_status::revoke).options(preflight))
            .route("/oidc/me", get(token_status::me).post(token_status::me).options(preflight)),
    )
}

/// What clients look for below the issuer (OpenID Connect Discovery 1.0; RFC 8414, section 3).
fn at_the_root() -> Router<ProviderState> {
    open_to_browsers(
        Router::new()
            .route("/.well-known/openid-configuration", get(discovery::endpoint).options(preflight))
            .route(
                "/.well-known/oauth-authorization-server",
                get(discovery::endpoint).options(preflight),
            ),
    )
}

fn open_to_browsers(router: Router<ProviderState>) -> Router<ProviderState> {
    router.layer(
        CorsLayer::new()
            .allow_origin(Any)
            .allow_methods([Method::GET, Method::POST])
            .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
            .expose_headers([header::WWW_AUTHENTICATE])
            .max_age(std::time::Duration::from_secs(600)),
    )
}

/// The layer answers preflights itself, once there is a handler that it stands before.
async fn preflight() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// Links and codes, which a client asks for with its own token.
fn mail_and_codes() -> Router<ProviderState> {
    Router::new()
        .route("/v1/auth/link/email/send", post(links::send))
        .route("/v1/auth/link/email/authenticate", post(links::authenticate))
        .route("/v1/auth/otp/send", post(codes::send))
        .route("/v1/auth/otp/authenticate", post(codes::authenticate))
}

/// Passkeys. The `start` calls need no token, and the site's own pages may make them.
fn passkeys(state: &ProviderState) -> Router<ProviderState> {
    Router::new()
        .route("/v1/auth/webauthn/authenticate/start", post(authenticate::start).options(preflight))
        .route("/v1/auth/webauthn/register/start", post(register::start).options(preflight))
        .layer(webauthn::cors(&state.settings))
        .route("/v1/auth/webauthn/authenticate", post(authenticate::authenticate))
        .route("/v1/auth/webauthn/register", post(register::register))
        .merge(own_and_of_user("/webauthn-credentials", || get(credentials::list)))
        .merge(own_and_of_user("/webauthn-credentials/{credential_id}", || {
            get(credentials::read).patch(credentials::update).delete(credentials::remove)
        }))
}

/// The same for a user with the own token, and for a client about a user.
fn own_and_of_user(
    path: &str,
    methods: impl Fn() -> MethodRouter<ProviderState>,
) -> Router<ProviderState> {
    Router::new()
        .route(&format!("/v1/users/me{path}"), methods())
        .route(&format!("/v1/users/{{user_id}}{path}"), methods())
}

/// Answers hold credentials and states: whatever does not say otherwise is kept by nobody (RFC 6749,
/// section 5.1).
async fn kept_nowhere(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let no_store = HeaderValue::from_static("no-store");
    let headers = response.headers_mut();
    if headers.entry(CACHE_CONTROL).or_insert(no_store) == "no-store" {
        headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    }
    response
}
