//! The tables of the configuration. The comment on a field is its manual entry;
//! `docs/configuration.md` is generated from them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use url::Url;

use super::{CompleteErrors, Secret};
use ciba::BindingMessage;
use platform::network::Network;

/// `[site]`: the page that customers meet.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SiteConfig {
    /// The address that is listened on.
    pub address: SocketAddr,
    /// The address as browsers see it. `https`, except on `localhost`. Passkeys belong to its host,
    /// so changing it strands them.
    pub public_url: Url,
    /// Proxies in front of the page, as addresses or networks (`10.0.0.0/8`). They say who asks, in
    /// `X-Forwarded-For`, so that no network can use up the mails of all. Unset: whoever is connected
    /// asks, unless that is a private address.
    pub trusted_proxies: Vec<Network>,
    /// Further origins that may use this site's passkeys (`/.well-known/webauthn`).
    pub related_origins: Vec<Url>,
    /// Where a weakness of this site can be reported, the preferred way first: `mailto:`, `https:`
    /// or `tel:` addresses. `/.well-known/security.txt` (RFC 9116) says them; unset: there is none.
    pub security_contacts: Vec<Url>,
    /// The page that says what whoever reports a weakness may expect, for the same file.
    pub security_policy_url: Option<Url>,
}

impl Default for SiteConfig {
    fn default() -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 3000)),
            public_url: local_url(3000),
            trusted_proxies: Vec::new(),
            related_origins: Vec::new(),
            security_contacts: Vec::new(),
            security_policy_url: None,
        }
    }
}

impl SiteConfig {
    /// Whether browsers reach the site by https.
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }
}

/// `[sign_in]`: the ways to sign in that the page offers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own in the file")]
pub struct SignInConfig {
    /// Offer passkeys.
    pub passkey: bool,
    /// Offer to decide with one touch of the passkey, instead of signing in first.
    pub one_touch: bool,
    /// Offer to add a passkey after a decision.
    pub enrol_passkey: bool,
    /// The page on which customers make a passkey, for password managers
    /// (`/.well-known/passkey-endpoints`).
    pub passkey_enrol_url: Option<Url>,
    /// The page on which customers manage their passkeys, likewise.
    pub passkey_manage_url: Option<Url>,
    /// Offer a link by e-mail.
    pub mail: bool,
    /// Put a code beside the link into the mail, for the browser that asked. Off: a mail read out to a
    /// caller gives the caller nothing usable.
    pub mail_code: bool,
    /// Minutes for which a mail's link and code are good (OWASP ASVS 6.5.5: at most 10).
    pub mail_minutes: u16,
    /// Social login: a button for each entry.
    pub social: Vec<SocialButton>,
}

impl Default for SignInConfig {
    fn default() -> Self {
        Self {
            passkey: true,
            one_touch: true,
            enrol_passkey: true,
            passkey_enrol_url: None,
            passkey_manage_url: None,
            mail: true,
            mail_code: true,
            mail_minutes: 10,
            social: Vec::new(),
        }
    }
}

/// `[decision]`: how a request is decided.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DecisionConfig {
    /// What the customer does with the reference: `compare` (the page shows it), or `pick` (the page
    /// shows three, and the customer picks the one that the agent reads out; a wrong pick ends the
    /// request). It is picked where the site knows the true reference: where the operator's side
    /// shares its storage, or the provider has pushed the request. Elsewhere it is compared. With
    /// `pick` nothing is decided by one touch of a passkey.
    pub r#match: ReferenceCheck,
}

/// What the customer does with the reference.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReferenceCheck {
    /// They compare it.
    #[default]
    Compare,
    /// They pick it.
    Pick,
}

/// One button for social login.
#[derive(Debug, Clone, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SocialButton {
    /// The provider's word for it: `google`, `apple`, `facebook`, `line`, or an `[upstream]` of the
    /// embedded provider. Sent as `acr_values=urn:transmit:<name>_direct`.
    pub name: String,
    /// What the button says after "Continue with".
    pub label: String,
}

/// `[provider]`: somebody else's provider, or the embedded one.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProviderConfig {
    /// Whose it is: `transmit` (Transmit, or the embedded provider), or `keycloak` (a realm of
    /// Keycloak, whose authentication device this site then is; see `[keycloak]`).
    pub kind: ProviderKind,
    /// The API of the provider, for example `https://api.transmitsecurity.io`; at Keycloak the realm,
    /// `https://id.example.com/realms/main`, exactly as its tokens name their issuer. Unset: the
    /// embedded provider runs in this process.
    pub url: Option<Url>,
    /// The `iss` of its tokens. Transmit's is not its API host (`https://userid.security`). Unset:
    /// the provider's address.
    pub issuer: Option<String>,
    /// The path in front of the API's own paths; Transmit's is `/cis`.
    pub prefix: String,
    /// The path of the token endpoint.
    pub token_path: String,
    /// The application at the provider.
    pub app_id: Option<String>,
    /// The client that this site and the operator's commands use.
    pub client_id: Option<String>,
    /// Its secret.
    pub client_secret: Option<Secret>,
    /// A file that holds the secret.
    pub client_secret_file: Option<PathBuf>,
    /// How the client proves who it is: `secret_post` (the secret in the body), `secret_basic` (the
    /// secret in the header) or `private_key_jwt` (signed with `client_key_file`).
    pub client_auth: ClientAuth,
    /// `private_key_jwt`: the file that holds the client's private key (PEM, PKCS #8; RSA signs
    /// RS256, P-256 signs ES256).
    pub client_key_file: Option<PathBuf>,
    /// Seconds until a connection to the provider is given up, 1 to 10.
    pub connect_timeout: u16,
    /// Seconds until an answer of the provider is given up, 1 to 10: customers wait for it, and a call
    /// must not outlive the 30 seconds for which a decision is held.
    pub timeout: u16,
    /// Embedded provider: the address that is listened on.
    pub address: SocketAddr,
    /// Embedded provider: its address as browsers and clients see it.
    pub public_url: Url,
    /// Embedded provider: how `complete` says no: `precise`, `uninformative_400` or
    /// `uninformative_500`. Transmit documents no error of it.
    pub complete_errors: CompleteErrors,
    /// Embedded provider: seconds that a client has to wait between two polls.
    pub poll_interval: u16,
    /// Embedded provider: days until another key signs the tokens, 0 for never. It is published an hour
    /// before it signs, and the one before stays published for a day after its last signature.
    pub signing_key_days: u16,
    /// Embedded provider: browser origins that may call `webauthn/*/start`. The site's is included.
    pub cors_origins: Vec<Url>,
    /// Embedded provider: answer `no_credentials_registered` for an unknown user name, as Transmit
    /// documents it. Off: such a name cannot be told from a known one.
    pub reveal_missing_credentials: bool,
}

impl Default for ProviderConfig {
    fn default() -> Self {
        Self {
            kind: ProviderKind::Transmit,
            url: None,
            issuer: None,
            prefix: "/cis".into(),
            token_path: "/oidc/token".into(),
            app_id: None,
            client_id: None,
            client_secret: None,
            client_secret_file: None,
            client_auth: ClientAuth::SecretPost,
            client_key_file: None,
            connect_timeout: 2,
            timeout: 5,
            address: SocketAddr::from(([127, 0, 0, 1], 3001)),
            public_url: local_url(3001),
            complete_errors: CompleteErrors::Precise,
            poll_interval: 5,
            signing_key_days: 90,
            cors_origins: Vec::new(),
            reveal_missing_credentials: false,
        }
    }
}

/// Whose API the provider's is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderKind {
    /// Transmit's.
    Transmit,
    /// Keycloak's.
    Keycloak,
}

impl ProviderKind {
    /// The most characters of a reference that it takes.
    pub fn longest_reference(self) -> usize {
        match self {
            Self::Transmit => BindingMessage::MAX_LENGTH,
            Self::Keycloak => BindingMessage::MAX_LENGTH_AT_KEYCLOAK,
        }
    }
}

/// `[keycloak]`: what is special where the provider is a realm of Keycloak. Its client
/// (`provider.client_id`, with a secret) signs customers in, and its service account looks up where
/// they are reached (role `view-users`).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeycloakConfig {
    /// The realm's address as this site and the operator's commands reach it, where they do not reach
    /// `provider.url`: `http://keycloak:8080/realms/main`. Everything that is asked of Keycloak from here
    /// goes there, without a proxy; browsers and the issuer of tokens stay with `provider.url`, so the
    /// server needs a fixed `--hostname`. The realm has the same name at both. Plain http is taken only for
    /// this machine, for private addresses and for names that cannot be on the Internet (`keycloak`,
    /// `keycloak.internal`, `keycloak.svc.cluster.local`). Unset: `provider.url`.
    pub internal_url: Option<Url>,
    /// The clients whose requests are taken, each with its name as customers read it:
    /// `call-centre = "Example Bank, telephone service"`. Requests of others are refused.
    pub clients: BTreeMap<String, String>,
    /// How customers get the link to their request: `sms` or `email` (sent by this site, to the
    /// realm's phone number or verified address), or `none` (the agent's side passes it on).
    pub delivery: Delivery,
    /// The clients whose requests may be answered by customers who have signed in by a link or code
    /// that this site mails to the address which the realm has verified, instead of at the realm:
    /// `["call-centre"]`. That proves less, asks for no password and no second factor of the realm, and
    /// is recorded as what it is. Never offered for a request that demands a class of sign-in
    /// (`acr_values`). Needs `mail.smtp_url`. Empty: customers sign in at the realm only.
    pub mail_sign_in: Vec<String>,
    /// The user attribute that holds the phone number, with its country (`+15550100`).
    pub phone_attribute: String,
    /// The user attribute that holds the language (`de`).
    pub locale_attribute: String,
    /// The client of the agents' side: a table of its own, below.
    pub agent: AgentClientConfig,
}

impl Default for KeycloakConfig {
    fn default() -> Self {
        Self {
            internal_url: None,
            clients: BTreeMap::new(),
            delivery: Delivery::None,
            mail_sign_in: Vec::new(),
            phone_attribute: "phoneNumber".into(),
            locale_attribute: "locale".into(),
            agent: AgentClientConfig::default(),
        }
    }
}

/// How a customer gets the link to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// By SMS.
    Sms,
    /// By e-mail.
    Email,
    /// Not from here.
    None,
}

/// `[keycloak.agent]`: the client of the agents' side at Keycloak, for the desk and
/// `ciba-login request`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AgentClientConfig {
    /// The client.
    pub client_id: Option<String>,
    /// How it proves who it is: `secret_basic`, `secret_post` or `private_key_jwt`.
    pub client_auth: ClientAuth,
    /// Its secret.
    pub client_secret: Option<Secret>,
    /// A file that holds the secret.
    pub client_secret_file: Option<PathBuf>,
    /// `private_key_jwt`: the file that holds its private key (PEM, PKCS #8).
    pub client_key_file: Option<PathBuf>,
    /// Sign authentication requests with that key, too, for clients of which the realm demands it.
    pub sign_requests: bool,
}

impl Default for AgentClientConfig {
    fn default() -> Self {
        Self {
            client_id: None,
            client_auth: ClientAuth::SecretBasic,
            client_secret: None,
            client_secret_file: None,
            client_key_file: None,
            sign_requests: false,
        }
    }
}

/// How our client proves who it is at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    /// The secret in the body.
    SecretPost,
    /// The secret in the `Authorization` header.
    SecretBasic,
    /// A signed assertion.
    PrivateKeyJwt,
}

/// `[desk]`: the agent's page.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeskConfig {
    /// Serve it. In the demo it is on without being asked for.
    pub enabled: bool,
    /// The address that is listened on.
    pub address: SocketAddr,
    /// The address as agents' browsers see it.
    pub public_url: Url,
    /// A header in which a reverse proxy names the agent it has signed in, for example
    /// `X-Forwarded-User`. Without it the desk runs in the demo only.
    pub identity_header: Option<String>,
    /// Proxies that may set that header: addresses, or networks such as `10.0.0.0/8`.
    pub trusted_proxies: Vec<Network>,
}

impl Default for DeskConfig {
    fn default() -> Self {
        Self {
            enabled: false,
            address: SocketAddr::from(([127, 0, 0, 1], 3003)),
            public_url: local_url(3003),
            identity_header: None,
            trusted_proxies: Vec::new(),
        }
    }
}

/// `[demo]`: customers, outbox and random secrets on one machine.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DemoConfig {
    /// Run the demo. Refused where a listener is not on loopback: the outbox is everybody's mail.
    pub enabled: bool,
    /// The folder for `demo.json` (addresses, credentials, customers) and the demo's keys.
    pub directory: PathBuf,
}

impl Default for DemoConfig {
    fn default() -> Self {
        Self { enabled: false, directory: "demo".into() }
    }
}

fn local_url(port: u16) -> Url {
    #[expect(clippy::expect_used, reason = "a constant with a number in it is an address")]
    Url::parse(&format!("http://localhost:{port}")).expect("parse a constant address")
}
