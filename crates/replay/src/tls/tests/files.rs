//! Files of every kind, and what is said of them.

use std::path::Path;

use proptest::prelude::*;

use super::*;

/// Which option names a file.
#[derive(Clone, Copy, Debug)]
enum Role {
    Ca,
    Certificate,
    Key,
}

#[test]
fn a_file_that_will_not_do_is_named_with_what_to_do() {
    let (files, authority) = (Files::new(), Authority::new("ours"));
    let good = files.with(&authority.issue(&["me"]), files.trusting(&authority));
    let Identity { certificate, key } = authority.issue(&["other"]);
    let ca = authority.pem();
    let der = CertificateDer::from_pem_slice(ca.as_bytes()).unwrap();
    let nonsense = "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n";
    let encrypted = key.replace("PRIVATE", "ENCRYPTED PRIVATE");
    let no_key = nonsense.replace("CERTIFICATE", "PRIVATE KEY");
    let not_base64 = ca.replace("MII", "!!!");
    let second = ca.clone() + nonsense;
    let cases: [(Role, &[u8], &str); 17] = [
        (Role::Ca, b"", "not PEM"),
        (Role::Ca, &der, "openssl x509 -inform der"),
        (Role::Ca, &ca.as_bytes()[..200], "a section has no -----END line"),
        (Role::Ca, not_base64.as_bytes(), "a section is not base64"),
        (Role::Ca, b"-----BEGIN CERTI\nAQID\n", "a -----BEGIN line is not whole"),
        (Role::Ca, key.as_bytes(), "no certificate in it"),
        (Role::Ca, nonsense.as_bytes(), "certificate number 1 cannot be used"),
        (Role::Ca, second.as_bytes(), "certificate number 2 cannot be used"),
        (Role::Certificate, b"hello", "not PEM"),
        (Role::Certificate, key.as_bytes(), "no certificate in it"),
        (Role::Certificate, nonsense.as_bytes(), "certificate number 1 cannot be used"),
        (Role::Key, b"hello", "openssl pkey -inform der"),
        (Role::Key, certificate.as_bytes(), "no private key in it"),
        (Role::Key, &key.as_bytes()[..60], "a section has no -----END line"),
        (Role::Key, encrypted.as_bytes(), "the key is encrypted"),
        (Role::Key, no_key.as_bytes(), "the key cannot be used"),
        (Role::Key, key.as_bytes(), "does not belong to the first certificate"),
    ];
    for (role, bytes, reason) in cases {
        let bad = files.write("bad", bytes);
        let named = bad.as_ref().unwrap().display().to_string();
        let options = match role {
            Role::Ca => TlsOptions { ca: bad, ..good.clone() },
            Role::Certificate => TlsOptions { certificate: bad, ..good.clone() },
            Role::Key => TlsOptions { key: bad, ..good.clone() },
        };
        let error = Tls::load(&options, "a.example").unwrap_err().to_string();
        assert!(error.starts_with(&format!("{named}: ")), "{role:?}, {reason}: {error}");
        assert!(error.contains(reason), "{role:?}, {reason}: {error}");
        assert!(key.lines().skip(1).take(1).all(|line| !error.contains(line)), "{error}");
    }
}

#[test]
fn a_byte_order_mark_does_no_harm() {
    let (files, authority) = (Files::new(), Authority::new("ours"));
    let ca = files.write("ca.pem", format!("\u{feff}{}", authority.pem()));
    let tls = Tls::load(&TlsOptions { ca, ..TlsOptions::default() }, "a.example").unwrap();
    meet(&tls, server(&authority.issue(&["a.example"]), None)).unwrap();
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let files = Files::new();
    for path in [files.folder.path().join("absent"), files.folder.path().into(), "/dev/zero".into()]
    {
        let options = TlsOptions { ca: Some(path.clone()), ..TlsOptions::default() };
        let error = Tls::load(&options, "a.example").unwrap_err().to_string();
        assert!(error.starts_with(&format!("{}: cannot read: ", path.display())), "{error}");
    }
}

#[test]
fn half_a_client_certificate_is_refused() {
    let (files, authority) = (Files::new(), Authority::new("ours"));
    let whole = files.with(&authority.issue(&["me"]), files.trusting(&authority));
    let half = TlsOptions { key: None, ..whole.clone() };
    assert!(matches!(Tls::load(&half, "a.example"), Err(TlsError::NoKey)));
    let half = TlsOptions { certificate: None, ..whole };
    assert!(matches!(Tls::load(&half, "a.example"), Err(TlsError::NoCertificate)));
}

#[test]
fn a_system_without_authorities_says_so() {
    let error = system_roots(Vec::new(), None).unwrap_err().to_string();
    assert!(error.contains("no CA certificates; install them"), "{error}");
    let error = system_roots(vec![vec![1, 2, 3].into()], Some("why".to_owned()));
    assert!(error.unwrap_err().to_string().contains("no CA certificates (why)"));
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let files = Files::new();
        let path = files.write("any", [b"-----BEGIN CERTIFICATE-----\n", &bytes[..]].concat());
        let read = |path: &Path| (pem::certificates(path).is_ok(), pem::key(path).is_ok());
        prop_assert!(!read(&path.unwrap()).1);
    }
}
