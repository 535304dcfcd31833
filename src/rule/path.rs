//! Is it one of these paths?

use std::sync::Arc;

use super::once::Once;
use crate::{
    ConfigError, RequestHead, interop,
    path::{PathSet, Reach},
    predicate::{Predicate, Verdict},
    trace,
};

/// Yes where the path is one of `patterns`.
///
/// `/users/{id}` takes one segment for `{id}`, `/static/{*rest}` all that is below; `{{` and `}}` stand for braces. Write a
/// pattern as the router's route, percent-encoded where that is.
///
/// A path that can be read in several ways (`/%61dmin`, `//admin`, `/x/../admin`, `/admin;x`, `/admin/`, and `/users//keys`,
/// which Axum takes for `/users/{id}/keys`) gets a clear answer only where all readings agree:
/// [`HideLayer::when`](crate::HideLayer::when) hides the odd spellings too, and [`exempt`](crate::BearerAuthLayer::exempt)
/// exempts none of them.
///
/// Inside a router that Axum nests, the prefix is gone from the path, and the path as it came is one more reading. For a
/// clear Yes there, name both: `["/health", "/api/health"]`.
///
/// Asked about a template ([`RequestHead::at`] with `/users/{id}`), it is Unknown where some paths of it match and some do
/// not. About [a caller alone](RequestHead::caller) it is Unknown.
///
/// # Errors
/// [`ConfigErrorKind::Path`](crate::ConfigErrorKind::Path) where there is no pattern, or one about which no clear answer
/// is possible.
///
/// # Security
/// A rule cannot know what a service behind this one makes of a path. Where a request is passed on, hide by a rule about
/// the caller, not by its path.
///
/// # Examples
/// ```
/// use http::Request;
/// use tower_postern::{RequestHead, predicate::{Predicate, Verdict}, rule};
///
/// let rule = rule::path(["/health", "/users/{id}", "/static/{*rest}"])?;
/// for (path, expect) in [
///     ("/health", Verdict::Yes),
///     ("/users/7", Verdict::Yes),
///     ("/static/css/site.css", Verdict::Yes),
///     ("/users/7/orders", Verdict::No),
///     ("/users/7%2Forders", Verdict::Unknown),
/// ] {
///     let request = Request::get(path).body(())?;
///     assert_eq!(rule.check(&RequestHead::new(&request)), expect);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn path<T: AsRef<str>>(patterns: impl IntoIterator<Item = T>) -> Result<Path, ConfigError> {
    PathSet::parse(patterns, Reach::Exact).map(Path::new)
}

/// Yes where the path is one of `patterns`, or below one.
///
/// As [`path`] otherwise. `/` is every path. A whole gRPC service is `/package.Service`.
///
/// # Errors
/// As of [`path`].
///
/// # Examples
/// ```
/// use http::Request;
/// use tower_postern::{RequestHead, predicate::{Predicate, Verdict}, rule};
///
/// let rule = rule::under(["/internal", "/grpc.health.v1.Health"])?;
/// for (path, expect) in [
///     ("/internal", Verdict::Yes),
///     ("/internal/metrics", Verdict::Yes),
///     ("/grpc.health.v1.Health/Check", Verdict::Yes),
///     ("/internals", Verdict::No),
///     ("/public/../internal/metrics", Verdict::Unknown),
/// ] {
///     let request = Request::get(path).body(())?;
///     assert_eq!(rule.check(&RequestHead::new(&request)), expect);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn under<T: AsRef<str>>(patterns: impl IntoIterator<Item = T>) -> Result<Path, ConfigError> {
    PathSet::parse(patterns, Reach::Under).map(Path::new)
}

/// What [`path`] and [`under`] return. A clone copies nothing.
#[derive(Clone, Debug)]
pub struct Path {
    set: Arc<PathSet>,
    told: Arc<Once>,
}

impl Path {
    fn new(set: PathSet) -> Self {
        Self {
            set: Arc::new(set),
            told: Arc::default(),
        }
    }

    /// Of a head that is not the request as it came.
    #[cold]
    fn check_asked(&self, request: &RequestHead<'_>) -> Verdict {
        if !request.has_target() {
            if self.told.is_first() {
                trace::error!(
                    "a rule about the path was asked about a caller alone, and answers Unknown; \
                    decide by a rule about the caller, or mount a `HideLayer` that asks about the whole request"
                );
            }
            return Verdict::Unknown;
        }
        let path = request.uri().path();
        if path.contains(['{', '%']) {
            self.set.check_template(path)
        } else {
            self.set.check(path)
        }
    }

    /// Takes ASCII letters of both cases for the same; off if not set.
    ///
    /// For services behind this one that do. Axum and Tonic do not.
    #[must_use]
    pub fn case_insensitive(self) -> Self {
        Self::new(Arc::unwrap_or_clone(self.set).ignoring_case())
    }
}

impl Predicate for Path {
    #[inline]
    fn check(&self, request: &RequestHead<'_>) -> Verdict {
        if !request.is_routed() {
            return self.check_asked(request);
        }
        let path = request.uri().path();
        let verdict = self.set.check(path);
        match interop::original_uri(request) {
            Some(original)
                if original.path() != path && self.set.check(original.path()) != verdict =>
            {
                return Verdict::Unknown;
            }
            _ => {}
        }
        // Whatever became of the path: a request that reached this route is never clearly another one.
        if verdict.is_no()
            && interop::matched_path(request).is_some_and(|route| self.set.names(route))
        {
            return Verdict::Unknown;
        }
        verdict
    }
}
