//! Addresses of callers, and networks: usable without the layers.
//!
//! A [`NetworkSet`] is a list of networks that is fast however long it is. A [`PeerAddr`] is how an accept loop of your own
//! tells who connected; Axum's and Tonic's are read too. A [`Listener`] is how it tells where.
//!
//! # The rules
//! 1. Who connected is said by the socket, never by a header.
//! 2. What servers say in two ways is believed only where both agree; our own [`PeerAddr`] goes before theirs.
//! 3. An IPv4-mapped IPv6 address is the IPv4 address.
//! 4. An empty list of networks holds nobody.
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

mod listener;
mod network;
mod peer;

pub use self::{listener::Listener, network::NetworkSet, peer::PeerAddr};
pub(crate) use peer::{Peer, peer};
