//! Refuses forms that come from somebody else's page, and in the demo whoever calls this machine by
//! another name.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::audit::{self, Circumstances, Event};
use crate::site::Site;
use crate::site::failure::Failure;
use ciba::Problem;
use platform::guard;

/// Lets safe methods and our own forms pass.
pub async fn check(State(site): State<Site>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    if site.config.demo.enabled && !guard::names_this_machine(headers) {
        let text =
            "the demo answers on this machine only; a proxy in front of it sends Host: localhost\n";
        return (StatusCode::MISDIRECTED_REQUEST, text).into_response();
    }
    if request.method().is_safe() || guard::is_same_origin(headers, &site.origin()) {
        return next.run(request).await;
    }
    audit::record(Event::ForeignForm, &Circumstances::default());
    Failure::new(Problem::CrossSite).into_response()
}
