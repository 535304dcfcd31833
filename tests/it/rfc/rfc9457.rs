//! RFC 9457: problem details.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use serde_json::Value;
use tower::{ServiceExt, service_fn};
use tower_postern::{
    BearerAuthLayer,
    bearer::{self, AuthError, ProblemJson, RequireLayer},
};

use crate::support::bearer::{Now, as_grpc, bearing, request, who};

type Body = Full<Bytes>;

async fn ask(request: Request<String>, raised: Option<AuthError>) -> Response<Body> {
    let service = BearerAuthLayer::new(Now)
        .scope("orders:read")
        .unwrap()
        .reject_with(ProblemJson)
        .wrap(service_fn(move |request: Request<String>| {
            let raised = raised.clone();
            async move {
                Ok::<_, Infallible>(match raised {
                    Some(error) => bearer::raise(error),
                    None => Response::new(Body::from(who(request.extensions()))),
                })
            }
        }));
    service.oneshot(request).await.unwrap()
}

async fn problem(response: Response<Body>) -> Value {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice(&bytes).unwrap()
}

/// Refused requests, and with what.
fn refused() -> Vec<(Request<String>, Option<AuthError>, StatusCode)> {
    vec![
        (request(&[]), None, StatusCode::UNAUTHORIZED),
        (request(&["Bearer"]), None, StatusCode::BAD_REQUEST),
        (bearing("bad"), None, StatusCode::UNAUTHORIZED),
        (bearing("expired"), None, StatusCode::UNAUTHORIZED),
        (bearing("ann"), None, StatusCode::FORBIDDEN),
        (bearing("barred"), None, StatusCode::FORBIDDEN),
        (bearing("down"), None, StatusCode::SERVICE_UNAVAILABLE),
        (
            bearing("reader"),
            Some(AuthError::forbidden()),
            StatusCode::FORBIDDEN,
        ),
        (
            bearing("reader"),
            Some(AuthError::unavailable()),
            StatusCode::SERVICE_UNAVAILABLE,
        ),
        (
            bearing("reader"),
            Some(misconfigured()),
            StatusCode::INTERNAL_SERVER_ERROR,
        ),
    ]
}

/// What there is where no layer is.
fn misconfigured() -> AuthError {
    bearer::authenticated::<String>(request(&[]).extensions()).unwrap_err()
}

/// "identified with the "application/problem+json" media type"
#[tokio::test]
async fn section_3_the_body_is_problem_json() {
    for (request, raised, status) in refused() {
        let response = ask(request, raised).await;
        assert_eq!(response.status(), status);
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json"
        );
        assert!(problem(response).await.is_object());
    }
}

/// ""about:blank" [..] When this value is used, "title" SHOULD be the same as the recommended HTTP status phrase"
#[tokio::test]
async fn section_4_2_1_the_title_is_the_phrase_of_the_status() {
    for (request, raised, status) in refused() {
        let problem = problem(ask(request, raised).await).await;
        assert_eq!(problem["type"], "about:blank");
        assert_eq!(problem["title"], status.canonical_reason().unwrap());
    }
}

/// "Generators MUST use the same status code in the actual HTTP response"
#[tokio::test]
async fn section_3_1_2_the_status_is_that_of_the_response() {
    for (request, raised, status) in refused() {
        let problem = problem(ask(request, raised).await).await;
        assert_eq!(problem["status"], status.as_u16());
    }
}

/// `detail` is a text; the extension member `error` is the code of the challenge, where that has one.
#[tokio::test]
async fn section_3_2_the_code_of_the_challenge_is_an_extension_member() {
    for (request, raised, _) in refused() {
        let response = ask(request, raised).await;
        let challenge = response.headers().get("www-authenticate");
        let code = challenge.and_then(|challenge| {
            let (_, after) = challenge.to_str().unwrap().split_once(" error=\"")?;
            after.split_once('"').map(|(code, _)| code.to_owned())
        });
        let description = challenge.and_then(|challenge| {
            let (_, after) = challenge
                .to_str()
                .unwrap()
                .split_once("error_description=\"")?;
            after.split_once('"').map(|(text, _)| text.to_owned())
        });
        let problem = problem(response).await;
        assert_eq!(problem["error"].as_str(), code.as_deref());
        let detail = problem["detail"].as_str().unwrap();
        assert!(!detail.is_empty());
        if let Some(description) = description {
            assert_eq!(detail, description);
        }
        let members =
            problem.as_object().unwrap().keys().all(|name| {
                ["type", "title", "status", "detail", "error"].contains(&name.as_str())
            });
        assert!(members, "{problem}");
    }
}

#[tokio::test]
async fn to_a_grpc_call_there_is_no_body() {
    for (request, raised, _) in refused() {
        let response = ask(as_grpc(request), raised).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "application/grpc+proto");
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        assert!(bytes.is_empty());
    }
}

#[tokio::test]
async fn what_a_route_asks_for_is_a_problem_too() {
    let service = BearerAuthLayer::new(Now).reject_with(ProblemJson).wrap(
        RequireLayer::scope("a")
            .unwrap()
            .wrap(service_fn(|_: Request<String>| async {
                Ok::<_, Infallible>(Response::new(Body::default()))
            })),
    );
    let response = service.oneshot(bearing("ann")).await.unwrap();
    assert_eq!(problem(response).await["error"], "insufficient_scope");
}
