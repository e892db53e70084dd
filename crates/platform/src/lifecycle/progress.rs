//! How far a connection is: the transport and the service tell it, and the listener's timers read it.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;

/// What a connection waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum ConnectionStage {
    /// The next request, of which nothing has come.
    Request = 0,
    /// The end of a request's head.
    Head = 1,
    /// Its answer.
    Answer = 2,
}

/// How far a connection is.
#[derive(Debug)]
pub(super) struct ConnectionProgress {
    opened: Instant,
    stage: AtomicU8,
    /// When the stage began, in milliseconds since `opened`.
    since: AtomicU64,
    has_asked: AtomicBool,
    is_http2: AtomicBool,
    written: AtomicU64,
}

impl ConnectionProgress {
    pub(super) fn new() -> Self {
        Self {
            opened: Instant::now(),
            stage: AtomicU8::new(ConnectionStage::Request as u8),
            since: AtomicU64::new(0),
            has_asked: AtomicBool::new(false),
            is_http2: AtomicBool::new(false),
            written: AtomicU64::new(0),
        }
    }

    pub(super) fn stage(&self) -> ConnectionStage {
        match self.stage.load(Ordering::Relaxed) {
            0 => ConnectionStage::Request,
            1 => ConnectionStage::Head,
            _ => ConnectionStage::Answer,
        }
    }

    /// Whether there was a request.
    pub(super) fn has_asked(&self) -> bool {
        self.has_asked.load(Ordering::Relaxed)
    }

    pub(super) fn is_http2(&self) -> bool {
        self.is_http2.load(Ordering::Relaxed)
    }

    /// How many bytes the other side has taken.
    pub(super) fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// When the stage began.
    pub(super) fn since(&self) -> Instant {
        self.opened + Duration::from_millis(self.since.load(Ordering::Relaxed))
    }

    pub(super) fn request_came(&self, is_http2: bool) {
        self.has_asked.store(true, Ordering::Relaxed);
        self.is_http2.store(is_http2, Ordering::Relaxed);
        self.enter(ConnectionStage::Answer);
    }

    pub(super) fn answer_begun(&self) {
        self.enter(ConnectionStage::Request);
    }

    fn bytes_came(&self) {
        // Frames of HTTP/2 are no heads: its pings come on a connection that is idle.
        if self.stage() == ConnectionStage::Request && !self.is_http2() {
            self.enter(ConnectionStage::Head);
        }
    }

    fn enter(&self, stage: ConnectionStage) {
        let since = self.opened.elapsed().as_millis();
        self.since.store(since.try_into().unwrap_or(u64::MAX), Ordering::Relaxed);
        self.stage.store(stage as u8, Ordering::Relaxed);
    }
}

/// A connection that tells how far it is.
#[derive(Debug)]
pub(super) struct WatchedConnection {
    stream: TcpStream,
    progress: Arc<ConnectionProgress>,
}

impl WatchedConnection {
    pub(super) fn new(stream: TcpStream, progress: Arc<ConnectionProgress>) -> Self {
        Self { stream, progress }
    }

    fn note_written(&self, written: &Poll<io::Result<usize>>) {
        if let Poll::Ready(Ok(bytes)) = written {
            self.progress.written.fetch_add(*bytes as u64, Ordering::Relaxed);
        }
    }
}

impl AsyncRead for WatchedConnection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.progress.bytes_came();
        }
        read
    }
}

impl AsyncWrite for WatchedConnection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.note_written(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.note_written(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
