//! The part of the Admin API that switches CIBA on, with an administrator's token.
//!
//! Representations are kept as JSON: what is sent is what was read with some members changed, because
//! the server removes the attributes of a realm that are left out.

use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{CallError, Keycloak};
use platform::Secret;
use platform::issuer::DiscoveryDocument;

/// Who administers.
#[derive(Debug, Clone)]
pub struct Administrator {
    /// The realm in which they are, for example `master`.
    pub realm: String,
    /// Their name.
    pub user: String,
    /// Their password.
    pub password: Secret,
}

/// A realm with an administrator's token.
#[derive(Debug)]
pub struct Admin<'a> {
    keycloak: &'a Keycloak,
    token: Secret,
}

#[derive(Deserialize)]
struct GrantedToken {
    access_token: String,
}

impl Keycloak {
    /// What the realm publishes about itself.
    pub async fn discovery(&self) -> Result<DiscoveryDocument, CallError> {
        self.json(self.inner.http.get(self.settings().realm.document())).await
    }

    /// Signs an administrator in.
    ///
    /// # Errors
    ///
    /// [`CallError`]; `invalid_grant` means that name or password is wrong.
    pub async fn administered_by(&self, who: &Administrator) -> Result<Admin<'_>, CallError> {
        let fields = [
            ("grant_type", "password"),
            ("client_id", "admin-cli"),
            ("username", &who.user),
            ("password", who.password.expose()),
        ];
        let Some(address) =
            self.beside(&["realms", &who.realm, "protocol", "openid-connect", "token"])
        else {
            return Err(CallError::Unexpected { status: 0 });
        };
        let granted: GrantedToken = self.json(self.inner.http.post(address).form(&fields)).await?;
        Ok(Admin { keycloak: self, token: Secret::new(granted.access_token) })
    }

    /// What is called beside `…/realms/{realm}`.
    pub(super) fn beside(&self, path: &[&str]) -> Option<Url> {
        let (base, _) = self.settings().realm.server().rsplit_once("/realms/")?;
        let mut address = Url::parse(base).ok()?;
        address.path_segments_mut().ok()?.pop_if_empty().extend(path);
        Some(address)
    }
}

impl Admin<'_> {
    /// The realm's representation.
    pub async fn realm(&self) -> Result<Value, CallError> {
        self.keycloak.json(self.call(Method::GET, &[])?).await
    }

    /// Changes the realm.
    pub async fn update_realm(&self, realm: &Value) -> Result<(), CallError> {
        self.done(self.call(Method::PUT, &[])?.json(realm)).await
    }

    /// The client of this identifier, with its `id`.
    pub async fn client(&self, client_id: &str) -> Result<Option<Value>, CallError> {
        let call = self.call(Method::GET, &["clients"])?.query(&[("clientId", client_id)]);
        Ok(self.keycloak.json::<Vec<Value>>(call).await?.pop())
    }

    /// Makes a client.
    pub async fn create_client(&self, client: &Value) -> Result<(), CallError> {
        self.done(self.call(Method::POST, &["clients"])?.json(client)).await
    }

    /// Changes a client, by its `id`.
    pub async fn update_client(&self, id: &str, client: &Value) -> Result<(), CallError> {
        self.done(self.call(Method::PUT, &["clients", id])?.json(client)).await
    }

    /// Which attributes the realm's users have, and who may read and change them.
    pub async fn user_profile(&self) -> Result<Value, CallError> {
        self.keycloak.json(self.call(Method::GET, &USER_PROFILE)?).await
    }

    /// Changes them.
    pub async fn update_user_profile(&self, profile: &Value) -> Result<(), CallError> {
        self.done(self.call(Method::PUT, &USER_PROFILE)?.json(profile)).await
    }

    /// Whether the service account of the client of this `id` may view users.
    pub async fn may_view_users(&self, id: &str) -> Result<bool, CallError> {
        let account = self.service_account(id).await?;
        let management = self.realm_management().await?;
        let path = ["users", &account, "role-mappings", "clients", &management, "composite"];
        let roles: Vec<Value> = self.keycloak.json(self.call(Method::GET, &path)?).await?;
        Ok(roles.iter().any(|role| role["name"] == VIEW_USERS))
    }

    /// Lets the service account of the client of this `id` view users.
    pub async fn let_view_users(&self, id: &str) -> Result<(), CallError> {
        let account = self.service_account(id).await?;
        let management = self.realm_management().await?;
        let role = ["clients", &management, "roles", VIEW_USERS];
        let role: Value = self.keycloak.json(self.call(Method::GET, &role)?).await?;
        let path = ["users", &account, "role-mappings", "clients", &management];
        self.done(self.call(Method::POST, &path)?.json(&json!([role]))).await
    }

    async fn service_account(&self, id: &str) -> Result<String, CallError> {
        let path = ["clients", id, "service-account-user"];
        identifier(&self.keycloak.json(self.call(Method::GET, &path)?).await?)
    }

    async fn realm_management(&self) -> Result<String, CallError> {
        identifier(&self.client("realm-management").await?.unwrap_or_default())
    }

    /// A call below `…/admin/realms/{realm}`.
    fn call(&self, method: Method, path: &[&str]) -> Result<RequestBuilder, CallError> {
        let realm = self.keycloak.issuer().rsplit('/').next().unwrap_or_default();
        let path: Vec<&str> =
            ["admin", "realms", realm].into_iter().chain(path.iter().copied()).collect();
        let address = self.keycloak.beside(&path).ok_or(CallError::Unexpected { status: 0 })?;
        Ok(self.keycloak.inner.http.request(method, address).bearer_auth(self.token.expose()))
    }

    async fn done(&self, call: RequestBuilder) -> Result<(), CallError> {
        let answer = self.keycloak.send(call).await?;
        match answer.status {
            200..300 => Ok(()),
            status => Err(CallError::refused(status, &answer.body)),
        }
    }
}

const USER_PROFILE: [&str; 2] = ["users", "profile"];

const VIEW_USERS: &str = "view-users";

fn identifier(found: &Value) -> Result<String, CallError> {
    let id = found["id"].as_str().ok_or(CallError::Unexpected { status: 200 })?;
    Ok(id.to_owned())
}
