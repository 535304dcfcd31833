//! Who is at the other end of the connection.

use std::net::{IpAddr, SocketAddr};

use http::Extensions;

use crate::interop;

/// The address of the socket's other end: an extension of the request, set where connections are accepted.
///
/// For accept loops of your own. It goes before what Axum and Tonic write (`ConnectInfo`, `TcpConnectInfo`), which is read
/// where it is absent.
///
/// # Security
/// It must be set outside of everything that a caller can reach, from the socket, or from a PROXY header that a listed
/// peer sent; never from a header of HTTP.
///
/// # Examples
/// ```
/// use std::net::SocketAddr;
/// use http::Request;
/// use tower_postern::{RequestHead, net::PeerAddr, predicate::{Predicate, Verdict}, rule};
///
/// let inside = rule::client_addr(["10.0.0.0/8"])?;
///
/// let mut request = Request::new(());
/// request.extensions_mut().insert(PeerAddr(SocketAddr::from(([10, 1, 2, 3], 40_000))));
/// assert_eq!(inside.check(&RequestHead::new(&request)), Verdict::Yes);
///
/// request.extensions_mut().insert(PeerAddr(SocketAddr::from(([192, 0, 2, 1], 40_000))));
/// assert_eq!(inside.check(&RequestHead::new(&request)), Verdict::No);
/// # Ok::<(), tower_postern::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_structs,
    reason = "an accept loop makes it, and there is nothing to add to an address"
)]
pub struct PeerAddr(pub SocketAddr);

/// What is known of the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    /// Its address, IPv4 where it is IPv4-mapped.
    Known(IpAddr),
    /// Nobody wrote it.
    Missing,
    /// Several wrote it, and not the same.
    Ambiguous,
}

pub(crate) fn peer(extensions: &Extensions) -> Peer {
    if let Some(PeerAddr(peer)) = extensions.get() {
        return Peer::Known(peer.ip().to_canonical());
    }
    let mut found = Peer::Missing;
    interop::peers(extensions, |peer| {
        let peer = Peer::Known(peer.ip().to_canonical());
        found = match found {
            Peer::Missing => peer,
            Peer::Known(_) | Peer::Ambiguous if found == peer => peer,
            Peer::Known(_) | Peer::Ambiguous => Peer::Ambiguous,
        };
    });
    found
}
