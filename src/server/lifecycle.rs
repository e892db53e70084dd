//! Listening, and stopping without dropping anybody.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// How long requests under way may take to end once the process was asked to stop.
const DRAIN: Duration = Duration::from_secs(25);

/// The longest that an answer may take, with the body of its request: a decision alone takes up to ten
/// seconds of calls.
pub const LONGEST_ANSWER: Duration = Duration::from_secs(30);

/// How long a connection may be silent, or take for one header. Proxies in front keep theirs for 60 s:
/// ours must be longer, or a form is sent into a connection that was just closed.
const IDLE: Duration = Duration::from_secs(75);

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
        let name = self.name;
        // Makes every handler a service now instead of for each request.
        let router = router.with_state(());
        let http = http_server();
        let connections = GracefulShutdown::new();
        while let Some((stream, peer)) = self.accept(&stop).await {
            let service = router.clone().map_request(move |mut request: Request<Incoming>| {
                request.extensions_mut().insert(ConnectInfo(peer));
                request.map(Body::new)
            });
            let connection = http
                .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
                .into_owned();
            let connection = connections.watch(connection);
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!(listener = name, error, "a connection broke off");
                }
            });
        }
        // Close the socket, so load balancers send new connections elsewhere.
        drop(self.socket);
        if tokio::time::timeout(DRAIN, connections.shutdown()).await.is_err() {
            tracing::warn!(listener = name, "requests were cut off at shutdown");
        }
    }

    /// The next connection; nothing once the process stops.
    async fn accept(&self, stop: &CancellationToken) -> Option<(TcpStream, SocketAddr)> {
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
                    return Some((stream, peer));
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
