//! What the document says of the types that endpoints take and answer.

use aide::generate::GenContext;
use aide::openapi::{Operation, Response};
use aide::{OperationInput, OperationOutput};
use axum::Json;
use schemars::JsonSchema;

use super::{CLIENT_TOKEN, USER_TOKEN};
use crate::answer::{Created, EndpointError, ErrorBody, NoContent};
use crate::bearer::{ClientToken, UserToken};
use crate::form::{FormError, OAuthForm};
use crate::json::{InvalidBody, JsonBody};
use crate::webauthn::credentials::endpoints::{CredentialId, Keeper};

impl<T: JsonSchema> OperationInput for JsonBody<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        Json::<T>::operation_input(ctx, operation);
    }
}

impl OperationInput for ClientToken {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        demand(operation, CLIENT_TOKEN);
    }
}

impl OperationInput for UserToken {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        demand(operation, USER_TOKEN);
    }
}

impl OperationInput for OAuthForm {}
impl OperationInput for Keeper {}
impl OperationInput for CredentialId {}

fn demand(operation: &mut Operation, scheme: &str) {
    operation.security.push([(scheme.to_owned(), Vec::new())].into());
}

macro_rules! refusals {
    ($($error:ty),+) => {
        $(impl OperationOutput for $error {
            type Inner = ErrorBody;

            fn inferred_responses(
                ctx: &mut GenContext,
                operation: &mut Operation,
            ) -> Vec<(Option<u16>, Response)> {
                described::<ErrorBody>(ctx, operation, None, "Refused")
            }
        })+
    };
}

refusals!(EndpointError, InvalidBody, FormError);

impl<T: JsonSchema> OperationOutput for Created<T> {
    type Inner = T;

    fn inferred_responses(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<u16>, Response)> {
        described::<T>(ctx, operation, Some(201), "Created")
    }
}

impl OperationOutput for NoContent {
    type Inner = ();

    fn inferred_responses(_: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, Response)> {
        vec![(Some(204), Response { description: "Done".into(), ..Response::default() })]
    }
}

fn described<T: JsonSchema>(
    ctx: &mut GenContext,
    operation: &mut Operation,
    status: Option<u16>,
    description: &str,
) -> Vec<(Option<u16>, Response)> {
    let response = Json::<T>::operation_response(ctx, operation);
    let response =
        response.map(|response| Response { description: description.into(), ..response });
    response.map(|response| (status, response)).into_iter().collect()
}
