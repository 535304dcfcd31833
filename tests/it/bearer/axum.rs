//! In an Axum router, over real HTTP/1.1 and HTTP/2.

use axum::{
    Router,
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{Request, StatusCode};
use tower::{ServiceBuilder, ServiceExt};
use tower_http::{
    compression::CompressionLayer,
    cors::{Any, CorsLayer},
    limit::RequestBodyLimitLayer,
    sensitive_headers::SetSensitiveRequestHeadersLayer,
    trace::TraceLayer,
};
use tower_postern::{
    BearerAuthLayer,
    axum::Authenticated,
    bearer::{AuthError, ProblemJson, RequireLayer, TokenValidator},
    predicate::predicate,
    scopes,
};

use crate::support::{
    bearer::{Mostly, Now, User},
    wire::Server,
};

async fn me(Authenticated(user): Authenticated<User>) -> &'static str {
    user.0
}

async fn maybe(user: Option<Authenticated<User>>) -> &'static str {
    user.map_or("nobody", |user| user.0.0)
}

/// Refuses late, after it has looked.
async fn late(
    State(owner): State<&'static str>,
    user: Authenticated<User>,
) -> Result<&'static str, AuthError> {
    if user.0.0 != owner {
        return Err(AuthError::insufficient_scope(scopes!(
            "orders:write orders:read"
        )));
    }
    Ok("yours")
}

/// A service's own error type.
struct ApiError(AuthError);

impl From<AuthError> for ApiError {
    fn from(error: AuthError) -> Self {
        Self(error)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        ([("x-api-error", "1")], self.0).into_response()
    }
}

async fn wrapped(_: Authenticated<User>) -> Result<&'static str, ApiError> {
    Err(AuthError::forbidden())?
}

async fn another_type(Authenticated(name): Authenticated<String>) -> String {
    name
}

fn routes() -> Router {
    Router::new()
        .route("/me", get(me))
        .route("/maybe", get(maybe))
        .route("/late", get(late))
        .route("/wrapped", get(wrapped))
        .route("/another-type", get(another_type))
        .route("/health", get(maybe))
        .route(
            "/orders",
            get(me)
                .route_layer(RequireLayer::scope("orders:read").unwrap())
                .merge(post(me).route_layer(RequireLayer::scope("orders:write").unwrap())),
        )
        .with_state("ann")
}

fn layer<V: TokenValidator>(validator: V) -> BearerAuthLayer<V> {
    BearerAuthLayer::new(validator)
        .realm("shop")
        .unwrap()
        .exempt(predicate(|request| request.uri().path() == "/health"))
}

/// Status, the headers that the layer decides on, and the body, the same in both versions of HTTP.
async fn ask(server: &Server, method: &str, path: &str, token: &str) -> String {
    let line = format!("Bearer {token}");
    let headers: &[_] = match token {
        "" => &[],
        _ => &[("authorization", line.as_str())],
    };
    let answer = server.http1(method, path, headers, "").await;
    let (head, body) = answer.split_once("\n\n").unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap();
    let status = status
        .strip_prefix("HTTP/1.1 ")
        .unwrap()
        .split(' ')
        .next()
        .unwrap();
    let ours = |line: &&str| {
        [
            "www-authenticate",
            "vary",
            "retry-after",
            "grpc-",
            "x-api-error",
        ]
        .iter()
        .any(|name| line.starts_with(name))
    };
    let http1 = [status].into_iter().chain(lines.filter(ours)).chain([body]);
    let http1 = http1
        .collect::<Vec<_>>()
        .join("\n")
        .trim_end()
        .replace("\\\"", "\"");

    let answer = server.http2(method, path, headers, "").await;
    let body = answer.split_once("\n\n").map_or("", |(_, body)| body);
    let body = body.split('\n').next().unwrap();
    let mut lines = answer.lines();
    let status = lines.next().unwrap();
    let http2 = [status].into_iter().chain(lines.filter(ours)).chain([body]);
    let http2 = http2
        .collect::<Vec<_>>()
        .join("\n")
        .trim_end()
        .replace("\\\"", "\"");
    assert_eq!(http1, http2, "{method} {path} {token}");
    http1
}

const MISSING: &str = "401\nwww-authenticate: Bearer realm=\"shop\"";
const INVALID: &str = "401\nwww-authenticate: Bearer realm=\"shop\", error=\"invalid_token\", \
                       error_description=\"The access token is not valid\"";

#[tokio::test]
async fn a_router_is_guarded() {
    let server = Server::axum(routes().layer(layer(Mostly))).await;
    let lacks = |scopes: &str| {
        format!(
            "403\nwww-authenticate: Bearer realm=\"shop\", error=\"insufficient_scope\", \
             error_description=\"The access token lacks a scope\", scope=\"{scopes}\""
        )
    };
    for (method, path, token, expect) in [
        ("GET", "/me", "", MISSING),
        ("GET", "/me", "bad", INVALID),
        ("GET", "/me", "slow-bad", INVALID),
        ("GET", "/me", "down", "503\nretry-after: 1"),
        ("GET", "/me", "barred", "403"),
        ("GET", "/me", "ann", "200\nann"),
        ("GET", "/me", "slow-ann", "200\nann"),
        ("GET", "/maybe", "ann", "200\nann"),
        ("GET", "/maybe", "", MISSING),
        ("GET", "/late", "ann", "200\nyours"),
        (
            "GET",
            "/late",
            "slow-reader",
            &lacks("orders:write orders:read"),
        ),
        ("GET", "/wrapped", "ann", "403\nx-api-error: 1"),
        ("GET", "/another-type", "ann", "500"),
        ("GET", "/orders", "", MISSING),
        ("GET", "/orders", "reader", "200\nreader"),
        ("GET", "/orders", "ann", &lacks("orders:read")),
        ("POST", "/orders", "reader", &lacks("orders:write")),
        ("POST", "/orders", "writer", "200\nwriter"),
        ("GET", "/health", "", "200\nnobody"),
        ("GET", "/health", "bad", "200\nnobody"),
        ("HEAD", "/me", "", MISSING),
    ] {
        assert_eq!(
            ask(&server, method, path, token).await,
            expect,
            "{method} {path} {token}"
        );
    }
}

#[tokio::test]
async fn around_the_whole_app_what_does_not_exist_wants_a_token_too() {
    let server = Server::axum(Router::new().fallback_service(layer(Now).wrap(routes()))).await;
    assert_eq!(ask(&server, "GET", "/absent", "").await, MISSING);
    assert_eq!(ask(&server, "PUT", "/me", "").await, MISSING);
    assert_eq!(ask(&server, "GET", "/absent", "ann").await, "404");
    assert_eq!(ask(&server, "PUT", "/me", "ann").await, "405");
    assert_eq!(ask(&server, "GET", "/me", "ann").await, "200\nann");
}

#[tokio::test]
async fn optional_lets_those_pass_who_have_no_token() {
    let server = Server::axum(routes().layer(layer(Mostly).optional())).await;
    let with_vary = |text: &str| match text.split_once('\n') {
        Some((status, rest)) => format!("{status}\nvary: Authorization\n{rest}"),
        None => format!("{text}\nvary: Authorization"),
    };
    for (path, token, expect) in [
        ("/maybe", "", "200\nnobody"),
        ("/maybe", "ann", "200\nann"),
        ("/maybe", "bad", INVALID),
        ("/maybe", "slow-bad", INVALID),
        ("/maybe", "down", "503\nretry-after: 1"),
        ("/health", "bad", "200\nnobody"),
        ("/me", "", MISSING),
        ("/me", "bad", INVALID),
        ("/another-type", "", MISSING),
        (
            "/orders",
            "",
            "401\nwww-authenticate: Bearer realm=\"shop\", scope=\"orders:read\"",
        ),
    ] {
        let answer = ask(&server, "GET", path, token).await;
        let mut lines: Vec<_> = answer
            .lines()
            .filter(|line| *line != "vary: Authorization")
            .collect();
        assert_eq!(
            lines.len() + 1,
            answer.lines().count(),
            "one `vary`: {answer}"
        );
        lines.insert(1, "vary: Authorization");
        assert_eq!(lines.join("\n"), with_vary(expect), "{path} {token}");
    }
}

#[tokio::test]
async fn deferred_leaves_it_to_the_extractor() {
    let router = routes()
        .route("/open", get(|| async { "open" }))
        .layer(layer(Mostly).deferred());
    let server = Server::axum(router).await;
    for (path, token, expect) in [
        ("/open", "", "200\nopen"),
        ("/open", "bad", "200\nopen"),
        ("/open", "down", "200\nopen"),
        ("/maybe", "", "200\nnobody"),
        ("/maybe", "ann", "200\nann"),
        ("/maybe", "bad", INVALID),
        ("/maybe", "down", "503\nretry-after: 1"),
        ("/me", "", MISSING),
        ("/me", "slow-bad", INVALID),
        ("/me", "slow-down", "503\nretry-after: 1"),
        ("/me", "slow-ann", "200\nann"),
    ] {
        let answer = ask(&server, "GET", path, token).await;
        let lines: Vec<_> = answer
            .lines()
            .filter(|line| *line != "vary: Authorization")
            .collect();
        assert_eq!(lines.join("\n"), expect, "{path} {token}");
    }
}

#[tokio::test]
async fn without_a_layer_an_extractor_is_no_open_door() {
    let server = Server::axum(routes()).await;
    for path in ["/me", "/maybe", "/late", "/orders", "/health"] {
        let answer = ask(&server, "GET", path, "ann").await;
        assert_eq!(answer, "500", "{path}");
    }
}

#[cfg(feature = "tracing")]
#[tokio::test]
async fn an_extractor_without_its_layer_is_loud() {
    let events = crate::support::events::Events::record();
    let request = || Request::get("/another-type").header("authorization", "Bearer ann");
    for router in [routes(), routes().layer(layer(Now))] {
        let request = request().body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let said = events.take();
        assert!(said.contains("ERROR tower_postern: "), "{said}");
        assert!(said.contains("put a `BearerAuthLayer`"), "{said}");
    }
}

#[tokio::test]
async fn a_body_tells_why_where_that_is_wanted() {
    let server = Server::axum(routes().layer(layer(Now).reject_with(ProblemJson))).await;
    let answer = server.http1("GET", "/me", &[], "").await;
    assert!(
        answer.contains("content-type: application/problem+json"),
        "{answer}"
    );
    assert!(answer.contains("An access token is required"), "{answer}");
    // What a handler raises is answered by the same hook.
    let headers = [("authorization", "Bearer ann")];
    let answer = server.http2("GET", "/wrapped", &headers, "").await;
    assert!(
        answer.contains("content-type: application/problem+json"),
        "{answer}"
    );
    assert!(answer.contains("The caller may not do this"), "{answer}");
}

#[tokio::test]
async fn layers_of_the_field_stand_outside_and_inside() {
    let cors = || {
        CorsLayer::new()
            .allow_origin(Any)
            .expose_headers([http::header::WWW_AUTHENTICATE])
    };
    let around = |router: Router| {
        router
            .layer(TraceLayer::new_for_http())
            .layer(CompressionLayer::new())
            .layer(RequestBodyLimitLayer::new(1024))
            .layer(cors())
    };
    let outside = around(routes().layer(layer(Mostly)));
    let inside = around(routes()).layer(layer(Mostly).exempt_preflight());
    for (name, router) in [("outside", outside), ("inside", inside)] {
        let server = Server::axum(router).await;
        for (token, expect) in [
            ("ann", "200\nann"),
            ("slow-ann", "200\nann"),
            ("", MISSING),
            ("slow-bad", INVALID),
        ] {
            let answer = ask(&server, "GET", "/me", token).await;
            let lines: Vec<_> = answer
                .lines()
                .filter(|line| !line.starts_with("vary"))
                .collect();
            assert_eq!(lines.join("\n"), expect, "{name} {token}");
        }
        let preflight = [
            ("origin", "https://app.example"),
            ("access-control-request-method", "GET"),
        ];
        for answer in [
            server.http1("OPTIONS", "/me", &preflight, "").await,
            server.http2("OPTIONS", "/me", &preflight, "").await,
        ] {
            assert!(answer.contains("200"), "{name}: {answer}");
            assert!(
                answer.contains("access-control-allow-origin: *"),
                "{name}: {answer}"
            );
        }
        // What the handler raises keeps the headers of CORS, wherever that stands.
        let headers = [
            ("authorization", "Bearer ann"),
            ("origin", "https://app.example"),
        ];
        let answer = server.http1("GET", "/wrapped", &headers, "").await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{name}: {answer}");
        assert!(
            answer.contains("access-control-allow-origin: *"),
            "{name}: {answer}"
        );
        assert!(
            answer.contains("access-control-expose-headers: www-authenticate"),
            "{name}: {answer}"
        );
    }
    // Only outside has a refusal of the layer itself the headers of CORS.
    let server = Server::axum(around(routes().layer(layer(Mostly)))).await;
    let answer = server
        .http1("GET", "/me", &[("origin", "https://app.example")], "")
        .await;
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert!(
        answer.contains("access-control-expose-headers: www-authenticate"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_trace_layer_shows_no_token_where_the_docs_say_so() {
    let events = crate::support::events::Events::record();
    let trace = || {
        TraceLayer::new_for_http()
            .make_span_with(
                tower_http::trace::DefaultMakeSpan::new()
                    .include_headers(true)
                    .level(tracing::Level::ERROR),
            )
            .on_request(tower_http::trace::DefaultOnRequest::new().level(tracing::Level::ERROR))
    };
    let request = || {
        Request::get("/me")
            .header("authorization", "Bearer ann")
            .body(Body::empty())
            .unwrap()
    };
    let outside = routes().layer(layer(Now)).layer(
        ServiceBuilder::new()
            .layer(SetSensitiveRequestHeadersLayer::new([
                http::header::AUTHORIZATION,
            ]))
            .layer(trace()),
    );
    let inside = routes().layer(trace()).layer(layer(Now));
    for router in [outside, inside] {
        let response = router.oneshot(request()).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let said = events.take();
        assert!(said.contains("authorization"), "{said}");
        assert!(!said.contains("Bearer ann"), "{said}");
    }
}

#[tokio::test]
async fn one_route_one_method_and_a_nested_router_can_be_guarded() {
    let router = Router::new()
        .route("/open", get(|| async { "open" }))
        .route("/one", get(me).layer(layer(Now)))
        .route(
            "/method",
            get(|| async { "open" }).merge(post(me).layer(layer(Now))),
        )
        .nest("/api", routes().route_layer(layer(Now)));
    let server = Server::axum(router).await;
    for (method, path, token, expect) in [
        ("GET", "/open", "", "200\nopen"),
        ("GET", "/one", "", MISSING),
        ("GET", "/one", "ann", "200\nann"),
        ("GET", "/method", "", "200\nopen"),
        ("POST", "/method", "", MISSING),
        ("POST", "/method", "ann", "200\nann"),
        ("GET", "/api/me", "", MISSING),
        ("GET", "/api/me", "ann", "200\nann"),
        ("GET", "/api/absent", "", "404"),
    ] {
        assert_eq!(
            ask(&server, method, path, token).await,
            expect,
            "{method} {path} {token}"
        );
    }
}

#[tokio::test]
async fn odd_bytes_of_a_real_connection_are_refused() {
    let server = Server::axum(routes().layer(layer(Now))).await;
    let raw = async |header: &[u8]| {
        let mut request = b"GET /me HTTP/1.1\r\nhost: test\r\nconnection: close\r\n".to_vec();
        request.extend_from_slice(header);
        request.extend_from_slice(b"\r\n\r\n");
        let answer = crate::support::wire::http1(server.address(), &request).await;
        answer.split(' ').nth(1).unwrap().to_owned()
    };
    for (header, expect) in [
        (&b"Authorization: Bearer ann"[..], "200"),
        (b"AUTHORIZATION:   bearer   ann  ", "200"),
        (
            b"Authorization: Bearer ann\r\nAuthorization: Bearer ann",
            "400",
        ),
        (b"Authorization: Bearer", "400"),
        (b"Authorization: Bearer ", "400"),
        (b"Authorization: Bearer\tann", "400"),
        (b"Authorization: Bearer \xC3\xA4nn", "400"),
        (b"Authorization: Bearer ann,", "400"),
        (b"Authorization:", "401"),
        (b"Authorization: ann", "401"),
        (b"Proxy-Authorization: Bearer ann", "401"),
    ] {
        assert_eq!(raw(header).await, expect, "{}", header.escape_ascii());
    }
}

#[test]
fn an_extractor_can_be_taken_apart_or_looked_through() {
    let user = Authenticated(User("ann"));
    assert_eq!(user.0.0, "ann");
    let Authenticated(User(name)) = user;
    assert_eq!(name, "ann");
    assert_eq!((*Authenticated("x")).len(), 1);
}
