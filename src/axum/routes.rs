//! Hidden routes in Axum.

use ::axum::{
    Router,
    response::{IntoResponse, Response},
};

use crate::{
    hide::{self, Concealed, NoStoreLayer},
    predicate::Predicate,
};

/// Routes that are only there for callers for whom `visible_to` is a clear yes.
///
/// All others meet `public` alone, which never had the hidden routes: whatever they ask, and however they spell it, it is
/// answered as if `hidden` had not been written. The callers inside meet both, merged.
///
/// - `visible_to` is asked about [the caller alone](crate::RequestHead::caller). A rule about method or path cannot tell
///   then, nobody sees the hidden routes, and an event says so.
/// - The answers of the hidden routes say `Cache-Control: private, no-store`.
/// - Both routers need their state first: `.with_state(..)`. The result goes where a router goes: it can be nested, merged,
///   layered. What reads `MatchedPath` must be a layer of the two routers, for outside of them no route is matched yet.
/// - Two groups with two rules nest: `hide_routes(hide_routes(public, a, for_a), b, for_b)`. Then who sees `b` needs not
///   see `a`.
/// - Misses are answered by the fallback of `public`, to callers inside too. A fallback of `hidden` itself is left out.
/// - It is a fallback itself: where it is nested, it answers all below the prefix. Of routers nested in each other, Axum
///   keeps only the outermost fallback; `nest_service` keeps this one.
///
/// # Panics
/// As [`Router::merge`] does, where both routers have the same method of the same path.
///
/// # Security
/// Put layers that answer by themselves (CORS, limits, authentication) around the result, or into both routers alike. A
/// layer of `hidden` alone is fine: no outsider gets that far.
///
/// # Examples
/// ```
/// use axum::{Router, body::Body, routing::get};
/// use http::{Request, StatusCode};
/// use tower::ServiceExt;
/// use tower_postern::{axum::hide_routes, predicate::predicate};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let public = Router::new().route("/", get(|| async { "hello" }));
/// let hidden = Router::new().route("/metrics", get(|| async { "42" }));
/// // For the example; a client can claim any header. See `tower_postern::rule` for better ones.
/// let inside = predicate(|caller| caller.headers().contains_key("x-inside"));
/// let app = hide_routes(public, hidden, inside);
///
/// let request = Request::get("/metrics").header("x-inside", "1").body(Body::empty())?;
/// assert_eq!(app.clone().oneshot(request).await?.status(), StatusCode::OK);
///
/// let request = Request::get("/metrics").body(Body::empty())?;
/// assert_eq!(app.oneshot(request).await?.status(), StatusCode::NOT_FOUND);
/// # Ok(()) }
/// ```
pub fn hide_routes(public: Router, hidden: Router, visible_to: impl Predicate) -> Router {
    let mut hidden = hidden.reset_fallback();
    if hidden.has_routes() {
        hidden = hidden.route_layer(NoStoreLayer::new());
    }
    // `with_state` has Axum turn handlers into services here, and not for each request.
    let all: Router = public.clone().merge(hidden).with_state(());
    let public: Router = public.with_state(());
    Router::new().fallback_service(hide::by_caller(public, all, visible_to))
}

/// The nearest [`HideLayer`](crate::HideLayer) outside that is [`late`](crate::HideLayer::late) answers in its place. Without one, it is a bare 404.
impl IntoResponse for Concealed {
    fn into_response(self) -> Response {
        self.into()
    }
}
