//! The stock predicates, asked alone.

mod client_addr;
mod client_certificate;
#[cfg(feature = "axum")]
mod extractor;
mod head;
mod network;
mod path;
mod proxies;
mod routing;
mod token;

use http::{Request, request::Builder};
use tower_postern::{
    RequestHead,
    predicate::{Predicate, Verdict},
};

/// The answer of `rule` about a request without a body.
fn ask(rule: &impl Predicate, request: Builder) -> Verdict {
    let request = request.body(()).unwrap();
    rule.check(&RequestHead::new(&request))
}

fn get(path: &str) -> Builder {
    Request::get(path)
}

/// What `run` tells the operator, one event a line.
#[cfg(feature = "tracing")]
fn events(run: impl FnOnce()) -> Vec<String> {
    let events = crate::support::events::Events::record();
    run();
    let text = events.take();
    // Without the target: level and message.
    let lines = text
        .lines()
        .map(|line| line.trim().replacen("tower_postern: ", "", 1));
    lines.collect()
}
