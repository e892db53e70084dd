//! What the provider is told when it is built. The comment on a field of a configuration table is its
//! manual entry; `docs/configuration.md` is generated from them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use messages::brand::BrandConfig;
use messages::settings::{MailConfig, SmsConfig};
use platform::Secret;
use platform::http_client::Timeouts;
use serde::{Deserialize, Serialize};
use url::Url;

/// Everything that can be set of the provider.
#[derive(Debug, Clone)]
pub struct ProviderSettings {
    /// Its address as browsers and clients see it.
    pub public_url: Url,
    /// The `iss` of its tokens.
    pub issuer: String,
    /// The path in front of the API's own paths, as clients write it.
    pub prefix: String,
    /// How `complete` says no.
    pub complete_errors: CompleteErrors,
    /// Seconds that a client has to wait between two polls.
    pub poll_interval: u16,
    /// Days until another key signs the tokens, 0 for never.
    pub signing_key_days: u16,
    /// Browser origins beside the site's that may call `webauthn/*/start`.
    pub cors_origins: Vec<Url>,
    /// Whether an unknown user name is answered with `no_credentials_registered`.
    pub reveal_missing_credentials: bool,
    /// The client that is there from the first start.
    pub client: FirstClient,
    /// The site, where codes go and passkeys belong.
    pub site_url: Url,
    /// Further origins that may use the site's passkeys.
    pub related_origins: Vec<Url>,
    /// Name and look of what is sent.
    pub brand: BrandConfig,
    /// How mail is sent.
    pub mail: MailConfig,
    /// How SMS are sent.
    pub sms: SmsConfig,
    /// Identity providers behind social login, by name.
    pub upstreams: BTreeMap<String, UpstreamConfig>,
    /// What customers know an identity provider as, by name.
    pub upstream_labels: BTreeMap<String, String>,
    /// How long a call to an identity provider may take.
    pub timeouts: Timeouts,
    /// Whether stored secrets have to be sealed anew, because the sealing key was changed.
    pub is_resealing: bool,
    /// Whether this is the demo, on one machine.
    pub in_demo: bool,
}

/// The client that is created, or brought up to date, at every start.
#[derive(Debug, Clone, Default)]
pub struct FirstClient {
    /// Its application.
    pub app_id: Option<String>,
    /// Its identifier; without one there is no such client.
    pub client_id: Option<String>,
    /// Its secret.
    pub secret: Option<Secret>,
    /// The file of its private key, where it signs who it is (`private_key_jwt`).
    pub key_file: Option<PathBuf>,
}

/// Whom the demo knows.
#[derive(Debug, Clone)]
pub struct DemoAccounts {
    /// The demo's client, for which CIBA is enabled.
    pub client_id: String,
    /// The client's `login_uri`.
    pub login_uri: String,
    /// The customers.
    pub users: Vec<DemoUser>,
}

/// How the embedded provider's `complete` says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CompleteErrors {
    /// A distinct code for unknown, expired, decided, and somebody else's.
    Precise,
    /// The same cases as a plain 400 without a reason.
    #[serde(rename = "uninformative_400")]
    Uninformative400,
    /// The same cases as a plain 500.
    #[serde(rename = "uninformative_500")]
    Uninformative500,
}

/// `[upstream.<name>]`: an identity provider behind the embedded provider's social login.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpstreamConfig {
    /// How it speaks: `openid` (OpenID Connect with discovery), `apple` (as Apple does it) or
    /// `oauth2` (OAuth 2.0 with an account endpoint).
    #[serde(default)]
    pub kind: UpstreamKind,
    /// OpenID: its issuer, from which everything else is discovered. OAuth 2.0: the name under which
    /// its accounts are filed; unset, the origin of `userinfo_url`.
    pub issuer: Option<Url>,
    /// OAuth 2.0 without OpenID: where the customer is sent.
    pub authorization_url: Option<Url>,
    /// OAuth 2.0 without OpenID: where the code is exchanged.
    pub token_url: Option<Url>,
    /// OAuth 2.0 without OpenID: where the account is asked for.
    pub userinfo_url: Option<Url>,
    /// Our client there.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Option<Secret>,
    /// A file that holds the secret.
    pub client_secret_file: Option<PathBuf>,
    /// What is asked for. Default for OpenID: `openid email`.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Apple: the team that owns the key.
    pub team_id: Option<String>,
    /// Apple: the key's identifier.
    pub key_id: Option<String>,
    /// Apple: the file that holds the ES256 key (PEM).
    pub key_file: Option<PathBuf>,
    /// Link an account on first use when this issuer says that the e-mail address is verified, and
    /// it is a customer's verified address. Only for issuers that own the mailboxes they vouch for.
    #[serde(default)]
    pub trust_verified_email: bool,
    /// The identity provider refuses PKCE, as LinkedIn does for clients with a secret: none is sent. Only
    /// where it has to be: without PKCE, and without the nonce of OpenID, whoever steals a code can sign
    /// in with it. Needs a secret.
    #[serde(default)]
    pub refuses_pkce: bool,
    /// What is added to the address where the customer has to be asked who they are
    /// (`prompt=login`), for example `{ auth_type = "reauthenticate" }` at Facebook. OAuth 2.0 has no
    /// word for it: without this, whoever is remembered there is not asked again.
    #[serde(default)]
    pub anew: BTreeMap<String, String>,
}

/// How an upstream identity provider speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UpstreamKind {
    /// OpenID Connect with discovery.
    #[default]
    Openid,
    /// OpenID Connect as Apple does it: a signed client secret, and the answer by form post.
    Apple,
    /// OAuth 2.0 with an account endpoint (Facebook, GitHub).
    Oauth2,
}

/// A customer of the demo.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DemoUser {
    /// The provider's identifier of the customer.
    pub user_id: String,
    /// The customer's verified e-mail address.
    pub email: String,
    /// The customer's phone number (E.164).
    pub phone_number: String,
    /// Whether the phone number is verified.
    #[serde(default = "verified")]
    pub phone_number_verified: bool,
}

fn verified() -> bool {
    true
}
