//! The tables of the configuration. The comment on a field is its manual entry;
//! `docs/configuration.md` is generated from them.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use url::Url;

use super::Secret;

/// `[site]`: the page that customers meet.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SiteConfig {
    /// The address that is listened on.
    pub address: SocketAddr,
    /// The address as browsers see it. `https`, except on `localhost`. Passkeys belong to its host,
    /// so changing it strands them.
    pub public_url: Url,
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
            related_origins: Vec::new(),
            security_contacts: Vec::new(),
            security_policy_url: None,
        }
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

/// One button for social login.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SocialButton {
    /// The provider's word for it: `google`, `apple`, `facebook`, `line`, or an `[upstream]` of the
    /// embedded provider. Sent as `acr_values=urn:transmit:<name>_direct`.
    pub name: String,
    /// What the button says after "Continue with".
    pub label: String,
}

/// `[session]`: keys that seal cookies and stored secrets.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SessionConfig {
    /// 32 random bytes in base64 (`openssl rand -base64 32`). The same on every instance. In the
    /// demo it is made on first start.
    pub sealing_key: Option<Secret>,
    /// A file that holds it.
    pub sealing_key_file: Option<PathBuf>,
    /// The key before, kept for an hour while keys are changed.
    pub previous_sealing_key: Option<Secret>,
    /// A file that holds it.
    pub previous_sealing_key_file: Option<PathBuf>,
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

/// `[keycloak]`: what is special where the provider is a realm of Keycloak. Its client
/// (`provider.client_id`, with a secret) signs customers in, and its service account looks up where
/// they are reached (role `view-users`).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeycloakConfig {
    /// The clients whose requests are taken, each with its name as customers read it:
    /// `call-centre = "Example Bank, telephone service"`. Requests of others are refused.
    pub clients: BTreeMap<String, String>,
    /// How customers get the link to their request: `sms` or `email` (sent by this site, to the
    /// realm's phone number or verified address), or `none` (the agent's side passes it on).
    pub delivery: Delivery,
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
            clients: BTreeMap::new(),
            delivery: Delivery::None,
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
}

impl Default for AgentClientConfig {
    fn default() -> Self {
        Self {
            client_id: None,
            client_auth: ClientAuth::SecretBasic,
            client_secret: None,
            client_secret_file: None,
            client_key_file: None,
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

/// `[storage]`: where everything is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StorageConfig {
    /// `sqlite://path` (the file and its folder are created) or `postgres://…`. Several instances
    /// need PostgreSQL.
    pub url: Secret,
    /// A file that holds the address, which has a password in it.
    pub url_file: Option<PathBuf>,
    /// The most connections that are held, at least 1.
    pub max_connections: u16,
}

impl Default for StorageConfig {
    fn default() -> Self {
        Self { url: Secret::new("sqlite://ciba-login.db"), url_file: None, max_connections: 8 }
    }
}

/// `[mail]`: how mail is sent: by the embedded provider, and by this site where the provider is
/// Keycloak.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MailConfig {
    /// The server: `smtps://user:password@host`, `smtp://host:587?tls=required`, or
    /// `smtp://localhost:2525` for a server on this machine. In the demo it may be unset: the outbox
    /// keeps the mail.
    pub smtp_url: Option<Secret>,
    /// A file that holds the address of the server.
    pub smtp_url_file: Option<PathBuf>,
    /// The sender's address, for example `Example Bank <no-reply@example.com>`.
    pub from: Option<String>,
}

/// `[sms]`: how SMS are sent: by the embedded provider, and by this site where the provider is
/// Keycloak.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SmsConfig {
    /// An HTTP gateway; it receives `{phone_number, sender_id, message}` as JSON. In the demo it may
    /// be unset: the outbox keeps the message.
    pub gateway_url: Option<Url>,
    /// Sent to the gateway as `X-API-Key`.
    pub api_key: Option<Secret>,
    /// A file that holds the key.
    pub api_key_file: Option<PathBuf>,
    /// The sender's name, at most 11 characters.
    pub sender_id: Option<String>,
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
    /// Proxies that may set that header.
    pub trusted_proxies: Vec<IpAddr>,
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

/// `[management]`: metrics, for the people who run this.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ManagementConfig {
    /// Serve `GET /metrics` (OpenMetrics text), `/healthz` and `/readyz`. In the demo it is on.
    pub enabled: bool,
    /// The address that is listened on; never a public one.
    pub address: SocketAddr,
}

impl Default for ManagementConfig {
    fn default() -> Self {
        Self { enabled: false, address: SocketAddr::from(([127, 0, 0, 1], 3004)) }
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

/// `[log]`: what is logged, to standard error.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// `text` for people, `json` for collectors.
    pub format: LogFormat,
    /// A filter such as `info` or `ciba_login=debug,sqlx=warn`.
    pub filter: String,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { format: LogFormat::Text, filter: "info,sqlx=warn".into() }
    }
}

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// One line for people.
    Text,
    /// One JSON object per line.
    Json,
}

fn local_url(port: u16) -> Url {
    #[expect(clippy::expect_used, reason = "a constant with a number in it is an address")]
    Url::parse(&format!("http://localhost:{port}")).expect("parse a constant address")
}
