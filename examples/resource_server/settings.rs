//! The settings, read from the environment and checked before anything starts.

use std::{
    env, error::Error, fmt, fmt::Display, net::SocketAddr, path::PathBuf, str::FromStr,
    time::Duration,
};

use tower_postern::{
    ConfigError,
    bearer::{Realm, ScopeSet},
    jwt::Algorithm,
    net::{ForwardingHeader, NetworkSet, TrustedProxies},
};

/// Of verified tokens that are remembered: 4 GiB.
const MOST_ENTRIES: usize = 1_000_000;

/// What the environment said. A variable that is empty counts as absent.
pub(crate) struct Settings {
    /// `LISTEN`: the address and port to serve on.
    pub(crate) listen: SocketAddr,
    /// `RESOURCE`: the identifier of this service, named in its challenges.
    pub(crate) resource: String,
    /// `ISSUER`, with `JWKS_URL` or `JWKS_FILE`.
    pub(crate) issuer: Issuer,
    /// `ISSUER_B`, with `JWKS_URL_B`: without them there is no `/multi/me`.
    pub(crate) issuer_b: Option<Issuer>,
    pub(crate) tokens: Tokens,
    pub(crate) fetch: Fetch,
    /// `INTERNAL_NETS`: the networks of those who are inside. Without them there are no internal routes.
    pub(crate) internal_nets: Option<NetworkSet>,
    /// `TRUSTED_PROXIES`: the networks of those whose word about the caller's address is taken. Nobody's, if not set.
    ///
    /// `FORWARDED_HEADER`: in which header they say it: `x-forwarded-for`, if not set, or `forwarded`.
    pub(crate) trusted_proxies: Option<TrustedProxies>,
    /// `SCOPE_READ`, `SCOPE_WRITE`, `SCOPE_INTERNAL`: without one, there are no routes that want it.
    pub(crate) scope_read: Option<ScopeSet>,
    pub(crate) scope_write: Option<ScopeSet>,
    pub(crate) scope_internal: Option<ScopeSet>,
    /// `HIDE_MODE`: what a hidden request meets: `fallback`, if not set, or `reroute`.
    pub(crate) hide_mode: HideMode,
}

/// Who issues tokens, and where its keys are.
pub(crate) struct Issuer {
    /// The name of the variable.
    pub(crate) setting: &'static str,
    pub(crate) name: String,
    pub(crate) keys: Keys,
}

pub(crate) enum Keys {
    Url { name: &'static str, url: String },
    File { name: &'static str, path: PathBuf },
}

impl Keys {
    /// The name of the variable.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Url { name, .. } | Self::File { name, .. } => name,
        }
    }
}

/// What a token must be like, whoever issued it.
pub(crate) struct Tokens {
    /// `AUDIENCE`: the name of this service in tokens.
    pub(crate) audience: String,
    /// `ALGS`: the algorithms that are accepted, with spaces between them. All that the keys are for, if not set.
    pub(crate) algorithms: Option<Vec<Algorithm>>,
    /// `LEEWAY_SECS`: by how much clocks may differ. 30, if not set.
    pub(crate) leeway: Option<Duration>,
    /// `MAX_TOKEN_BYTES`: 8192, if not set.
    pub(crate) max_bytes: Option<usize>,
    pub(crate) cache: Option<Cache>,
}

/// How tokens are remembered that were verified, for each issuer by itself. Their keys are the measure all the same: with a
/// key that is withdrawn, its tokens are forgotten.
#[derive(Clone, Copy)]
pub(crate) struct Cache {
    /// `TOKEN_CACHE_ENTRIES`: how many, about 4 KiB each at most. 10000, if not set; 0 remembers none.
    pub(crate) entries: usize,
    /// `TOKEN_CACHE_SECS`: for how long, and never beyond their expiry. 60, if not set; 0 remembers none.
    pub(crate) max_age: Duration,
}

/// How keys are fetched.
pub(crate) struct Fetch {
    /// `ALLOW_INSECURE_LOOPBACK`: 1 permits http to this machine itself.
    pub(crate) insecure_loopback: bool,
    /// `JWKS_TTL_SECS`: how long a set of keys is good at most, whatever its `max-age` says.
    pub(crate) ttl: Option<Duration>,
    /// `JWKS_COOLDOWN_SECS`: how long after a fetch an unknown key starts no other.
    pub(crate) cool_down: Option<Duration>,
    /// `JWKS_TIMEOUT_SECS`: how long a fetch may take.
    pub(crate) timeout: Option<Duration>,
    /// `JWKS_MAX_BYTES`: how large a set of keys may be.
    pub(crate) max_bytes: Option<usize>,
}

#[derive(Clone, Copy)]
pub(crate) enum HideMode {
    Fallback,
    Reroute,
}

impl Settings {
    pub(crate) fn from_env() -> Result<Self, SettingError> {
        let issuer = Issuer {
            setting: "ISSUER",
            name: required("ISSUER")?,
            keys: keys()?,
        };
        Ok(Self {
            listen: required_with("LISTEN", listen)?,
            resource: required_with("RESOURCE", |text| {
                Realm::parse(text).map(|_| text.to_owned())
            })?,
            issuer_b: issuer_b(&issuer)?,
            issuer,
            tokens: Tokens {
                audience: required("AUDIENCE")?,
                algorithms: optional_with("ALGS", algorithms)?,
                leeway: seconds("LEEWAY_SECS")?,
                max_bytes: bytes("MAX_TOKEN_BYTES")?,
                cache: cache()?,
            },
            fetch: Fetch {
                insecure_loopback: optional_with("ALLOW_INSECURE_LOOPBACK", switch)?
                    .unwrap_or(false),
                ttl: seconds("JWKS_TTL_SECS")?,
                cool_down: seconds("JWKS_COOLDOWN_SECS")?,
                timeout: seconds("JWKS_TIMEOUT_SECS")?,
                max_bytes: bytes("JWKS_MAX_BYTES")?,
            },
            internal_nets: optional_with("INTERNAL_NETS", networks)?,
            trusted_proxies: trusted_proxies()?,
            scope_read: optional_with("SCOPE_READ", ScopeSet::parse)?,
            scope_write: optional_with("SCOPE_WRITE", ScopeSet::parse)?,
            scope_internal: optional_with("SCOPE_INTERNAL", ScopeSet::parse)?,
            hide_mode: optional("HIDE_MODE")?.unwrap_or(HideMode::Fallback),
        })
    }
}

fn keys() -> Result<Keys, SettingError> {
    match (optional("JWKS_URL")?, optional("JWKS_FILE")?) {
        (Some(url), None) => Ok(Keys::Url {
            name: "JWKS_URL",
            url,
        }),
        (None, Some(path)) => Ok(Keys::File {
            name: "JWKS_FILE",
            path,
        }),
        (None, None) => Err(SettingError::new("JWKS_URL or JWKS_FILE", "is not set")),
        (Some(_), Some(_)) => Err(SettingError::new(
            "JWKS_URL and JWKS_FILE",
            "are both set; leave one out",
        )),
    }
}

fn issuer_b(other: &Issuer) -> Result<Option<Issuer>, SettingError> {
    match (optional::<String>("ISSUER_B")?, optional("JWKS_URL_B")?) {
        (Some(name), _) if name == other.name => Err(SettingError::new(
            "ISSUER_B",
            "is ISSUER again; leave one out",
        )),
        (Some(name), Some(url)) => Ok(Some(Issuer {
            setting: "ISSUER_B",
            name,
            keys: Keys::Url {
                name: "JWKS_URL_B",
                url,
            },
        })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(SettingError::new(
            "JWKS_URL_B",
            "is not set, and ISSUER_B is",
        )),
        (None, Some(_)) => Err(SettingError::new(
            "ISSUER_B",
            "is not set, and JWKS_URL_B is",
        )),
    }
}

fn cache() -> Result<Option<Cache>, SettingError> {
    let entries = |text: &str| {
        let entries = text.parse().ok().filter(|entries| *entries <= MOST_ENTRIES);
        entries.ok_or("is no whole number up to 1000000")
    };
    let cache = Cache {
        entries: optional_with("TOKEN_CACHE_ENTRIES", entries)?.unwrap_or(10_000),
        max_age: seconds("TOKEN_CACHE_SECS")?.unwrap_or(Duration::from_secs(60)),
    };
    Ok((cache.entries > 0 && !cache.max_age.is_zero()).then_some(cache))
}

fn trusted_proxies() -> Result<Option<TrustedProxies>, SettingError> {
    let header = optional_with("FORWARDED_HEADER", |text| match text {
        "forwarded" => Ok(ForwardingHeader::forwarded()),
        "x-forwarded-for" => Ok(ForwardingHeader::x_forwarded_for()),
        _ => Err("is neither x-forwarded-for nor forwarded"),
    })?;
    let header = header.unwrap_or_else(ForwardingHeader::x_forwarded_for);
    let networks = optional_with("TRUSTED_PROXIES", networks)?;
    Ok(networks.map(|networks| TrustedProxies::new(networks, header)))
}

/// With commas between them.
fn networks(text: &str) -> Result<NetworkSet, ConfigError> {
    NetworkSet::parse(text.split(',').map(str::trim))
}

fn listen(text: &str) -> Result<SocketAddr, &'static str> {
    let error = "is no address and port; give one as in 127.0.0.1:8080 or [::]:8080";
    text.parse().map_err(|_| error)
}

fn algorithms(text: &str) -> Result<Vec<Algorithm>, String> {
    let known = |name: &str| match Algorithm::from_name(name) {
        Some(_) if name.starts_with("HS") => Err(format!(
            "{name} is for a secret, and the issuer's keys are public"
        )),
        Some(algorithm) => Ok(algorithm),
        None => Err(format!("{name:?} is no algorithm that is known here")),
    };
    text.split_ascii_whitespace().map(known).collect()
}

fn switch(text: &str) -> Result<bool, &'static str> {
    match text {
        "1" => Ok(true),
        "0" => Ok(false),
        _ => Err("is neither 1 nor 0"),
    }
}

impl FromStr for HideMode {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "fallback" => Ok(Self::Fallback),
            "reroute" => Ok(Self::Reroute),
            _ => Err("is neither fallback nor reroute"),
        }
    }
}

fn required<T: FromStr<Err: Display>>(name: &'static str) -> Result<T, SettingError> {
    required_with(name, T::from_str)
}

fn required_with<T, E: Display>(
    name: &'static str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, SettingError> {
    optional_with(name, parse)?.ok_or_else(|| SettingError::new(name, "is not set"))
}

fn optional<T: FromStr<Err: Display>>(name: &'static str) -> Result<Option<T>, SettingError> {
    optional_with(name, T::from_str)
}

fn optional_with<T, E: Display>(
    name: &'static str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Option<T>, SettingError> {
    match env::var(name) {
        Ok(text) if text.is_empty() => Ok(None),
        Ok(text) => match parse(&text) {
            Ok(value) => Ok(Some(value)),
            Err(error) => Err(SettingError::new(name, error)),
        },
        Err(env::VarError::NotPresent) => Ok(None),
        Err(error @ env::VarError::NotUnicode(_)) => Err(SettingError::new(name, error)),
    }
}

fn seconds(name: &'static str) -> Result<Option<Duration>, SettingError> {
    let seconds = |text: &str| {
        let error = "is no whole number of seconds";
        text.parse().map(Duration::from_secs).map_err(|_| error)
    };
    optional_with(name, seconds)
}

fn bytes(name: &'static str) -> Result<Option<usize>, SettingError> {
    let bytes = |text: &str| match text.parse() {
        Ok(0) => Err("is zero, and nothing would pass"),
        Ok(bytes) => Ok(bytes),
        Err(_) => Err("is no whole number of bytes"),
    };
    optional_with(name, bytes)
}

/// The name of a variable, and what is wrong with it.
#[derive(Debug)]
pub(crate) struct SettingError {
    name: &'static str,
    problem: String,
}

impl SettingError {
    pub(crate) fn new(name: &'static str, problem: impl Display) -> Self {
        Self {
            name,
            problem: problem.to_string(),
        }
    }
}

impl Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.problem)
    }
}

impl Error for SettingError {}
