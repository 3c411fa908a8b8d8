//! Whom to trust, and what to say of oneself: TLS, headers, a token.
//!
//! Neither clap nor `Debug` ever holds a secret that it would print: headers are taken as text and
//! read here, because clap's errors quote what was typed, and the token's variable is read here,
//! because clap's help quotes what is set.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::net::IpAddr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use anyhow::bail;

use crate::{BearerToken, Endpoint, Metadata, Tls, TlsOptions};

/// Holds a bearer token where no file is named.
const TOKEN_VARIABLE: &str = "REPLAY_TOKEN";

/// Flags about TLS and about what goes with each call.
#[derive(clap::Args)]
#[command(next_help_heading = "Security")]
pub(crate) struct Security {
    /// Trust the CA certificates in this PEM file, and no others [default: the system's]
    #[arg(long, value_name = "FILE")]
    tls_ca: Option<PathBuf>,

    /// Show this client certificate (PEM, chain after it)
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<PathBuf>,

    /// Private key of the client certificate (PEM)
    #[arg(long, value_name = "FILE")]
    tls_key: Option<PathBuf>,

    /// Name that the server's certificate must bear [default: the host in the URL]
    #[arg(long, value_name = "NAME")]
    tls_server_name: Option<String>,

    /// Send this header with each call; base64 under a key that ends in -bin. May be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    header: Vec<String>,

    /// Send the bearer token in this file with each call [default: that in REPLAY_TOKEN, if set]
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,

    /// Send grpc-timeout: what is left until the deadline
    #[arg(long)]
    propagate_deadline: bool,
}

impl Security {
    /// What TLS with `endpoint` takes, if it speaks TLS.
    ///
    /// # Errors
    /// Where a file is no good, or a flag asks for TLS and the address does not.
    pub(crate) fn tls(&self, endpoint: &Endpoint) -> anyhow::Result<Option<Tls>> {
        if endpoint.is_tls() {
            return Ok(Some(Tls::load(&self.options(), endpoint.host())?));
        }
        if let Some(flag) = self.tls_flag() {
            bail!(
                "{flag} asks for TLS, but {endpoint} is the address of a plaintext port; give \
                 --scheduler-url https://HOST:PORT"
            );
        }
        Ok(None)
    }

    /// What goes with each call.
    ///
    /// # Errors
    /// Where a header or the token cannot be sent.
    pub(crate) fn metadata(&self) -> anyhow::Result<Metadata> {
        self.metadata_with(env::var_os(TOKEN_VARIABLE))
    }

    /// Whether each call says how long its answer is of use.
    pub(crate) fn propagate_deadline(&self) -> bool {
        self.propagate_deadline
    }

    fn metadata_with(&self, variable: Option<OsString>) -> anyhow::Result<Metadata> {
        let token = match (&self.token_file, variable) {
            (Some(path), _) => Some(BearerToken::from_file(path)?),
            (None, Some(token)) => Some(BearerToken::new(token.as_bytes(), TOKEN_VARIABLE)?),
            (None, None) => None,
        };
        Ok(Metadata::new(&self.header, token.as_ref())?)
    }

    fn options(&self) -> TlsOptions {
        TlsOptions {
            ca: self.tls_ca.clone(),
            certificate: self.tls_cert.clone(),
            key: self.tls_key.clone(),
            server_name: self.tls_server_name.clone(),
        }
    }

    /// The first flag that is of no use without TLS.
    fn tls_flag(&self) -> Option<&'static str> {
        [
            (self.tls_ca.is_some(), "--tls-ca"),
            (self.tls_cert.is_some(), "--tls-cert"),
            (self.tls_key.is_some(), "--tls-key"),
            (self.tls_server_name.is_some(), "--tls-server-name"),
        ]
        .into_iter()
        .find_map(|(is_given, flag)| is_given.then_some(flag))
    }
}

impl fmt::Debug for Security {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Security")
            .field("tls", &self.options())
            .field("header_count", &self.header.len())
            .field("token_file", &self.token_file)
            .field("propagate_deadline", &self.propagate_deadline)
            .finish()
    }
}

/// Says on stderr that a credential goes over the network for anybody to read, where it does.
pub(crate) fn warn_of_plaintext(endpoint: &Endpoint) {
    if is_exposed(endpoint) {
        eprintln!(
            "replay: warning: the token goes to {endpoint} unencrypted; use https:// where the \
             scheduler speaks TLS"
        );
    }
}

/// Whether what is sent to `endpoint` leaves this machine in the clear.
fn is_exposed(endpoint: &Endpoint) -> bool {
    let host = endpoint.host();
    let is_loopback =
        host.parse::<IpAddr>().map_or(host.eq_ignore_ascii_case("localhost"), |address| {
            address.to_canonical().is_loopback()
        });
    !endpoint.is_tls() && !is_loopback
}

#[cfg(test)]
mod tests;
