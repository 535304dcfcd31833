//! TLS with certificates on both sides, from an authority that lives as long as the test.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, PublicKeyData};
use tokio::net::TcpStream;
use tokio_rustls::{
    TlsAcceptor, TlsConnector, client,
    rustls::{
        ClientConfig, RootCertStore, ServerConfig,
        pki_types::{CertificateDer, PrivateKeyDer},
        server::WebPkiClientVerifier,
    },
};

use super::wire::Server;

const NAME: &str = "test";

/// Who signs.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    roots: Arc<RootCertStore>,
}

/// Who was signed.
pub(crate) struct Identity {
    pub(crate) certificate: CertificateDer<'static>,
    key: KeyPair,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(certificate.der().clone()).unwrap();
        Self {
            issuer: Issuer::new(params, key),
            roots: Arc::new(roots),
        }
    }

    pub(crate) fn sign(&self, name: &str) -> Identity {
        self.certify(name, KeyPair::generate().unwrap())
    }

    /// Another certificate for the same key.
    pub(crate) fn renew(&self, identity: &Identity) -> Identity {
        let key = KeyPair::try_from(identity.key.serialize_der()).unwrap();
        self.certify("renewed", key)
    }

    fn certify(&self, name: &str, key: KeyPair) -> Identity {
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Identity {
            certificate: certificate.der().clone(),
            key,
        }
    }

    /// For a server that asks its clients for a certificate of this authority, and takes them without one too.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        let server = self.sign(NAME);
        let verifier = WebPkiClientVerifier::builder(self.roots.clone())
            .allow_unauthenticated()
            .build()
            .unwrap();
        let config = ServerConfig::builder()
            .with_client_cert_verifier(verifier)
            .with_single_cert(vec![server.certificate.clone()], server.private_key())
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }

    /// A connection to a server of this authority, as `identity`, with `more` certificates in the chain.
    pub(crate) async fn connect(
        &self,
        server: &Server,
        identity: Option<&Identity>,
        more: &[&Identity],
    ) -> client::TlsStream<TcpStream> {
        let config = ClientConfig::builder().with_root_certificates(self.roots.clone());
        let config = match identity {
            Some(identity) => {
                let chain = [identity].into_iter().chain(more.iter().copied());
                let chain = chain.map(|identity| identity.certificate.clone()).collect();
                config.with_client_auth_cert(chain, identity.private_key())
            }
            None => Ok(config.with_no_client_auth()),
        };
        let connector = TlsConnector::from(Arc::new(config.unwrap()));
        let stream = TcpStream::connect(server.address()).await.unwrap();
        let name = NAME.try_into().unwrap();
        connector.connect(name, stream).await.unwrap()
    }
}

impl Identity {
    /// `SubjectPublicKeyInfo`.
    pub(crate) fn public_key(&self) -> Vec<u8> {
        self.key.subject_public_key_info()
    }

    fn private_key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::try_from(self.key.serialize_der()).unwrap()
    }
}
