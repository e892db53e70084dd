//! Refuses forms that come from somebody else's page, and in the demo whoever calls this machine by
//! another name.

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::audit::{self, AuditContext, Event};
use crate::site::Site;
use crate::site::failure::Failure;
use ciba::Problem;
use platform::guard;

/// The refusal; nothing for safe methods and our own forms.
pub fn refuse(site: &Site, request: &Request) -> Option<Response> {
    let headers = request.headers();
    if site.config.demo.enabled && !guard::names_this_machine(headers) {
        let text =
            "the demo answers on this machine only; a proxy in front of it sends Host: localhost\n";
        return Some((StatusCode::MISDIRECTED_REQUEST, text).into_response());
    }
    if request.method().is_safe() || guard::is_same_origin(headers, &site.origin()) {
        return None;
    }
    audit::record(Event::ForeignForm, &AuditContext::default());
    Some(Failure::new(Problem::CrossSite).into_response())
}
