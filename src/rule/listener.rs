//! Did it come in on this listener?

use crate::{
    ConfigError, ConfigErrorKind, RequestHead, net,
    predicate::{Predicate, Verdict},
};

/// Yes where the request came in on the listener of this name, by the [`net::Listener`] among its extensions.
///
/// Unknown where there is none. It never looks at the `Host` header or the port in it. The right rule for Unix sockets, and
/// behind balancers that leave no trace of the caller's address.
///
/// # Errors
/// [`ConfigErrorKind::Listener`] where the name is empty.
///
/// # Security
/// Every accept loop must set a [`net::Listener`] of its own, outside of everything that a caller can reach.
///
/// # Examples
/// ```
/// use http::Request;
/// use tower_postern::{RequestHead, net::Listener, predicate::{Predicate, Verdict}, rule};
///
/// let rule = rule::listener("internal")?;
///
/// let mut request = Request::builder().header("host", "internal").body(())?;
/// assert_eq!(rule.check(&RequestHead::new(&request)), Verdict::Unknown);
/// request.extensions_mut().insert(Listener::new("public"));
/// assert_eq!(rule.check(&RequestHead::new(&request)), Verdict::No);
/// request.extensions_mut().insert(Listener::new("internal"));
/// assert_eq!(rule.check(&RequestHead::new(&request)), Verdict::Yes);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn listener(name: &str) -> Result<Listener, ConfigError> {
    if name.is_empty() {
        let message = "the name is empty; give the one that the accept loop sets";
        return Err(ConfigError::new(ConfigErrorKind::Listener, message));
    }
    Ok(Listener(name.into()))
}

/// What [`listener`] returns.
#[derive(Clone, Debug)]
pub struct Listener(Box<str>);

impl Predicate for Listener {
    fn check(&self, request: &RequestHead<'_>) -> Verdict {
        let found = request.extension::<net::Listener>();
        found.map(|found| found.name() == &*self.0).into()
    }
}
