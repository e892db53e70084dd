//! The claims of access and ID tokens (docs/transmit-api.md, 12), and reading them back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Amr, Origin, has};
use crate::ProviderState;
use crate::contact::{Email, PhoneNumber};
use crate::keys::{NotSignedHere, TokenKind};
use crate::users::User;

/// The `aud` of an access token for which no resource was named.
pub const AUDIENCE: &str = "userid-api";

/// The claims of an access token, a user's or a client's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccessClaims {
    /// The issuer.
    pub iss: String,
    /// The user, or the client itself.
    pub sub: String,
    /// [`AUDIENCE`].
    pub aud: String,
    /// When it was issued.
    pub iat: i64,
    /// When it ends.
    pub exp: i64,
    /// Its own name, for revocation.
    pub jti: String,
    /// What was granted.
    pub scope: String,
    /// The user's roles; the embedded provider gives none.
    pub roles: Vec<String>,
    /// The tenant.
    pub tid: String,
    /// The client that it was issued to.
    pub client_id: String,
    /// That client's application.
    pub app_id: String,
    /// The application's name.
    pub app_name: String,
    /// How it came about: a private claim of the embedded provider.
    pub origin: Origin,
    /// The session; a client's own token has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// The sign-in behind it; a client's own token has none.
    #[serde(flatten)]
    pub authenticated: Option<SignInClaims>,
}

/// The sign-in behind a user's token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignInClaims {
    /// When.
    pub auth_time: i64,
    /// How.
    pub amr: Vec<Amr>,
    /// The authentication context class (`acr`).
    pub acr: String,
}

impl AccessClaims {
    /// Reads an access token: signed here, issued by this issuer for this tenant, and not past its
    /// end. Whether it was revoked is another question.
    pub fn verify(state: &ProviderState, token: &str) -> Result<Self, NotSignedHere> {
        let claims: Self = state.keys.verify(TokenKind::Access, token)?;
        let good = claims.iss == *state.issuer
            && claims.tid == *state.tenant_id
            && claims.aud == AUDIENCE
            && claims.exp > state.ambient.clock.unix();
        if good { Ok(claims) } else { Err(NotSignedHere) }
    }
}

/// The claims of an ID token.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IdClaims {
    /// The issuer.
    pub iss: String,
    /// The user.
    pub sub: String,
    /// The client.
    pub aud: String,
    /// When it was issued.
    pub iat: i64,
    /// When it ends.
    pub exp: i64,
    /// The tenant.
    pub tid: String,
    /// When the user signed in.
    pub auth_time: i64,
    /// How.
    pub amr: Vec<Amr>,
    /// The authentication context class (`acr`).
    pub acr: String,
    /// Binds it to the access token beside it.
    pub at_hash: String,
    /// The request's own value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// CIBA: the request that was approved.
    #[serde(
        rename = "urn:openid:params:jwt:claim:auth_req_id",
        skip_serializing_if = "Option::is_none"
    )]
    pub auth_req_id: Option<String>,
    /// What a passkey's ceremony committed to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval_data: Option<Value>,
    /// Address and number, as the scope asks.
    #[serde(flatten)]
    pub user: UserClaims,
    /// Whatever the sign-in adds.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl IdClaims {
    /// Drops extra claims that have the name of one above, so that no name is there twice.
    pub(super) fn without_clashes(mut self) -> Self {
        let extra = std::mem::take(&mut self.extra);
        if let Ok(Value::Object(own)) = serde_json::to_value(&self) {
            self.extra = extra.into_iter().filter(|(name, _)| !own.contains_key(name)).collect();
        }
        self
    }
}

/// What a token or `/oidc/me` says of a user (OpenID Connect Core 1.0, section 5.4).
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct UserClaims {
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<Email>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number: Option<PhoneNumber>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<i64>,
}

impl UserClaims {
    /// Those of `user` that the scope asks for and that exist. Of a profile there is little: names are
    /// not kept here. Its word is granted all the same, since most libraries ask for it unasked and
    /// some refuse an answer that grants less.
    pub fn of(user: &User, scope: &str) -> Self {
        let email = user.email.clone().filter(|_| has(scope, "email"));
        let phone_number = user.phone_number.clone().filter(|_| has(scope, "phone"));
        Self {
            updated_at: has(scope, "profile").then_some(user.updated_at),
            email_verified: email.is_some().then_some(user.email_verified),
            phone_number_verified: phone_number.is_some().then_some(user.phone_number_verified),
            email,
            phone_number,
        }
    }
}
