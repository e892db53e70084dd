//! The floor that the benchmark compares with: Axum answers every request with the bytes of a file,
//! and does nothing else. `bare-axum <port> <file> [gzip]`

use std::net::Ipv4Addr;

use axum::Router;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::response::IntoResponse;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().ok_or("the port is missing")?.parse()?;
    let body = std::fs::read(arguments.next().ok_or("the file is missing")?)?;
    let coding = arguments.next().unwrap_or_else(|| "identity".into());
    let body: &'static [u8] = body.leak();
    let coding: &'static str = coding.leak();
    let answer = async move || {
        let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_ENCODING, coding)];
        (headers, body).into_response()
    };
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    axum::serve(listener, Router::new().fallback(answer)).await?;
    Ok(())
}
