//! The whole URL map of the embedded provider, and the order of its layers.
//!
//! Every path of the API is served with and without `/cis`: Transmit documents the token endpoint
//! both ways, and its web SDK drops the prefix on other hosts than Transmit's
//! (docs/transmit-api.md, 1.1 and 7.3).

use std::sync::{Arc, LazyLock};

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::http::{Method, StatusCode, header};
use axum::middleware;
use axum::response::IntoResponse;
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{Any, CorsLayer};
use tower_http::trace::TraceLayer;

use super::answer::EndpointError;
use super::clients::endpoints as manage;
use super::openapi::{client_form, form, named, of_client, of_user};
use super::social::Social;
use super::users::endpoints as users;
use super::webauthn::credentials::endpoints as credentials;
use super::webauthn::{authenticate, register};
use super::{
    ProviderState, backchannel, codes, discovery, edge, links, logout, openapi, social,
    token_endpoint, token_status, webauthn,
};
use platform::health;

/// The most bytes of a request's body; the largest documented member is a logo of 20 000.
const MAX_BODY: usize = 64 * 1024;

type Routes = ApiRouter<ProviderState>;

/// The URL map. `identity` is the demo's own identity provider.
pub(super) fn build(
    state: ProviderState,
    social: Social,
    identity: Option<Router<ProviderState>>,
) -> Router {
    let api_router = Router::from(api(&state, &social));
    let mut router = Router::new()
        .merge(health::routes(&state.storage, &state.ambient))
        .merge(api_router.clone())
        .merge(Router::from(at_the_root()))
        .nest(edge::PREFIX, api_router);
    openapi::forget();
    let described = state.clone();
    let document = Arc::new(LazyLock::new(move || {
        openapi::document(api(&described, &social).merge(at_the_root()))
    }));
    router = router.route("/openapi.json", get(async move || openapi::answer(&document)));
    if let Some(outbox) = state.messenger.outbox() {
        router = router.merge(outbox.router().with_state(()));
    }
    if let Some(identity) = identity {
        router = router.merge(identity);
    }
    let edge = edge::Edge {
        is_https: state.settings.public_url.scheme() == "https",
        in_demo: state.settings.in_demo,
        answer_step: state.ambient.answer_step,
    };
    router
        .fallback(async || EndpointError::general(StatusCode::NOT_FOUND, "Not found"))
        .method_not_allowed_fallback(async || {
            EndpointError::general(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")
        })
        // The outermost first.
        .layer((
            // The matched path and not the path: that may hold an address or a number.
            TraceLayer::new_for_http().make_span_with(|request: &Request| {
                let route = request.extensions().get::<MatchedPath>();
                let route = route.map_or("-", MatchedPath::as_str);
                tracing::info_span!(
                    "provider.request",
                    http.method = %request.method(),
                    http.route = route
                )
            }),
            middleware::from_fn_with_state(edge, edge::around),
            CatchPanicLayer::custom(|_| {
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                EndpointError::general(status, "Internal server error").into_response()
            }),
            DefaultBodyLimit::max(MAX_BODY),
        ))
        .with_state(state)
}

/// Everything that is served with and without the prefix.
fn api(state: &ProviderState, social: &Social) -> Routes {
    ApiRouter::new()
        .merge(oauth())
        .merge(requests())
        .merge(management())
        .merge(mail_and_codes())
        .merge(passkeys(state))
        .merge(social::routes(social.clone()))
}

/// OAuth and OpenID Connect. What a page of any origin may call (an application that runs in the
/// browser) reads no cookie, so cross-site calls have no authority of their own.
pub(super) fn oauth() -> Routes {
    let for_browsers = ApiRouter::new()
        .api_route(
            "/oidc/.well-known/openid-configuration",
            get_with(discovery::endpoint, named("readMetadata", "Metadata")).options(preflight),
        )
        .api_route(
            "/oidc/jwks",
            get_with(discovery::jwks, named("readKeys", "Public keys")).options(preflight),
        )
        .api_route(
            "/oidc/token",
            post_with(token_endpoint::endpoint, client_form("token", "Get tokens", &TOKEN))
                .options(preflight),
        )
        .api_route(
            "/oidc/token/revocation",
            post_with(
                token_status::revoke,
                client_form("revoke", "End a token (RFC 7009)", &["token*"]),
            )
            .options(preflight),
        )
        .api_route(
            "/oidc/me",
            get_with(token_status::me, named("getUserInfo", "Who the user is"))
                .post_with(token_status::me, named("postUserInfo", "Who the user is"))
                .options(preflight),
        );
    open_to_browsers(for_browsers)
        .api_route(
            "/oidc/token/introspection",
            post_with(
                token_status::introspect,
                client_form("introspect", "Ask about a token (RFC 7662)", &["token*"]),
            ),
        )
        .api_route(
            "/oidc/session/end",
            get_with(logout::by_query, named("endSession", "Sign out"))
                .post_with(logout::by_form, form("endSessionByForm", "Sign out", &logout::NAMES)),
        )
}

/// The parameters of the token endpoint, whatever the grant.
const TOKEN: [&str; 8] = [
    "grant_type*",
    "auth_req_id",
    "code",
    "redirect_uri",
    "code_verifier",
    "refresh_token",
    "scope",
    "resource",
];

/// What clients look for below the issuer (OpenID Connect Discovery 1.0; RFC 8414, section 3).
fn at_the_root() -> Routes {
    open_to_browsers(
        ApiRouter::new()
            .api_route(
                "/.well-known/openid-configuration",
                get_with(discovery::endpoint, named("readMetadataAtRoot", "Metadata"))
                    .options(preflight),
            )
            .api_route(
                "/.well-known/oauth-authorization-server",
                get_with(discovery::endpoint, named("readServerMetadata", "Metadata (RFC 8414)"))
                    .options(preflight),
            ),
    )
}

fn open_to_browsers(router: Routes) -> Routes {
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

/// Authentication requests: started by a client, decided by a user.
fn requests() -> Routes {
    let parameters =
        &["scope*", "login_hint*", "binding_message", "requested_expiry", "request_context"];
    ApiRouter::new()
        .api_route(
            "/oidc/backchannel",
            post_with(
                backchannel::start::endpoint,
                client_form("startRequest", "Ask for a user's consent (CIBA)", parameters),
            ),
        )
        .api_route(
            "/auth/backchannel/complete",
            post_with(
                backchannel::complete::endpoint,
                named("completeRequest", "Tell what the user decided"),
            ),
        )
}

/// Applications, their clients, and users.
pub(super) fn management() -> Routes {
    ApiRouter::new()
        .api_route(
            "/v1/applications",
            get_with(manage::list_applications, named("listApplications", "List applications"))
                .post_with(
                    manage::create_application,
                    named("createApplication", "Create an application"),
                ),
        )
        .api_route(
            "/v1/applications/{app_id}",
            get_with(manage::read_application, named("readApplication", "Read an application")),
        )
        .api_route(
            "/v1/applications/{app_id}/clients",
            get_with(
                manage::list_clients,
                named("listClientsOfApplication", "List an application's clients"),
            )
            .post_with(
                manage::create_client,
                named("createClientOfApplication", "Create a client"),
            ),
        )
        .api_route(
            "/v1/applications/{app_id}/clients/{client_id}",
            get_with(manage::read_client, named("readClientOfApplication", "Read a client"))
                .put_with(
                    manage::update_client,
                    named("updateClientOfApplication", "Change a client; enables CIBA"),
                )
                .delete_with(
                    manage::delete_client,
                    named("deleteClientOfApplication", "Delete a client"),
                ),
        )
        .api_route(
            "/v1/clients",
            get_with(manage::list_clients, named("listClients", "List the own clients"))
                .post_with(manage::create_client, named("createClient", "Create a client")),
        )
        .api_route(
            "/v1/clients/{client_id}",
            get_with(manage::read_client, named("readClient", "Read a client"))
                .put_with(manage::update_client, named("updateClient", "Change a client"))
                .delete_with(manage::delete_client, named("deleteClient", "Delete a client")),
        )
        .api_route("/v1/users", post_with(users::create, named("createUser", "Create a user")))
        .api_route(
            "/v1/users/{user_id}",
            get_with(users::read, named("readUser", "Read a user"))
                .put_with(users::update, named("updateUser", "Change a user's status"))
                .delete_with(users::delete, named("deleteUser", "Delete a user")),
        )
        .api_route(
            "/v1/users/email/{email}",
            get_with(users::read_by_email, named("readUserByEmail", "Read a user")),
        )
        .api_route(
            "/v1/users/phone-number/{number}",
            get_with(users::read_by_phone_number, named("readUserByPhoneNumber", "Read a user")),
        )
        .api_route(
            "/v1/users/{user_id}/emails/{email}/verify",
            post_with(users::verify_email, named("verifyEmail", "Mark an address as verified")),
        )
        .api_route(
            "/v1/users/{user_id}/phone-numbers/{number}/verify",
            post_with(
                users::verify_phone_number,
                named("verifyPhoneNumber", "Mark a number as verified"),
            ),
        )
}

/// Links and codes, which a client asks for with its own token.
fn mail_and_codes() -> Routes {
    ApiRouter::new()
        .api_route(
            "/v1/auth/link/email/send",
            post_with(links::send, named("sendLink", "Send a link by mail")),
        )
        .api_route(
            "/v1/auth/link/email/authenticate",
            post_with(links::authenticate, named("signInByLink", "Sign in by a link")),
        )
        .api_route("/v1/auth/otp/send", post_with(codes::send, named("sendCode", "Send a code")))
        .api_route(
            "/v1/auth/otp/authenticate",
            post_with(codes::authenticate, named("signInByCode", "Sign in by a code")),
        )
}

/// Passkeys. The `start` calls need no token, and the site's own pages may make them.
fn passkeys(state: &ProviderState) -> Routes {
    let of_one = "/v1/users/{user_id}/webauthn-credentials";
    let own = "/v1/users/me/webauthn-credentials";
    let one = |list: &str| format!("{list}/{{credential_id}}");
    ApiRouter::new()
        .api_route(
            "/v1/auth/webauthn/authenticate/start",
            post_with(authenticate::start, named("beginPasskeySignIn", "Begin a sign-in"))
                .options(preflight),
        )
        .api_route(
            "/v1/auth/webauthn/register/start",
            post_with(register::start, named("beginPasskey", "Begin to add a passkey"))
                .options(preflight),
        )
        .layer(webauthn::cors(&state.settings))
        .api_route(
            "/v1/auth/webauthn/authenticate",
            post_with(authenticate::authenticate, named("signInByPasskey", "Sign in by passkey")),
        )
        .api_route(
            "/v1/auth/webauthn/register",
            post_with(register::register, named("addPasskey", "Add a passkey")),
        )
        .api_route(own, get_with(credentials::list, of_user("listOwnPasskeys", "List passkeys")))
        .api_route(
            &one(own),
            get_with(credentials::read, of_user("readOwnPasskey", "Read a passkey"))
                .patch_with(credentials::update, of_user("renameOwnPasskey", "Rename a passkey"))
                .delete_with(credentials::remove, of_user("deleteOwnPasskey", "Delete a passkey")),
        )
        .api_route(
            of_one,
            get_with(credentials::list, of_client("listUsersPasskeys", "List a user's passkeys")),
        )
        .api_route(
            &one(of_one),
            get_with(credentials::read, of_client("readUsersPasskey", "Read a passkey"))
                .patch_with(
                    credentials::update,
                    of_client("renameUsersPasskey", "Rename a passkey"),
                )
                .delete_with(
                    credentials::remove,
                    of_client("deleteUsersPasskey", "Delete a passkey"),
                ),
        )
}
