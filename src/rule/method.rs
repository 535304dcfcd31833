//! Is it one of these methods?

use std::sync::Arc;

use super::once::Once;
use crate::{
    RequestHead,
    predicate::{Predicate, Verdict},
    trace,
};

/// Yes where the method is one of `methods`.
///
/// A HEAD is Unknown where GET is named and HEAD is not, for routers answer it with the handler of GET. Of no methods at
/// all: Unknown, and an event says so, for an empty list is a list that was forgotten. About [a caller alone](RequestHead::caller): Unknown.
/// Headers that override the method are never read.
///
/// # Examples
/// ```
/// use http::{Method, Request};
/// use tower_postern::{RequestHead, predicate::{Predicate, Verdict}, rule};
///
/// let rule = rule::method([Method::GET]);
/// for (method, expect) in [
///     (Method::GET, Verdict::Yes),
///     (Method::POST, Verdict::No),
///     (Method::HEAD, Verdict::Unknown),
/// ] {
///     let request = Request::builder().method(method).body(())?;
///     assert_eq!(rule.check(&RequestHead::new(&request)), expect);
/// }
/// # Ok::<(), http::Error>(())
/// ```
pub fn method(methods: impl IntoIterator<Item = http::Method>) -> Method {
    let methods: Arc<[_]> = methods.into_iter().collect();
    if methods.is_empty() {
        trace::error!(
            "a rule about the method was given none, and answers Unknown to everything; name one"
        );
    }
    Method {
        methods,
        told: Arc::default(),
    }
}

/// What [`method()`] returns. A clone copies nothing.
#[derive(Clone, Debug)]
pub struct Method {
    methods: Arc<[http::Method]>,
    told: Arc<Once>,
}

impl Predicate for Method {
    fn check(&self, request: &RequestHead<'_>) -> Verdict {
        if !request.has_target() {
            if self.told.is_first() {
                trace::error!(
                    "a rule about the method was asked about a caller alone, and answers Unknown; \
                    decide by a rule about the caller, or mount a `HideLayer` that asks about the whole request"
                );
            }
            return Verdict::Unknown;
        }
        let method = request.method();
        if self.methods.contains(method) {
            Verdict::Yes
        } else if self.methods.is_empty()
            || *method == http::Method::HEAD && self.methods.contains(&http::Method::GET)
        {
            Verdict::Unknown
        } else {
            Verdict::No
        }
    }
}
