//! What the layer puts on an answer.

use std::convert::Infallible;

use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use tower::{ServiceExt, service_fn};
use tower_postern::{
    BearerAuthLayer, ConfigErrorKind,
    bearer::{
        self, AuthError, Challenge, ErrorKind, Realm, Rejection, ResourceMetadata, ScopeSet,
        TokenSource, TokenValidator, immediate,
    },
    predicate::predicate,
    scopes,
};

use crate::support::bearer::{
    Echo, Mostly, Now, User, as_grpc, ask, bearing, judge, request, text,
};

#[tokio::test]
async fn every_answer_of_optional_and_deferred_says_that_it_depends_on_the_token() {
    let exempt = || predicate(|request| request.headers().contains_key("x-exempt"));
    let required = BearerAuthLayer::new(Mostly).exempt(exempt());
    let optional = required.clone().optional();
    let deferred = required.clone().deferred();
    let mut exempt = bearing("bad");
    exempt
        .headers_mut()
        .insert("x-exempt", "1".parse().unwrap());
    for request in [
        request(&[]),
        request(&["Basic YQ=="]),
        request(&["Bearer"]),
        bearing("ann"),
        bearing("slow-ann"),
        bearing("bad"),
        bearing("slow-bad"),
        bearing("down"),
        as_grpc(bearing("bad")),
        exempt,
    ] {
        let label = format!("{:?}", request.headers());
        for (layer, expect) in [
            (&required, None),
            (&optional, Some("Authorization")),
            (&deferred, Some("Authorization")),
        ] {
            let response = ask(&layer.wrap(Echo::default()), request.clone()).await;
            let vary: Vec<_> = response.headers().get_all("vary").iter().collect();
            assert_eq!(vary, Vec::from_iter(expect), "{label}");
        }
    }
}

#[tokio::test]
async fn vary_names_each_source_and_is_not_said_twice() {
    let varies = |lines: &'static [&'static str]| {
        service_fn(move |_: Request<String>| async move {
            let mut response = Response::new(String::new());
            for line in lines {
                response
                    .headers_mut()
                    .append("vary", HeaderValue::from_static(line));
            }
            Ok::<_, Infallible>(response)
        })
    };
    let key = || TokenSource::header("X-API-Key").unwrap();
    let both = || [TokenSource::authorization(), key()];
    let layer = BearerAuthLayer::new(Now).optional();
    for (sources, inner, expect) in [
        (
            vec![TokenSource::authorization()],
            &[][..],
            &["Authorization"][..],
        ),
        (
            vec![TokenSource::authorization()],
            &["Accept"],
            &["Accept", "Authorization"],
        ),
        (
            vec![TokenSource::authorization()],
            &["authorization"],
            &["authorization"],
        ),
        (
            vec![TokenSource::authorization()],
            &["Accept,  AUTHORIZATION"],
            &["Accept,  AUTHORIZATION"],
        ),
        (
            vec![TokenSource::authorization()],
            &["Accept", "Authorization"],
            &["Accept", "Authorization"],
        ),
        (vec![TokenSource::authorization()], &["*"], &["*"]),
        (
            vec![TokenSource::authorization()],
            &["X-Authorization"],
            &["X-Authorization", "Authorization"],
        ),
        (vec![key()], &[], &["x-api-key"]),
        (both().into(), &[], &["authorization, x-api-key"]),
        (
            both().into(),
            &["X-Api-Key", "Authorization"],
            &["X-Api-Key", "Authorization"],
        ),
        (
            both().into(),
            &["X-Api-Key"],
            &["X-Api-Key", "authorization, x-api-key"],
        ),
    ] {
        let service = layer.clone().sources(sources).wrap(varies(inner));
        let response = ask(&service, request(&[])).await;
        let vary: Vec<_> = response.headers().get_all("vary").iter().collect();
        assert_eq!(vary, expect, "{inner:?}");
    }
}

/// As many names as a head can take.
fn full() -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut names = (0..).map(|at| HeaderName::try_from(format!("x-{at}")).unwrap());
    let value = HeaderValue::from_static("1");
    while headers
        .try_insert(names.next().unwrap(), value.clone())
        .is_ok()
    {}
    headers
}

#[tokio::test]
async fn where_a_head_has_no_room_what_the_layer_says_takes_the_place_of_others() {
    let answers = || {
        let mut response = Response::new(String::new());
        *response.headers_mut() = full();
        response
    };
    let inner = service_fn(async |_: Request<String>| Ok::<_, Infallible>(answers()));
    let raises = service_fn(async |_: Request<String>| {
        let mut response = bearer::raise(AuthError::insufficient_scope(scopes!("a")));
        *response.headers_mut() = full();
        Ok::<_, Infallible>(response)
    });
    let layer = BearerAuthLayer::new(Mostly).optional();
    for token in ["ann", "slow-ann"] {
        let passed = ask(&layer.wrap(inner), bearing(token)).await;
        assert_eq!(text(&passed), "200\nvary: Authorization", "{token}");
        let refused = ask(&layer.wrap(raises), bearing(token)).await;
        assert_eq!(refused.status(), 403, "{token}");
        let challenge = &refused.headers()["www-authenticate"];
        assert!(challenge.to_str().unwrap().ends_with("scope=\"a\""));
        assert_eq!(refused.headers()["vary"], "Authorization", "{token}");
    }
    let mut most = full();
    let few: Vec<_> = most.keys().take(4_000).cloned().collect();
    for name in few {
        most.remove(name);
    }
    let layer = layer.reject_with(move |_: &Rejection| {
        let mut response = Response::new(String::new());
        *response.headers_mut() = most.clone();
        response
    });
    let refused = ask(&layer.wrap(raises), bearing("ann")).await;
    assert!(refused.headers().contains_key("www-authenticate"));
    assert_eq!(refused.headers()["vary"], "Authorization");

    let layer = BearerAuthLayer::new(Mostly).reject_with(move |_: &Rejection| answers());
    let refused = ask(&layer.wrap(Echo::default()), request(&[])).await;
    assert_eq!(
        text(&refused),
        "401\nwww-authenticate: Bearer realm=\"api\""
    );
}

#[tokio::test]
async fn a_challenge_names_realm_scopes_and_metadata() {
    let metadata = "https://api.example/.well-known/oauth-protected-resource";
    let layer = BearerAuthLayer::new(Now)
        .realm("the \"shop\"")
        .unwrap()
        .scope("orders:write  orders:read")
        .unwrap()
        .resource_metadata(metadata)
        .unwrap();
    let service = layer.wrap(Echo::default());
    for (request, expect) in [
        (
            request(&[]),
            "401\nwww-authenticate: Bearer realm=\"the \\\"shop\\\"\", scope=\"orders:write orders:read\", \
             resource_metadata=\"https://api.example/.well-known/oauth-protected-resource\"",
        ),
        (
            bearing("reader"),
            "403\nwww-authenticate: Bearer realm=\"the \\\"shop\\\"\", error=\"insufficient_scope\", \
             error_description=\"The access token lacks a scope\", scope=\"orders:write orders:read\", \
             resource_metadata=\"https://api.example/.well-known/oauth-protected-resource\"",
        ),
    ] {
        assert_eq!(text(&ask(&service, request).await), expect);
    }
    assert_eq!(
        ask(&service, bearing("writer")).await.status(),
        StatusCode::OK
    );

    let kind = |error: tower_postern::ConfigError| error.kind();
    let layer = || BearerAuthLayer::new(Now);
    assert_eq!(
        layer().realm("").map_err(kind).err(),
        Some(ConfigErrorKind::Realm)
    );
    assert_eq!(
        layer().realm("a\nb").map_err(kind).err(),
        Some(ConfigErrorKind::Realm)
    );
    assert_eq!(
        layer().scope("").map_err(kind).err(),
        Some(ConfigErrorKind::Scope)
    );
    assert_eq!(
        layer().scope("a\"b").map_err(kind).err(),
        Some(ConfigErrorKind::Scope)
    );
    assert_eq!(
        layer().resource_metadata("/x").map_err(kind).err(),
        Some(ConfigErrorKind::Url)
    );
    let header = |name| TokenSource::header(name).map_err(kind).err();
    assert_eq!(header("a b"), Some(ConfigErrorKind::Header));
    assert_eq!(header("Authorization"), Some(ConfigErrorKind::Header));
    assert_eq!(header("Cookie"), Some(ConfigErrorKind::Header));
}

#[tokio::test]
async fn a_hook_makes_the_body_and_can_neither_change_the_status_nor_drop_the_challenge() {
    let meddles = |rejection: &Rejection| {
        let mut response = Response::new(format!(
            "{} {:?} {}",
            rejection.status(),
            rejection.error().kind(),
            rejection.challenges().len(),
        ));
        *response.status_mut() = StatusCode::OK;
        let headers = response.headers_mut();
        headers.insert("www-authenticate", HeaderValue::from_static("Basic"));
        headers.append("www-authenticate", HeaderValue::from_static("Digest"));
        headers.insert("retry-after", HeaderValue::from_static("0"));
        headers.insert("x-hook", HeaderValue::from_static("kept"));
        response.extensions_mut().insert(AuthError::forbidden());
        response
    };
    let service = BearerAuthLayer::new(Now)
        .reject_with(meddles)
        .wrap(Echo::default());
    let response = ask(&service, bearing("bad")).await;
    assert_eq!(
        text(&response),
        "401\nretry-after: 0\n\
         www-authenticate: Bearer realm=\"api\", error=\"invalid_token\", error_description=\"The access token is not valid\"\n\
         x-hook: kept\n\n401 Unauthorized InvalidToken 1"
    );
    let error = response.extensions().get::<AuthError>().unwrap();
    assert_eq!(error.kind(), ErrorKind::InvalidToken);

    let response = ask(&service, bearing("down")).await;
    assert_eq!(
        text(&response),
        "503\nretry-after: 1\nx-hook: kept\n\n503 Service Unavailable Unavailable 0"
    );
    let response = ask(&service, bearing("barred")).await;
    assert_eq!(
        text(&response),
        "403\nretry-after: 0\nx-hook: kept\n\n403 Forbidden Forbidden 0"
    );
    // To a gRPC call the answer is its trailers.
    let response = ask(&service, as_grpc(bearing("barred"))).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["grpc-status"], "7");
    assert!(!response.headers().contains_key("x-hook"));
    assert!(!response.headers().contains_key("www-authenticate"));
}

#[tokio::test]
async fn a_hook_knows_whether_a_grpc_client_asks() {
    let hook = |rejection: &Rejection| {
        Response::new(if rejection.is_grpc() {
            String::new()
        } else {
            "html".to_owned()
        })
    };
    let service = BearerAuthLayer::new(Now)
        .reject_with(hook)
        .wrap(Echo::default());
    assert_eq!(ask(&service, request(&[])).await.body(), "html");
    assert_eq!(ask(&service, as_grpc(request(&[]))).await.body(), "");
}

#[tokio::test]
async fn every_refusal_leaves_its_error_with_its_source_in_the_extensions() {
    let validator = immediate(|credentials| match credentials.token() {
        "down" => {
            Err(AuthError::unavailable().with_source(std::io::Error::other("pool timed out")))
        }
        token => judge(token),
    });
    let service = BearerAuthLayer::new(validator.or(Mostly))
        .scope("orders:read")
        .unwrap();
    let service = service.wrap(Echo::default());
    for (request, expect, source) in [
        (request(&[]), ErrorKind::MissingToken, None),
        (request(&["Bearer"]), ErrorKind::InvalidRequest, None),
        (bearing("bad"), ErrorKind::InvalidToken, None),
        (bearing("ann"), ErrorKind::InsufficientScope, None),
        (bearing("barred"), ErrorKind::Forbidden, None),
        (
            bearing("down"),
            ErrorKind::Unavailable,
            Some("pool timed out"),
        ),
        (
            bearing("bound"),
            ErrorKind::InvalidToken,
            Some(
                "the token is bound to a key (`cnf`), and no validator of this layer proves its possession",
            ),
        ),
    ] {
        for request in [request.clone(), as_grpc(request)] {
            let response = ask(&service, request).await;
            let error = response.extensions().get::<AuthError>().unwrap();
            assert_eq!(error.kind(), expect);
            let found = std::error::Error::source(error).map(ToString::to_string);
            assert_eq!(found.as_deref(), source);
        }
    }
}

#[tokio::test]
async fn retry_after_is_in_whole_seconds_and_never_zero() {
    use std::time::Duration;
    for (delay, expect) in [
        (None, "1"),
        (Some(Duration::ZERO), "1"),
        (Some(Duration::from_millis(1)), "1"),
        (Some(Duration::from_millis(1001)), "2"),
        (Some(Duration::from_secs(90)), "90"),
        (Some(Duration::MAX), "18446744073709551615"),
    ] {
        let validator = immediate(move |_| -> Result<bearer::Verified<User>, _> {
            let error = AuthError::unavailable();
            Err(match delay {
                Some(delay) => error.with_retry_after(delay),
                None => error,
            })
        });
        let service = BearerAuthLayer::new(validator).wrap(Echo::default());
        let response = ask(&service, bearing("x")).await;
        assert_eq!(response.headers()["retry-after"], expect, "{delay:?}");
    }
}

#[tokio::test]
async fn the_answers_of_the_inner_service_are_left_as_they_are() {
    let service = BearerAuthLayer::new(Now).wrap(service_fn(|_: Request<String>| async {
        let response = Response::builder()
            .status(401)
            .header("www-authenticate", "Negotiate")
            .header("x-inner", "1")
            .body("inner".to_owned());
        Ok::<_, Infallible>(response.unwrap())
    }));
    let response = service.oneshot(bearing("ann")).await.unwrap();
    assert_eq!(
        text(&response),
        "401\nwww-authenticate: Negotiate\nx-inner: 1\n\ninner"
    );

    let failing =
        service_fn(|_: Request<String>| async { Err::<Response<String>, _>("inner error") });
    let service = BearerAuthLayer::new(Mostly).wrap(failing);
    for token in ["ann", "slow-ann"] {
        let error = service.clone().oneshot(bearing(token)).await.unwrap_err();
        assert_eq!(error, "inner error");
    }
}

#[test]
fn a_challenge_can_be_made_by_hand() {
    let metadata =
        ResourceMetadata::parse("https://a/.well-known/oauth-protected-resource").unwrap();
    let challenge = Challenge::bearer(Realm::parse("shop").unwrap())
        .scopes(scopes!("a b"))
        .error(&AuthError::expired_token())
        .resource_metadata(metadata);
    assert_eq!(
        challenge.to_header_value(),
        "Bearer realm=\"shop\", error=\"invalid_token\", error_description=\"The access token expired\", \
         scope=\"a b\", resource_metadata=\"https://a/.well-known/oauth-protected-resource\""
    );
    let plain = Challenge::bearer(Realm::default()).error(&AuthError::unavailable());
    assert_eq!(plain.to_header_value(), "Bearer realm=\"api\"");
    assert!(ScopeSet::parse("a").is_ok());
}

#[test]
fn the_validator_says_which_schemes_are_asked_for() {
    use tower_postern::bearer::{Scheme, Schemes};
    assert!(Now.schemes().contains(Scheme::Bearer));
    assert_eq!(Schemes::BEARER.union(Schemes::BEARER), Schemes::BEARER);
}
