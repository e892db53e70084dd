//! What the page of the desk knows.

use crate::codes::RequestChannel;
use crate::desk::access::Agent;
use crate::desk::order::{InvalidOrder, OrderForm};
use crate::desk::phone::Customer;
use crate::desk::sides::Sides;
use messages::texts::Words;

/// What a page says above its form.
#[derive(Debug)]
pub enum Notice {
    /// The form has a fault.
    Invalid(InvalidOrder),
    /// The order was not placed.
    Refused(String),
}

/// What the page of the desk knows.
#[derive(Debug)]
pub struct DeskInput<'a> {
    /// The words of the agent's language, and the company's name.
    pub words: &'a Words,
    /// Who is at the desk.
    pub agent: &'a Agent,
    /// Which sides it shows.
    pub sides: Sides,
    /// What stands in the form.
    pub form: &'a OrderForm,
    /// How a request may reach its customer.
    pub channels: &'static [RequestChannel],
    /// The most characters of a reference that the provider takes.
    pub longest_reference: usize,
    /// What is said above it.
    pub notice: Option<&'a Notice>,
    /// The requests, from [`live`](super::live).
    pub live: String,
    /// The phone's messages, from [`messages`](super::messages()).
    pub phone: Option<String>,
    /// The customers of the demo.
    pub customers: Vec<Customer>,
    /// The present moment, in seconds since 1970.
    pub now: i64,
    /// Whether the page looks again by itself where there is no script.
    pub watch: bool,
    /// The nonce of its script.
    pub nonce: &'a str,
}
