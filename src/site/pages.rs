//! The pages: pure functions from what is known to HTML. They ask nobody anything.
//!
//! Every page works without script; those that profit from one name it in [`Scripts`]. Text of a
//! page comes from [`messages::texts`], text from outside is escaped by the view and isolated
//! in a block of its own.

pub mod code;
pub mod decision;
pub mod elsewhere;
mod layout;
pub mod mail;
pub mod outcome;
mod parts;
pub mod pick;
pub mod prepared;
pub mod problem;
pub mod request;
mod scripts;

#[cfg(test)]
mod gallery;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::http::header::{CONTENT_LANGUAGE, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::look::Look;
use messages::texts::{Language, Words};

/// What a page takes from the request that it answers.
#[derive(Debug, Clone)]
pub struct PageContext {
    /// Brand and built files.
    pub look: Arc<Look>,
    /// The words of the person's language.
    pub words: Words,
    /// The path, with a query where it needs one, under which `GET` shows this page, for the language switch. Without it there is no
    /// switch: the answer to a form has no address of its own.
    pub path: Option<String>,
    /// The identifier of the HTTP request, to be quoted to whoever helps.
    pub request_id: Option<String>,
    /// The nonce of the content security policy, for pages with script.
    pub nonce: Option<String>,
}

impl PageContext {
    /// A context in a language, with nothing else known.
    pub fn new(look: &Arc<Look>, language: Language) -> Self {
        Self {
            look: Arc::clone(look),
            words: look.texts().words(language),
            path: None,
            request_id: None,
            nonce: None,
        }
    }
}

/// The script that a page loads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scripts {
    /// None.
    #[default]
    None,
    /// The islands, as soon as the browser has nothing better to do.
    Islands,
    /// The islands, once one of them is needed.
    IslandsLater,
    /// A line that opens the page again once it has something else to say.
    LookAgain,
    /// A line that copies what a button names.
    Copy,
    /// A line that opens a link again whose end a number sign has cut off.
    MendLink,
}

impl Scripts {
    /// The islands, on a page that has something for one of them; later where that is a time that may
    /// run out, or a way that is folded away.
    fn islands(in_view: bool, later: bool) -> Self {
        match (in_view, later) {
            (true, _) => Self::Islands,
            (false, true) => Self::IslandsLater,
            (false, false) => Self::None,
        }
    }
}

/// A rendered page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The HTTP status.
    pub status: StatusCode,
    /// The language that it is written in.
    pub language: Language,
    /// The document.
    pub html: String,
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (CONTENT_LANGUAGE, HeaderValue::from_static(self.language.tag())),
        ];
        (self.status, headers, self.html).into_response()
    }
}
