//! Can a hidden path be told from an absent one?

mod compare;
mod exchange;
mod mistake;
mod probe;
mod received;
mod server;
mod timing;

use std::{fmt, net::SocketAddr};

use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

pub use self::{compare::Difference, received::Received, timing::Timing};
use self::{
    compare::compare,
    probe::{Asker, Probe},
    server::Server,
};

/// Tries on hidden paths all that an outsider can, and fails where one is not answered as an absent one.
///
/// For more than that, a caller's headers or address, a server that runs elsewhere, objects, times: see [`Parity`].
///
/// # Panics
/// Where a difference is found: with both answers, and what is likely to be the mistake.
///
/// # Examples
/// ```
/// use axum::{Router, routing::get};
/// use tower_postern::{axum::hide_routes, rule, test_util::assert_indistinguishable};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let public = Router::new().route("/", get(|| async { "hello" }));
/// let hidden = Router::new().route("/metrics", get(|| async { "42" }));
/// let inside = rule::header("x-gateway", "a secret that the gateway puts in")?;
///
/// assert_indistinguishable(hide_routes(public, hidden, inside), ["/metrics"]).await;
/// # Ok(()) }
/// ```
pub async fn assert_indistinguishable<S, B, P>(app: S, hidden: impl IntoIterator<Item = P>)
where
    S: Service<Request<Received>, Response = Response<B>, Future: Send> + Clone + Send + 'static,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    B: Body<Data: Send, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + 'static,
    P: AsRef<str>,
{
    let parity = Parity::of(app).await;
    for path in hidden {
        parity.assert_hidden(path.as_ref()).await;
    }
}

/// Compares how a server answers a hidden path and absent ones, over real sockets, to the byte.
///
/// Each path is asked for with every method, in many spellings, with headers and bodies of many kinds, whole and unfinished,
/// in HTTP/1.1 and HTTP/2. What differs between two absent paths (a request's id, a time) is not compared; the path itself,
/// where an answer repeats it, is taken for the same.
///
/// ```text
///   hidden  /metrics  ──▶ ┐
///   absent  /qhvkzau  ──▶ ├─ the same but for what these two do not share ─▶ fine
///   absent  /xmwtorb  ──▶ ┘
/// ```
///
/// It needs Tokio, with I/O and time enabled.
///
/// # Examples
/// ```
/// use axum::{Router, routing::get};
/// use tower_postern::{axum::hide_routes, rule, test_util::Parity};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let public = Router::new().route("/", get(|| async { "hello" }));
/// let hidden = Router::new().route("/metrics", get(|| async { "42" }));
/// let app = hide_routes(public, hidden, rule::client_addr(["127.0.0.0/8"])?);
///
/// let outsider = Parity::of_peer(app.clone(), "192.0.2.1:40000".parse()?).await;
/// outsider.assert_hidden("/metrics").await;
/// let insider = Parity::of(app).await; // its peer is the loopback address
/// insider.assert_shown("/metrics").await;
/// assert!(insider.hidden("/metrics").await.is_err());
/// # Ok(()) }
/// ```
///
/// # Security
/// It proves nothing about what it does not try. Name the shortest hidden path of each group too: where all under `/admin` is
/// hidden, the neighbours of `/admin/users` are hidden as well, and only those of `/admin` are absent.
pub struct Parity {
    address: SocketAddr,
    headers: Vec<(String, String)>,
    host: String,
    /// Ends when this is dropped.
    _server: Option<Server>,
}

impl Parity {
    /// Serves `app` on a port of this machine, for as long as this lives.
    ///
    /// Requests come with the address of the peer as [`PeerAddr`](crate::net::PeerAddr), which is a loopback one:
    /// [`of_peer`](Self::of_peer) has another.
    ///
    /// # Panics
    /// Where no port can be had, and outside of a Tokio runtime.
    pub async fn of<S, B>(app: S) -> Self
    where
        S: Service<Request<Received>, Response = Response<B>, Future: Send>
            + Clone
            + Send
            + 'static,
        S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
        B: Body<Data: Send, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + 'static,
    {
        let server = Server::start(app, None).await;
        Self::new(server.address(), Some(server))
    }

    /// As [`of`](Self::of), and has requests come from `peer`, as far as the app can see: from outside.
    ///
    /// # Panics
    /// As [`of`](Self::of).
    pub async fn of_peer<S, B>(app: S, peer: SocketAddr) -> Self
    where
        S: Service<Request<Received>, Response = Response<B>, Future: Send>
            + Clone
            + Send
            + 'static,
        S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
        B: Body<Data: Send, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + 'static,
    {
        let server = Server::start(app, Some(peer)).await;
        Self::new(server.address(), Some(server))
    }

    /// Asks a server that runs already, without TLS.
    pub fn at(address: SocketAddr) -> Self {
        Self::new(address, None)
    }

    fn new(address: SocketAddr, server: Option<Server>) -> Self {
        Self {
            address,
            headers: Vec::new(),
            host: "localhost".to_owned(),
            _server: server,
        }
    }

    /// Sends a header with every request: what such a caller has.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Asks for this host; `localhost` if not set.
    #[must_use]
    pub fn host(self, host: &str) -> Self {
        Self {
            host: host.to_owned(),
            ..self
        }
    }

    /// Compares a hidden path with two absent ones beside it, which are made by renaming its last segment.
    ///
    /// # Panics
    /// Where they differ, with the [`Difference`].
    pub async fn assert_hidden(&self, path: &str) {
        passed(self.hidden(path).await);
    }

    /// Compares paths of the caller's choice: a concealed object with two that do not exist, whose names are as long.
    ///
    /// # Panics
    /// Where they differ, with the [`Difference`].
    pub async fn assert_same(&self, hidden: &str, absent: [&str; 2]) {
        passed(self.same(hidden, absent).await);
    }

    /// Asserts that this caller sees `path`: that it is not answered as an absent one.
    ///
    /// A path that is misspelt is hidden from everybody, and [`assert_hidden`](Self::assert_hidden) finds nothing. Ask as one
    /// who is to see it: `Parity::at(outsider.address()).header(..)`.
    ///
    /// # Panics
    /// Where a `GET` of it is answered as that of an absent path, or not at all.
    pub async fn assert_shown(&self, path: &str) {
        let (asker, plain) = (self.asker(), Probe::plain());
        let answer = asker.ask(&plain, path).await;
        let absent = asker.ask(&plain, &probe::beside(path)).await;
        if answer == absent || answer.starts_with('[') {
            failed(&format!(
                "{path} is not shown to this caller; it is answered by:\n{answer}"
            ));
        }
    }

    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// As [`assert_hidden`](Self::assert_hidden), for those who want the difference.
    ///
    /// # Errors
    /// The first difference.
    pub async fn hidden(&self, path: &str) -> Result<(), Difference> {
        let (one, other) = (probe::beside(path), probe::beside(path));
        self.same(path, [&one, &other]).await
    }

    /// As [`assert_same`](Self::assert_same), for those who want the difference.
    ///
    /// # Errors
    /// The first difference.
    pub async fn same(&self, hidden: &str, absent: [&str; 2]) -> Result<(), Difference> {
        let asker = self.asker();
        let mut is_answered = false;
        for probe in Probe::all() {
            let mut answers = [const { String::new() }; 3];
            for (answer, path) in answers.iter_mut().zip([hidden, absent[0], absent[1]]) {
                *answer = asker.ask(&probe, path).await;
            }
            let [hidden, one, other] = answers;
            is_answered |= !one.starts_with('[');
            compare(&probe, hidden, &one, &other)?;
        }
        if is_answered {
            Ok(())
        } else {
            Err(Difference::silence())
        }
    }

    /// Asks for a hidden and an absent path in turns, `rounds` times each, and compares how long the answers took.
    ///
    /// It asserts nothing: a machine that is busy tells more than the server does.
    pub async fn timing(&self, hidden: &str, rounds: u32) -> Timing {
        let absent = probe::beside(hidden);
        Timing::take(&self.asker(), hidden, &absent, rounds).await
    }

    fn asker(&self) -> Asker<'_> {
        Asker {
            address: self.address,
            host: &self.host,
            headers: &self.headers,
        }
    }
}

impl fmt::Debug for Parity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parity")
            .field("address", &self.address)
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}

fn passed(result: Result<(), Difference>) {
    if let Err(difference) = result {
        failed(&difference.to_string());
    }
}

#[expect(clippy::panic, reason = "an assertion")]
fn failed(message: &str) -> ! {
    panic!("{message}")
}
