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
    /// It is that of the socket, though a header says that a proxy passed the request on, and none of ours did.
    pub(crate) by_a_stranger: bool,
}

impl ClientAddr {
    /// Callers connect themselves. A header that says otherwise makes the caller unknown.
    pub fn direct() -> Self {
        Self(Proxies::None)
    }

    /// Callers connect themselves or through `proxies`.
    ///
    /// Whoever is none of them is the caller himself, whatever headers he sends.
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
        match (&self.0, self.find(request)?) {
            (Proxies::None, found) if found.by_a_stranger => Err(UnknownClient::UnnamedProxy),
            (Proxies::None | Proxies::Trusted(_) | Proxies::Ignored, found) => Ok(found.address),
        }
    }

    pub(crate) fn find(&self, request: &RequestHead<'_>) -> Result<Found, UnknownClient> {
        let peer = match peer(request.extensions()) {
            Peer::Known(peer) => peer,
            Peer::Missing => return Err(UnknownClient::NoPeer),
            Peer::Ambiguous => return Err(UnknownClient::PeersDiffer),
        };
        let by_a_stranger = match &self.0 {
            Proxies::Trusted(proxies) if proxies.trusts(peer) => {
                let address = proxies.client(request.headers())?;
                return Ok(Found {
                    address,
                    by_a_stranger: false,
                });
            }
            Proxies::Trusted(_) | Proxies::None => is_forwarded(request.headers()),
            Proxies::Ignored => false,
        };
        Ok(Found {
            address: peer,
            by_a_stranger,
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
        matches!(name, "via" | "forwarded" | "x-real-ip") || name.starts_with("x-forwarded-")
    })
}

/// Why nobody can tell who calls.
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
