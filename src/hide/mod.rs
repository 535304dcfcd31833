//! Endpoints that are not there for those who are not to see them.
//!
//! [`HideLayer`] asks a [predicate](crate::predicate) about each request. One that it shows goes to the inner service; one
//! that it hides meets what an absent endpoint meets. It is not refused: a 401, a 403 or a 404 of one's own tells that
//! there is something.
//!
//! ```text
//!                     what answers by itself, for all alike: CORS, limits, compression, traces
//!                                                    │
//!                                             ┌──────┴──────┐
//!                    visible_to(caller)?  ────┤  HideLayer  │
//!                                             └──┬───────┬──┘
//!                                  a clear yes   │       │   all others
//!                                  ┌─────────────┴──┐ ┌──┴─────────────┐
//!                                  │ public         │ │ public         │   the very same routes,
//!                                  │   GET /        │ │   GET /        │   fallbacks, layers
//!                                  │ hidden         │ └────────────────┘
//!                                  │   GET /metrics │   never had /metrics: its 404, 405, Allow,
//!                                  └────────────────┘   redirects and pages are the true ones
//! ```
//!
//! # Which arrangement hides what
//! Strongest first. Nothing that is imitated stays like the original for long, so the first is what we recommend; in Axum
//! and Tonic, `hide_routes(public, hidden, visible_to)` is all of it in one line, and [`by_caller`] for other services.
//!
//! | a hidden request | hides | and does not hide |
//! |---|---|---|
//! | goes to another service, by the caller alone: `hide_routes`, [`by_caller`], or [`by_caller`](HideLayer::by_caller) and [`fallback`](HideLayer::fallback) | everything that the list below does not name | |
//! | goes to another service, by a rule about the path: `fallback` | methods, lengths, pages, redirects | what the inner service has around the path: nested fallbacks, layers, redirects |
//! | goes to the same service under another path: [`reroute`](HideLayer::reroute) | the same, and what is around the path | a page that repeats the path, and what else is made of its letters |
//! | is answered by a bare 404: [`not_found`](HideLayer::not_found) | a path of a service that answers misses so, with nothing but the connection around it | all else |
//! | is answered by the status 12 of gRPC: [`unimplemented`](HideLayer::unimplemented) | a service of Tonic, all of it | one method of a service that is shown |
//!
//! # Objects
//! Where the handler alone knows what a caller may see, it answers [`conceal`], for an object that does not exist too. A
//! layer that is [`late`](HideLayer::late) has such a request meet what a hidden one meets.
//!
//! # What betrays a route
//! `test_util::assert_indistinguishable` finds each of these, on the paths that it is told of.
//!
//! - **A 404 made inside of a router.** Axum puts `Allow: GET,HEAD` on the answers of a route, whatever layer made them, and
//!   a `content-length: 0` that a true 404 over HTTP/2 does not have. So no `HideLayer` with [`not_found`](HideLayer::not_found)
//!   goes into `Router::layer`, `Router::route_layer` or `MethodRouter::layer`: put it around the router,
//!   `Router::new().fallback_service(layer.wrap(router))`, or use `hide_routes`.
//! - **A bare 404 where misses have a page**, or a route for all paths.
//! - **A layer that only one side has**, between the `HideLayer` and the two services: CORS on the hidden routes answers
//!   preflights that are otherwise a 405. Layers belong around the `HideLayer`, or on both sides. Inside of the hidden
//!   routes, any layer is fine where the verdict depends on the caller alone.
//! - **A rule about the path before a fallback**: a hidden path meets the fallback, and its absent neighbour all that the
//!   inner service has there.
//! - **A path that is compared as it is written.** `//metrics` or `/metrics/x` goes past it, and reaches the route, or a redirect
//!   to it. [`rule::path`](crate::rule::path) and [`rule::under`](crate::rule::under) know how a path can be read.
//! - **A list of methods.** A `HEAD` is answered by the route of `GET`, `OPTIONS` tells what there is, and a WebSocket over
//!   HTTP/2 comes as `CONNECT`.
//! - **A list of paths** that lacks one. By the caller alone there is no list: what was not made public is hidden.
//! - **Headers on hidden answers alone**, or on shown answers alone. [`NoStoreLayer`] goes on the hidden routes themselves.
//! - **A token that is required on some paths.** A challenge tells what it would open, and so does its absence on one path.
//!   [`BearerAuthLayer`](crate::BearerAuthLayer) is to be [`deferred`](crate::BearerAuthLayer::deferred) around a `HideLayer`
//!   with a [scope rule](crate::rule::scope), and whatever it does must not depend on the path.
//!
//! # The rules
//! 1. A request is shown on the one clear answer only: [`when`](HideLayer::when) on a No, [`unless`](HideLayer::unless) on a
//!    Yes. What cannot be told is hidden.
//! 2. A hidden request is dispatched. Only the two bare answers are made here, and both are named for what they are.
//! 3. A `HideLayer` that was not told what a hidden request meets is no layer.
//! 4. What is shown costs the predicate and nothing more. The fallback is cloned and driven ready for hidden requests only.
//! 5. Nothing of a request gets into an event.
//!
//! # What cannot be hidden
//! - What a proxy behind this service reads into a path that means something else here.
//! - What goes through a connection after it was upgraded.
//! - The time that a handler took before it concealed.
//! - That something is hidden at all: an outsider may see that the answers come out of two routers, one in the other.
//! - From the browser of an insider, what is hidden by addresses alone: a page can have a name of its own resolve to an
//!   address inside (DNS rebinding). Have the predicate ask for the [host](crate::rule::host) too.
//! - What is told elsewhere: error pages, logs that outsiders read, and what describes the service. An OpenAPI document, gRPC
//!   reflection and health can ask the same rule: `openapi`, `tonic::reflection` and `tonic::health`.
//!
//! # Examples
//! ```
//! use std::convert::Infallible;
//! use http::{Request, Response, StatusCode};
//! use tower::{ServiceBuilder, ServiceExt, service_fn};
//! use tower_postern::{HideLayer, predicate::Predicate, rule};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Answers misses with a bare 404, so that `not_found` is right.
//! let service = service_fn(|request: Request<String>| async move {
//!     let found = ["/", "/internal/stats"].contains(&request.uri().path());
//!     let status = if found { StatusCode::OK } else { StatusCode::NOT_FOUND };
//!     Response::builder().status(status).body(String::new())
//! });
//! let inside = rule::header("x-gateway", "a secret that the gateway puts in")?;
//! let service = ServiceBuilder::new()
//!     .layer(HideLayer::when(rule::under(["/internal"])?.and(inside.not())).not_found())
//!     .service(service);
//!
//! let request = Request::get("/internal/stats").header("x-gateway", "a secret that the gateway puts in");
//! assert_eq!(service.clone().oneshot(request.body(String::new())?).await?.status(), StatusCode::OK);
//!
//! let request = Request::get("/internal/stats").body(String::new())?;
//! assert_eq!(service.oneshot(request).await?.status(), StatusCode::NOT_FOUND);
//! # Ok(()) }
//! ```

mod by_caller;
mod conceal;
mod future;
mod late;
mod layer;
mod no_store;
mod service;

#[cfg(feature = "tonic-health")]
pub(crate) use self::conceal::absent_name;
pub use self::{
    by_caller::by_caller,
    conceal::{
        Decided, Fallback, FallbackFuture, NotFound, Reroute, RerouteFuture, Undecided,
        Unimplemented,
    },
    future::ResponseFuture,
    late::{Concealed, Late, LateFuture, conceal},
    layer::HideLayer,
    no_store::{NoStore, NoStoreFuture, NoStoreLayer},
    service::Hide,
};
#[doc(hidden)]
pub use self::{conceal::Conceal, layer::Shared};
