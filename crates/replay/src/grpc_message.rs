//! What a gRPC status says in words.

use http::HeaderMap;
use percent_encoding::percent_decode;

/// The `grpc-message` of a header block, empty where there is none.
///
/// gRPC encodes it as URIs are, and wants readers to let pass what is encoded badly; so what is no
/// UTF-8 becomes U+FFFD.
pub(crate) fn grpc_message(headers: &HeaderMap) -> String {
    let encoded = headers.get("grpc-message").map_or(&[][..], |value| value.as_bytes());
    percent_decode(encoded).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
    use proptest::prelude::*;

    use super::*;

    /// What gRPC's document on HTTP/2 has writers encode, beside what is no ASCII.
    const ENCODED: &AsciiSet = &CONTROLS.add(b'%');

    fn decoded(encoded: &[u8]) -> String {
        let mut headers = HeaderMap::new();
        headers.insert("grpc-message", HeaderValue::from_bytes(encoded).unwrap());
        grpc_message(&headers)
    }

    #[test]
    fn a_message_is_read_as_grpc_writes_it() {
        let cases: [(&[u8], &str); 8] = [
            (b"", ""),
            (b"model 'x' is not ready", "model 'x' is not ready"),
            (b"100%25 full%0a", "100% full\n"),
            (b"%E6%97%A0 %F0%9F%90%A6", "\u{65e0} \u{1f426}"),
            // Nobody should write these, and readers may not stumble over them.
            (b"50% of %4 and %zz%", "50% of %4 and %zz%"),
            (b"cut %E6%97", "cut \u{fffd}"),
            (b"bare \xe6\x97\xa0", "bare \u{65e0}"),
            (b"a+b", "a+b"),
        ];
        for (encoded, expected) in cases {
            assert_eq!(decoded(encoded), expected, "{}", encoded.escape_ascii());
        }
        assert_eq!(grpc_message(&HeaderMap::new()), "");
    }

    proptest! {
        #[test]
        fn whatever_was_encoded_comes_back(message: String) {
            let encoded = utf8_percent_encode(&message, ENCODED).to_string();
            prop_assert_eq!(decoded(encoded.as_bytes()), message);
        }
    }
}
