//! Lookup among many patterns, at a cost that does not depend on how many there are.

use super::{
    NormalPath, Reach,
    clean::is_clean,
    pattern::{End, Pattern},
    table::Table,
    template,
    trie::Trie,
    words::split_at_slash,
};
use crate::{ConfigError, ConfigErrorKind, predicate::Verdict};

/// Patterns of paths, ready to be asked.
#[derive(Clone, Debug)]
pub(crate) struct PathSet {
    patterns: Vec<Pattern>,
    ignore_case: bool,
    /// The patterns as they are written.
    written: Index,
    /// What is left of them when percent-encoding is read; where some have any.
    decoded: Option<Index>,
}

impl PathSet {
    pub(crate) fn parse<T: AsRef<str>>(
        patterns: impl IntoIterator<Item = T>,
        reach: Reach,
    ) -> Result<Self, ConfigError> {
        let patterns = patterns
            .into_iter()
            .map(|text| Pattern::parse(text.as_ref(), reach))
            .collect::<Result<Vec<_>, _>>()?;
        if patterns.is_empty() {
            let message = "the list is empty; name at least one path";
            return Err(ConfigError::new(ConfigErrorKind::Path, message));
        }
        Ok(Self::build(patterns, false))
    }

    /// The same patterns, of ASCII letters in any case.
    pub(crate) fn ignoring_case(self) -> Self {
        Self::build(self.patterns, true)
    }

    fn build(patterns: Vec<Pattern>, ignore_case: bool) -> Self {
        let decoded: Vec<Pattern> = patterns.iter().flat_map(Pattern::decoded).collect();
        Self {
            written: Index::new(&patterns, ignore_case),
            decoded: (!decoded.is_empty()).then(|| Index::new(&decoded, ignore_case)),
            patterns,
            ignore_case,
        }
    }

    /// Yes where all plausible readings of `path` match, No where none does.
    #[inline]
    pub(crate) fn check(&self, path: &str) -> Verdict {
        if is_clean(path.as_bytes()) {
            return self.written.find(path.as_bytes());
        }
        self.check_readings(path)
    }

    #[cold]
    fn check_readings(&self, path: &str) -> Verdict {
        let path = NormalPath::new(path);
        check_by(
            &path,
            |path| self.written.find(path),
            |path| self.find(path),
        )
    }

    /// The same of a template, as `/users/{id}`: Unknown also where it could match and could not.
    pub(crate) fn check_template(&self, path: &str) -> Verdict {
        let path = NormalPath::new(path);
        let decoded: Vec<Pattern> = self.patterns.iter().flat_map(Pattern::decoded).collect();
        let written = |path: &[u8]| template::find(&self.patterns, path, self.ignore_case);
        let all = |path: &[u8]| written(path).or(template::find(&decoded, path, self.ignore_case));
        check_by(&path, written, all)
    }

    /// Whether the route `template` is one of these patterns, or lies under one.
    pub(crate) fn names(&self, template: &str) -> bool {
        // A parameter takes `{name}` as it takes any other segment.
        self.written.find(template.as_bytes()).is_yes()
    }

    fn find(&self, path: &[u8]) -> Verdict {
        let found = self.written.find(path);
        match &self.decoded {
            Some(decoded) => found.or(decoded.find(path)),
            None => found,
        }
    }
}

/// The path as it came is compared with the patterns as they are written.
fn check_by(
    path: &NormalPath<'_>,
    written: impl Fn(&[u8]) -> Verdict,
    all: impl Fn(&[u8]) -> Verdict,
) -> Verdict {
    let first = written(path.literal());
    let Some(others) = path.others() else {
        return Verdict::Unknown;
    };
    let agree = |reading: &Vec<u8>| first != Verdict::Unknown && all(reading) == first;
    if others.iter().all(agree) {
        first
    } else {
        Verdict::Unknown
    }
}

/// What ends at a path, or goes on below it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flags(u32);

impl Flags {
    const EXACT: u32 = 1;
    const EXACT_SLASH: u32 = 1 << 1;
    const UNDER: u32 = 1 << 2;
    const UNDER_SLASH: u32 = 1 << 3;
    const REST: u32 = 1 << 4;

    pub(super) fn with(self, end: End) -> Self {
        Self(
            self.0
                | match end {
                    End::Exact { slash: false } => Self::EXACT,
                    End::Exact { slash: true } => Self::EXACT_SLASH,
                    End::Under { slash: false } => Self::UNDER,
                    End::Under { slash: true } => Self::UNDER_SLASH,
                    End::Rest => Self::REST,
                },
        )
    }

    fn has(self, flags: u32) -> bool {
        self.0 & flags != 0
    }

    /// Of a path that is more than this one.
    pub(super) fn reaches_below(self) -> bool {
        self.has(Self::UNDER | Self::UNDER_SLASH | Self::REST)
    }

    /// Of this path itself. A slash at the end is one spelling of it or another path: nobody knows, unless both are named.
    pub(super) fn at_end(self, slash: bool) -> Verdict {
        let (same, other) = if slash {
            (
                Self::EXACT_SLASH | Self::UNDER | Self::UNDER_SLASH,
                Self::EXACT | Self::REST,
            )
        } else {
            (
                Self::EXACT | Self::UNDER,
                Self::EXACT_SLASH | Self::UNDER_SLASH,
            )
        };
        if self.has(same) {
            Verdict::Yes
        } else if self.has(other) {
            Verdict::Unknown
        } else {
            Verdict::No
        }
    }
}

/// Patterns of one kind of reading.
#[derive(Clone, Debug)]
struct Index {
    /// Those without parameters, by their text.
    texts: Table,
    /// Whether some of them do not reach below.
    has_exact: bool,
    /// How many segments those of them have that do, one bit a number.
    depths: u64,
    /// Those with parameters.
    trie: Option<Trie>,
}

impl Index {
    fn new(patterns: &[Pattern], ignore_case: bool) -> Self {
        let mut texts = Table::new(patterns.len(), ignore_case);
        let mut has_exact = false;
        let mut depths = 0;
        let mut with_params = Vec::new();
        for pattern in patterns {
            let Some(text) = pattern.text() else {
                with_params.push(pattern.clone());
                continue;
            };
            if let Some(flags) = texts.entry(0, &text, 0) {
                *flags = Flags(*flags).with(pattern.end).0;
            }
            if Flags::default().with(pattern.end).reaches_below() {
                depths |= 1 << pattern.segments.len();
            } else {
                has_exact = true;
            }
        }
        Self {
            texts,
            has_exact,
            depths,
            trie: (!with_params.is_empty()).then(|| Trie::new(&with_params, ignore_case)),
        }
    }

    #[inline]
    fn find(&self, path: &[u8]) -> Verdict {
        let (path, slash) = match path {
            [path @ .., b'/'] => (path, true),
            path => (path, false),
        };
        let mut found = Verdict::No;
        if self.has_exact {
            found = self.flags(path).at_end(slash);
        }
        if !found.is_yes() && self.depths != 0 {
            found = found.or(self.find_below(path, slash));
        }
        if !found.is_yes()
            && let Some(trie) = &self.trie
        {
            found = found.or(trie.find(path, slash));
        }
        found
    }

    #[inline]
    fn flags(&self, text: &[u8]) -> Flags {
        Flags(self.texts.get(0, text).unwrap_or_default())
    }

    /// Whether a pattern that reaches below is above this path, or is it.
    #[inline(never)] // or those who name no such pattern pay for its registers
    fn find_below(&self, path: &[u8], slash: bool) -> Verdict {
        let mut depths = self.depths;
        let mut rest = path;
        while depths != 0 {
            let above = path.len() - rest.len();
            let is_above = |text| self.flags(text).reaches_below();
            let Some(below) = rest.strip_prefix(b"/") else {
                let is_depth = depths & 1 == 1;
                return if is_depth {
                    self.flags(path).at_end(slash)
                } else {
                    Verdict::No
                };
            };
            if depths & 1 == 1 && path.get(..above).is_some_and(is_above) {
                return Verdict::Yes;
            }
            depths >>= 1;
            (_, rest) = split_at_slash(below);
        }
        Verdict::No
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pattern() -> impl Strategy<Value = Pattern> {
        let long = ["internal_accounts", "internal+accounts"];
        let segment = ["a", "b", "A", "ab", "{x}", "{y}", long[0], long[1]];
        let segment = prop::sample::select(segment.to_vec());
        let segments = prop::collection::vec(segment, 0..4);
        let end = prop::sample::select(&["", "/", "/{*rest}"][..]);
        let reach = prop::sample::select(&[Reach::Exact, Reach::Under][..]);
        (segments, end, reach).prop_filter_map("a pattern", |(segments, end, reach)| {
            let text = format!("/{}", segments.join("/")).replace("//", "/");
            let text = format!("{}{end}", text.trim_end_matches('/'));
            Pattern::parse(&text, reach).ok()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// A path without braces is a template of itself, and templates are compared with one pattern after the other.
        #[test]
        fn many_patterns_find_what_one_of_them_finds(
            patterns in prop::collection::vec(pattern(), 1..8),
            path in "[a*]?(/(a|b|A|B|ab|c|internal[_+.]accounts|))*",
            ignore_case: bool,
        ) {
            let expect = template::find(&patterns, path.as_bytes(), ignore_case);
            let set = PathSet::build(patterns, ignore_case);
            prop_assert_eq!(set.written.find(path.as_bytes()), expect, "{} {:?}", path, set.patterns);
        }
    }
}
