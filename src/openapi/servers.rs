//! Under which paths the operations of a document are called.

use http::Uri;

use super::json::Json;
use crate::percent;

/// The base paths of an array of servers, each without a slash at its end. `None` where one cannot be told.
pub(super) fn base_paths(servers: &[Json]) -> Result<Vec<String>, Flaw> {
    let mut paths = Vec::new();
    for server in servers {
        let url = server
            .get("url")
            .and_then(Json::as_str)
            .ok_or(Flaw::NoUrl)?;
        for url in fill_in(url, server.get("variables"))? {
            let path = base_path(&url).ok_or_else(|| Flaw::Relative(url.clone()))?;
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
    }
    Ok(paths)
}

/// Why base paths cannot be told.
#[derive(Debug)]
pub(super) enum Flaw {
    NoUrl,
    /// This one's depends on where the document was loaded from.
    Relative(String),
    /// This one's variables have too many values.
    TooMany(String),
}

/// The URL with each value that its variables are listed with; those without a list, with their default.
fn fill_in(url: &str, variables: Option<&Json>) -> Result<Vec<String>, Flaw> {
    let mut urls = vec![url.to_owned()];
    let variables = variables.and_then(Json::as_object);
    for (name, variable) in variables.into_iter().flatten() {
        let slot = format!("{{{name}}}");
        if !url.contains(&slot) {
            continue;
        }
        let listed = variable.get("enum").into_iter().flat_map(Json::strings);
        let default = variable.get("default").and_then(Json::as_str);
        let mut values: Vec<&str> = listed.chain(default).collect();
        values.sort_unstable();
        values.dedup();
        if values.is_empty() {
            continue; // stays a template
        }
        if urls.len() * values.len() > MAX_URLS {
            return Err(Flaw::TooMany(url.to_owned()));
        }
        urls = urls
            .iter()
            .flat_map(|url| values.iter().map(|value| url.replace(&slot, value)))
            .collect();
    }
    Ok(urls)
}

const MAX_URLS: usize = 256;

fn base_path(url: &str) -> Option<String> {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let after_scheme = match url.split_once("://") {
        Some((_, rest)) => Some(rest),
        None => url.strip_prefix("//"),
    };
    let path = match after_scheme {
        Some(rest) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or(""),
        None => url,
    };
    (path.is_empty() || path.starts_with('/')).then(|| path.trim_end_matches('/').to_owned())
}

/// The target of a request for a path, as a URI; the slots of templates stay as they are.
pub(super) fn target(base: &str, path: &str) -> Option<Uri> {
    let path = path.split('#').next().unwrap_or_default();
    let mut text = String::with_capacity(base.len() + path.len());
    for byte in base.bytes().chain(path.bytes()) {
        if byte.is_ascii_graphic()
            && !matches!(byte, b'<' | b'>' | b'`' | b'"' | b'\\' | b'^' | b'|')
        {
            text.push(char::from(byte));
        } else {
            percent::escape(byte, &mut text);
        }
    }
    Uri::try_from(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_paths_of_servers() {
        for (server, expect) in [
            (r#"{"url":"/"}"#, &[""][..]),
            (r#"{"url":""}"#, &[""]),
            (r#"{"url":"/v1/"}"#, &["/v1"]),
            (r#"{"url":"https://a.example"}"#, &[""]),
            (r#"{"url":"https://a.example/"}"#, &[""]),
            (r#"{"url":"https://a.example:8443/b/c/?x=y#z"}"#, &["/b/c"]),
            (r#"{"url":"//a.example/b"}"#, &["/b"]),
            (
                r#"{"url":"https://{h}.example/{v}","variables":{"h":{"default":"a"},"v":{"enum":["v1","v2"],"default":"v3"}}}"#,
                &["/v1", "/v2", "/v3"],
            ),
            (
                r#"{"url":"{all}","variables":{"all":{"default":"https://a.example/b"}}}"#,
                &["/b"],
            ),
            (r#"{"url":"/{unknown}/b"}"#, &["/{unknown}/b"]),
        ] {
            let server = Json::parse(server.as_bytes()).unwrap();
            assert_eq!(
                base_paths(std::slice::from_ref(&server)).unwrap(),
                expect,
                "{server:?}"
            );
        }
    }

    #[test]
    fn a_base_path_that_cannot_be_told_is_an_error() {
        for server in [
            r#"{"url":"v1"}"#,
            r#"{"url":"."}"#,
            "{}",
            r#"{"url":1}"#,
            "null",
        ] {
            let server = Json::parse(server.as_bytes()).unwrap();
            assert!(
                base_paths(std::slice::from_ref(&server)).is_err(),
                "{server:?}"
            );
        }
        let values: Vec<String> = (0..20).map(|n| format!("\"{n}\"")).collect();
        let values = values.join(",");
        let many = format!(
            r#"{{"url":"/{{a}}/{{b}}","variables":{{"a":{{"enum":[{values}]}},"b":{{"enum":[{values}]}}}}}}"#
        );
        assert!(base_paths(&[Json::parse(many.as_bytes()).unwrap()]).is_err());
    }

    #[test]
    fn paths_become_targets_as_a_client_would_send_them() {
        for (base, path, expect) in [
            ("", "/users/{id}", "/users/{id}"),
            ("/v1", "/a b", "/v1/a%20b"),
            ("", "/ü", "/%C3%BC"),
            ("", "/a?b=c", "/a?b=c"),
            ("", "/a#b", "/a"),
            ("", "/a\"<>\\^`|", "/a%22%3C%3E%5C%5E%60%7C"),
        ] {
            assert_eq!(target(base, path).unwrap(), expect);
        }
        assert_eq!(target("", &"/a".repeat(40_000)), None);
    }
}
