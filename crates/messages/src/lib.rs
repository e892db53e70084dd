//! What is said to people, and how it is sent: the texts in every language, and mail and SMS.

pub mod brand;
pub mod delivery;
pub mod phone;
pub mod settings;
pub mod texts;
