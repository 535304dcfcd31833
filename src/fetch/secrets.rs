//! What a server wants to see before it answers.

use std::{fmt, path::Path, sync::Arc};

use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};

use super::{FetchError, FetchErrorKind, Origin};
use crate::{ConfigError, ConfigErrorKind, Secret};

/// No token is longer.
const MAX_TOKEN: u64 = 16 * 1024;

/// What the client says itself.
const OURS: [HeaderName; 6] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::HOST,
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// A header for one origin.
#[derive(Clone)]
pub(super) struct Credential {
    origin: Origin,
    name: HeaderName,
    value: Value,
}

#[derive(Clone)]
enum Value {
    Fixed(HeaderValue),
    /// Of a token that others write, and renew.
    BearerFile(Arc<Path>),
}

impl Credential {
    pub(super) fn header(origin: &str, name: &str, value: &Secret) -> Result<Self, ConfigError> {
        let bad = |message: &'static str| ConfigError::new(ConfigErrorKind::Header, message);
        let name: HeaderName = name
            .parse()
            .map_err(|_| bad("the name is none; give one as in `x-api-key`"))?;
        if OURS.contains(&name) {
            return Err(bad("the client sets this one itself; leave it out"));
        }
        let mut value = HeaderValue::from_bytes(value.expose())
            .map_err(|_| bad("the value has bytes that no header may hold; take them out"))?;
        value.set_sensitive(true);
        Ok(Self {
            origin: secure(origin)?,
            name,
            value: Value::Fixed(value),
        })
    }

    pub(super) fn bearer_file(origin: &str, path: &Path) -> Result<Self, ConfigError> {
        Ok(Self {
            origin: secure(origin)?,
            name: header::AUTHORIZATION,
            value: Value::BearerFile(path.into()),
        })
    }

    /// Adds it to a request, if that goes where it belongs.
    pub(super) async fn add(&self, uri: &Uri, headers: &mut HeaderMap) -> Result<(), FetchError> {
        if !self.origin.contains(uri) {
            return Ok(());
        }
        let value = match &self.value {
            Value::Fixed(value) => value.clone(),
            Value::BearerFile(path) => {
                let path = path.clone();
                // A file can be on a slow disk, and the answers of others wait on this thread.
                let read = tokio::task::spawn_blocking(move || read_token(&path));
                let error = || FetchError::new(FetchErrorKind::Credentials);
                read.await
                    .map_err(|_| error())?
                    .map_err(|cause| error().with_source(cause))?
            }
        };
        headers.insert(self.name.clone(), value);
        Ok(())
    }
}

/// Without TLS anyone on the way would have it.
fn secure(origin: &str) -> Result<Origin, ConfigError> {
    Origin::parse(origin, None).map_err(|problem| ConfigError::new(ConfigErrorKind::Url, problem))
}

fn read_token(path: &Path) -> std::io::Result<HeaderValue> {
    use std::io::{Error, Read as _};
    let mut text = String::from("Bearer ");
    let file = std::fs::File::open(path)?;
    file.take(MAX_TOKEN).read_to_string(&mut text)?;
    text.truncate(text.trim_end().len());
    if text == "Bearer" {
        return Err(Error::other("the token file is empty"));
    }
    let mut value = HeaderValue::from_str(&text)
        .map_err(|_| Error::other("the token file holds more than a token"))?;
    value.set_sensitive(true);
    Ok(value)
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential")
            .field("origin", &self.origin)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
