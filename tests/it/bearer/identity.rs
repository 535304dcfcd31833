//! Who the caller is, for what is inside.

use http::{Request, Response, StatusCode};
use tower::{ServiceBuilder, ServiceExt, service_fn};
use tower_postern::{
    BearerAuthLayer,
    bearer::{
        self, AuthError, ErrorKind, Grant, Outcome, RequireLayer, TokenSource, TokenValidator,
        Verified, immediate,
    },
    scopes,
};

use crate::support::bearer::{Echo, Mostly, Now, User, Waits, ask, bearing, request};

/// The identity of another validator.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Admin;

fn admins() -> impl TokenValidator<Identity = Admin> {
    immediate(|credentials| match credentials.token() {
        "root" => Ok(Verified::new(Admin)),
        "down" => Err(AuthError::unavailable()),
        _ => Err(AuthError::invalid_token()),
    })
}

fn from_header() -> [TokenSource; 1] {
    [TokenSource::header("x-admin").unwrap()]
}

fn with_header(token: &str) -> Request<String> {
    let mut request = bearing("reader");
    request
        .headers_mut()
        .insert("x-admin", token.parse().unwrap());
    request
}

/// What both identities and the outcome are inside of two layers.
async fn inside<V>(inner: BearerAuthLayer<V>, request: Request<String>) -> String
where
    V: TokenValidator,
{
    let service = ServiceBuilder::new()
        .layer(BearerAuthLayer::new(Now))
        .layer(inner.sources(from_header()))
        .service(service_fn(|request: Request<String>| async move {
            let extensions = request.extensions();
            let text = format!(
                "user {}, admin {}, granted {:?}, {}",
                bearer::identity::<User>(extensions).is_some(),
                bearer::identity::<Admin>(extensions).is_some(),
                bearer::grant(extensions).map(|grant| grant.scopes().as_str().to_owned()),
                match bearer::outcome(extensions) {
                    Some(Outcome::Authenticated(_)) => "authenticated",
                    Some(Outcome::Anonymous) => "anonymous",
                    Some(Outcome::Refused(_)) => "refused",
                    _ => "none",
                }
            );
            Ok::<_, std::convert::Infallible>(Response::new(text))
        }));
    let response = ask(&service, request).await;
    assert_eq!(response.status(), StatusCode::OK);
    response.into_body()
}

#[tokio::test]
async fn what_an_outer_layer_recorded_is_removed_whatever_the_outcome() {
    let anonymous = "user false, admin false, granted None, anonymous";
    let refused = "user false, admin false, granted None, refused";
    let admin = "user false, admin true, granted Some(\"\"), authenticated";

    let layer = || BearerAuthLayer::new(admins());
    assert_eq!(inside(layer(), with_header("root")).await, admin);
    assert_eq!(
        inside(layer().optional(), bearing("reader")).await,
        anonymous
    );
    assert_eq!(
        inside(layer().deferred(), bearing("reader")).await,
        anonymous
    );
    assert_eq!(
        inside(layer().deferred(), with_header("bad")).await,
        refused
    );
    assert_eq!(
        inside(layer().deferred(), with_header("down")).await,
        refused
    );
    assert_eq!(
        inside(layer().deferred(), with_header("no token")).await,
        refused
    );

    // The same identity type, and the path that waits.
    let layer = || BearerAuthLayer::new(Waits);
    let user = "user true, admin false, granted Some(\"\"), authenticated";
    assert_eq!(inside(layer(), with_header("ann")).await, user);
    assert_eq!(
        inside(layer().optional(), bearing("reader")).await,
        anonymous
    );
    assert_eq!(
        inside(layer().deferred(), with_header("bad")).await,
        refused
    );
}

#[tokio::test]
async fn an_exempt_request_keeps_what_a_layer_further_out_found() {
    let exempt = BearerAuthLayer::new(admins()).exempt(|_: &tower_postern::RequestHead<'_>| true);
    let user = "user true, admin false, granted Some(\"orders:read\"), authenticated";
    assert_eq!(inside(exempt, with_header("bad")).await, user);
}

#[tokio::test]
async fn an_extension_of_a_stranger_is_no_identity() {
    let service = ServiceBuilder::new()
        .layer(BearerAuthLayer::new(Now).optional())
        .service(Echo::default());
    let mut request = request(&[]);
    request.extensions_mut().insert(User("root"));
    request.extensions_mut().insert(Admin);
    request
        .extensions_mut()
        .insert(Grant::builder().scopes(scopes!("orders:read")).build());
    request.extensions_mut().insert(Verified::new(User("root")));
    request
        .extensions_mut()
        .insert(Outcome::Authenticated(Grant::default()));
    let extensions = request.extensions().clone();
    assert!(bearer::outcome(&extensions).is_none());
    assert!(bearer::identity::<User>(&extensions).is_none());
    assert!(bearer::grant(&extensions).is_none());
    assert_eq!(ask(&service, request).await.body(), "anonymous");
}

#[tokio::test]
async fn without_a_layer_outside_nothing_gets_in() {
    let error = bearer::authenticated::<User>(request(&[]).extensions()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misconfigured);

    for layer in [
        RequireLayer::identity(),
        RequireLayer::scopes(scopes!("orders:read")),
        RequireLayer::any_scope(scopes!("orders:read")),
    ] {
        let service = layer.wrap(Echo::default());
        let response = ask(&service, bearing("reader")).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}

#[tokio::test]
async fn an_identity_of_another_type_is_a_mistake_and_no_open_door() {
    let service =
        BearerAuthLayer::new(Now).wrap(service_fn(|request: Request<String>| async move {
            let response = match bearer::authenticated::<Admin>(request.extensions()) {
                Ok(_) => Response::new("open".to_owned()),
                Err(error) => bearer::raise(error),
            };
            Ok::<_, std::convert::Infallible>(response)
        }));
    let response = service.oneshot(bearing("reader")).await.unwrap();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(response.headers().is_empty());
    let error = response.extensions().get::<AuthError>().unwrap();
    assert_eq!(error.kind(), ErrorKind::Misconfigured);
}

#[cfg(feature = "tracing")]
#[test]
fn mistakes_in_the_stack_are_loud_and_name_the_cure() {
    let events = crate::support::events::Events::record();
    bearer::authenticated::<Admin>(request(&[]).extensions()).unwrap_err();
    let said = events.take();
    assert!(said.contains("ERROR tower_postern: "), "{said}");
    assert!(said.contains("put a `BearerAuthLayer`"), "{said}");
    assert!(said.contains("Admin"), "{said}");

    let service = RequireLayer::identity().wrap(Echo::default());
    futures_util::FutureExt::now_or_never(ask(&service, bearing("ann"))).unwrap();
    let said = events.take();
    assert!(said.contains("ERROR tower_postern: "), "{said}");
    assert!(
        said.contains("no `BearerAuthLayer` outside; add one"),
        "{said}"
    );
}

#[tokio::test]
async fn require_asks_for_all_scopes_or_any() {
    let both = scopes!("orders:read orders:write");
    for (token, all, any) in [
        ("ann", StatusCode::FORBIDDEN, StatusCode::FORBIDDEN),
        ("reader", StatusCode::FORBIDDEN, StatusCode::OK),
        ("slow-reader", StatusCode::FORBIDDEN, StatusCode::OK),
        ("writer", StatusCode::OK, StatusCode::OK),
    ] {
        let service = ServiceBuilder::new()
            .layer(BearerAuthLayer::new(Mostly))
            .layer(RequireLayer::scopes(both.clone()))
            .service(Echo::default());
        assert_eq!(ask(&service, bearing(token)).await.status(), all, "{token}");
        let service = ServiceBuilder::new()
            .layer(BearerAuthLayer::new(Mostly))
            .layer(RequireLayer::any_scope(both.clone()))
            .service(Echo::default());
        assert_eq!(ask(&service, bearing(token)).await.status(), any, "{token}");
    }
    assert!(RequireLayer::scope("").is_err());
    assert!(RequireLayer::scope("orders:read").is_ok());
}

#[tokio::test]
async fn an_unproved_confirmation_is_refused_through_every_combinator() {
    async fn refused<V: TokenValidator>(name: &str, validator: V) {
        let service = BearerAuthLayer::new(validator).wrap(Echo::default());
        let response = ask(&service, bearing("bound")).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{name}");
        let response = ask(&service, bearing("proved")).await;
        assert_eq!(response.status(), StatusCode::OK, "{name}");
    }
    refused("at once", Now).await;
    refused("waiting", Waits).await;
    refused("map", Now.map(|_| Admin)).await;
    refused("map, waiting", Waits.map(|_| Admin)).await;
    refused("and then", Now.and_then(|_| async { Ok(Admin) })).await;
    refused("and then, waiting", Waits.and_then(|_| async { Ok(Admin) })).await;
    refused("or", Now.or(Waits)).await;
    refused("erased", Now.erased()).await;
    refused("erased, waiting", Waits.erased()).await;
    refused("shared", std::sync::Arc::new(Waits)).await;
    refused("boxed", Box::new(Now)).await;
    refused(
        "all of them",
        Now.map(|_| Admin)
            .or(Waits.map(|_| Admin))
            .erased()
            .and_then(|_| async { Ok(User("x")) }),
    )
    .await;

    // Only where the program says that it wants this.
    let service = BearerAuthLayer::new(Now)
        .danger_accept_unproved_confirmations()
        .wrap(Echo::default());
    assert_eq!(ask(&service, bearing("bound")).await.body(), "bound");
}

#[tokio::test]
async fn the_token_is_marked_as_sensitive_or_removed() {
    let seen = |request: &Request<String>, name: &str| {
        let lines = request.headers().get_all(name).iter();
        let lines: Vec<_> = lines
            .map(|line| {
                assert!(line.is_sensitive(), "{line:?}");
                line.to_str().unwrap().to_owned()
            })
            .collect();
        lines.join(", ")
    };
    let inner = service_fn(move |request: Request<String>| async move {
        let text = format!(
            "{}|{}",
            seen(&request, "authorization"),
            seen(&request, "x-api-key")
        );
        Ok::<_, std::convert::Infallible>(Response::new(text))
    });
    let sources = || {
        [
            TokenSource::authorization(),
            TokenSource::header("x-api-key").unwrap(),
        ]
    };
    let mut key = request(&[]);
    key.headers_mut()
        .insert("x-api-key", "slow-reader".parse().unwrap());
    let two_lines = request(&["Bearer reader", "Bearer writer"]);
    let layer = || BearerAuthLayer::new(Mostly).sources(sources());

    let service = layer().wrap(inner);
    assert_eq!(
        ask(&service, bearing("reader")).await.body(),
        "Bearer reader|"
    );
    assert_eq!(
        ask(&service, bearing("slow-reader")).await.body(),
        "Bearer slow-reader|"
    );
    assert_eq!(ask(&service, key.clone()).await.body(), "|slow-reader");

    let service = layer().optional().wrap(inner);
    assert_eq!(
        ask(&service, request(&["Basic YQ=="])).await.body(),
        "Basic YQ==|"
    );

    let service = layer().deferred().wrap(inner);
    assert_eq!(ask(&service, bearing("bad")).await.body(), "Bearer bad|");
    let body = ask(&service, two_lines.clone()).await.into_body();
    assert_eq!(body, "Bearer reader, Bearer writer|");

    let service = layer().remove_token().wrap(inner);
    for request in [bearing("reader"), bearing("slow-reader"), key] {
        assert_eq!(ask(&service, request).await.body(), "|");
    }
    let service = layer().remove_token().deferred().wrap(inner);
    for request in [bearing("bad"), bearing("slow-bad"), two_lines] {
        assert_eq!(ask(&service, request).await.body(), "|");
    }
}

#[test]
fn a_grant_tells_what_was_granted() {
    use std::time::{Duration, SystemTime};
    let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    let grant = Grant::builder()
        .issuer("https://issuer.example")
        .subject("ann")
        .client_id("app")
        .scopes(scopes!("a b"))
        .expires_at(at(3))
        .issued_at(at(1))
        .token_id("jti")
        .session_id("sid")
        .acr("gold")
        .auth_time(at(0))
        .build();
    let principal = grant.principal().unwrap();
    assert_eq!(
        (principal.issuer, principal.subject),
        ("https://issuer.example", "ann")
    );
    assert_eq!(grant.client_id(), Some("app"));
    assert_eq!(grant.scopes().as_str(), "a b");
    assert_eq!(grant.expires_at(), Some(at(3)));
    assert_eq!(grant.issued_at(), Some(at(1)));
    assert_eq!(grant.token_id(), Some("jti"));
    assert_eq!(grant.session_id(), Some("sid"));
    assert_eq!(grant.acr(), Some("gold"));
    assert_eq!(grant.auth_time(), Some(at(0)));
    assert!(grant.confirmations().is_empty());
    // A change leaves the rest, and the clone, as it was.
    let changed = grant.clone().into_builder().subject("bob").build();
    assert_eq!(changed.subject(), Some("bob"));
    assert_eq!(changed.issuer(), Some("https://issuer.example"));
    assert_eq!(grant.subject(), Some("ann"));
    // One without the other names nobody.
    assert!(
        Grant::builder()
            .subject("ann")
            .build()
            .principal()
            .is_none()
    );
    assert!(Grant::default().scopes().is_empty());
}
