//! TLS at the scheduler: whom to trust, and what to show of oneself.
//!
//! Files are read once, before the run. No socket is opened here. One provider of cryptography is
//! named outright, so that nothing depends on what else the process has installed.

mod explain;
mod pem;

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};

pub use pem::FileFault;

/// What the user says about TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsOptions {
    /// Certificates of the authorities to trust, as PEM; without it, those of the system.
    pub ca: Option<PathBuf>,
    /// Certificate to show to the server, as PEM, its chain after it.
    pub certificate: Option<PathBuf>,
    /// Private key of that certificate, as PEM.
    pub key: Option<PathBuf>,
    /// Name that the server's certificate must bear; without it, the host of its address.
    pub server_name: Option<String>,
}

/// All that a TLS connection needs besides a socket.
#[derive(Clone)]
pub struct Tls {
    /// Whom to trust, what to show.
    pub(crate) config: Arc<ClientConfig>,
    /// Whom to expect.
    pub(crate) server_name: ServerName<'static>,
    options: TlsOptions,
}

/// When a connection failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// While TLS was agreed on.
    Handshake,
    /// After that, before HTTP/2 has answered. In TLS 1.3 a server looks at the client's
    /// certificate only when the client is done with its handshake.
    FirstRead,
}

/// Why TLS cannot be spoken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file is no good.
    #[error("{}: {fault}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What is wrong with it.
        fault: FileFault,
    },
    /// The key is another certificate's.
    #[error(
        "{}: this key does not belong to the first certificate in {}; name the two that were made \
         together, and put the client's own certificate before its authority's",
        key.display(), certificate.display()
    )]
    KeyMismatch {
        /// The key.
        key: PathBuf,
        /// The certificate.
        certificate: PathBuf,
    },
    /// A certificate without key.
    #[error("--tls-cert needs --tls-key: its private key proves that the certificate is yours")]
    NoKey,
    /// A key without certificate.
    #[error("--tls-key needs --tls-cert: the certificate that the key belongs to")]
    NoCertificate,
    /// Nobody to trust.
    #[error(
        "the system has no CA certificates{}; install them (package ca-certificates) or give the \
         server's with --tls-ca", reason.as_ref().map(|why| format!(" ({why})")).unwrap_or_default()
    )]
    NoSystemRoots {
        /// What the system said, if anything.
        reason: Option<String>,
    },
    /// A name that no certificate can bear.
    #[error("'{0}' is neither a DNS name nor an IP address; give one with --tls-server-name")]
    ServerName(String),
}

impl Tls {
    /// Reads what the options name, to speak TLS with `host`.
    ///
    /// # Errors
    /// Where a file cannot be read or does not hold what it should.
    pub fn load(options: &TlsOptions, host: &str) -> Result<Self, TlsError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring speaks TLS 1.2 and 1.3")
            .with_root_certificates(roots(options)?);
        let mut config = match (&options.certificate, &options.key) {
            (None, None) => builder.with_no_client_auth(),
            (Some(_), None) => return Err(TlsError::NoKey),
            (None, Some(_)) => return Err(TlsError::NoCertificate),
            (Some(certificate), Some(key)) => {
                let (chain, secret) = (pem::certificates(certificate)?, pem::key(key)?);
                let config = builder.with_client_auth_cert(chain, secret);
                config.map_err(|error| pem::unfit_pair(error, certificate, key))?
            }
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        let server_name = server_name(options.server_name.as_deref().unwrap_or(host))?;
        Ok(Self { config: Arc::new(config), server_name, options: options.clone() })
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (server_name, options) = (&self.server_name, &self.options);
        let mut debug = f.debug_struct("Tls");
        debug.field("server_name", server_name).field("options", options).finish_non_exhaustive()
    }
}

fn roots(options: &TlsOptions) -> Result<RootCertStore, TlsError> {
    let Some(path) = &options.ca else {
        let found = rustls_native_certs::load_native_certs();
        let reason = found.errors.first().map(ToString::to_string);
        return system_roots(found.certs, reason);
    };
    let mut roots = RootCertStore::empty();
    for (index, certificate) in pem::certificates(path)?.into_iter().enumerate() {
        roots.add(certificate).map_err(|source| TlsError::File {
            path: path.clone(),
            fault: FileFault::Certificate { number: index + 1, source },
        })?;
    }
    Ok(roots)
}

/// Of hundreds, one that is odd is no reason to trust nobody.
fn system_roots(
    found: Vec<CertificateDer<'static>>,
    reason: Option<String>,
) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found);
    if roots.is_empty() { Err(TlsError::NoSystemRoots { reason }) } else { Ok(roots) }
}

fn server_name(name: &str) -> Result<ServerName<'static>, TlsError> {
    // The zone of fe80::1%eth0 is this machine's own; no certificate bears it.
    let bare = name.split_once('%').map_or(name, |(address, _)| address);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Ok(ServerName::IpAddress(address.into()));
    }
    ServerName::try_from(name.to_owned()).map_err(|_| TlsError::ServerName(name.to_owned()))
}

#[cfg(test)]
#[path = "../tests/integration/tls/authority.rs"]
pub(crate) mod authority;
#[cfg(test)]
mod tests;
