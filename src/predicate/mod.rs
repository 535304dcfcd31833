//! Questions about a request, with three answers.
//!
//! A [`Predicate`] is asked by both layers: [`HideLayer`](crate::HideLayer) shows what is a clear answer in favour of the
//! caller, and [`BearerAuthLayer::exempt`](crate::BearerAuthLayer::exempt) exempts only on a clear yes. Stock ones are in
//! [`rule`](crate::rule); closures are predicates too; `and`, `or`, `not`, [`any`] and [`all`] put them together.
//!
//! # The rules
//! 1. What cannot be told is [`Unknown`](Verdict::Unknown), and `Unknown` opens nothing.
//! 2. `Unknown` survives negation: a deny-list fails closed as well as an allow-list.
//! 3. A predicate neither waits nor fails. What must be fetched is fetched elsewhere and looked up here.
//! 4. About [a caller alone](RequestHead::caller) nothing is known of method or path.
//!
//! # Examples
//! ```
//! use http::{Method, Request};
//! use tower_postern::{RequestHead, predicate::{Predicate, Verdict}};
//!
//! struct Tenant(&'static str);
//!
//! impl Predicate for Tenant {
//!     fn check(&self, request: &RequestHead<'_>) -> Verdict {
//!         request.headers().get("x-tenant").map(|tenant| tenant == self.0).into()
//!     }
//! }
//!
//! let rule = Tenant("a").and(|request: &RequestHead<'_>| request.method() == Method::GET);
//!
//! let request = Request::get("/").header("x-tenant", "a").body(())?;
//! assert_eq!(rule.check(&RequestHead::new(&request)), Verdict::Yes);
//! let request = Request::get("/").header("x-tenant", "b").body(())?;
//! assert_eq!(rule.check(&RequestHead::new(&request)), Verdict::No);
//! let request = Request::get("/").body(())?;
//! assert_eq!(rule.not().check(&RequestHead::new(&request)), Verdict::Unknown);
//! # Ok::<(), http::Error>(())
//! ```

mod algebra;
mod closure;
mod verdict;

use std::sync::Arc;

use crate::RequestHead;

pub use self::{
    algebra::{All, And, Any, Not, Or, all, any},
    closure::{ClosurePredicate, predicate},
    verdict::Verdict,
};

/// A question about a request, answered at once.
///
/// It neither waits nor fails: what it cannot tell is [`Unknown`](Verdict::Unknown). See the [module's page](self) for the
/// rules and an example.
///
/// # Security
/// Whoever asks opens on one clear answer only. So a predicate says Yes or No where it is certain, and never because a caller
/// left something out.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a predicate",
    note = "a predicate is a type of `tower_postern::rule`, or a closure `|request: &RequestHead<'_>| -> bool`",
    note = "a closure needs its argument's type spelled out, or `predicate(|request| ..)` around it",
    note = "a rule that is made of text is checked first: put `?` behind it"
)]
pub trait Predicate: Send + Sync + 'static {
    /// Answers the question for this request.
    fn check(&self, request: &RequestHead<'_>) -> Verdict;

    /// Yes where both are, No where one is.
    fn and<P: Predicate>(self, other: P) -> And<Self, P>
    where
        Self: Sized,
    {
        And(self, other)
    }

    /// Yes where one is, No where both are.
    fn or<P: Predicate>(self, other: P) -> Or<Self, P>
    where
        Self: Sized,
    {
        Or(self, other)
    }

    /// Yes where this is No, and the other way round; Unknown stays Unknown.
    fn not(self) -> Not<Self>
    where
        Self: Sized,
    {
        Not(self)
    }

    /// One type for all predicates, for a choice at run time and to share one between layers.
    fn erased(self) -> Arc<dyn Predicate>
    where
        Self: Sized,
    {
        Arc::new(self)
    }
}

impl<P: Predicate + ?Sized> Predicate for Arc<P> {
    fn check(&self, request: &RequestHead<'_>) -> Verdict {
        (**self).check(request)
    }
}
