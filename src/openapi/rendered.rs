//! A document as it was rendered: one for all callers who see the same.

use std::fmt::Write as _;

use bytes::Bytes;
use http::HeaderValue;
use sha2::{Digest, Sha256};

use super::json::Json;

/// A document as it is sent.
#[derive(Clone, Debug)]
pub(super) struct Rendered {
    pub(super) bytes: Bytes,
    /// Strong, and of the bytes alone: what is hidden does not change it, and every machine has the same.
    pub(super) etag: HeaderValue,
}

impl Rendered {
    pub(super) fn new(document: &Json) -> Self {
        // Writing what was read does not fail; nothing is what a failure would show.
        let bytes = Bytes::from(document.to_bytes().unwrap_or_default());
        let mut etag = String::from("\"");
        for byte in Sha256::digest(&bytes).iter().take(16) {
            write!(etag, "{byte:02x}").unwrap_or_default();
        }
        etag.push('"');
        Self {
            bytes,
            etag: HeaderValue::try_from(etag).unwrap_or(HeaderValue::from_static("\"\"")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_that_differ_have_tags_that_differ() {
        let rendered = |text: &str| Rendered::new(&Json::from(text));
        assert_eq!(rendered("a").bytes, "\"a\"");
        assert_eq!(rendered("a").etag, rendered("a").etag);
        assert_ne!(rendered("a").etag, rendered("b").etag);
    }
}
