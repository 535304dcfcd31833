//! Addresses of callers, and networks: usable without the layers.
//!
//! A [`ClientAddr`] finds out who calls: the other end of the socket, or behind [`TrustedProxies`] the one for whom they ask.
//! A [`NetworkSet`] is a list of networks that is fast however long it is, and that a [`NetworkHandle`] replaces while the
//! service runs. A [`PeerAddr`] is how an accept loop of your own tells who connected; Axum's and Tonic's are read too. A
//! [`Listener`] is how it tells where, and a [`PeerCertificate`] what the client proved to be.
//!
//! # The rules
//! 1. Who connected is said by the socket, never by a header.
//! 2. What servers say in two ways is believed only where both agree; our own [`PeerAddr`] and [`PeerCertificate`] go before
//!    theirs.
//! 3. A header is read only where a trusted proxy is at the other end, and only the one that was chosen: all of its lines,
//!    from the right, up to the first address that is no proxy.
//! 4. What is odd, missing or contradictory makes the caller unknown: see [`UnknownClient`].
//! 5. An IPv4-mapped IPv6 address is the IPv4 address.
//! 6. An empty list of networks holds nobody.
//!
//! # Examples
//! ```
//! use tower_postern::net::NetworkSet;
//!
//! let inside = NetworkSet::parse(["10.0.0.0/8", "fd00::/8", "::1"])?;
//! assert!(inside.contains([10, 1, 2, 3].into()));
//! assert!(!inside.contains([192, 0, 2, 1].into()));
//! # Ok::<(), tower_postern::ConfigError>(())
//! ```

mod address;
mod certificate;
mod cidr;
mod client;
mod forwarded;
mod listener;
mod network;
mod peer;
mod ranges;
mod trusted;

pub use self::{
    certificate::PeerCertificate,
    client::{ClientAddr, UnknownClient},
    listener::Listener,
    network::{NetworkHandle, NetworkSet},
    peer::PeerAddr,
    trusted::{ForwardingHeader, TrustedProxies},
};
pub(crate) use certificate::peer_certificate;
pub(crate) use client::{Found, Mark};
use peer::{Peer, peer};
