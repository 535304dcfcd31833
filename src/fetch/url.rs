//! Addresses that may be asked.

use std::fmt;

use http::{
    Uri,
    uri::{Authority, PathAndQuery, Scheme},
};

/// No address of a key set is longer.
const MAX_LEN: usize = 2048;

/// An absolute address with a host, without a user, a password or a fragment: `https`, or `http` to the one host for which
/// that was allowed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Url(Uri);

/// Where an address points to, without its path: scheme, host and port.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    scheme: Scheme,
    authority: Authority,
}

/// The one host that may be asked without TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PlainHost(Box<str>);

/// Why an address may not be asked, and the cure. For those who configured it.
pub(crate) type UrlProblem = &'static str;

impl Url {
    /// Nothing is normalized: two spellings of an address are two addresses.
    pub(crate) fn parse(text: &str, plain: Option<&PlainHost>) -> Result<Self, UrlProblem> {
        let url = Self::parse_name(text)?;
        let https = url.0.scheme() == Some(&Scheme::HTTPS);
        if https || plain.is_some_and(|plain| url.0.host().is_some_and(|host| plain.is(host))) {
            return Ok(url);
        }
        Err(
            "does not begin with `https://`; take TLS, or allow this one host with `danger_allow_http`",
        )
    }

    /// The same, for one that is fetched from [another origin](Self::at): it may be `http`.
    pub(crate) fn parse_name(text: &str) -> Result<Self, UrlProblem> {
        if text.len() > MAX_LEN {
            return Err("is longer than 2048 bytes; give a shorter one");
        }
        // A `Uri` drops the fragment without a word.
        if text.contains('#') {
            return Err("has a fragment; leave out `#` and what follows");
        }
        let uri: Uri = text
            .parse()
            .map_err(|_| "is no URL; give it as in `https://id.example/keys`")?;
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return Err("is not absolute; begin with `https://`");
        };
        if *scheme != Scheme::HTTPS && *scheme != Scheme::HTTP {
            return Err("is not one of HTTP; begin with `https://`");
        }
        if authority.as_str().contains('@') {
            return Err("has a user or a password in it; give credentials to the client");
        }
        if authority.host().is_empty() {
            return Err("has no host; give it as in `https://id.example/keys`");
        }
        // `:0`, `:` and `:99999` are no ports, and the parser lets some of them pass.
        let port = authority.as_str().get(authority.host().len()..);
        if port.is_none_or(|port| !port.is_empty() && authority.port_u16().is_none_or(|n| n == 0)) {
            return Err("has a port that is none; give one from 1 to 65535, or leave it out");
        }
        Ok(Self(uri))
    }

    pub(crate) fn uri(&self) -> &Uri {
        &self.0
    }

    pub(crate) fn origin(&self) -> Option<Origin> {
        Some(Origin {
            scheme: self.0.scheme()?.clone(),
            authority: self.0.authority()?.clone(),
        })
    }

    /// The same path and query elsewhere.
    pub(crate) fn at(&self, origin: &Origin) -> Self {
        self.with_target(origin, self.0.path_and_query().cloned())
    }

    fn with_target(&self, origin: &Origin, target: Option<PathAndQuery>) -> Self {
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(origin.scheme.clone());
        parts.authority = Some(origin.authority.clone());
        parts.path_and_query = Some(target.unwrap_or(PathAndQuery::from_static("/")));
        // All three are there, which is all that is asked.
        Self(Uri::from_parts(parts).unwrap_or_else(|_| self.0.clone()))
    }

    /// The same origin with another path, which must begin with a slash.
    pub(crate) fn with_path(&self, path: &str) -> Result<Self, UrlProblem> {
        let origin = self.origin().ok_or("is not absolute")?;
        let target = path.parse().map_err(|_| "has a path that is none")?;
        Ok(self.with_target(&origin, Some(target)))
    }
}

/// An origin is given as an address without a path.
impl Origin {
    pub(crate) fn parse(text: &str, plain: Option<&PlainHost>) -> Result<Self, UrlProblem> {
        let url = Url::parse(text, plain)?;
        let uri = url.uri();
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err("has a path; give scheme, host and port only, as in `https://id.example`");
        }
        url.origin().ok_or("is not absolute; begin with `https://`")
    }

    /// Whether an address points there. A port that is left out is that of the scheme.
    pub(crate) fn contains(&self, uri: &Uri) -> bool {
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return false;
        };
        let port = |authority: &Authority| {
            let default = if self.scheme == Scheme::HTTPS {
                443
            } else {
                80
            };
            authority.port_u16().unwrap_or(default)
        };
        *scheme == self.scheme
            && authority.host().eq_ignore_ascii_case(self.authority.host())
            && port(authority) == port(&self.authority)
    }
}

impl PlainHost {
    /// A name or an address, without scheme and port.
    pub(crate) fn parse(text: &str) -> Result<Self, UrlProblem> {
        // An IPv6 address is written in brackets in a URL, and often without them elsewhere.
        let host = match text.parse::<std::net::Ipv6Addr>() {
            Ok(address) => format!("[{address}]"),
            Err(_) => text.to_owned(),
        };
        match host.parse::<Authority>() {
            Ok(authority) if authority.host() == authority.as_str() && !host.is_empty() => {
                Ok(Self(host.into()))
            }
            Ok(_) | Err(_) => Err("is no host; give a name or an address, without scheme and port"),
        }
    }

    fn is(&self, host: &str) -> bool {
        self.0.eq_ignore_ascii_case(host)
    }
}

/// Without the query: there may be a key in it.
impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, authority) = (self.0.scheme_str(), self.0.authority());
        let authority = authority.map_or("", Authority::as_str);
        write!(f, "{}://{authority}{}", scheme.unwrap_or(""), self.0.path())
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_without_credentials_may_be_asked() {
        let plain = PlainHost::parse("keycloak").unwrap();
        for (text, ok) in [
            ("https://id.example/keys", true),
            ("https://id.example", true),
            ("HTTPS://id.example/keys?v=1", true),
            ("https://id.example:8443/keys", true),
            ("https://[::1]:8443/keys", true),
            ("http://keycloak:8080/keys", true),
            ("http://KEYCLOAK/keys", true),
            ("http://id.example/keys", false),
            ("http://127.0.0.1/keys", false),
            ("http://keycloak.evil/keys", false),
            ("http://keycloak@evil/keys", false),
            ("https://user:pass@id.example/keys", false),
            ("https://user@id.example/keys", false),
            ("https://id.example/keys#part", false),
            ("https://id.example:0/keys", false),
            ("https://id.example:/keys", false),
            ("https://id.example:99999/keys", false),
            ("ftp://id.example/keys", false),
            ("file:///etc/passwd", false),
            ("//id.example/keys", false),
            ("/keys", false),
            ("id.example", false),
            ("https://", false),
            ("https:///keys", false),
            ("https://:443/keys", false),
            ("https://id.example/a b", false),
            ("https://id.example/\r\nx: y", false),
            ("", false),
        ] {
            assert_eq!(Url::parse(text, Some(&plain)).is_ok(), ok, "{text:?}");
        }
        assert!(Url::parse(&format!("https://id.example/{}", "a".repeat(2048)), None).is_err());
        assert!(Url::parse("http://keycloak/keys", None).is_err());
    }

    #[test]
    fn an_origin_is_compared_with_its_port() {
        let origin = Origin::parse("https://id.example", None).unwrap();
        for (text, same) in [
            ("https://id.example/keys", true),
            ("https://ID.example:443/keys", true),
            ("https://id.example:8443/keys", false),
            ("http://id.example/keys", false),
            ("https://id.example.evil/keys", false),
            ("/keys", false),
        ] {
            assert_eq!(origin.contains(&text.parse().unwrap()), same, "{text}");
        }
        assert!(Origin::parse("https://id.example/keys", None).is_err());
        assert!(Origin::parse("https://id.example/?a", None).is_err());
    }

    #[test]
    fn an_address_moves_to_another_origin_with_its_path_and_query() {
        let plain = PlainHost::parse("::1").unwrap();
        let origin = Origin::parse("http://[::1]:8080", Some(&plain)).unwrap();
        let url = Url::parse("https://id.example/keys?v=1", None).unwrap();
        assert_eq!(url.at(&origin).uri(), "http://[::1]:8080/keys?v=1");
        assert_eq!(url.with_path("/a").unwrap().uri(), "https://id.example/a");
        let url = Url::parse("https://id.example", None).unwrap();
        assert_eq!(url.at(&origin).uri(), "http://[::1]:8080/");
    }

    #[test]
    fn a_host_is_a_name_or_an_address() {
        for host in ["keycloak", "id.example", "127.0.0.1", "::1", "[::1]"] {
            assert!(PlainHost::parse(host).is_ok(), "{host:?}");
        }
        for host in ["", "a:80", "http://a", "a/b", "a b", "u@a", "[::1]:80"] {
            assert!(PlainHost::parse(host).is_err(), "{host:?}");
        }
    }

    #[test]
    fn a_query_is_not_shown() {
        let url = Url::parse("https://id.example:8443/keys?key=s3cr3t", None).unwrap();
        assert_eq!(format!("{url:?}"), "https://id.example:8443/keys");
    }
}
