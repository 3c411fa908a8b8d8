//! HTTP/2 frames as bytes, good and bad: RFC 9113, sections 4 and 6, and RFC 7541 for headers.

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PUSH_PROMISE: u8 = 5;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const WINDOW_UPDATE: u8 = 8;
pub(crate) const CONTINUATION: u8 = 9;

/// Flags: of DATA and HEADERS, of HEADERS and CONTINUATION, of SETTINGS and PING, of DATA.
pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;
pub(crate) const ACK: u8 = 1;
pub(crate) const PADDED: u8 = 8;

/// Settings by number.
pub(crate) const ENABLE_PUSH: u16 = 2;
pub(crate) const MAX_CONCURRENT_STREAMS: u16 = 3;
pub(crate) const INITIAL_WINDOW_SIZE: u16 = 4;
pub(crate) const MAX_FRAME_SIZE: u16 = 5;

/// Error codes by number: RFC 9113, section 7.
pub(crate) const NO_ERROR: u32 = 0;
pub(crate) const INTERNAL_ERROR: u32 = 2;
pub(crate) const REFUSED_STREAM: u32 = 7;
pub(crate) const CANCEL: u32 = 8;
pub(crate) const ENHANCE_YOUR_CALM: u32 = 11;
pub(crate) const INADEQUATE_SECURITY: u32 = 12;

/// Any frame.
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let len = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut bytes = vec![len[1], len[2], len[3], kind, flags];
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// A header block: literals without indexing and without Huffman coding.
pub(crate) fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, value) in fields {
        bytes.push(0);
        for text in [name, value] {
            push_len(&mut bytes, text.len());
            bytes.extend(text.as_bytes());
        }
    }
    bytes
}

/// An integer with a prefix of seven bits.
fn push_len(bytes: &mut Vec<u8>, len: usize) {
    if len < 127 {
        bytes.push(u8::try_from(len).unwrap());
        return;
    }
    bytes.push(127);
    let mut rest = len - 127;
    while rest >= 128 {
        bytes.push(u8::try_from(rest % 128).unwrap() | 128);
        rest /= 128;
    }
    bytes.push(u8::try_from(rest).unwrap());
}

pub(crate) fn headers(stream: u32, fields: &[(&str, &str)]) -> Vec<u8> {
    frame(HEADERS, END_HEADERS, stream, &block(fields))
}

/// Headers that end the stream: trailers, or a reply of headers alone.
pub(crate) fn last_headers(stream: u32, fields: &[(&str, &str)]) -> Vec<u8> {
    frame(HEADERS, END_HEADERS | END_STREAM, stream, &block(fields))
}

pub(crate) fn data(stream: u32, payload: &[u8]) -> Vec<u8> {
    frame(DATA, 0, stream, payload)
}

pub(crate) fn settings(values: &[(u16, u32)]) -> Vec<u8> {
    let mut payload = Vec::new();
    for (name, value) in values {
        payload.extend(name.to_be_bytes());
        payload.extend(value.to_be_bytes());
    }
    frame(SETTINGS, 0, 0, &payload)
}

pub(crate) fn reset(stream: u32, code: u32) -> Vec<u8> {
    frame(RST_STREAM, 0, stream, &code.to_be_bytes())
}

pub(crate) fn window_update(stream: u32, increment: u32) -> Vec<u8> {
    frame(WINDOW_UPDATE, 0, stream, &increment.to_be_bytes())
}

pub(crate) fn go_away(last_stream: u32, code: u32) -> Vec<u8> {
    frame(GOAWAY, 0, 0, &[last_stream.to_be_bytes(), code.to_be_bytes()].concat())
}

/// The first headers of a gRPC reply.
pub(crate) const GOOD_HEADERS: &[(&str, &str)] =
    &[(":status", "200"), ("content-type", "application/grpc")];

/// The trailers of a gRPC reply that went well.
pub(crate) const GOOD_TRAILERS: &[(&str, &str)] = &[("grpc-status", "0")];

/// A gRPC message: its prefix, the deadline (field 1), and success (field 2).
pub(crate) fn message(deadline_unix_ns: i64, success: bool) -> Vec<u8> {
    let mut message = vec![0x08];
    let mut rest = deadline_unix_ns.cast_unsigned();
    while rest >= 128 {
        message.push((rest % 128) as u8 | 128);
        rest /= 128;
    }
    message.extend([rest as u8, 0x10, u8::from(success)]);
    prefixed(&message)
}

/// Any message behind a gRPC prefix.
pub(crate) fn prefixed(message: &[u8]) -> Vec<u8> {
    let len = u32::try_from(message.len()).unwrap().to_be_bytes();
    [&[0], &len[..], message].concat()
}

/// A whole reply that says yes.
pub(crate) fn good_reply(stream: u32, deadline_unix_ns: i64) -> Vec<u8> {
    reply_of(stream, &message(deadline_unix_ns, true))
}

/// A whole reply with this body.
pub(crate) fn reply_of(stream: u32, body: &[u8]) -> Vec<u8> {
    [headers(stream, GOOD_HEADERS), data(stream, body), last_headers(stream, GOOD_TRAILERS)]
        .concat()
}
