//! The certificate authority of the stand-ins: made anew for each process, trusted by nobody else.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::Result;

/// A certificate authority; clients are given its [certificate](Self::pem) as an extra root.
#[derive(Clone)]
pub struct Authority(Arc<Parts>);

struct Parts {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    /// A new authority with a new key.
    pub fn new() -> Result<Self> {
        let mut params = CertificateParams::new(Vec::<String>::new())?;
        params.distinguished_name.push(DnType::CommonName, "Tidings stand-ins");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate()?;
        let pem = params.self_signed(&key)?.pem();
        Ok(Self(Arc::new(Parts { issuer: Issuer::new(params, key), pem })))
    }

    /// Its certificate in PEM.
    pub fn pem(&self) -> &str {
        &self.0.pem
    }

    /// A server's side of TLS for `localhost` and `127.0.0.1` that speaks HTTP/2 alone: a client that does not
    /// offer `h2` by ALPN is turned away in the handshake.
    pub(crate) fn server_config(&self) -> Result<Arc<rustls::ServerConfig>> {
        self.config(vec![b"h2".to_vec()])
    }

    /// The same for a protocol that knows nothing of ALPN.
    pub(crate) fn plain_server_config(&self) -> Result<Arc<rustls::ServerConfig>> {
        self.config(Vec::new())
    }

    fn config(&self, alpn_protocols: Vec<Vec<u8>>) -> Result<Arc<rustls::ServerConfig>> {
        let key = KeyPair::generate()?;
        let params = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()])?;
        let certificate = params.signed_by(&key, &self.0.issuer)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)?;
        config.alpn_protocols = alpn_protocols;
        Ok(Arc::new(config))
    }
}
