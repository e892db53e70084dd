//! Reading a form that a browser sent.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;

use super::failure::Failure;
use ciba::Problem;

/// The largest form, in bytes; a passkey's answer is the longest, with a few thousand.
pub const LARGEST_FORM: usize = 16 * 1024;

/// The field with which a form names its page, where its browser has no name yet.
pub const PAGE_FIELD: &str = "page";

/// The most fields that a form of ours has.
const MOST_FIELDS: usize = 16;

/// The fields of a form.
#[derive(Debug, Default)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Reads `application/x-www-form-urlencoded`.
    pub fn parse(bytes: &[u8]) -> Self {
        let fields = url::form_urlencoded::parse(bytes).take(MOST_FIELDS);
        Self(fields.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    /// The value of a field that is there once; one that is repeated is as good as missing.
    pub fn one(&self, name: &str) -> Option<&str> {
        let mut found = self.0.iter().filter(|(other, _)| other == name);
        let (_, value) = found.next()?;
        found.next().is_none().then_some(value)
    }
}

/// Reads the body of a form, up to [`LARGEST_FORM`], within which the layers around every handler hold it.
pub async fn body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Failure> {
    Bytes::from_request(request, state).await.map_err(|error| {
        let is_too_large = error.status() == StatusCode::PAYLOAD_TOO_LARGE;
        let problem = if is_too_large { Problem::ContentTooLarge } else { Problem::FormMalformed };
        Failure::new(problem)
    })
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let is_form =
            kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        let bytes = body(request, state).await?;
        // A button alone sends an empty body, for which some browsers name no type.
        if !is_form && !bytes.is_empty() {
            return Err(Failure::new(Problem::FormMalformed));
        }
        Ok(Self::parse(&bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_field_is_as_good_as_missing() {
        let form = Form::parse(b"a=1&b=2&b=3&c=x+y");
        assert_eq!(form.one("a"), Some("1"));
        assert_eq!(form.one("b"), None);
        assert_eq!(form.one("c"), Some("x y"));
        assert_eq!(form.one("d"), None);
    }
}
