//! What goes with a call, and what is refused or never shown.

use proptest::prelude::*;

use super::*;

fn applied(metadata: &Metadata) -> Vec<(String, String)> {
    let mut map = HeaderMap::new();
    metadata.apply(&mut map);
    let pairs = map.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().into()));
    pairs.collect()
}

/// (as typed, name, value as sent)
const GOOD: [(&str, &str, &str); 10] = [
    ("key=value", "key", "value"),
    ("Key_2.x-Y=value", "key_2.x-y", "value"),
    ("key==a=b=", "key", "=a=b="),
    ("key=a  b~!", "key", "a  b~!"),
    ("grpcs=x", "grpcs", "x"),
    ("data-bin=AQID", "data-bin", "AQID"),
    ("data-bin=AQI=", "data-bin", "AQI"),
    ("data-bin=AQI", "data-bin", "AQI"),
    ("Data-BIN=AQI=", "data-bin", "AQI"),
    ("authorization=Basic abc", "authorization", "Basic abc"),
];

#[test]
fn a_header_is_sent_as_grpc_wants_it() {
    for (text, name, value) in GOOD {
        let metadata = Metadata::new(&[text], None).unwrap();
        assert_eq!(applied(&metadata), [(name.to_owned(), value.to_owned())], "{text}");
    }
}

#[test]
fn headers_keep_their_order_and_may_repeat_a_key() {
    let metadata = Metadata::new(&["b=1", "a=2", "b=3"], None).unwrap();
    assert_eq!(metadata.names().collect::<Vec<_>>(), ["b", "a", "b"]);
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(applied(&metadata), [pair("b", "1"), pair("b", "3"), pair("a", "2")]);
}

/// (as typed, what is said of it)
const BAD: [(&str, &str); 22] = [
    ("", "no '='"),
    ("hush", "no '='"),
    ("=hush", "no key"),
    ("a key=hush", "byte 2 of the key"),
    ("clé=hush", "byte 3 of the key"),
    ("a\0=hush", "byte 2 of the key"),
    ("key=", "key has no value"),
    ("key=hush\n", "byte 5 of the value of key"),
    ("key=hüsh", "byte 2 of the value of key"),
    ("key= hush", "the value of key begins or ends with a blank"),
    ("data-bin=", "data-bin has no value"),
    ("data-bin=hush!", "the value of data-bin is not base64"),
    ("data-bin=hush,hush", "the value of data-bin is not base64"),
    (":path=hush", "':' are HTTP/2's own"),
    ("grpc-timeout=hush", "--propagate-deadline sends it"),
    ("GRPC-encoding=hush", "grpc- are gRPC's own"),
    ("Content-Type=hush", "content-type cannot be given"),
    ("te=hush", "te cannot be given"),
    ("user-agent=hush", "user-agent cannot be given"),
    ("request-id=hush", "replay sends the request's id"),
    ("connection=hush", "belongs to the connection"),
    ("host=hush", "belongs to the connection"),
];

#[test]
fn a_bad_header_is_refused_with_the_reason_and_without_its_value() {
    for (text, reason) in BAD {
        let error = Metadata::new(&["a=1", text], None).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(shown.starts_with("--header number 2: "), "{text}: {shown}");
        assert!(shown.contains(reason), "{text}: {shown}");
        assert!(!shown.contains("hush") && !shown.contains("hüsh"), "{shown}");
    }
}

#[test]
fn headers_without_end_are_refused() {
    let headers = |count| vec!["a=1"; count];
    assert!(Metadata::new(&headers(HEADER_COUNT_MAX), None).is_ok());
    let error = Metadata::new(&headers(HEADER_COUNT_MAX + 1), None);
    assert_eq!(error.unwrap_err(), MetadataError::Count);
}

#[test]
fn a_key_without_end_is_refused() {
    let of_length = |len| Metadata::new(&[format!("{}=hush", "k".repeat(len))], None);
    assert!(of_length(KEY_LEN_MAX).is_ok());
    let fault = HeaderFault::KeyLong;
    assert_eq!(of_length(1 << 20).unwrap_err(), MetadataError::Header { number: 1, fault });
}

#[test]
fn a_token_is_sent_once_and_marked() {
    let token = BearerToken::new(b"hush", "here").unwrap();
    let metadata = Metadata::new(&["a=1"], Some(&token)).unwrap();
    assert_eq!(metadata.names().collect::<Vec<_>>(), ["a", "authorization"]);
    let mut map = HeaderMap::new();
    metadata.apply(&mut map);
    assert_eq!(map[AUTHORIZATION], "Bearer hush");
    assert!(map[AUTHORIZATION].is_sensitive() && !map["a"].is_sensitive());
    assert!(!format!("{map:?}").contains("hush"));
    assert!(metadata.has_credentials());

    let error = Metadata::new(&["Authorization=Basic hush"], Some(&token)).unwrap_err();
    assert_eq!(error, MetadataError::TwoTokens);
}

#[test]
fn credentials_in_headers_are_marked_as_such() {
    for text in ["authorization=Bearer x", "Proxy-Authorization=x", "cookie=x"] {
        assert!(Metadata::new(&[text], None).unwrap().has_credentials(), "{text}");
    }
    assert!(!Metadata::new(&["key=x"], None).unwrap().has_credentials());
    assert!(!Metadata::default().has_credentials());
}

#[test]
fn debug_shows_names_alone() {
    let metadata = Metadata::new(&["key=hush", "data-bin=AQID"], None).unwrap();
    assert_eq!(format!("{metadata:?}"), r#"["key", "data-bin"]"#);
}

proptest! {
    #[test]
    fn whatever_is_typed_is_sent_or_refused(text in any::<String>()) {
        if let Ok(metadata) = Metadata::new(&[&text], None) {
            let (key, value) = text.split_once('=').unwrap();
            let sent = &applied(&metadata)[0];
            prop_assert_eq!(&sent.0, &key.to_ascii_lowercase());
            if !sent.0.ends_with("-bin") {
                prop_assert_eq!(&sent.1, value);
            }
        }
    }

    #[test]
    fn binary_values_arrive_whole(bytes in prop::collection::vec(any::<u8>(), 1..100)) {
        let text = format!("x-bin={}", base64::prelude::BASE64_STANDARD.encode(&bytes));
        let sent = applied(&Metadata::new(&[text], None).unwrap());
        prop_assert_eq!(STANDARD_NO_PAD.decode(&sent[0].1).unwrap(), bytes);
    }
}
