//! Stock predicates: questions about a request that both layers ask.
//!
//! | rule | Yes where | Unknown where |
//! |---|---|---|
//! | [`path`], [`under`] | every plausible reading of the path is one of these | readings differ |
//! | [`method`] | the method is one of these | a HEAD where only GET is named |
//! | [`host`] | the request is for one of these hosts | there is none, or two that differ |
//! | [`header`] | one header line has this value, which may be a secret | there is none, or several |
//! | [`client_addr`] | the caller's address lies in one of these networks | nobody knows it, or a proxy hides it |
//! | [`client_certificate`] | a closure says so of the certificate that the client proved to hold | there is none |
//! | [`listener`] | the request came in on this listener | nobody says where it came in |
//! | [`scope`], [`scopes`] | the caller's token grants it | there is no good token |
//! | [`identity`] | a closure says so of the caller's identity | there is none of this type |
//! | [`switch`] | it is on | never |
//!
//! # The rules
//! 1. A rule answers clearly only what it can tell; [`Unknown`](crate::predicate::Verdict::Unknown) opens nothing, negated or not.
//! 2. What a caller can leave out or put in at will is never a reason for a clear answer that helps him.
//! 3. Method overrides and `X-Original-URL`-like headers are never read.
//! 4. The cost of a question does not depend on how many patterns, networks or names a rule holds.
//!
//! # Examples
//! ```
//! use http::Request;
//! use tower_postern::{RequestHead, predicate::{Predicate, Verdict}, rule};
//!
//! let open = rule::path(["/health", "/users/{id}/picture"])?;
//!
//! let request = Request::get("/users/7/picture").body(())?;
//! assert_eq!(open.check(&RequestHead::new(&request)), Verdict::Yes);
//! let request = Request::get("/users/7").body(())?;
//! assert_eq!(open.check(&RequestHead::new(&request)), Verdict::No);
//! let request = Request::get("//health").body(())?;
//! assert_eq!(open.check(&RequestHead::new(&request)), Verdict::Unknown);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod client_addr;
mod client_certificate;
mod header;
mod host;
mod identity;
mod listener;
mod method;
mod once;
mod path;
mod scope;
mod switch;

pub use self::{
    client_addr::{ClientAddr, client_addr, client_addr_in},
    client_certificate::{ClientCertificate, client_certificate},
    header::{Header, header},
    host::{Host, host},
    identity::{Identity, identity},
    listener::{Listener, listener},
    method::{Method, method},
    path::{Path, path, under},
    scope::{Scope, scope, scopes},
    switch::{Switch, switch},
};
