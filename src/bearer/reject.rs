//! From a rejection to a response.

use bytes::Bytes;
use http::{HeaderValue, Response, header::CONTENT_TYPE};

use super::{ErrorKind, Rejection};

/// Makes the response of a refusal: its body, and headers of its own.
///
/// Status, challenge and `Retry-After` are put on by the layer afterwards, so that a hook can neither change nor drop them.
/// The hook alone decides what is asked of the body's type. A closure is one too.
///
/// # Examples
/// ```
/// use http::{Request, Response, StatusCode};
/// use tower::{ServiceExt, service_fn};
/// use tower_postern::{BearerAuthLayer, bearer::{AuthError, Rejection, Verified, immediate}};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let validator = immediate(|credentials| match credentials.token() {
///     "good" => Ok(Verified::new("ann")),
///     _ => Err(AuthError::invalid_token()),
/// });
/// let service = BearerAuthLayer::new(validator)
///     .reject_with(|rejection: &Rejection| Response::new(rejection.error().to_string()))
///     .wrap(service_fn(|_: Request<()>| async { Ok::<_, std::convert::Infallible>(Response::new("in".to_owned())) }));
///
/// let request = |token| Request::get("/").header("authorization", format!("Bearer {token}")).body(());
/// assert_eq!(service.clone().oneshot(request("good")?).await?.into_body(), "in");
/// let refused = service.oneshot(request("bad")?).await?;
/// assert_eq!(refused.status(), StatusCode::UNAUTHORIZED); // whatever the hook says
/// assert_eq!(refused.into_body(), "the access token is not valid");
/// # Ok(()) }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot answer refusals with a body of type `{B}`",
    note = "without a hook the body type must have a `Default`; otherwise give one: `.reject_with(|rejection: &Rejection| Response::new(..))`",
    note = "where a layer inside made that type, put a box in between: `MapResponseBodyLayer::new(Body::new)` of tower-http"
)]
pub trait Reject<B>: Send + Sync + 'static {
    /// The response of a refusal. Of a [gRPC one](Rejection::is_grpc) only an empty body makes sense.
    fn reject(&self, rejection: &Rejection) -> Response<B>;
}

impl<F, B> Reject<B> for F
where
    F: Fn(&Rejection) -> Response<B> + Send + Sync + 'static,
{
    fn reject(&self, rejection: &Rejection) -> Response<B> {
        self(rejection)
    }
}

/// Refuses without a body: what the layer does if not told otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is its own only value")]
pub struct EmptyBody;

impl<B: Default> Reject<B> for EmptyBody {
    fn reject(&self, _: &Rejection) -> Response<B> {
        Response::new(B::default())
    }
}

/// Refuses with a body of `application/problem+json`, [RFC 9457, section 3](https://www.rfc-editor.org/rfc/rfc9457#section-3).
///
/// # Examples
/// ```
/// use http::{Request, Response};
/// use tower::{ServiceExt, service_fn};
/// use tower_postern::{BearerAuthLayer, bearer::{AuthError, ProblemJson, Verified, immediate}};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let validator = immediate(|credentials| match credentials.token() {
///     "good" => Ok(Verified::new("ann")),
///     _ => Err(AuthError::invalid_token()),
/// });
/// let service = BearerAuthLayer::new(validator)
///     .reject_with(ProblemJson)
///     .wrap(service_fn(|_: Request<()>| async { Ok::<_, std::convert::Infallible>(Response::new(bytes::Bytes::new())) }));
///
/// let request = |token| Request::get("/").header("authorization", format!("Bearer {token}")).body(());
/// assert!(service.clone().oneshot(request("good")?).await?.body().is_empty());
/// let refused = service.oneshot(request("bad")?).await?;
/// assert_eq!(refused.headers()["content-type"], "application/problem+json");
/// assert!(refused.body().starts_with(br#"{"type":"about:blank","title":"Unauthorized","status":401,"#));
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is its own only value")]
pub struct ProblemJson;

impl<B: From<Bytes>> Reject<B> for ProblemJson {
    fn reject(&self, rejection: &Rejection) -> Response<B> {
        if rejection.is_grpc() {
            return Response::new(Bytes::new().into());
        }
        let problem = problem(rejection.error().kind(), rejection.error().is_expired());
        let mut response = Response::new(Bytes::from_static(problem.as_bytes()).into());
        response.headers_mut().insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        response
    }
}

/// Fixed texts: nothing of a request can get in, and none is made for a flood of bad tokens.
#[rustfmt::skip]
fn problem(kind: ErrorKind, expired: bool) -> &'static str {
    match kind {
        ErrorKind::MissingToken => r#"{"type":"about:blank","title":"Unauthorized","status":401,"detail":"An access token is required"}"#,
        ErrorKind::InvalidRequest => r#"{"type":"about:blank","title":"Bad Request","status":400,"detail":"The access token must be sent once and well-formed","error":"invalid_request"}"#,
        ErrorKind::InvalidToken if expired => r#"{"type":"about:blank","title":"Unauthorized","status":401,"detail":"The access token expired","error":"invalid_token"}"#,
        ErrorKind::InvalidToken => r#"{"type":"about:blank","title":"Unauthorized","status":401,"detail":"The access token is not valid","error":"invalid_token"}"#,
        ErrorKind::InsufficientScope => r#"{"type":"about:blank","title":"Forbidden","status":403,"detail":"The access token lacks a scope","error":"insufficient_scope"}"#,
        ErrorKind::Forbidden => r#"{"type":"about:blank","title":"Forbidden","status":403,"detail":"The caller may not do this"}"#,
        ErrorKind::Unavailable => r#"{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"The access token could not be checked; try again later"}"#,
        ErrorKind::Misconfigured => r#"{"type":"about:blank","title":"Internal Server Error","status":500,"detail":"The service is not set up to answer this"}"#,
    }
}
