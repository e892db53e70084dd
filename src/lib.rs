//! `ciba-login`: the login endpoint of a CIBA flow.
//!
//! A call-centre agent asks; the customer opens a link on their phone, signs in, and allows or
//! refuses. This crate is that page and the operator's side that asks; the members in `crates/` are
//! what both stand on, and a provider in the shape of Transmit Security's API, so that the whole
//! flow runs on one machine. `docs/ARCHITECTURE.md` is the map of the rooms below.

pub mod application;
pub mod at_keycloak;
pub mod at_transmit;
pub mod audit;
pub mod cli;
pub mod codes;
pub mod config;
pub mod demo;
pub mod desk;
pub mod operator;
pub mod records;
pub mod server_fns;
pub mod site;
