//! RFC 6750: bearer token usage.

use http::{Request, Response, StatusCode};
use tower_postern::{
    BearerAuthLayer,
    bearer::{AuthError, ErrorKind, RequireLayer},
    scopes,
};

use crate::support::bearer::{Echo, Mostly, Now, ask, bearing, request};

fn layer() -> BearerAuthLayer<Mostly> {
    BearerAuthLayer::new(Mostly)
        .realm("a \"realm\" \\ of quotes")
        .unwrap()
        .scope("orders:read a/b!#[]^~")
        .unwrap()
        .resource_metadata("https://api.example/.well-known/oauth-protected-resource")
        .unwrap()
}

/// One request of each kind that is refused with a challenge.
fn refused() -> Vec<(ErrorKind, Request<String>)> {
    vec![
        (ErrorKind::MissingToken, request(&[])),
        (ErrorKind::MissingToken, request(&["Basic YQ=="])),
        (ErrorKind::InvalidRequest, request(&["Bearer"])),
        (
            ErrorKind::InvalidRequest,
            request(&["Bearer a", "Bearer a"]),
        ),
        (ErrorKind::InvalidToken, bearing("bad")),
        (ErrorKind::InvalidToken, bearing("slow-bad")),
        (ErrorKind::InvalidToken, bearing("expired")),
        (ErrorKind::InvalidToken, bearing("bound")),
        (ErrorKind::InsufficientScope, bearing("ann")),
        (ErrorKind::InsufficientScope, bearing("slow-ann")),
    ]
}

async fn answers() -> Vec<(ErrorKind, Response<String>)> {
    let mut answers = Vec::new();
    let raising = || {
        RequireLayer::scope("orders:write")
            .unwrap()
            .wrap(Echo::default())
    };
    for layer in [layer(), layer().deferred()] {
        let service = layer.wrap(raising());
        for (kind, request) in refused() {
            let response = ask(&service, request).await;
            let error = response.extensions().get::<AuthError>().unwrap();
            assert_eq!(error.kind(), kind);
            answers.push((kind, response));
        }
    }
    answers
}

/// A challenge taken apart by the grammar of RFC 9110, section 11.3, strictly: `scheme SP name="quoted" *(", " ..)`.
fn parse(challenge: &str) -> (String, Vec<(String, String)>) {
    let (scheme, mut rest) = challenge
        .split_once(' ')
        .expect("a parameter after the scheme");
    let mut parameters = Vec::new();
    loop {
        let (name, value) = rest.split_once("=\"").expect("name=\"value\"");
        assert!(
            name.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_'),
            "{name}"
        );
        let mut text = String::new();
        let mut characters = value.char_indices();
        let end = loop {
            match characters.next().expect("a closing quote") {
                (at, '"') => break at + 1,
                (_, '\\') => text.push(characters.next().expect("an escaped character").1),
                (_, character) => text.push(character),
            }
        };
        parameters.push((name.to_owned(), text));
        match value.get(end..).unwrap() {
            "" => return (scheme.to_owned(), parameters),
            more => rest = more.strip_prefix(", ").expect("a comma between parameters"),
        }
    }
}

fn challenge(response: &Response<String>) -> (String, Vec<(String, String)>) {
    let lines: Vec<_> = response
        .headers()
        .get_all("www-authenticate")
        .iter()
        .collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    parse(lines[0].to_str().unwrap())
}

fn parameter<'a>(parameters: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut found = parameters.iter().filter(|(other, _)| other == name);
    let value = found.next().map(|(_, value)| value.as_str());
    assert!(found.next().is_none(), "{name} stands there twice");
    value
}

/// "Clients MUST NOT use more than one method to transmit the token in each request."
#[tokio::test]
async fn section_2_more_than_one_method_is_refused() {
    let mut both = bearing("reader");
    *both.uri_mut() = "/?access_token=reader".parse().unwrap();
    let response = ask(&BearerAuthLayer::new(Now).wrap(Echo::default()), both).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let (_, parameters) = challenge(&response);
    assert_eq!(parameter(&parameters, "error"), Some("invalid_request"));
}

/// "Resource servers MUST support this method", the `Authorization` header; and its grammar:
/// `credentials = `Bearer` 1*SP b64token`.
#[tokio::test]
async fn section_2_1_the_authorization_header_is_supported() {
    let any = tower_postern::bearer::immediate(|credentials| {
        Ok(tower_postern::bearer::Verified::new(
            credentials.token().len(),
        ))
    });
    let service = BearerAuthLayer::new(any).wrap(Echo::default());
    for (line, expect) in [
        ("Bearer mF_9.B5f-4.1JqM", StatusCode::OK), // the RFC's example
        ("Bearer  a", StatusCode::OK),
        ("Bearer AZaz09-._~+/==", StatusCode::OK),
        ("Bearera", StatusCode::UNAUTHORIZED),
        ("Bearer", StatusCode::BAD_REQUEST),
        ("Bearer =", StatusCode::BAD_REQUEST),
        ("Bearer a b", StatusCode::BAD_REQUEST),
        ("Bearer a,b", StatusCode::BAD_REQUEST),
        ("Bearer a:b", StatusCode::BAD_REQUEST),
    ] {
        let response = ask(&service, request(&[line])).await;
        assert_eq!(response.status(), expect, "{line}");
    }
}

/// "the resource server MUST include the HTTP `WWW-Authenticate` response header field"
#[tokio::test]
async fn section_3_a_request_without_a_token_that_enables_access_meets_a_challenge() {
    for (kind, response) in answers().await {
        assert!(!challenge(&response).1.is_empty(), "{kind:?}");
    }
}

/// "All challenges defined by this specification MUST use the auth-scheme value `Bearer`. This scheme MUST be followed by
/// one or more auth-param values."
#[tokio::test]
async fn section_3_the_scheme_is_bearer_and_a_parameter_follows() {
    for (kind, response) in answers().await {
        let (scheme, parameters) = challenge(&response);
        assert_eq!(scheme, "Bearer", "{kind:?}");
        assert!(!parameters.is_empty(), "{kind:?}");
    }
    // Also of a layer that was told nothing.
    let response = ask(
        &BearerAuthLayer::new(Now).wrap(Echo::default()),
        request(&[]),
    )
    .await;
    assert_eq!(
        challenge(&response).1,
        [("realm".to_owned(), "api".to_owned())]
    );
}

/// "The `realm` attribute MUST NOT appear more than once.", "The `scope` attribute MUST NOT appear more than once.",
/// "The `error`, `error_description`, and `error_uri` attributes MUST NOT appear more than once."
#[tokio::test]
async fn section_3_no_parameter_appears_twice() {
    for (kind, response) in answers().await {
        let (_, parameters) = challenge(&response);
        for (name, _) in &parameters {
            assert!(parameter(&parameters, name).is_some(), "{kind:?}");
        }
        assert_eq!(
            parameter(&parameters, "realm"),
            Some("a \"realm\" \\ of quotes")
        );
        assert!(parameter(&parameters, "scope").is_some());
    }
}

/// "Values for the `scope` attribute MUST NOT include characters outside the set %x21 / %x23-5B / %x5D-7E for representing
/// scope values and %x20 for delimiters". "Values for the `error` and `error_description` attributes MUST NOT include
/// characters outside the set %x20-21 / %x23-5B / %x5D-7E."
#[tokio::test]
async fn section_3_values_keep_to_their_characters() {
    let allowed = |value: &str| {
        value
            .bytes()
            .all(|byte| matches!(byte, 0x20..=0x21 | 0x23..=0x5B | 0x5D..=0x7E))
    };
    for (kind, response) in answers().await {
        let (_, parameters) = challenge(&response);
        for name in ["scope", "error", "error_description"] {
            let value = parameter(&parameters, name).unwrap_or_default();
            assert!(allowed(value), "{kind:?}: {name}={value:?}");
        }
        let scope = parameter(&parameters, "scope").unwrap();
        assert!(scope.split(' ').all(|word| !word.is_empty()), "{scope:?}");
    }
    for byte in (0..=0x7F_u8).filter(|byte| !allowed(&char::from(*byte).to_string())) {
        let scope = format!("a{}b", char::from(byte));
        assert!(
            BearerAuthLayer::new(Now).scope(&scope).is_err(),
            "{scope:?}"
        );
    }
    assert!(BearerAuthLayer::new(Now).scope("größe").is_err());
}

/// "If the protected resource request included an access token and failed authentication, the resource server SHOULD include
/// the `error` attribute". "If the request lacks any authentication information [..], the resource server SHOULD NOT include
/// an error code or other error information."
#[tokio::test]
async fn section_3_1_an_error_is_named_where_a_token_was_sent_and_only_there() {
    for (kind, response) in answers().await {
        let (_, parameters) = challenge(&response);
        let error = parameter(&parameters, "error");
        let description = parameter(&parameters, "error_description");
        assert_eq!(error.is_some(), description.is_some());
        assert_eq!(error.is_none(), kind == ErrorKind::MissingToken);
    }
}

/// `invalid_request`: 400; `invalid_token`: 401; `insufficient_scope`: 403, and "MAY include the `scope` attribute with the
/// scope necessary to access the protected resource".
#[tokio::test]
async fn section_3_1_each_error_code_has_its_status() {
    const STATUSES: [(ErrorKind, StatusCode, Option<&str>); 4] = [
        (ErrorKind::MissingToken, StatusCode::UNAUTHORIZED, None),
        (
            ErrorKind::InvalidRequest,
            StatusCode::BAD_REQUEST,
            Some("invalid_request"),
        ),
        (
            ErrorKind::InvalidToken,
            StatusCode::UNAUTHORIZED,
            Some("invalid_token"),
        ),
        (
            ErrorKind::InsufficientScope,
            StatusCode::FORBIDDEN,
            Some("insufficient_scope"),
        ),
    ];
    for (kind, response) in answers().await {
        let (_, parameters) = challenge(&response);
        let (_, status, code) = STATUSES
            .into_iter()
            .find(|(other, ..)| *other == kind)
            .unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(parameter(&parameters, "error"), code);
    }
    let service = BearerAuthLayer::new(Now)
        .scope("orders:read")
        .unwrap()
        .wrap(RequireLayer::scopes(scopes!("orders:write")).wrap(Echo::default()));
    let response = ask(&service, bearing("reader")).await;
    let (_, parameters) = challenge(&response);
    assert_eq!(
        parameter(&parameters, "scope"),
        Some("orders:read orders:write")
    );
}
