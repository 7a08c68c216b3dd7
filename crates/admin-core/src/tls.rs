//! TLS by rustls and ring, set up at the first handshake: a process that never makes one reads no certificate store.

use std::sync::{Arc, OnceLock};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{self, CryptoProvider},
    pki_types::{CertificateDer, ServerName, UnixTime},
};

/// Verifies by the system's certificate store, which it opens at the first handshake.
#[derive(Debug)]
pub(crate) struct LazyVerifier {
    provider: Arc<CryptoProvider>,
    verifier: OnceLock<Result<Arc<dyn ServerCertVerifier>, Error>>,
}

impl LazyVerifier {
    pub(crate) fn new() -> Self {
        Self { provider: Arc::new(crypto::ring::default_provider()), verifier: OnceLock::new() }
    }

    fn get(&self) -> Result<&Arc<dyn ServerCertVerifier>, Error> {
        let build = || match rustls_platform_verifier::Verifier::new(Arc::clone(&self.provider)) {
            Ok(verifier) => Ok(Arc::new(verifier) as Arc<dyn ServerCertVerifier>),
            // A container may have no store at all.
            Err(_) => bundled_roots(Arc::clone(&self.provider)),
        };
        self.verifier.get_or_init(build).as_ref().map_err(Clone::clone)
    }

    /// The TLS settings of a client that verifies with this.
    pub(crate) fn client_config(self: Arc<Self>) -> Result<ClientConfig, Error> {
        let mut config = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(self)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }
}

/// Verifies by Mozilla's roots as they were when this was built.
fn bundled_roots(provider: Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    match WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build() {
        Ok(verifier) => Ok(verifier),
        Err(_) => Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)),
    }
}

impl ServerCertVerifier for LazyVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.get()?.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::TcpListener,
        thread::{self, JoinHandle},
        time::Duration,
    };

    use reqwest::header::HeaderValue;
    use rustls::{
        ServerConfig, ServerConnection, Stream,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    };

    use super::*;
    use crate::{
        Config, CredentialSource, Error as CallError, Pat, TokenKind, TransportProblem,
        env::Environment,
        transport::{Call, Transport},
    };

    /// A server on this machine that answers one request with `{}`, and the certificate that it shows.
    fn server() -> (String, CertificateDer<'static>, JoinHandle<std::io::Result<()>>) {
        let issued = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let certificate = issued.cert.der().clone();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(issued.signing_key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base_url = format!("https://{}", listener.local_addr().unwrap());
        let answering = thread::spawn(move || {
            let (mut tcp, _) = listener.accept()?;
            let mut tls = ServerConnection::new(Arc::new(config)).unwrap();
            let mut stream = Stream::new(&mut tls, &mut tcp);
            let _ = stream.read(&mut [0; 4096])?;
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
        });
        (base_url, certificate, answering)
    }

    fn config(base_url: &str) -> Config {
        let token = admin_token::mint(TokenKind::Pat, |buffer| buffer.fill(10));
        let pat = Pat::parse(token.secret().expose(), CredentialSource::Explicit).unwrap();
        Config::builder().environment(Environment::empty()).pat(pat).base_url(base_url).build().unwrap()
    }

    async fn call(base_url: &str, verifier: &Arc<LazyVerifier>) -> Result<(), CallError> {
        let config = config(base_url);
        let call = Call {
            url: config.base_url().endpoint("x"),
            accept: HeaderValue::from_static("*/*"),
            body: Vec::new(),
            idempotency_key: None,
            timeout: Duration::from_secs(10),
            public: false,
            raw: false,
        };
        let transport = Transport::with_verifier(config, Arc::clone(verifier))?;
        transport.send(&call, |_| Ok(())).await.map(drop)
    }

    #[test]
    fn a_client_is_made_without_any_work_on_tls() {
        let verifier = Arc::new(LazyVerifier::new());
        Transport::with_verifier(config("https://api.aisetu.ai"), Arc::clone(&verifier)).unwrap();
        assert!(verifier.verifier.get().is_none(), "the certificate store was opened before the first handshake");
    }

    #[tokio::test]
    async fn a_certificate_that_nobody_vouches_for_is_refused_once_and_for_all() {
        let (base_url, _, answering) = server();
        let verifier = Arc::new(LazyVerifier::new());
        let error = call(&base_url, &verifier).await.unwrap_err();
        let CallError::Transport(transport) = &error else { panic!("{error:?}") };
        assert_eq!((transport.problem, transport.attempts), (TransportProblem::Tls, 1), "{error:?}");
        let told = format!("{error}\nhint: {}", error.hint().unwrap()).replace(&base_url, "[base]");
        insta::assert_snapshot!(told, @"
        there is no trusted TLS connection to [base] (NETWORK)
        hint: the system's certificate store decides whom to trust; `SSL_CERT_FILE` names another one
        ");
        assert!(verifier.verifier.get().is_some(), "the handshake opened the certificate store");
        assert!(answering.join().unwrap().is_err(), "no request went out");
    }

    #[tokio::test]
    async fn a_certificate_that_is_vouched_for_is_accepted() {
        let (base_url, certificate, answering) = server();
        let verifier = LazyVerifier::new();
        let mut roots = RootCertStore::empty();
        roots.add(certificate).unwrap();
        let trusted = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&verifier.provider));
        verifier.verifier.set(Ok(trusted.build().unwrap())).unwrap();
        call(&base_url, &Arc::new(verifier)).await.unwrap();
        answering.join().unwrap().unwrap();
    }

    #[test]
    fn without_a_certificate_store_there_are_roots_all_the_same() {
        assert!(bundled_roots(Arc::new(crypto::ring::default_provider())).is_ok());
        assert!(webpki_roots::TLS_SERVER_ROOTS.len() > 50);
    }
}
