//! Scopes of access tokens, [RFC 6749, section 3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3).

use std::{fmt, sync::Arc};

use crate::{ConfigError, ConfigErrorKind};

/// A set of scopes, each within the characters that [RFC 6749, section 3.3] allows.
///
/// A clone copies nothing. Parsed from text with [`parse`](Self::parse), or checked when it is compiled with
/// [`scopes!`](crate::scopes).
///
/// # Examples
/// ```
/// use tower_postern::{bearer::ScopeSet, scopes};
///
/// let granted = ScopeSet::parse("orders:read orders:write")?;
/// assert!(granted.contains("orders:read"));
/// assert!(!granted.contains("orders"));
/// assert!(granted.contains_all(&scopes!("orders:write orders:read")));
/// assert!(!granted.contains_any(&scopes!("admin")));
///
/// assert!(ScopeSet::parse("naïve").is_err());
/// # Ok::<(), tower_postern::ConfigError>(())
/// ```
///
/// [RFC 6749, section 3.3]: https://www.rfc-editor.org/rfc/rfc6749#section-3.3
#[derive(Clone)]
pub struct ScopeSet(Text);

/// Scopes with one space between them: the form of the wire, so that a challenge needs no other.
#[derive(Clone)]
enum Text {
    Static(&'static str),
    Shared(Arc<str>),
}

/// Scopes that are checked when the program is compiled: `scopes!("orders:read orders:write")`.
///
/// # Examples
/// ```
/// use tower_postern::scopes;
///
/// assert!(scopes!("orders:read orders:write").contains("orders:read"));
/// ```
/// ```compile_fail
/// tower_postern::scopes!("orders\"read");
/// ```
#[macro_export]
macro_rules! scopes {
    ($text:expr) => {
        const { $crate::bearer::ScopeSet::__checked($text) }
    };
}

impl ScopeSet {
    /// No scope at all.
    pub const EMPTY: Self = Self(Text::Static(""));

    /// Scopes with spaces between them.
    ///
    /// # Errors
    /// [`ConfigErrorKind::Scope`] where there is none, or a character that [RFC 6749, section 3.3] does not allow: all
    /// but printable ASCII, and `"` and `\`.
    ///
    /// [RFC 6749, section 3.3]: https://www.rfc-editor.org/rfc/rfc6749#section-3.3
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        if !text.bytes().all(|byte| byte == b' ' || is_scope_char(byte)) {
            let message = "holds a character that no scope may have; use printable ASCII without spaces, `\"` and `\\`";
            return Err(ConfigError::new(ConfigErrorKind::Scope, message));
        }
        let set = Self::from_wire(text);
        if set.is_empty() {
            return Err(ConfigError::new(
                ConfigErrorKind::Scope,
                "is empty; name at least one scope",
            ));
        }
        Ok(set)
    }

    /// What a token or an issuer says: words that cannot be scopes grant nothing.
    pub(crate) fn from_wire(text: &str) -> Self {
        // The common case costs one allocation.
        if is_canonical(text.as_bytes()) {
            return Self(Text::Shared(text.into()));
        }
        let words = text
            .split(' ')
            .filter(|word| !word.is_empty() && word.bytes().all(is_scope_char));
        Self(Text::Shared(words.collect::<Vec<_>>().join(" ").into()))
    }

    #[doc(hidden)] // by the macro `scopes!` alone, in a const
    pub const fn __checked(text: &'static str) -> Self {
        assert!(
            is_canonical(text.as_bytes()),
            "not a list of scopes with one space between them: see RFC 6749, section 3.3"
        );
        Self(Text::Static(text))
    }

    /// Whether `scope` is one of them, to the letter.
    pub fn contains(&self, scope: &str) -> bool {
        self.iter().any(|one| one == scope)
    }

    /// Whether each of `others` is one of them.
    pub fn contains_all(&self, others: &Self) -> bool {
        others.is_empty() || others.iter().all(|scope| self.contains(scope))
    }

    /// Whether at least one of `others` is one of them.
    pub fn contains_any(&self, others: &Self) -> bool {
        others.iter().any(|scope| self.contains(scope))
    }

    /// These and those of `others` that are not among them.
    #[must_use]
    pub fn union(&self, others: &Self) -> Self {
        let more = others.iter().filter(|scope| !self.contains(scope));
        let all = self.iter().chain(more).collect::<Vec<_>>().join(" ");
        Self(Text::Shared(all.into()))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.as_str().is_empty()
    }

    /// One after the other, in the order in which they were given.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.as_str().split(' ').filter(|scope| !scope.is_empty())
    }

    /// All of them with one space between them, as on the wire.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Text::Static(text) => text,
            Text::Shared(text) => text,
        }
    }
}

impl Default for ScopeSet {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl fmt::Debug for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

const fn is_scope_char(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E)
}

/// At least one scope, and one space between two: asked of every token that is accepted.
#[expect(
    clippy::needless_bitwise_bool,
    reason = "without a branch, a scope costs a third"
)]
const fn is_canonical(text: &[u8]) -> bool {
    let mut rest = text;
    let mut before = b' ';
    let mut odd = false;
    while let [byte, tail @ ..] = rest {
        let is_space_between = (*byte == b' ') & (before != b' ');
        odd |= !(is_space_between | is_scope_char(*byte));
        before = *byte;
        rest = tail;
    }
    !odd && before != b' '
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_of_the_wire_are_folded_and_odd_words_grant_nothing() {
        for (wire, expect) in [
            ("a b", "a b"),
            ("", ""),
            (" ", ""),
            ("  a   b ", "a b"),
            ("a \"b c", "a c"),
            ("a\tb c", "c"),
            ("ä a", "a"),
        ] {
            assert_eq!(ScopeSet::from_wire(wire).as_str(), expect, "{wire:?}");
        }
    }

    #[test]
    fn an_empty_list_or_a_character_outside_the_grammar_is_an_error() {
        for text in ["", " ", "a\"b", "a\\b", "a\tb", "a\u{7f}", "ä", "a\nb"] {
            assert_eq!(
                ScopeSet::parse(text).map_err(|e| e.kind()).err(),
                Some(ConfigErrorKind::Scope),
                "{text:?}"
            );
        }
    }
}
