//! Applications and clients (`/v1/applications`).
//!
//! Answers echo the client's secret; it is read only where the client was made
//! just now, and elsewhere not at all, so that it cannot be shown. Some answers wrap what they tell
//! in `result`, and the documentation does not say which.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, json};

use super::Transmit;
use super::call::SuccessResponse;
use super::errors::TransmitError;
use platform::Secret;

/// A client, as far as it concerns us.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ApiClient {
    /// Its identifier.
    pub client_id: String,
    /// Its name.
    pub name: Option<String>,
    /// Where browsers may be sent back to.
    #[serde(default, deserialize_with = "or_none")]
    pub redirect_uris: Vec<String>,
    /// Whether it may start CIBA requests, and where their links lead.
    pub ciba_authorization: Option<CibaAuthorization>,
}

/// `ciba_authorization`. The API replaces it whole, so it is only ever sent whole.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CibaAuthorization {
    /// Whether CIBA is on.
    #[serde(default)]
    pub enabled: bool,
    /// The login endpoint that links lead to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login_uri: Option<String>,
    /// Members that we do not know: what replaces the whole must not lose them.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// A list that may be null.
fn or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// An application was created.
#[derive(Debug, Clone, Deserialize)]
pub struct CreatedApplication {
    /// Its identifier.
    pub app_id: String,
}

/// A client that is to be created.
#[derive(Debug, Clone, Serialize)]
pub struct NewClient<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where browsers may be sent back to.
    pub redirect_uris: &'a [String],
    /// Whether it may start CIBA requests, and where their links lead.
    pub ciba_authorization: &'a CibaAuthorization,
    /// Its roles; without any it has the whole of its application.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub role_ids: &'a [&'a str],
}

/// A client was created. This is the one answer whose secret is read: nobody else has it yet.
#[derive(Debug, Clone, Deserialize)]
pub struct CreatedClient {
    /// Its identifier.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret,
}

/// What an answer tells, in `result` or bare.
fn told<T: DeserializeOwned>(answer: &SuccessResponse) -> Result<T, TransmitError> {
    let whole: Value = answer.json()?;
    let told = match whole.get("result") {
        Some(result @ Value::Object(_)) => result.clone(),
        _ => whole,
    };
    serde_json::from_value(told).map_err(|_| answer.unexpected())
}

impl Transmit {
    /// Reads a client. `None`: there is no such client, or no such application.
    pub async fn find_client(
        &self,
        app_id: &str,
        client_id: &str,
    ) -> Result<Option<ApiClient>, TransmitError> {
        let url = self.api(&["v1", "applications", app_id, "clients", client_id]);
        match self.send_as_client(|| self.inner.http.get(url.clone())).await {
            Ok(answer) => told(&answer).map(Some),
            Err(TransmitError::Api(error)) if error.status == 404 => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Replaces the client's `ciba_authorization`, and nothing else of it. Where the answer is empty
    /// the client is read again.
    pub async fn update_ciba(
        &self,
        app_id: &str,
        client_id: &str,
        authorization: &CibaAuthorization,
    ) -> Result<ApiClient, TransmitError> {
        let url = self.api(&["v1", "applications", app_id, "clients", client_id]);
        let body = json!({ "ciba_authorization": authorization });
        let call = self.send_as_client(|| self.inner.http.put(url.clone()).json(&body));
        let answer = call.await?;
        if !answer.is_empty() {
            return told(&answer);
        }
        let now = self.find_client(app_id, client_id).await?;
        now.ok_or_else(|| answer.unexpected())
    }

    /// Creates an application.
    pub async fn create_application(
        &self,
        name: &str,
    ) -> Result<CreatedApplication, TransmitError> {
        let url = self.api(&["v1", "applications"]);
        let body = json!({ "app_name": name, "allow_public_signup": false });
        let answer = self.send_as_client(|| self.inner.http.post(url.clone()).json(&body)).await?;
        told(&answer)
    }

    /// Creates a client of an application.
    pub async fn create_client(
        &self,
        app_id: &str,
        client: &NewClient<'_>,
    ) -> Result<CreatedClient, TransmitError> {
        let url = self.api(&["v1", "applications", app_id, "clients"]);
        let call = self.send_as_client(|| self.inner.http.post(url.clone()).json(client));
        told(&call.await?)
    }
}
