//! `GET /openapi.json`: the machine endpoints, described (OpenAPI 3.1). The document is written by
//! hand, in `docs/openapi.json`; the tests hold it to the routers, in both directions.

use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

const DOCUMENT: &str = include_str!("../../../docs/openapi.json");

/// The document.
pub(super) async fn endpoint() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], DOCUMENT)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use serde_json::Value;

    use super::*;

    type Operations = BTreeMap<String, BTreeSet<String>>;

    const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

    /// The operations of a source's routes: each literal path, and the methods that follow it.
    fn routed(source: &str, opening: &str) -> Operations {
        let mut operations = Operations::new();
        for rest in source.split(opening).skip(1) {
            let Some(path) = rest.trim_start().strip_prefix('"') else { continue };
            let (path, rest) = path.split_once('"').unwrap();
            // The path's own parenthesis ends what belongs to it.
            let mut depth = 1;
            let end = rest.find(|c| {
                depth += i32::from(c == '(') - i32::from(c == ')');
                depth == 0
            });
            let handlers = &rest[..end.unwrap()];
            let is_there = |method: &&str| {
                let call = format!("{method}(");
                handlers.match_indices(&call).any(|(at, _)| {
                    !handlers[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_')
                })
            };
            let methods = METHODS.into_iter().filter(is_there).map(str::to_owned);
            operations.entry(path.to_owned()).or_default().extend(methods);
        }
        operations
    }

    fn documented() -> Operations {
        let document: Value = serde_json::from_str(DOCUMENT).unwrap();
        let paths = document["paths"].as_object().unwrap();
        let methods = |item: &Value| item.as_object().unwrap().keys().cloned().collect();
        paths.iter().map(|(path, item)| (path.clone(), methods(item))).collect()
    }

    #[test]
    fn every_route_is_documented_and_everything_documented_is_routed() {
        let router = include_str!("router.rs");
        let social = include_str!("social.rs");
        let mut served = routed(router, ".route(");
        served.extend(routed(social, ".route("));
        served.extend(routed(include_str!("../../platform/src/health.rs"), ".route("));
        for (path, methods) in routed(router, "own_and_of_user(") {
            for whose in ["me", "{user_id}"] {
                served.insert(format!("/v1/users/{whose}{path}"), methods.clone());
            }
        }
        assert!(served.len() > 40, "the routers are not read any more: {served:?}");
        assert_eq!(documented(), served);
    }

    #[test]
    fn it_is_of_this_version() {
        let document: Value = serde_json::from_str(DOCUMENT).unwrap();
        assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    }

    #[test]
    fn every_operation_has_a_name_of_its_own_and_every_reference_leads_somewhere() {
        let document: Value = serde_json::from_str(DOCUMENT).unwrap();
        let mut names = BTreeSet::new();
        for item in document["paths"].as_object().unwrap().values() {
            for operation in item.as_object().unwrap().values() {
                let name = operation["operationId"].as_str().unwrap();
                assert!(names.insert(name), "{name} is there twice");
                assert!(operation["security"].is_array(), "{name}: who may call it?");
            }
        }
        for reference in DOCUMENT.split("\"$ref\": \"#").skip(1) {
            let pointer = reference.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer} is not there");
        }
    }
}
