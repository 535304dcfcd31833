//! What remains of any descriptors is what they would be, had what is hidden never been written.

use std::collections::BTreeSet;

use proptest::prelude::*;
use tower_postern::predicate::predicate;

use super::descriptors::{File, builder, file, message, of, outside, service, set, string};

const FILES: usize = 3;

/// Messages and services, by which they use and where they stand.
#[derive(Clone, Debug)]
struct Model {
    messages: Vec<Message>,
    services: Vec<Vec<Method>>,
}

#[derive(Clone, Debug)]
struct Message {
    /// A file imports those before it alone, so a message uses only those of its file and of files before.
    file: usize,
    /// The message that it is nested in: one of its file that is at the top.
    within: Option<usize>,
    uses: Vec<usize>,
}

#[derive(Clone, Debug)]
struct Method {
    input: usize,
    output: usize,
    is_hidden: bool,
}

fn models() -> impl Strategy<Value = Model> {
    let message = (
        0..FILES,
        prop::option::of(any::<prop::sample::Index>()),
        prop::collection::vec(any::<prop::sample::Index>(), 0..4),
    );
    let method = (
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        any::<bool>(),
    );
    let service = prop::collection::vec(method, 1..4);
    (
        prop::collection::vec(message, 1..12),
        prop::collection::vec(service, 1..4),
    )
        .prop_map(|(messages, services)| {
            let count = messages.len();
            let files: Vec<usize> = messages.iter().map(|(file, ..)| *file).collect();
            let tops: Vec<bool> = messages
                .iter()
                .map(|(_, within, _)| within.is_none())
                .collect();
            let messages = messages
                .into_iter()
                .map(|(file, within, uses)| Message {
                    file,
                    within: within
                        .map(|at| at.index(count))
                        .filter(|at| tops[*at] && files[*at] == file),
                    uses: uses
                        .into_iter()
                        .map(|at| at.index(count))
                        .filter(|at| files[*at] <= file)
                        .collect(),
                })
                .collect();
            let services = services
                .into_iter()
                .map(|methods| {
                    let methods = methods
                        .into_iter()
                        .map(|(input, output, is_hidden)| Method {
                            input: input.index(count),
                            output: output.index(count),
                            is_hidden,
                        });
                    methods.collect()
                })
                .collect();
            Model { messages, services }
        })
}

impl Model {
    fn name(&self, at: usize) -> String {
        match self.messages[at].within {
            Some(outer) => format!(".demo.M{outer}.M{at}"),
            None => format!(".demo.M{at}"),
        }
    }

    /// The messages that are used by what is not hidden, or by all.
    fn used(&self, with_hidden: bool) -> BTreeSet<usize> {
        if with_hidden {
            return (0..self.messages.len()).collect();
        }
        let mut used = BTreeSet::new();
        let shown = self
            .services
            .iter()
            .flatten()
            .filter(|method| !method.is_hidden);
        let mut open: Vec<usize> = shown
            .flat_map(|method| [method.input, method.output])
            .collect();
        while let Some(at) = open.pop() {
            if used.insert(at) {
                open.extend(&self.messages[at].uses);
            }
        }
        used
    }

    /// Written as if what is not used had never been there.
    fn write(&self, with_hidden: bool) -> Vec<u8> {
        let used = self.used(with_hidden);
        let holds_used = |at: usize| {
            self.messages
                .iter()
                .enumerate()
                .any(|(inner, message)| message.within == Some(at) && used.contains(&inner))
        };
        let mut files = Vec::new();
        for number in 0..FILES {
            let here = |at: &usize| self.messages[*at].file == number;
            let imports: BTreeSet<usize> = used
                .iter()
                .filter(|at| here(at))
                .flat_map(|at| &self.messages[*at].uses)
                .map(|at| self.messages[*at].file)
                .filter(|file| *file != number)
                .collect();
            let mut found = Self::import(&format!("f{number}.proto"), &imports);
            let mut is_empty = true;
            for top in (0..self.messages.len())
                .filter(here)
                .filter(|at| self.messages[*at].within.is_none())
            {
                if used.contains(&top) || holds_used(top) {
                    found = found.message(self.message(top, &used));
                    is_empty = false;
                }
            }
            if !is_empty {
                files.push(found);
            }
        }
        let methods = |methods: &[Method]| -> Vec<(usize, Method)> {
            let methods = methods.iter().cloned().enumerate();
            methods
                .filter(|(_, method)| with_hidden || !method.is_hidden)
                .collect()
        };
        let mut imports = BTreeSet::new();
        let mut services = Vec::new();
        for (at, all) in self.services.iter().enumerate() {
            let mut found = service(&format!("S{at}"));
            let methods = methods(all);
            for (at, method) in &methods {
                let kind = if method.is_hidden { "Hidden" } else { "Shown" };
                found = found.method(
                    &format!("{kind}{at}"),
                    &self.name(method.input),
                    &self.name(method.output),
                );
                imports.extend([method.input, method.output].map(|at| self.messages[at].file));
            }
            if !methods.is_empty() {
                services.push(found);
            }
        }
        if !services.is_empty() {
            let api = Self::import("api.proto", &imports);
            files.push(services.into_iter().fold(api, File::service).syntax());
        }
        set(files)
    }

    fn message(&self, at: usize, used: &BTreeSet<usize>) -> super::descriptors::Part {
        let mut found = message(&format!("M{at}"));
        if used.contains(&at) {
            found = found.field(string("text", 1));
            for (number, uses) in (2..).zip(&self.messages[at].uses) {
                found = found.field(of(&format!("f{number}"), number, &self.name(*uses)));
            }
        }
        for (inner, _) in self
            .messages
            .iter()
            .enumerate()
            .filter(|(_, message)| message.within == Some(at))
        {
            if used.contains(&inner) {
                found = found.nested(self.message(inner, used));
            }
        }
        found
    }

    fn import(name: &str, imports: &BTreeSet<usize>) -> File {
        imports.iter().fold(file(name), |file, import| {
            file.import(&format!("f{import}.proto"))
        })
    }
}

proptest! {
    #[test]
    fn who_sees_less_sees_what_would_be_there_without_the_rest(model in models()) {
        let any_is_hidden = model.services.iter().flatten().any(|method| method.is_hidden);
        prop_assume!(any_is_hidden);
        let hidden = predicate(|request| request.uri().path().contains("/Hidden"));
        let reflection = builder(&model.write(true)).hide_when(hidden).build().unwrap();
        prop_assert_eq!(outside(&reflection), model.write(false));
    }

    #[test]
    fn what_remains_can_be_served_by_itself_and_nothing_is_hidden_in_it(
        model in models(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        // With some bytes changed it is often no set at all: then that is said, and nothing panics.
        let mut whole = model.write(true);
        for (at, byte) in cuts {
            let at = at.index(whole.len());
            whole[at] = byte;
        }
        let hidden = || predicate(|request| request.uri().path().contains("/Hidden"));
        if let Ok(reflection) = builder(&whole).hide_when(hidden()).build() {
            let remains = outside(&reflection);
            let again = builder(&remains).hide_when(hidden()).build();
            let again = again.map_err(|error| TestCaseError::fail(format!("{error}")))?;
            prop_assert_eq!(outside(&again), remains);
        }
    }

    #[test]
    fn bytes_of_any_kind_are_a_set_or_an_error(bytes: Vec<u8>) {
        drop(builder(&bytes).show_all().build());
    }
}
