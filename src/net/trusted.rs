//! The proxies that are believed, and what they write.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName, HeaderValue, header::FORWARDED};

use super::{NetworkSet, UnknownClient, address, forwarded};
use crate::{ConfigError, ConfigErrorKind};

/// The proxies in front of a service, by their networks, and the one header in which they say for whom they ask.
///
/// Put into [`ClientAddr::behind`](super::ClientAddr::behind) or [`rule::ClientAddr::behind`](crate::rule::ClientAddr::behind).
/// A clone copies nothing. To change the networks while running, make them of a [`NetworkHandle`](super::NetworkHandle).
///
/// # Security
/// Every proxy of these networks must write the header itself: append to it where it is a list, overwrite it where it is
/// not. Name the proxies, not a network in which callers are too: a caller with an address of theirs is unknown.
///
/// # Examples
/// ```
/// use http::Request;
/// use tower_postern::{RequestHead, net::{ClientAddr, ForwardingHeader, PeerAddr, TrustedProxies}};
///
/// let proxies = TrustedProxies::parse(["10.0.0.0/24"], ForwardingHeader::x_forwarded_for())?;
/// let client = ClientAddr::behind(proxies);
///
/// let mut request = Request::new(());
/// request.extensions_mut().insert(PeerAddr("10.0.0.1:40000".parse()?));
/// request.headers_mut().insert("x-forwarded-for", "203.0.113.9, 192.0.2.1, 10.0.0.2".parse()?);
/// assert_eq!(client.resolve(&RequestHead::new(&request))?, "192.0.2.1".parse::<std::net::IpAddr>()?);
///
/// // Without the header nobody knows.
/// request.headers_mut().clear();
/// assert!(client.resolve(&RequestHead::new(&request)).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct TrustedProxies {
    networks: NetworkSet,
    header: ForwardingHeader,
}

impl TrustedProxies {
    /// Proxies of `networks`, that write `header`.
    pub fn new(networks: NetworkSet, header: ForwardingHeader) -> Self {
        Self { networks, header }
    }

    /// Proxies of `networks`, read as [`NetworkSet::parse`] does, that write `header`.
    ///
    /// # Errors
    /// [`ConfigErrorKind::Network`] where one is no network, or there is none.
    pub fn parse<T: AsRef<str>>(
        networks: impl IntoIterator<Item = T>,
        header: ForwardingHeader,
    ) -> Result<Self, ConfigError> {
        let networks = NetworkSet::parse(networks)?;
        if networks.is_empty() {
            let message =
                "the list of trusted proxies is empty; name at least one, or leave proxies out";
            return Err(ConfigError::new(ConfigErrorKind::Network, message));
        }
        Ok(Self::new(networks, header))
    }

    /// Whether the list is empty: at present, where a handle replaces it.
    pub(super) fn is_empty(&self) -> bool {
        self.networks.is_empty()
    }

    pub(super) fn trusts(&self, peer: IpAddr) -> bool {
        self.networks.contains(peer)
    }

    /// For whom a peer that is trusted asks.
    pub(super) fn client(&self, headers: &HeaderMap) -> Result<IpAddr, UnknownClient> {
        match &self.header.0 {
            Family::XForwardedFor(name) => {
                let lines = headers.get_all(name).iter();
                let hops = lines.rev().flat_map(|line| text(line).rsplit(','));
                self.walk(hops.map(|hop| address::parse(hop.trim_matches([' ', '\t']))))
            }
            Family::Forwarded => {
                let lines = headers.get_all(FORWARDED).iter();
                let hops = lines.rev().flat_map(|line| {
                    // A line that cannot be read is one hop that nobody knows.
                    let hops = forwarded::parse(text(line)).unwrap_or_else(|| vec![None]);
                    hops.into_iter().rev()
                });
                self.walk(hops.map(|hop| address::parse_node(&hop?)))
            }
            Family::Single(name) => {
                let mut lines = headers.get_all(name).iter();
                let line = lines.next();
                if lines.next().is_some() {
                    return Err(UnknownClient::MalformedHeader);
                }
                self.walk(line.map(|line| address::parse(text(line))).into_iter())
            }
        }
    }

    /// From the last hop to the first: the first one that is no proxy of ours. What stands before it was written by nobody
    /// we trust, and is not read.
    fn walk(&self, hops: impl Iterator<Item = Option<IpAddr>>) -> Result<IpAddr, UnknownClient> {
        let mut end = UnknownClient::MissingHeader;
        for hop in hops {
            let hop = hop.ok_or(UnknownClient::MalformedHeader)?;
            if !self.trusts(hop) {
                return Ok(hop);
            }
            // Its own caller is missing: by a mistake, or because a caller had a part of the header removed.
            end = UnknownClient::OnlyProxies;
        }
        Err(end)
    }
}

/// A value that is no text is one that nobody can read.
fn text(value: &HeaderValue) -> &str {
    value.to_str().unwrap_or("?")
}

/// The header in which proxies say for whom they ask.
///
/// # Security
/// The others are not read: a proxy passes on those that it does not write itself, as a caller sent them.
///
/// # Examples
/// ```
/// use http::Request;
/// use tower_postern::{RequestHead, net::{ClientAddr, ForwardingHeader, PeerAddr, TrustedProxies}};
///
/// let proxies = TrustedProxies::parse(["10.0.0.1"], ForwardingHeader::single("x-real-ip")?)?;
/// let client = ClientAddr::behind(proxies);
///
/// let mut request = Request::builder().header("x-real-ip", "192.0.2.1").body(())?;
/// request.extensions_mut().insert(PeerAddr("10.0.0.1:40000".parse()?));
/// assert_eq!(client.resolve(&RequestHead::new(&request))?.to_string(), "192.0.2.1");
///
/// request.headers_mut().append("x-real-ip", "203.0.113.9".parse()?); // twice: who wrote which?
/// assert!(client.resolve(&RequestHead::new(&request)).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ForwardingHeader(Family);

#[derive(Clone, Debug)]
enum Family {
    XForwardedFor(HeaderName),
    Forwarded,
    Single(HeaderName),
}

impl ForwardingHeader {
    /// `X-Forwarded-For`: addresses with commas between, to which each proxy adds the one that it was asked by.
    pub fn x_forwarded_for() -> Self {
        Self(Family::XForwardedFor(HeaderName::from_static(
            "x-forwarded-for",
        )))
    }

    /// `Forwarded`, [RFC 7239, section 4](https://www.rfc-editor.org/rfc/rfc7239#section-4), to which each proxy adds a `for=`.
    pub fn forwarded() -> Self {
        Self(Family::Forwarded)
    }

    /// A header of one address, that the last proxy overwrites: `X-Real-IP`, `CF-Connecting-IP`, `True-Client-IP`.
    ///
    /// # Errors
    /// [`ConfigErrorKind::Header`] where the name is one that no header can have, or that of a list.
    pub fn single(name: &str) -> Result<Self, ConfigError> {
        let error = |message| Err(ConfigError::new(ConfigErrorKind::Header, message));
        match HeaderName::from_bytes(name.as_bytes()) {
            Ok(FORWARDED) => error("`Forwarded` is a list; use `ForwardingHeader::forwarded()`"),
            Ok(name) if name == "x-forwarded-for" => {
                error("`X-Forwarded-For` is a list; use `ForwardingHeader::x_forwarded_for()`")
            }
            Ok(name) => Ok(Self(Family::Single(name))),
            Err(_) => error("is not a name that a header can have; use letters, digits and `-`"),
        }
    }
}
