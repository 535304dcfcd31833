//! Protections for the documents of utoipa.

use super::Protections;
use crate::trace;

/// Writes into a document what its operations stand behind.
///
/// `utoipa` cannot hear of an error: where [`write`](Protections::write) would fail, the document stays as it is, and an
/// event says why. It also has no place for the examples of headers; a document that is served by
/// [`OpenApi`](super::OpenApi) has them, with [`protect`](super::OpenApiBuilder::protect) in the place of this.
///
/// # Examples
/// ```
/// use tower_postern::{
///     BearerAuthLayer, bearer::{AuthError, Verified, immediate}, openapi::{Operations, Protections},
/// };
/// use utoipa::{Modify, OpenApi};
///
/// #[utoipa::path(get, path = "/me", responses((status = 200, description = "you")))]
/// fn me() {}
///
/// #[derive(OpenApi)]
/// #[openapi(paths(me))]
/// struct Document;
///
/// # let validator = immediate(|credentials| match credentials.token() {
/// #     "good" => Ok(Verified::new("ann")),
/// #     _ => Err(AuthError::invalid_token()),
/// # });
/// let auth = BearerAuthLayer::new(validator);
/// let mut document = Document::openapi();
/// let has_lock = |document: &utoipa::openapi::OpenApi| {
///     document.components.as_ref().is_some_and(|components| components.security_schemes.contains_key("bearer"))
/// };
/// assert!(!has_lock(&document));
///
/// Protections::new().protect(Operations::path("/me"), auth.describe()).modify(&mut document);
/// assert!(has_lock(&document));
/// ```
impl ::utoipa::Modify for Protections {
    fn modify(&self, openapi: &mut ::utoipa::openapi::OpenApi) {
        let written = serde_json::to_vec(openapi)
            .map_err(|error| error.to_string())
            .and_then(|text| self.write(text).map_err(|error| error.to_string()))
            .and_then(|text| serde_json::from_slice(&text).map_err(|error| error.to_string()));
        match written {
            Ok(written) => *openapi = written,
            Err(error) => {
                trace::error!(error = %error, "an OpenAPI document says nothing of its protections; mend what the error names");
            }
        }
    }
}
