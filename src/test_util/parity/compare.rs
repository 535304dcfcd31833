//! What two absent paths share, a hidden one must share too.

use std::{error::Error as StdError, fmt};

use super::{mistake::likely_mistake, probe::Probe};

/// How a hidden path can be told from an absent one: what was asked, both answers, and what is likely to be the mistake.
#[derive(Clone, Debug)]
pub struct Difference {
    probe: String,
    hidden: String,
    absent: String,
    cause: &'static str,
}

impl Difference {
    /// What was asked, with `/…` for the path.
    pub fn probe(&self) -> &str {
        &self.probe
    }

    /// What is likely to be the mistake, and the cure.
    pub fn cause(&self) -> &'static str {
        self.cause
    }
}

impl Difference {
    /// Nothing was answered, so nothing was compared.
    pub(super) fn silence() -> Self {
        Self {
            probe: "anything".to_owned(),
            hidden: String::new(),
            absent: String::new(),
            cause: "the server does not answer at all",
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "a hidden path can be told from an absent one by")?;
        writeln!(f, "    {}", self.probe)?;
        writeln!(f, "(`-` the absent one, `+` the hidden one)")?;
        let (absent, hidden): (Vec<_>, Vec<_>) =
            (self.absent.lines().collect(), self.hidden.lines().collect());
        for line in &absent {
            let mark = if hidden.contains(line) { ' ' } else { '-' };
            writeln!(f, "  {mark} {line}")?;
        }
        for line in hidden.iter().filter(|line| !absent.contains(line)) {
            writeln!(f, "  + {line}")?;
        }
        if same_lines(&absent, &hidden) {
            writeln!(f, "  + the same lines in another order:")?;
            for line in &hidden {
                writeln!(f, "  + {line}")?;
            }
        }
        write!(f, "likely: {}", self.cause)
    }
}

fn same_lines(one: &[&str], other: &[&str]) -> bool {
    let (mut one, mut other) = (one.to_vec(), other.to_vec());
    one.sort_unstable();
    other.sort_unstable();
    one == other
}

impl StdError for Difference {}

/// Whether the answer to the hidden path is one that an absent path might have had.
pub(super) fn compare(
    probe: &Probe,
    hidden: String,
    one: &str,
    other: &str,
) -> Result<(), Difference> {
    let differ = |hidden: String, cause| {
        Err(Difference {
            probe: probe.name(),
            hidden,
            absent: one.to_owned(),
            cause,
        })
    };
    let (ones, others) = (one.lines().count(), other.lines().count());
    if ones != others {
        return differ(
            other.to_owned(),
            "two absent paths are answered differently themselves, so nothing can be compared; \
            name two that are alike, or ask without what changes from one request to the next",
        );
    }
    let fits = hidden.lines().count() == ones
        && hidden
            .lines()
            .zip(one.lines().zip(other.lines()))
            .all(|(hidden, (one, other))| line_fits(hidden, one, other));
    if fits {
        return Ok(());
    }
    let cause = likely_mistake(&hidden, one);
    differ(hidden, cause)
}

/// Where two absent paths differ, as in the id of a request, the hidden one may differ in the same place.
fn line_fits(hidden: &str, one: &str, other: &str) -> bool {
    if one == other {
        return hidden == one;
    }
    let same = |(one, other): &(char, char)| one == other;
    let shared = one.chars().zip(other.chars()).take_while(same);
    let start: String = shared.map(|(one, _)| one).collect();
    let start = start
        .rfind([':', '=', ' '])
        .and_then(|at| start.get(..=at))
        .unwrap_or("");
    hidden.starts_with(start)
}

#[cfg(test)]
mod tests {
    use super::line_fits;

    #[test]
    fn only_what_absent_paths_do_not_share_may_differ() {
        for (hidden, one, other, expect) in [
            ("allow: GET", "allow: GET", "allow: GET", true),
            ("allow: GET", "allow: PUT", "allow: PUT", false),
            (
                "x-request-id: 3",
                "x-request-id: 1",
                "x-request-id: 2",
                true,
            ),
            (
                "x-request-id: 31",
                "x-request-id: 12",
                "x-request-id: 13",
                true,
            ),
            ("allow: GET", "x-request-id: 1", "x-request-id: 2", false),
            ("id=3", "id=1", "id=2", true),
            (
                "HTTP/1.1 404 Not Found",
                "HTTP/1.1 404 Not Found",
                "HTTP/1.1 200 OK",
                true,
            ),
        ] {
            assert_eq!(
                line_fits(hidden, one, other),
                expect,
                "{hidden} {one} {other}"
            );
        }
    }
}
