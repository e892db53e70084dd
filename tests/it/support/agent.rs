//! The embedded provider as its clients see it, over HTTP.

use ciba_login::application::settings;
use ciba_login::config::Secret;
use platform::ambient::Ambient;
use platform::ids::SystemEntropy;
use platform::seal::Sealer;
use platform::storage::Storage;
use provider::contact::Email;
use provider::tokens::{self, Amr, AuthenticatedUser, TokenAnswer};
use provider::{ProviderState, clients, users};
use reqwest::header::AUTHORIZATION;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::TestApp;

pub const CIBA: &str = "urn:openid:params:grant-type:ciba";

/// An answer of the API.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Answer {
    /// The `error` of an OAuth body, or nothing.
    pub fn error(&self) -> &str {
        self.body["error"].as_str().unwrap_or_default()
    }

    /// Status and `error_code`, where that is text.
    pub fn refusal(&self) -> (u16, &str) {
        (self.status.as_u16(), self.body["error_code"].as_str().unwrap_or_default())
    }

    /// A member that is text.
    pub fn text(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_else(|| panic!("{name} is missing: {self:?}"))
    }
}

impl TestApp {
    /// Another instance of the provider over the same database.
    pub async fn another_provider(&self) -> ProviderState {
        self.another_provider_built().await.state
    }

    /// The same, with its URL map.
    pub async fn another_provider_built(&self) -> provider::BuiltProvider {
        let mut config = self.config.clone();
        config.site.public_url = self.site.parse().unwrap();
        config.provider.public_url = self.provider.parse().unwrap();
        let demo = ciba_login::demo::adopt(&mut config, &SystemEntropy).unwrap();
        let ambient = Ambient::new(self.clock.clone(), std::sync::Arc::new(SystemEntropy));
        let storage = Storage::open(&config.storage).await.unwrap();
        let sealer = Sealer::of(&config.session, &ambient.entropy).unwrap();
        let parts = provider::ProviderParts {
            settings: settings::of_provider(&config).into(),
            ambient: &ambient,
            storage: &storage,
            sealer: &sealer,
            demo: Some(settings::of_demo(&demo)),
        };
        provider::build(parts).await.unwrap()
    }

    /// Signs a customer of the demo in, by mail.
    pub async fn signed_in(&self, email: &str) -> TokenAnswer {
        let state = self.another_provider().await;
        let email = Email::parse(email).unwrap();
        let user = users::find_by_email(&state.storage, &email).await.unwrap().unwrap();
        let client = clients::find(&state.storage, &state.sealer, &self.demo.client_id);
        let client = client.await.unwrap().unwrap();
        let authenticated = AuthenticatedUser::by(&[Amr::Eml], state.ambient.clock.unix());
        tokens::issue(&state, &user, &client, &authenticated).await.unwrap().unwrap()
    }

    /// A form with the demo client's credentials in it.
    pub async fn as_client(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let secret = self.demo.client_secret.clone();
        let own = [("client_id", self.demo.client_id.as_str()), ("client_secret", &secret)];
        self.form(path, &[&own, form].concat()).await
    }

    /// A form as it is.
    pub async fn form(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let request = self.http.post(format!("{}{path}", self.provider)).form(form);
        answer(request).await
    }

    /// A call with a bearer token and, perhaps, a JSON body.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Option<Value>,
    ) -> Answer {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.provider))
            .header(AUTHORIZATION, format!("Bearer {token}"));
        if let Some(body) = body {
            request = request.json(&body);
        }
        answer(request).await
    }

    /// The demo client's own access token.
    pub async fn client_token(&self) -> String {
        let answer = self.as_client("/oidc/token", &[("grant_type", "client_credentials")]).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.text("access_token").to_owned()
    }

    /// Starts a request for the demo's first customer, with the link in the answer.
    pub async fn started(&self) -> Answer {
        let phone_number = self.demo.users[0].phone_number.clone();
        let answer = self
            .as_client(
                "/oidc/backchannel",
                &[
                    ("scope", "openid"),
                    ("login_hint", &phone_number),
                    ("binding_message", "CASE-4711"),
                    ("request_context", r#"{"channel":"link"}"#),
                ],
            )
            .await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer
    }

    /// Polls for the tokens of a request.
    pub async fn poll(&self, auth_req_id: &str) -> Answer {
        self.as_client("/oidc/token", &[("grant_type", CIBA), ("auth_req_id", auth_req_id)]).await
    }

    /// Reports a decision.
    pub async fn complete(&self, token: &str, auth_req_id: &str, approved: bool) -> Answer {
        let body = json!({"auth_req_id": auth_req_id, "approved": approved});
        self.call(Method::POST, "/cis/auth/backchannel/complete", token, Some(body)).await
    }

    /// Creates a second application with a client, and returns the client's id, secret and app.
    pub async fn another_client(&self) -> (String, Secret, String) {
        let token = self.client_token().await;
        let body = json!({"app_name": "other", "first_client": {"name": "other client"}});
        let made = self.call(Method::POST, "/v1/applications", &token, Some(body)).await;
        assert_eq!(made.status, 201, "{made:?}");
        let result = &made.body["result"];
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (
            text(&result["first_client"]["client_id"]),
            Secret::new(text(&result["first_client"]["client_secret"])),
            text(&result["app_id"]),
        )
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = request.header("accept", "application/json").send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response.text().await.unwrap();
    let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() };
    Answer { status, headers, body }
}

/// The claims of a JWT that somebody else has verified.
pub fn claims(token: &str) -> Value {
    jsonwebtoken::dangerous::insecure_decode_claims(token).unwrap()
}
