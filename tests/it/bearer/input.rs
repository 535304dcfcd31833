//! What callers send who mean no good.

use http::{HeaderValue, Request, StatusCode, header::AUTHORIZATION};
use tower_postern::{
    BearerAuthLayer,
    bearer::{AuthError, ErrorKind, TokenSource, TokenValidator, Verified, immediate},
};

use crate::support::bearer::{Echo, Now, User, Waits, ask, bearing, request};

fn kind(response: &http::Response<String>) -> Option<ErrorKind> {
    response
        .extensions()
        .get::<AuthError>()
        .map(AuthError::kind)
}

/// Whatever it is, the validator takes it: what is refused was refused before.
fn takes_all() -> impl TokenValidator<Identity = User> {
    immediate(|_| Ok(Verified::new(User("anyone"))))
}

#[tokio::test]
async fn bytes_outside_the_grammar_are_an_invalid_request() {
    let service = BearerAuthLayer::new(takes_all()).wrap(Echo::default());
    for byte in (b' '..=0xFF).filter(|byte| *byte != 0x7F).chain([b'\t']) {
        let allowed = byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
        for (place, line) in [
            ("first", [b"Bearer ".as_slice(), &[byte], b"b"].concat()),
            ("middle", [b"Bearer a".as_slice(), &[byte], b"b"].concat()),
            ("last", [b"Bearer a".as_slice(), &[byte]].concat()),
            (
                "far inside",
                [b"Bearer ".as_slice(), &[b'a'; 45], &[byte], &[b'b'; 50]].concat(),
            ),
        ] {
            let allowed = allowed
                || (place, byte) == ("last", b'=') // padding
                || (place, byte) == ("first", b' '); // several spaces
            let mut request = Request::new(String::new());
            let value = HeaderValue::from_bytes(&line).unwrap();
            request.headers_mut().insert(AUTHORIZATION, value);
            let response = ask(&service, request).await;
            let expect = if allowed {
                StatusCode::OK
            } else {
                StatusCode::BAD_REQUEST
            };
            assert_eq!(response.status(), expect, "byte {byte:#x} {place}");
        }
    }
}

#[tokio::test]
async fn padding_stands_at_the_end_and_not_alone() {
    let service = BearerAuthLayer::new(takes_all()).wrap(Echo::default());
    for (token, allowed) in [
        ("a=", true),
        ("a==", true),
        ("=", false),
        ("=a", false),
        ("a=b", false),
    ] {
        let status = ask(&service, bearing(token)).await.status();
        assert_eq!(status == StatusCode::OK, allowed, "{token}");
    }
}

#[tokio::test]
async fn an_access_token_in_the_query_beside_the_header_is_an_invalid_request_however_it_is_spelled()
 {
    let service = BearerAuthLayer::new(takes_all()).wrap(Echo::default());
    for (target, expect) in [
        ("/", StatusCode::OK),
        ("/?access_tokens=x", StatusCode::OK),
        ("/?q=access_token", StatusCode::OK),
        ("/access_token=x", StatusCode::OK),
        ("/?access_token=x", StatusCode::BAD_REQUEST),
        ("/?access_token", StatusCode::BAD_REQUEST),
        ("/?access%5Ftoken=x", StatusCode::BAD_REQUEST),
        ("/?access%5ftoken=x", StatusCode::BAD_REQUEST),
        (
            "/?%61%63%63%65%73%73%5f%74%6f%6b%65%6e=x",
            StatusCode::BAD_REQUEST,
        ),
        ("/?a=b&access_token=x", StatusCode::BAD_REQUEST),
        ("/?a=b;access_token=x", StatusCode::BAD_REQUEST),
    ] {
        let mut request = bearing("x");
        *request.uri_mut() = target.parse().unwrap();
        assert_eq!(ask(&service, request).await.status(), expect, "{target}");
    }
}

#[tokio::test]
async fn a_token_above_the_cap_is_refused_before_it_is_looked_at() {
    let cap = 8 * 1024;
    let service = BearerAuthLayer::new(takes_all()).wrap(Echo::default());
    let length = |bytes: usize| bearing(&"x".repeat(bytes));
    assert_eq!(ask(&service, length(cap)).await.status(), StatusCode::OK);
    let response = ask(&service, length(cap + 1)).await;
    assert_eq!(kind(&response), Some(ErrorKind::InvalidToken));
    let response = ask(&service, length(1024 * 1024)).await;
    assert_eq!(kind(&response), Some(ErrorKind::InvalidToken));
    // Its bytes are not even read: none of them could stand in a token.
    let garbage = request(&[&format!("Bearer {}", "\"".repeat(1024 * 1024))]);
    let response = ask(&service, garbage).await;
    assert_eq!(kind(&response), Some(ErrorKind::InvalidToken));

    let service = BearerAuthLayer::new(takes_all())
        .max_token_bytes(3)
        .wrap(Echo::default());
    assert_eq!(ask(&service, length(3)).await.status(), StatusCode::OK);
    assert_eq!(
        ask(&service, length(4)).await.status(),
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_named_header_holds_the_token_alone_or_after_its_scheme() {
    let source = TokenSource::header("x-api-key").unwrap();
    let service = BearerAuthLayer::new(Now)
        .sources([source])
        .wrap(Echo::default());
    for (lines, expect) in [
        (&["reader"][..], StatusCode::OK),
        (&["Bearer reader"], StatusCode::OK),
        (&["bearer  reader"], StatusCode::OK),
        (&[], StatusCode::UNAUTHORIZED),
        (&["bad"], StatusCode::UNAUTHORIZED),
        (&[""], StatusCode::BAD_REQUEST),
        (&["Basic reader"], StatusCode::BAD_REQUEST),
        (&["reader", "reader"], StatusCode::BAD_REQUEST),
        (&["Bearer"], StatusCode::BAD_REQUEST),
    ] {
        let mut request = Request::new(String::new());
        for line in lines {
            request
                .headers_mut()
                .append("x-api-key", line.parse().unwrap());
        }
        let response = ask(&service, request).await;
        assert_eq!(response.status(), expect, "{lines:?}");
    }
    // `Authorization` is no source here.
    assert_eq!(
        ask(&service, bearing("reader")).await.status(),
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn tokens_in_two_sources_are_an_invalid_request() {
    let sources = || {
        [
            TokenSource::authorization(),
            TokenSource::header("x-api-key").unwrap(),
        ]
    };
    let service = BearerAuthLayer::new(Now)
        .sources(sources())
        .wrap(Echo::default());
    let with_key = |mut request: Request<String>, key: &str| {
        request
            .headers_mut()
            .insert("x-api-key", key.parse().unwrap());
        request
    };
    for (name, request, expect) in [
        ("the header", bearing("reader"), StatusCode::OK),
        ("the key", with_key(request(&[]), "reader"), StatusCode::OK),
        (
            "the key beside another scheme",
            with_key(request(&["Basic YQ=="]), "reader"),
            StatusCode::OK,
        ),
        (
            "both",
            with_key(bearing("reader"), "reader"),
            StatusCode::BAD_REQUEST,
        ),
        (
            "a good key beside garbage",
            with_key(request(&["Bearer"]), "reader"),
            StatusCode::BAD_REQUEST,
        ),
        (
            "garbage beside a good token",
            with_key(bearing("reader"), "r e"),
            StatusCode::BAD_REQUEST,
        ),
    ] {
        let response = ask(&service, request).await;
        assert_eq!(response.status(), expect, "{name}");
    }
}

#[tokio::test]
async fn the_same_source_said_twice_is_one_source_and_none_lets_nobody_in() {
    let twice = [TokenSource::authorization(), TokenSource::authorization()];
    let service = BearerAuthLayer::new(Now)
        .sources(twice)
        .wrap(Echo::default());
    assert_eq!(
        ask(&service, bearing("reader")).await.status(),
        StatusCode::OK
    );

    let service = BearerAuthLayer::new(Now)
        .sources([])
        .optional()
        .wrap(Echo::default());
    let response = ask(&service, bearing("reader")).await;
    assert_eq!(response.body(), "anonymous");
    assert!(!response.headers().contains_key("vary"));
}

#[tokio::test]
async fn a_head_full_of_headers_is_no_panic() {
    let full = || {
        let mut request = Request::new(String::new());
        let headers = request.headers_mut();
        let mut more = 0_u32;
        loop {
            let name = http::HeaderName::try_from(format!("x-{more}")).unwrap();
            if headers
                .try_insert(name, HeaderValue::from_static("x"))
                .is_err()
            {
                return request;
            }
            more += 1;
        }
    };
    for service in [
        BearerAuthLayer::new(Now).wrap(Echo::default()),
        BearerAuthLayer::new(Now)
            .remove_token()
            .wrap(Echo::default()),
        BearerAuthLayer::new(Now).optional().wrap(Echo::default()),
        BearerAuthLayer::new(Now).deferred().wrap(Echo::default()),
    ] {
        ask(&service, full()).await;
    }
    let service = BearerAuthLayer::new(Waits).deferred().wrap(Echo::default());
    ask(&service, full()).await;
}
