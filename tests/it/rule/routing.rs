//! Whatever spelling reaches a handler, the rule for its route did not say No.

use std::{
    collections::BTreeSet,
    sync::{Arc, LazyLock, Mutex},
};

use axum::{Router, body::Body, extract::Request, routing::any as any_method};
use futures_util::FutureExt;
use http::{StatusCode, Uri, uri::PathAndQuery};
use proptest::prelude::*;
use tower::{Layer, ServiceExt};
use tower_http::normalize_path::NormalizePathLayer;
use tower_postern::{
    RequestHead,
    predicate::{Predicate, Verdict},
    rule,
};

/// Routes as they are written, and the prefix of the router that holds them.
const ROUTES: &[(&str, &str)] = &[
    ("", "/"),
    ("", "/admin"),
    ("", "/admin/keys/"),
    ("", "/a%20b"),
    ("", "/users/{id}"),
    ("", "/users/me"),
    ("", "/users/{id}/orders/{order}"),
    ("", "/static/{*rest}"),
    ("", "/demo.Greeter/Hello"),
    ("/api", "/"),
    ("/api", "/metrics"),
    ("/api", "/{id}/x"),
    ("/t/{tenant}", "/keys"),
    ("/t/{tenant}", "/files/{*rest}"),
];

/// What became of one request: for each rule by its name, the verdict inside of the handler.
type Seen = Arc<Mutex<Option<(String, Vec<(String, Verdict)>)>>>;

fn app(seen: &Seen) -> Router {
    let mut app = Router::new();
    for prefix in ROUTES
        .iter()
        .map(|(prefix, _)| *prefix)
        .collect::<BTreeSet<_>>()
    {
        let mut router = Router::new();
        for (_, route) in ROUTES.iter().filter(|(of, _)| *of == prefix) {
            let full = full(prefix, route);
            let seen = seen.clone();
            let rules: Vec<_> = [*route, &full]
                .map(|text| (text.to_owned(), rule::path([text]).unwrap()))
                .into();
            let handler = move |request: Request| {
                let head = RequestHead::new(&request);
                let verdicts = rules
                    .iter()
                    .map(|(text, rule)| (text.clone(), rule.check(&head)));
                *seen.lock().unwrap() = Some((full.clone(), verdicts.collect()));
                async {}
            };
            router = router.route(route, any_method(handler));
        }
        app = if prefix.is_empty() {
            app.merge(router)
        } else {
            app.nest(prefix, router)
        };
    }
    app
}

/// A rule of each kind for each route, to be asked outside of all routers.
fn rules() -> &'static [(String, rule::Path)] {
    static RULES: LazyLock<Vec<(String, rule::Path)>> = LazyLock::new(|| {
        let routes = ROUTES.iter().map(|(prefix, route)| full(prefix, route));
        let rules = routes.flat_map(|route| {
            let rules = [rule::path([&route]), rule::under([&route])];
            rules
                .into_iter()
                .flatten()
                .map(move |rule| (route.clone(), rule))
        });
        rules.collect()
    });
    &RULES
}

fn full(prefix: &str, route: &str) -> String {
    match (prefix, route) {
        ("", route) => route.to_owned(),
        (prefix, "/") => prefix.to_owned(),
        (prefix, route) => format!("{prefix}{route}"),
    }
}

/// A spelling of a route, or any path made of what spellings are made of.
fn path() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(
        &[
            "/", "/", "/.", "/..", "//", "%2f", "%2F", "%5c", "\\", "%2e", "%2E%2e", "%252e", ";",
            ";a=b", "..;", "%00", "%20", "%61", "a", "A", "7", "me", "admin", "api", "metrics",
            "users", "static", "t", "x", "keys", "%c0%af", "é", "*", "{id}",
        ][..],
    );
    let routes = ROUTES.iter().map(|(prefix, route)| full(prefix, route));
    let spelling = (
        prop::sample::select(routes.collect::<Vec<_>>()),
        "[a-z0-9]{0,3}|[a-z/]{0,4}|%2[ef]|\\.\\.",
        prop::collection::vec((any::<prop::sample::Index>(), piece.clone()), 0..3),
    );
    let spelling = spelling.prop_map(|(route, value, inserts)| {
        let mut path = route;
        for name in ["{id}", "{order}", "{*rest}", "{tenant}"] {
            path = path.replace(name, &value);
        }
        for (at, piece) in inserts {
            let starts: Vec<usize> = path.char_indices().map(|(at, _)| at).collect();
            path.insert_str(*at.get(&starts), piece);
        }
        path
    });
    let pieces = prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat());
    prop_oneof![3 => spelling, 1 => pieces.prop_map(|rest| format!("/{rest}")), 1 => Just(String::new())]
}

fn request(path: &str) -> Option<Request> {
    let mut parts = Uri::default().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(path).ok()?);
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = Uri::from_parts(parts).ok()?;
    Some(request)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn whatever_spelling_reaches_an_axum_handler_its_rule_did_not_say_no(path in path(), trim: bool) {
        let Some(request) = request(&path) else { return Ok(()) };
        thread_local! {
            static APP: (Seen, Router) = {
                let seen = Seen::default();
                (seen.clone(), app(&seen))
            };
        }
        let (seen, app) = APP.with(Clone::clone);
        let head = RequestHead::new(&request);
        let before: Vec<_> = rules().iter().map(|(full, rule)| (full.clone(), rule.check(&head))).collect();
        let answer = if trim {
            NormalizePathLayer::trim_trailing_slash().layer(app).oneshot(request).now_or_never()
        } else {
            app.oneshot(request).now_or_never()
        };
        let status = answer.unwrap().unwrap().status();
        let reached = seen.lock().unwrap().take();
        prop_assert_eq!(reached.is_some(), status == StatusCode::OK, "{}", path);
        if let Some((route, inside)) = reached {
            for (_, verdict) in before.iter().filter(|(full, _)| *full == route) {
                prop_assert!(!verdict.is_no(), "outside: {} reached {}", path, route);
            }
            // Without the feature nobody knows of the prefix that is gone.
            let inside = inside.into_iter().filter(|_| cfg!(feature = "axum"));
            for (text, verdict) in inside {
                prop_assert!(!verdict.is_no(), "inside: {} reached {}, rule {}", path, route, text);
            }
        }
    }
}

/// The other way round, so that the property above is not one of a rule that always answers Unknown.
#[test]
fn the_ordinary_spelling_of_a_route_is_a_clear_yes() {
    for (prefix, route) in ROUTES {
        let full = full(prefix, route);
        let rule = rule::path([&full]).unwrap();
        let mut path = full.clone();
        for name in ["{id}", "{order}", "{*rest}", "{tenant}"] {
            path = path.replace(name, "7");
        }
        let request = request(&path).unwrap();
        assert_eq!(
            rule.check(&RequestHead::new(&request)),
            Verdict::Yes,
            "{path}"
        );
        let seen = Seen::default();
        app(&seen).oneshot(request).now_or_never().unwrap().unwrap();
        assert_eq!(seen.lock().unwrap().take().unwrap().0, full, "{path}");
    }
}

#[cfg(feature = "axum")]
#[test]
fn under_nest_the_path_as_it_came_is_a_reading_too() {
    use Verdict::{No, Unknown, Yes};

    #[rustfmt::skip] // a table
    let cases: &[(&[&str], &str, Verdict)] = &[
        (&["/api/metrics"], "/api/metrics", Unknown),
        (&["/metrics"], "/api/metrics", Unknown),
        (&["/metrics", "/api/metrics"], "/api/metrics", Yes),
        (&["/api/metrics"], "/api/7/x", No),
        (&["/{*rest}"], "/api/metrics", Yes),
        (&["/api/{id}/x", "/{id}/x"], "/api/7/x", Yes),
    ];
    for (patterns, path, expect) in cases {
        let rule = rule::path(*patterns).unwrap();
        let seen = Arc::new(Mutex::new(None));
        let record = seen.clone();
        let handler = move |request: Request| {
            *record.lock().unwrap() = Some(rule.check(&RequestHead::new(&request)));
            async {}
        };
        let nested = Router::new()
            .route("/metrics", any_method(handler.clone()))
            .route("/{id}/x", any_method(handler));
        let app = Router::new().nest("/api", nested);
        app.oneshot(request(path).unwrap())
            .now_or_never()
            .unwrap()
            .unwrap();
        assert_eq!(*seen.lock().unwrap(), Some(*expect), "{patterns:?} {path}");
    }
}

#[cfg(feature = "axum")]
#[test]
fn what_a_router_wrote_is_not_read_for_another_request() {
    let rule = rule::path(["/api/metrics"]).unwrap();
    let handler = move |request: Request| {
        let head = RequestHead::new(&request);
        let uri = Uri::from_static("/other");
        assert_eq!(rule.check(&head), Verdict::Unknown);
        assert_eq!(rule.check(&head.at(&http::Method::GET, &uri)), Verdict::No);
        async {}
    };
    let app = Router::new().nest("/api", Router::new().route("/metrics", any_method(handler)));
    let answer = app
        .oneshot(request("/api/metrics").unwrap())
        .now_or_never()
        .unwrap();
    assert_eq!(answer.unwrap().status(), StatusCode::OK);
}

#[cfg(feature = "axum")]
#[test]
fn a_path_that_was_rewritten_inside_is_not_clearly_another_route() {
    let rule = rule::path(["/users/{id}"]).unwrap();
    let handler = move |mut request: Request| {
        *request.uri_mut() = Uri::from_static("/rewritten");
        request
            .extensions_mut()
            .remove::<axum::extract::OriginalUri>();
        assert_eq!(rule.check(&RequestHead::new(&request)), Verdict::Unknown);
        async {}
    };
    let app = Router::new().route("/users/{id}", any_method(handler));
    let answer = app
        .oneshot(request("/users/7").unwrap())
        .now_or_never()
        .unwrap();
    assert_eq!(answer.unwrap().status(), StatusCode::OK);
}

#[cfg(feature = "tonic")]
mod of_tonic {
    use std::{
        convert::Infallible,
        future::{Ready, ready},
        task::{Context, Poll},
    };

    use http::Response;
    use tonic::{server::NamedService, service::Routes};
    use tower::Service;

    use super::*;

    /// A service as generated code makes it: it compares the whole path.
    #[derive(Clone)]
    struct Greeter(Arc<Mutex<Option<String>>>);

    impl NamedService for Greeter {
        const NAME: &'static str = "demo.Greeter";
    }

    impl Service<http::Request<tonic::body::Body>> for Greeter {
        type Response = Response<tonic::body::Body>;
        type Error = Infallible;
        type Future = Ready<Result<Self::Response, Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, request: http::Request<tonic::body::Body>) -> Self::Future {
            *self.0.lock().unwrap() = Some(request.uri().path().to_owned());
            ready(Ok(Response::default()))
        }
    }

    fn path() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(
            &[
                "/",
                "//",
                "/.",
                "/..",
                "%2f",
                "%2e",
                ".",
                ";",
                ";a",
                "\\",
                "%00",
                "Hello",
                "demo.Greeter",
                "demo%2EGreeter",
                "DEMO.Greeter",
                "x",
            ][..],
        );
        let pieces = prop::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat());
        (
            prop::sample::select(&["/demo.Greeter", "/demo.Greeter/Hello", "/", ""][..]),
            pieces,
        )
            .prop_map(|(start, rest)| format!("{start}{rest}"))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn whatever_spelling_reaches_a_tonic_service_its_rule_did_not_say_no(path in path()) {
            let Some(request) = request(&path) else { return Ok(()) };
            let request = request.map(|_| tonic::body::Body::empty());
            let service = rule::under(["/demo.Greeter"]).unwrap().check(&RequestHead::new(&request));
            let method = rule::path(["/demo.Greeter/Hello"]).unwrap().check(&RequestHead::new(&request));
            let seen = Arc::new(Mutex::new(None));
            Routes::new(Greeter(seen.clone())).oneshot(request).now_or_never().unwrap().unwrap();
            if let Some(reached) = seen.lock().unwrap().take() {
                prop_assert!(!service.is_no(), "{} reached the service", path);
                prop_assert!(reached != "/demo.Greeter/Hello" || !method.is_no(), "{} reached the method", path);
            }
        }
    }

    #[test]
    fn the_ordinary_spelling_of_a_method_is_a_clear_yes() {
        let request = request("/demo.Greeter/Hello").unwrap();
        for rule in [
            rule::under(["/demo.Greeter"]).unwrap(),
            rule::path(["/demo.Greeter/Hello"]).unwrap(),
            rule::path(["/demo.Greeter/{method}"]).unwrap(),
        ] {
            assert_eq!(rule.check(&RequestHead::new(&request)), Verdict::Yes);
        }
    }
}
