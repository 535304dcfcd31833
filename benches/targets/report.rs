//! What is printed, and what is kept of it: the whole table, the plot, and the part of README that was measured.

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    machine::Machine,
    plot,
    table::{Line, Pace},
};

/// Around the part of README that is written here.
const BEGIN: &str =
    "<!-- written by `cargo bench --all-features --bench targets -- --report` -->\n";
const END: &str = "<!-- end -->";

/// Rows that say in short what all of them say.
const SHORT: &[&str] = &[
    "HS256: valid, our claims",
    "RS256: valid, our claims",
    "ES256: valid, our claims",
    "EdDSA: valid, our claims",
    "RS256: forged",
    "RS256: expired",
    "cached, whole-token key",
    "cached, SHA-256 key",
    "a validator that only compares",
    "missing token",
    "garbage of a token's length",
    "exempt, peer known",
    "hide, visible among 10,000 paths",
    "hide, visible by 10,000 networks",
    "look up a path, 10,000 exact ones",
    "look up a path, 10,000 patterns",
    "look up an address, 10,000 networks",
    "clone, `BearerAuth`",
];

pub(crate) struct Report {
    pub(crate) machine: Machine,
    pub(crate) pace: Pace,
    pub(crate) lines: Vec<Line>,
}

impl Report {
    /// The whole table, as Markdown.
    pub(crate) fn whole(&self) -> String {
        let mut text = format!(
            "{}. Medians of {} rounds of {} µs, all rows of a group in turns; a ratio is the median of the ratios of the \
             rounds. `×` is the multiple of `of`. Allocations of a row with a target are those beyond the bare service.\n\n",
            self.machine,
            self.pace.rounds,
            self.pace.round.as_micros(),
        );
        table(&mut text, &self.lines.iter().collect::<Vec<_>>());
        writeln!(text, "\n{}", self.verdict()).expect("a string takes all");
        text
    }

    fn verdict(&self) -> String {
        let targets = self.lines.iter().filter(|line| line.is_target());
        let count = targets.clone().count();
        let over: Vec<_> = targets.filter(|line| line.is_over()).collect();
        let (good, names) = (count - over.len(), over.iter().map(|line| &*line.name));
        match names.collect::<Vec<_>>().join("; ") {
            none if none.is_empty() => format!("All of {count} targets are met."),
            names => format!("{good} of {count} targets are met. Over: {names}."),
        }
    }

    fn short(&self) -> String {
        let mut text = format!("{}:\n\n", self.machine);
        let lines = SHORT.iter().map(|name| {
            let line = self.lines.iter().find(|line| line.name == *name);
            line.expect("it is a row")
        });
        table(&mut text, &lines.collect::<Vec<_>>());
        writeln!(text, "\n{}", self.verdict()).expect("a string takes all");
        text
    }

    /// Writes the files.
    pub(crate) fn write(&self) {
        let root: PathBuf = env!("CARGO_MANIFEST_DIR").into();
        let head =
            "# Speed\n\nWritten by `cargo bench --all-features --bench targets -- --report`.\n\n";
        let whole = format!("{head}{}", self.whole());
        write(&root.join("benches/targets.md"), &whole);
        let plot = plot::draw(&self.machine, &self.lines);
        write(&root.join("benches/targets.svg"), &plot);

        let readme = root.join("README.md");
        let text = fs::read_to_string(&readme).expect("there is a README");
        let (before, rest) = text.split_once(BEGIN).expect("its part begins");
        let (_, after) = rest.split_once(END).expect("its part ends");
        write(
            &readme,
            &format!("{before}{BEGIN}\n{}\n{END}{after}", self.short()),
        );
    }
}

fn table(text: &mut String, lines: &[&Line]) {
    writeln!(text, "{}", Line::HEAD).expect("a string takes all");
    for line in lines {
        writeln!(text, "{line}").expect("a string takes all");
    }
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).expect("the file is written");
}
