//! Social login through the provider's OpenID endpoint: the one path with PKCE, `state` and `nonce`
//! (docs/transmit-api.md, "Item 9", 10.2; RFC 9700, section 2.1).

use oauth2::basic::BasicClient;
use oauth2::{AuthUrl, ClientId, CsrfToken, RedirectUrl, Scope};
use url::Url;

use super::Transmit;
use super::errors::{ApiError, TransmitError};
use super::signed_in::{SignedIn, TokenObject, claims_request};

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
    /// The language in which the customer reads us, for pages on the way (OpenID Connect Core 1.0,
    /// section 3.1.2.1).
    pub ui_locales: Option<&'a str>,
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
    #[error("the code is not accepted")]
    Rejected(#[source] ApiError),
    /// The provider could not be asked, or gave no usable answer.
    #[error("the code could not be exchanged")]
    Call(#[source] TransmitError),
}

impl From<TransmitError> for ExchangeError {
    fn from(error: TransmitError) -> Self {
        match error {
            TransmitError::Api(error) if error.status == 400 && !error.is("invalid_client") => {
                Self::Rejected(error)
            }
            error => Self::Call(error),
        }
    }
}

impl Transmit {
    /// The address to which the browser is sent.
    pub fn authorization_url(&self, request: &SocialRequest<'_>) -> Url {
        let state = CsrfToken::new(request.state.to_owned());
        let client = BasicClient::new(ClientId::new(self.inner.settings.client_id.clone()))
            .set_auth_uri(AuthUrl::from_url(self.api(&["oidc", "auth"])))
            .set_redirect_uri(RedirectUrl::from_url(request.redirect_uri.clone()));
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
        for (name, value) in [("prompt", request.prompt), ("ui_locales", request.ui_locales)] {
            if let Some(value) = value {
                authorization = authorization.add_extra_param(name, value);
            }
        }
        let (url, _state) = authorization.url();
        url
    }

    /// Exchanges the code for a sign-in. It goes the way of every other call, and not that of oauth2,
    /// which takes a 200 of `application/json` with a `token_type` and nothing else.
    pub async fn exchange_code(&self, code: &SocialCode<'_>) -> Result<SignedIn, ExchangeError> {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code.code),
            ("redirect_uri", code.redirect_uri.as_str()),
            ("code_verifier", code.verifier),
        ];
        let endpoint = self.endpoints().await?.token.clone();
        let request = self.client_form(endpoint, &fields)?;
        let tokens: TokenObject = self.send(request).await?.json()?;
        self.signed_in(tokens, Some(code.nonce)).await.map_err(ExchangeError::Call)
    }
}
