//! Why the embedded provider cannot be set up.

use super::bootstrap::FirstClientKeyError;
use super::clients::ClientError;
use super::keys::KeyError;
use super::social::SocialSetUpError;
use messages::delivery::DeliverySetUpError;
use messages::texts::InvalidText;
use platform::storage::StorageError;

/// The provider cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum ProviderSetUpError {
    /// Mail or SMS are not configured as they have to be.
    #[error(transparent)]
    Delivery(#[from] DeliverySetUpError),
    /// The site cannot have passkeys.
    #[error("site.public_url: its passkeys cannot be set up")]
    Passkeys(#[from] webauthn_rs::prelude::WebauthnError),
    /// A text of the brand cannot be used.
    #[error(transparent)]
    Texts(#[from] InvalidText),
    /// The signing keys cannot be used.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The configured client cannot be kept.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The public half of the configured client's key cannot be made.
    #[error("provider.client_key_file")]
    ClientKey(#[from] FirstClientKeyError),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The machine gave no randomness.
    #[error(transparent)]
    Entropy(#[from] platform::ids::NoEntropy),
    /// Social login is not configured as it has to be.
    #[error(transparent)]
    Social(#[from] SocialSetUpError),
}
