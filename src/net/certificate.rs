//! What the peer proved to be.

use std::{borrow::Cow, fmt};

use bytes::Bytes;
use http::Extensions;

use crate::{der, interop};

/// The certificate that the client proved to hold (mutual TLS): an extension of the request.
///
/// For accept loops of your own, which set it where connections are accepted. It goes before what Tonic writes
/// (`TlsConnectInfo`), which is read where it is absent.
/// [`rule::client_certificate`](crate::rule::client_certificate) asks for it. A clone copies nothing.
///
/// It is the first one of the chain that the client sent. The others are no part of it: a TLS library tells what was sent, and
/// not which of them it needed to reach an authority that it trusts, so that anything may stand among them.
///
/// # Security
/// It must be set outside of everything that a caller can reach, from a connection whose TLS library **verified** it: a
/// verifier that takes any certificate makes it a claim. Never from a header, unless a proxy of yours overwrites that, and
/// was seen to be at the other end. A connection that lasts, or is resumed, keeps the certificate that it began with, expired
/// or revoked as it may be since: limit the time of both.
///
/// # Examples
/// ```
/// use http::Request;
/// use tower_postern::{RequestHead, net::PeerCertificate, predicate::{Predicate, Verdict}, rule};
///
/// // In the accept loop, after the handshake: `stream.get_ref().1` of a `tokio_rustls` stream.
/// fn certificate(tls: &rustls::ServerConnection) -> Option<PeerCertificate> {
///     let leaf = tls.peer_certificates()?.first()?;
///     Some(PeerCertificate::from_der(leaf.to_vec()))
/// }
///
/// // For each request of the connection.
/// fn note<B>(certificate: Option<&PeerCertificate>, request: &mut Request<B>) {
///     if let Some(certificate) = certificate {
///         request.extensions_mut().insert(certificate.clone());
///     }
/// }
///
/// let ours = PeerCertificate::from_der(b"a certificate of ours".as_slice());
/// let other = PeerCertificate::from_der(b"of somebody else".as_slice());
/// let listed = ours.clone();
/// let rule = rule::client_certificate(move |certificate| *certificate == listed);
///
/// for (certificate, expect) in [
///     (Some(&ours), Verdict::Yes),
///     (Some(&other), Verdict::No),
///     (None, Verdict::Unknown), // which hides
/// ] {
///     let mut request = Request::new(());
///     note(certificate, &mut request);
///     assert_eq!(rule.check(&RequestHead::new(&request)), expect);
/// }
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PeerCertificate(Bytes);

impl PeerCertificate {
    /// Of an X.509 certificate in DER, as TLS libraries have it.
    pub fn from_der(der: impl Into<Bytes>) -> Self {
        Self(der.into())
    }

    /// The certificate in DER: for a closure that compares it, or has a parser of X.509 read it.
    pub fn der(&self) -> &[u8] {
        &self.0
    }

    /// The public key in it: the `SubjectPublicKeyInfo` in DER, which a renewed certificate may share with the one before.
    ///
    /// The same as `openssl x509 -pubkey -noout | openssl pkey -pubin -outform DER` writes. `None` where it cannot be found.
    /// See [RFC 5280, section 4.1](https://www.rfc-editor.org/rfc/rfc5280#section-4.1).
    pub fn public_key(&self) -> Option<&[u8]> {
        der::public_key_info(&self.0)
    }
}

/// Neither names nor numbers of it: they may be those of a person.
impl fmt::Debug for PeerCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeerCertificate")
            .field("bytes", &self.0.len())
            .finish_non_exhaustive()
    }
}

/// The certificate of the peer, whoever wrote it. `None` where nobody did.
pub(crate) fn peer_certificate(extensions: &Extensions) -> Option<Cow<'_, PeerCertificate>> {
    if let Some(certificate) = extensions.get() {
        return Some(Cow::Borrowed(certificate));
    }
    let leaf = interop::peer_certificate(extensions)?;
    Some(Cow::Owned(PeerCertificate(leaf)))
}
