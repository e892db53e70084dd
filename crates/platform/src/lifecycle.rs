//! Listening, and stopping without dropping anybody.

mod limits;
mod progress;
mod share;
mod timer;

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Version};
use axum::response::Response;
use futures_util::TryFutureExt;
use futures_util::future::{Either, ready};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use super::network::Network;
use crate::causes::Causes;
use crate::guard;
use limits::{ConnectionLimits, IDLE};
use progress::{ConnectionProgress, WatchedConnection};
use share::{Share, Shares};
use timer::{ConnectionTimer, Overdue};

/// How long requests under way may take to end once the process was asked to stop.
const DRAIN: Duration = Duration::from_secs(25);

/// The longest that an answer may take, with the body of its request: a decision alone takes up to ten
/// seconds of calls.
pub const LONGEST_ANSWER: Duration = Duration::from_secs(30);

/// Lets this process open as many files and connections as it may: shells and service managers begin
/// with 1,024 for the sake of programs that know no more.
pub fn raise_descriptor_limit() {
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(error = %Causes(&error), "the limit of file descriptors stays as it is");
    }
}

/// How a process stops: first it says so, then it takes no more connections.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    /// Readiness says no, and answers say that their connection ends.
    pub announced: CancellationToken,
    /// No new connections are taken.
    pub begun: CancellationToken,
}

impl Stop {
    /// Announces the stop when `asked`, and begins it `delay` later: so long load balancers have to
    /// send new requests elsewhere.
    pub async fn follow(&self, asked: CancellationToken, delay: Duration) {
        asked.cancelled().await;
        self.announced.cancel();
        tokio::time::sleep(delay).await;
        self.begun.cancel();
    }
}

/// A listener could not be opened, or failed.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Somebody else listens there, or we may not.
    #[error("{address} cannot be listened on: is another process using it?")]
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
    pub async fn bind(name: &'static str, address: SocketAddr) -> Result<Self, ListenError> {
        let socket = TcpListener::bind(address)
            .await
            .map_err(|source| ListenError::Bind { address, source })?;
        Ok(Self { name, socket })
    }

    /// The address that was really bound: with port 0 the system has chosen one.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Serves `router` until `stop`, as one of so many listeners of the process, then lets requests
    /// under way come to their end. No network but that of a proxy takes more than its share.
    ///
    /// `axum::serve` has no timer for its connections: one that never ends its header would stay.
    pub async fn serve(self, router: Router, stop: Stop, listeners: u64, proxies: &[Network]) {
        let shares = Shares::new(proxies);
        self.serve_within(ConnectionLimits::of_one_among(listeners), shares, router, stop).await;
    }

    async fn serve_within(
        self,
        limits: ConnectionLimits,
        shares: Shares,
        router: Router,
        stop: Stop,
    ) {
        let name = self.name;
        // Makes every handler a service now instead of for each request.
        let server =
            Server { name, limits, router: router.with_state(()), stop, http: http_server() };
        let connections = TaskTracker::new();
        let places = Arc::new(Semaphore::new(limits.most));
        while let Some((stream, peer, place)) = self.accept(&places, &server.stop.begun).await {
            let Some(share) = shares.take(peer.ip(), limits.share) else { continue };
            connections.spawn(server.serve(
                stream,
                peer,
                ConnectionSlot { _all: Some(place), _share: share },
            ));
        }
        // Whoever is in the system's queue has been told that they are connected.
        for (stream, peer) in rest_of(self.socket) {
            let place = ConnectionSlot { _all: None, _share: Share::default() };
            connections.spawn(server.serve(stream, peer, place));
        }
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
                        tracing::debug!(
                            error = %Causes(&error),
                            "a connection keeps its small packets"
                        );
                    }
                    return Some((stream, peer, place));
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    // No file descriptors, most likely: soon there are some again.
                    tracing::error!(
                        listener = self.name,
                        error = %Causes(&error),
                        "a connection was not accepted"
                    );
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }
}

/// The connections that the system has taken for us, and closes the socket, so that load balancers send
/// new ones elsewhere. Closed with connections in its queue it would reset them.
fn rest_of(socket: TcpListener) -> Vec<(TcpStream, SocketAddr)> {
    // Asked directly: Tokio asks only after it was woken.
    let Ok(socket) = socket.into_std() else { return Vec::new() };
    let waiting = std::iter::from_fn(|| socket.accept().ok());
    let take = |(stream, peer): (std::net::TcpStream, SocketAddr)| {
        stream.set_nonblocking(true).ok()?;
        stream.set_nodelay(true).ok();
        Some((TcpStream::from_std(stream).ok()?, peer))
    };
    waiting.filter_map(take).collect()
}

/// What a connection takes up while it lasts.
struct ConnectionSlot {
    _all: Option<OwnedSemaphorePermit>,
    _share: Share,
}

/// What every connection of a listener is served with.
struct Server {
    name: &'static str,
    limits: ConnectionLimits,
    router: Router,
    stop: Stop,
    http: Builder<TokioExecutor>,
}

impl Server {
    /// Serves one connection to its end.
    fn serve(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        place: ConnectionSlot,
    ) -> impl Future<Output = ()> + Send + use<> {
        let progress = Arc::new(ConnectionProgress::new());
        let (request_came, answer_begun) = (progress.clone(), progress.clone());
        let ends = Arc::new((self.stop.announced.clone(), answer_begun));
        let router = self.router.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            request_came.request_came(request.version() == Version::HTTP_2);
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            // Before everything that a listener has: even its fallbacks and health checks.
            let answer = match guard::refuse_unless_one_host(&mut request) {
                Some(refusal) => Either::Left(ready(Ok(refusal))),
                None => Either::Right(router.clone().call(request)),
            };
            let ends = Arc::clone(&ends);
            answer.map_ok(move |mut response: Response| {
                let (announced, answer_begun) = &*ends;
                if announced.is_cancelled() && !answer_begun.is_http2() {
                    let close = HeaderValue::from_static("close");
                    response.headers_mut().insert(CONNECTION, close);
                }
                answer_begun.answer_begun();
                response
            })
        });
        let connection = self
            .http
            .serve_connection(
                TokioIo::new(WatchedConnection::new(stream, progress.clone())),
                service,
            )
            .into_owned();
        let (name, limits, begun) = (self.name, self.limits, self.stop.begun.clone());
        async move {
            let mut connection = pin!(connection);
            let sleep = pin!(sleep_until(Instant::now()));
            let mut timer = ConnectionTimer::new(limits, &progress, sleep);
            let ended = loop {
                tokio::select! {
                    ended = connection.as_mut() => break ended,
                    () = begun.cancelled(), if timer.awaits_stop() => {
                        timer.stop();
                        // HTTP/2 has a word for it, and loses nothing by it.
                        if !progress.is_http2() {
                            continue;
                        }
                    }
                    overdue = timer.run_out() => match overdue {
                        Overdue::Close => break Ok(()),
                        Overdue::End => {}
                    },
                }
                // A request under way still comes to its end, unless the other side takes nothing.
                timer.end();
                connection.as_mut().graceful_shutdown();
            };
            if let Err(error) = ended {
                tracing::debug!(
                    listener = name,
                    error = %Causes(error.as_ref()),
                    "a connection broke off"
                );
            }
            drop(place);
        }
    }
}

/// HTTP/1.1, and HTTP/2 for a proxy that knows of it beforehand.
fn http_server() -> Builder<TokioExecutor> {
    let mut http = Builder::new(TokioExecutor::new());
    // Its timer for heads runs between two requests, too; ours tell the two apart.
    http.http1().timer(TokioTimer::new()).header_read_timeout(None);
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
mod tests;
