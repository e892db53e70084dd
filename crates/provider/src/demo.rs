//! The demo's customers, and CIBA switched on for its client. Runs at every start and changes
//! nothing the second time.

use super::contact::{Email, PhoneNumber};
use super::users::{self, User, UserStatus};
use super::{ProviderSetUpError, ProviderState, clients};
use crate::settings::{DemoAccounts, DemoUser};
use platform::storage::StorageError;

/// Seeds what `demo.json` names; the client itself is there already.
pub(super) async fn seed(
    state: &ProviderState,
    demo: &DemoAccounts,
) -> Result<(), ProviderSetUpError> {
    for customer in &demo.users {
        seed_user(state, customer).await?;
    }
    enable_ciba(state, demo).await
}

async fn seed_user(state: &ProviderState, customer: &DemoUser) -> Result<(), StorageError> {
    let (Ok(email), Ok(phone_number)) =
        (Email::parse(&customer.email), PhoneNumber::parse(&customer.phone_number))
    else {
        tracing::warn!(user.id = customer.user_id, "a customer in demo.json cannot be reached");
        return Ok(());
    };
    // A demo.json that was removed is made anew with other identifiers for the same people.
    sqlx::query("DELETE FROM users WHERE (email = $1 OR phone_number = $2) AND user_id <> $3")
        .bind(email.as_str())
        .bind(phone_number.as_str())
        .bind(&customer.user_id)
        .execute(state.storage.writer())
        .await?;
    let now = state.ambient.clock.unix();
    let user = User {
        user_id: customer.user_id.clone(),
        email: Some(email),
        email_verified: true,
        phone_number: Some(phone_number),
        phone_number_verified: customer.phone_number_verified,
        status: UserStatus::Active,
        created_at: now,
        updated_at: now,
        last_auth: None,
    };
    match users::create(&state.storage, &user).await {
        Err(error) if error.is_conflict() => Ok(()),
        created => created,
    }
}

async fn enable_ciba(state: &ProviderState, demo: &DemoAccounts) -> Result<(), ProviderSetUpError> {
    let Some(mut client) = clients::find(&state.storage, &state.sealer, &demo.client_id).await?
    else {
        return Ok(());
    };
    let ciba = &mut client.settings.ciba_authorization;
    let login_uri = demo.login_uri.parse().ok();
    // Left alone once it is as it should be, so that what somebody switched off stays off. The
    // site's port may be another one than at the last start.
    if ciba.login_uri != login_uri {
        ciba.enabled = true;
        ciba.login_uri = login_uri;
        clients::update(&state.storage, &client, state.ambient.clock.unix()).await?;
    }
    Ok(())
}
