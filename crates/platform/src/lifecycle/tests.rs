use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";
const SOON: Duration = Duration::from_millis(100);
const LONG: Duration = Duration::from_secs(60);

struct Served {
    address: SocketAddr,
    stop: Stop,
    ended: tokio::task::JoinHandle<()>,
}

async fn serve_at(address: &str, limits: ConnectionLimits) -> Served {
    let listener = Listener::bind("test", address.parse().unwrap()).await.unwrap();
    let address = listener.address().unwrap();
    let stop = Stop::default();
    let router = Router::new().route("/", get(async || "hello"));
    let ended =
        tokio::spawn(listener.serve_within(limits, Shares::default(), router, stop.clone()));
    Served { address, stop, ended }
}

async fn serve(limits: ConnectionLimits) -> Served {
    serve_at("127.0.0.1:0", limits).await
}

/// What comes until the other side closes the connection.
async fn all(connection: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = connection.read_to_end(&mut bytes);
    tokio::time::timeout(Duration::from_secs(10), read).await.unwrap().ok();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The next answer.
async fn answer(connection: &mut TcpStream) -> std::io::Result<String> {
    let mut bytes = vec![0; 1024];
    let length = connection.read(&mut bytes).await?;
    Ok(String::from_utf8_lossy(&bytes[..length]).into_owned())
}

#[tokio::test]
async fn a_connection_that_never_asks_is_closed_whatever_it_begins_with() {
    let served = serve(ConnectionLimits { head: SOON, idle: LONG, most: 10, share: 10 }).await;
    for begun in ["", "P", "GET / HTTP/1.1\r\nhost: loc", "PRI * HTTP/2.0\r\n"] {
        let mut connection = TcpStream::connect(served.address).await.unwrap();
        connection.write_all(begun.as_bytes()).await.unwrap();
        assert_eq!(all(&mut connection).await, "", "{begun:?}");
    }
}

#[tokio::test]
async fn half_a_head_on_a_kept_connection_does_not_hold_it_either() {
    let served = serve(ConnectionLimits { head: SOON, idle: LONG, most: 10, share: 10 }).await;
    let mut connection = TcpStream::connect(served.address).await.unwrap();
    connection.write_all(REQUEST).await.unwrap();
    assert!(answer(&mut connection).await.unwrap().starts_with("HTTP/1.1 200"));
    connection.write_all(&REQUEST[..20]).await.unwrap();
    assert_eq!(all(&mut connection).await, "");
}

#[tokio::test]
async fn a_connection_is_kept_between_two_requests_and_not_for_ever() {
    let served = serve(ConnectionLimits { head: LONG, idle: SOON, most: 10, share: 10 }).await;
    let mut connection = TcpStream::connect(served.address).await.unwrap();
    for _ in 0..2 {
        connection.write_all(REQUEST).await.unwrap();
        assert!(answer(&mut connection).await.unwrap().starts_with("HTTP/1.1 200"));
    }
    assert_eq!(all(&mut connection).await, "");
}

#[tokio::test]
async fn whoever_finds_no_place_waits_for_one() {
    let served = serve(ConnectionLimits { head: LONG, idle: LONG, most: 1, share: 1 }).await;
    let silent = TcpStream::connect(served.address).await.unwrap();
    let mut waiting = TcpStream::connect(served.address).await.unwrap();
    waiting.write_all(REQUEST).await.unwrap();
    let mut bytes = [0; 1024];
    assert!(tokio::time::timeout(SOON, waiting.read(&mut bytes)).await.is_err());
    drop(silent);
    assert!(answer(&mut waiting).await.unwrap().starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_kept_connection_ends_with_an_answer_that_says_so() {
    let served = serve(ConnectionLimits::of_one_among(1)).await;
    let mut connection = TcpStream::connect(served.address).await.unwrap();
    connection.write_all(REQUEST).await.unwrap();
    assert!(!answer(&mut connection).await.unwrap().contains("connection: close"));
    served.stop.announced.cancel();
    served.stop.begun.cancel();
    connection.write_all(REQUEST).await.unwrap();
    let last = all(&mut connection).await;
    assert!(last.starts_with("HTTP/1.1 200") && last.contains("connection: close"), "{last}");
    served.ended.await.unwrap();
}

#[tokio::test]
async fn whoever_waits_in_the_queue_when_the_process_stops_is_answered() {
    let served = serve(ConnectionLimits { head: LONG, idle: LONG, most: 1, share: 1 }).await;
    let _silent = TcpStream::connect(served.address).await.unwrap();
    let mut waiting = TcpStream::connect(served.address).await.unwrap();
    waiting.write_all(REQUEST).await.unwrap();
    served.stop.announced.cancel();
    served.stop.begun.cancel();
    assert!(answer(&mut waiting).await.unwrap().starts_with("HTTP/1.1 200"));
    served.ended.await.unwrap();
}

/// What customers meet while the process is restarted again and again.
#[derive(Default)]
struct Tally {
    answered: AtomicUsize,
    failed: AtomicUsize,
    is_over: AtomicBool,
}

/// Asks again and again, on a connection that is kept as long as the other side keeps it, or on a new
/// one each time. Where nobody listens yet it tries again: nothing was asked.
async fn customer(address: SocketAddr, keeps: bool, tally: Arc<Tally>) {
    let mut kept = None;
    while !tally.is_over.load(SeqCst) {
        let connection = match kept.take() {
            Some(connection) => Ok(connection),
            None => TcpStream::connect(address).await,
        };
        let Ok(mut connection) = connection else {
            tokio::time::sleep(Duration::from_millis(1)).await;
            continue;
        };
        let answer = match connection.write_all(REQUEST).await {
            Ok(()) => answer(&mut connection).await,
            Err(error) => Err(error),
        };
        match answer {
            Ok(text) if text.starts_with("HTTP/1.1 200") => {
                tally.answered.fetch_add(1, SeqCst);
                kept = (keeps && !text.contains("connection: close")).then_some(connection);
            }
            _ => {
                tally.failed.fetch_add(1, SeqCst);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twelve_restarts_under_load_cost_nobody_a_request() {
    let mut served = serve(ConnectionLimits::of_one_among(1)).await;
    let address = served.address;
    let tally = Arc::new(Tally::default());
    let customers: Vec<_> =
        (0..16).map(|n| tokio::spawn(customer(address, n % 2 == 0, tally.clone()))).collect();
    for restart in 0..12 {
        let so_far = tally.answered.load(SeqCst);
        while tally.answered.load(SeqCst) < so_far + 500 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        served.stop.announced.cancel();
        served.stop.begun.cancel();
        served.ended.await.unwrap();
        assert_eq!(tally.failed.load(SeqCst), 0, "at restart {restart}");
        served = serve_at(&address.to_string(), ConnectionLimits::of_one_among(1)).await;
    }
    tally.is_over.store(true, SeqCst);
    for customer in customers {
        customer.await.unwrap();
    }
    assert_eq!(tally.failed.load(SeqCst), 0);
}
