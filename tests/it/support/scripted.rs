//! A server on the loopback that answers as the test says, to the byte, and remembers what it was asked.

use std::{
    collections::HashMap,
    fmt::Write as _,
    net::SocketAddr,
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
    sync::{Semaphore, watch},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

/// A server on a port of its own, until it is dropped. What nobody wrote into its script is a 404.
#[derive(Debug)]
pub(crate) struct Scripted {
    address: SocketAddr,
    scheme: &'static str,
    script: Arc<Script>,
    _tasks: JoinSet<()>,
}

#[derive(Debug)]
struct Script {
    answers: Mutex<HashMap<String, Answer>>,
    asked: watch::Sender<Vec<String>>,
}

/// What is said to those who ask for a path, until something else is.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    bytes: Vec<u8>,
    permits: Option<Arc<Semaphore>>,
    end: End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Keep,
    Close,
    Hang,
}

impl Answer {
    /// 200, with that JSON.
    pub(crate) fn json(body: impl AsRef<[u8]>) -> Self {
        Self::with("200 OK", &[("content-type", "application/json")], body)
    }

    pub(crate) fn with(status: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let mut head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n", body.len());
        for (name, value) in headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        head.push_str("\r\n");
        Self {
            bytes: [head.as_bytes(), body].concat(),
            permits: None,
            end: End::Keep,
        }
    }

    /// Those bytes, and then the connection is closed.
    pub(crate) fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            bytes: bytes.into(),
            permits: None,
            end: End::Close,
        }
    }

    /// Those bytes, and then nothing, for ever.
    pub(crate) fn hanging(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            end: End::Hang,
            ..Self::raw(bytes)
        }
    }

    /// Says it only with a permit, one for each time.
    pub(crate) fn held(self, permits: &Arc<Semaphore>) -> Self {
        Self {
            permits: Some(permits.clone()),
            ..self
        }
    }
}

impl Scripted {
    pub(crate) async fn start() -> Self {
        Self::listen(None).await
    }

    /// With TLS, and how to trust it: a certificate for 127.0.0.1 alone.
    pub(crate) async fn start_tls() -> (Self, ClientConfig) {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let certificate = CertificateDer::from(made.cert.der().to_vec());
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let server = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .unwrap();
        let server = Self::listen(Some(TlsAcceptor::from(Arc::new(server)))).await;
        let mut roots = RootCertStore::empty();
        roots.add(certificate).unwrap();
        (server, trusting(roots))
    }

    async fn listen(tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let script = Arc::new(Script {
            answers: Mutex::default(),
            asked: watch::Sender::default(),
        });
        let scheme = if tls.is_some() { "https" } else { "http" };
        let mut tasks = JoinSet::new();
        let served = script.clone();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (script, tls) = (served.clone(), tls.clone());
                connections.spawn(async move {
                    match tls {
                        None => script.serve(stream).await,
                        // A client that does not trust us is the test's business.
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => script.serve(stream).await,
                            Err(_) => None,
                        },
                    }
                });
            }
        });
        Self {
            address,
            scheme,
            script,
            _tasks: tasks,
        }
    }

    pub(crate) fn origin(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin())
    }

    /// What is said from now on to those who ask for `path`.
    pub(crate) fn answer(&self, path: &str, answer: Answer) {
        let mut answers = self.script.answers.lock().unwrap();
        answers.insert(path.to_owned(), answer);
    }

    /// The heads of all requests so far, in lower case where HTTP does not care.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.script.asked.borrow().clone()
    }

    /// How often `path` was asked for.
    pub(crate) fn count(&self, path: &str) -> usize {
        let asked = self.asked();
        let of_path = asked.iter().filter(|head| target(head) == path);
        of_path.count()
    }

    /// Waits until `path` was asked for so often.
    pub(crate) async fn asked_for(&self, path: &str, times: usize) {
        let mut asked = self.script.asked.subscribe();
        let often = |asked: &Vec<String>| {
            let of_path = asked.iter().filter(|head| target(head) == path);
            of_path.count() >= times
        };
        drop(asked.wait_for(often).await.unwrap());
    }
}

fn target(head: &str) -> &str {
    head.split(' ').nth(1).unwrap_or_default()
}

impl Script {
    /// Until the client closes, or the script does.
    async fn serve<S: AsyncRead + AsyncWrite + Unpin>(&self, mut stream: S) -> Option<()> {
        let mut head = Vec::new();
        loop {
            head.push(stream.read_u8().await.ok()?);
            if !head.ends_with(b"\r\n\r\n") {
                continue;
            }
            let text = String::from_utf8(std::mem::take(&mut head)).unwrap();
            let answer = self.answers.lock().unwrap().get(target(&text)).cloned();
            self.asked.send_modify(|asked| asked.push(text));
            let answer = answer.unwrap_or_else(|| Answer::with("404 Not Found", &[], ""));
            if let Some(permits) = &answer.permits {
                permits.acquire().await.ok()?.forget();
            }
            stream.write_all(&answer.bytes).await.ok()?;
            stream.flush().await.ok()?;
            match answer.end {
                End::Keep => {}
                End::Close => return stream.shutdown().await.ok(),
                End::Hang => std::future::pending().await,
            }
        }
    }
}

/// TLS for a client that trusts nobody else.
pub(crate) fn trusting(roots: RootCertStore) -> ClientConfig {
    ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// TLS for a client that trusts nobody: for plain HTTP.
pub(crate) fn no_trust() -> ClientConfig {
    trusting(RootCertStore::empty())
}

/// The time of the runtime stands still but for `tokio::time::advance`, also while sockets are waited for.
///
/// A paused runtime with nothing to do jumps to the next timer, unless a thread of it is busy: so one is. In a test that
/// hangs it is so only for a while.
#[derive(Debug)]
pub(crate) struct FrozenTime(#[expect(dead_code, reason = "it ends the thread")] mpsc::Sender<()>);

impl FrozenTime {
    pub(crate) fn freeze() -> Self {
        tokio::time::pause();
        let (sender, receiver) = mpsc::channel::<()>();
        tokio::task::spawn_blocking(move || receiver.recv_timeout(Duration::from_secs(30)).is_ok());
        Self(sender)
    }
}

impl Drop for FrozenTime {
    fn drop(&mut self) {
        tokio::time::resume();
    }
}
