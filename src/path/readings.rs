//! All that a path may be taken for.

use std::mem;

use super::{clean::is_clean, transform};

/// More readings than this, or more bytes in all of them, and nobody can say what the path means.
const MAX_READINGS: usize = 64;
const MAX_BYTES: usize = 16 * 1024;

/// A path, and what else it may be taken for: decoded once, twice and more, overlong UTF-8 folded, with the dots resolved,
/// repeated slashes merged, `;params` left out, backslashes turned, cut at a NUL; in every order.
///
/// Made of a clean path it allocates nothing.
#[derive(Debug)]
pub(crate) struct NormalPath<'a> {
    literal: &'a [u8],
    others: Others,
}

#[derive(Debug)]
enum Others {
    /// One reading only.
    None,
    /// The literal one among them.
    All(Vec<Vec<u8>>),
    TooMany,
}

impl<'a> NormalPath<'a> {
    pub(crate) fn new(path: &'a str) -> Self {
        let literal = path.as_bytes();
        let others = if is_clean(literal) {
            Others::None
        } else {
            read(literal).map_or(Others::TooMany, Others::All)
        };
        Self { literal, others }
    }

    /// The path as it came.
    pub(super) fn literal(&self) -> &'a [u8] {
        self.literal
    }

    /// Every reading, the literal one among them, where there is more than that one. `None` where there are too many to tell.
    pub(super) fn others(&self) -> Option<&[Vec<u8>]> {
        match &self.others {
            Others::None => Some(&[]),
            Others::All(readings) => Some(readings),
            Others::TooMany => None,
        }
    }
}

/// The closure of `literal` under all habits, or `None` where it is too large.
fn read(literal: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut budget = MAX_BYTES.checked_sub(literal.len())?;
    let mut readings = vec![literal.to_vec()];
    let mut next = 0;
    while let Some(reading) = readings.get_mut(next).map(mem::take) {
        for new in transform::ALL.iter().filter_map(|habit| habit(&reading)) {
            if new != reading && !readings.contains(&new) {
                budget = budget.checked_sub(new.len())?;
                readings.push(new);
            }
        }
        if readings.len() > MAX_READINGS {
            return None;
        }
        if let Some(place) = readings.get_mut(next) {
            *place = reading;
        }
        next += 1;
    }
    Some(readings)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn readings(path: &str) -> Option<BTreeSet<String>> {
        let path = NormalPath::new(path);
        let all = path.others()?.iter().map(Vec::as_slice);
        let all = all.chain([path.literal()]);
        Some(
            all.map(|reading| reading.escape_ascii().to_string())
                .collect(),
        )
    }

    #[test]
    fn every_spelling_of_a_path_has_it_among_its_readings() {
        for spelling in [
            "/admin",
            "//admin",
            "/./admin",
            "/x/../admin",
            "/x/..;/admin",
            "/x/..;a=b/admin",
            "/%61dmin",
            "/%2561dmin",
            "/%252561dmin",
            "/%2fadmin",
            "/.%2fadmin",
            "/%2e/admin",
            "/x/%2e%2e/admin",
            "/x/%252e%252e/admin",
            "/x/.%2e/admin",
            "/x%2f..%2fadmin",
            "/x/%c0%ae%c0%ae/admin",
            "/x%c0%afadmin/..%c0%afadmin/../../admin",
            "/x/..%c0%2fadmin",
            "/x/..%c1%1cadmin",
            "/%e0%80%afadmin",
            "/%f0%80%80%afadmin",
            "/x/..%5cadmin",
            "/\\admin",
            "/%5cadmin",
            "/admin;x=y",
            "/admin%3bx",
            "/;x/admin",
            "/admin;x/y",
            "/admin%00",
            "/admin%00.png",
            "/admin%0a",
            "/ad%0amin",
            "/admin%09",
            "/admin%20",
            "/admin%a0",
            "/admin%3f",
            "/admin%23x",
            "/admin%253fx",
            "/%u0061dmin",
            "/%u002fadmin",
            "admin",
            "http://host/admin",
            "//host/admin",
            "/\\host/admin",
        ] {
            let readings = readings(spelling).expect(spelling);
            assert!(readings.contains("/admin"), "{spelling}: {readings:?}");
        }
    }

    #[test]
    fn a_plain_encoding_has_two_readings() {
        for (path, expect) in [
            ("/a%20b", vec!["/a b", "/a%20b"]),
            ("/100%25", vec!["/100%", "/100%25"]),
            ("/a%2Fb", vec!["/a%2Fb", "/a/b"]),
            ("/a", vec!["/a"]),
        ] {
            let expect: BTreeSet<String> = expect.into_iter().map(str::to_owned).collect();
            assert_eq!(readings(path), Some(expect), "{path}");
        }
    }

    #[test]
    fn what_is_too_long_or_too_odd_has_no_readings() {
        for path in [
            format!("/%20{}", "a".repeat(MAX_BYTES)),
            format!("/%{}61", "25".repeat(MAX_READINGS)),
        ] {
            assert_eq!(readings(&path), None, "{path}");
        }
        let most = format!("/%{}61", "25".repeat(MAX_READINGS - 2));
        assert_eq!(readings(&most).map(|all| all.len()), Some(MAX_READINGS));
        let more = format!("/%{}61", "25".repeat(MAX_READINGS - 1));
        assert_eq!(readings(&more), None);
    }

    proptest! {
        #[test]
        fn readings_of_a_reading_are_readings_and_nothing_panics(path in "[/.;%\\\\a0-2c5ef ]{0,16}|\\PC*") {
            if let Some(all) = readings(&path) {
                for reading in NormalPath::new(&path).others().unwrap_or_default() {
                    if let Ok(reading) = std::str::from_utf8(reading) {
                        let again = readings(reading).expect("fewer than before");
                        prop_assert!(again.is_subset(&all), "{again:?} {all:?}");
                    }
                }
            }
        }

        #[test]
        fn a_reading_is_clean_or_has_others_down_to_a_clean_one(path in "/[/.;%\\\\a0-2c5ef]{0,12}") {
            if let Some(all) = NormalPath::new(&path).others() {
                let fixed = |reading: &Vec<u8>| transform::ALL.iter().all(|habit| habit(reading).is_none());
                prop_assert!(all.is_empty() || all.iter().any(fixed));
                let once: BTreeSet<_> = all.iter().collect();
                prop_assert_eq!(once.len(), all.len(), "each stands there once");
            }
        }
    }
}
