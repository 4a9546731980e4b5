//! The TLS certificate, from PEM files that are read again when they change, so that a renewal
//! needs no restart.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::MissedTickBehavior;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, pem};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{InconsistentKeys, ServerConfig};
use tokio_rustls::{TlsAcceptor, rustls};

use crate::config::server::TlsConfig;
use crate::regular_file;
use crate::serve::http::listen::expiry;

/// How often the files are checked.
const EVERY: Duration = Duration::from_mins(1);

/// Why a certificate cannot be used: which file, and what is wrong with it.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file cannot be read.
    #[error("{}: {error}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A file is not PEM.
    #[error("{}: not a PEM file: {what}", .path.display())]
    NotPem {
        /// The file.
        path: PathBuf,
        /// The error of the parser.
        what: String,
    },
    /// The certificate file has no certificate.
    #[error("{}: no certificate found; expected a PEM file with -----BEGIN CERTIFICATE-----", .0.display())]
    NoCertificate(PathBuf),
    /// The key file has no key.
    #[error(
        "{}: no private key found; expected a PEM file with -----BEGIN PRIVATE KEY-----, without a passphrase",
        .0.display()
    )]
    NoKey(PathBuf),
    /// The certificate or the key cannot be used.
    #[error("{}: {error}", .path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: rustls::Error,
    },
    /// The key does not belong to the certificate.
    #[error("{}: this key does not belong to the certificate in {}", .key.display(), .certificate.display())]
    NotAPair {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
    },
}

/// The certificate and its key, as last read.
#[derive(Debug)]
pub struct Certificate {
    files: TlsConfig,
    shown: ArcSwap<LoadedCertificate>,
}

/// A certificate with the bytes it was read from.
#[derive(Debug)]
struct LoadedCertificate {
    bytes: PemFiles,
    pair: Arc<CertifiedKey>,
    expires_at: Option<Timestamp>,
}

impl Certificate {
    /// Reads the files.
    ///
    /// # Errors
    /// A file cannot be read or used; the error names it. An expired certificate is used
    /// nevertheless, with a warning in the log.
    pub fn load(files: &TlsConfig) -> Result<Self, CertificateError> {
        let shown = LoadedCertificate::read(files, bytes(files)?)?;
        Ok(Self { files: files.clone(), shown: ArcSwap::from_pointee(shown) })
    }

    /// Reads the files again; returns whether they have changed.
    ///
    /// # Errors
    /// As for [`Certificate::load`]; the certificate before stays in use.
    pub fn reload(&self) -> Result<bool, CertificateError> {
        let bytes = bytes(&self.files)?;
        if bytes == self.shown.load().bytes {
            return Ok(false);
        }
        self.shown.store(Arc::new(LoadedCertificate::read(&self.files, bytes)?));
        Ok(true)
    }

    /// When it expires, if that can be read.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.shown.load().expires_at
    }

    /// The TLS acceptor: versions 1.2 and 1.3, with HTTP/1.1.
    ///
    /// # Errors
    /// The TLS library and its crypto provider do not fit together.
    pub(crate) fn acceptor(self: Arc<Self>) -> Result<TlsAcceptor, rustls::Error> {
        let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()));
        let builder = builder.with_protocol_versions(&[&TLS13, &TLS12])?;
        let mut config = builder.with_no_client_auth().with_cert_resolver(self);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// Reads the files again when they change, and at once on SIGHUP, for as long as it is polled.
    /// An error is logged once.
    pub(crate) async fn follow(self: Arc<Self>) {
        let mut looks = tokio::time::interval(EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut hangup = signal(SignalKind::hangup()).ok();
        let mut told = String::new();
        loop {
            let asked = async {
                match &mut hangup {
                    Some(hangup) => hangup.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = looks.tick() => {}
                _ = asked => told.clear(),
            }
            let certificate = Arc::clone(&self);
            let fault = match tokio::task::spawn_blocking(move || certificate.reload()).await {
                Ok(Ok(changed)) => {
                    if changed {
                        tracing::info!("using a new certificate");
                    }
                    String::new()
                }
                Ok(Err(wrong)) => wrong.to_string(),
                Err(error) => error.to_string(),
            };
            if !fault.is_empty() && fault != told {
                tracing::error!(cause = fault, "the new certificate cannot be used; still using the one before");
            }
            told = fault;
        }
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.shown.load().pair))
    }
}

/// The bytes of the two files.
#[derive(Debug, PartialEq, Eq)]
struct PemFiles {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

fn bytes(files: &TlsConfig) -> Result<PemFiles, CertificateError> {
    let read =
        |path: &Path| regular_file::read(path).map_err(|error| CertificateError::Unreadable { path: path.to_owned(), error });
    Ok(PemFiles { certificate: read(&files.certificate)?, key: read(&files.key)? })
}

impl LoadedCertificate {
    fn read(files: &TlsConfig, bytes: PemFiles) -> Result<Self, CertificateError> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes.certificate).collect();
        let chain = chain.map_err(|error| not_pem(&files.certificate, &error))?;
        let Some(own) = chain.first() else { return Err(CertificateError::NoCertificate(files.certificate.clone())) };
        let expires_at = expiry::of(own);
        let parsed = PrivateKeyDer::from_pem_slice(&bytes.key).map_err(|error| match error {
            pem::Error::NoItemsFound => CertificateError::NoKey(files.key.clone()),
            error => not_pem(&files.key, &error),
        })?;
        let provider = default_provider();
        let signer = provider.key_provider.load_private_key(parsed);
        let signer = signer.map_err(|error| CertificateError::Unusable { path: files.key.clone(), error })?;
        let pair = CertifiedKey::new(chain, signer);
        match pair.keys_match() {
            Ok(()) | Err(rustls::Error::InconsistentKeys(InconsistentKeys::Unknown)) => {}
            Err(rustls::Error::InconsistentKeys(_)) => {
                let TlsConfig { certificate, key } = files.clone();
                return Err(CertificateError::NotAPair { certificate, key });
            }
            Err(error) => return Err(CertificateError::Unusable { path: files.certificate.clone(), error }),
        }
        regular_file::tell_readers(&files.key, "the private key of the certificate");
        if let Some(ended) = expires_at.filter(|end| *end < Timestamp::now()) {
            tracing::warn!(file = %files.certificate.display(), %ended, "the certificate has expired; browsers reject it");
        }
        Ok(Self { bytes, pair: Arc::new(pair), expires_at })
    }
}

fn not_pem(path: &Path, error: &pem::Error) -> CertificateError {
    CertificateError::NotPem { path: path.to_owned(), what: error.to_string() }
}
