//! In a Tonic server, with Tonic's client and over raw HTTP/2.
#![expect(
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    reason = "handlers have the shape that Tonic gives them"
)]

use bytes::Bytes;
use http::{Request, Response};
use tonic::{
    Code, Status,
    body::Body,
    service::{InterceptorLayer, LayerExt, Routes},
    transport::Server as Tonic,
};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tower::{ServiceBuilder, ServiceExt};
use tower_http::{
    compression::CompressionLayer, map_response_body::MapResponseBodyLayer, trace::TraceLayer,
};
use tower_postern::{
    BearerAuthLayer,
    bearer::{self, AuthError, ErrorKind, RequireLayer, TokenValidator},
    predicate::predicate,
    scopes,
};

use crate::support::{
    bearer::{Mostly, Now, User, as_grpc, bearing, request, who},
    greeter::{Admin, Greeter, Handler, stream},
    wire::{Server, unary},
};

const SAY: &str = "/test.Greeter/Say";
const REPEAT: &str = "/test.Greeter/Repeat";
const STATS: &str = "/test.Admin/Say";

/// Who called, whoever that is.
fn hello(request: tonic::Request<String>) -> Result<tonic::Response<String>, Status> {
    Ok(tonic::Response::new(who(request.extensions())))
}

/// Who called, and nobody is not enough.
fn whoami(request: tonic::Request<String>) -> Result<tonic::Response<String>, Status> {
    let user = bearer::authenticated::<User>(request.extensions())?;
    Ok(tonic::Response::new(user.0.to_owned()))
}

/// Refuses late, after it has looked.
fn late(request: tonic::Request<String>) -> Result<tonic::Response<String>, Status> {
    let user = bearer::authenticated::<User>(request.extensions())?;
    if user.0 == "ann" {
        return Err(AuthError::insufficient_scope(scopes!("admin:read admin:write")).into());
    }
    Err(Status::failed_precondition("not that one"))
}

fn another_type(request: tonic::Request<String>) -> Result<tonic::Response<String>, Status> {
    bearer::authenticated::<String>(request.extensions())?;
    Ok(tonic::Response::new("open".to_owned()))
}

fn layer<V: TokenValidator>(validator: V) -> BearerAuthLayer<V> {
    BearerAuthLayer::new(validator).realm("grpc").unwrap()
}

fn with_token(token: &str) -> tonic::Request<String> {
    let mut request = tonic::Request::new("x".to_owned());
    if !token.is_empty() {
        let value = format!("Bearer {token}").parse().unwrap();
        request.metadata_mut().insert("authorization", value);
    }
    request
}

/// What a client sees: the message, or the code, its text and the challenge.
async fn call(server: &Server, path: &'static str, token: &str) -> String {
    match unary(server.channel().await, path, with_token(token)).await {
        Ok(response) => response.into_inner(),
        Err(status) => refusal(&status),
    }
}

fn refusal(status: &Status) -> String {
    let challenge = status.metadata().get("www-authenticate");
    let challenge = challenge.map_or("no challenge", |line| line.to_str().unwrap());
    format!("{:?}: {}: {challenge}", status.code(), status.message())
}

const MISSING: &str = "Unauthenticated: an access token is required: Bearer realm=\"grpc\"";
const INVALID: &str = "Unauthenticated: the access token is not valid: \
                       Bearer realm=\"grpc\", error=\"invalid_token\", error_description=\"The access token is not valid\"";
const DOWN: &str = "Unavailable: the access token could not be checked: no challenge";

fn lacks(scopes: &str) -> String {
    format!(
        "PermissionDenied: the access token lacks a scope: Bearer realm=\"grpc\", error=\"insufficient_scope\", \
         error_description=\"The access token lacks a scope\", scope=\"{scopes}\""
    )
}

#[tokio::test]
async fn a_whole_server_is_guarded_but_for_its_health() {
    let auth = layer(Mostly).exempt(predicate(|request| {
        request.uri().path().starts_with("/grpc.health.v1.Health/")
    }));
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_serving::<Greeter>().await;
    let server = Server::tonic_with(|incoming| async move {
        Tonic::builder()
            .layer(auth)
            .add_service(Greeter(whoami))
            .add_service(
                RequireLayer::scope("orders:read")
                    .unwrap()
                    .named_layer(Admin(hello)),
            )
            .add_service(health)
            .serve_with_incoming(incoming)
            .await
            .unwrap();
    });
    for (path, token, expect) in [
        (SAY, "", MISSING),
        (SAY, "bad", INVALID),
        (SAY, "slow-bad", INVALID),
        (SAY, "down", DOWN),
        (SAY, "slow-down", DOWN),
        (
            SAY,
            "barred",
            "PermissionDenied: the caller may not do this: no challenge",
        ),
        (SAY, "ann", "ann"),
        (SAY, "slow-ann", "ann"),
        (STATS, "reader", "reader"),
        (STATS, "ann", &lacks("orders:read")),
        (STATS, "", MISSING),
        ("/test.Absent/X", "", MISSING),
        ("/test.Absent/X", "ann", "Unimplemented: : no challenge"),
    ] {
        assert_eq!(call(&server, path, token).await, expect, "{path} {token}");
    }
    let mut health = HealthClient::new(server.channel().await);
    let request = HealthCheckRequest {
        service: "test.Greeter".to_owned(),
    };
    assert!(health.check(request).await.is_ok());
}

#[tokio::test]
async fn one_service_or_one_method_can_be_guarded() {
    let server = Server::tonic_with(|incoming| async move {
        let one_method = layer(Mostly).when(predicate(|request| request.uri().path() == REPEAT));
        Tonic::builder()
            .add_service(layer(Mostly).named_layer(Admin(whoami)))
            .add_service(one_method.named_layer(Greeter(hello)))
            .serve_with_incoming(incoming)
            .await
            .unwrap();
    });
    for (path, token, expect) in [
        (STATS, "", MISSING),
        (STATS, "bad", INVALID),
        (STATS, "slow-ann", "ann"),
        (SAY, "", "anonymous"),
        (SAY, "bad", "anonymous"),
        ("/test.Absent/X", "", "Unimplemented: : no challenge"),
    ] {
        assert_eq!(call(&server, path, token).await, expect, "{path} {token}");
    }
    // A method that answers with a stream is refused before it begins.
    for token in ["", "bad"] {
        let status = stream(server.channel().await, REPEAT, with_token(token)).await;
        let expect = if token.is_empty() { MISSING } else { INVALID };
        assert_eq!(refusal(&status.unwrap_err()), expect);
    }
    let mut messages = stream(server.channel().await, REPEAT, with_token("slow-ann"))
        .await
        .unwrap();
    assert_eq!(messages.message().await.unwrap().as_deref(), Some("ann"));
}

#[tokio::test]
async fn routes_can_be_wrapped_and_handlers_refuse_with_the_layers_challenge() {
    let routes = |handler: Handler| Routes::new(Greeter(handler));
    let cases: [(&str, Handler, &str, &str); 4] = [
        ("late", late, "ann", &lacks("admin:read admin:write")),
        ("late", late, "slow-ann", &lacks("admin:read admin:write")),
        (
            "a status of the handler's own",
            late,
            "reader",
            "FailedPrecondition: not that one: no challenge",
        ),
        (
            "another type",
            another_type,
            "ann",
            "Internal: the service is not set up to answer this: no challenge",
        ),
    ];
    for (name, handler, token, expect) in cases {
        let server = Server::tonic(layer(Mostly).wrap(routes(handler)));
        assert_eq!(call(&server, SAY, token).await, expect, "{name}");
    }
    // Deferred: the handler decides, and what was recorded is rendered.
    let server = Server::tonic(layer(Mostly).deferred().wrap(routes(whoami)));
    for (token, expect) in [
        ("", MISSING),
        ("bad", INVALID),
        ("slow-down", DOWN),
        ("ann", "ann"),
    ] {
        assert_eq!(call(&server, SAY, token).await, expect, "{token}");
    }
    let server = Server::tonic(layer(Mostly).deferred().wrap(routes(hello)));
    for (token, expect) in [
        ("", "anonymous"),
        ("bad", "refused: invalid_token"),
        ("ann", "ann"),
    ] {
        assert_eq!(call(&server, SAY, token).await, expect, "{token}");
    }
}

#[tokio::test]
async fn without_a_layer_outside_a_handler_refuses_all_the_same() {
    let server = Server::tonic(Routes::new(Greeter(whoami)));
    let answer = call(&server, SAY, "ann").await;
    assert!(answer.starts_with("Internal: "), "{answer}");
    let server = Server::tonic(RequireLayer::identity().wrap(Routes::new(Greeter(hello))));
    let answer = call(&server, SAY, "ann").await;
    assert!(!answer.contains("anonymous"), "{answer}");
}

#[tokio::test]
async fn an_interceptor_refuses_with_the_layers_challenge() {
    let interceptor = InterceptorLayer::new(|request: tonic::Request<()>| {
        match bearer::grant(request.extensions()) {
            Some(grant) if grant.has_scope("orders:read") => Ok(request),
            _ => Err(AuthError::insufficient_scope(scopes!("orders:read")).into()),
        }
    });
    let server = Server::tonic_with(|incoming| async move {
        Tonic::builder()
            .layer(layer(Now))
            // The body of an interceptor has no `Default`; Tonic's own has.
            .layer(MapResponseBodyLayer::new(Body::new))
            .layer(interceptor)
            .add_service(Greeter(hello))
            .serve_with_incoming(incoming)
            .await
            .unwrap();
    });
    assert_eq!(call(&server, SAY, "ann").await, lacks("orders:read"));
    assert_eq!(call(&server, SAY, "reader").await, "reader");
}

#[tokio::test]
async fn layers_of_the_field_stand_around_it() {
    let server = Server::tonic_with(|incoming| async move {
        Tonic::builder()
            .layer(
                ServiceBuilder::new()
                    .layer(TraceLayer::new_for_grpc())
                    .layer(CompressionLayer::new())
                    .layer(layer(Mostly))
                    .layer(MapResponseBodyLayer::new(Body::new))
                    .layer(TraceLayer::new_for_grpc())
                    .into_inner(),
            )
            .add_service(Greeter(late))
            .serve_with_incoming(incoming)
            .await
            .unwrap();
    });
    assert_eq!(call(&server, SAY, "").await, MISSING);
    assert_eq!(
        call(&server, SAY, "slow-ann").await,
        lacks("admin:read admin:write")
    );
}

#[tokio::test]
async fn a_refusal_is_trailers_only_on_the_wire() {
    let server = Server::tonic(layer(Now).wrap(Routes::new(Greeter(hello))));
    let headers = [
        ("content-type", "application/grpc+proto"),
        ("te", "trailers"),
    ];
    let answer = server.http2("POST", SAY, &headers, "\0\0\0\0\0").await;
    assert_eq!(
        answer,
        "200\ncontent-type: application/grpc+proto\ngrpc-status: 16\ngrpc-message: an access token is required\n\
         www-authenticate: Bearer realm=\\\"grpc\\\"\n[end in headers]\n"
    );
    // No POST is no call: HTTP answers.
    let answer = server.http2("GET", SAY, &headers, "").await;
    assert!(
        answer.starts_with("401\nwww-authenticate: Bearer realm=\\\"grpc\\\"\n"),
        "{answer}"
    );
    assert!(!answer.contains("grpc-status"), "{answer}");
}

#[tokio::test]
async fn what_a_handler_raised_leaves_no_status_behind() {
    let service = layer(Now).wrap(Routes::new(Greeter(late)));
    let request = as_grpc(bearing("ann"))
        .map(|_| Body::new(http_body_util::Full::new(Bytes::from("\0\0\0\0\0"))));
    let (mut parts, body) = request.into_parts();
    parts.uri = SAY.parse().unwrap();
    let response: Response<_> = service
        .oneshot(Request::from_parts(parts, body))
        .await
        .unwrap();
    let error = response.extensions().get::<AuthError>().unwrap();
    assert_eq!(error.kind(), ErrorKind::InsufficientScope);
    assert!(response.extensions().get::<Status>().is_none());
}

#[test]
fn each_kind_of_error_has_its_code() {
    for (error, code) in [
        (AuthError::missing_token(), Code::Unauthenticated),
        (AuthError::invalid_request(), Code::Unauthenticated),
        (AuthError::invalid_token(), Code::Unauthenticated),
        (AuthError::expired_token(), Code::Unauthenticated),
        (
            AuthError::insufficient_scope(scopes!("a")),
            Code::PermissionDenied,
        ),
        (AuthError::forbidden(), Code::PermissionDenied),
        (AuthError::unavailable(), Code::Unavailable),
        (
            bearer::authenticated::<User>(request(&[]).extensions()).unwrap_err(),
            Code::Internal,
        ),
    ] {
        let kind = error.kind();
        let status = Status::from(error);
        assert_eq!(status.code(), code);
        let source = std::error::Error::source(&status).unwrap();
        assert_eq!(source.downcast_ref::<AuthError>().unwrap().kind(), kind);
    }
}
