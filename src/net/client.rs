//! Who calls.

use std::{error::Error as StdError, fmt, net::IpAddr};

use http::HeaderMap;

use super::{Peer, TrustedProxies, peer};
use crate::RequestHead;

/// Finds the address of the caller: the other end of the socket, or for whom it asks where it is a proxy of ours.
///
/// Of use without the layers; [`rule::client_addr`](crate::rule::client_addr) stands on it, and with feature `axum` an
/// extractor.
///
/// # Security
/// What cannot be told is an error, never a guess. See [`UnknownClient`].
///
/// # Examples
/// ```
/// use http::Request;
/// use tower_postern::{RequestHead, net::{ClientAddr, PeerAddr}};
///
/// let client = ClientAddr::direct();
///
/// let mut request = Request::new(());
/// request.extensions_mut().insert(PeerAddr("192.0.2.1:40000".parse()?));
/// assert_eq!(client.resolve(&RequestHead::new(&request))?.to_string(), "192.0.2.1");
///
/// // A proxy that nobody named: nobody knows who calls.
/// request.headers_mut().insert("x-forwarded-for", "203.0.113.9".parse()?);
/// assert!(client.resolve(&RequestHead::new(&request)).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ClientAddr(Proxies);

#[derive(Clone, Debug)]
enum Proxies {
    None,
    Trusted(TrustedProxies),
    Ignored,
}

/// How an address was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) address: IpAddr,
    pub(crate) mark: Mark,
}

/// Whether a header says that a proxy passed the request on, and the peer is no proxy of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    None,
    /// There are proxies of ours, and this is none of them: the header is the caller's own.
    NotOurs,
    /// No proxy was named, so that this may well be one.
    Unexplained,
}

impl ClientAddr {
    /// Callers connect themselves. A header that says otherwise makes the caller unknown.
    pub fn direct() -> Self {
        Self(Proxies::None)
    }

    /// Callers connect themselves or through `proxies`.
    ///
    /// Whoever is none of them is the caller, whatever headers it sends. While the list is empty, as [`direct`](Self::direct).
    pub fn behind(proxies: TrustedProxies) -> Self {
        Self(Proxies::Trusted(proxies))
    }

    /// The other end of the socket, also where a header says that it is a proxy.
    ///
    /// # Security
    /// Right only where there is no proxy: all that call through one have its address.
    pub fn danger_ignore_forwarding_headers() -> Self {
        Self(Proxies::Ignored)
    }

    /// The address of the caller, IPv4 where it is IPv4-mapped.
    ///
    /// # Errors
    /// [`UnknownClient`] says why it cannot be told.
    pub fn resolve(&self, request: &RequestHead<'_>) -> Result<IpAddr, UnknownClient> {
        let found = self.find(request)?;
        match found.mark {
            Mark::Unexplained => Err(UnknownClient::UnnamedProxy),
            Mark::None | Mark::NotOurs => Ok(found.address),
        }
    }

    pub(crate) fn find(&self, request: &RequestHead<'_>) -> Result<Found, UnknownClient> {
        let peer = match peer(request.extensions()) {
            Peer::Known(peer) => peer,
            Peer::Missing => return Err(UnknownClient::NoPeer),
            Peer::Ambiguous => return Err(UnknownClient::PeersDiffer),
        };
        let of_whom = match &self.0 {
            Proxies::Trusted(proxies) if proxies.trusts(peer) => {
                let address = proxies.client(request.headers())?;
                return Ok(Found {
                    address,
                    mark: Mark::None,
                });
            }
            Proxies::Trusted(proxies) if !proxies.is_empty() => Mark::NotOurs,
            Proxies::Trusted(_) | Proxies::None => Mark::Unexplained,
            Proxies::Ignored => Mark::None,
        };
        let is_marked = of_whom != Mark::None && is_forwarded(request.headers());
        Ok(Found {
            address: peer,
            mark: if is_marked { of_whom } else { Mark::None },
        })
    }
}

/// [`ClientAddr::direct`].
impl Default for ClientAddr {
    fn default() -> Self {
        Self::direct()
    }
}

/// Whether a proxy left its mark.
fn is_forwarded(headers: &HeaderMap) -> bool {
    // One pass over the names is cheaper than a hash of each that we know.
    headers.keys().any(|name| {
        let name = name.as_str();
        // Few names begin like that, and one byte is looked at faster than four words.
        matches!(name.as_bytes(), [b'f' | b'v' | b'x', ..])
            && (matches!(name, "via" | "forwarded" | "x-real-ip")
                || name.starts_with("x-forwarded-"))
    })
}

/// Why nobody can tell who calls: the error of [`ClientAddr::resolve`]. See there for an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UnknownClient {
    /// A proxy of ours wrote a header that cannot be read, or names no address (`unknown`, `_hidden`).
    MalformedHeader,
    /// A proxy of ours did not write its header, or a caller had it removed.
    MissingHeader,
    /// No server left the address of the peer: a Unix socket, a call within the process, Axum's plain `serve`.
    NoPeer,
    /// A header names proxies of ours alone: what their own caller was is missing.
    OnlyProxies,
    /// Several servers left one, and not the same.
    PeersDiffer,
    /// A header says that a proxy passed the request on, and no proxy was named.
    UnnamedProxy,
}

impl fmt::Display for UnknownClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MalformedHeader => {
                "a trusted proxy wrote a forwarding header that names no address"
            }
            Self::MissingHeader => "a trusted proxy wrote no forwarding header",
            Self::NoPeer => "no server left the address of the peer",
            Self::OnlyProxies => "the forwarding header names trusted proxies alone",
            Self::PeersDiffer => "servers left different addresses of the peer",
            Self::UnnamedProxy => "a proxy that was not named passed the request on",
        })
    }
}

impl StdError for UnknownClient {}
