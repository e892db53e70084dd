//! Keeps the signing keys up to date while the provider runs.

use std::time::Duration;

use crate::{ProviderState, StateParts};
use platform::ambient::{Worker, repeated};
use platform::causes::Causes;

/// How often the keys are read again.
const PERIOD: Duration = Duration::from_secs(60);

/// The worker: at start, and then every minute.
pub(crate) fn worker(state: ProviderState) -> Worker {
    let lifetime = i64::from(state.settings.signing_key_days) * 24 * 60 * 60;
    repeated(PERIOD, move || {
        let state = state.clone();
        async move {
            let StateParts { storage, sealer, ambient, .. } = &*state;
            let kept_up = state.keys.keep_up(storage, sealer, ambient, lifetime).await;
            if let Err(error) = kept_up {
                tracing::warn!(error = %Causes(&error), "the signing keys were not looked after");
            }
        }
    })
}
