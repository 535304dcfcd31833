//! Keys in a file that is read again when it changes.

use std::{
    fmt, fs,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use super::{
    KeyHandle, KeyList, KeySet,
    source::{KeySource, Miss, Waiting},
};
use crate::{ConfigError, ConfigErrorKind, bearer::AuthError, jwt::algorithm::AlgorithmSet, trace};

const EVERY: Duration = Duration::from_secs(10);
const MAX_LEN: u64 = 1024 * 1024;

/// Keys in a file that is read again when it changes: a JWK set, a JWK, or PEM.
///
/// A thread of its own reads the file every 10 seconds, so that no request waits for a disk; it ends with the last clone.
/// What cannot be read or used changes nothing, and is reported by an event: the keys that were there stay.
///
/// # Security
/// Whoever can write the file decides which tokens are good.
///
/// # Examples
/// ```
/// use http::Request;
/// use tower_postern::{RequestHead, bearer::{Credentials, TokenValidator}, jwt::{Claims, JwtValidator, KeyFile}};
///
/// # let path = std::env::temp_dir().join(format!("tower-postern-doc-{}.json", std::process::id()));
/// # std::fs::write(&path, r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#)?;
/// let keys = KeyFile::open(&path)?;
/// let jwt = JwtValidator::<Claims>::builder("https://id.example", "orders").key_file(keys.clone()).build()?;
/// let request = Request::new(());
/// let head = RequestHead::new(&request);
/// # let good = concat!("eyJhbGciOiJFZERTQSIsImtpZCI6IjEifQ.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOiJvcmRlcnMiLCJleHAiOj",
/// #     "QxMDI0NDQ4MDB9.tNz_BPV2F95yypCmBwsiBtAMLmezdhD-SzwJkUa-4WHlhoS_2Cg5dDwl61bGlCgBFzB5o_91PLqSFe6ZVyKSDw");
/// let is_good = |token| jwt.validate_now(Credentials::new(token, head)).is_some_and(|answer| answer.is_ok());
/// assert!(is_good(good));
///
/// // Others were written into the file:
/// # std::fs::write(&path, r#"{"kty":"OKP","crv":"Ed25519","x":"PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw"}"#)?;
/// assert!(keys.reload()?); // or some seconds later, by itself
/// assert!(!is_good(good));
///
/// assert!(KeyFile::open("/there/is/none").is_err());
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct KeyFile {
    shared: Arc<Shared>,
    /// The thread ends when the last of these is gone.
    _alive: mpsc::Sender<()>,
}

struct Shared {
    path: PathBuf,
    keys: KeyHandle,
    /// What was read last, whether it could be used or not.
    last: Mutex<Vec<u8>>,
}

impl KeyFile {
    /// Reads the file, and then again every 10 seconds.
    ///
    /// # Errors
    /// [`ConfigErrorKind::Key`] where it cannot be read, is longer than 1 MiB, or holds no key that can be used;
    /// [`ConfigErrorKind::Backend`] where no signature backend is turned on.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, ConfigError> {
        Self::open_every(path, EVERY)
    }

    /// Reads the file, and then again as often as that. Every 10 seconds, with [`open`](Self::open).
    ///
    /// # Errors
    /// As [`open`](Self::open), and [`ConfigErrorKind::Limit`] for no time at all.
    pub fn open_every(path: impl Into<PathBuf>, every: Duration) -> Result<Self, ConfigError> {
        if every.is_zero() {
            let message = "of the times between two looks at a file is zero; take some seconds";
            return Err(ConfigError::new(ConfigErrorKind::Limit, message));
        }
        let path = path.into();
        let bytes = read(&path)?;
        let shared = Arc::new(Shared {
            keys: KeyHandle::new(parse(&bytes))?,
            path,
            last: Mutex::new(bytes),
        });
        let (alive, ended) = mpsc::channel();
        let watched = Arc::downgrade(&shared);
        let watch = move || {
            while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(every) {
                let Some(shared) = watched.upgrade() else {
                    return;
                };
                if let Err(error) = shared.reload() {
                    trace::warning!(error = %error, "a file of keys could not be read; the keys that were there stay");
                }
            }
        };
        let thread = thread::Builder::new().name("tower-postern-keys".to_owned());
        thread.spawn(watch).map_err(|error| {
            let message = "files are watched by a thread, and none could be started";
            ConfigError::new(ConfigErrorKind::Key, message).with_source(error)
        })?;
        Ok(Self {
            shared,
            _alive: alive,
        })
    }

    /// Looks at the file now, instead of some seconds later, and says whether other keys were taken. It blocks on the disk.
    ///
    /// # Errors
    /// As [`open`](Self::open). The keys that were there stay then.
    pub fn reload(&self) -> Result<bool, ConfigError> {
        self.shared.reload()
    }
}

impl Shared {
    fn reload(&self) -> Result<bool, ConfigError> {
        let bytes = read(&self.path)?;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if *last == bytes {
            return Ok(false);
        }
        let keys = parse(&bytes);
        // One report for each change is enough.
        *last = bytes;
        self.keys.replace(keys).map(|()| true)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, ConfigError> {
    let read = || {
        let mut bytes = Vec::new();
        let file = fs::File::open(path)?;
        file.take(MAX_LEN + 1).read_to_end(&mut bytes)?;
        if u64::try_from(bytes.len()).is_ok_and(|len| len > MAX_LEN) {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        Ok(bytes)
    };
    read().map_err(|error| {
        let message = format!(
            "file `{}` cannot be read; name one that is there, of 1 MiB at most",
            path.display()
        );
        ConfigError::new(ConfigErrorKind::Key, message).with_source(error)
    })
}

/// JSON begins with a brace; a set has `keys`.
fn parse(bytes: &[u8]) -> KeyList {
    let text = String::from_utf8_lossy(bytes);
    let json = text.trim_start();
    if !json.starts_with('{') {
        return KeyList::new().pem(bytes);
    }
    let is_set =
        serde_json::from_str(json).is_ok_and(|json: serde_json::Value| json.get("keys").is_some());
    if is_set {
        KeyList::new().jwk_set(json)
    } else {
        KeyList::new().jwk(json)
    }
}

impl KeySource for KeyFile {
    fn algorithms(&self) -> AlgorithmSet {
        self.shared.keys.algorithms()
    }

    fn current(&self) -> Option<Arc<KeySet>> {
        self.shared.keys.current()
    }

    fn miss(&self, seen: Option<&Arc<KeySet>>) -> Miss {
        self.shared.keys.miss(seen)
    }

    fn wait(&self) -> Waiting<'_> {
        self.shared.keys.wait()
    }

    fn verdict(&self) -> Option<AuthError> {
        self.shared.keys.verdict()
    }
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyFile")
            .field("path", &self.shared.path)
            .field("keys", &self.shared.keys)
            .finish_non_exhaustive()
    }
}
