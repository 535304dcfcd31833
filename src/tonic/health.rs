//! gRPC health that speaks only of the services that a caller may call.
//!
//! [`Health`] stands around what answers [gRPC health checks], such as the `HealthService` of `tonic-health`, and asks the
//! rules of a [`HideLayer`](crate::HideLayer) about the service that a check names. What is hidden is answered as a name that
//! was never registered: the inner service is asked for one.
//!
//! # The rules
//! 1. A predicate is asked about a service as this caller's `POST /package.Service/{method}`, for any method. What it does not
//!    answer clearly in the caller's favour is hidden: so is a service of which a rule hides one method and not another. Name
//!    the methods of such a service by [`methods`](Health::methods): it is shown where one of them is.
//! 2. The empty name, which stands for the whole server, is there for all.
//! 3. `Watch` decides when it begins.
//!
//! # Examples
//! ```
//! use tonic::{Code, body::Body, service::Routes};
//! use tonic_health::{ServingStatus, server::{HealthReporter, HealthService}};
//! use tower_postern::{predicate::Predicate, rule, tonic::health::Health};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let reporter = HealthReporter::new();
//! reporter.set_service_status("shop.Admin", ServingStatus::Serving).await;
//!
//! let inside = rule::header("x-inside", "yes")?;
//! let hidden = rule::under(["/shop.Admin"])?.and(inside.not());
//! let health = Health::hide_when(HealthService::from_health_reporter(reporter), hidden);
//!
//! let check = |from: &'static str| {
//!     let mut client = tonic_health::pb::health_client::HealthClient::new(health.clone());
//!     let mut request = tonic::Request::new(tonic_health::pb::HealthCheckRequest { service: "shop.Admin".to_owned() });
//!     request.metadata_mut().insert("x-inside", tonic::metadata::AsciiMetadataValue::from_static(from));
//!     async move { client.check(request).await }
//! };
//! assert!(check("yes").await.is_ok());
//! assert!(check("no").await.is_err_and(|status| status.code() == Code::NotFound));
//!
//! let routes = Routes::new(health); // and your services
//! # let _ = routes;
//! # Ok(()) }
//! ```
//!
//! [gRPC health checks]: https://grpc.io/docs/guides/health-checking/

use std::{
    collections::HashMap,
    convert::Infallible,
    error::Error as StdError,
    fmt,
    sync::Arc,
    task::{Context, Poll},
};

use ::tonic::{Status, async_trait, body::Body, server::NamedService};
use bytes::Bytes;
use http::{Method, Request, Response, Uri, request::Parts};
use tonic_health::pb::{
    HealthCheckRequest, HealthCheckResponse,
    health_server::{self, HealthServer},
};
use tower_service::Service;

use super::ResponseFuture;
use crate::{RequestHead, hide::absent_name, percent, predicate::Predicate, rules::Rules};

/// The service `grpc.health.v1.Health`, in which each caller finds the services that it may call.
///
/// `H` is what answers, an implementation of the `Health` of `tonic-health`. See the [module's page](self) for the rules and
/// an example. A clone shares everything.
pub struct Health<H> {
    server: HealthServer<PerCaller<H>>,
    inner: Arc<PerCaller<H>>,
}

impl<H: health_server::Health> Health<H> {
    /// Hides the services for which `predicate` is true, as [`HideLayer::when`](crate::HideLayer::when) hides requests.
    ///
    /// What is not a clear no is hidden. See the [module's page](self) for an example.
    pub fn hide_when(inner: H, predicate: impl Predicate) -> Self {
        Self::new(inner, Rules::default().hide_when(predicate))
    }

    /// Shows only services for which `predicate` is true, as [`HideLayer::unless`](crate::HideLayer::unless) shows requests.
    ///
    /// What is not a clear yes is hidden. It is asked about all services: a rule about the caller alone, such as those that
    /// `hide_routes` takes, hides the public ones as well here.
    pub fn hide_unless(inner: H, predicate: impl Predicate) -> Self {
        Self::new(inner, Rules::default().hide_unless(predicate))
    }

    /// Says which methods a service has, so that it is shown where one of them is. To be said before it is cloned.
    #[must_use]
    pub fn methods(
        self,
        service: &str,
        methods: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Self {
        let targets = methods
            .into_iter()
            .filter_map(|method| target(service, &escaped(method.as_ref())))
            .collect();
        let mut known = self.inner.methods.clone();
        known.insert(service.to_owned(), targets);
        Self::of(PerCaller {
            inner: self.inner.inner.clone(),
            rules: self.inner.rules.clone(),
            methods: known,
        })
    }

    fn new(inner: H, rules: Rules) -> Self {
        Self::of(PerCaller {
            inner: Arc::new(inner),
            rules,
            methods: HashMap::new(),
        })
    }

    fn of(inner: PerCaller<H>) -> Self {
        let inner = Arc::new(inner);
        Self {
            server: HealthServer::from_arc(inner.clone()),
            inner,
        }
    }
}

impl<H> Clone for Health<H> {
    fn clone(&self) -> Self {
        Self {
            server: self.server.clone(),
            inner: self.inner.clone(),
        }
    }
}

impl<H> fmt::Debug for Health<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Health")
            .field("rules", &self.inner.rules.len())
            .finish_non_exhaustive()
    }
}

impl<H> NamedService for Health<H> {
    const NAME: &'static str = "grpc.health.v1.Health";
}

impl<H, B> Service<Request<B>> for Health<H>
where
    H: health_server::Health,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(())) // as a service of Tonic's always is
    }

    fn call(&mut self, request: Request<B>) -> ResponseFuture {
        let (mut parts, body) = request.into_parts();
        // Which service is meant stands in the message, and whoever reads that has no head any longer.
        let caller = Caller(Arc::new(parts.clone()));
        parts.extensions.insert(caller);
        let request = Request::from_parts(parts, Body::new(body));
        ResponseFuture(self.server.call(request))
    }
}

/// The head of a request, until its message is read.
#[derive(Clone)]
struct Caller(Arc<Parts>);

struct PerCaller<H> {
    inner: Arc<H>,
    rules: Rules,
    /// The targets of the methods of services of which they are known.
    methods: HashMap<String, Vec<Uri>>,
}

impl<H> PerCaller<H> {
    fn shows(&self, caller: Option<&Caller>, service: &str) -> bool {
        if service.is_empty() {
            return true;
        }
        let Some(Caller(parts)) = caller else {
            return false;
        };
        let head = RequestHead::from_parts(parts);
        let shows = |target: &Uri| self.rules.show(&head.at(&Method::POST, target));
        match self.methods.get(service) {
            Some(targets) => targets.iter().any(shows),
            None => target(service, "{method}").is_some_and(|target| shows(&target)),
        }
    }

    /// Puts a name that is not there in the place of one that is not to be seen, and returns both.
    fn conceal(&self, request: &mut ::tonic::Request<HealthCheckRequest>) -> Option<Concealed> {
        let caller = request.extensions_mut().remove::<Caller>();
        let service = &mut request.get_mut().service;
        if self.shows(caller.as_ref(), service) {
            return None;
        }
        let absent = absent_name(service);
        let asked = std::mem::replace(service, absent.clone());
        Some(Concealed { asked, absent })
    }
}

struct Concealed {
    asked: String,
    absent: String,
}

impl Concealed {
    /// Takes the name back out of a message that repeats it.
    fn restore(&self, status: Status) -> Status {
        if !status.message().contains(&self.absent) {
            return status;
        }
        Status::with_details_and_metadata(
            status.code(),
            status.message().replace(&self.absent, &self.asked),
            Bytes::copy_from_slice(status.details()),
            status.metadata().clone(),
        )
    }
}

#[async_trait]
impl<H: health_server::Health> health_server::Health for PerCaller<H> {
    type WatchStream = H::WatchStream;

    async fn check(
        &self,
        mut request: ::tonic::Request<HealthCheckRequest>,
    ) -> Result<::tonic::Response<HealthCheckResponse>, Status> {
        let concealed = self.conceal(&mut request);
        let answer = self.inner.check(request).await;
        answer.map_err(|status| match concealed {
            Some(concealed) => concealed.restore(status),
            None => status,
        })
    }

    async fn watch(
        &self,
        mut request: ::tonic::Request<HealthCheckRequest>,
    ) -> Result<::tonic::Response<H::WatchStream>, Status> {
        let concealed = self.conceal(&mut request);
        let answer = self.inner.watch(request).await;
        answer.map_err(|status| match concealed {
            Some(concealed) => concealed.restore(status),
            None => status,
        })
    }
}

/// Where a method of a service is called; nowhere, for a name that is too long for any.
fn target(service: &str, method: &str) -> Option<Uri> {
    Uri::try_from(format!("/{}/{method}", escaped(service))).ok()
}

/// As one segment of a path.
fn escaped(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            text.push(char::from(byte));
        } else {
            percent::escape(byte, &mut text);
        }
    }
    text
}
