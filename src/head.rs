//! All of a request but its body, borrowed.

use std::{
    fmt,
    sync::{
        LazyLock,
        atomic::{AtomicBool, Ordering},
    },
};

use http::{Extensions, HeaderMap, Method, Request, Uri, Version, request::Parts, uri::Authority};

/// Everything of a request but its body: borrowed, `Copy`, free to make.
///
/// Every hook of this crate is asked with one: predicates, validators, policies. It knows no body type, and it can be
/// turned to [another operation](Self::at) of the same caller, or to [the caller alone](Self::caller): that is how an
/// OpenAPI document asks the predicate of a [`HideLayer`](crate::HideLayer) about operations that nobody has called.
///
/// # Examples
/// ```
/// use http::{Method, Request, Uri};
/// use tower_postern::RequestHead;
///
/// let request = Request::builder().uri("/openapi.json").header("x-tenant", "a").body(())?;
/// let head = RequestHead::new(&request);
/// assert_eq!(head.uri().path(), "/openapi.json");
///
/// let operation = Uri::from_static("/admin");
/// let asked = head.at(&Method::POST, &operation);
/// assert_eq!(asked.uri().path(), "/admin");
/// assert_eq!(asked.headers()["x-tenant"], "a");
/// assert!(head.is_routed() && !asked.is_routed());
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct RequestHead<'a> {
    method: &'a Method,
    uri: &'a Uri,
    version: Version,
    headers: &'a HeaderMap,
    extensions: &'a Extensions,
    target: Target,
    /// The URI of the request itself, whatever is asked about: its authority is a matter of the caller.
    own: &'a Uri,
    /// Where it is noted that the target of a head that has none is looked for. None where there is a target.
    looks: Option<&'a Looks>,
}

/// What was done with a head that has no target, so that a verdict that rests on it can be told.
#[derive(Default)]
struct Looks {
    /// A placeholder was taken for the method or the URI.
    misread: AtomicBool,
    /// It was asked whether there is a target.
    asked: AtomicBool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    /// The request's own.
    Own,
    /// That of `at`.
    Asked,
    /// That of `caller`: none.
    Absent,
}

impl<'a> RequestHead<'a> {
    /// The head of a request.
    #[inline]
    pub fn new<B>(request: &'a Request<B>) -> Self {
        Self {
            method: request.method(),
            uri: request.uri(),
            version: request.version(),
            headers: request.headers(),
            extensions: request.extensions(),
            target: Target::Own,
            own: request.uri(),
            looks: None,
        }
    }

    /// The head of a request that was taken apart.
    pub fn from_parts(parts: &'a Parts) -> Self {
        Self {
            method: &parts.method,
            uri: &parts.uri,
            version: parts.version,
            headers: &parts.headers,
            extensions: &parts.extensions,
            target: Target::Own,
            own: &parts.uri,
            looks: None,
        }
    }

    /// The same caller, asking for another operation.
    ///
    /// Headers and extensions stay those of this caller. What a router wrote into the extensions then speaks of another
    /// request: see [`is_routed`](Self::is_routed).
    pub fn at<'b>(self, method: &'b Method, uri: &'b Uri) -> RequestHead<'b>
    where
        'a: 'b,
    {
        RequestHead {
            method,
            uri,
            target: Target::Asked,
            looks: None,
            ..self
        }
    }

    /// The caller alone: a head without a target.
    ///
    /// Rules about the method or the path answer [`Unknown`](crate::predicate::Verdict::Unknown) to it, and so does a
    /// closure that reads [`method`](Self::method) or [`uri`](Self::uri): what is read there is a placeholder.
    #[must_use]
    pub fn caller(self) -> Self {
        static NONE: LazyLock<Uri> = LazyLock::new(|| Uri::from_static("*"));
        RequestHead {
            method: &Method::OPTIONS,
            uri: &NONE,
            target: Target::Absent,
            ..self
        }
    }

    /// Whether this is the request as it came, so that what a router wrote into its extensions speaks of it.
    ///
    /// False after [`at`](Self::at) and [`caller`](Self::caller).
    #[inline]
    pub fn is_routed(&self) -> bool {
        self.target == Target::Own
    }

    /// Whether there is a method and a URI to ask about: false only after [`caller`](Self::caller).
    #[inline]
    pub fn has_target(&self) -> bool {
        if let Some(looks) = self.looks {
            looks.asked.store(true, Ordering::Relaxed);
        }
        self.target != Target::Absent
    }

    /// The request's method; a placeholder where [`has_target`](Self::has_target) is false.
    #[inline]
    pub fn method(&self) -> &'a Method {
        self.note_read();
        self.method
    }

    /// The request's URI; a placeholder where [`has_target`](Self::has_target) is false.
    #[inline]
    pub fn uri(&self) -> &'a Uri {
        self.note_read();
        self.uri
    }

    /// The authority in the request's own URI, also after [`at`](Self::at) and [`caller`](Self::caller): with HTTP/2 it is
    /// what `Host` is with HTTP/1.1.
    pub(crate) fn authority(&self) -> Option<&'a Authority> {
        self.own.authority()
    }

    /// The version of HTTP that the caller speaks.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The request's headers.
    #[inline]
    pub fn headers(&self) -> &'a HeaderMap {
        self.headers
    }

    /// What servers and outer layers left with the request.
    #[inline]
    pub fn extensions(&self) -> &'a Extensions {
        self.extensions
    }

    /// One of the [`extensions`](Self::extensions), by its type.
    #[inline]
    pub fn extension<T: Send + Sync + 'static>(&self) -> Option<&'a T> {
        self.extensions.get()
    }

    /// Asks `question`, and says besides whether it read the target of a head that has none.
    pub(crate) fn watch<T>(&self, question: impl FnOnce(&RequestHead<'_>) -> T) -> (T, bool) {
        let (answer, looks) = self.observe(question);
        (answer, looks.misread.into_inner())
    }

    /// Asks `question`, and says besides whether it looked for the target of a head that has none: by reading it, or by
    /// asking whether there is one.
    pub(crate) fn watch_for_target<T>(
        &self,
        question: impl FnOnce(&RequestHead<'_>) -> T,
    ) -> (T, bool) {
        let (answer, looks) = self.observe(question);
        (
            answer,
            looks.misread.into_inner() || looks.asked.into_inner(),
        )
    }

    fn observe<T>(&self, question: impl FnOnce(&RequestHead<'_>) -> T) -> (T, Looks) {
        let looks = Looks::default();
        if self.target != Target::Absent {
            return (question(self), looks);
        }
        let answer = question(&RequestHead {
            looks: Some(&looks),
            ..*self
        });
        // One who watches further out sees it too.
        if let Some(outer) = self.looks {
            for (inner, outer) in [
                (&looks.misread, &outer.misread),
                (&looks.asked, &outer.asked),
            ] {
                if inner.load(Ordering::Relaxed) {
                    outer.store(true, Ordering::Relaxed);
                }
            }
        }
        (answer, looks)
    }

    #[inline]
    fn note_read(&self) {
        if let Some(looks) = self.looks {
            looks.misread.store(true, Ordering::Relaxed);
        }
    }
}

impl<'a, B> From<&'a Request<B>> for RequestHead<'a> {
    fn from(request: &'a Request<B>) -> Self {
        Self::new(request)
    }
}

impl<'a> From<&'a Parts> for RequestHead<'a> {
    fn from(parts: &'a Parts) -> Self {
        Self::from_parts(parts)
    }
}

/// Neither URI nor headers: a token may stand in either.
impl fmt::Debug for RequestHead<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestHead")
            .field("version", &self.version)
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}
