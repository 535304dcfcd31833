//! What a closure says of the client's certificate.

use std::{any::type_name, fmt};

use crate::{
    RequestHead,
    net::{PeerCertificate, peer_certificate},
    predicate::{Predicate, Verdict},
};

/// What `question` answers about the certificate that the client proved to hold: `bool`, `Option<bool>` or [`Verdict`].
///
/// By the [`PeerCertificate`] that an accept loop set, or what Tonic leaves in the extensions. Unknown where there is none:
/// the client sent none, or nobody asked for it. What a proxy writes into a header is never read.
///
/// Compare [`public_key`](PeerCertificate::public_key) or [`der`](PeerCertificate::der), or have a parser of X.509 look for a
/// name.
///
/// # Security
/// The TLS library must have verified the certificate: see [`PeerCertificate`]. A name in it is worth what the authorities are
/// that the library trusts: trust for clients one that signs for them alone.
///
/// # Examples
/// ```
/// use http::Request;
/// use tower_postern::{RequestHead, net::PeerCertificate, predicate::{Predicate, Verdict}, rule};
///
/// // Such as `openssl x509 -in backup.pem -outform DER` writes it.
/// const BACKUP: &[u8] = b"a certificate in DER";
/// let rule = rule::client_certificate(|certificate| certificate.der() == BACKUP);
///
/// let mut request = Request::new(());
/// assert_eq!(rule.check(&RequestHead::new(&request)), Verdict::Unknown);
/// request.extensions_mut().insert(PeerCertificate::from_der(BACKUP));
/// assert_eq!(rule.check(&RequestHead::new(&request)), Verdict::Yes);
/// request.extensions_mut().insert(PeerCertificate::from_der(&b"another one"[..]));
/// assert_eq!(rule.check(&RequestHead::new(&request)), Verdict::No);
/// ```
pub fn client_certificate<F, V>(question: F) -> ClientCertificate<F>
where
    F: Fn(&PeerCertificate) -> V + Send + Sync + 'static,
    V: Into<Verdict>,
{
    ClientCertificate(question)
}

/// What [`client_certificate`] returns.
#[derive(Clone)]
pub struct ClientCertificate<F>(F);

impl<F, V> Predicate for ClientCertificate<F>
where
    F: Fn(&PeerCertificate) -> V + Send + Sync + 'static,
    V: Into<Verdict>,
{
    fn check(&self, request: &RequestHead<'_>) -> Verdict {
        match peer_certificate(request.extensions()) {
            Some(certificate) => (self.0)(&certificate).into(),
            None => Verdict::Unknown,
        }
    }
}

impl<F> fmt::Debug for ClientCertificate<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificate")
            .field("question", &type_name::<F>())
            .finish()
    }
}
