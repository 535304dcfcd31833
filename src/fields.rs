//! The fields that an answer must have, however many it has already.
//!
//! A head takes about 24,000 names, and panics where it is given more. Whoever answers with so many loses them all, rather than
//! the one that keeps an answer out of shared caches, or says why a request was refused.

use http::{HeaderMap, HeaderName, HeaderValue, header::MaxSizeReached};

/// Beside those of the same name.
pub(crate) fn append(headers: &mut HeaderMap, name: &HeaderName, value: &HeaderValue) {
    or_alone(headers, |headers| {
        headers.try_append(name, value.clone()).map(drop)
    });
}

/// In the place of those of the same name.
pub(crate) fn insert(headers: &mut HeaderMap, name: &HeaderName, value: &HeaderValue) {
    or_alone(headers, |headers| {
        headers.try_insert(name, value.clone()).map(drop)
    });
}

fn or_alone(headers: &mut HeaderMap, put: impl Fn(&mut HeaderMap) -> Result<(), MaxSizeReached>) {
    if put(headers).is_err() {
        headers.clear();
        let _fits = put(headers);
    }
}

#[cfg(test)]
mod tests {
    use http::header::{AGE, VARY};

    use super::*;

    #[test]
    fn a_head_without_room_keeps_what_it_must_have_alone() {
        let value = HeaderValue::from_static("a");
        for put in [insert, append] {
            let mut full = HeaderMap::new();
            for at in 0.. {
                let name = HeaderName::try_from(format!("x-{at}")).unwrap();
                if full.try_insert(name, value.clone()).is_err() {
                    break;
                }
            }
            put(&mut full, &VARY, &value);
            assert_eq!(full, HeaderMap::from_iter([(VARY, value.clone())]));
            put(&mut full, &AGE, &value);
            assert_eq!(full.len(), 2);
        }
    }
}
