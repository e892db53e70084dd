//! What a server needs, whatever it serves: time and randomness that are passed in, the way to the
//! database, sealing, listeners and the one way out, logs and metrics.

pub mod ambient;
pub mod answer_time;
pub mod cached;
pub mod causes;
pub mod client_network;
pub mod clock;
pub mod guard;
pub mod health;
pub mod http_client;
pub mod id_token;
pub mod ids;
pub mod issuer;
pub mod json;
pub mod lifecycle;
pub mod management;
pub mod metrics;
pub mod network;
pub mod rate_limit;
pub mod request_cookies;
pub mod retry;
pub mod round_trip;
pub mod seal;
pub mod seconds;
mod secret;
pub mod settings;
pub mod storage;
pub mod telemetry;
pub mod traces;

pub use secret::Secret;
