//! The layer, and what it can be told.

use std::{
    any::type_name,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tower_layer::Layer;

use super::{Decided, Fallback, Hide, Late, NotFound, Reroute, Undecided, Unimplemented};
use crate::{
    RequestHead,
    predicate::{Predicate, Verdict},
    trace,
};

/// Hides what is inside from callers who are not to see it.
///
/// [`when`](Self::when) and [`unless`](Self::unless) say which requests are hidden; then one of
/// [`fallback`](Self::fallback), [`reroute`](Self::reroute), [`not_found`](Self::not_found) and
/// [`unimplemented`](Self::unimplemented) must say what a hidden request meets. Before that it is no layer.
///
/// The [module's page](super) tells which arrangement hides what. For the routes of Axum and Tonic there is a function that
/// puts it together: `axum::hide_routes`, `tonic::hide_routes`.
///
/// # Security
/// It shows only on the one clear answer: `when` on a No, `unless` on a Yes. What cannot be told is hidden.
///
/// # Examples
/// ```
/// use http::{Request, Response, StatusCode};
/// use tower::{ServiceExt, service_fn};
/// use tower_postern::{HideLayer, predicate::predicate};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let answer = |text: &'static str| {
///     service_fn(move |_: Request<()>| async move {
///         Ok::<_, std::convert::Infallible>(Response::new(text.to_owned()))
///     })
/// };
/// // For the example; a client can claim any header. See `tower_postern::rule` for better ones.
/// let inside = predicate(|request| request.headers().contains_key("x-inside"));
///
/// let service = HideLayer::unless(inside).fallback(answer("public")).wrap(answer("all"));
///
/// let request = Request::builder().header("x-inside", "1").body(())?;
/// assert_eq!(service.clone().oneshot(request).await?.into_body(), "all");
/// let request = Request::new(());
/// assert_eq!(service.oneshot(request).await?.into_body(), "public");
/// # Ok(()) }
/// ```
#[must_use]
pub struct HideLayer<C = Undecided> {
    shared: Arc<Shared>,
    conceal: C,
}

/// Which requests are hidden.
pub struct Shared {
    predicate: Arc<dyn Predicate>,
    name: &'static str,
    /// The one answer on which a request is shown.
    opens: Verdict,
    subject: Subject,
    shadow: bool,
    /// Whether it was said that the predicate looks for a target and there is none.
    told: AtomicBool,
}

/// Whom the predicate is asked about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Subject {
    Request,
    Caller,
}

impl HideLayer {
    /// Hides requests for which `predicate` is true, and those of which it cannot tell.
    ///
    /// See the [module's page](super#examples) for an example.
    pub fn when<P: Predicate>(predicate: P) -> Self {
        Self::new(predicate, Verdict::No)
    }

    /// Shows requests for which `predicate` is true, and hides all others. See [`HideLayer`] for an example.
    pub fn unless<P: Predicate>(predicate: P) -> Self {
        Self::new(predicate, Verdict::Yes)
    }

    fn new<P: Predicate>(predicate: P, opens: Verdict) -> Self {
        Self {
            shared: Arc::new(Shared {
                predicate: Arc::new(predicate),
                name: type_name::<P>(),
                opens,
                subject: Subject::Request,
                shadow: false,
                told: AtomicBool::new(false),
            }),
            conceal: Undecided,
        }
    }

    /// A hidden request is dispatched to `service`, which never had what is hidden. **The strongest.**
    ///
    /// Nothing is imitated: a hidden path gets the `Allow`, the redirect, the catch-all route, the 404 page that any absent
    /// path gets. `service` is cloned and driven ready for hidden requests only; its errors become those of the inner
    /// service.
    ///
    /// # Security
    /// Complete only where the verdict depends on the caller alone ([`by_caller`](Self::by_caller)), so that all that an
    /// outsider asks goes to `service`. With a rule about the path, a hidden path goes there and its absent neighbour to
    /// the inner service, and the two may differ in what surrounds an absent path: nested fallbacks, redirects, layers.
    ///
    /// # Examples
    /// See [`by_caller`](HideLayer::by_caller), which belongs to it.
    pub fn fallback<F>(self, service: F) -> HideLayer<Fallback<F>> {
        self.decided(Fallback::new(service))
    }

    /// A hidden request is put to the same inner service, under a path that it cannot have.
    ///
    /// For a service that cannot be split in two. One segment of the path gives way to a name that cannot be guessed: the
    /// last one for which the new path is not hidden itself. The rest of the target stays. The name has the shape of what it
    /// stands for, and 5 letters at least. Where no one segment will do, as in `/admin/../admin`, all that have letters give
    /// way; where that will not do either, nothing is asked, and the answer is that of [`not_found`](Self::not_found).
    ///
    /// # Security
    /// The layer must stand around all of the routing. Inside of a router, the route was chosen before. What the inner
    /// service says of the path (a 404 that repeats it, a log) speaks of the new one.
    ///
    /// # Examples
    /// ```
    /// use http::{Request, Response, StatusCode};
    /// use tower::{ServiceExt, service_fn};
    /// use tower_postern::{HideLayer, predicate::Predicate, rule};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// // In one piece, and with a page for what it does not have.
    /// let service = service_fn(|request: Request<String>| async move {
    ///     Ok::<_, std::convert::Infallible>(Response::new(match request.uri().path() {
    ///         "/" => "hello",
    ///         "/metrics" => "requests 42",
    ///         _ => "there is no such page",
    ///     }))
    /// });
    /// let inside = rule::header("x-gateway", "a secret that the gateway puts in")?;
    /// let service = HideLayer::when(rule::path(["/metrics"])?.and(inside.not())).reroute().wrap(service);
    ///
    /// let request = Request::get("/metrics").header("x-gateway", "a secret that the gateway puts in");
    /// assert_eq!(service.clone().oneshot(request.body(String::new())?).await?.into_body(), "requests 42");
    /// let request = Request::get("/metrics").body(String::new())?;
    /// assert_eq!(service.oneshot(request).await?.into_body(), "there is no such page");
    /// # Ok(()) }
    /// ```
    pub fn reroute(self) -> HideLayer<Reroute> {
        self.decided(Reroute::new())
    }

    /// A hidden request is answered with a bare 404.
    ///
    /// # Security
    /// Right only where that is the answer to an absent path, and nothing outside adds to it: around a Hyper service that
    /// answers misses that way. A router adds `Allow` and lengths: see the [module's page](super#what-betrays-a-route).
    ///
    /// # Examples
    /// See the [module's page](super#examples).
    pub fn not_found(self) -> HideLayer<NotFound> {
        self.decided(NotFound::new())
    }

    /// A hidden request is answered as Tonic answers calls of a service that it does not have.
    ///
    /// That is with the status 12, `UNIMPLEMENTED`, and no message.
    ///
    /// # Security
    /// Right only where all that is asked are calls: it is the answer to a `GET` too.
    ///
    /// # Examples
    /// ```
    /// use http::{Request, Response};
    /// use tower::{ServiceExt, service_fn};
    /// use tower_postern::{HideLayer, rule};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let admin = service_fn(|_: Request<String>| async { Ok::<_, std::convert::Infallible>(Response::new(String::new())) });
    /// let inside = rule::header("x-gateway", "a secret that the gateway puts in")?;
    /// let service = HideLayer::unless(inside).unimplemented().wrap(admin);
    ///
    /// let call = Request::post("/shop.Admin/Purge").header("content-type", "application/grpc");
    /// let answer = service.clone().oneshot(call.body(String::new())?).await?;
    /// assert_eq!(answer.headers()["grpc-status"], "12");
    ///
    /// let call = Request::post("/shop.Admin/Purge").header("x-gateway", "a secret that the gateway puts in");
    /// let answer = service.oneshot(call.body(String::new())?).await?;
    /// assert!(!answer.headers().contains_key("grpc-status")); // that of the service itself
    /// # Ok(()) }
    /// ```
    pub fn unimplemented(self) -> HideLayer<Unimplemented> {
        self.decided(Unimplemented::new())
    }

    fn decided<C>(self, conceal: C) -> HideLayer<C> {
        HideLayer {
            shared: self.shared,
            conceal,
        }
    }
}

impl<C> HideLayer<C> {
    /// Asks the predicate about [the caller alone](RequestHead::caller). About the whole request, if not set.
    ///
    /// The verdict is then the same for all that a caller asks, which is what makes [`fallback`](HideLayer::fallback)
    /// complete.
    ///
    /// Rules about method or path cannot tell then: the request is hidden, and where that was the reason, an event says so,
    /// once.
    ///
    /// # Examples
    /// ```
    /// use http::{Request, Response};
    /// use tower::{ServiceExt, service_fn};
    /// use tower_postern::{HideLayer, rule};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let says = |text| service_fn(move |_: Request<()>| async move { Ok::<_, std::convert::Infallible>(Response::new(text)) });
    /// let (public, all) = (says("public"), says("public and hidden"));
    /// let inside = rule::header("x-gateway", "a secret that the gateway puts in")?;
    /// let service = HideLayer::unless(inside).by_caller().fallback(public).wrap(all);
    ///
    /// let request = Request::get("/").header("x-gateway", "a secret that the gateway puts in").body(())?;
    /// assert_eq!(service.clone().oneshot(request).await?.into_body(), "public and hidden");
    /// // Whatever an outsider asks, he asks the public service.
    /// assert_eq!(service.oneshot(Request::get("/").body(())?).await?.into_body(), "public");
    /// # Ok(()) }
    /// ```
    pub fn by_caller(self) -> Self {
        self.set(|shared| shared.subject = Subject::Caller)
    }

    /// Records what it would hide, and hides nothing: to see what a rule does before it does it. Off if not set.
    ///
    /// The record is an event on the level of `DEBUG` for each such request, in the span that is open.
    ///
    /// # Security
    /// Everybody sees what is to be hidden.
    pub fn shadow(self) -> Self {
        self.set(|shared| shared.shadow = true)
    }

    /// Hides what the handler conceals too. Off if not set: then it is a bare 404.
    ///
    /// Where the handler answers [`conceal`](super::conceal), the request meets what a hidden one meets.
    ///
    /// For objects, some of which a caller may not see. The head of every request that is shown is kept until it is
    /// answered, which costs a copy of its headers: mount the layer around the routes that need it. The inner service must be
    /// `Clone`, and its request body `Default`: the body is gone by then, and what is met in the end gets an empty one under
    /// the headers of the first.
    ///
    /// With [`reroute`](HideLayer::reroute), the first segment of the path is renamed first, not the last: the last one would be
    /// another object of the same route.
    ///
    /// # Security
    /// The time that the handler took cannot be hidden. A body that is gone shows where what is met would have read it: a
    /// layer that counts its bytes, a handler that echoes it. An absent path seldom does.
    ///
    /// # Examples
    /// ```
    /// use http::{Request, Response};
    /// use tower::{ServiceExt, service_fn};
    /// use tower_postern::{HideLayer, hide, predicate::predicate};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let page = service_fn(|_: Request<String>| async { Ok::<_, std::convert::Infallible>(Response::new("there is no such page")) });
    /// let objects = service_fn(|request: Request<String>| async move {
    ///     Ok::<_, std::convert::Infallible>(match (request.uri().path(), request.headers().contains_key("x-owner")) {
    ///         ("/plans", true) => Response::new("of mine"),
    ///         _ => hide::conceal().into(), // another's, or none
    ///     })
    /// });
    /// let service = HideLayer::when(predicate(|_| false)).fallback(page).late().wrap(objects);
    ///
    /// let request = Request::get("/plans").header("x-owner", "1").body(String::new())?;
    /// assert_eq!(service.clone().oneshot(request).await?.into_body(), "of mine");
    /// let request = Request::get("/plans").body(String::new())?;
    /// assert_eq!(service.oneshot(request).await?.into_body(), "there is no such page");
    /// # Ok(()) }
    /// ```
    pub fn late(self) -> HideLayer<Late<C>>
    where
        C: Decided,
    {
        HideLayer {
            shared: self.shared,
            conceal: Late::new(self.conceal),
        }
    }

    /// Hides a service: the same as `Layer::layer`, for those who do not have the trait in scope.
    pub fn wrap<S>(&self, inner: S) -> Hide<S, C>
    where
        C: Decided, // here, and not on the block: then the compiler says what `Decided` has to say
    {
        Hide::new(inner, self.shared.clone(), self.conceal.clone())
    }

    fn set(self, change: impl FnOnce(&mut Shared)) -> Self {
        let mut shared = Shared {
            predicate: self.shared.predicate.clone(),
            told: AtomicBool::new(false),
            ..*self.shared
        };
        change(&mut shared);
        Self {
            shared: Arc::new(shared),
            conceal: self.conceal,
        }
    }
}

impl Shared {
    /// Whether a request is put to the inner service as it is.
    #[inline]
    pub(super) fn passes(&self, head: &RequestHead<'_>) -> bool {
        let verdict = self.check(head);
        if verdict == self.opens {
            return true;
        }
        let verdict = match verdict {
            Verdict::No => "no",
            Verdict::Unknown => "unknown",
            Verdict::Yes => "yes",
        };
        trace::debug!(
            predicate = self.name,
            verdict = verdict,
            shadow = self.shadow,
            "a request to hide"
        );
        self.shadow
    }

    /// Whether such a request would be shown.
    pub(super) fn shows(&self, head: &RequestHead<'_>) -> bool {
        self.check(head) == self.opens
    }

    #[inline]
    fn check(&self, head: &RequestHead<'_>) -> Verdict {
        match self.subject {
            Subject::Request => self.predicate.check(head),
            Subject::Caller => {
                let (verdict, looked) = head
                    .caller()
                    .watch_for_target(|caller| self.predicate.check(caller));
                if looked && verdict == Verdict::Unknown {
                    self.tell_once();
                }
                verdict
            }
        }
    }

    fn tell_once(&self) {
        if !self.told.swap(true, Ordering::Relaxed) {
            trace::error!(
                predicate = self.name,
                "this predicate is asked about the caller alone and looks for a method or a path, so it cannot tell and \
                 the request is hidden; leave that rule out, or put a `HideLayer` without `by_caller` where it is needed"
            );
        }
    }
}

impl<C: Clone> Clone for HideLayer<C> {
    fn clone(&self) -> Self {
        Self {
            shared: self.shared.clone(),
            conceal: self.conceal.clone(),
        }
    }
}

impl<C> fmt::Debug for HideLayer<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HideLayer")
            .field("shared", &self.shared)
            .field("conceal", &type_name::<C>())
            .finish()
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("predicate", &self.name)
            .field("shows_on", &self.opens)
            .field("by_caller", &(self.subject == Subject::Caller))
            .field("shadow", &self.shadow)
            .finish_non_exhaustive()
    }
}

impl<S, C: Decided> Layer<S> for HideLayer<C> {
    type Service = Hide<S, C>;

    fn layer(&self, inner: S) -> Self::Service {
        self.wrap(inner)
    }
}
