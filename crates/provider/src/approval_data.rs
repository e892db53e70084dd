//! `approval_data`: what a person is asked to approve, as the caller describes it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A flat object of 1 to 10 members; names and values are 1 to 256 characters of
/// `A–Z a–z 0–9 _ . -` (docs/transmit-api.md, 7.1; the length is our own limit).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct ApprovalData(BTreeMap<String, String>);

/// The object is not `approval_data`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("approval_data must be a flat object of 1 to 10 members of A-Z a-z 0-9 _ . -")]
pub struct InvalidApprovalData;

impl ApprovalData {
    /// Its one form as JSON, members in the order of their names: for a hash, and for storage.
    pub fn canonical(&self) -> String {
        serde_json::json!(self.0).to_string()
    }
}

impl TryFrom<BTreeMap<String, String>> for ApprovalData {
    type Error = InvalidApprovalData;

    fn try_from(members: BTreeMap<String, String>) -> Result<Self, Self::Error> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        let good = |text: &String| (1..=256).contains(&text.len()) && text.chars().all(allowed);
        let all_good = members.iter().all(|(name, value)| good(name) && good(value));
        if !(1..=10).contains(&members.len()) || !all_good {
            return Err(InvalidApprovalData);
        }
        Ok(Self(members))
    }
}

impl From<ApprovalData> for BTreeMap<String, String> {
    fn from(data: ApprovalData) -> Self {
        data.0
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn parse(value: Value) -> Result<ApprovalData, serde_json::Error> {
        serde_json::from_value(value)
    }

    #[test]
    fn has_one_form() {
        let data = parse(json!({"b": "2", "a": "1.0_x-y"})).unwrap();
        assert_eq!(data.canonical(), r#"{"a":"1.0_x-y","b":"2"}"#);
    }

    #[test]
    fn refuses_what_is_not_documented() {
        let eleven: Value = (0..11).map(|i| (format!("k{i}"), json!("v"))).collect();
        for value in [
            json!({}),
            json!([]),
            json!({"a": 1}),
            json!({"a": {"b": "c"}}),
            json!({"a": "two words"}),
            json!({"a": "<b>"}),
            json!({"a": ""}),
            json!({"ä": "b"}),
            json!({"a": "x".repeat(257)}),
            eleven,
        ] {
            assert!(parse(value.clone()).is_err(), "{value}");
        }
    }
}
