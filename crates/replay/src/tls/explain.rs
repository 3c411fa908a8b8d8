//! A failed handshake in words that somebody can act on.

use std::borrow::Cow;
use std::io;
use std::time::{Duration, SystemTime};

use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, Error};

use super::{Stage, Tls};

impl Tls {
    /// Says what is behind an error of a new connection, where that can be told.
    ///
    /// HTTP/2 keeps nothing of an error below it but its kind and text, and they are enough.
    pub(crate) fn explain(&self, error: &io::Error, stage: Stage) -> Option<String> {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
        match inner {
            Some(Error::InvalidCertificate(why)) => Some(self.of_certificate(why)),
            Some(Error::AlertReceived(alert)) => Some(self.of_alert(*alert)),
            Some(Error::InvalidMessage(_) | Error::InappropriateMessage { .. }) => Some(format!(
                "{} does not answer in TLS; where the port is a plaintext one, leave out https://",
                self.name()
            )),
            Some(Error::PeerIncompatible(_)) => Some(self.nothing_in_common()),
            Some(_) => None,
            None => match alert_of(&error.to_string()) {
                Some(alert) => Some(self.of_alert(alert)),
                None => self.of_silence(error.kind(), stage),
            },
        }
    }

    fn name(&self) -> Cow<'_, str> {
        self.server_name.to_str()
    }

    fn of_certificate(&self, why: &CertificateError) -> String {
        let name = self.name();
        match why {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                match &self.options.ca {
                    None => format!(
                        "the certificate of {name} is signed by nobody that this system trusts; \
                         give its CA with --tls-ca"
                    ),
                    Some(path) => format!(
                        "the certificate of {name} is signed by nobody in {}; give its CA with \
                         --tls-ca",
                        path.display()
                    ),
                }
            }
            CertificateError::NotValidForNameContext { presented, .. } => {
                let names = match presented.as_slice() {
                    [] => "no name at all".to_owned(),
                    names => names.iter().map(|name| bare(name)).collect::<Vec<_>>().join(", "),
                };
                format!(
                    "the certificate of the server is not for {name} but for {names}; give the \
                     name that it is for with --tls-server-name"
                )
            }
            CertificateError::NotValidForName => format!(
                "the certificate of the server is not for {name}; give the name that it is for \
                 with --tls-server-name"
            ),
            CertificateError::ExpiredContext { not_after, .. } => format!(
                "the certificate of {name} expired at {}; renew it, or set this machine's clock \
                 right",
                date(*not_after)
            ),
            CertificateError::NotValidYetContext { not_before, .. } => format!(
                "the certificate of {name} is not valid before {}; set this machine's clock right",
                date(*not_before)
            ),
            // What webpki says has no variant of its own in rustls.
            CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
                format!(
                    "{name} shows the certificate of a CA as its own, as `openssl req -x509` makes \
                     it; make one with `-addext basicConstraints=critical,CA:FALSE` for the server"
                )
            }
            _ => format!("the certificate of {name} cannot be trusted: {why}"),
        }
    }

    fn of_alert(&self, alert: AlertDescription) -> String {
        let name = self.name();
        match alert {
            AlertDescription::CertificateRequired => {
                format!("{name} wants a client certificate; give it with --tls-cert and --tls-key")
            }
            AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
            | AlertDescription::DecryptError
            | AlertDescription::HandshakeFailure => self.of_refusal(alert),
            AlertDescription::UnrecognisedName => format!(
                "the server does not know itself as {name}; give its name with --tls-server-name"
            ),
            AlertDescription::NoApplicationProtocol => {
                format!("{name} speaks TLS but not HTTP/2 there, so it is no gRPC port")
            }
            AlertDescription::ProtocolVersion | AlertDescription::InsufficientSecurity => {
                self.nothing_in_common()
            }
            other => format!("{name} ended the handshake: {other:?}"),
        }
    }

    fn of_refusal(&self, alert: AlertDescription) -> String {
        let name = self.name();
        match &self.options.certificate {
            Some(path) => format!(
                "{name} does not accept the client certificate in {} ({alert:?})",
                path.display()
            ),
            None => format!(
                "{name} refused the handshake ({alert:?}); where it wants a client certificate, \
                 give it with --tls-cert and --tls-key"
            ),
        }
    }

    fn nothing_in_common(&self) -> String {
        let name = self.name();
        format!("{name} has no version or cipher in common with replay, which has TLS 1.2 and 1.3")
    }

    /// An end without a word. A reset may also have overtaken the server's complaint.
    fn of_silence(&self, kind: io::ErrorKind, stage: Stage) -> Option<String> {
        let closed = matches!(
            kind,
            io::ErrorKind::UnexpectedEof
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe
        );
        let (when, either) = match stage {
            Stage::Handshake => ("during", "the port is a plaintext one (leave out https://)"),
            Stage::FirstRead => ("right after", "it does not speak HTTP/2"),
        };
        let or = match &self.options.certificate {
            Some(_) => "it does not accept the client certificate of --tls-cert",
            None => "it wants a client certificate (--tls-cert and --tls-key)",
        };
        let name = self.name();
        closed.then(|| {
            format!(
                "{name} closed the connection {when} the TLS handshake: either {either}, or {or}"
            )
        })
    }
}

/// A name as people write it: webpki says `DnsName("a.example")`.
fn bare(name: &str) -> &str {
    let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    inner.map_or(name, |inner| inner.trim_matches('"'))
}

/// The alert that an error's text tells of.
fn alert_of(text: &str) -> Option<AlertDescription> {
    let alerts = (0..=u8::MAX).map(AlertDescription::from);
    alerts.into_iter().find(|alert| text.ends_with(&Error::AlertReceived(*alert).to_string()))
}

/// Certificates know no later time, nor does the text form.
const YEAR_9999_END_SECONDS: u64 = 253_402_300_799;

fn date(time: UnixTime) -> String {
    let seconds = time.as_secs().min(YEAR_9999_END_SECONDS);
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    humantime::format_rfc3339_seconds(time).to_string()
}
