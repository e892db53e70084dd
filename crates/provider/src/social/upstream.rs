//! One identity provider behind the embedded provider: where a customer is sent, and who came back.
//!
//! OpenID Connect Core 1.0, section 3.1, with PKCE (RFC 7636) and the issuer's own name in the
//! answer (RFC 9207). Nothing that an identity provider says is more than a claim until its token
//! is verified; no redirect is followed, every answer has a limit in bytes and in seconds.

mod apple;
mod error;
mod metadata;

use jsonwebtoken::Header;
use jsonwebtoken::jwk::Jwk;
use oauth2::basic::{BasicErrorResponse, BasicTokenType};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken,
    EndpointNotSet, EndpointSet, ExtraTokenFields, PkceCodeVerifier, RedirectUrl,
    RequestTokenError, Scope, StandardRevocableToken, StandardTokenResponse, TokenResponse,
    TokenUrl,
};
use reqwest::RequestBuilder;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

pub use apple::AppleKeyError;
pub(super) use error::UpstreamError;
use metadata::{Metadata, MetadataCache};

use super::addresses::AddressRule;
use crate::contact::Email;
use crate::settings::{UpstreamConfig, UpstreamKind};
use platform::Secret;
use platform::ambient::Ambient;
use platform::http_client::{self, OAuthHttp};
use platform::id_token::{self, Expected, IdTokenClaims, IdTokenError, KeyCache, Party};

/// One identity provider.
#[derive(Debug)]
pub(super) struct Upstream {
    config: UpstreamConfig,
    rule: AddressRule,
    redirect_uri: Url,
    apple: Option<apple::AppleKey>,
    http: reqwest::Client,
    ambient: Ambient,
    metadata: MetadataCache,
    keys: KeyCache<UpstreamError>,
}

/// What an upstream is made from.
pub(super) struct UpstreamParts<'a> {
    pub(super) config: &'a UpstreamConfig,
    pub(super) rule: AddressRule,
    /// Where customers come back to.
    pub(super) redirect_uri: Url,
    pub(super) http: reqwest::Client,
    pub(super) ambient: &'a Ambient,
}

/// A customer is sent there.
#[derive(Debug, Default)]
pub(super) struct UpstreamRequest<'a> {
    pub(super) state: &'a str,
    pub(super) nonce: &'a str,
    /// The PKCE challenge (S256).
    pub(super) challenge: &'a str,
    /// Who it might be.
    pub(super) login_hint: Option<&'a str>,
    /// Which language they read.
    pub(super) ui_locales: Option<&'a str>,
    /// Whether they have to be asked who they are, even if they are remembered there.
    pub(super) anew: bool,
    /// How many seconds ago they may have been asked at the most.
    pub(super) max_age: Option<i64>,
}

/// A customer has come back.
#[derive(Debug)]
pub(super) struct UpstreamReturn<'a> {
    pub(super) code: &'a str,
    pub(super) verifier: &'a str,
    pub(super) nonce: &'a str,
}

/// Somebody's account at an identity provider.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct UpstreamAccount {
    /// The issuer: with [`UpstreamAccount::sub`] the account's only key (OpenID Connect Core 1.0, 5.7).
    pub(super) iss: String,
    /// The issuer's identifier of the person.
    pub(super) sub: String,
    /// An address that the issuer says it has verified, where the configuration trusts it in that.
    pub(super) trusted_email: Option<Email>,
    /// When the issuer says that the person has signed in there.
    pub(super) auth_time: Option<i64>,
}

#[derive(Debug, Serialize, Deserialize)]
struct IdTokenField {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
}

impl ExtraTokenFields for IdTokenField {}

type UpstreamTokens = StandardTokenResponse<IdTokenField, BasicTokenType>;

type OAuthClient = Client<
    BasicErrorResponse,
    UpstreamTokens,
    oauth2::basic::BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    oauth2::basic::BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

impl Upstream {
    /// Sets an identity provider up without calling it.
    pub(super) fn new(parts: UpstreamParts<'_>) -> Result<Self, AppleKeyError> {
        let UpstreamParts { config, rule, redirect_uri, http, ambient } = parts;
        let apple = match config.kind {
            UpstreamKind::Apple => Some(apple::AppleKey::load(config)?),
            UpstreamKind::Openid | UpstreamKind::Oauth2 => None,
        };
        let mut config = config.clone();
        if config.kind == UpstreamKind::Apple && config.issuer.is_none() {
            config.issuer = Url::parse(apple::ISSUER).ok();
        }
        Ok(Self {
            config,
            rule,
            redirect_uri,
            apple,
            http,
            ambient: ambient.clone(),
            metadata: MetadataCache::default(),
            keys: KeyCache::default(),
        })
    }

    /// The address to which the browser is sent.
    pub(super) async fn authorization_url(
        &self,
        visit: &UpstreamRequest<'_>,
    ) -> Result<Url, UpstreamError> {
        let metadata = self.metadata().await?;
        let state = CsrfToken::new(visit.state.to_owned());
        let client = self.oauth_client(&metadata)?;
        let max_age = visit.max_age.map(|seconds| seconds.to_string());
        let mut request =
            client.authorize_url(|| state).add_scopes(self.scopes().into_iter().map(Scope::new));
        if !self.config.refuses_pkce {
            request = request
                .add_extra_param("code_challenge", visit.challenge)
                .add_extra_param("code_challenge_method", "S256");
        }
        let by_prompt = !self.config.anew.contains_key("prompt");
        if self.is_openid() {
            request = request.add_extra_param("nonce", visit.nonce);
            let hints = [
                ("max_age", max_age.as_deref()),
                ("login_hint", visit.login_hint),
                ("ui_locales", visit.ui_locales),
                ("prompt", metadata.prompt_anew.filter(|_| visit.anew && by_prompt)),
            ];
            for (name, value) in hints {
                if let Some(value) = value {
                    request = request.add_extra_param(name, value);
                }
            }
        }
        for (name, value) in self.config.anew.iter().filter(|_| visit.anew) {
            request = request.add_extra_param(name, value);
        }
        if self.config.kind == UpstreamKind::Apple {
            // Apple answers by form as soon as a scope is asked for, and refuses other modes.
            request = request.add_extra_param("response_mode", "form_post");
        }
        let (url, _state) = request.url();
        Ok(url)
    }

    /// The name under which its accounts are filed: as its tokens spell it.
    pub(super) async fn issuer(&self) -> Result<String, UpstreamError> {
        Ok(self.metadata().await?.issuer.clone())
    }

    /// Checks the issuer that an answer names (RFC 9207, section 2.4): before the code is shown to
    /// anybody, so that an answer of one provider never delivers a code to another.
    pub(super) async fn check_issuer(&self, iss: Option<&str>) -> Result<(), UpstreamError> {
        let metadata = self.metadata().await?;
        match iss {
            Some(iss) if self.is_openid() && iss != metadata.issuer => {
                Err(UpstreamError::MixedUpIssuer)
            }
            None if metadata.names_itself => Err(UpstreamError::MixedUpIssuer),
            _ => Ok(()),
        }
    }

    /// Exchanges the code and finds out whose account it is.
    pub(super) async fn identify(
        &self,
        back: &UpstreamReturn<'_>,
    ) -> Result<UpstreamAccount, UpstreamError> {
        let metadata = self.metadata().await?;
        let tokens = self.exchange(&metadata, back).await?;
        let access_token = tokens.access_token().secret();
        if !self.is_openid() {
            let claims = self.userinfo(&metadata, access_token).await?;
            return self.account_of(&metadata, &claims);
        }
        let id_token = tokens.extra_fields().id_token.as_deref();
        let id_token = id_token.ok_or(UpstreamError::NoIdToken)?;
        let claims = self.verify(&metadata, id_token, back.nonce, access_token).await?;
        let says_all = claims.email.is_some() && claims.email_verified.is_some();
        let trusted_email = if !self.config.trust_verified_email {
            None
        } else if says_all || metadata.userinfo_endpoint.is_none() {
            trusted(claims.email.as_deref(), claims.email_verified)
        } else {
            // What the token does not say of an address, its issuer's userinfo endpoint may.
            let more = self.userinfo(&metadata, access_token).await?;
            if more.get("sub").and_then(Value::as_str) != Some(claims.sub.as_str()) {
                return Err(UpstreamError::AnotherSubject);
            }
            email_of(&more)
        };
        Ok(UpstreamAccount {
            iss: metadata.issuer.clone(),
            sub: claims.sub,
            trusted_email,
            auth_time: claims.auth_time,
        })
    }

    fn is_openid(&self) -> bool {
        self.config.kind != UpstreamKind::Oauth2
    }

    fn scopes(&self) -> Vec<String> {
        if !self.config.scopes.is_empty() {
            return self.config.scopes.clone();
        }
        match self.config.kind {
            UpstreamKind::Openid | UpstreamKind::Apple => vec!["openid".into(), "email".into()],
            UpstreamKind::Oauth2 => Vec::new(),
        }
    }

    async fn exchange(
        &self,
        metadata: &Metadata,
        back: &UpstreamReturn<'_>,
    ) -> Result<UpstreamTokens, UpstreamError> {
        // A refusal is read here: of its shapes oauth2 knows one.
        let http = OAuthHttp::new(&self.http, |status, body| {
            if status.is_success() {
                return Ok(body?);
            }
            Err(UpstreamError::Status { what: "token endpoint", status: status.as_u16() })
        });
        let client = self.oauth_client(metadata)?;
        let mut request = client.exchange_code(AuthorizationCode::new(back.code.to_owned()));
        if !self.config.refuses_pkce {
            request = request.set_pkce_verifier(PkceCodeVerifier::new(back.verifier.to_owned()));
        }
        request.request_async(&http).await.map_err(|error| match error {
            RequestTokenError::Request(error) => error,
            _ => UpstreamError::Unexpected("token endpoint"),
        })
    }

    async fn verify(
        &self,
        metadata: &Metadata,
        token: &str,
        nonce: &str,
        access_token: &str,
    ) -> Result<IdTokenClaims, UpstreamError> {
        let header = id_token::header(token)?;
        let expected = Expected {
            nonce: Some(nonce),
            access_token: Some(access_token),
            ..Expected::default()
        };
        let verify = |keys: &[Jwk], party: Party<'_>| {
            id_token::verify(token, &header, keys, party, expected)
        };
        self.judge(metadata, &header, verify).await
    }

    async fn userinfo(
        &self,
        metadata: &Metadata,
        access_token: &str,
    ) -> Result<Value, UpstreamError> {
        let url = metadata.userinfo_endpoint.as_ref();
        let url = url.ok_or(UpstreamError::Unexpected("discovery"))?;
        let request = self.request(url, "application/json, application/jwt", "userinfo")?;
        let request = request.bearer_auth(access_token);
        let UpstreamAnswer { is_jwt, body } = UpstreamAnswer::read(request, "userinfo").await?;
        let unexpected = || UpstreamError::Unexpected("userinfo");
        if !is_jwt {
            return serde_json::from_slice(&body).map_err(|_| unexpected());
        }
        let token = std::str::from_utf8(&body).map_err(|_| unexpected())?;
        self.signed_userinfo(metadata, token.trim()).await
    }

    /// The account where it comes as a signed token, as some providers answer all their clients (OpenID
    /// Connect Core 1.0, section 5.3.2).
    async fn signed_userinfo(
        &self,
        metadata: &Metadata,
        token: &str,
    ) -> Result<Value, UpstreamError> {
        let header = id_token::header(token)?;
        let verify =
            |keys: &[Jwk], party: Party<'_>| id_token::verify_userinfo(token, &header, keys, party);
        let claims = self.judge(metadata, &header, verify).await?;
        Ok(Value::Object(claims))
    }

    /// Judges a token by the issuer's keys.
    async fn judge<T>(
        &self,
        metadata: &Metadata,
        header: &Header,
        verify: impl Fn(&[Jwk], Party<'_>) -> Result<T, IdTokenError>,
    ) -> Result<T, UpstreamError> {
        let now = self.ambient.clock.unix();
        let jwks_uri = metadata.jwks_uri.as_ref().ok_or(UpstreamError::Unexpected("discovery"))?;
        let party = Party { issuer: &metadata.issuer, client_id: &self.config.client_id, now };
        let fetch = || self.get(jwks_uri, "jwks");
        let check = |keys: &[Jwk]| verify(keys, party);
        Ok(self.keys.check(header, &self.ambient.clock, fetch, check).await??)
    }

    /// The account of a provider without ID tokens: `id` at most of them, `sub` at some.
    fn account_of(
        &self,
        metadata: &Metadata,
        claims: &Value,
    ) -> Result<UpstreamAccount, UpstreamError> {
        let sub = ["sub", "id"].iter().find_map(|name| match claims.get(name)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        });
        let sub = sub.filter(|sub| sub.len() <= 255).ok_or(UpstreamError::NoSubject)?;
        let trusted_email = email_of(claims).filter(|_| self.config.trust_verified_email);
        Ok(UpstreamAccount { iss: metadata.issuer.clone(), sub, trusted_email, auth_time: None })
    }

    async fn metadata(&self) -> Result<std::sync::Arc<Metadata>, UpstreamError> {
        self.metadata.find(&self.ambient.clock, metadata::worth, self.discover()).await
    }

    async fn discover(&self) -> Result<Metadata, UpstreamError> {
        if self.config.kind == UpstreamKind::Oauth2 {
            return Metadata::configured(&self.config, self.rule);
        }
        let issuer = self.config.issuer.as_ref().ok_or(UpstreamError::Unexpected("discovery"))?;
        let document = self.get(&metadata::address(issuer)?, "discovery").await?;
        Metadata::discovered(document, issuer, self.rule)
    }

    fn oauth_client(&self, metadata: &Metadata) -> Result<OAuthClient, UpstreamError> {
        let secret = self.config.client_secret.as_ref().map(Secret::expose).unwrap_or_default();
        let is_odd = [self.config.client_id.as_str(), secret].iter().any(|text| is_encoded(text));
        // Apple's secret goes into the body, whatever is said in its document.
        let by_basic = metadata.by_basic && self.apple.is_none() && !(is_odd && metadata.by_body);
        let client = Client::new(ClientId::new(self.config.client_id.clone()))
            .set_auth_uri(AuthUrl::from_url(metadata.authorization_endpoint.clone()))
            .set_token_uri(TokenUrl::from_url(metadata.token_endpoint.clone()))
            .set_redirect_uri(RedirectUrl::from_url(self.redirect_uri.clone()))
            .set_auth_type(if by_basic { AuthType::BasicAuth } else { AuthType::RequestBody });
        let secret = match (&self.apple, &self.config.client_secret) {
            (Some(key), _) => {
                key.sign(&self.config.client_id, &metadata.issuer, self.ambient.clock.unix())?
            }
            (None, Some(secret)) => secret.expose().to_owned(),
            // A public client proves itself by PKCE alone.
            (None, None) => return Ok(client.set_auth_type(AuthType::RequestBody)),
        };
        Ok(client.set_client_secret(ClientSecret::new(secret)))
    }

    async fn get<T: DeserializeOwned>(
        &self,
        url: &Url,
        what: &'static str,
    ) -> Result<T, UpstreamError> {
        let request = self.request(url, "application/json", what)?;
        let answer = UpstreamAnswer::read(request, what).await?;
        serde_json::from_slice(&answer.body).map_err(|_| UpstreamError::Unexpected(what))
    }

    /// A request of `what`, where this provider may be asked for it at this address.
    fn request(
        &self,
        url: &Url,
        accepts: &'static str,
        what: &'static str,
    ) -> Result<RequestBuilder, UpstreamError> {
        if !self.rule.allows(url) {
            return Err(UpstreamError::Address(what));
        }
        Ok(self.http.get(url.clone()).header(ACCEPT, accepts))
    }
}

/// A success of an identity provider.
struct UpstreamAnswer {
    is_jwt: bool,
    body: Vec<u8>,
}

impl UpstreamAnswer {
    async fn read(request: RequestBuilder, what: &'static str) -> Result<Self, UpstreamError> {
        let response = request.send().await?;
        let status = response.status();
        if !status.is_success() {
            return Err(UpstreamError::Status { what, status: status.as_u16() });
        }
        let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default();
        let is_jwt = kind.trim().eq_ignore_ascii_case("application/jwt");
        Ok(Self { is_jwt, body: http_client::body(response).await? })
    }
}

/// Whether a text is another one in an `Authorization` header, where it is form-encoded (RFC 6749,
/// section 2.3.1). Some providers do not decode it, and no document says which.
fn is_encoded(text: &str) -> bool {
    url::form_urlencoded::byte_serialize(text.as_bytes()).ne([text])
}

fn email_of(claims: &Value) -> Option<Email> {
    let verified = match claims.get("email_verified")? {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    trusted(claims.get("email").and_then(Value::as_str), verified)
}

fn trusted(email: Option<&str>, verified: Option<bool>) -> Option<Email> {
    Email::parse(email.filter(|_| verified == Some(true))?).ok()
}
