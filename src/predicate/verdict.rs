//! The three answers of a predicate.

use std::ops::Not;

/// The answer of a [`Predicate`](super::Predicate): yes, no, or that it cannot tell.
///
/// A rule that lacks what it judges by (no peer address, an unreadable header, no identity) says `Unknown`, and
/// `Unknown` survives negation. Whoever asks names the one answer on which it *opens*, so allow-lists and deny-lists
/// both fail closed.
///
/// # Examples
/// ```
/// use tower_postern::predicate::Verdict;
///
/// assert_eq!(!Verdict::Yes, Verdict::No);
/// assert_eq!(!Verdict::Unknown, Verdict::Unknown);
/// assert_eq!(Verdict::from(Some(true)), Verdict::Yes);
/// assert_eq!(Verdict::from(None), Verdict::Unknown);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "Kleene's logic has three values, and a match on them must be whole"
)]
pub enum Verdict {
    /// It is not so.
    No,
    /// It cannot be told.
    Unknown,
    /// It is so.
    Yes,
}

impl Verdict {
    /// Yes where both are, No where one is; in Kleene's logic.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, Self::Yes) => Self::Yes,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
        }
    }

    /// Yes where one is, No where both are; in Kleene's logic.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        !(!self).and(!other)
    }

    /// Whether it is a clear yes.
    pub fn is_yes(self) -> bool {
        self == Self::Yes
    }

    /// Whether it is a clear no.
    pub fn is_no(self) -> bool {
        self == Self::No
    }
}

impl Not for Verdict {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
            Self::Yes => Self::No,
        }
    }
}

impl From<bool> for Verdict {
    fn from(answer: bool) -> Self {
        if answer { Self::Yes } else { Self::No }
    }
}

impl From<Option<bool>> for Verdict {
    fn from(answer: Option<bool>) -> Self {
        answer.map_or(Self::Unknown, Self::from)
    }
}
