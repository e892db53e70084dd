//! The press on "Yes, allow" or "No, stop this".

use leptos::prelude::*;

/// Takes the decision on a request and leads on to its outcome, whatever comes of it.
///
/// # Errors
///
/// Only where the server was put together wrongly: what can go wrong for a customer is read from
/// the journal by the page that this leads to.
#[server(name = Decide, prefix = "/api", endpoint = "decide")]
pub async fn decide(
    /// The request's handle.
    handle: String,
    /// `approve` or `deny`.
    decision: String,
    /// The reference that was picked, where one is.
    #[server(default)]
    reference: Option<String>,
) -> Result<(), ServerFnError> {
    use crate::site::{Site, decision::routes::press};
    let site = use_context::<Site>().ok_or_else(|| ServerFnError::new("no site"))?;
    let (headers, session): (axum::http::HeaderMap, tower_sessions::Session) =
        leptos_axum::extract().await?;
    let next = press(&site, &headers, &session, &handle, &decision, reference.as_deref()).await;
    leptos_axum::redirect(&next);
    Ok(())
}
