//! The operator's side: the consumption device of CIBA, as a library.
//!
//! A call centre's own software uses it as `ciba-login request` does: start a request, then follow
//! it to its end. The poller is a conforming client of OpenID Connect CIBA Core 1.0, section 10.1
//! (poll mode): it keeps the provider's pace, slows down when it is told to, bridges faults, checks
//! the ID token, and stops when the request's time is over.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use ciba::BindingMessage;
//! use platform::ambient::Ambient;
//! use ciba_login::config::Secret;
//! use platform::http_client::{self, Timeouts};
//! use ciba_login::operator::{self, PollOutcome};
//! use transmit::{
//!     BackchannelRequest, Channel, ClientAuthentication, Dialect, LoginHintType, Transmit,
//!     TransmitSettings,
//! };
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let http = http_client::build(Timeouts {
//!     connect: Duration::from_secs(2),
//!     total: Duration::from_secs(5),
//! })?;
//! let settings = TransmitSettings {
//!     dialect: Dialect::Transmit,
//!     base: "https://api.transmitsecurity.io".parse()?,
//!     prefix: "/cis".into(),
//!     token_path: "/oidc/token".into(),
//!     issuer: "https://userid.security".into(),
//!     client_id: "my-client".into(),
//!     client_authentication: ClientAuthentication::SecretPost(Secret::new("my-secret")),
//! };
//! let transmit = Transmit::new(http, settings, Ambient::system());
//!
//! let started = transmit
//!     .start(&BackchannelRequest {
//!         login_hint: "+15550100".into(),
//!         login_hint_type: LoginHintType::Phone,
//!         binding_message: Some(BindingMessage::parse("CASE-4711")?),
//!         channel: Channel::Sms,
//!         custom_message: None,
//!         requested_expiry: None,
//!         scope: "openid".into(),
//!         contact: None,
//!         locale: None,
//!     })
//!     .await?;
//! match operator::poll(&transmit, &started, |progress| println!("{progress:?}")).await {
//!     PollOutcome::Token(granted) => println!("{} has allowed it", granted.claims.sub),
//!     PollOutcome::Denied => println!("they have refused"),
//!     PollOutcome::Expired => println!("nobody has decided in time"),
//!     PollOutcome::Failed(error) => return Err(error.into()),
//! }
//! # Ok(())
//! # }
//! ```

mod enable;
mod pace;
mod poller;
mod realm;
mod reference;

pub use enable::{Change, changes};
pub use pace::{DEFAULT_INTERVAL, Pace, PollHistory};
pub use poller::{Granted, PollError, PollOutcome, PollProgress, PollResult, poll, poll_once};
pub use realm::{
    ClientRole, WantedClient, adjust_client, adjust_realm, adjust_user_profile, demanded_classes,
    is_edited_by_users,
};
pub use reference::new_reference;
