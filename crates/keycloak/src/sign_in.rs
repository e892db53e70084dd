//! Signing the customer in at the realm, and out again (OpenID Connect Core 1.0; RFC 7636).

use jsonwebtoken::jwk::Jwk;
use serde::Deserialize;
use url::Url;

use super::{CallError, Keycloak};
use platform::Secret;
use platform::id_token::{self, Expected, IdTokenClaims, IdTokenError, LEEWAY, Party};

/// What a browser takes to the realm.
#[derive(Debug, Clone, Copy)]
pub struct SignInRequest<'a> {
    /// Where the browser comes back to. It has to be registered.
    pub redirect_uri: &'a Url,
    /// Comes back with it.
    pub state: &'a str,
    /// Comes back in the ID token.
    pub nonce: &'a str,
    /// The PKCE challenge (S256).
    pub challenge: &'a str,
    /// Who is meant, in Keycloak's own word.
    pub login_hint: Option<&'a str>,
    /// The classes of sign-in of which one is demanded.
    pub acr_values: &'a [String],
    /// The language of our page.
    pub ui_locales: &'a str,
}

/// What a browser has come back with.
#[derive(Debug, Clone, Copy)]
pub struct CodeExchange<'a> {
    /// The code.
    pub code: &'a str,
    /// The redirect URI that was sent.
    pub redirect_uri: &'a Url,
    /// The verifier whose challenge was sent.
    pub verifier: &'a str,
    /// The nonce that was sent.
    pub nonce: &'a str,
    /// When the browser left, in seconds since 1970.
    pub started_at: i64,
}

/// A customer has signed in.
#[derive(Debug, Clone)]
pub struct RealmSignIn {
    /// What the verified ID token says.
    pub claims: IdTokenClaims,
    /// When the customer was asked, in seconds since 1970.
    pub auth_time: i64,
    /// With what the realm's session is ended.
    pub refresh_token: Option<Secret>,
}

#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    id_token: String,
    refresh_token: Option<String>,
}

impl Keycloak {
    /// The address that asks the customer to sign in anew.
    ///
    /// `acr_values` and not an essential `acr`: for a class that the realm does not know, Keycloak
    /// answers the latter with a page of its own that leads nowhere. The class is compared when the
    /// browser is back.
    pub fn authorization_url(&self, request: &SignInRequest<'_>) -> Result<Url, url::ParseError> {
        let mut url =
            Url::parse(&self.settings().realm.for_browsers("protocol/openid-connect/auth"))?;
        {
            let mut query = url.query_pairs_mut();
            query
                .append_pair("client_id", &self.settings().client_id)
                .append_pair("response_type", "code")
                .append_pair("scope", "openid")
                .append_pair("redirect_uri", request.redirect_uri.as_str())
                .append_pair("state", request.state)
                .append_pair("nonce", request.nonce)
                .append_pair("code_challenge", request.challenge)
                .append_pair("code_challenge_method", "S256")
                .append_pair("prompt", "login")
                .append_pair("max_age", "0")
                .append_pair("ui_locales", request.ui_locales);
            if let Some(hint) = request.login_hint {
                query.append_pair("login_hint", hint);
            }
            if !request.acr_values.is_empty() {
                query.append_pair("acr_values", &request.acr_values.join(" "));
            }
        }
        Ok(url)
    }

    /// Exchanges the code for a sign-in that is new.
    pub async fn redeem(&self, exchange: &CodeExchange<'_>) -> Result<RealmSignIn, CallError> {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", exchange.code),
            ("redirect_uri", exchange.redirect_uri.as_str()),
            ("code_verifier", exchange.verifier),
        ];
        let call = self.form("protocol/openid-connect/token", &fields);
        let tokens: Tokens = self.json(call).await?;
        let header = id_token::header(&tokens.id_token)?;
        let party = Party {
            issuer: self.issuer(),
            client_id: &self.settings().client_id,
            now: self.inner.ambient.clock.unix(),
        };
        let expected = Expected {
            nonce: Some(exchange.nonce),
            access_token: Some(&tokens.access_token),
            ..Expected::default()
        };
        let verify =
            |keys: &[Jwk]| id_token::verify(&tokens.id_token, &header, keys, party, expected);
        let claims = self.check_signed(&header, verify).await??;
        // `prompt` and `max_age` can be taken out of the address on the way.
        let auth_time = claims.auth_time.ok_or(IdTokenError::Claims)?;
        if auth_time < exchange.started_at.saturating_sub(LEEWAY) {
            return Err(CallError::StaleSignIn);
        }
        let refresh_token = tokens.refresh_token.map(Secret::new);
        Ok(RealmSignIn { claims, auth_time, refresh_token })
    }

    /// Ends the realm's session that a sign-in has made. No browser is needed: the cookie that is
    /// left in it belongs to nothing any more. Where the session is over already, nothing happens.
    pub async fn sign_out(&self, refresh_token: &Secret) -> Result<(), CallError> {
        let fields = [("refresh_token", refresh_token.expose())];
        let answer = self.send(self.form("protocol/openid-connect/logout", &fields)).await?;
        match answer.status {
            200 | 204 => Ok(()),
            status => Err(CallError::refused(status, &answer.body)),
        }
    }
}
