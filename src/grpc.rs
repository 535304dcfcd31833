//! Is this gRPC? And answers without a message: [gRPC over HTTP/2, "Trailers-Only"].
//!
//! [gRPC over HTTP/2, "Trailers-Only"]: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#responses

use http::{HeaderMap, HeaderValue, Method, Response, header::CONTENT_TYPE};

/// The status codes that this crate answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    PermissionDenied,
    Unimplemented,
    Internal,
    Unavailable,
    Unauthenticated,
}

impl Code {
    fn header_value(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::PermissionDenied => "7",
            Self::Unimplemented => "12",
            Self::Internal => "13",
            Self::Unavailable => "14",
            Self::Unauthenticated => "16",
        })
    }
}

/// The content type of a gRPC call, or `None` where the request is none: a POST of `application/grpc`, followed by nothing,
/// by `+` or `;` and what belongs to it, or by `-web`, in any case of letters.
pub(crate) fn content_type<'a>(method: &Method, headers: &'a HeaderMap) -> Option<&'a HeaderValue> {
    const GRPC: &[u8] = b"application/grpc";
    const WEB: &[u8] = b"-web";
    if *method != Method::POST {
        return None;
    }
    let value = headers.get(CONTENT_TYPE)?;
    let (start, mut rest) = value.as_bytes().split_at_checked(GRPC.len())?;
    if !start.eq_ignore_ascii_case(GRPC) {
        return None;
    }
    if let Some((web, after)) = rest.split_at_checked(WEB.len())
        && web.eq_ignore_ascii_case(WEB)
    {
        rest = after;
        if let Some(after) = rest.strip_prefix(b"-text") {
            rest = after;
        }
    }
    matches!(rest, [] | [b'+' | b';', ..]).then_some(value)
}

/// An answer that is all headers: HTTP says 200, gRPC says `code`.
pub(crate) fn trailers_only<B>(content_type: HeaderValue, code: Code, body: B) -> Response<B> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, content_type);
    headers.insert("grpc-status", code.header_value());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_post_of_a_grpc_content_type_is_a_grpc_call() {
        for (method, value, expect) in [
            (Method::POST, "application/grpc", true),
            (Method::POST, "Application/GRPC", true),
            (Method::POST, "application/grpc+proto", true),
            (Method::POST, "application/grpc;charset=utf-8", true),
            (Method::POST, "application/grpc-web", true),
            (Method::POST, "application/grpc-web+proto", true),
            (Method::POST, "application/grpc-Web-text", true),
            (Method::GET, "application/grpc", false),
            (Method::POST, "application/grpcx", false),
            (Method::POST, "application/grpc-websocket", false),
            (Method::POST, "application/grp", false),
            (Method::POST, "application/json", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(value));
            assert_eq!(
                content_type(&method, &headers).is_some(),
                expect,
                "{method} {value}"
            );
        }
    }
}
