//! Listening, and stopping without dropping anybody.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::middleware::from_fn;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::guard;

/// How long requests under way may take to end once the process was asked to stop.
const DRAIN: Duration = Duration::from_secs(25);

/// The longest that an answer may take, with the body of its request: a decision alone takes up to ten
/// seconds of calls.
pub const LONGEST_ANSWER: Duration = Duration::from_secs(30);

/// How long a connection may be silent, or take for one header. Proxies in front keep theirs for 60 s:
/// ours must be longer, or a form is sent into a connection that was just closed.
const IDLE: Duration = Duration::from_secs(75);

/// What a listener grants to its connections.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// How long a new connection may take until its first request. hyper waits for the first bytes, by
    /// which it tells HTTP/2 from HTTP/1.1, without any timer.
    first_request: Duration,
    /// How long it may be without a request after that; twice as long at the most.
    idle: Duration,
    /// How many there are at a time; whoever comes then waits in the system's queue.
    most: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { first_request: Duration::from_secs(20), idle: IDLE, most: 10_000 }
    }
}

/// A listener could not be opened, or failed.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Somebody else listens there, or we may not.
    #[error("listen on {address}: is another process using it?")]
    Bind {
        /// Where.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
}

/// A bound address.
#[derive(Debug)]
pub struct Listener {
    name: &'static str,
    socket: TcpListener,
}

impl Listener {
    /// Opens `address`.
    ///
    /// # Errors
    ///
    /// [`ListenError::Bind`]
    pub async fn bind(name: &'static str, address: SocketAddr) -> Result<Self, ListenError> {
        let socket = TcpListener::bind(address)
            .await
            .map_err(|source| ListenError::Bind { address, source })?;
        Ok(Self { name, socket })
    }

    /// The address that was really bound: with port 0 the system has chosen one.
    ///
    /// # Errors
    ///
    /// Whatever the system says.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Serves `router` until `stop`, then lets requests under way come to their end.
    ///
    /// `axum::serve` has no timer for its connections: one that never ends its header would stay.
    pub async fn serve(self, router: Router, stop: CancellationToken) {
        self.serve_within(Limits::default(), router, stop).await;
    }

    async fn serve_within(self, limits: Limits, router: Router, stop: CancellationToken) {
        let name = self.name;
        // Before everything that a listener has: even its fallbacks and health checks.
        let router = router.layer(from_fn(guard::one_host));
        // Makes every handler a service now instead of for each request.
        let router = router.with_state(());
        let http = http_server();
        let connections = TaskTracker::new();
        let places = Arc::new(Semaphore::new(limits.most));
        while let Some((stream, peer, place)) = self.accept(&places, &stop).await {
            let heard = Arc::new(AtomicBool::new(false));
            let (request_heard, answer_given) = (heard.clone(), heard.clone());
            let service = router
                .clone()
                .map_request(move |mut request: Request<Incoming>| {
                    request_heard.store(true, Relaxed);
                    request.extensions_mut().insert(ConnectInfo(peer));
                    request.map(Body::new)
                })
                .map_response(move |response| {
                    answer_given.store(true, Relaxed);
                    response
                });
            let connection = http
                .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
                .into_owned();
            let stop = stop.clone();
            connections.spawn(async move {
                let mut connection = pin!(connection);
                // Looked at when it runs out, and not set anew for each request.
                let opened = Instant::now();
                let until = opened + limits.first_request;
                let mut patience = pin!(sleep_until(until.min(opened + limits.idle)));
                let mut has_asked = false;
                let mut ending = false;
                let ended = loop {
                    tokio::select! {
                        ended = connection.as_mut() => break ended,
                        () = stop.cancelled(), if !ending => {}
                        () = patience.as_mut(), if !ending => {
                            let now = Instant::now();
                            let next = if heard.swap(false, Relaxed) {
                                has_asked = true;
                                Some(now + limits.idle)
                            } else {
                                (!has_asked && now < until).then(|| until.min(now + limits.idle))
                            };
                            if let Some(next) = next {
                                patience.as_mut().reset(next);
                                continue;
                            }
                        }
                    }
                    // A request under way still comes to its end.
                    ending = true;
                    connection.as_mut().graceful_shutdown();
                };
                if let Err(error) = ended {
                    tracing::debug!(listener = name, error, "a connection broke off");
                }
                drop(place);
            });
        }
        // Close the socket, so load balancers send new connections elsewhere.
        drop(self.socket);
        connections.close();
        if tokio::time::timeout(DRAIN, connections.wait()).await.is_err() {
            tracing::warn!(listener = name, "requests were cut off at shutdown");
        }
    }

    /// The next connection, once there is a place for it; nothing once the process stops.
    async fn accept(
        &self,
        places: &Arc<Semaphore>,
        stop: &CancellationToken,
    ) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        let place = tokio::select! {
            biased;
            () = stop.cancelled() => return None,
            place = places.clone().acquire_owned() => place.ok()?,
        };
        loop {
            let accepted = tokio::select! {
                biased;
                () = stop.cancelled() => return None,
                accepted = self.socket.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    // Without TCP_NODELAY a kept-alive connection waits 40 ms before each small
                    // answer.
                    if let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!(%error, "a connection keeps its small packets");
                    }
                    return Some((stream, peer, place));
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    // No file descriptors, most likely: soon there are some again.
                    tracing::error!(listener = self.name, %error, "accept a connection");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }
}

/// HTTP/1.1, and HTTP/2 for a proxy that knows of it beforehand.
fn http_server() -> Builder<TokioExecutor> {
    let mut http = Builder::new(TokioExecutor::new());
    http.http1().timer(TokioTimer::new()).header_read_timeout(IDLE);
    http.http2().timer(TokioTimer::new()).keep_alive_interval(IDLE);
    http
}

fn is_of_one_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Completes when the process is asked to stop (SIGTERM, Ctrl-C).
pub async fn asked_to_stop() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio_util::sync::DropGuard;

    use super::*;

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";
    const SOON: Duration = Duration::from_millis(100);
    const LONG: Duration = Duration::from_secs(60);

    async fn serve(limits: Limits) -> (SocketAddr, DropGuard) {
        let listener = Listener::bind("test", "127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = listener.address().unwrap();
        let stop = CancellationToken::new();
        let router = Router::new().route("/", get(async || "hello"));
        tokio::spawn(listener.serve_within(limits, router, stop.clone()));
        (address, stop.drop_guard())
    }

    /// What comes until the other side closes the connection.
    async fn all(connection: &mut TcpStream) -> String {
        let mut bytes = Vec::new();
        let read = connection.read_to_end(&mut bytes);
        tokio::time::timeout(Duration::from_secs(10), read).await.unwrap().ok();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    #[tokio::test]
    async fn a_connection_that_never_asks_is_closed_whatever_it_begins_with() {
        let (address, _stop) = serve(Limits { first_request: SOON, idle: LONG, most: 10 }).await;
        for begun in ["", "P", "PRI * HTTP/2.0\r\n"] {
            let mut connection = TcpStream::connect(address).await.unwrap();
            connection.write_all(begun.as_bytes()).await.unwrap();
            assert_eq!(all(&mut connection).await, "", "{begun:?}");
        }
    }

    #[tokio::test]
    async fn a_connection_is_kept_between_two_requests_and_not_for_ever() {
        let (address, _stop) = serve(Limits { first_request: LONG, idle: SOON, most: 10 }).await;
        let mut connection = TcpStream::connect(address).await.unwrap();
        for _ in 0..2 {
            connection.write_all(REQUEST).await.unwrap();
            let mut answer = [0; 1024];
            let length = connection.read(&mut answer).await.unwrap();
            assert!(answer[..length].starts_with(b"HTTP/1.1 200"));
        }
        assert_eq!(all(&mut connection).await, "");
    }

    #[tokio::test]
    async fn whoever_finds_no_place_waits_for_one() {
        let (address, _stop) = serve(Limits { first_request: LONG, idle: LONG, most: 1 }).await;
        let silent = TcpStream::connect(address).await.unwrap();
        let mut waiting = TcpStream::connect(address).await.unwrap();
        waiting.write_all(REQUEST).await.unwrap();
        let mut answer = [0; 1024];
        assert!(tokio::time::timeout(SOON, waiting.read(&mut answer)).await.is_err());
        drop(silent);
        let length = waiting.read(&mut answer).await.unwrap();
        assert!(answer[..length].starts_with(b"HTTP/1.1 200"));
    }
}
