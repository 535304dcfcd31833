//! The stack: the layers around the routes.

use std::{
    convert::Infallible,
    error::Error,
    task::{Context, Poll},
};

use axum::{
    Router,
    body::Body,
    http::{
        HeaderName, Method, Request, Response,
        header::{
            AUTHORIZATION, CONTENT_TYPE, COOKIE, PROXY_AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE,
        },
    },
    routing::future::RouteFuture,
};
use tower::{Service, ServiceBuilder};
use tower_http::{
    ServiceBuilderExt,
    compression::CompressionLayer,
    cors::{Any, CorsLayer},
    limit::RequestBodyLimitLayer,
    request_id::MakeRequestUuid,
    sensitive_headers::SetSensitiveRequestHeadersLayer,
    trace::{DefaultOnResponse, TraceLayer},
};
use tower_postern::rule;

use crate::{
    grpc,
    routes::{self, Visible},
    serve::App,
    settings::Settings,
    tokens,
};

/// The largest body that a request may have.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// The whole service: outermost layer first.
pub(crate) fn build(settings: &Settings) -> Result<impl App, Box<dyn Error>> {
    let of_the_issuer = tokens::of_the_issuer(settings)?;
    let either = tokens::of_either(settings, &of_the_issuer)?
        .map(|validator| tokens::auth(settings, validator))
        .transpose()?;
    let visible = Visible {
        inside: settings.internal_nets.clone().map(|networks| {
            let address = rule::client_addr_in(networks);
            match settings.trusted_proxies.clone() {
                Some(proxies) => address.behind(proxies),
                None => address,
            }
        }),
        of_the_house: settings.scope_internal.clone().map(rule::scopes),
    };
    // It refuses nobody, and does the same for every path: inside, routes say who may come in, and what is hidden stays so.
    let auth = tokens::auth(settings, of_the_issuer)?.deferred();
    let service = ByProtocol {
        http: routes::http(settings, &auth, either, &visible)?,
        grpc: grpc::routes(settings, &visible)?.into_axum_router(),
    };

    Ok(ServiceBuilder::new()
        // Outside of what logs headers.
        .layer(SetSensitiveRequestHeadersLayer::new([
            AUTHORIZATION,
            COOKIE,
            PROXY_AUTHORIZATION,
        ]))
        .set_x_request_id(MakeRequestUuid)
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(span)
                .on_response(DefaultOnResponse::new().include_headers(true)),
        )
        .propagate_x_request_id()
        // Outside of what refuses: browsers send a preflight without a token.
        .layer(cors())
        .layer(CompressionLayer::new())
        .layer(RequestBodyLimitLayer::new(MAX_BODY_BYTES))
        .layer(auth)
        .service(service))
}

/// What the log says of a request: not its query, where tokens have been seen.
fn span<B>(request: &Request<B>) -> tracing::Span {
    tracing::debug_span!(
        "request",
        method = %request.method(),
        path = request.uri().path(),
        version = ?request.version(),
        headers = ?request.headers(),
    )
}

/// Pages of all origins may call, with tokens that they hold themselves, and read the challenge.
fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST, Method::PUT])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE])
        .expose_headers([
            RETRY_AFTER,
            WWW_AUTHENTICATE,
            HeaderName::from_static("x-request-id"),
        ])
}

/// Calls of gRPC, and all else: on one port, with two kinds of "not there".
#[derive(Clone)]
struct ByProtocol {
    http: Router,
    grpc: Router,
}

impl<B> Service<Request<B>> for ByProtocol
where
    Router: Service<
            Request<B>,
            Response = Response<Body>,
            Error = Infallible,
            Future = RouteFuture<Infallible>,
        >,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = RouteFuture<Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(())) // as a router always is
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if is_grpc(&request) {
            self.grpc.call(request)
        } else {
            self.http.call(request)
        }
    }
}

/// `application/grpc`, followed by nothing or by how the messages are encoded.
fn is_grpc<B>(request: &Request<B>) -> bool {
    let content_type = request.headers().get(CONTENT_TYPE);
    let rest = content_type.and_then(|value| value.as_bytes().strip_prefix(b"application/grpc"));
    *request.method() == Method::POST && matches!(rest, Some([] | [b'+' | b';', ..]))
}
