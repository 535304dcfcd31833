//! RFC 9728: protected resource metadata; here, its parameter of challenges.

use http::StatusCode;
use tower_postern::{BearerAuthLayer, ConfigErrorKind, bearer::ResourceMetadata};

use crate::support::bearer::{Echo, Now, as_grpc, ask, bearing, request};

const URL: &str = "https://api.example/.well-known/oauth-protected-resource";

/// "`resource_metadata`: The URL of the protected resource metadata", on the challenges of 401 and 403 alike.
#[tokio::test]
async fn section_5_1_the_challenge_names_the_metadata() {
    let service = BearerAuthLayer::new(Now)
        .scope("orders:read")
        .unwrap()
        .resource_metadata(URL)
        .unwrap()
        .wrap(Echo::default());
    let parameter = format!("resource_metadata=\"{URL}\"");
    for (request, status) in [
        (request(&[]), StatusCode::UNAUTHORIZED),
        (bearing("bad"), StatusCode::UNAUTHORIZED),
        (bearing("ann"), StatusCode::FORBIDDEN),
        (request(&["Bearer"]), StatusCode::BAD_REQUEST),
    ] {
        let grpc = ask(&service, as_grpc(request.clone())).await;
        let response = ask(&service, request).await;
        assert_eq!(response.status(), status);
        for response in [response, grpc] {
            let challenge = response.headers()["www-authenticate"].to_str().unwrap();
            assert_eq!(challenge.matches("resource_metadata").count(), 1);
            assert!(challenge.ends_with(&parameter), "{challenge}");
        }
    }
    // What is no fault of the token has no challenge.
    for token in ["down", "barred"] {
        let response = ask(&service, bearing(token)).await;
        assert!(!response.headers().contains_key("www-authenticate"));
    }
}

/// An absolute URL without a fragment, which a quoted string can hold as it is.
#[test]
fn section_3_what_is_no_url_is_refused_when_the_layer_is_built() {
    for url in [
        "",
        "/.well-known/oauth-protected-resource",
        "api.example",
        "urn:x",
        "ftp://api.example/",
        "https://",
        "https:///x",
        "https://api.example/#x",
        "https://api.example/a b",
        "https://api.example/\"",
        "https://api.example/\\",
        "https://api.example/\n",
        "https://api.example/ä",
    ] {
        let error = BearerAuthLayer::new(Now)
            .resource_metadata(url)
            .unwrap_err();
        assert_eq!(error.kind(), ConfigErrorKind::Url, "{url:?}");
        assert!(
            error
                .to_string()
                .starts_with("URL: of the resource metadata"),
            "{error}"
        );
    }
    for url in [
        URL,
        "http://localhost:3000/.well-known/oauth-protected-resource/mcp",
        "https://[::1]/x?y=z",
    ] {
        assert!(ResourceMetadata::parse(url).is_ok(), "{url}");
    }
}
