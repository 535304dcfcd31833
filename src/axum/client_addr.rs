//! The address of the caller as an extractor.

use std::net::IpAddr;

use ::axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};

use crate::{
    RequestHead,
    net::{self, UnknownClient},
    trace,
};

/// Extracts the address of the caller.
///
/// As the [`net::ClientAddr`] among the extensions finds it; where there is none, as [`net::ClientAddr::direct`] does. For proxies in front, add `.layer(Extension(net::ClientAddr::behind(proxies)))` to the router. Serve it with
/// `into_make_service_with_connect_info::<SocketAddr>()`.
///
/// # Security
/// Nobody whose address cannot be told reaches the handler: see [`UnknownClientRejection`].
///
/// # Examples
/// ```
/// use std::net::SocketAddr;
/// use axum::{Extension, Router, body::Body, extract::connect_info::MockConnectInfo, routing::get};
/// use http::{Request, StatusCode};
/// use tower::ServiceExt;
/// use tower_postern::{axum::ClientAddr, net::{self, ForwardingHeader, TrustedProxies}};
///
/// async fn greet(ClientAddr(address): ClientAddr) -> String {
///     format!("hello {address}")
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let proxies = TrustedProxies::parse(["10.0.0.7"], ForwardingHeader::x_forwarded_for())?;
/// let app: Router = Router::new()
///     .route("/", get(greet))
///     .layer(Extension(net::ClientAddr::behind(proxies)))
///     .layer(MockConnectInfo(SocketAddr::from(([10, 0, 0, 7], 40_000))));
///
/// let request = Request::get("/").header("x-forwarded-for", "192.0.2.1").body(Body::empty())?;
/// assert_eq!(app.clone().oneshot(request).await?.status(), StatusCode::OK);
/// let request = Request::get("/").header("x-forwarded-for", "unknown").body(Body::empty())?;
/// assert_eq!(app.oneshot(request).await?.status(), StatusCode::BAD_REQUEST);
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "handlers take it apart in their arguments"
)]
pub struct ClientAddr(pub IpAddr);

impl<S: Sync> FromRequestParts<S> for ClientAddr {
    type Rejection = UnknownClientRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, UnknownClientRejection> {
        let head = RequestHead::from_parts(parts);
        let address = match head.extension::<net::ClientAddr>() {
            Some(client) => client.resolve(&head),
            None => net::ClientAddr::direct().resolve(&head),
        };
        address.map(Self).map_err(UnknownClientRejection)
    }
}

/// What a caller meets whose address cannot be told: a status without a body.
///
/// 400 where a header says nothing of use, 500 and an event where the set-up is to blame.
#[derive(Clone, Copy, Debug)]
pub struct UnknownClientRejection(UnknownClient);

impl UnknownClientRejection {
    /// Why it cannot be told.
    pub fn reason(&self) -> UnknownClient {
        self.0
    }
}

impl IntoResponse for UnknownClientRejection {
    fn into_response(self) -> Response {
        match self.0 {
            UnknownClient::MalformedHeader
            | UnknownClient::MissingHeader
            | UnknownClient::OnlyProxies => StatusCode::BAD_REQUEST,
            UnknownClient::NoPeer | UnknownClient::PeersDiffer | UnknownClient::UnnamedProxy => {
                trace::error!(error = %self.0, "the address of a caller cannot be told; serve with \
                    `into_make_service_with_connect_info::<SocketAddr>()`, and name the proxies in front by an \
                    `Extension(net::ClientAddr::behind(..))`");
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
        .into_response()
    }
}
