//! Social login at the embedded provider: `/oidc/auth` sends a customer on to another identity
//! provider, `/auth/{name}/callback` takes them back, and the client gets a code.
//!
//! A client links accounts by `/v1/users/{id}/social-accounts`. Nobody is ever created here. An
//! account is known by its issuer and subject, never by its address; an address links it once,
//! where the configuration trusts that issuer to have verified it.
//!
//! # Security
//!
//! A stranger, a customer whose account is not linked, and somebody who pressed "cancel" all come
//! back with the same `access_denied`, against account enumeration.

mod accounts;
mod addresses;
mod authorize;
mod back;
mod callback;
mod client_request;
mod demo_identity;
mod hosted;
mod links;
mod notice;
pub(super) mod page;
mod state;
mod upstream;

use std::collections::BTreeMap;
use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with, put_with};
use axum::Router;
use url::Url;

pub(super) use back::redirect;
pub use demo_identity::{DEMO_NAME, issuer as demo_issuer};
pub(super) use state::Social;
pub use upstream::AppleKeyError;

use self::addresses::AddressRule;
use self::state::SocialParts;
use self::upstream::Upstream;
use super::ProviderState;
use super::openapi::{client_form, form, named};
use crate::settings::{DemoAccounts, ProviderSettings};
use platform::ambient::Ambient;
use platform::http_client;
use platform::round_trip::RoundTrips;

/// Social login cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SocialSetUpError {
    /// The HTTP client cannot be set up.
    #[error(transparent)]
    HttpClient(#[from] http_client::HttpClientError),
    /// Apple's key cannot be used.
    #[error("[upstream.{name}] cannot be set up")]
    Apple {
        /// The upstream's name.
        name: String,
        /// Why not.
        #[source]
        source: AppleKeyError,
    },
    /// The demo's identity provider cannot be set up.
    #[error(transparent)]
    Demo(#[from] demo_identity::DemoIdentityError),
}

/// The endpoints of social login, to be served with and without `/cis`.
pub(super) fn set_up(state: &ProviderState) -> Result<Social, SocialSetUpError> {
    let settings = &state.settings;
    let upstreams = upstreams(settings, &state.ambient)?;
    let trips = RoundTrips {
        name: "provider-social",
        is_https: settings.public_url.scheme() == "https",
        sealer: state.sealer.clone(),
        storage: state.storage.clone(),
        ambient: state.ambient.clone(),
    };
    Ok(Social(Arc::new(SocialParts { provider: state.clone(), upstreams, trips })))
}

/// The endpoints of social login.
pub(super) fn routes(social: Social) -> ApiRouter<ProviderState> {
    ApiRouter::new()
        .api_route(
            "/oidc/auth",
            get_with(authorize::by_query, named("authorize", "Send somebody to sign in"))
                .post_with(
                    authorize::by_form,
                    form("authorizeByForm", "Send somebody to sign in", &authorize::PARAMETERS),
                ),
        )
        .api_route(
            "/oidc/request",
            post_with(
                authorize::push,
                client_form("pushRequest", "Leave a request (RFC 9126)", &authorize::PARAMETERS),
            ),
        )
        .api_route(
            "/v1/auth/{name}",
            get_with(hosted::start, named("hostedSignIn", "Send somebody to sign in")),
        )
        .api_route(
            "/auth/{name}/callback",
            get_with(callback::by_query, named("returnByQuery", "Come back")).post_with(
                callback::by_form,
                form("returnByForm", "Come back", &["state", "code", "iss", "error"]),
            ),
        )
        .api_route(
            "/v1/users/{user_id}/social-accounts",
            get_with(accounts::list, named("listSocialAccounts", "List linked accounts")),
        )
        .api_route(
            "/v1/users/{user_id}/social-accounts/{name}",
            put_with(accounts::link, named("linkSocialAccount", "Link an account")).delete_with(
                accounts::unlink,
                named("unlinkSocialAccount", "Take an account away"),
            ),
        )
        .with_state(social)
}

/// Checks the identity providers of a configuration without calling them.
pub(super) fn check(
    settings: &ProviderSettings,
    ambient: &Ambient,
) -> Result<(), SocialSetUpError> {
    upstreams(settings, ambient)?;
    Ok(())
}

fn upstreams(
    settings: &ProviderSettings,
    ambient: &Ambient,
) -> Result<BTreeMap<String, Upstream>, SocialSetUpError> {
    let http = http_client::build(settings.timeouts)?;
    let rule = AddressRule { in_demo: settings.in_demo };
    let mut upstreams = BTreeMap::new();
    for (name, upstream) in &settings.upstreams {
        let parts = upstream::UpstreamParts {
            config: upstream,
            rule,
            redirect_uri: callback_address(settings, name),
            http: http.clone(),
            ambient,
        };
        let upstream = Upstream::new(parts)
            .map_err(|source| SocialSetUpError::Apple { name: name.clone(), source })?;
        upstreams.insert(name.clone(), upstream);
    }
    Ok(upstreams)
}

/// The demo's own identity provider.
pub(super) fn demo_router<S>(
    state: &ProviderState,
    demo: &DemoAccounts,
) -> Result<Router<S>, SocialSetUpError>
where
    S: Clone + Send + Sync + 'static,
{
    Ok(demo_identity::router(state, demo, callback_address(&state.settings, DEMO_NAME))?)
}

/// Where an identity provider sends customers back to: to be registered there.
fn callback_address(settings: &ProviderSettings, name: &str) -> Url {
    let mut url = settings.public_url.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        let prefix = settings.prefix.split('/').filter(|part| !part.is_empty());
        segments.clear().extend(prefix).extend(["auth", name, "callback"]);
    }
    url
}
