//! The form of an OAuth request: `application/x-www-form-urlencoded`, each parameter at most once
//! (RFC 6749, section 3.2).

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use serde::{Deserialize, Serialize};

use super::answer::EndpointError;

/// The parameters of a request. Values are secrets and hints: `Debug` shows the names only.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct OAuthForm(BTreeMap<String, String>);

/// The parameters cannot be read. The texts are for the client's developer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FormError {
    #[error("the body must be application/x-www-form-urlencoded, at most 64 kB")]
    NotAForm,
    #[error("a parameter must not be repeated")]
    Repeated,
    #[error("a parameter must not hold U+0000")]
    Nul,
}

impl From<FormError> for EndpointError {
    fn from(error: FormError) -> Self {
        Self::oauth("invalid_request", error.to_string())
    }
}

impl IntoResponse for FormError {
    fn into_response(self) -> Response {
        EndpointError::from(self).into_response()
    }
}

impl OAuthForm {
    /// Reads a form.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, FormError> {
        let mut parameters = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(body) {
            if name.contains('\0') || value.contains('\0') {
                return Err(FormError::Nul);
            }
            if parameters.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(FormError::Repeated);
            }
        }
        Ok(Self(parameters))
    }

    /// The parameters of these names.
    #[must_use]
    pub(crate) fn only(mut self, names: &[&str]) -> Self {
        self.0.retain(|name, _| names.contains(&name.as_str()));
        self
    }

    /// The same with this parameter.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.0.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The bytes of all names and values.
    pub(crate) fn size(&self) -> usize {
        self.0.iter().map(|(name, value)| name.len() + value.len()).sum()
    }

    /// A parameter's value. One without a value counts as absent (RFC 6749, section 3.2).
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The value of a parameter that may not be absent.
    pub(crate) fn required(&self, name: &'static str) -> Result<&str, EndpointError> {
        self.value(name)
            .ok_or_else(|| EndpointError::oauth("invalid_request", format!("{name} is missing")))
    }
}

impl std::fmt::Debug for OAuthForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl<S: Send + Sync> FromRequest<S> for OAuthForm {
    type Rejection = FormError;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let content_type =
            request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default();
        if !essence.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(FormError::NotAForm);
        }
        let body = Bytes::from_request(request, state).await.map_err(|_| FormError::NotAForm)?;
        Self::parse(&body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_given_once_and_an_empty_one_counts_as_absent() {
        let form = OAuthForm::parse(b"a=1&b=&c=x%2By+z").unwrap();
        assert_eq!(form.value("a"), Some("1"));
        assert_eq!(form.value("b"), None);
        assert_eq!(form.value("c"), Some("x+y z"));
        assert_eq!(OAuthForm::parse(b"a=1&a=1").unwrap_err(), FormError::Repeated);
        for body in ["a=%00", "%00=1", "a=x%00y"] {
            assert_eq!(OAuthForm::parse(body.as_bytes()).unwrap_err(), FormError::Nul, "{body}");
        }
    }

    #[test]
    fn shows_names_and_no_values() {
        let form = OAuthForm::parse(b"client_secret=hunter2").unwrap();
        let shown = format!("{form:?}");
        assert!(shown.contains("client_secret") && !shown.contains("hunter2"));
    }
}
