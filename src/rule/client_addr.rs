//! Does it come from one of these networks?

use std::{fmt, net::IpAddr, sync::Arc};

use super::once::Once;
use crate::{
    ConfigError, RequestHead,
    net::{self, Found, Mark, NetworkSet, TrustedProxies, UnknownClient},
    predicate::{Predicate, Verdict},
    trace,
};

/// Yes where the caller's address lies in one of `networks`: `10.0.0.0/8`, `fd00::/8`, `::1`.
///
/// The address is that of the socket's other end: by [`PeerAddr`](crate::net::PeerAddr), or what Axum
/// (`into_make_service_with_connect_info::<SocketAddr>()`) and Tonic leave in the extensions. Unknown where nobody left
/// one, as with Unix sockets, calls within the process and Axum's plain `serve`, and where two left different ones.
///
/// Unknown also where no proxy was named ([`behind`](ClientAddr::behind)) and a header says that one passed the request on
/// (`Forwarded`, `Via`, `X-Real-IP`, `X-Forwarded-..`): the socket's other end is then the proxy, and a balancer inside would
/// make all the world internal.
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

/// Yes where the caller's address lies in `networks`, which may be those of a [`NetworkHandle`](net::NetworkHandle).
///
/// As [`client_addr`] otherwise; of an empty set, nobody.
///
/// # Examples
/// ```
/// use http::Request;
/// use tower_postern::{RequestHead, net::{NetworkHandle, NetworkSet, PeerAddr}, predicate::{Predicate, Verdict}, rule};
///
/// let handle = NetworkHandle::new(&NetworkSet::parse(["10.0.0.0/8"])?);
/// let inside = rule::client_addr_in(handle.networks());
///
/// let mut request = Request::new(());
/// request.extensions_mut().insert(PeerAddr("10.1.2.3:40000".parse()?));
/// assert_eq!(inside.check(&RequestHead::new(&request)), Verdict::Yes);
///
/// handle.replace(&NetworkSet::parse(["192.168.0.0/16"])?);
/// assert_eq!(inside.check(&RequestHead::new(&request)), Verdict::No);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn client_addr_in(networks: NetworkSet) -> ClientAddr {
    ClientAddr {
        networks,
        source: Source::Resolved(net::ClientAddr::direct()),
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
    Resolved(net::ClientAddr),
    Function(Arc<Read>),
}

type Read = dyn Fn(&RequestHead<'_>) -> Option<IpAddr> + Send + Sync;

#[derive(Debug, Default)]
struct Told {
    /// Some request had a peer.
    had_peer: Once,
    no_peer: Once,
    not_ours: Once,
    unexplained: Once,
    only_proxies: Once,
    missing_header: Once,
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

    /// Takes the address from what these proxies write, where one of them is at the other end of the socket.
    ///
    /// Unknown where its header is missing, odd, or names nobody but such proxies. Whoever is none of them is the caller,
    /// whatever headers it sends. While the list is empty, as if no proxy was named.
    ///
    /// # Security
    /// A proxy among the networks of this rule that was forgotten in the list has all its callers inside. Name them all.
    ///
    /// # Examples
    /// ```
    /// use http::Request;
    /// use tower_postern::{RequestHead, net::{ForwardingHeader, PeerAddr, TrustedProxies}};
    /// use tower_postern::{predicate::{Predicate, Verdict}, rule};
    ///
    /// let proxies = TrustedProxies::parse(["10.0.0.7"], ForwardingHeader::x_forwarded_for())?;
    /// let inside = rule::client_addr(["192.168.0.0/16"])?.behind(proxies);
    ///
    /// let mut request = Request::new(());
    /// request.extensions_mut().insert(PeerAddr("10.0.0.7:40000".parse()?));
    /// request.headers_mut().insert("x-forwarded-for", "192.168.1.2".parse()?);
    /// assert_eq!(inside.check(&RequestHead::new(&request)), Verdict::Yes);
    /// request.headers_mut().insert("x-forwarded-for", "192.168.1.2, 203.0.113.9".parse()?);
    /// assert_eq!(inside.check(&RequestHead::new(&request)), Verdict::No);
    /// request.headers_mut().insert("x-forwarded-for", "unknown".parse()?);
    /// assert_eq!(inside.check(&RequestHead::new(&request)), Verdict::Unknown);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn behind(self, proxies: TrustedProxies) -> Self {
        Self {
            source: Source::Resolved(net::ClientAddr::behind(proxies)),
            ..self
        }
    }

    /// Takes the socket's other end for the caller also where a header says that it is a proxy.
    ///
    /// # Security
    /// Right only where no proxy of yours is among the networks: the callers of that proxy are insiders then, all of them.
    #[must_use]
    pub fn danger_ignore_forwarding_headers(self) -> Self {
        Self {
            source: Source::Resolved(net::ClientAddr::danger_ignore_forwarding_headers()),
            ..self
        }
    }

    fn check_found(&self, found: Result<Found, UnknownClient>) -> Verdict {
        let Found { address, mark } = match found {
            Ok(found) => {
                self.told.had_peer.is_first();
                found
            }
            Err(reason) => {
                self.tell(reason);
                return Verdict::Unknown;
            }
        };
        let is_inside = self.networks.contains(address);
        match mark {
            Mark::None => {}
            Mark::NotOurs => {
                if is_inside && self.told.not_ours.is_first() {
                    trace::warning!(
                        "a request from inside has a header of a proxy that passed it on, and is from none of the trusted \
                        proxies, so that the header counts for nothing; if it is from a proxy, name that too: all its \
                        callers are inside"
                    );
                }
            }
            Mark::Unexplained => {
                if is_inside && self.told.unexplained.is_first() {
                    trace::error!(
                        "a request from inside has a header of a proxy that passed it on, and no proxy was named, so that \
                        a rule about the caller's address answers Unknown: name your proxies by `behind`, or decide by \
                        `rule::listener`"
                    );
                }
                return Verdict::Unknown;
            }
        }
        is_inside.into()
    }

    /// Loud where it is a mistake in the set-up, and once; a caller can cause the others.
    fn tell(&self, reason: UnknownClient) {
        match reason {
            UnknownClient::NoPeer => {
                if !self.told.had_peer.has_been() && self.told.no_peer.is_first() {
                    trace::error!(
                        "no request so far had the address of its peer, so that a rule about it answers Unknown, and \
                        what only insiders may see is seen by nobody; serve Axum with \
                        `into_make_service_with_connect_info::<SocketAddr>()`, insert `net::PeerAddr` in an accept loop \
                        of your own, or decide by `rule::listener`"
                    );
                }
            }
            UnknownClient::OnlyProxies => {
                if self.told.only_proxies.is_first() {
                    trace::error!(
                        "a forwarding header names trusted proxies alone, so that a rule about the caller's address \
                        answers Unknown; trust the addresses of your proxies, not a network in which callers are too"
                    );
                }
            }
            UnknownClient::MissingHeader => {
                if self.told.missing_header.is_first() {
                    trace::error!(
                        "a trusted proxy wrote no forwarding header, so that a rule about the caller's address answers \
                        Unknown; configure the proxy to write it, or choose the header that it writes"
                    );
                }
            }
            UnknownClient::MalformedHeader
            | UnknownClient::PeersDiffer
            | UnknownClient::UnnamedProxy => {
                trace::debug!(error = %reason, "a rule about the caller's address answers Unknown");
            }
        }
    }
}

impl Predicate for ClientAddr {
    fn check(&self, request: &RequestHead<'_>) -> Verdict {
        match &self.source {
            Source::Resolved(client) => self.check_found(client.find(request)),
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
