//! Certificates and keys in PEM files.

use std::io;
use std::path::Path;

use rustls::Error;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::TlsError;
use crate::small_file;

/// The bundle of all public authorities is 220 KiB.
const PEM_LEN_MAX: usize = 4 << 20;

/// What is wrong with a file. Nothing of its contents is in here: it may be a key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileFault {
    /// It cannot be read.
    #[error("cannot read: {0}")]
    Read(io::Error),
    /// It is something else.
    #[error(
        "not PEM, which begins with -----BEGIN; from DER it is made with `openssl {} -inform der`",
        if *.is_key { "pkey" } else { "x509" }
    )]
    NotPem {
        /// Whether a key is wanted.
        is_key: bool,
    },
    /// A section is broken.
    #[error("damaged PEM: {0}; export it once more")]
    Damaged(&'static str),
    /// Other things are in it.
    #[error("no certificate in it; it must hold -----BEGIN CERTIFICATE-----")]
    NoCertificate,
    /// Other things are in it.
    #[error("no private key in it; it must hold -----BEGIN PRIVATE KEY----- or its RSA or EC form")]
    NoKey,
    /// A key behind a passphrase.
    #[error("the key is encrypted; write it in the clear with `openssl pkey -in FILE -out CLEAR`")]
    Encrypted,
    /// A certificate of a kind that cannot be used.
    #[error("certificate number {number} cannot be used: {source}")]
    Certificate {
        /// Which one, from 1.
        number: usize,
        /// Why.
        source: Error,
    },
    /// A key of a kind that cannot be used.
    #[error("the key cannot be used; RSA of 2048 to 8192 bits, P-256, P-384 and Ed25519 keys can")]
    Key,
}

pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found = text(path, false).and_then(|text| {
        let sections = CertificateDer::pem_slice_iter(&text);
        let found = sections.collect::<Result<Vec<_>, _>>().map_err(|error| damage(&error))?;
        if found.is_empty() { Err(FileFault::NoCertificate) } else { Ok(found) }
    });
    found.map_err(|fault| of(path, fault))
}

pub(super) fn key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let found = text(path, true).and_then(|text| match PrivateKeyDer::from_pem_slice(&text) {
        Ok(key) => Ok(key),
        Err(_) if contains(&text, b"ENCRYPTED") => Err(FileFault::Encrypted),
        Err(pem::Error::NoItemsFound) => Err(FileFault::NoKey),
        Err(error) => Err(damage(&error)),
    });
    found.map_err(|fault| of(path, fault))
}

/// Why rustls does not take certificate and key.
pub(super) fn unfit_pair(error: Error, certificate: &Path, key: &Path) -> TlsError {
    match error {
        Error::InconsistentKeys(_) => {
            TlsError::KeyMismatch { key: key.to_owned(), certificate: certificate.to_owned() }
        }
        Error::InvalidCertificate(_) => {
            of(certificate, FileFault::Certificate { number: 1, source: error })
        }
        _ => of(key, FileFault::Key),
    }
}

fn text(path: &Path, is_key: bool) -> Result<Vec<u8>, FileFault> {
    let bytes = small_file::read(path, PEM_LEN_MAX).map_err(FileFault::Read)?;
    if !contains(&bytes, b"-----BEGIN ") {
        return Err(FileFault::NotPem { is_key });
    }
    // Some editors put a byte order mark before the first line.
    Ok(bytes.strip_prefix(b"\xef\xbb\xbf").map(<[u8]>::to_vec).unwrap_or(bytes))
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The library's own words quote the file.
fn damage(error: &pem::Error) -> FileFault {
    FileFault::Damaged(match error {
        pem::Error::MissingSectionEnd { .. } => "a section has no -----END line",
        pem::Error::IllegalSectionStart { .. } => "a -----BEGIN line is not whole",
        pem::Error::Base64Decode(_) => "a section is not base64",
        _ => "a section cannot be read",
    })
}

fn of(path: &Path, fault: FileFault) -> TlsError {
    TlsError::File { path: path.to_owned(), fault }
}
