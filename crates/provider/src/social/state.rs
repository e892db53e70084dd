//! What the endpoints of social login work with.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRef;
use axum::http::HeaderMap;
use axum::response::Response;

use super::page::{self, Complaint};
use super::upstream::Upstream;
use crate::ProviderState;
use platform::round_trip::RoundTrips;

/// Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Social(pub(super) Arc<SocialParts>);

#[derive(Debug)]
pub(crate) struct SocialParts {
    pub(super) provider: ProviderState,
    pub(super) upstreams: BTreeMap<String, Upstream>,
    pub(super) trips: RoundTrips,
}

impl Deref for Social {
    type Target = SocialParts;

    fn deref(&self) -> &SocialParts {
        &self.0
    }
}

impl Social {
    /// Complains to a customer, in the language that they read.
    pub(super) fn complain(
        &self,
        headers: &HeaderMap,
        ui_locales: Option<&str>,
        complaint: Complaint,
    ) -> Response {
        let words = page::words(&self.provider.texts, headers, ui_locales);
        page::complain(&words, headers, complaint)
    }
}

impl FromRef<Social> for ProviderState {
    fn from_ref(social: &Social) -> Self {
        social.provider.clone()
    }
}
