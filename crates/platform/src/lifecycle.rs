//! Listening, and stopping without dropping anybody.

mod progress;
mod share;

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
use progress::{ConnectionProgress, ConnectionStage, WatchedConnection};
use share::{Share, Shares};

/// How long requests under way may take to end once the process was asked to stop.
const DRAIN: Duration = Duration::from_secs(25);

/// The longest that an answer may take, with the body of its request: a decision alone takes up to ten
/// seconds of calls.
pub const LONGEST_ANSWER: Duration = Duration::from_secs(30);

/// How long a connection may be without a request. Proxies in front keep theirs for 60 s: ours must be
/// longer, or a form is sent into a connection that was just closed.
const IDLE: Duration = Duration::from_secs(75);

/// How long a connection that is ending may take none of its answer.
const STALLED: Duration = Duration::from_secs(60);

/// How long a connection may be silent once no new ones are taken. Whoever sends until then is
/// answered, and told that the connection ends; closed at once, a request could meet the closing
/// half-way.
const QUIET: Duration = Duration::from_secs(1);

/// The most connections of one listener.
const MOST: usize = 10_000;

/// File descriptors that are not for connections of customers: the database, calls to the provider,
/// mail servers.
const RESERVED: u64 = 200;

/// What a listener grants to its connections.
#[derive(Debug, Clone, Copy)]
struct ConnectionLimits {
    /// How long a request's head may take, from its first byte, and a new connection until its first
    /// request.
    head: Duration,
    /// How long it may be without a request after that.
    idle: Duration,
    /// How many there are at a time; whoever comes then waits in the system's queue.
    most: usize,
    /// How many of them one network has. Whoever has more is hung up on.
    share: usize,
}

impl ConnectionLimits {
    /// What each of so many listeners may grant: a process that has no file descriptor left for its
    /// database serves nobody.
    fn of_one_among(listeners: u64) -> Self {
        let descriptors =
            rlimit::getrlimit(rlimit::Resource::NOFILE).map_or(u64::MAX, |(now, _)| now);
        let each = descriptors.saturating_sub(RESERVED) / listeners.max(1);
        let most = usize::try_from(each).unwrap_or(usize::MAX).clamp(16, MOST);
        Self { head: Duration::from_secs(20), idle: IDLE, most, share: most.div_ceil(8) }
    }
}

impl ConnectionLimits {
    /// How often a connection's deadline is looked at: as often as the shortest one needs.
    fn look(&self) -> Duration {
        self.head.min(self.idle)
    }

    /// When a connection has been in its stage for too long.
    fn deadline(&self, progress: &ConnectionProgress, stopped_at: Option<Instant>) -> Instant {
        let since = progress.since();
        match progress.stage() {
            ConnectionStage::Head => since + self.head,
            ConnectionStage::Request => match stopped_at {
                Some(stopped_at) => since.max(stopped_at) + QUIET,
                // hyper waits for the first bytes, by which it tells HTTP/2 from HTTP/1.1, without
                // any timer.
                None if !progress.has_asked() => since + self.head,
                None => since + self.idle,
            },
            ConnectionStage::Answer => since + self.idle,
        }
    }
}

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
                        tracing::debug!(error = %Causes(&error), "a connection keeps its small packets");
                    }
                    return Some((stream, peer, place));
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    // No file descriptors, most likely: soon there are some again.
                    tracing::error!(listener = self.name, error = %Causes(&error), "a connection was not accepted");
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
            // Looked at when it runs out, and not set anew for each request.
            let mut timer = pin!(sleep_until(Instant::now() + limits.look()));
            let (mut stopped_at, mut ending) = (None, None);
            let ended = loop {
                tokio::select! {
                    ended = connection.as_mut() => break ended,
                    () = begun.cancelled(), if stopped_at.is_none() && ending.is_none() => {
                        stopped_at = Some(Instant::now());
                        timer.as_mut().reset(Instant::now() + QUIET);
                        // HTTP/2 has a word for it, and loses nothing by it.
                        if !progress.is_http2() {
                            continue;
                        }
                    }
                    () = timer.as_mut() => {
                        let now = Instant::now();
                        if let Some(written) = ending {
                            if progress.written() == written {
                                break Ok(());
                            }
                        } else {
                            let deadline = limits.deadline(&progress, stopped_at);
                            if now < deadline {
                                let look = stopped_at.map_or(limits.look(), |_| QUIET);
                                timer.as_mut().reset(deadline.min(now + look));
                                continue;
                            }
                            if progress.stage() == ConnectionStage::Head {
                                break Ok(());
                            }
                        }
                    }
                }
                // A request under way still comes to its end, unless the other side takes nothing.
                ending = Some(progress.written());
                timer.as_mut().reset(Instant::now() + STALLED);
                connection.as_mut().graceful_shutdown();
            };
            if let Err(error) = ended {
                tracing::debug!(listener = name, error = %Causes(error.as_ref()), "a connection broke off");
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
