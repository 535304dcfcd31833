//! What other crates left in the extensions: the one file that knows.

use http::Extensions;

use crate::bearer::AuthError;

/// The reason in a Tonic `Status` that a handler returned.
#[cfg(feature = "tonic")]
pub(crate) fn raised_in_status(extensions: &mut Extensions) -> Option<AuthError> {
    let status = extensions.get::<::tonic::Status>()?;
    std::error::Error::source(status)?.downcast_ref().cloned()
}

/// Without Tonic there is no status to look into.
#[cfg(not(feature = "tonic"))]
pub(crate) fn raised_in_status(_: &mut Extensions) -> Option<AuthError> {
    None
}
