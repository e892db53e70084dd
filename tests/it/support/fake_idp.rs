//! An OpenID provider that does what a test tells it: well, or badly in one of many ways.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// A way to misbehave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    // The ID token.
    WrongIssuer,
    WrongAudience,
    ForeignAuthorizedParty,
    SeveralAudiencesWithoutParty,
    WrongNonce,
    MissingNonce,
    AlgorithmNone,
    Hs256WithThePublicKey,
    Expired,
    FromTheFuture,
    UnknownKey,
    ForeignSignature,
    WrongAtHash,
    MissingSubject,
    NoIdToken,
    GarbageIdToken,
    NewUser,
    // The answers.
    TokenEndpointFails,
    TokenEndpointRefuses,
    TokenEndpointRefusesOddly,
    TokenEndpointRefusesPkce,
    TokenEndpointRefusesWithSuccess,
    TokenEndpointSendsHtml,
    TokenEndpointRedirects,
    TokenEndpointIsSlow,
    TokenEndpointIsEndless,
    KeysFail,
    KeysAreHtml,
    KeysRedirect,
    AccountEndpointFails,
    AccountEndpointRefuses,
    AccountEndpointSendsHtml,
    AccountEndpointRedirects,
    AccountEndpointIsSlow,
    AccountEndpointIsEndless,
    AccountEndpointSigns,
    AccountEndpointSignsForSomebodyElse,
    AccountEndpointSignsWithAnotherKey,
    AccountEndpointEncrypts,
    TakesSecretsBothWays,
    DiscoveryFails,
    DiscoveryIsHtml,
    DiscoveryRedirects,
    DiscoveryOfAnotherIssuer,
    DiscoveryLeadsBehindTheFirewall,
    // The redirect.
    MixedUpIssuer,
    SilentAboutItsIssuer,
    Denies,
    DeniesWithoutItsIssuer,
    DeniesInApplesWord,
    WantsLogin,
    FailsInTheRedirect,
    ForgetsTheCode,
    InventsTheState,
    RepeatsTheState,
}

struct Key {
    kid: String,
    signing: EncodingKey,
    public: Jwk,
}

impl Key {
    fn new(kid: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let signing = EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref());
        let mut public = Jwk::from_encoding_key(&signing, Algorithm::ES256).unwrap();
        public.common.key_id = Some(kid.to_owned());
        Self { kid: kid.to_owned(), signing, public }
    }
}

struct Script {
    fault: Fault,
    issuer: String,
    client_id: String,
    now: i64,
    key: Key,
    claims: Value,
    /// What the account endpoint says; without it there is none.
    account: Option<Value>,
    nonce: String,
    challenge: String,
    exchanges: usize,
    asked: Vec<(String, String)>,
    exchange: TokenRequest,
    bearer: Option<String>,
}

/// How its token endpoint was called.
#[derive(Debug, Clone, Default)]
pub struct TokenRequest {
    pub authorization: Option<String>,
    pub form: Vec<(String, String)>,
}

/// The provider. Its paths are those of any OpenID provider and those of Transmit.
pub struct FakeIdp {
    pub server: MockServer,
    script: Arc<Mutex<Script>>,
}

impl FakeIdp {
    pub async fn start(client_id: &str) -> Self {
        let server = MockServer::start().await;
        let script = Arc::new(Mutex::new(Script {
            fault: Fault::None,
            issuer: server.uri(),
            client_id: client_id.to_owned(),
            now: 0,
            key: Key::new("first"),
            claims: json!({}),
            account: None,
            nonce: String::new(),
            challenge: String::new(),
            exchanges: 0,
            asked: Vec::new(),
            exchange: TokenRequest::default(),
            bearer: None,
        }));
        let at =
            |verb: &str, place: &str, answer: fn(&mut Script, &Request) -> ResponseTemplate| {
                let answer = Answer { script: Arc::clone(&script), answer };
                Mock::given(method(verb)).and(path(place)).respond_with(answer).mount(&server)
            };
        at("GET", "/.well-known/openid-configuration", discovery).await;
        at("GET", "/jwks", jwks).await;
        at("GET", "/cis/oidc/jwks", jwks).await;
        at("GET", "/authorize", authorize).await;
        at("GET", "/cis/oidc/auth", authorize).await;
        at("POST", "/token", token).await;
        at("POST", "/oidc/token", token).await;
        at("GET", "/userinfo", userinfo).await;
        Self { server, script }
    }

    pub fn issuer(&self) -> String {
        self.server.uri()
    }

    /// What it does from now on, at this time.
    pub fn misbehave(&self, fault: Fault, now: i64) {
        let mut script = self.script.lock().unwrap();
        script.fault = fault;
        script.now = now;
    }

    /// Whom it identifies from now on.
    pub fn identify(&self, claims: Value) {
        self.script.lock().unwrap().claims = claims;
    }

    /// What its account endpoint says from now on; until then it has none.
    pub fn describe(&self, account: Value) {
        self.script.lock().unwrap().account = Some(account);
    }

    /// The parameters of the last authorization request.
    pub fn authorization_request(&self) -> Vec<(String, String)> {
        self.script.lock().unwrap().asked.clone()
    }

    /// The last call of its token endpoint.
    pub fn token_request(&self) -> TokenRequest {
        self.script.lock().unwrap().exchange.clone()
    }

    /// With what its account endpoint was called last.
    pub fn bearer(&self) -> Option<String> {
        self.script.lock().unwrap().bearer.clone()
    }

    /// Signs with another key from now on, and publishes that one only.
    pub fn rotate(&self) {
        self.script.lock().unwrap().key = Key::new("second");
    }

    /// How many codes it has exchanged, or refused to.
    pub fn exchanges(&self) -> usize {
        self.script.lock().unwrap().exchanges
    }
}

struct Answer {
    script: Arc<Mutex<Script>>,
    answer: fn(&mut Script, &Request) -> ResponseTemplate,
}

impl Respond for Answer {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        (self.answer)(&mut self.script.lock().unwrap(), request)
    }
}

fn header(request: &Request, name: &str) -> Option<String> {
    request.headers.get(name).map(|value| value.to_str().unwrap().to_owned())
}

fn to_itself(request: &Request) -> ResponseTemplate {
    ResponseTemplate::new(307).insert_header("location", request.url.as_str())
}

fn html() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw("<html><body>Welcome</body></html>", "text/html")
}

fn discovery(script: &mut Script, request: &Request) -> ResponseTemplate {
    let issuer = &script.issuer;
    let mut document = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"),
        "authorization_response_iss_parameter_supported": true,
    });
    if script.account.is_some() {
        document["userinfo_endpoint"] = json!(format!("{issuer}/userinfo"));
    }
    match script.fault {
        Fault::DiscoveryFails => return ResponseTemplate::new(500),
        Fault::DiscoveryIsHtml => return html(),
        Fault::DiscoveryRedirects => return to_itself(request),
        Fault::TakesSecretsBothWays => {
            document["token_endpoint_auth_methods_supported"] =
                json!(["client_secret_basic", "client_secret_post"]);
        }
        Fault::DiscoveryOfAnotherIssuer => document["issuer"] = json!("https://evil.example"),
        Fault::DiscoveryLeadsBehindTheFirewall => {
            document["token_endpoint"] = json!("http://10.0.0.1/token");
        }
        _ => {}
    }
    ResponseTemplate::new(200).set_body_json(document)
}

fn jwks(script: &mut Script, request: &Request) -> ResponseTemplate {
    match script.fault {
        Fault::KeysFail => ResponseTemplate::new(500),
        Fault::KeysRedirect => to_itself(request),
        Fault::KeysAreHtml => html(),
        _ => ResponseTemplate::new(200).set_body_json(json!({ "keys": [script.key.public] })),
    }
}

fn authorize(script: &mut Script, request: &Request) -> ResponseTemplate {
    let parameter = |name: &str| {
        let mut pairs = request.url.query_pairs();
        pairs.find(|(other, _)| other == name).map(|(_, value)| value.into_owned())
    };
    assert_eq!(parameter("response_type").as_deref(), Some("code"));
    assert_eq!(parameter("client_id").as_deref(), Some(script.client_id.as_str()));
    let challenge = parameter("code_challenge");
    if script.fault != Fault::TokenEndpointRefusesPkce {
        assert!(challenge.is_some(), "a challenge comes with every request");
        assert_eq!(parameter("code_challenge_method").as_deref(), Some("S256"));
    }
    script.asked = request.url.query_pairs().into_owned().collect();
    // Plain OAuth 2 has none.
    script.nonce = parameter("nonce").unwrap_or_default();
    script.challenge = challenge.unwrap_or_default();
    let state = parameter("state").unwrap();
    let mut back = Url::parse(&parameter("redirect_uri").unwrap()).unwrap();
    {
        let mut query = back.query_pairs_mut();
        match script.fault {
            Fault::InventsTheState => query.append_pair("state", &"A".repeat(43)),
            Fault::RepeatsTheState => {
                query.append_pair("state", &state).append_pair("state", &state)
            }
            _ => query.append_pair("state", &state),
        };
        match script.fault {
            Fault::MixedUpIssuer => query.append_pair("iss", "https://evil.example"),
            Fault::SilentAboutItsIssuer | Fault::DeniesWithoutItsIssuer => &mut query,
            _ => query.append_pair("iss", &script.issuer),
        };
        match script.fault {
            Fault::Denies | Fault::DeniesWithoutItsIssuer => {
                query.append_pair("error", "access_denied")
            }
            Fault::DeniesInApplesWord => query.append_pair("error", "user_cancelled_authorize"),
            Fault::WantsLogin => query.append_pair("error", "login_required"),
            Fault::FailsInTheRedirect => {
                query.append_pair("error", "<script>").append_pair("error_description", "<script>")
            }
            Fault::ForgetsTheCode => &mut query,
            _ => query.append_pair("code", "a-code"),
        };
    }
    if parameter("response_mode").as_deref() == Some("form_post") {
        return by_form(&back);
    }
    ResponseTemplate::new(303).insert_header("location", back.as_str())
}

/// The answer as Apple gives it: a form, with a name and an address at a person's first visit.
fn by_form(back: &Url) -> ResponseTemplate {
    let user = "{'name':{'lastName':'Appleseed'},'email':'alex@example.com'}";
    let fields = back.query_pairs().into_owned();
    let fields = fields.chain([("user".to_owned(), user.to_owned())]);
    let fields = fields
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">"))
        .collect::<Vec<_>>()
        .concat();
    let mut action = back.clone();
    action.set_query(None);
    let page = format!("<form method=\"post\" action=\"{action}\">{fields}</form>");
    ResponseTemplate::new(200).set_body_raw(page, "text/html")
}

fn token(script: &mut Script, request: &Request) -> ResponseTemplate {
    script.exchanges += 1;
    let form: Vec<(String, String)> =
        url::form_urlencoded::parse(&request.body).into_owned().collect();
    let field = |name: &str| form.iter().find(|(other, _)| other == name).map(|(_, value)| value);
    let authorization = header(request, "authorization");
    script.exchange = TokenRequest { authorization, form: form.clone() };
    assert_eq!(field("code").map(String::as_str), Some("a-code"));
    // As LinkedIn does.
    if script.fault == Fault::TokenEndpointRefusesPkce {
        let knows_pkce = field("code_verifier").is_some() || !script.challenge.is_empty();
        let tokens = json!({ "access_token": "an-access-token", "expires_in": 5_184_000 });
        let (status, body) =
            if knows_pkce { (401, json!({ "error": "invalid_client" })) } else { (200, tokens) };
        return ResponseTemplate::new(status).set_body_json(body);
    }
    let verifier = field("code_verifier").expect("a verifier comes with the code");
    assert_eq!(URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)), script.challenge);
    let answer = ResponseTemplate::new(200);
    match script.fault {
        Fault::TokenEndpointFails => ResponseTemplate::new(500),
        Fault::TokenEndpointRefuses => {
            ResponseTemplate::new(400).set_body_json(json!({ "error": "invalid_grant" }))
        }
        Fault::TokenEndpointRefusesOddly => ResponseTemplate::new(400)
            .set_body_json(json!({ "message": ["no", "<b>"], "error_code": 400 })),
        // As GitHub does.
        Fault::TokenEndpointRefusesWithSuccess => {
            answer.set_body_json(json!({ "error": "bad_verification_code" }))
        }
        Fault::TokenEndpointSendsHtml => html(),
        Fault::TokenEndpointRedirects => to_itself(request),
        Fault::TokenEndpointIsSlow => {
            answer.set_body_json(tokens(script)).set_delay(Duration::from_secs(20))
        }
        Fault::TokenEndpointIsEndless => answer.set_body_json(json!({
            "access_token": "x".repeat(1024 * 1024), "token_type": "Bearer",
        })),
        _ => answer.set_body_json(tokens(script)),
    }
}

fn userinfo(script: &mut Script, request: &Request) -> ResponseTemplate {
    script.bearer = header(request, "authorization");
    let Some(account) = &script.account else { return ResponseTemplate::new(404) };
    let answer = ResponseTemplate::new(200).set_body_json(account);
    match script.fault {
        Fault::AccountEndpointFails => ResponseTemplate::new(500),
        Fault::AccountEndpointRefuses => ResponseTemplate::new(401),
        Fault::AccountEndpointSendsHtml => html(),
        Fault::AccountEndpointRedirects => to_itself(request),
        Fault::AccountEndpointIsSlow => answer.set_delay(Duration::from_secs(20)),
        Fault::AccountEndpointIsEndless => {
            ResponseTemplate::new(200).set_body_json(json!({ "id": "1".repeat(1024 * 1024) }))
        }
        Fault::AccountEndpointSigns
        | Fault::AccountEndpointSignsForSomebodyElse
        | Fault::AccountEndpointSignsWithAnotherKey => signed_account(script, account),
        Fault::AccountEndpointEncrypts => {
            ResponseTemplate::new(200).set_body_raw("e30.e30.e30.e30.e30", "application/jwt")
        }
        _ => answer,
    }
}

/// The account as a signed token (OpenID Connect Core 1.0, section 5.3.2).
fn signed_account(script: &Script, account: &Value) -> ResponseTemplate {
    let is_ours = script.fault != Fault::AccountEndpointSignsForSomebodyElse;
    let mut claims = account.clone();
    claims["iss"] = json!(script.issuer);
    claims["aud"] = json!(if is_ours { &script.client_id } else { "somebody-else" });
    let header = Header { kid: Some(script.key.kid.clone()), ..Header::new(Algorithm::ES256) };
    let stranger = Key::new("x");
    let key = match script.fault {
        Fault::AccountEndpointSignsWithAnotherKey => &stranger,
        _ => &script.key,
    };
    let token = jsonwebtoken::encode(&header, &claims, &key.signing).unwrap();
    ResponseTemplate::new(200).set_body_raw(token, "application/jwt; charset=utf-8")
}

fn tokens(script: &Script) -> Value {
    let access_token = "an-access-token";
    let half = &Sha256::digest(access_token)[..16];
    let mut claims = json!({
        "iss": script.issuer,
        "aud": script.client_id,
        "sub": "somebody",
        "iat": script.now,
        "exp": script.now + 300,
        "auth_time": script.now,
        "amr": ["social"],
        "nonce": script.nonce,
        "at_hash": URL_SAFE_NO_PAD.encode(half),
    });
    let members = claims.as_object_mut().unwrap();
    members.extend(script.claims.as_object().unwrap().clone());
    let changes = match script.fault {
        Fault::WrongIssuer => json!({ "iss": "https://evil.example" }),
        Fault::WrongAudience => json!({ "aud": "somebody-else" }),
        Fault::ForeignAuthorizedParty => json!({ "azp": "somebody-else" }),
        Fault::SeveralAudiencesWithoutParty => json!({ "aud": [script.client_id, "another"] }),
        Fault::WrongNonce => json!({ "nonce": "another" }),
        Fault::Expired => json!({ "iat": script.now - 3600, "exp": script.now - 3000 }),
        Fault::FromTheFuture => json!({ "iat": script.now + 3600, "exp": script.now + 7200 }),
        Fault::WrongAtHash => json!({ "at_hash": "AAAAAAAAAAAAAAAAAAAAAA" }),
        Fault::MissingSubject => json!({ "sub": "" }),
        Fault::NewUser => json!({ "new_user": true }),
        _ => json!({}),
    };
    members.extend(changes.as_object().unwrap().clone());
    if script.fault == Fault::MissingNonce {
        members.remove("nonce");
    }
    let mut tokens = json!({
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": 300,
        "id_token": sign(script, &claims),
    });
    if script.fault == Fault::NoIdToken {
        tokens.as_object_mut().unwrap().remove("id_token");
    }
    tokens
}

fn sign(script: &Script, claims: &Value) -> String {
    let key = &script.key;
    let mut header = Header { kid: Some(key.kid.clone()), ..Header::new(Algorithm::ES256) };
    match script.fault {
        Fault::GarbageIdToken => "not.a.token".into(),
        Fault::AlgorithmNone => {
            let header = json!({ "alg": "none", "kid": key.kid }).to_string();
            let part = |text: String| URL_SAFE_NO_PAD.encode(text);
            format!("{}.{}.", part(header), part(claims.to_string()))
        }
        Fault::Hs256WithThePublicKey => {
            header.alg = Algorithm::HS256;
            let secret = serde_json::to_vec(&key.public).unwrap();
            jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(&secret)).unwrap()
        }
        Fault::UnknownKey => {
            header.kid = Some("never-published".into());
            jsonwebtoken::encode(&header, claims, &Key::new("x").signing).unwrap()
        }
        Fault::ForeignSignature => {
            jsonwebtoken::encode(&header, claims, &Key::new("x").signing).unwrap()
        }
        _ => jsonwebtoken::encode(&header, claims, &key.signing).unwrap(),
    }
}
