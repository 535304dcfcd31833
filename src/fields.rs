//! The fields that an answer must have, however many it has already.
//!
//! A head takes about 24,000 names, and panics where it is given more. Whoever answers with so many loses them all, rather than
//! the one that keeps an answer out of shared caches, or says why a request was refused.

use http::{HeaderMap, HeaderName, HeaderValue};

/// Beside those of the same name.
#[inline]
pub(crate) fn append(headers: &mut HeaderMap, name: HeaderName, value: &HeaderValue) {
    if headers.try_append(name.clone(), value.clone()).is_err() {
        alone(headers, name, value);
    }
}

/// In the place of those of the same name.
#[inline]
pub(crate) fn insert(headers: &mut HeaderMap, name: HeaderName, value: &HeaderValue) {
    if headers.try_insert(name.clone(), value.clone()).is_err() {
        alone(headers, name, value);
    }
}

#[cold]
fn alone(headers: &mut HeaderMap, name: HeaderName, value: &HeaderValue) {
    headers.clear();
    let _fits = headers.try_insert(name, value.clone());
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
            put(&mut full, VARY, &value);
            assert_eq!(full, HeaderMap::from_iter([(VARY, value.clone())]));
            put(&mut full, AGE, &value);
            assert_eq!(full.len(), 2);
        }
    }
}
