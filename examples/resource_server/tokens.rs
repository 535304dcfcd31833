//! Who issues tokens, where its keys come from, and what else a token must be like.

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::http::{Uri, uri::Scheme};
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use tower_postern::{
    BearerAuthLayer, ConfigErrorKind,
    bearer::TokenValidator,
    fetch::HttpsClient,
    jwt::{Claims, Issuers, Jwt, JwtValidator, KeyFile, RemoteKeys, TokenCache},
};

use crate::settings::{Cache, Issuer, Keys, SettingError, Settings};

/// Between two fetches; less where keys live for less.
const COOL_DOWN: Duration = Duration::from_secs(10);
/// What is named where one of them is out of bounds; the text says which.
const LIMITS: &str = "JWKS_TTL_SECS, JWKS_COOLDOWN_SECS, JWKS_TIMEOUT_SECS or JWKS_MAX_BYTES";

/// Takes tokens, and challenges in the name of this service.
pub(crate) fn auth<V: TokenValidator>(
    settings: &Settings,
    validator: V,
) -> Result<BearerAuthLayer<V>, SettingError> {
    let layer = BearerAuthLayer::new(validator)
        .realm(&settings.resource)
        .map_err(|error| SettingError::new("RESOURCE", error))?;
    Ok(match settings.tokens.max_bytes {
        Some(bytes) => layer.max_token_bytes(bytes),
        None => layer,
    })
}

/// Tokens of the issuer.
pub(crate) fn of_the_issuer(
    settings: &Settings,
) -> Result<Arc<JwtValidator<Claims>>, SettingError> {
    validator(settings, &settings.issuer).map(Arc::new)
}

/// Tokens of either issuer, chosen by the issuer that a token names. `None` where there is one alone.
pub(crate) fn of_either(
    settings: &Settings,
    issuer: &Arc<JwtValidator<Claims>>,
) -> Result<Option<Issuers<Jwt<Claims>>>, SettingError> {
    let Some(issuer_b) = &settings.issuer_b else {
        return Ok(None);
    };
    let of_issuer_b = validator(settings, issuer_b)?;
    let issuers = Issuers::new()
        .issuer(&settings.issuer.name, issuer.clone())
        .issuer(&issuer_b.name, of_issuer_b);
    Ok(Some(issuers))
}

/// The strict defaults, but for what the settings say.
fn validator(settings: &Settings, issuer: &Issuer) -> Result<JwtValidator<Claims>, SettingError> {
    let tokens = &settings.tokens;
    let mut jwt = JwtValidator::<Claims>::builder(&issuer.name, &tokens.audience);
    if let Some(algorithms) = &tokens.algorithms {
        jwt = jwt.algorithms(algorithms.iter().copied());
    }
    if let Some(leeway) = tokens.leeway {
        jwt = jwt.leeway(leeway);
    }
    if let Some(Cache { entries, max_age }) = tokens.cache {
        jwt = jwt.cache(TokenCache::new(entries).max_age(max_age));
    }
    jwt = match &issuer.keys {
        Keys::Url { name, url } => jwt.remote_keys(remote_keys(settings, name, url)?),
        Keys::File { name, path } => {
            let keys = KeyFile::open(path);
            jwt.key_file(keys.map_err(|error| SettingError::new(name, error))?)
        }
    };
    jwt.build().map_err(|error| {
        let names = [
            (ConfigErrorKind::Algorithms, "ALGS"),
            (ConfigErrorKind::Audience, "AUDIENCE"),
            (ConfigErrorKind::Issuer, issuer.setting),
            (ConfigErrorKind::Leeway, "LEEWAY_SECS"),
        ];
        let setting = names.into_iter().find(|(kind, _)| *kind == error.kind());
        SettingError::new(setting.map_or(issuer.keys.name(), |(_, name)| name), error)
    })
}

/// Keys that the issuer publishes. Nothing is fetched yet: the server starts while the issuer is down.
fn remote_keys(
    settings: &Settings,
    name: &'static str,
    url: &str,
) -> Result<RemoteKeys, SettingError> {
    let fetch = &settings.fetch;
    let client = https_client().map_err(|error| SettingError::new(name, error))?;
    let mut keys = RemoteKeys::jwks_uri(url, client);
    if let Some(host) = loopback_by_http(url) {
        if !fetch.insecure_loopback {
            let cure =
                "is http to this machine itself; set ALLOW_INSECURE_LOOPBACK=1 to permit that";
            return Err(SettingError::new(name, cure));
        }
        keys = keys.danger_allow_http(host);
    }
    if let Some(ttl) = fetch.ttl {
        keys = keys.lifetime(ttl).cool_down(ttl.min(COOL_DOWN));
    }
    if let Some(cool_down) = fetch.cool_down {
        keys = keys.cool_down(cool_down);
    }
    if let Some(timeout) = fetch.timeout {
        keys = keys.timeout(timeout);
    }
    if let Some(bytes) = fetch.max_bytes {
        keys = keys.max_bytes(bytes);
    }
    keys.build().map_err(|error| {
        let is_limit = error.kind() == ConfigErrorKind::Limit;
        SettingError::new(if is_limit { LIMITS } else { name }, error)
    })
}

/// The host of an address on this machine itself that is asked without TLS.
fn loopback_by_http(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    if uri.scheme() != Some(&Scheme::HTTP) {
        return None;
    }
    let host = uri.host()?.trim_matches(['[', ']']);
    let is_loopback = match host.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => host.eq_ignore_ascii_case("localhost"),
    };
    is_loopback.then(|| host.to_owned())
}

/// It trusts whom the machine trusts.
fn https_client() -> Result<HttpsClient, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(HttpsClient::new(tls))
}
