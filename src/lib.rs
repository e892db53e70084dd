//! `ciba-login`: the login endpoint of a CIBA flow.
//!
//! A call-centre agent asks; the customer opens a link on their phone, signs in, and allows or
//! refuses. This crate is that page, the operator's side that asks, and a provider in the shape of
//! Transmit Security's API, so that the whole flow runs on one machine. `docs/ARCHITECTURE.md` is
//! the map of the rooms below.

pub mod ciba;
pub mod problem;
pub mod server;
pub mod server_fns;
