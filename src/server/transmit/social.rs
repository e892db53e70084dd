//! Social login through the provider's OpenID endpoint: the one path with PKCE, `state` and `nonce`
//! (docs/transmit-api.md, "Item 9", 10.2; RFC 9700, section 2.1).

use oauth2::basic::{BasicErrorResponse, BasicTokenType};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken,
    ExtraTokenFields, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
    StandardRevocableToken, StandardTokenResponse, TokenResponse, TokenUrl,
};
use oauth2::{EndpointNotSet, EndpointSet};
use serde::{Deserialize, Serialize};
use url::Url;

use super::Transmit;
use super::client_authentication::ClientAuthentication;
use super::errors::{ApiError, CallError};
use super::signed_in::{SignedIn, TokenObject, claims_request};
use crate::server::http_client::OAuthHttp;

/// Where a customer is sent to sign in.
#[derive(Debug, Clone)]
pub struct SocialRequest<'a> {
    /// The way to sign in, for example `urn:transmit:google_direct`.
    pub acr: &'a str,
    /// Where they come back to. It has to be registered.
    pub redirect_uri: &'a Url,
    /// Comes back with them.
    pub state: &'a str,
    /// Comes back in the ID token.
    pub nonce: &'a str,
    /// The PKCE challenge (S256) of a verifier that we keep.
    pub challenge: &'a str,
    /// `login` where the customer has to be asked who they are, even if the provider remembers.
    pub prompt: Option<&'a str>,
}

/// A customer has come back with a code.
#[derive(Debug, Clone)]
pub struct SocialCode<'a> {
    /// The code.
    pub code: &'a str,
    /// The redirect URI that was sent.
    pub redirect_uri: &'a Url,
    /// The verifier whose challenge was sent.
    pub verifier: &'a str,
    /// The nonce that was sent.
    pub nonce: &'a str,
}

/// A code was not exchanged for a sign-in.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The code is wrong, used, too old, or somebody else's.
    #[error("exchange the code: it is not accepted")]
    Rejected(#[source] ApiError),
    /// The provider could not be asked, or gave no usable answer.
    #[error("exchange the code at the provider")]
    Call(#[source] CallError),
}

impl From<CallError> for ExchangeError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Api(error) if error.status == 400 && !error.is("invalid_client") => {
                Self::Rejected(error)
            }
            error => Self::Call(error),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct IdTokenField {
    id_token: String,
}

impl ExtraTokenFields for IdTokenField {}

type OAuthClient = Client<
    BasicErrorResponse,
    StandardTokenResponse<IdTokenField, BasicTokenType>,
    oauth2::basic::BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    oauth2::basic::BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

impl Transmit {
    /// The address to which the browser is sent.
    pub fn authorization_url(&self, request: &SocialRequest<'_>) -> Url {
        let state = CsrfToken::new(request.state.to_owned());
        let client = self.oauth_client(request.redirect_uri);
        let mut authorization = client
            .authorize_url(|| state)
            .add_scope(Scope::new("openid".into()))
            .add_scope(Scope::new("email".into()))
            // Most requests name their customer by number: without one to compare, somebody else
            // would be stopped only after they have decided.
            .add_scope(Scope::new("phone".into()))
            .add_extra_param("nonce", request.nonce)
            .add_extra_param("code_challenge", request.challenge)
            .add_extra_param("code_challenge_method", "S256")
            .add_extra_param("acr_values", request.acr)
            // CIBA never creates anybody. False is the default here, and true the default
            // elsewhere.
            .add_extra_param("createNewUser", "false")
            .add_extra_param("claims", claims_request().to_string());
        if let Some(prompt) = request.prompt {
            authorization = authorization.add_extra_param("prompt", prompt);
        }
        let (url, _state) = authorization.url();
        url
    }

    /// Exchanges the code for a sign-in.
    ///
    /// # Errors
    ///
    /// [`ExchangeError`]
    pub async fn exchange_code(&self, code: &SocialCode<'_>) -> Result<SignedIn, ExchangeError> {
        let endpoint = self.token_endpoint();
        let client = self.oauth_client(code.redirect_uri);
        let mut exchange = client
            .exchange_code(AuthorizationCode::new(code.code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(code.verifier.to_owned()));
        let settings = &self.inner.settings;
        if let way @ ClientAuthentication::PrivateKeyJwt(_) = &settings.client_authentication {
            let fields = way.fields(&settings.client_id, endpoint.as_str(), &self.inner.ambient);
            for (name, value) in fields.map_err(CallError::from)? {
                // The library writes client_id itself.
                if name != "client_id" {
                    exchange = exchange.add_extra_param(name, value);
                }
            }
        }
        // The token endpoint's refusals come in several shapes and oauth2 knows one of them, so
        // they are read here. The status has said no already; a body that cannot be read adds
        // nothing.
        let http = OAuthHttp::new(&self.inner.http, |status, body| {
            if status.is_success() {
                return Ok(body?);
            }
            Err(ApiError::parse(status.as_u16(), None, &body.unwrap_or_default()).into())
        });
        let answer = exchange.request_async(&http).await.map_err(|error| match error {
            RequestTokenError::Request(error) => error,
            // Refusals never get here: the adapter has read them, in whatever shape they were.
            _ => CallError::Unexpected { call: endpoint.path().to_owned(), status: 200 },
        })?;
        let tokens = TokenObject {
            access_token: answer.access_token().secret().clone(),
            id_token: answer.extra_fields().id_token.clone(),
            expires_in: answer.expires_in().unwrap_or_default().as_secs(),
        };
        self.signed_in(tokens, Some(code.nonce)).await.map_err(ExchangeError::Call)
    }

    fn oauth_client(&self, redirect_uri: &Url) -> OAuthClient {
        let settings = &self.inner.settings;
        let client = Client::new(ClientId::new(settings.client_id.clone()))
            .set_auth_uri(AuthUrl::from_url(self.api(&["oidc", "auth"])))
            .set_token_uri(TokenUrl::from_url(self.token_endpoint()))
            .set_redirect_uri(RedirectUrl::from_url(redirect_uri.clone()));
        let secret =
            |secret: &crate::server::config::Secret| ClientSecret::new(secret.expose().to_owned());
        match &settings.client_authentication {
            ClientAuthentication::SecretPost(text) => {
                client.set_client_secret(secret(text)).set_auth_type(AuthType::RequestBody)
            }
            ClientAuthentication::SecretBasic(text) => {
                client.set_client_secret(secret(text)).set_auth_type(AuthType::BasicAuth)
            }
            ClientAuthentication::PrivateKeyJwt(_) => client.set_auth_type(AuthType::RequestBody),
        }
    }
}
