//! The whole URL map of the embedded provider, and the order of its layers.
//!
//! Every path of the API is served with and without `/cis`: Transmit documents the token endpoint
//! both ways, and its web SDK drops the prefix on other hosts than Transmit's
//! (docs/transmit-api.md, 1.1 and 7.3).

use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use axum::{Json, Router};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::trace::TraceLayer;

use super::answer::Refusal;
use super::clients::endpoints as manage;
use super::users::endpoints as users;
use super::webauthn::credentials::endpoints as credentials;
use super::webauthn::{authenticate, register};
use super::{
    ProviderState, backchannel, codes, discovery, edge, links, openapi, sessions, token_endpoint,
    token_status, webauthn,
};
use crate::server::health;

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
        .route("/oidc/.well-known/openid-configuration", get(discovery::endpoint))
        .route("/oidc/jwks", get(jwks))
        .route("/oidc/token", post(token_endpoint::endpoint))
        .route("/oidc/token/introspection", post(token_status::introspect))
        .route("/oidc/token/revocation", post(token_status::revoke))
        .route("/oidc/me", get(token_status::me).post(token_status::me))
        .route("/v1/auth/token/refresh", post(sessions::refresh))
        // Authentication requests: started by a client, decided by a user.
        .route("/oidc/backchannel", post(backchannel::start::endpoint))
        .route("/auth/backchannel/complete", post(backchannel::complete::endpoint))
        // Applications, their clients, and users.
        .route("/v1/applications", get(manage::list_applications).post(manage::create_application))
        .route(
            "/v1/applications/{app_id}",
            get(manage::read_application).delete(manage::delete_application),
        )
        .route(
            "/v1/applications/{app_id}/clients",
            get(manage::list_clients).post(manage::create_client).delete(manage::delete_clients),
        )
        .route(
            "/v1/applications/{app_id}/clients/{client_id}",
            get(manage::read_client).put(manage::update_client).delete(manage::delete_client),
        )
        .route(
            "/v1/clients",
            get(manage::list_clients).post(manage::create_client).delete(manage::delete_clients),
        )
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
        .merge(health::routes(&state.storage))
        .route("/.well-known/openid-configuration", get(discovery::endpoint))
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
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn(edge::in_time))
        .layer(middleware::from_fn(edge::readable_path));
    if state.config.demo.enabled {
        router = router.layer(middleware::from_fn(edge::only_this_machine));
    }
    let is_https = edge::IsHttps(state.config.provider.public_url.scheme() == "https");
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
    // The layer answers preflights itself, once there is a handler that it stands before.
    let preflight = async || StatusCode::NO_CONTENT;
    Router::new()
        .route("/v1/auth/webauthn/authenticate/start", post(authenticate::start).options(preflight))
        .route("/v1/auth/webauthn/register/start", post(register::start).options(preflight))
        .layer(webauthn::cors(&state.config))
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

async fn jwks(State(state): State<ProviderState>) -> Response {
    Json(state.keys.public()).into_response()
}
