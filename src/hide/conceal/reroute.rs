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

use super::{Bare, Conceal, NotFound, Shared};
use crate::RequestHead;

/// The inner service, under a path that it cannot have: see [`HideLayer::reroute`](crate::HideLayer::reroute).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Reroute;

/// A name with that many characters of 6 bits each is not that of another route by chance.
const SHORTEST: usize = 5;

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

    #[inline]
    fn show(&self, request: Request<B>, inner: &mut S, _: &Arc<Shared>) -> Self::Shown {
        inner.call(request)
    }

    const ASKS_INNER: bool = true;

    fn hide(&self, request: Request<B>, inner: &mut S, shared: &Arc<Shared>) -> Self::Hidden {
        RerouteFuture::new(request, Rename::Last, inner, shared)
    }

    fn hide_late(&self, request: Request<B>, inner: &mut S, shared: &Arc<Shared>) -> Self::Hidden {
        RerouteFuture::new(request, Rename::First, inner, shared)
    }
}

/// Which segment is tried before the others.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rename {
    First,
    Last,
}

impl<F: Future> RerouteFuture<F> {
    fn new<S, B, ResBody>(
        mut request: Request<B>,
        rename: Rename,
        inner: &mut S,
        shared: &Shared,
    ) -> Self
    where
        S: Service<Request<B>, Response = Response<ResBody>, Future = F>,
        F: Future<Output = Result<S::Response, S::Error>>,
        ResBody: Default,
    {
        let head = RequestHead::new(&request);
        let shows = |uri: &Uri| shared.shows(&head.at(head.method(), uri));
        let state = match absent(&head, rename, shows) {
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
        Self { state }
    }
}

/// The same target with another name for one segment: the last or the first one for which `shows` is true of what comes out.
/// Where no one segment will do, as in `/admin/../admin`, with other names for all.
fn absent(head: &RequestHead<'_>, rename: Rename, shows: impl Fn(&Uri) -> bool) -> Option<Uri> {
    let path = head.uri().path();
    if !path.starts_with('/') {
        return None; // `*`, or the authority alone
    }
    let slashes = || path.match_indices('/').map(|(at, _)| at);
    let mut all: Vec<_> = segments(path, slashes().rev()).take(TRIED).collect();
    let first_tried = all.last().map_or(0, |(start, _)| *start);
    let from_start: Vec<_> = segments(path, slashes())
        .take_while(|(start, _)| *start < first_tried)
        .take(TRIED)
        .collect();
    all.extend(from_start.into_iter().rev());
    if all.is_empty() {
        all.push((path.len(), path.len())); // nothing but slashes
    }
    if rename == Rename::First {
        all.reverse();
    }
    all.into_iter()
        .filter_map(|(start, end)| named(head.uri(), start, end))
        .find(&shows)
        .or_else(|| all_named(head.uri()).filter(shows))
}

/// Where each segment that is not empty starts and ends, for the slashes before them.
fn segments<'a>(
    path: &'a str,
    slashes: impl Iterator<Item = usize> + 'a,
) -> impl Iterator<Item = (usize, usize)> + 'a {
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
    let mut target = Vec::with_capacity(path.len() + SHORTEST);
    target.extend_from_slice(path.get(..start)?.as_bytes());
    rename(
        path.get(start..end)?.as_bytes(),
        Letters::of(path.get(..end)?),
        &mut target,
    );
    target.extend_from_slice(path.get(end..)?.as_bytes());
    with_path(uri, target)
}

/// The same target with such names for all segments that have letters or digits. Dots stay: they make the shape of the path.
fn all_named(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    let mut target = Vec::with_capacity(path.len() + SHORTEST);
    let mut end = 0;
    for segment in path.split('/').skip(1) {
        end += 1 + segment.len();
        target.push(b'/');
        let mut letters = Letters::of(path.get(..end)?);
        replace(segment.as_bytes(), &mut letters, &mut target);
        if letters.taken > 0 {
            lengthen(letters, &mut target);
        }
    }
    with_path(uri, target)
}

/// The same target with another path, which goes before the query.
fn with_path(uri: &Uri, mut target: Vec<u8>) -> Option<Uri> {
    if let Some(query) = uri.query() {
        target.push(b'?');
        target.extend_from_slice(query.as_bytes());
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::from_maybe_shared(Bytes::from(target)).ok()?);
    Uri::from_parts(parts).ok()
}

/// A name of the same shape that nobody can guess, the same one each time.
#[cfg_attr(
    not(feature = "tonic-health"),
    expect(dead_code, reason = "only services have names that are no paths")
)]
pub(crate) fn absent_name(name: &str) -> String {
    let mut absent = Vec::with_capacity(name.len());
    rename(name.as_bytes(), Letters::of(name), &mut absent);
    // Letters stand for letters of ASCII: what was text still is.
    String::from_utf8_lossy(&absent).into_owned()
}

/// Puts a name in the place of a segment that nobody can guess, however little of the segment there is.
fn rename(segment: &[u8], mut letters: Letters<'_>, target: &mut Vec<u8>) {
    replace(segment, &mut letters, target);
    lengthen(letters, target);
}

/// Puts other letters for letters and digits, in the same spelling. All else stays: what is odd in a segment stays odd.
fn replace(mut segment: &[u8], letters: &mut Letters<'_>, target: &mut Vec<u8>) {
    while let [first, rest @ ..] = segment {
        segment = rest;
        match (first, rest) {
            (b'%', [high, low, rest @ ..]) if is_escaped_letter(*high, *low) => {
                target.extend_from_slice(format!("%{:02x}", letters.next()).as_bytes());
                segment = rest;
            }
            (b'%', [high, low, rest @ ..]) => {
                target.extend_from_slice(&[b'%', *high, *low]);
                segment = rest;
            }
            _ if first.is_ascii_alphanumeric() => target.push(letters.next()),
            _ => target.push(*first),
        }
    }
}

fn lengthen(mut letters: Letters<'_>, target: &mut Vec<u8>) {
    while letters.taken < SHORTEST {
        target.push(letters.next());
    }
}

fn is_escaped_letter(high: u8, low: u8) -> bool {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let (Some(high), Some(low)) = (digit(high), digit(low)) else {
        return false;
    };
    u8::try_from(high * 16 + low).is_ok_and(|byte| byte.is_ascii_alphanumeric())
}

/// Letters and digits that nobody can guess, the same ones each time for the same path.
struct Letters<'a> {
    path: &'a str,
    taken: usize,
    bits: u64,
}

impl<'a> Letters<'a> {
    fn of(path: &'a str) -> Self {
        Self {
            path,
            taken: 0,
            bits: 0,
        }
    }

    fn next(&mut self) -> u8 {
        if self.taken.is_multiple_of(10) {
            self.bits = NAMES.hash_one((self.path, self.taken));
        }
        let [low, ..] = self.bits.to_le_bytes();
        self.taken += 1;
        self.bits >>= 6;
        match low & 63 {
            small @ ..26 => b'a' + small,
            large @ ..52 => b'A' + (large - 26),
            digit => b'0' + (digit - 52) % 10,
        }
    }
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
        let target = absent(&RequestHead::new(&request), Rename::Last, |uri| {
            shows(uri.path())
        });
        target.map(|uri| uri.to_string())
    }

    /// `#` stands for any letter or digit.
    fn is_like(found: &str, pattern: &str) -> bool {
        let fits = |(found, like): (char, char)| match like {
            '#' => found.is_ascii_alphanumeric(),
            _ => found == like,
        };
        found.len() == pattern.len() && found.chars().zip(pattern.chars()).all(fits)
    }

    #[test]
    fn only_the_last_segment_that_is_in_the_way_is_renamed() {
        for (target, hidden, expect) in [
            ("/x/metrics", "", Some("/x/#######")),
            ("/x/metrics?q=1", "", Some("/x/#######?q=1")),
            ("http://h:1/x/metrics", "", Some("http://h:1/x/#######")),
            ("/metrics/users", "/metrics", Some("/#######/users")),
            ("/metrics/", "", Some("/#######/")),
            ("//metrics//", "", Some("//#######//")),
            ("/", "", Some("/#####")),
            ("//", "", Some("//#####")),
            ("/x/y/z", "/", None),
            ("/", "/", None),
            ("*", "", None),
        ] {
            let shows = |path: &str| hidden.is_empty() || !path.starts_with(hidden);
            match (target_of(target, shows), expect) {
                (Some(found), Some(expect)) => {
                    assert!(is_like(&found, expect), "{target}: {found}");
                    assert_ne!(found, target);
                }
                (found, expect) => assert_eq!(found.as_deref(), expect, "{target}"),
            }
        }
    }

    #[test]
    fn where_no_one_segment_will_do_all_are_renamed_but_dots() {
        for (target, expect) in [
            ("/admin/../admin?q=1", "/#####/../#####?q=1"),
            ("/admin/%2E%2e//admin/", "/#####/%2E%2e//#####/"),
            ("/admin/./x;v/../admin", "/#####/./#;####/../#####"),
        ] {
            let found = target_of(target, |path| !path.contains("admin")).unwrap();
            assert!(is_like(&found, expect), "{target}: {found}");
        }
        assert_eq!(target_of("/admin/../admin", |_| false), None);
    }

    #[test]
    fn a_name_has_the_shape_of_what_it_stands_for() {
        for (target, expect) in [
            ("/metrics.json;v=1", "/#######.####;#=#"),
            ("/metrics%20", "/#######%20"),
            ("/metric%73", "/######%##"),
            ("/metrics%2f%00", "/#######%2f%00"),
            ("/metrics%", "/#######%"),
            ("/metrics%6", "/#######%#"),
            ("/ab", "/#####"),
            ("/..", "/..#####"),
        ] {
            let found = target_of(target, |_| true).unwrap();
            assert!(is_like(&found, expect), "{target}: {found}");
        }
        // What was escaped still is a letter, and escaped.
        let found = target_of("/%6d%65%74%72%69", |_| true).unwrap();
        for escaped in found.split('%').skip(1) {
            let byte = u8::from_str_radix(escaped, 16).unwrap();
            assert!(byte.is_ascii_alphanumeric(), "{found}");
        }
    }

    #[test]
    fn a_path_gets_the_same_name_each_time_and_another_path_another() {
        let target = |text| target_of(text, |_| true);
        assert_eq!(target("/admin"), target("/admin"));
        assert_ne!(target("/admin"), target("/admim"));
        let below = |text| target(text).unwrap().split_off("/x/".len());
        assert_ne!(below("/x/admin"), below("/y/admin"));
    }

    #[test]
    fn a_name_is_of_letters_that_nobody_can_guess() {
        let mut all = Vec::new();
        for at in 1000..4000 {
            let path = format!("/{at}/metrics.text.long");
            let found = target_of(&path, |_| true).unwrap();
            let name = found.rsplit('/').next().unwrap();
            all.push(name.replace('.', ""));
        }
        for place in 0.."metricstextlong".len() {
            let found: std::collections::BTreeSet<_> =
                all.iter().map(|name| name.as_bytes()[place]).collect();
            assert_eq!(found.len(), 62, "at {place}: each letter and digit is used");
        }
        let letters = all.concat();
        let digits = letters.bytes().filter(u8::is_ascii_digit).count();
        assert!(digits * 4 < letters.len(), "{digits} of {}", letters.len()); // 12 of 64 are meant to be
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
        assert_eq!(asked.get(), 2 * TRIED + 1);

        // Of those that are tried from both ends, each is tried once, and all together once.
        asked.set(0);
        assert_eq!(target_of(&"/s".repeat(TRIED + 4), |_| count(false)), None);
        assert_eq!(asked.get(), TRIED + 4 + 1);

        // What is hidden begins at the front: the first segment is among them.
        let found = target_of(&path, |path| !path.starts_with("/s/")).unwrap();
        assert!(found.ends_with("/s/s/s"));
    }
}
