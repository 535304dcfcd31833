//! What an answer must be like to count.

use std::{fmt, time::Duration};

use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{ACCEPT, AGE, CACHE_CONTROL, CONTENT_TYPE, HeaderName},
};

use super::{ErasedFetch, FetchError, FetchErrorKind, FetchRequest, FetchResponse, Url};

/// Asks, and lets through only what is a JSON document of a reasonable length.
#[derive(Clone)]
pub(crate) struct Gate {
    fetch: ErasedFetch,
    max_bytes: usize,
}

impl Gate {
    pub(crate) fn new(fetch: ErasedFetch, max_bytes: usize) -> Self {
        Self { fetch, max_bytes }
    }

    /// A JSON document; `accept` names its media type besides `application/json`, if it has one.
    pub(crate) async fn json(
        &self,
        url: &Url,
        accept: &'static str,
    ) -> Result<FetchResponse, FetchError> {
        let accept = HeaderValue::from_static(accept);
        let headers = HeaderMap::from_iter([(ACCEPT, accept)]);
        let request = FetchRequest::get(url.uri().clone())
            .with_headers(headers)
            .with_max_bytes(self.max_bytes);
        let response = self.fetch.fetch(request).await?;
        self.check(&response)?;
        Ok(response)
    }

    fn check(&self, response: &FetchResponse) -> Result<(), FetchError> {
        let status = response.status();
        if status.is_redirection() {
            return Err(FetchError::new(FetchErrorKind::Redirect).with_source(StatusIs(status)));
        }
        if status != StatusCode::OK {
            return Err(FetchError::new(FetchErrorKind::Status).with_source(StatusIs(status)));
        }
        if response.body().len() > self.max_bytes {
            return Err(FetchErrorKind::TooLarge.into());
        }
        let content_type =
            only(response.headers(), &CONTENT_TYPE).and_then(|one| one.to_str().ok());
        if !content_type.is_some_and(is_json) {
            return Err(FetchErrorKind::MediaType.into());
        }
        Ok(())
    }
}

impl From<FetchErrorKind> for FetchError {
    fn from(kind: FetchErrorKind) -> Self {
        Self::new(kind)
    }
}

fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h HeaderValue> {
    let mut lines = headers.get_all(name).iter();
    let first = lines.next()?;
    lines.next().is_none().then_some(first)
}

/// `application/json`, or with a suffix `+json` as in `application/jwk-set+json`; parameters do not count.
fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let Some((kind, subtype)) = essence.split_once('/') else {
        return false;
    };
    let subtype = subtype.to_ascii_lowercase();
    kind.eq_ignore_ascii_case("application") && (subtype == "json" || subtype.ends_with("+json"))
}

/// For how long an answer says that it is good: `max-age` less `Age`, [RFC 9111, section 4.2].
///
/// None, where it says nothing; zero, where it says that it is not to be kept, or contradicts itself.
///
/// [RFC 9111, section 4.2]: https://www.rfc-editor.org/rfc/rfc9111#section-4.2
pub(crate) fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let mut shortest = None;
    for line in headers.get_all(CACHE_CONTROL) {
        for directive in line.to_str().unwrap_or("no-cache").split(',') {
            let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
            let name = name.trim();
            let seconds = if name.eq_ignore_ascii_case("max-age") {
                // Digits that do not fit into the number are a very long time.
                let digits = value.trim().trim_matches('"');
                if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
                    digits.parse().unwrap_or(u64::MAX)
                } else {
                    0
                }
            } else if name.eq_ignore_ascii_case("no-cache") || name.eq_ignore_ascii_case("no-store")
            {
                0
            } else {
                continue;
            };
            shortest = Some(shortest.map_or(seconds, |least: u64| least.min(seconds)));
        }
    }
    let age = only(headers, &AGE).and_then(|age| age.to_str().ok()?.trim().parse().ok());
    Some(Duration::from_secs(
        shortest?.saturating_sub(age.unwrap_or(0)),
    ))
}

/// Whether the server said that there is nothing under that address, as it does of names that do not exist.
pub(crate) fn is_absent(error: &FetchError) -> bool {
    let status = std::error::Error::source(error).and_then(|source| source.downcast_ref());
    status.is_some_and(|StatusIs(status)| {
        [
            StatusCode::BAD_REQUEST,
            StatusCode::NOT_FOUND,
            StatusCode::GONE,
        ]
        .contains(status)
    })
}

/// A number, and not the text after it, which a server makes up.
#[derive(Debug)]
struct StatusIs(StatusCode);

impl fmt::Display for StatusIs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the status is {}", self.0.as_u16())
    }
}

impl std::error::Error for StatusIs {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_of_json() {
        for (text, json) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/jwk-set+json", true),
            ("application/jwk-set+json;charset=utf-8", true),
            ("text/json", false),
            ("text/html", false),
            ("application/jsonp", false),
            ("application/xml;x=application/json", false),
            ("json", false),
            ("", false),
        ] {
            assert_eq!(is_json(text), json, "{text:?}");
        }
    }

    #[test]
    fn the_shortest_life_counts() {
        let cases: &[(&[&'static str], Option<&'static str>, Option<u64>)] = &[
            (&[], None, None),
            (&["public"], None, None),
            (&["public, max-age=300"], None, Some(300)),
            (&["MAX-AGE = 300"], None, Some(300)),
            (&["max-age=\"300\""], None, Some(300)),
            (&["max-age=300", "max-age=60"], None, Some(60)),
            (&["max-age=300, no-cache"], None, Some(0)),
            (&["no-store"], None, Some(0)),
            (&["max-age=-1"], None, Some(0)),
            (&["max-age="], None, Some(0)),
            (&["max-age=99999999999999999999"], None, Some(u64::MAX)),
            (&["s-maxage=300"], None, None),
            (&["max-age=300"], Some("100"), Some(200)),
            (&["max-age=300"], Some("400"), Some(0)),
            (&["max-age=300"], Some("x"), Some(300)),
        ];
        for (lines, age, expect) in cases {
            let mut headers = HeaderMap::new();
            for line in *lines {
                headers.append(CACHE_CONTROL, HeaderValue::from_static(line));
            }
            if let Some(age) = age {
                headers.insert(AGE, HeaderValue::from_static(age));
            }
            assert_eq!(
                max_age(&headers).map(|age| age.as_secs()),
                *expect,
                "{lines:?}"
            );
        }
    }
}
