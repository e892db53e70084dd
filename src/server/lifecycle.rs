//! Listening, and stopping without dropping anybody.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How long requests under way may take to end once the process was asked to stop.
const DRAIN: Duration = Duration::from_secs(25);

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
    pub async fn serve(self, router: Router, stop: CancellationToken) {
        let name = self.name;
        // Without TCP_NODELAY a kept-alive connection waits 40 ms before each small answer.
        let socket = self.socket.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "a connection keeps its small packets");
            }
        });
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let serving =
            axum::serve(socket, service).with_graceful_shutdown(stop.clone().cancelled_owned());
        let overtime = async {
            stop.cancelled().await;
            tokio::time::sleep(DRAIN).await;
        };
        tokio::select! {
            result = async { serving.await } => if let Err(error) = result {
                tracing::error!(listener = name, %error, "a listener failed");
                stop.cancel();
            },
            () = overtime => tracing::warn!(listener = name, "requests were cut off at shutdown"),
        }
    }
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
