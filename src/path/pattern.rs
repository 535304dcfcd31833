//! Patterns as they are written in the settings.

use super::transform::decode;
use crate::{ConfigError, ConfigErrorKind};

const MAX_SEGMENTS: usize = 60;
const MAX_LENGTH: usize = 4096;

/// How far a pattern reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// This path; all below it where it ends in `{*rest}`.
    Exact,
    /// This path and all below it.
    Under,
}

/// One pattern, taken apart.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    pub(super) segments: Vec<Segment>,
    pub(super) end: End,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Segment {
    /// These bytes.
    Literal(Vec<u8>),
    /// `{name}`: any; one that is empty, perhaps.
    Param,
}

/// What may follow the segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Nothing, or the slash with which the pattern ends.
    Exact { slash: bool },
    /// Anything below; nothing too, or the slash with which the pattern ends.
    Under { slash: bool },
    /// `{*rest}`: something below.
    Rest,
}

impl Pattern {
    pub(super) fn parse(text: &str, reach: Reach) -> Result<Self, ConfigError> {
        let error = |what: &str| {
            let message = format!("`{text}` {what}");
            Err(ConfigError::new(ConfigErrorKind::Path, message))
        };
        let Some(relative) = text.strip_prefix('/') else {
            return error("does not begin with a slash; write it from the root, as `/admin`");
        };
        if text.len() > MAX_LENGTH {
            return error("is too long; 4096 bytes are the most");
        }
        let (relative, slash) = match relative.strip_suffix('/') {
            Some(relative) => (relative, true),
            None => (relative, relative.is_empty()),
        };
        let mut end = match reach {
            Reach::Exact => End::Exact { slash },
            // `/` is the root and all below it.
            Reach::Under => End::Under {
                slash: slash && !relative.is_empty(),
            },
        };
        let mut segments = Vec::new();
        let mut words = relative.split('/').peekable();
        if text == "/" {
            words.next();
        }
        while let Some(word) = words.next() {
            match parse_segment(word) {
                Ok(Parsed::Segment(segment)) => segments.push(segment),
                Ok(Parsed::Rest) if reach == Reach::Under => {
                    return error("reaches below anyway; leave `{*..}` out");
                }
                Ok(Parsed::Rest) if words.peek().is_some() || slash => {
                    return error(
                        "goes on after `{*..}`, which takes all that follows; let it be the last segment",
                    );
                }
                Ok(Parsed::Rest) => end = End::Rest,
                Err(what) => return error(what),
            }
        }
        let pattern = Self { segments, end };
        let mut all = pattern.decoded();
        all.push(pattern.clone());
        if all.iter().any(|read| read.segments.len() > MAX_SEGMENTS) {
            return error("has too many segments; 60 are the most");
        }
        Ok(pattern)
    }

    /// The same pattern as a router sees it that decodes the path first, once, twice and so on.
    pub(super) fn decoded(&self) -> Vec<Self> {
        let mut all = Vec::new();
        let mut last = self.decode();
        while let Some(next) = last {
            last = next.decode();
            all.push(next);
        }
        all
    }

    fn decode(&self) -> Option<Self> {
        let mut changed = false;
        let mut segments = Vec::new();
        for segment in &self.segments {
            match segment {
                Segment::Literal(bytes) => match decode(bytes) {
                    Some(bytes) => {
                        changed = true;
                        let parts = bytes.split(|byte| *byte == b'/');
                        segments.extend(parts.map(|part| Segment::Literal(part.to_vec())));
                    }
                    None => segments.push(segment.clone()),
                },
                Segment::Param => segments.push(Segment::Param),
            }
        }
        changed.then_some(Self {
            segments,
            end: self.end,
        })
    }

    /// The path that this pattern is, without the slash at its end, where it has no parameters.
    pub(super) fn text(&self) -> Option<Vec<u8>> {
        let mut text = Vec::new();
        for segment in &self.segments {
            match segment {
                Segment::Literal(bytes) => {
                    text.push(b'/');
                    text.extend_from_slice(bytes);
                }
                Segment::Param => return None,
            }
        }
        Some(text)
    }
}

enum Parsed {
    Segment(Segment),
    Rest,
}

/// A segment that no clear answer could ever be about is a mistake.
fn parse_segment(word: &str) -> Result<Parsed, &'static str> {
    if word.contains(['?', '#']) {
        return Err("holds a query or a fragment; write the path alone");
    }
    if word.contains('\\') {
        return Err("holds a backslash; write `/`");
    }
    if word.contains(';') {
        return Err("holds `;`, after which some servers read parameters; leave it out");
    }
    if !word.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(
            "holds a space, a control character or one beyond ASCII; percent-encode it, as `%20`",
        );
    }
    match word {
        "" => return Err("holds an empty segment; write one slash"),
        "." | ".." => return Err("holds a dot segment; write the path without it"),
        _ if word.starts_with(':') => {
            return Err("holds a segment that begins with `:`; write a parameter as `{name}`");
        }
        _ if word.starts_with('*') => {
            return Err(
                "holds a segment that begins with `*`; write what takes the rest as `{*name}`",
            );
        }
        _ => {}
    }
    if let Some(name) = word
        .strip_prefix('{')
        .and_then(|name| name.strip_suffix('}'))
        && !name.starts_with('{')
    {
        let (name, parsed) = match name.strip_prefix('*') {
            Some(name) => (name, Parsed::Rest),
            None => (name, Parsed::Segment(Segment::Param)),
        };
        return if name.is_empty() || name.contains(['{', '}', '*']) {
            Err("holds a parameter without a name; write `{name}`")
        } else {
            Ok(parsed)
        };
    }
    let literal = unescape(word)
        .ok_or("has a parameter that is only part of a segment; write `{name}` for the whole segment, or `{{` and `}}` for braces")?;
    let mut decoded = literal.clone().into_bytes();
    let mut unread = decoded.split(|byte| *byte == b'%').skip(1);
    if !unread.all(|after| matches!(after, [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())) {
        return Err("holds `%` without two hexadecimal digits; write `%25`");
    }
    while let Some(once) = decode(&decoded) {
        decoded = once;
    }
    let is_odd = |byte: &u8| matches!(byte, b';' | b'\\' | b'?' | b'#') || byte.is_ascii_control();
    let mut parts = decoded.split(|byte| *byte == b'/');
    if decoded.iter().any(is_odd) || parts.any(|part| matches!(part, b"" | b"." | b"..")) {
        return Err(
            "holds an encoded character that servers read in several ways; no clear answer is possible about it",
        );
    }
    Ok(Parsed::Segment(Segment::Literal(literal.into_bytes())))
}

/// `{{` and `}}` stand for braces; a single one for nothing.
fn unescape(word: &str) -> Option<String> {
    let mut literal = String::with_capacity(word.len());
    let mut chars = word.chars();
    while let Some(char) = chars.next() {
        if matches!(char, '{' | '}') && chars.next() != Some(char) {
            return None;
        }
        literal.push(char);
    }
    Some(literal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_that_can_never_match_is_an_error_that_names_it() {
        for (text, cure) in [
            ("", "begin with a slash"),
            ("admin", "begin with a slash"),
            ("*", "begin with a slash"),
            ("/a?b", "query"),
            ("/a#b", "query"),
            ("//a", "empty segment"),
            ("/a//", "empty segment"),
            ("//", "empty segment"),
            ("/a/../b", "dot segment"),
            ("/.", "dot segment"),
            ("/a\\b", "backslash"),
            ("/a;b", "`;`"),
            ("/a b", "percent-encode"),
            ("/é", "percent-encode"),
            ("/users/:id", "`{name}`"),
            ("/static/*rest", "`{*name}`"),
            ("/{}", "without a name"),
            ("/{*}", "without a name"),
            ("/a{id}", "part of a segment"),
            ("/{a}{b}", "without a name"),
            ("/{id}.png", "part of a segment"),
            ("/{*rest}/a", "last segment"),
            ("/{*rest}/", "last segment"),
            ("/100%", "hexadecimal"),
            ("/%4", "hexadecimal"),
            ("/%2e%2e", "encoded"),
            ("/a%2f", "encoded"),
            ("/a%00", "encoded"),
            ("/a%3bb", "encoded"),
        ] {
            let error = Pattern::parse(text, Reach::Exact).expect_err(text);
            assert_eq!(error.kind(), ConfigErrorKind::Path, "{text}");
            let shown = error.to_string();
            assert!(shown.contains(&format!("`{text}`")), "{shown}");
            assert!(shown.contains(cure), "{shown}");
        }
        let below = Pattern::parse("/a/{*rest}", Reach::Under).expect_err("below");
        assert!(below.to_string().contains("leave `{*..}` out"), "{below}");
    }

    #[test]
    fn braces_are_escaped_by_doubling() {
        let pattern = Pattern::parse("/{{id}}/{id}/{{", Reach::Exact).expect("a pattern");
        assert_eq!(
            pattern.segments,
            [
                Segment::Literal(b"{id}".to_vec()),
                Segment::Param,
                Segment::Literal(b"{".to_vec())
            ]
        );
    }

    #[test]
    fn decoding_goes_on_to_the_end() {
        let pattern = Pattern::parse("/a%2fb/%2541/{id}", Reach::Exact).expect("a pattern");
        let decoded: Vec<usize> = pattern.decoded().iter().map(|p| p.segments.len()).collect();
        assert_eq!(decoded, [4, 4]);
        assert!(
            Pattern::parse("/a", Reach::Exact)
                .expect("a pattern")
                .decoded()
                .is_empty()
        );
    }
}
