//! A line between the site and the provider, which can be cut, or lose what comes back.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use ciba_login::server::config::Config;

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// Nobody answers any call.
    Down,
    /// `complete` reaches the provider, and its answer is lost.
    LoseCompletion,
    /// `complete` is answered with this status and does not reach the provider.
    Completion(u16),
    /// `complete` never returns.
    Hang,
    /// `approval_data` is refused where no user is named.
    Approval,
    /// The same for a denial alone.
    Denial,
    /// Passkey options are answered in another form than WebAuthn's.
    OddOptions(&'static str),
}

/// The line.
#[derive(Clone)]
pub struct Faults {
    provider: String,
    http: reqwest::Client,
    state: Arc<Mutex<(Fault, Vec<String>)>>,
}

impl Faults {
    /// Lays the line, and makes the configuration use it.
    pub async fn lay(config: &mut Config) -> Self {
        let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        config.provider.address = free.local_addr().unwrap();
        drop(free);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        config.provider.public_url =
            format!("http://localhost:{}", address.port()).parse().unwrap();
        let line = Self {
            provider: format!("http://{}", config.provider.address),
            http: super::http(),
            state: Arc::new(Mutex::new((Fault::None, Vec::new()))),
        };
        let router = Router::new().fallback(forward).with_state(line.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        line
    }

    /// From now on this happens.
    pub fn set(&self, fault: Fault) {
        self.state.lock().unwrap().0 = fault;
    }

    /// The bodies of the calls of `complete` that were made.
    pub fn completions(&self) -> Vec<String> {
        self.state.lock().unwrap().1.clone()
    }

    fn note(&self, path: &str, body: &Bytes) -> Fault {
        let mut state = self.state.lock().unwrap();
        let is_completion = path.ends_with("/auth/backchannel/complete");
        if is_completion {
            state.1.push(String::from_utf8(body.to_vec()).unwrap());
        }
        let is_start = path.contains("/webauthn/") && path.ends_with("/start");
        let says = |part: &str| is_start && String::from_utf8_lossy(body).contains(part);
        match state.0 {
            Fault::Down => Fault::Down,
            Fault::Approval if says("approval_data") => Fault::Approval,
            Fault::Denial if says(r#""decision":"deny""#) => Fault::Approval,
            Fault::OddOptions(odd) if is_start => Fault::OddOptions(odd),
            Fault::Approval | Fault::Denial | Fault::OddOptions(_) => Fault::None,
            fault if is_completion => fault,
            _ => Fault::None,
        }
    }
}

async fn forward(State(line): State<Faults>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 100_000).await.unwrap();
    let fault = line.note(parts.uri.path(), &body);
    match fault {
        Fault::Down => return StatusCode::BAD_GATEWAY.into_response(),
        Fault::Completion(status) => {
            return StatusCode::from_u16(status).unwrap().into_response();
        }
        Fault::Hang => std::future::pending().await,
        Fault::Approval => {
            let refusal = r#"{"error_code":"invalid_request","message":"username is missing"}"#;
            return (StatusCode::BAD_REQUEST, [("content-type", "application/json")], refusal)
                .into_response();
        }
        Fault::OddOptions(odd) => {
            return ([("content-type", "application/json")], odd).into_response();
        }
        Fault::None | Fault::LoseCompletion | Fault::Denial => {}
    }
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let url = format!("{}{path}", line.provider);
    let mut headers = parts.headers;
    headers.remove("host");
    headers.remove("content-length");
    let call = line.http.request(parts.method, url).headers(headers).body(body);
    let answer = call.send().await.unwrap();
    if fault == Fault::LoseCompletion {
        return StatusCode::GATEWAY_TIMEOUT.into_response();
    }
    let mut response = Response::builder().status(answer.status());
    if let Some(kind) = answer.headers().get("content-type") {
        response = response.header("content-type", kind);
    }
    response.body(axum::body::Body::from(answer.bytes().await.unwrap())).unwrap()
}
