//! Extractors of this crate in handlers that aide documents.

use ::aide::{
    OperationInput,
    generate::GenContext,
    openapi::{Operation, Response, SecurityRequirement},
};

use super::{Authenticated, ClientAddr};

/// A handler that takes the identity wants a token: its operation asks for the security scheme `bearer`, and may answer 401
/// and 503. `Option` of it is an empty alternative.
///
/// The scheme itself is written by [`Protections`](crate::openapi::Protections), which knows the layer, as are scopes. Where
/// `aide::generate::infer_responses(false)` is set, the empty alternative stands for both.
impl<I> OperationInput for Authenticated<I> {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        operation.security = vec![SecurityRequirement::new(), bearer()];
    }

    // Not asked of an `Option`: this handler is certain to want one.
    fn inferred_early_responses(
        _: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<u16>, Response)> {
        operation.security = vec![bearer()];
        let answer = |status, description: &str, header: &str, kind: &str| {
            let header_value = serde_json::json!({"style": "simple", "schema": {"type": kind}});
            let mut response = Response {
                description: description.to_owned(),
                ..Response::default()
            };
            if let Ok(header_value) = serde_json::from_value(header_value) {
                response.headers.insert(header.to_owned(), header_value);
            }
            (Some(status), response)
        };
        vec![
            answer(
                401,
                "There is no access token, or it is not valid",
                "WWW-Authenticate",
                "string",
            ),
            answer(
                503,
                "The access token could not be checked",
                "Retry-After",
                "integer",
            ),
        ]
    }
}

/// What the caller's address is says nothing about the operation.
impl OperationInput for ClientAddr {}

fn bearer() -> SecurityRequirement {
    SecurityRequirement::from_iter([("bearer".to_owned(), Vec::new())])
}
