//! The only code that speaks Transmit's API. The site and the operator use it, against Transmit and
//! against the embedded provider alike.
//!
//! One file per group of calls, its types beside them. Whatever the API answers becomes a value: no
//! body, of whatever shape, is more than a [`TransmitError`]. Secrets and tokens are in no `Debug` and in
//! no message. The address of every call is below one configured base. Discovery is asked at Keycloak
//! only (`discovery`): Transmit's is undocumented, and its issuer is not its API host.

mod access_token;
mod api;
mod backchannel;
mod call;
mod client_authentication;
mod client_token;
mod clients;
mod complete;
mod discovery;
mod email_address;
mod endpoints;
mod errors;
mod id_token;
mod jwks;
mod mail;
mod poll;
mod signed_in;
mod social;
mod webauthn;

pub use access_token::{ClientAccessToken, UserAccessToken};
pub use api::{Device, Dialect, Transmit, TransmitSettings};
pub use backchannel::{BackchannelRequest, Channel, Started};
pub use ciba::LoginHintType;
pub use client_authentication::{AssertionError, ClientAuthentication, ClientKey, ClientKeyError};
pub use clients::{ApiClient, CibaAuthorization, CreatedApplication, CreatedClient, NewClient};
pub use email_address::{EmailAddress, InvalidEmailAddress};
pub use errors::{ApiError, Limit, TransmitError};
pub use mail::{EmailContent, MailCode, MailLink, SendMailError};
pub use platform::id_token::{Expected, IdTokenClaims, IdTokenError, LEEWAY};
pub use poll::{CibaTokens, PollAnswer};
pub use signed_in::{RedeemError, SignedIn};
pub use social::{ExchangeError, SocialCode, SocialRequest};
pub use webauthn::{
    AuthenticationOptions, NewPasskey, PasskeyError, RegisteredPasskey, RegistrationOptions,
};
