//! What an outsider can try.

use std::{collections::hash_map::RandomState, fmt, hash::BuildHasher, net::SocketAddr};

use bytes::Bytes;
use h2::ext::Protocol;
use http::Request;

use super::exchange::{End, http1, http2};

const METHODS: &[&str] = &[
    "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW",
];

/// A path as it may be written, after the path itself.
const SPELLINGS: &[fn(&str) -> String] = &[
    |path| format!("{path}/"),
    |path| format!("{path}//"),
    |path| format!("{path}/x"),
    |path| format!("/{path}"),
    |path| format!("/.{path}"),
    |path| format!("{path}/..{path}"),
    |path| format!("{path}?a=b"),
    |path| format!("{path};v=1"),
    |path| format!("{path}%20"),
    str::to_uppercase,
    encode_last,
];

type Headers = &'static [(&'static str, &'static str)];

const HEADERS: &[Headers] = &[
    &[
        ("origin", "https://elsewhere.example"),
        ("access-control-request-method", "GET"),
        ("access-control-request-headers", "authorization"),
    ],
    &[("origin", "https://elsewhere.example")],
    &[("accept-encoding", "gzip, br")],
    &[("accept", "application/json")],
    &[("authorization", "Bearer forged")],
    &[("content-type", "application/x-www-form-urlencoded")],
    &[("content-type", "application/grpc"), ("te", "trailers")],
    &[("range", "bytes=0-1"), ("if-none-match", "*")],
    &[("x-http-method-override", "GET"), ("x-original-url", "/")],
];

/// Said as it is, with `@` for the path, `~` for the host and `^` for the caller's own headers. The server closes the
/// connection, asked to or not.
const RAW: &[&str] = &[
    "GET @ HTTP/1.0\r\n^\r\n",
    "GET http://~@ HTTP/1.1\r\nhost: ~\r\n^connection: close\r\n\r\n",
    "POST @ HTTP/1.1\r\nhost: ~\r\n^transfer-encoding: chunked\r\nconnection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "POST @ HTTP/1.1\r\nhost: ~\r\n^expect: 100-continue\r\ncontent-length: 3\r\nconnection: close\r\n\r\nabc",
    "PUT @ HTTP/1.1\r\nhost: ~\r\n^expect: 100-continue\r\ncontent-length: 99999999\r\nconnection: close\r\n\r\n",
    // The second request tells whether the connection outlived the first.
    "GET @ HTTP/1.1\r\nhost: ~\r\n^\r\nGET @ HTTP/1.1\r\nhost: ~\r\n^connection: close\r\n\r\n",
    "POST @ HTTP/1.1\r\nhost: ~\r\n^content-length: 3\r\n\r\nabcGET @ HTTP/1.1\r\nhost: ~\r\n^connection: close\r\n\r\n",
    "GET @ HTTP/1.1\r\nhost: ~\r\n^connection: upgrade, close\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
     sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    "GET @ HTTP/1.1\r\nhost: ~\r\n^connection: upgrade, http2-settings, close\r\nupgrade: h2c\r\n\
     http2-settings: AAMAAABkAAQAAP__\r\n\r\n",
];

/// One thing to try on a path.
#[derive(Clone, Debug)]
pub(super) struct Probe {
    way: Way,
    method: &'static str,
    spell: fn(&str) -> String,
    headers: Headers,
    body: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Http1,
    Http2,
    Unfinished,
    /// How a WebSocket is opened over HTTP/2 (RFC 8441).
    Tunnel,
    Raw(&'static str),
}

impl Probe {
    pub(super) fn all() -> Vec<Self> {
        let plain = |method| Self {
            method,
            ..Self::plain()
        };
        let mut probes = Vec::new();
        for method in METHODS {
            probes.push(plain(method));
            probes.push(Self {
                body: "a body",
                ..plain(method)
            });
        }
        for spell in SPELLINGS {
            for method in ["GET", "POST", "OPTIONS"] {
                probes.push(Self {
                    spell: *spell,
                    ..plain(method)
                });
            }
        }
        for headers in HEADERS {
            for (method, body) in [
                ("GET", ""),
                ("HEAD", ""),
                ("OPTIONS", ""),
                ("POST", "a body"),
            ] {
                probes.push(Self {
                    headers,
                    body,
                    ..plain(method)
                });
            }
        }
        let over_http2 = probes.clone().into_iter().map(|probe| Self {
            way: Way::Http2,
            ..probe
        });
        probes.extend(over_http2.collect::<Vec<_>>());
        probes.extend(["", "a part"].map(|body| Self {
            way: Way::Unfinished,
            body,
            ..plain("POST")
        }));
        probes.push(Self {
            way: Way::Tunnel,
            headers: &[("sec-websocket-version", "13")],
            ..plain("CONNECT")
        });
        probes.extend(RAW.iter().map(|text| Self {
            way: Way::Raw(text),
            ..plain("")
        }));
        probes
    }

    /// A `GET`.
    pub(super) fn plain() -> Self {
        Self {
            way: Way::Http1,
            method: "GET",
            spell: str::to_owned,
            headers: &[],
            body: "",
        }
    }

    /// The request, with `/…` for the path.
    pub(super) fn name(&self) -> String {
        let target = (self.spell)("/\u{2026}");
        let way = match self.way {
            Way::Http1 => "HTTP/1.1",
            Way::Http2 => "HTTP/2",
            Way::Unfinished => "HTTP/2, unfinished",
            Way::Tunnel => "HTTP/2, :protocol websocket",
            Way::Raw(text) => {
                let text = text.replace('@', "/\u{2026}").replace(['~', '^'], "");
                return text.escape_debug().to_string();
            }
        };
        let mut name = format!("{} {target} ({way})", self.method);
        for (field, value) in self.headers {
            write_to(&mut name, format_args!(", {field}: {value}"));
        }
        if !self.body.is_empty() {
            write_to(&mut name, format_args!(", body {:?}", self.body));
        }
        name
    }
}

/// Who asks, and whom.
#[derive(Clone, Copy)]
pub(super) struct Asker<'a> {
    pub(super) address: SocketAddr,
    pub(super) host: &'a str,
    pub(super) headers: &'a [(String, String)],
}

impl Asker<'_> {
    /// The answer, with marks for the path where it repeats it.
    pub(super) async fn ask(&self, probe: &Probe, path: &str) -> String {
        let target = (probe.spell)(path);
        let answer = match probe.way {
            Way::Http1 => http1(self.address, self.request(probe, &target).as_bytes()).await,
            Way::Http2 => self.ask_http2(probe, &target, End::Send).await,
            Way::Unfinished | Way::Tunnel => self.ask_http2(probe, &target, End::Withhold).await,
            Way::Raw(text) => {
                let mut headers = String::new();
                for (name, value) in self.headers {
                    write_to(&mut headers, format_args!("{name}: {value}\r\n"));
                }
                let text = text.replace('^', &headers).replace('~', self.host);
                http1(self.address, text.replace('@', path).as_bytes()).await
            }
        };
        let name = path.trim_start_matches('/');
        if name.is_empty() {
            return answer;
        }
        let answer = answer.replace(name, "<path>");
        let answer = answer.replace(&name.to_uppercase(), "<PATH>");
        answer.replace(&encode_last(name), "<path, encoded>")
    }

    /// The text of a request after which the server closes.
    pub(super) fn request(&self, probe: &Probe, target: &str) -> String {
        let mut text = format!(
            "{} {target} HTTP/1.1\r\nhost: {}\r\n",
            probe.method, self.host
        );
        for (name, value) in self.headers {
            write_to(&mut text, format_args!("{name}: {value}\r\n"));
        }
        for (name, value) in probe.headers {
            write_to(&mut text, format_args!("{name}: {value}\r\n"));
        }
        if !probe.body.is_empty() {
            write_to(
                &mut text,
                format_args!("content-length: {}\r\n", probe.body.len()),
            );
        }
        text + "connection: close\r\n\r\n" + probe.body
    }

    pub(super) fn get(&self, path: &str) -> String {
        self.request(&Probe::plain(), path)
    }

    async fn ask_http2(&self, probe: &Probe, target: &str, end: End) -> String {
        let mut request = Request::builder()
            .method(probe.method)
            .uri(format!("http://{}{target}", self.host));
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        for (name, value) in probe.headers {
            request = request.header(*name, *value);
        }
        if probe.way == Way::Tunnel {
            request = request.extension(Protocol::from_static("websocket"));
        }
        match request.body(Bytes::from_static(probe.body.as_bytes())) {
            Ok(request) => http2(self.address, request, end).await,
            Err(error) => format!("[cannot be asked: {error}]"),
        }
    }
}

/// The path with its last segment renamed: letters for letters, digits for digits.
pub(super) fn beside(path: &str) -> String {
    let end = path.trim_end_matches('/').len();
    let start = path
        .get(..end)
        .and_then(|path| path.rfind('/'))
        .map_or(0, |slash| slash + 1);
    let random = RandomState::new();
    let rename = |(at, byte): (usize, char)| {
        let [bits, ..] = random.hash_one(at).to_le_bytes();
        match byte {
            _ if at < start || at >= end => byte,
            'a'..='z' => char::from(b'a' + bits % 26),
            'A'..='Z' => char::from(b'A' + bits % 26),
            '0'..='9' => char::from(b'0' + bits % 10),
            _ => byte,
        }
    };
    path.char_indices().map(rename).collect()
}

fn encode_last(path: &str) -> String {
    let mut chars = path.chars();
    match chars.next_back() {
        Some(last) if last.is_ascii() && last != '/' => {
            format!("{}%{:02x}", chars.as_str(), u32::from(last))
        }
        _ => path.to_owned(),
    }
}

fn write_to(text: &mut String, what: fmt::Arguments<'_>) {
    text.push_str(&what.to_string());
}
