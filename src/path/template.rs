//! Paths that are templates themselves: the operations of an OpenAPI document, the routes of a router.

use super::pattern::{End, Pattern, Segment};
use crate::predicate::Verdict;

/// Yes where every path of the template is one of a pattern, No where none is.
pub(super) fn find(patterns: &[Pattern], template: &[u8], ignore_case: bool) -> Verdict {
    let (path, slash) = match template {
        [path @ .., b'/'] => (path, true),
        path => (path, false),
    };
    // Each segment after the slash before it; what is before the first is no segment.
    let parts: Vec<Part<'_>> = path
        .split(|byte| *byte == b'/')
        .skip(1)
        .map(Part::parse)
        .collect();
    let is_rooted = path.is_empty() || path.starts_with(b"/");
    patterns.iter().fold(Verdict::No, |found, pattern| {
        if found.is_yes() || !is_rooted {
            return found;
        }
        found.or(compare(pattern, &parts, slash, ignore_case))
    })
}

/// A segment of a template.
enum Part<'a> {
    Literal(&'a [u8]),
    /// `{name}` between two literals, which may be empty.
    Param(&'a [u8], &'a [u8]),
    /// `{*name}`: one segment, or more.
    Rest,
}

impl<'a> Part<'a> {
    fn parse(word: &'a [u8]) -> Self {
        let start = word.iter().position(|byte| *byte == b'{');
        let end = word.iter().rposition(|byte| *byte == b'}');
        match (start, end) {
            _ if word.starts_with(b"{*") && word.ends_with(b"}") => Self::Rest,
            (Some(start), Some(end)) if start < end => Self::Param(
                word.get(..start).unwrap_or_default(),
                word.get(end + 1..).unwrap_or_default(),
            ),
            _ => Self::Literal(word),
        }
    }
}

fn compare(pattern: &Pattern, parts: &[Part<'_>], slash: bool, ignore_case: bool) -> Verdict {
    let mut so_far = Verdict::Yes;
    let mut parts = parts.iter();
    for segment in &pattern.segments {
        let next = match (segment, parts.next()) {
            (_, None) => Verdict::No,
            (_, Some(Part::Rest)) => return so_far.and(Verdict::Unknown),
            (Segment::Param, Some(Part::Literal([]))) => Verdict::Unknown, // as some routers have it
            (Segment::Param, Some(Part::Literal(_) | Part::Param(..))) => Verdict::Yes,
            (Segment::Literal(expect), Some(Part::Literal(found))) => {
                let same = if ignore_case {
                    expect.eq_ignore_ascii_case(found)
                } else {
                    expect == found
                };
                same.into()
            }
            (Segment::Literal(expect), Some(Part::Param(before, after))) => {
                if could_be(expect, before, after, ignore_case) {
                    Verdict::Unknown
                } else {
                    Verdict::No
                }
            }
        };
        so_far = so_far.and(next);
        if so_far.is_no() {
            return so_far;
        }
    }
    let end = match (pattern.end, parts.next()) {
        (End::Exact { slash: expect }, None) if expect == slash => Verdict::Yes,
        (End::Under { slash: expect }, None) if slash || !expect => Verdict::Yes,
        (End::Rest, None) if !slash => Verdict::No,
        (End::Exact { .. } | End::Under { .. } | End::Rest, None) => Verdict::Unknown,
        (End::Exact { .. }, Some(_)) => Verdict::No,
        (End::Under { .. } | End::Rest, Some(_)) => Verdict::Yes,
    };
    so_far.and(end)
}

fn could_be(literal: &[u8], before: &[u8], after: &[u8], ignore_case: bool) -> bool {
    let same = |a: &[u8], b: &[u8]| {
        if ignore_case {
            a.eq_ignore_ascii_case(b)
        } else {
            a == b
        }
    };
    let inner = before.len()..literal.len().saturating_sub(after.len());
    inner.start < inner.end
        && literal
            .get(..inner.start)
            .is_some_and(|start| same(start, before))
        && literal.get(inner.end..).is_some_and(|end| same(end, after))
}
