//! TLS by rustls: the certificate is exchanged while serving, when its files change or on SIGHUP. Connections that
//! are open keep theirs; files that do not fit together change nothing.

use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::signal::unix::{SignalKind, signal};

use crate::config::Transport;
use crate::error::{Error, Result};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(5);

/// The certificate and key that new connections get.
#[derive(Debug)]
pub struct Certificate {
    cert: PathBuf,
    key: PathBuf,
    provider: Arc<CryptoProvider>,
    current: ArcSwap<CertifiedKey>,
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _hello: ClientHello) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }
}

impl Certificate {
    /// The configured certificate, if there is one; fails when its files cannot be used.
    pub fn open(transport: &Transport) -> Result<Option<Arc<Self>>> {
        let (Some(cert), Some(key)) = (&transport.tls_cert, &transport.tls_key) else { return Ok(None) };
        let provider = Arc::new(aws_lc_rs::default_provider());
        let current = load(cert, key, &provider).map_err(Error::internal)?;
        let (cert, key) = (cert.clone(), key.clone());
        Ok(Some(Arc::new(Self { cert, key, provider, current: ArcSwap::from_pointee(current) })))
    }

    /// What a server speaks with it: TLS 1.2 and 1.3.
    pub fn config(self: &Arc<Self>) -> Result<ServerConfig> {
        let builder = ServerConfig::builder_with_provider(self.provider.clone()).with_safe_default_protocol_versions();
        Ok(builder.map_err(Error::internal)?.with_no_client_auth().with_cert_resolver(self.clone()))
    }

    /// Takes the files as they are now; whether they could be used.
    fn reload(&self) -> bool {
        match load(&self.cert, &self.key, &self.provider) {
            Ok(fresh) => {
                self.current.store(Arc::new(fresh));
                tracing::info!("the TLS certificate was exchanged");
                true
            }
            Err(problem) => {
                tracing::error!(problem, "the TLS certificate stays as it was: its files cannot be used");
                false
            }
        }
    }

    /// When each file was last written.
    fn stamps(&self) -> [Option<SystemTime>; 2] {
        [&self.cert, &self.key].map(|path| std::fs::metadata(path).and_then(|m| m.modified()).ok())
    }
}

/// Exchanges the certificate when its files change or SIGHUP comes, as long as somebody serves with it.
pub async fn watch(certificate: Weak<Certificate>) {
    let Ok(mut hangup) = signal(SignalKind::hangup()) else { return };
    let mut seen = certificate.upgrade().map(|c| c.stamps());
    loop {
        let asked = tokio::select! {
            _ = hangup.recv() => true,
            () = tokio::time::sleep(LOOK) => false,
        };
        let Some(certificate) = certificate.upgrade() else { return };
        let looked = tokio::task::spawn_blocking(move || {
            let now = certificate.stamps();
            // What did not work is tried again: certificate and key are seldom written in the same moment.
            if !asked && Some(now) == seen { seen } else { certificate.reload().then_some(now) }
        });
        seen = looked.await.unwrap_or(None);
    }
}

fn load(cert: &PathBuf, key: &PathBuf, provider: &CryptoProvider) -> Result<CertifiedKey, String> {
    let chain: Vec<CertificateDer<'static>> =
        CertificateDer::pem_file_iter(cert).and_then(Iterator::collect).map_err(|e| format!("MARU_TLS_CERT {}: {e}", cert.display()))?;
    if chain.is_empty() {
        return Err(format!("MARU_TLS_CERT {}: no certificate in it", cert.display()));
    }
    let key = PrivateKeyDer::from_pem_file(key).map_err(|e| format!("MARU_TLS_KEY {}: {e}", key.display()))?;
    CertifiedKey::from_der(chain, key, provider).map_err(|e| format!("MARU_TLS_CERT and MARU_TLS_KEY: {e}"))
}
