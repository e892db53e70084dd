//! A line between the site and the provider, which can be cut, or lose what comes back.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use ciba_login::config::Config;
use tokio::task::JoinHandle;

use super::TestApp;

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
    /// `complete` does not reach the provider, and is confirmed after three seconds.
    Slow,
    /// `approval_data` is refused where no user is named.
    Approval,
    /// `complete` does not reach the provider, and the connection breaks off.
    Reset,
    /// `complete` does not reach the provider, and is answered with this status, type and body.
    Says(u16, &'static str, &'static str),
    /// The same for a denial alone.
    Denial,
    /// Passkey options are answered in another form than WebAuthn's.
    OddOptions(&'static str),
}

/// The application, with a line to its provider that can be cut.
pub async fn with_faults() -> (TestApp, Faults) {
    with_faults_and(|_| {}).await
}

/// The same, with another configuration.
pub async fn with_faults_and(other: impl FnOnce(&mut Config)) -> (TestApp, Faults) {
    let mut line = None;
    let mut config = Config::default();
    let laid = Faults::lay(&mut config).await;
    let app = TestApp::start_with(|change| {
        change.provider.address = config.provider.address;
        change.provider.public_url = config.provider.public_url.clone();
        line = Some(laid);
        other(change);
    })
    .await;
    (app, line.unwrap())
}

/// The line.
#[derive(Clone)]
pub struct Faults {
    provider: String,
    http: reqwest::Client,
    state: Arc<Mutex<(Fault, Vec<String>)>>,
    /// What happens to the next completions, one after the other, before the fault that was set.
    next: Arc<Mutex<VecDeque<Fault>>>,
    address: SocketAddr,
    listening: Arc<Mutex<Option<JoinHandle<()>>>>,
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
            next: Arc::default(),
            address,
            listening: Arc::default(),
        };
        line.listen(listener);
        line
    }

    fn listen(&self, listener: tokio::net::TcpListener) {
        let router = Router::new().fallback(forward).with_state(self.clone());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        *self.listening.lock().unwrap() = Some(task);
    }

    /// From now on every connection is refused.
    pub async fn hang_up(&self) {
        let task = self.listening.lock().unwrap().take().unwrap();
        task.abort();
        // The listener is gone when the task is.
        let _cancelled = task.await;
    }

    /// From now on connections are taken again.
    pub async fn pick_up(&self) {
        self.listen(tokio::net::TcpListener::bind(self.address).await.unwrap());
    }

    /// From now on this happens.
    pub fn set(&self, fault: Fault) {
        self.state.lock().unwrap().0 = fault;
    }

    /// From now on this happens to the next completion, and then the other to all.
    pub fn set_first(&self, first: Fault, then: Fault) {
        *self.next.lock().unwrap() = VecDeque::from([first]);
        self.set(then);
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
            if let Some(fault) = self.next.lock().unwrap().pop_front() {
                return fault;
            }
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

/// Closes each connection, so that none outlives the line.
async fn forward(line: State<Faults>, request: Request) -> Response {
    let mut response = answer(line, request).await;
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

async fn answer(State(line): State<Faults>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 100_000).await.unwrap();
    let fault = line.note(parts.uri.path(), &body);
    match fault {
        Fault::Down => return StatusCode::BAD_GATEWAY.into_response(),
        Fault::Completion(status) => {
            return StatusCode::from_u16(status).unwrap().into_response();
        }
        // Takes the connection with it, without a word.
        Fault::Reset => std::panic::resume_unwind(Box::new("reset")),
        Fault::Says(status, kind, text) => {
            let status = StatusCode::from_u16(status).unwrap();
            return (status, [("content-type", kind)], text).into_response();
        }
        Fault::Hang => std::future::pending().await,
        Fault::Slow => {
            tokio::time::sleep(Duration::from_secs(3)).await;
            return "{}".into_response();
        }
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
    for name in ["content-type", "location", "set-cookie"] {
        for value in answer.headers().get_all(name) {
            response = response.header(name, value);
        }
    }
    response.body(axum::body::Body::from(answer.bytes().await.unwrap())).unwrap()
}
