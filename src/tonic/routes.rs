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
/// ```no_run
/// use tonic::{service::Routes, transport::Server};
/// use tower_postern::{predicate::Predicate, tonic::hide_routes};
///
/// async fn serve(
///     public: Routes,
///     hidden: Routes,
///     inside: impl Predicate,
/// ) -> Result<(), tonic::transport::Error> {
///     let routes = hide_routes(public, hidden, inside);
///     Server::builder().add_routes(routes).serve(([0, 0, 0, 0], 50051).into()).await
/// }
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
