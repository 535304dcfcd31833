//! The service that serves the document.

use std::{
    convert::Infallible,
    fmt,
    future::{Ready, ready},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode,
    header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY},
};
use tower_service::Service;

use super::{
    DocumentBody, OpenApiBuilder,
    document::{Document, Item},
    prune::prune,
    rendered::Rendered,
};
use crate::{RequestHead, classes::Classes, rules::Rules, shown::Shown};

/// Serves an OpenAPI document in which each caller finds what it may call, and nothing else.
///
/// A service for `GET` and `HEAD`; in Axum, `Router::route_service("/openapi.json", openapi)`. See the
/// [module's page](super) for the rules and an example. A clone shares everything.
#[derive(Clone)]
pub struct OpenApi {
    shared: Arc<Shared>,
}

pub(super) struct Shared {
    document: Document,
    rules: Rules,
    vary: Option<HeaderValue>,
    classes: Classes<Rendered>,
}

impl Shared {
    pub(super) fn new(
        document: Document,
        rules: Rules,
        vary: Option<HeaderValue>,
        max_classes: usize,
    ) -> Self {
        Self {
            document,
            rules,
            vary,
            classes: Classes::new(max_classes),
        }
    }

    fn shows(&self, head: RequestHead<'_>, item: &Item) -> bool {
        match &item.call {
            Some(call) => call
                .targets
                .iter()
                .all(|target| self.rules.show(&head.at(&call.method, target))),
            // The service calls a webhook, not the caller: there is no target to ask about.
            None => self.rules.show(&head.caller()),
        }
    }

    fn rendered(&self, head: RequestHead<'_>) -> Rendered {
        let items = &self.document.items;
        let shown = Shown::new(items.len(), |at| {
            items.get(at).is_some_and(|item| self.shows(head, item))
        });
        self.classes
            .get(&shown, || Rendered::new(&prune(&self.document, &shown)))
    }
}

impl OpenApi {
    /// Serves the document whose JSON this is.
    ///
    /// # Examples
    /// ```
    /// use http::Request;
    /// use tower_postern::{RequestHead, openapi::OpenApi, predicate::predicate};
    ///
    /// let openapi = OpenApi::builder(r#"{
    ///     "openapi": "3.1.0", "info": {"title": "shop", "version": "1"},
    ///     "paths": {"/orders": {"get": {}}, "/admin": {"get": {}}}
    /// }"#)
    ///     .hide_when(predicate(|request| {
    ///         request.uri().path().starts_with("/admin") && !request.headers().contains_key("x-inside")
    ///     }))
    ///     .build()?;
    ///
    /// let text = |request: Request<()>| String::from_utf8_lossy(&openapi.document(&(&request).into())).into_owned();
    /// assert!(text(Request::builder().header("x-inside", "1").body(())?).contains("/admin"));
    /// assert!(!text(Request::new(())).contains("/admin"));
    ///
    /// assert!(OpenApi::builder("no document").show_all().build().is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn builder(json: impl Into<Vec<u8>>) -> OpenApiBuilder {
        OpenApiBuilder::new(json.into())
    }

    /// Serves a document that some crate made, and that serializes to JSON, such as `utoipa::openapi::OpenApi`.
    pub fn builder_of(document: &impl serde::Serialize) -> OpenApiBuilder {
        OpenApiBuilder::of(document)
    }

    pub(super) fn new(shared: Shared) -> Self {
        Self {
            shared: Arc::new(shared),
        }
    }

    /// The document of a caller, for those who serve it themselves.
    pub fn document(&self, caller: &RequestHead<'_>) -> Bytes {
        self.shared.rendered(*caller).bytes
    }

    fn answer(&self, head: RequestHead<'_>) -> Response<DocumentBody> {
        let mut response = Response::new(DocumentBody::default());
        if !matches!(*head.method(), Method::GET | Method::HEAD) {
            *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
            let headers = response.headers_mut();
            headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        let Rendered { bytes, etag } = self.shared.rendered(head);
        let unchanged = matches_any(head.headers(), &etag);
        let headers = response.headers_mut();
        headers.insert(ETAG, etag);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        if let Some(vary) = &self.shared.vary {
            headers.insert(VARY, vary.clone());
        }
        if unchanged {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
        if head.method() == Method::GET {
            *response.body_mut() = DocumentBody::new(bytes);
        }
        response
    }
}

impl fmt::Debug for OpenApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenApi")
            .field("operations", &self.shared.document.items.len())
            .field("rules", &self.shared.rules.len())
            .finish_non_exhaustive()
    }
}

impl<B> Service<Request<B>> for OpenApi {
    type Response = Response<DocumentBody>;
    type Error = Infallible;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> ResponseFuture {
        ResponseFuture(ready(Ok(self.answer(RequestHead::new(&request)))))
    }
}

/// The response future of [`OpenApi`].
#[derive(Debug)]
#[must_use = "futures do nothing unless they are polled"]
pub struct ResponseFuture(Ready<Result<Response<DocumentBody>, Infallible>>);

impl Future for ResponseFuture {
    type Output = Result<Response<DocumentBody>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx)
    }
}

/// Whether `If-None-Match` names this one, [RFC 9110, section 13.1.2]: by the weak comparison, and `*` is any.
///
/// [RFC 9110, section 13.1.2]: https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2
fn matches_any(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    headers.get_all(IF_NONE_MATCH).iter().any(|line| {
        // Ours has no comma in it, so that one in another's quotes does no harm.
        line.as_bytes().split(|byte| *byte == b',').any(|tag| {
            let tag = tag.trim_ascii();
            tag == b"*" || tag.strip_prefix(b"W/").unwrap_or(tag) == etag.as_bytes()
        })
    })
}
