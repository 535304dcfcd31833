//! Operations of a document, named by what tells them apart.

use std::{fmt, sync::Arc};

use http::Method;

use super::{document::Document, json::Json};

/// Operations of a document, named by path, method, `operationId` or tag.
///
/// Those to [exclude](super::OpenApiBuilder::exclude), and those that stand
/// [behind a layer](super::OpenApiBuilder::protect). Paths are spelled as the document spells them: `/users/{id}`.
///
/// # Examples
/// ```
/// use http::{Method, Request};
/// use tower_postern::openapi::{OpenApi, Operations};
///
/// let openapi = OpenApi::builder(r#"{
///     "openapi": "3.1.0", "info": {"title": "shop", "version": "1"},
///     "paths": {"/users/{id}": {"get": {}, "delete": {}}, "/admin/purge": {"post": {}}}
/// }"#)
///     .exclude(Operations::call(Method::DELETE, "/users/{id}"))
///     .exclude(Operations::matching(|operation| operation.path().starts_with("/admin/")))
///     .show_all()
///     .build()?;
///
/// let document = openapi.document(&(&Request::new(())).into());
/// let document: serde_json::Value = serde_json::from_slice(&document)?;
/// assert!(document["paths"]["/users/{id}"].get("get").is_some());
/// assert!(document["paths"]["/users/{id}"].get("delete").is_none());
/// assert!(document["paths"].get("/admin/purge").is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Operations(Kind);

#[derive(Clone)]
enum Kind {
    All,
    Path(String),
    Call(Method, String),
    Id(String),
    Tag(String),
    Webhook(String),
    Matching(Arc<dyn Fn(&Operation<'_>) -> bool + Send + Sync>),
}

impl Operations {
    /// All operations.
    pub fn all() -> Self {
        Self(Kind::All)
    }

    /// All operations of a path.
    pub fn path(path: impl Into<String>) -> Self {
        Self(Kind::Path(path.into()))
    }

    /// The operation of that method and path.
    pub fn call(method: Method, path: impl Into<String>) -> Self {
        Self(Kind::Call(method, path.into()))
    }

    /// The operation of that `operationId`.
    pub fn id(id: impl Into<String>) -> Self {
        Self(Kind::Id(id.into()))
    }

    /// The operations that have that tag.
    pub fn tag(tag: impl Into<String>) -> Self {
        Self(Kind::Tag(tag.into()))
    }

    /// The webhook of that name, which a document has since OpenAPI 3.1.
    pub fn webhook(name: impl Into<String>) -> Self {
        Self(Kind::Webhook(name.into()))
    }

    /// The operations for which `closure` is true.
    pub fn matching(closure: impl Fn(&Operation<'_>) -> bool + Send + Sync + 'static) -> Self {
        Self(Kind::Matching(Arc::new(closure)))
    }

    /// Whether an item of a document is one of them.
    pub(super) fn contains(&self, document: &Document, at: usize) -> bool {
        let Some(operation) = Operation::of(document, at) else {
            return match &self.0 {
                Kind::Webhook(name) => document.webhook(at) == Some(name),
                Kind::All
                | Kind::Path(_)
                | Kind::Call(..)
                | Kind::Id(_)
                | Kind::Tag(_)
                | Kind::Matching(_) => false,
            };
        };
        match &self.0 {
            Kind::All => true,
            Kind::Path(path) => operation.path == path,
            Kind::Call(method, path) => operation.path == path && operation.method == method,
            Kind::Id(id) => operation.id() == Some(id),
            Kind::Tag(tag) => operation.tags().any(|one| one == tag),
            Kind::Webhook(_) => false,
            Kind::Matching(closure) => closure(&operation),
        }
    }
}

impl fmt::Debug for Operations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// In words, for errors.
impl fmt::Display for Operations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::All => f.write_str("all operations"),
            Kind::Path(path) => write!(f, "the path `{path}`"),
            Kind::Call(method, path) => write!(f, "`{method} {path}`"),
            Kind::Id(id) => write!(f, "the operation `{id}`"),
            Kind::Tag(tag) => write!(f, "the tag `{tag}`"),
            Kind::Webhook(name) => write!(f, "the webhook `{name}`"),
            Kind::Matching(_) => f.write_str("a closure"),
        }
    }
}

/// An operation of a document, as [`Operations::matching`] sees it.
#[derive(Clone, Copy)]
pub struct Operation<'a> {
    method: &'a Method,
    path: &'a str,
    json: &'a Json,
}

impl<'a> Operation<'a> {
    pub(super) fn of(document: &'a Document, at: usize) -> Option<Self> {
        let call = document.call(at)?;
        Some(Self {
            method: &call.method,
            path: &call.path,
            json: document.object(at)?,
        })
    }

    /// Its method.
    pub fn method(&self) -> &'a Method {
        self.method
    }

    /// Its path, as the document spells it.
    pub fn path(&self) -> &'a str {
        self.path
    }

    /// Its `operationId`.
    pub fn id(&self) -> Option<&'a str> {
        self.json.get("operationId")?.as_str()
    }

    /// Its tags.
    pub fn tags(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.json.get("tags").into_iter().flat_map(Json::strings)
    }
}

impl fmt::Debug for Operation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation")
            .field("method", self.method)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
