//! Handshakes in memory, as the transport has them.

mod files;

use std::fs;
use std::io;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use rustls::server::WebPkiClientVerifier;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::authority::{Authority, Identity};
use super::*;

/// A folder with the files of one test.
struct Files {
    folder: TempDir,
}

impl Files {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> Option<PathBuf> {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        Some(path)
    }

    fn trusting(&self, authority: &Authority) -> TlsOptions {
        TlsOptions { ca: self.write("ca.pem", authority.pem()), ..TlsOptions::default() }
    }

    fn with(&self, identity: &Identity, options: TlsOptions) -> TlsOptions {
        TlsOptions {
            certificate: self.write("client.pem", &identity.certificate),
            key: self.write("client.key", &identity.key),
            ..options
        }
    }
}

/// A server that shows `identity` and wants a client of `clients`.
fn server(identity: &Identity, clients: Option<&Authority>) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_slice(authority.pem().as_bytes()).unwrap()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let certificate = CertificateDer::from_pem_slice(identity.certificate.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).unwrap();
    let mut config = builder.with_single_cert(vec![certificate], key).unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    config
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// Shakes hands and reads a byte, as the first read of HTTP/2 does.
fn meet(tls: &Tls, server: ServerConfig) -> Result<(), (io::Error, Stage)> {
    let (near, far) = tokio::io::duplex(1 << 16);
    let serve = async move {
        // What goes wrong here the client hears of.
        if let Ok(mut stream) = TlsAcceptor::from(Arc::new(server)).accept(far).await {
            stream.write_all(b"x").await.unwrap();
            let _ = stream.shutdown().await;
        }
    };
    let call = async {
        let connector = TlsConnector::from(Arc::clone(&tls.config));
        let stream = connector.connect(tls.server_name.clone(), near).await;
        let mut stream = stream.map_err(|error| (error, Stage::Handshake))?;
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let read = stream.read_exact(&mut [0]).await;
        read.map(drop).map_err(|error| (error, Stage::FirstRead))
    };
    block_on(async { tokio::join!(serve, call).1 })
}

/// The words for a handshake that fails.
fn failure(tls: &Tls, server: ServerConfig) -> String {
    let (error, stage) = meet(tls, server).unwrap_err();
    tls.explain(&error, stage).unwrap_or_else(|| panic!("{error:?}"))
}

#[test]
fn a_server_of_the_right_authority_is_trusted() {
    let (files, authority) = (Files::new(), Authority::new("ours"));
    let identity = authority.issue(&["a.example", "127.0.0.1", "::1"]);
    for host in ["a.example", "127.0.0.1", "::1"] {
        let tls = Tls::load(&files.trusting(&authority), host).unwrap();
        meet(&tls, server(&identity, None)).unwrap();
    }
}

#[test]
fn tls_1_2_is_enough() {
    let (files, authority) = (Files::new(), Authority::new("ours"));
    let tls = Tls::load(&files.trusting(&authority), "a.example").unwrap();
    let identity = authority.issue(&["a.example"]);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut old = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS12])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(identity.certificate.as_bytes()).unwrap()],
            PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).unwrap(),
        )
        .unwrap();
    old.alpn_protocols = vec![b"h2".to_vec()];
    meet(&tls, old).unwrap();
}

#[test]
fn an_unknown_issuer_is_named_with_the_way_out() {
    let (files, ours, theirs) = (Files::new(), Authority::new("ours"), Authority::new("theirs"));
    let identity = theirs.issue(&["a.example"]);
    let tls = Tls::load(&files.trusting(&ours), "a.example").unwrap();
    let words = failure(&tls, server(&identity, None));
    let ca = files.folder.path().join("ca.pem").display().to_string();
    assert_eq!(
        words,
        format!(
            "the certificate of a.example is signed by nobody in {ca}; give its CA with --tls-ca"
        )
    );

    // Of the system's authorities none has signed it either, where there are any.
    match Tls::load(&TlsOptions::default(), "a.example") {
        Ok(tls) => {
            let words = failure(&tls, server(&identity, None));
            assert!(words.contains("nobody that this system trusts"), "{words}");
        }
        Err(error) => assert!(matches!(error, TlsError::NoSystemRoots { .. }), "{error}"),
    }
}

#[test]
fn an_authority_of_the_same_name_with_another_key_is_another() {
    let (files, ours, theirs) = (Files::new(), Authority::new("same"), Authority::new("same"));
    let tls = Tls::load(&files.trusting(&ours), "a.example").unwrap();
    let words = failure(&tls, server(&theirs.issue(&["a.example"]), None));
    assert!(words.contains("is signed by nobody in"), "{words}");
}

#[test]
fn a_wrong_name_says_whose_the_certificate_is_and_a_server_name_mends_it() {
    let (files, authority) = (Files::new(), Authority::new("ours"));
    let identity = authority.issue(&["b.example", "*.c.example"]);
    let options = files.trusting(&authority);
    for host in ["a.example", "127.0.0.1"] {
        let tls = Tls::load(&options, host).unwrap();
        let words = failure(&tls, server(&identity, None));
        assert!(
            words.contains(&format!("is not for {host} but for b.example, *.c.example;")),
            "{words}"
        );
        assert!(words.contains("--tls-server-name"), "{words}");
        for name in ["b.example", "x.c.example"] {
            let options = TlsOptions { server_name: Some(name.to_owned()), ..options.clone() };
            meet(&Tls::load(&options, host).unwrap(), server(&identity, None)).unwrap();
        }
    }
}

#[test]
fn a_certificate_out_of_its_time_says_when() {
    let (files, authority) = (Files::new(), Authority::new("ours"));
    let tls = Tls::load(&files.trusting(&authority), "a.example").unwrap();
    let words = failure(&tls, server(&authority.issue_expired(&["a.example"]), None));
    assert!(words.contains("of a.example expired at 2001-01-01T00:00:00Z; renew it"), "{words}");

    let error = rustls::CertificateError::NotValidYetContext {
        time: rustls::pki_types::UnixTime::since_unix_epoch(std::time::Duration::ZERO),
        not_before: rustls::pki_types::UnixTime::since_unix_epoch(std::time::Duration::MAX),
    };
    let error = io::Error::other(rustls::Error::InvalidCertificate(error));
    let words = tls.explain(&error, Stage::Handshake).unwrap();
    assert!(words.contains("is not valid before 9999-12-31T23:59:59Z"));
}

/// What `openssl req -x509` makes: its own authority.
#[test]
fn a_certificate_authority_as_server_says_how_to_make_another() {
    let files = Files::new();
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.not_after = date_time_ymd(4000, 1, 1);
    let certificate = params.self_signed(&key).unwrap().pem();
    let identity = Identity { certificate, key: key.serialize_pem() };
    let ca = files.write("ca.pem", &identity.certificate);
    let tls = Tls::load(&TlsOptions { ca, ..TlsOptions::default() }, "a.example").unwrap();
    let words = failure(&tls, server(&identity, None));
    assert!(words.contains("shows the certificate of a CA as its own"), "{words}");
}

/// What `openssl req -x509 -addext basicConstraints=critical,CA:FALSE` makes.
#[test]
fn a_self_signed_certificate_is_trusted_where_it_is_given() {
    let files = Files::new();
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
    params.is_ca = rcgen::IsCa::ExplicitNoCa;
    let certificate = params.self_signed(&key).unwrap().pem();
    let identity = Identity { certificate, key: key.serialize_pem() };
    let ca = files.write("ca.pem", &identity.certificate);
    let tls = Tls::load(&TlsOptions { ca, ..TlsOptions::default() }, "a.example").unwrap();
    meet(&tls, server(&identity, None)).unwrap();
}

#[test]
fn a_server_may_want_a_client_certificate() {
    let (files, authority, clients) = (Files::new(), Authority::new("s"), Authority::new("c"));
    let options = files.trusting(&authority);
    let identity = authority.issue(&["a.example"]);
    let wanting = || server(&identity, Some(&clients));

    let tls = Tls::load(&options, "a.example").unwrap();
    let (error, stage) = meet(&tls, wanting()).unwrap_err();
    assert_eq!(stage, Stage::FirstRead);
    let words = "a.example wants a client certificate; give it with --tls-cert and --tls-key";
    assert_eq!(tls.explain(&error, stage).unwrap(), words);
    // HTTP/2 keeps the text alone.
    let text = io::Error::new(error.kind(), error.to_string());
    assert_eq!(tls.explain(&text, stage).unwrap(), words);

    let right = files.with(&clients.issue(&["me"]), options.clone());
    meet(&Tls::load(&right, "a.example").unwrap(), wanting()).unwrap();

    let wrong = files.with(&authority.issue(&["me"]), options);
    let words = failure(&Tls::load(&wrong, "a.example").unwrap(), wanting());
    assert!(words.contains("a.example does not accept the client certificate in "), "{words}");
    assert!(words.contains("client.pem"), "{words}");
}

#[test]
fn a_server_without_http_2_is_no_grpc_port() {
    let (files, authority) = (Files::new(), Authority::new("ours"));
    let tls = Tls::load(&files.trusting(&authority), "a.example").unwrap();
    let mut old = server(&authority.issue(&["a.example"]), None);
    old.alpn_protocols = vec![b"http/1.1".to_vec()];
    let words = failure(&tls, old);
    assert!(words.contains("speaks TLS but not HTTP/2"), "{words}");
}

#[test]
fn a_port_that_does_not_speak_tls_says_so() {
    let files = Files::new();
    let tls = Tls::load(&files.trusting(&Authority::new("ours")), "a.example").unwrap();
    // SETTINGS of HTTP/2, HTTP/1, the end.
    for answer in [&b"\0\0\0\x04\0\0\0\0\0"[..], b"HTTP/1.1 400 Bad Request\r\n\r\n", b""] {
        let (near, mut far) = tokio::io::duplex(1 << 16);
        let serve = async move { far.write_all(answer).await };
        let connector = TlsConnector::from(Arc::clone(&tls.config));
        let connect = connector.connect(tls.server_name.clone(), near);
        let error = block_on(async { tokio::join!(serve, connect).1 }).unwrap_err();
        let words = tls.explain(&error, Stage::Handshake).unwrap_or_else(|| panic!("{error:?}"));
        assert!(words.contains("a plaintext one") && words.contains("https://"), "{words}");
    }
}

/// A reset can overtake what a server says of a missing certificate.
#[test]
fn a_connection_closed_after_the_handshake_names_what_may_be_behind_it() {
    let (files, authority) = (Files::new(), Authority::new("ours"));
    let options = files.trusting(&authority);
    let reset = io::ErrorKind::ConnectionReset.into();
    let words = |options: &TlsOptions| {
        Tls::load(options, "a.example").unwrap().explain(&reset, Stage::FirstRead).unwrap()
    };
    assert!(words(&options).contains("right after the TLS handshake: either it does not speak"));
    assert!(words(&options).contains("it wants a client certificate"));
    let shown = files.with(&authority.issue(&["me"]), options);
    assert!(words(&shown).contains("it does not accept the client certificate of --tls-cert"));
}

#[test]
fn what_is_not_tls_is_not_explained() {
    let files = Files::new();
    let tls = Tls::load(&files.trusting(&Authority::new("ours")), "a.example").unwrap();
    for kind in [io::ErrorKind::ConnectionRefused, io::ErrorKind::TimedOut] {
        assert_eq!(tls.explain(&kind.into(), Stage::Handshake), None);
    }
    assert_eq!(
        tls.explain(&io::Error::other("received fatal alert: who knows"), Stage::FirstRead),
        None
    );
}

#[test]
fn names_are_those_that_a_certificate_can_bear() {
    for (name, expected) in [
        ("a.example", "a.example"),
        ("my_host", "my_host"),
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "::1"),
        ("fe80::1%eth0", "fe80::1"),
    ] {
        assert_eq!(server_name(name).unwrap().to_str(), expected);
    }
    for name in ["", "a b", "a..b", "[::1]", "hüsh", "a.example:443"] {
        let error = server_name(name).unwrap_err().to_string();
        assert!(error.starts_with(&format!("'{name}' is neither a DNS name nor")), "{error}");
    }
}

#[test]
fn debug_shows_no_key() {
    let (files, authority) = (Files::new(), Authority::new("ours"));
    let me = authority.issue(&["me"]);
    let tls = Tls::load(&files.with(&me, files.trusting(&authority)), "a.example").unwrap();
    let shown = format!("{tls:?}");
    assert!(shown.contains("a.example") && shown.contains("client.key"), "{shown}");
    assert!(shown.len() < 1_000, "the configuration is not in it: {shown}");
    assert!(me.key.lines().skip(1).all(|line| !shown.contains(line)), "{shown}");
}
