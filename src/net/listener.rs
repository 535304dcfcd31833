//! Where a connection came in.

use std::{borrow::Cow, sync::Arc};

/// The listener on which a request came in, by a name: an extension of the request, set where connections are accepted.
///
/// [`rule::listener`](crate::rule::listener) asks for it. In Axum, give each listener a router of its own that sets it:
/// `app.clone().layer(Extension(Listener::new("internal")))`. A clone copies nothing.
///
/// # Security
/// It must be set outside of everything that a caller can reach, on every listener.
///
/// # Examples
/// ```
/// use http::Request;
/// use tower_postern::{RequestHead, net::Listener, predicate::{Predicate, Verdict}, rule};
///
/// let rule = rule::listener("internal")?;
///
/// let mut request = Request::new(());
/// request.extensions_mut().insert(Listener::new("internal"));
/// assert_eq!(rule.check(&RequestHead::new(&request)), Verdict::Yes);
///
/// request.extensions_mut().insert(Listener::new("public"));
/// assert_eq!(rule.check(&RequestHead::new(&request)), Verdict::No);
/// # Ok::<(), tower_postern::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Listener(Name);

#[derive(Clone, Debug)]
enum Name {
    Static(&'static str),
    Shared(Arc<str>),
}

impl Listener {
    /// A listener of this name.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self(match name.into() {
            Cow::Borrowed(name) => Name::Static(name),
            Cow::Owned(name) => Name::Shared(name.into()),
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        match &self.0 {
            Name::Static(name) => name,
            Name::Shared(name) => name,
        }
    }
}
