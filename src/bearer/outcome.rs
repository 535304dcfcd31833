//! What the layer found, for what is inside.

use std::{
    any::{Any, type_name},
    error::Error as StdError,
    fmt,
    sync::Arc,
};

use http::Extensions;

use super::{AuthError, Grant};
use crate::trace;

/// What [`BearerAuthLayer`](crate::BearerAuthLayer) found out about the caller: see [`outcome()`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// No token was sent, and the layer lets such callers in.
    Anonymous,
    /// A good token was sent.
    Authenticated(Grant),
    /// A token was refused, or could not be checked, and the layer is [`deferred`](crate::BearerAuthLayer::deferred).
    Refused(AuthError),
}

/// Identity and outcome: one record, so that neither can be there without the other, of a private type that only the layer
/// writes, so that a stranger's extension cannot pass for it.
#[derive(Clone)]
pub(super) struct Record {
    outcome: Outcome,
    identity: Option<Identity>,
}

#[derive(Clone)]
struct Identity {
    value: Arc<dyn Any + Send + Sync>,
    type_name: &'static str,
}

/// Left where the layer let a request pass unasked. Without a size: it costs no allocation where there are extensions.
#[derive(Clone, Copy)]
pub(super) struct Exempt;

impl Record {
    pub(super) fn authenticated<I: Send + Sync + 'static>(identity: I, grant: Grant) -> Self {
        let identity = Identity {
            value: Arc::new(identity),
            type_name: type_name::<I>(),
        };
        Self {
            outcome: Outcome::Authenticated(grant),
            identity: Some(identity),
        }
    }

    pub(super) fn anonymous() -> Self {
        Self {
            outcome: Outcome::Anonymous,
            identity: None,
        }
    }

    pub(super) fn refused(error: AuthError) -> Self {
        Self {
            outcome: Outcome::Refused(error),
            identity: None,
        }
    }
}

/// What the nearest layer outside found out, or `None` where there is no layer.
///
/// On a request that the layer [exempts](crate::BearerAuthLayer::exempt) it is [`Outcome::Anonymous`], unless a layer
/// further out found more.
///
/// # Examples
/// ```
/// use http::{Request, Response};
/// use tower::{ServiceExt, service_fn};
/// use tower_postern::{BearerAuthLayer, bearer::{self, AuthError, Outcome, Verified, immediate}};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let validator = immediate(|credentials| match credentials.token() {
///     "good" => Ok(Verified::new("ann")),
///     _ => Err(AuthError::invalid_token()),
/// });
/// let service = BearerAuthLayer::new(validator).deferred().wrap(service_fn(|request: Request<String>| async move {
///     let text = match bearer::outcome(request.extensions()) {
///         Some(Outcome::Authenticated(_)) => "hello",
///         Some(Outcome::Anonymous) => "who are you?",
///         _ => "that is no good token",
///     };
///     Ok::<_, std::convert::Infallible>(Response::new(text.to_owned()))
/// }));
///
/// let request = |token| Request::get("/").header("authorization", format!("Bearer {token}")).body(String::new());
/// assert_eq!(service.clone().oneshot(request("good")?).await?.into_body(), "hello");
/// assert_eq!(service.clone().oneshot(request("bad")?).await?.into_body(), "that is no good token");
/// assert_eq!(service.oneshot(Request::new(String::new())).await?.into_body(), "who are you?");
/// # Ok(()) }
/// ```
pub fn outcome(extensions: &Extensions) -> Option<&Outcome> {
    static ANONYMOUS: Outcome = Outcome::Anonymous;
    match extensions.get::<Record>() {
        Some(record) => Some(&record.outcome),
        None => extensions.get::<Exempt>().map(|Exempt| &ANONYMOUS),
    }
}

/// What the caller's access token grants, where a good one was sent. See [`raise`](super::raise) for an example.
pub fn grant(extensions: &Extensions) -> Option<&Grant> {
    match outcome(extensions)? {
        Outcome::Authenticated(grant) => Some(grant),
        Outcome::Anonymous | Outcome::Refused(_) => None,
    }
}

/// The identity of the caller, where a good token was sent and the layer's validator makes identities of type `I`.
///
/// For services whose frameworks have no extractors: Tonic, Hyper. Where an identity is needed, [`authenticated`] gives
/// the refusal too. See [`BearerAuthLayer`](crate::BearerAuthLayer) for an example.
pub fn identity<I: Send + Sync + 'static>(extensions: &Extensions) -> Option<&I> {
    extensions
        .get::<Record>()?
        .identity
        .as_ref()?
        .value
        .downcast_ref()
}

/// The identity of the caller, or the refusal that the layer outside is to render.
///
/// # Errors
/// [`MissingToken`](super::ErrorKind::MissingToken) where no token was sent; the recorded error where one was refused and
/// the layer is [`deferred`](crate::BearerAuthLayer::deferred); [`Misconfigured`](super::ErrorKind::Misconfigured), and
/// an event that names the cure, where there is no layer outside, or one whose identities are of another type.
///
/// # Examples
/// ```
/// use http::{Request, Response, StatusCode};
/// use tower::{ServiceExt, service_fn};
/// use tower_postern::{BearerAuthLayer, bearer::{self, AuthError, ErrorKind, Verified, immediate}};
///
/// fn greet(request: &Request<String>) -> Result<String, AuthError> {
///     let user = bearer::authenticated::<&str>(request.extensions())?;
///     Ok(format!("hello {user}"))
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let layer = BearerAuthLayer::new(immediate(|_| Ok(Verified::new("ann")))).optional();
/// let service = layer.wrap(service_fn(|request: Request<String>| async move {
///     let answer = greet(&request).map_or_else(bearer::raise, Response::new);
///     Ok::<_, std::convert::Infallible>(answer)
/// }));
///
/// let request = Request::get("/").header("authorization", "Bearer any").body(String::new())?;
/// assert_eq!(service.clone().oneshot(request).await?.into_body(), "hello ann");
/// let request = Request::new(String::new());
/// assert_eq!(service.oneshot(request).await?.status(), StatusCode::UNAUTHORIZED);
///
/// // No layer: never an open door.
/// let refused = greet(&Request::new(String::new()));
/// assert!(refused.is_err_and(|error| error.kind() == ErrorKind::Misconfigured));
/// # Ok(()) }
/// ```
pub fn authenticated<I: Send + Sync + 'static>(extensions: &Extensions) -> Result<&I, AuthError> {
    match extensions.get::<Record>() {
        Some(Record {
            identity: Some(identity),
            ..
        }) => identity
            .value
            .downcast_ref()
            .ok_or_else(|| misconfigured::<I>(Some(identity.type_name))),
        Some(Record {
            outcome: Outcome::Refused(error),
            ..
        }) => Err(error.clone()),
        Some(Record { identity: None, .. }) => Err(AuthError::missing_token()),
        None if extensions.get::<Exempt>().is_some() => Err(AuthError::missing_token()),
        None => Err(misconfigured::<I>(None)),
    }
}

/// Anything but an open door, and loud: this is a mistake in the program that every such request meets.
fn misconfigured<I>(found: Option<&'static str>) -> AuthError {
    let error = Misconfigured {
        wanted: type_name::<I>(),
        found,
    };
    trace::error!(error = %error, "an identity was asked for that no layer outside records; \
        put a `BearerAuthLayer` whose validator makes this type outside");
    AuthError::misconfigured().with_source(error)
}

/// As above, for what asks for a grant alone.
pub(super) fn no_layer() -> AuthError {
    trace::error!("a `RequireLayer` has no `BearerAuthLayer` outside; add one, outside of it");
    AuthError::misconfigured().with_static_source(&Misconfigured {
        wanted: "any",
        found: None,
    })
}

#[derive(Debug)]
struct Misconfigured {
    wanted: &'static str,
    found: Option<&'static str>,
}

impl fmt::Display for Misconfigured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.found {
            Some(found) => write!(
                f,
                "wanted an identity of type `{}`, found one of type `{found}`",
                self.wanted
            ),
            None => write!(
                f,
                "wanted an identity of type `{}`, found no `BearerAuthLayer` outside",
                self.wanted
            ),
        }
    }
}

impl StdError for Misconfigured {}
