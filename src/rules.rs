//! Rules about what a caller is told of: the predicates of a `HideLayer`, asked about calls that nobody made.

use std::sync::Arc;

use crate::{
    RequestHead,
    predicate::{Predicate, Verdict},
};

/// Predicates, each with the one answer on which it shows. What one hides is hidden.
#[derive(Clone, Default)]
pub(crate) struct Rules(Vec<Rule>);

#[derive(Clone)]
struct Rule {
    predicate: Arc<dyn Predicate>,
    shows_on: Verdict,
}

impl Rules {
    /// Adds one that hides what is not a clear no.
    pub(crate) fn hide_when(self, predicate: impl Predicate) -> Self {
        self.and(predicate, Verdict::No)
    }

    /// Adds one that hides what is not a clear yes.
    pub(crate) fn hide_unless(self, predicate: impl Predicate) -> Self {
        self.and(predicate, Verdict::Yes)
    }

    fn and(mut self, predicate: impl Predicate, shows_on: Verdict) -> Self {
        self.0.push(Rule {
            predicate: predicate.erased(),
            shows_on,
        });
        self
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the caller may be told of what the head asks for.
    pub(crate) fn show(&self, head: &RequestHead<'_>) -> bool {
        self.0
            .iter()
            .all(|rule| rule.predicate.check(head) == rule.shows_on)
    }
}
