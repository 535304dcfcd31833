//! Hidden services in Tonic.

use ::tonic::service::Routes;

use crate::{
    hide::{self, NoStoreLayer},
    predicate::Predicate,
};

/// Services that are only there for callers for whom `visible_to` is a clear yes.
///
/// All others meet `public` alone, which never had the hidden services: they are answered as Tonic answers calls of a
/// service that it does not have. The callers inside meet both.
///
/// - `visible_to` is asked about [the caller alone](crate::RequestHead::caller). A rule about method or path cannot tell
///   then, nobody sees the hidden services, and an event says so.
/// - Services keep their own layers: `layer.named_layer(service)`.
/// - Two groups with two rules nest: `hide_routes(hide_routes(public, a, for_a), b, for_b)`.
/// - Reflection and health name every service that they were given, unless they are those of this module: see its
///   [page](crate::tonic).
///
/// # Panics
/// As Axum's router does, where both have the same service.
///
/// # Examples
/// ```
/// use http::Request;
/// use tonic::{body::Body, service::Routes};
/// use tonic_health::server::{HealthReporter, HealthService};
/// use tower::ServiceExt;
/// use tower_postern::{rule, tonic::hide_routes};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # type HealthServer<T> = tonic_health::pb::health_server::HealthServer<T>;
/// let public = Routes::default(); // `Routes::new(..)` of your services
/// let hidden = Routes::new(HealthServer::new(HealthService::from_health_reporter(HealthReporter::new())));
/// let inside = rule::header("x-gateway", "a secret that the gateway puts in")?;
/// let routes = hide_routes(public, hidden, inside); // for `Server::builder().add_routes(routes)`
///
/// let call = |gateway| {
///     let call = Request::post("/grpc.health.v1.Health/Check").header("content-type", "application/grpc");
///     call.header("x-gateway", gateway).body(Body::empty())
/// };
/// let answer = routes.clone().oneshot(call("a secret that the gateway puts in")?).await?;
/// assert!(answer.headers().get("grpc-status").is_none_or(|status| status != "12"));
/// let answer = routes.oneshot(call("a guess")?).await?;
/// assert_eq!(answer.headers()["grpc-status"], "12"); // there is no such service
/// # Ok(()) }
/// ```
pub fn hide_routes(public: Routes, hidden: Routes, visible_to: impl Predicate) -> Routes {
    let public = public.into_axum_router();
    let mut hidden = hidden.into_axum_router().reset_fallback();
    if hidden.has_routes() {
        hidden = hidden.route_layer(NoStoreLayer::new());
    }
    let all = Routes::from(public.clone().merge(hidden)).prepare();
    let public = Routes::from(public).prepare();
    let routes = Routes::default().into_axum_router();
    routes
        .fallback_service(hide::by_caller(public, all, visible_to))
        .into()
}
