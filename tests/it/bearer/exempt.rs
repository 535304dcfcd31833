//! Who need not bring a token.

use http::{Method, Request, StatusCode};
use tower_postern::{
    BearerAuthLayer, RequestHead,
    bearer::RequireLayer,
    predicate::{Predicate, Verdict, predicate},
};

use crate::support::bearer::{Echo, Now, Waits, ask, bearing, request, text};

fn at(path: &'static str) -> impl Predicate {
    predicate(move |request| request.uri().path() == path)
}

fn always(verdict: Verdict) -> impl Predicate {
    predicate(move |_| verdict)
}

fn to(path: &str) -> Request<String> {
    let mut request = request(&[]);
    *request.uri_mut() = path.parse().unwrap();
    request
}

#[tokio::test]
async fn only_a_clear_yes_exempts() {
    for (verdict, expect) in [
        (Verdict::Yes, StatusCode::OK),
        (Verdict::Unknown, StatusCode::UNAUTHORIZED),
        (Verdict::No, StatusCode::UNAUTHORIZED),
    ] {
        let service = BearerAuthLayer::new(Now)
            .exempt(always(verdict))
            .wrap(Echo::default());
        assert_eq!(ask(&service, to("/")).await.status(), expect, "{verdict:?}");
        // A predicate made of it cannot open what it cannot tell.
        let service = BearerAuthLayer::new(Now)
            .exempt(always(verdict).not().not())
            .wrap(Echo::default());
        assert_eq!(ask(&service, to("/")).await.status(), expect, "{verdict:?}");
    }
}

#[tokio::test]
async fn when_asks_for_a_token_unless_the_answer_is_a_clear_no() {
    for (verdict, expect) in [
        (Verdict::Yes, StatusCode::UNAUTHORIZED),
        (Verdict::Unknown, StatusCode::UNAUTHORIZED),
        (Verdict::No, StatusCode::OK),
    ] {
        let service = BearerAuthLayer::new(Now)
            .when(always(verdict))
            .wrap(Echo::default());
        assert_eq!(ask(&service, to("/")).await.status(), expect, "{verdict:?}");
    }
}

#[tokio::test]
async fn exempt_said_twice_exempts_both() {
    let service = BearerAuthLayer::new(Now)
        .exempt(at("/health"))
        .exempt(at("/login"))
        .wrap(Echo::default());
    for (path, expect) in [
        ("/health", StatusCode::OK),
        ("/login", StatusCode::OK),
        ("/orders", StatusCode::UNAUTHORIZED),
    ] {
        assert_eq!(ask(&service, to(path)).await.status(), expect, "{path}");
    }
}

#[tokio::test]
async fn when_said_twice_guards_both() {
    let service = BearerAuthLayer::new(Now)
        .when(at("/orders"))
        .when(at("/admin"))
        .wrap(Echo::default());
    for (path, expect) in [
        ("/orders", StatusCode::UNAUTHORIZED),
        ("/admin", StatusCode::UNAUTHORIZED),
        ("/", StatusCode::OK),
    ] {
        assert_eq!(ask(&service, to(path)).await.status(), expect, "{path}");
    }
}

#[tokio::test]
async fn an_exempt_request_is_passed_untouched() {
    use http::Response;
    use tower::service_fn;
    let service = BearerAuthLayer::new(Waits)
        .remove_token()
        .exempt(at("/health"))
        .wrap(service_fn(|request: Request<String>| async move {
            assert!(!request.headers()["authorization"].is_sensitive());
            let line = request.headers()["authorization"]
                .to_str()
                .unwrap()
                .to_owned();
            Ok::<_, std::convert::Infallible>(Response::new(line))
        }));
    let mut request = bearing("bad");
    *request.uri_mut() = "/health".parse().unwrap();
    assert_eq!(text(&ask(&service, request).await), "200\n\nBearer bad");
}

#[tokio::test]
async fn an_exempt_caller_is_anonymous_and_what_asks_for_an_identity_inside_still_refuses() {
    let exempt = || BearerAuthLayer::new(Now).exempt(at("/health"));
    let service = exempt().wrap(Echo::default());
    assert_eq!(ask(&service, to("/health")).await.body(), "anonymous");

    let service = exempt()
        .realm("shop")
        .unwrap()
        .wrap(RequireLayer::scope("a").unwrap().wrap(Echo::default()));
    let response = ask(&service, to("/health")).await;
    assert_eq!(
        text(&response),
        "401\nwww-authenticate: Bearer realm=\"shop\", scope=\"a\""
    );
}

#[tokio::test]
async fn a_preflight_is_exempt_only_where_that_was_said_and_only_if_it_is_one() {
    let preflight = |method: Method, headers: &[(&'static str, &str)]| {
        let mut request = request(&[]);
        *request.method_mut() = method;
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        request
    };
    let origin = ("origin", "https://app.example");
    let asked = ("access-control-request-method", "DELETE");
    let strict = BearerAuthLayer::new(Now).wrap(Echo::default());
    let service = BearerAuthLayer::new(Now)
        .exempt_preflight()
        .wrap(Echo::default());
    for (name, request, expect) in [
        (
            "preflight",
            preflight(Method::OPTIONS, &[origin, asked]),
            StatusCode::OK,
        ),
        (
            "without an origin",
            preflight(Method::OPTIONS, &[asked]),
            StatusCode::UNAUTHORIZED,
        ),
        (
            "without a method",
            preflight(Method::OPTIONS, &[origin]),
            StatusCode::UNAUTHORIZED,
        ),
        (
            "another method",
            preflight(Method::GET, &[origin, asked]),
            StatusCode::UNAUTHORIZED,
        ),
    ] {
        let response = ask(&strict, request.clone()).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{name}");
        assert_eq!(ask(&service, request).await.status(), expect, "{name}");
    }
}

#[tokio::test]
async fn the_predicate_sees_the_whole_head() {
    let service = BearerAuthLayer::new(Now)
        .exempt(|head: &RequestHead<'_>| {
            *head.method() == Method::GET && head.extension::<u8>() == Some(&7)
        })
        .wrap(Echo::default());
    let mut request = to("/");
    assert_eq!(
        ask(&service, request.clone()).await.status(),
        StatusCode::UNAUTHORIZED
    );
    request.extensions_mut().insert(7_u8);
    assert_eq!(ask(&service, request).await.status(), StatusCode::OK);
}
