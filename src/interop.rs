//! What Axum and Tonic left in the extensions: the one file that knows.

use std::{error::Error as StdError, net::SocketAddr};

use bytes::Bytes;
use http::{Extensions, Uri};

use crate::RequestHead;

/// The URI before a router took a prefix off. `None` where no router wrote one, or where it speaks of another request.
#[cfg_attr(
    not(feature = "axum"),
    expect(unused_variables, reason = "then nobody wrote one")
)]
pub(crate) fn original_uri<'a>(head: &RequestHead<'a>) -> Option<&'a Uri> {
    #[cfg(feature = "axum")]
    if head.is_routed()
        && let Some(::axum::extract::OriginalUri(uri)) = head.extension()
    {
        return Some(uri);
    }
    None
}

/// The route that a router chose, as it was written. `None` as above.
#[cfg_attr(
    not(feature = "axum"),
    expect(unused_variables, reason = "then nobody wrote one")
)]
pub(crate) fn matched_path<'a>(head: &RequestHead<'a>) -> Option<&'a str> {
    #[cfg(feature = "axum")]
    if head.is_routed()
        && let Some(route) = head.extension::<::axum::extract::MatchedPath>()
    {
        return Some(route.as_str());
    }
    None
}

/// Calls `visit` with every address of the peer that a server wrote.
#[cfg_attr(
    not(any(feature = "axum", feature = "tonic")),
    expect(unused_variables, unused_mut, reason = "then nobody wrote one")
)]
pub(crate) fn peers(extensions: &Extensions, mut visit: impl FnMut(SocketAddr)) {
    #[cfg(feature = "axum")]
    {
        use ::axum::extract::connect_info::{ConnectInfo, MockConnectInfo};

        if let Some(ConnectInfo(peer)) = extensions.get::<ConnectInfo<SocketAddr>>() {
            visit(*peer);
        }
        if let Some(MockConnectInfo(peer)) = extensions.get::<MockConnectInfo<SocketAddr>>() {
            visit(*peer);
        }
    }
    #[cfg(feature = "tonic")]
    {
        use ::tonic::transport::server::TcpConnectInfo;

        if let Some(peer) = extensions
            .get::<TcpConnectInfo>()
            .and_then(TcpConnectInfo::remote_addr)
        {
            visit(peer);
        }
        if let Some(peer) = extensions
            .get::<tls::ConnectInfo>()
            .and_then(|tls| tls.get_ref().remote_addr())
        {
            visit(peer);
        }
    }
}

/// The first certificate of the chain that a client sent, where a server verified it.
#[cfg_attr(
    not(feature = "tonic"),
    expect(unused_variables, reason = "then nobody wrote one")
)]
pub(crate) fn peer_certificate(extensions: &Extensions) -> Option<Bytes> {
    #[cfg(feature = "tonic")]
    if let Some(info) = extensions.get::<tls::ConnectInfo>() {
        let chain = info.peer_certs()?;
        return chain.first().map(|leaf| Bytes::copy_from_slice(leaf));
    }
    None
}

/// Tonic exports `TlsConnectInfo` only where it has a signature backend, but writes it for any stream that was accepted
/// by hand: so it is named by what it is made for.
#[cfg(feature = "tonic")]
mod tls {
    use ::tonic::transport::server::{Connected, TcpConnectInfo};

    pub(super) enum Tcp {}

    impl Connected for Tcp {
        type ConnectInfo = TcpConnectInfo;

        fn connect_info(&self) -> TcpConnectInfo {
            match *self {}
        }
    }

    /// `TlsConnectInfo<TcpConnectInfo>`.
    pub(super) type ConnectInfo = <tokio_rustls::server::TlsStream<Tcp> as Connected>::ConnectInfo;
}

/// Takes out a Tonic `Status` whose source is an `E`, and returns that: how a handler raises, or conceals.
#[cfg(feature = "tonic")]
pub(crate) fn take_from_status<E: StdError + Clone + 'static>(
    extensions: &mut Extensions,
) -> Option<E> {
    let status = extensions.get::<::tonic::Status>()?;
    let reason = status.source()?.downcast_ref::<E>().cloned()?;
    extensions.remove::<::tonic::Status>();
    Some(reason)
}

/// Without Tonic there is no status to look into.
#[cfg(not(feature = "tonic"))]
pub(crate) fn take_from_status<E: StdError + Clone + 'static>(_: &mut Extensions) -> Option<E> {
    None
}
