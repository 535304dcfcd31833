//! Descriptions as they were rendered: one for all callers who see the same.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::shown::Shown;

/// The last classes of callers that were asked for, the latest last, each with what is rendered for it.
#[derive(Debug)]
pub(crate) struct Classes<T> {
    max: usize,
    kept: Mutex<Vec<Class<T>>>,
}

#[derive(Debug)]
struct Class<T> {
    shown: Shown,
    rendered: Arc<OnceLock<T>>,
}

impl<T: Clone> Classes<T> {
    pub(crate) fn new(max: usize) -> Self {
        Self {
            max,
            kept: Mutex::new(Vec::new()),
        }
    }

    /// What a class is shown; `render` is called where it is not there, by one of those who ask for it at that moment.
    pub(crate) fn get(&self, shown: &Shown, render: impl FnOnce() -> T) -> T {
        self.cell(shown).get_or_init(render).clone()
    }

    fn cell(&self, shown: &Shown) -> Arc<OnceLock<T>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let class = match kept.iter().position(|class| class.shown == *shown) {
            Some(at) => kept.remove(at),
            None => Class {
                shown: shown.clone(),
                rendered: Arc::default(),
            },
        };
        let rendered = class.rendered.clone();
        kept.push(class);
        if kept.len() > self.max {
            kept.remove(0);
        }
        rendered
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn each_class_is_rendered_once_while_it_is_among_the_last() {
        let classes = Classes::new(2);
        let count = Cell::new(0);
        let get = |which: usize| {
            classes.get(&Shown::new(3, |at| at == which), || {
                count.set(count.get() + 1);
                which
            })
        };
        for (which, expect) in [(0, 1), (0, 1), (1, 2), (0, 2), (2, 3), (0, 3), (1, 4)] {
            assert_eq!(get(which), which);
            assert_eq!(count.get(), expect, "{which}");
        }
    }

    #[test]
    fn without_a_cache_every_answer_is_rendered() {
        let classes = Classes::new(0);
        for _ in 0..2 {
            let mut called = false;
            classes.get(&Shown::new(1, |_| true), || called = true);
            assert!(called);
        }
    }
}
