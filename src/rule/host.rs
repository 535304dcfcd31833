//! Is it for one of these hosts?

use std::{borrow::Cow, net::Ipv6Addr, sync::Arc};

use http::header::HOST;

use crate::{
    ConfigError, ConfigErrorKind, RequestHead,
    path::Table,
    predicate::{Predicate, Verdict},
};

/// Yes where the request is for one of `hosts`: by `:authority`, an absolute target or the `Host` header.
///
/// In any case of letters, whatever the port. Where the request names a host twice, both must agree. Unknown where it names
/// none, two that differ, or something odd: a user name, a dot at the end, characters that no name has.
///
/// # Errors
/// [`ConfigErrorKind::Host`] where there is no host, or one with a port, a dot at the end, a wildcard, or characters that no
/// name has.
///
/// # Security
/// A caller writes what he likes here. It proves nothing alone; put beside [`client_addr`](super::client_addr) it keeps a
/// web page that an insider visits from reaching inside through a name that resolves there (DNS rebinding).
///
/// # Examples
/// ```
/// use http::Request;
/// use tower_postern::{RequestHead, predicate::{Predicate, Verdict}, rule};
///
/// let rule = rule::host(["admin.example.com"])?;
/// for (host, expect) in [
///     ("admin.example.com", Verdict::Yes),
///     ("Admin.Example.com:8443", Verdict::Yes),
///     ("example.com", Verdict::No),
///     ("admin.example.com.", Verdict::Unknown),
/// ] {
///     let request = Request::builder().header("host", host).body(())?;
///     assert_eq!(rule.check(&RequestHead::new(&request)), expect);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn host<T: AsRef<str>>(hosts: impl IntoIterator<Item = T>) -> Result<Host, ConfigError> {
    let hosts: Vec<T> = hosts.into_iter().collect();
    if hosts.is_empty() {
        let message = "the list is empty; name at least one host";
        return Err(ConfigError::new(ConfigErrorKind::Host, message));
    }
    let mut names = Table::new(hosts.len(), true);
    for text in &hosts {
        let text = text.as_ref();
        let error = |what: &str| {
            let message = format!("`{text}` {what}");
            ConfigError::new(ConfigErrorKind::Host, message)
        };
        if text.contains('*') {
            return Err(error("has a wildcard; name each host, or ask by a closure"));
        }
        if text.ends_with('.') {
            return Err(error("ends with a dot; leave it out"));
        }
        let name = parse(text)
            .ok_or_else(|| error("is no host; write a name, an IPv4 address or an IPv6 address in brackets, non-ASCII names as `xn--..`"))?;
        if name.has_port {
            return Err(error("has a port, which is ignored; leave it out"));
        }
        // There is room for each by construction.
        let _value = names.entry(0, name.host.as_bytes(), 1);
    }
    Ok(Host(Arc::new(names)))
}

/// What [`host`] returns. A clone copies nothing.
#[derive(Clone, Debug)]
pub struct Host(Arc<Table>);

impl Predicate for Host {
    fn check(&self, request: &RequestHead<'_>) -> Verdict {
        let Some(name) = named(request) else {
            return Verdict::Unknown;
        };
        self.0.get(0, name.as_bytes()).is_some().into()
    }
}

/// The one host that the request names.
fn named<'a>(request: &RequestHead<'a>) -> Option<Cow<'a, str>> {
    let authority = match request.authority() {
        Some(authority) => Some(parse(authority.as_str())?.host),
        None => None,
    };
    let mut lines = request.headers().get_all(HOST).iter();
    let header = match lines.next() {
        Some(line) => Some(parse(line.to_str().ok()?)?.host),
        None => None,
    };
    if lines.next().is_some() {
        return None;
    }
    match (authority, header) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(&other).then_some(one),
        (one, other) => one.or(other),
    }
}

struct Authority<'a> {
    host: Cow<'a, str>,
    has_port: bool,
}

/// A host, and perhaps a port, in the one spelling of it that is not odd.
fn parse(text: &str) -> Option<Authority<'_>> {
    let (host, port) = if let Some(inner) = text.strip_prefix('[') {
        let (address, port) = inner.split_once(']')?;
        let address: Ipv6Addr = address.parse().ok()?;
        (
            Cow::Owned(format!("[{address}]")),
            port.strip_prefix(':')
                .or_else(|| (!port.is_empty()).then_some("")),
        )
    } else {
        let (name, port) = match text.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (text, None),
        };
        let is_word = |label: &str| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        name.split('.')
            .all(is_word)
            .then_some((Cow::Borrowed(name), port))?
    };
    let is_number =
        |port: &str| !port.is_empty() && port.bytes().all(|digit| digit.is_ascii_digit());
    port.is_none_or(is_number).then_some(Authority {
        host,
        has_port: port.is_some(),
    })
}
