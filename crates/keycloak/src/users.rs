//! Where a customer can be reached: the admin API, by a service account that may view users.

use serde::Deserialize;
use serde_json::Value;

use super::service_account::Token;
use super::{CallError, Keycloak};
use platform::Secret;

/// A user, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RealmUser {
    /// Whether they may sign in: not where they are switched off, nor while the realm has locked them
    /// out after wrong passwords.
    pub enabled: bool,
    /// Whether they have to do something at the realm before they get a token: set a password, accept
    /// its terms, verify an address.
    pub has_required_actions: bool,
    /// Their e-mail address, where the realm has verified it.
    pub email: Option<String>,
    /// Their phone number.
    pub phone: Option<String>,
    /// Their language, as a tag.
    pub locale: Option<String>,
}

#[derive(Deserialize)]
struct GrantedScopes {
    access_token: String,
    expires_in: i64,
}

impl Keycloak {
    /// The user of this identifier; nothing where the realm knows nobody by it (any more).
    ///
    /// # Errors
    ///
    /// [`CallError`]; a 403 means that the service account may not view users.
    pub async fn user(&self, subject: &str) -> Result<Option<RealmUser>, CallError> {
        let Some(address) = self.user_address(subject) else { return Ok(None) };
        let token = self.service_account_token().await?;
        let call = self.inner.http.get(address).bearer_auth(token.text.expose());
        let found = match self.json::<Value>(call).await {
            Ok(found) => found,
            Err(error) if error.status() == Some(404) => return Ok(None),
            Err(error) => {
                if error.status() == Some(401) {
                    self.inner
                        .service_account
                        .forget(|held| held.text.expose() == token.text.expose());
                }
                return Err(error);
            }
        };
        let settings = self.settings();
        let text = |value: Option<&Value>| {
            let text = value.and_then(Value::as_str).map(str::trim);
            text.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let attribute =
            |name: &str| text(found.get("attributes").and_then(|all| all.get(name)?.get(0)));
        let is = |name: &str| found.get(name).and_then(Value::as_bool).unwrap_or_default();
        Ok(Some(RealmUser {
            enabled: is("enabled"),
            has_required_actions: found
                .get("requiredActions")
                .and_then(Value::as_array)
                .is_some_and(|actions| !actions.is_empty()),
            email: text(found.get("email")).filter(|_| is("emailVerified")),
            phone: attribute(&settings.phone_attribute),
            locale: attribute(&settings.locale_attribute),
        }))
    }

    /// `{base}/admin/realms/{realm}/users/{id}`, beside `{base}/realms/{realm}`.
    fn user_address(&self, subject: &str) -> Option<url::Url> {
        let (_, realm) = self.issuer().rsplit_once("/realms/")?;
        self.beside(&["admin", "realms", realm, "users", subject])
    }

    async fn service_account_token(&self) -> Result<std::sync::Arc<Token>, CallError> {
        let fetch = async {
            let fields = [("grant_type", "client_credentials")];
            let call = self.form("protocol/openid-connect/token", &fields);
            let granted: GrantedScopes = self.json(call).await?;
            Ok(Token { text: Secret::new(granted.access_token), lifetime: granted.expires_in })
        };
        self.inner.service_account.find(&self.inner.ambient.clock, Token::worth, fetch).await
    }
}
