//! The same service, asked for what it cannot have.

use std::{
    collections::hash_map::RandomState,
    fmt,
    future::{Ready, ready},
    hash::BuildHasher,
    pin::Pin,
    sync::{Arc, LazyLock},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response, Uri, uri::PathAndQuery};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::{Conceal, NotFound, Shared};
use crate::RequestHead;

/// The inner service, under a path that it cannot have: see [`HideLayer::reroute`](crate::HideLayer::reroute).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Reroute;

/// A name of that many characters has 80 bits that nobody can guess: a shorter one might be that of another route.
const SHORTEST: usize = 16;

/// How many segments are tried from either end of a path. A caller who sends thousands of them does not have the predicate
/// asked thousands of times.
const TRIED: usize = 16;

/// Keyed once a process: a path gets the same name each time, as an absent one has.
static NAMES: LazyLock<RandomState> = LazyLock::new(RandomState::new);

impl Reroute {
    pub(in crate::hide) fn new() -> Self {
        LazyLock::force(&NAMES); // what can fail in it fails at the start
        Self
    }
}

impl<S, B, ResBody> Conceal<S, B> for Reroute
where
    S: Service<Request<B>, Response = Response<ResBody>>,
    ResBody: Default,
{
    type Shown = S::Future;
    type Hidden = RerouteFuture<S::Future>;

    fn show(&self, request: Request<B>, inner: &mut S, _: &Arc<Shared>) -> Self::Shown {
        inner.call(request)
    }

    fn hide(&self, mut request: Request<B>, inner: &mut S, shared: &Arc<Shared>) -> Self::Hidden {
        let head = RequestHead::new(&request);
        let state = match absent(&head, |uri| shared.shows(&head.at(head.method(), uri))) {
            Some(uri) => {
                *request.uri_mut() = uri;
                State::Asked {
                    future: inner.call(request),
                }
            }
            None => State::Bare {
                answer: ready(Ok(NotFound::answer())),
            },
        };
        RerouteFuture { state }
    }
}

/// The same target with another name for one segment, the last one for which `shows` is true of what comes out.
fn absent(head: &RequestHead<'_>, shows: impl Fn(&Uri) -> bool) -> Option<Uri> {
    let path = head.uri().path();
    if !path.starts_with('/') {
        return None; // `*`, or the authority alone
    }
    let slashes = || path.match_indices('/').map(|(at, _)| at);
    let from_end = segments(path, slashes().rev()).take(TRIED);
    let first_tried = from_end.clone().last().map_or(0, |(start, _)| start);
    let from_start: Vec<_> = segments(path, slashes())
        .take_while(|(start, _)| *start < first_tried)
        .take(TRIED)
        .collect();
    let mut all = from_end.chain(from_start.into_iter().rev()).peekable();
    if all.peek().is_none() {
        return named(head.uri(), path.len(), path.len()).filter(shows); // nothing but slashes
    }
    all.filter_map(|(start, end)| named(head.uri(), start, end))
        .find(shows)
}

/// Where each segment that is not empty starts and ends, for the slashes before them.
fn segments<'a>(
    path: &'a str,
    slashes: impl Iterator<Item = usize> + Clone + 'a,
) -> impl Iterator<Item = (usize, usize)> + Clone + 'a {
    slashes.filter_map(|slash| {
        let start = slash + 1;
        let rest = path.get(start..)?;
        let end = start + rest.find('/').unwrap_or(rest.len());
        (start < end).then_some((start, end))
    })
}

/// The same target with a name that cannot be guessed for `start..end` of its path.
fn named(uri: &Uri, start: usize, end: usize) -> Option<Uri> {
    let path = uri.path();
    let mut target = String::with_capacity(path.len() + SHORTEST);
    target.push_str(path.get(..start)?);
    let mut bits = 0;
    for at in 0..SHORTEST.max(end - start) {
        if at % 12 == 0 {
            bits = NAMES.hash_one((path.get(..end), at)); // 64 bits, 5 a character
        }
        let [low, ..] = u64::to_le_bytes(bits);
        target.push(char::from(match low & 31 {
            letter @ ..26 => b'a' + letter,
            digit => b'2' + (digit - 26),
        }));
        bits >>= 5;
    }
    target.push_str(path.get(end..)?);
    if let Some(query) = uri.query() {
        target.push('?');
        target.push_str(query);
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::from_maybe_shared(Bytes::from(target)).ok()?);
    Uri::from_parts(parts).ok()
}

pin_project! {
    /// The response future of a hidden request that [`Reroute`] takes.
    #[must_use = "futures do nothing unless polled"]
    pub struct RerouteFuture<F: Future> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<F: Future> {
        Asked { #[pin] future: F },
        Bare { answer: Ready<F::Output> },
    }
}

impl<F: Future> Future for RerouteFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProj::Asked { future } => future.poll(cx),
            StateProj::Bare { answer } => Pin::new(answer).poll(cx),
        }
    }
}

impl<F: Future> fmt::Debug for RerouteFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RerouteFuture").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;

    fn target_of(text: &str, shows: impl Fn(&str) -> bool) -> Option<String> {
        let request = Request::builder()
            .method(Method::GET)
            .uri(text)
            .body(())
            .unwrap();
        let target = absent(&RequestHead::new(&request), |uri| shows(uri.path()));
        target.map(|uri| uri.to_string())
    }

    #[test]
    fn only_the_last_segment_that_is_in_the_way_is_renamed() {
        let long = "a-name-of-24-characters-";
        for (target, hidden, expect) in [
            (format!("/x/{long}"), "", Some("/x/*24")),
            (format!("/x/{long}?q=1"), "", Some("/x/*24?q=1")),
            (format!("http://h:1/x/{long}"), "", Some("http://h:1/x/*24")),
            (
                format!("/{long}/y"),
                "",
                Some("/a-name-of-24-characters-/*16"),
            ),
            (format!("/{long}/y/"), "/a-name-of", Some("/*24/y/")),
            (format!("//{long}"), "", Some("//*24")),
            (
                format!("/x/{long}"),
                "/x",
                Some("/*16/a-name-of-24-characters-"),
            ),
            ("/".to_owned(), "", Some("/*16")),
            ("/x/y/z".to_owned(), "/", None),
            ("/".to_owned(), "/", None),
            ("*".to_owned(), "", None),
        ] {
            let found = target_of(&target, |path| {
                hidden.is_empty() || !path.starts_with(hidden)
            });
            let (Some(found), Some(expect)) = (&found, expect) else {
                assert_eq!(found.as_deref(), expect, "{target}");
                continue;
            };
            let (before, rest) = expect.split_once('*').unwrap();
            let (length, after) = rest.split_at(2);
            assert!(
                found.starts_with(before) && found.ends_with(after),
                "{found}"
            );
            let name = found.len() - before.len() - after.len();
            assert_eq!(name.to_string(), length, "{found}");
        }
    }

    #[test]
    fn a_path_gets_the_same_name_each_time_and_another_path_another() {
        let target = |text| target_of(text, |_| true);
        assert_eq!(target("/admin"), target("/admin"));
        assert_ne!(target("/admin"), target("/admim"));
        assert_ne!(
            target("/x/admin"),
            target("/y/admin").map(|t| t.replace('y', "x"))
        );
    }

    #[test]
    fn a_path_of_many_segments_has_few_of_them_tried_from_both_ends() {
        let asked = std::cell::Cell::new(0);
        let count = |shown: bool| {
            asked.set(asked.get() + 1);
            shown
        };
        let path = "/s".repeat(5000);
        assert_eq!(target_of(&path, |_| count(false)), None);
        assert_eq!(asked.get(), 2 * TRIED);

        // What is hidden begins at the front: the first segment is among them.
        let found = target_of(&path, |path| !path.starts_with("/s/")).unwrap();
        assert!(found.ends_with("/s/s/s"));
    }
}
