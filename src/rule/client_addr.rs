//! Does it come from one of these networks?

use std::{fmt, net::IpAddr, sync::Arc};

use http::HeaderMap;

use super::once::Once;
use crate::{
    ConfigError, RequestHead,
    net::{NetworkSet, Peer, peer},
    predicate::{Predicate, Verdict},
    trace,
};

/// Yes where the caller's address lies in one of `networks`: `10.0.0.0/8`, `fd00::/8`, `::1`.
///
/// The address is that of the socket's other end: by [`PeerAddr`](crate::net::PeerAddr), or what Axum
/// (`into_make_service_with_connect_info::<SocketAddr>()`) and Tonic leave in the extensions. Unknown where nobody left
/// one, as with Unix sockets, calls within the process and Axum's plain `serve`, and where two left different ones.
///
/// Unknown also where a header says that a proxy passed the request on (`Forwarded`, `Via`, `X-Real-IP`, `X-Forwarded-..`):
/// the socket's other end is then the proxy, and a balancer inside would make all the world internal.
///
/// # Errors
/// [`ConfigErrorKind::Network`](crate::ConfigErrorKind::Network) where one is no network. An empty list is nobody, and a
/// warning.
///
/// # Security
/// A proxy that leaves no header (SNAT, a balancer of TCP) cannot be seen: decide by [`listener`](super::listener) there.
/// Pages that an insider's browser visits call from inside too: put [`host`](super::host) beside it.
///
/// # Examples
/// ```
/// use std::net::SocketAddr;
/// use http::Request;
/// use tower_postern::{RequestHead, net::PeerAddr, predicate::{Predicate, Verdict}, rule};
///
/// let inside = rule::client_addr(["10.0.0.0/8", "::1"])?;
///
/// let mut request = Request::new(());
/// assert_eq!(inside.check(&RequestHead::new(&request)), Verdict::Unknown);
/// request.extensions_mut().insert(PeerAddr("10.1.2.3:40000".parse()?));
/// assert_eq!(inside.check(&RequestHead::new(&request)), Verdict::Yes);
/// request.extensions_mut().insert(PeerAddr("192.0.2.1:40000".parse()?));
/// assert_eq!(inside.check(&RequestHead::new(&request)), Verdict::No);
///
/// request.extensions_mut().insert(PeerAddr("10.1.2.3:40000".parse()?));
/// request.headers_mut().insert("x-forwarded-for", "192.0.2.1".parse()?);
/// assert_eq!(inside.check(&RequestHead::new(&request)), Verdict::Unknown);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn client_addr<T: AsRef<str>>(
    networks: impl IntoIterator<Item = T>,
) -> Result<ClientAddr, ConfigError> {
    let networks = NetworkSet::parse(networks)?;
    if networks.is_empty() {
        trace::warning!(
            "a rule about the caller's address was given no network, so that nobody is inside; name one"
        );
    }
    Ok(client_addr_in(networks))
}

/// Yes where the caller's address lies in `networks`. As [`client_addr`]; of an empty set, nobody.
pub fn client_addr_in(networks: NetworkSet) -> ClientAddr {
    ClientAddr {
        networks,
        source: Source::Peer,
        told: Arc::default(),
    }
}

/// What [`client_addr`] and [`client_addr_in`] return. A clone copies nothing.
#[derive(Clone)]
pub struct ClientAddr {
    networks: NetworkSet,
    source: Source,
    told: Arc<Told>,
}

#[derive(Clone)]
enum Source {
    Peer,
    PeerWhateverIsForwarded,
    Function(Arc<Read>),
}

type Read = dyn Fn(&RequestHead<'_>) -> Option<IpAddr> + Send + Sync;

#[derive(Debug, Default)]
struct Told {
    /// Some request had a peer.
    had_peer: Once,
    no_peer: Once,
    forwarded: Once,
}

impl ClientAddr {
    /// Takes the address from `read`; `None` is Unknown.
    ///
    /// For servers that leave it elsewhere. Headers are then a matter of `read`.
    ///
    /// # Security
    /// An address that is read from a header is one that the caller chose, unless a proxy overwrites it.
    #[must_use]
    pub fn read_from(
        self,
        read: impl Fn(&RequestHead<'_>) -> Option<IpAddr> + Send + Sync + 'static,
    ) -> Self {
        Self {
            source: Source::Function(Arc::new(read)),
            ..self
        }
    }

    /// Takes the socket's other end for the caller also where a header says that it is a proxy.
    ///
    /// # Security
    /// Right only where no proxy of yours is among `networks`: the callers of that proxy are insiders then, all of them.
    #[must_use]
    pub fn danger_ignore_forwarding_headers(self) -> Self {
        Self {
            source: Source::PeerWhateverIsForwarded,
            ..self
        }
    }

    fn check_peer(&self, request: &RequestHead<'_>, heed_forwarding: bool) -> Verdict {
        let peer = match peer(request.extensions()) {
            Peer::Known(peer) => peer,
            Peer::Missing => {
                if !self.told.had_peer.has_been() && self.told.no_peer.is_first() {
                    trace::error!(
                        "no request so far had the address of its peer, so that a rule about it answers Unknown, and \
                        what only insiders may see is seen by nobody; serve Axum with \
                        `into_make_service_with_connect_info::<SocketAddr>()`, insert `net::PeerAddr` in an accept loop \
                        of your own, or decide by `rule::listener`"
                    );
                }
                return Verdict::Unknown;
            }
            Peer::Ambiguous => return Verdict::Unknown,
        };
        self.told.had_peer.is_first();
        let is_inside = self.networks.contains(peer);
        if heed_forwarding && is_forwarded(request.headers()) {
            if is_inside && self.told.forwarded.is_first() {
                trace::error!(
                    "a request from inside has a header of a proxy that passed it on, so that a rule about the \
                    caller's address answers Unknown: whose address it is nobody says; name your proxies, or decide by \
                    `rule::listener`"
                );
            }
            return Verdict::Unknown;
        }
        is_inside.into()
    }
}

/// Whether a proxy left its mark.
fn is_forwarded(headers: &HeaderMap) -> bool {
    // One pass over the names is cheaper than a hash of each that we know.
    headers.keys().any(|name| {
        let name = name.as_str();
        matches!(name, "via" | "forwarded" | "x-real-ip") || name.starts_with("x-forwarded-")
    })
}

impl Predicate for ClientAddr {
    fn check(&self, request: &RequestHead<'_>) -> Verdict {
        match &self.source {
            Source::Peer => self.check_peer(request, true),
            Source::PeerWhateverIsForwarded => self.check_peer(request, false),
            Source::Function(read) => read(request)
                .map(|address| self.networks.contains(address))
                .into(),
        }
    }
}

impl fmt::Debug for ClientAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientAddr")
            .field("networks", &self.networks)
            .finish_non_exhaustive()
    }
}
