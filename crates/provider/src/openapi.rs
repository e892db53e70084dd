//! `GET /openapi.json`: the machine endpoints, described (OpenAPI 3.1). The document is made of the
//! routes themselves, when it is first asked for: what a handler takes and answers is what the document
//! says. What a form may hold is named where its route is.

mod types;

use aide::axum::ApiRouter;
use aide::openapi::{Info, OpenApi, ReferenceOr, RequestBody, SecurityScheme};
use aide::transform::TransformOperation;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use serde_json::{Value, json};

const CLIENT_TOKEN: &str = "clientToken";
const USER_TOKEN: &str = "userToken";
const CLIENT: &str = "client";

/// Names an operation.
pub(super) fn named(
    id: &'static str,
    summary: &'static str,
) -> impl FnOnce(TransformOperation<'_>) -> TransformOperation<'_> {
    move |operation| operation.id(id).summary(summary)
}

/// Names an operation of a user's own token.
pub(super) fn of_user(
    id: &'static str,
    summary: &'static str,
) -> impl FnOnce(TransformOperation<'_>) -> TransformOperation<'_> {
    move |operation| operation.id(id).summary(summary).security_requirement(USER_TOKEN)
}

/// Names an operation of a client's token.
pub(super) fn of_client(
    id: &'static str,
    summary: &'static str,
) -> impl FnOnce(TransformOperation<'_>) -> TransformOperation<'_> {
    move |operation| operation.id(id).summary(summary).security_requirement(CLIENT_TOKEN)
}

/// Names an operation that takes a form; its parameters by name, those that must be there with a star.
pub(super) fn form(
    id: &'static str,
    summary: &'static str,
    parameters: &'static [&'static str],
) -> impl FnOnce(TransformOperation<'_>) -> TransformOperation<'_> {
    move |operation| {
        let mut operation = operation.id(id).summary(summary);
        operation.inner_mut().request_body = body(parameters).map(ReferenceOr::Item);
        operation
    }
}

/// As [`form`], by a client that authenticates in the form or by `Authorization`.
pub(super) fn client_form(
    id: &'static str,
    summary: &'static str,
    parameters: &'static [&'static str],
) -> impl FnOnce(TransformOperation<'_>) -> TransformOperation<'_> {
    move |operation| form(id, summary, parameters)(operation).security_requirement(CLIENT)
}

fn body(parameters: &[&str]) -> Option<RequestBody> {
    let name = |parameter: &str| parameter.trim_end_matches('*').to_owned();
    let properties: serde_json::Map<_, _> =
        parameters.iter().map(|parameter| (name(parameter), json!({"type": "string"}))).collect();
    let required: Vec<_> =
        parameters.iter().filter(|parameter| parameter.ends_with('*')).map(|p| name(p)).collect();
    let schema = json!({"type": "object", "properties": properties, "required": required});
    serde_json::from_value(json!({
        "content": {"application/x-www-form-urlencoded": {"schema": schema}},
        "required": true,
    }))
    .ok()
}

/// The document of these routes, as it is served.
pub(super) fn document<S: Clone + Send + Sync + 'static>(routes: ApiRouter<S>) -> Bytes {
    let mut document = begin();
    let _ = routes.finish_api(&mut document);
    forget();
    finish(&document)
}

/// Forgets the schemas of the routes that were made by this thread: for a server that only has to answer
/// them.
pub(super) fn forget() {
    aide::generate::reset_context();
}

/// The document before it has paths.
fn begin() -> OpenApi {
    let scheme = |value: Value| serde_json::from_value::<SecurityScheme>(value).ok();
    let mut document = OpenApi {
        info: Info {
            title: "The embedded provider of ciba-login".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            description: Some(
                "The machine endpoints of the embedded provider, in the shape of Transmit \
                 Security's API. Every path is served with and without `/cis`, except \
                 `/.well-known`, `/openapi.json` and the health checks."
                    .into(),
            ),
            ..Info::default()
        },
        ..OpenApi::default()
    };
    let schemes = [
        (
            CLIENT_TOKEN,
            json!({"type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "A client's access token, of the grant `client_credentials`."}),
        ),
        (
            USER_TOKEN,
            json!({"type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "A user's access token, of a sign-in."}),
        ),
        (
            CLIENT,
            json!({"type": "http", "scheme": "basic",
            "description": "The client's identifier and secret; in the form as `client_id` and \
                `client_secret`, or a `client_assertion`, instead."}),
        ),
    ];
    let components = document.components.get_or_insert_default();
    for (name, value) in schemes {
        let scheme = scheme(value).map(ReferenceOr::Item);
        components.security_schemes.extend(scheme.map(|scheme| (name.to_owned(), scheme)));
    }
    document
}

/// The document with the parameters of each path, and without preflights.
fn finish(document: &OpenApi) -> Bytes {
    let mut document = serde_json::to_value(document).unwrap_or_default();
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (path, item) in paths {
        let names = path.split('{').skip(1).filter_map(|part| part.split('}').next());
        let parameters: Vec<_> = names
            .map(|name| {
                json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}})
            })
            .collect();
        if let Some(item) = item.as_object_mut() {
            item.remove("options");
            if !parameters.is_empty() {
                item.insert("parameters".into(), parameters.into());
            }
            for operation in item.values_mut().filter_map(Value::as_object_mut) {
                operation.entry("security").or_insert_with(|| json!([]));
            }
        }
    }
    document.to_string().into()
}

/// The answer.
pub(super) fn answer(document: &Bytes) -> impl IntoResponse + use<> {
    ([(CONTENT_TYPE, "application/json")], document.clone())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Every reference of a value.
    fn references(value: &Value, found: &mut Vec<String>) {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            found.push(reference.to_owned());
        }
        let members = value.as_object().into_iter().flat_map(|object| object.values());
        for part in members.chain(value.as_array().into_iter().flatten()) {
            references(part, found);
        }
    }

    #[test]
    fn every_operation_has_a_name_and_says_who_may_call_it() {
        let routes = crate::router::oauth().merge(crate::router::management());
        let document: Value = serde_json::from_slice(&document(routes)).unwrap();
        assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
        let mut names = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            let operations =
                item.as_object().unwrap().iter().filter(|(name, _)| *name != "parameters");
            for (method, operation) in operations {
                let name = operation["operationId"].as_str().unwrap();
                assert!(names.insert(name), "{name} is there twice");
                assert!(operation["security"].is_array(), "{method} {path}");
            }
        }
        assert!(names.len() > 25, "{names:?}");
        let put = &document["paths"]["/v1/applications/{app_id}/clients/{client_id}"];
        assert_eq!(put["parameters"].as_array().unwrap().len(), 2);
        assert_eq!(put["put"]["security"], json!([{"clientToken": []}]));
        let mut found = Vec::new();
        references(&document, &mut found);
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer} is not there");
        }
    }
}
