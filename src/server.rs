//! Everything that runs on the server. Dependencies point one way:
//! `ciba`, `problem` ← `transmit` ← `site`, `operator`; `provider` → `storage`; `application` puts
//! the rooms together and `cli` is the only one that reads arguments.

pub mod ambient;
pub mod application;
pub mod at_keycloak;
pub mod at_transmit;
pub mod audit;
pub mod cached;
pub mod causes;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod desk;
pub mod guard;
pub mod health;
pub mod http_client;
pub mod id_token;
pub mod ids;
pub mod keycloak;
pub mod lifecycle;
pub mod management;
pub mod metrics;
pub mod operator;
pub mod provider;
pub mod round_trip;
pub mod seal;
pub mod seconds;
pub mod site;
pub mod storage;
pub mod telemetry;
pub mod texts;
pub mod transmit;
