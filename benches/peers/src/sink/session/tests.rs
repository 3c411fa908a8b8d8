use bytes::Bytes;
use proptest::prelude::*;

use super::*;

const NOW: Stamp = Stamp { monotonic_ns: 1, unix_ns: 2 };

fn preface() -> Vec<u8> {
    let mut bytes = PREFACE.to_vec();
    frame::write_settings(&mut bytes, &[]);
    bytes
}

/// A request as a client writes it: headers that nobody decodes, and a body in two frames.
fn request(bytes: &mut Vec<u8>, stream: u32, body: &[u8]) {
    frame::write(bytes, kind::HEADERS, flag::END_HEADERS, stream, &[0x83]);
    let (one, other) = body.split_at(body.len() / 2);
    frame::write(bytes, kind::DATA, 0, stream, one);
    frame::write(bytes, kind::DATA, flag::END_STREAM, stream, other);
}

fn body(deadline_ns: i64) -> Bytes {
    let request =
        wire::InferRequest { deadline_ns, model_name: "resnet50".into(), ..Default::default() };
    wire::framed(&request).unwrap()
}

/// What comes of these reads, each a nanosecond after the one before.
fn receive(reads: &[&[u8]]) -> Result<(Vec<Arrived>, Vec<u8>), Refusal> {
    let (mut out, mut seen) = (Vec::new(), Vec::new());
    let mut session = Session::new(FRAME_SIZE_MIN, &mut out);
    out.clear();
    for (index, read) in reads.iter().enumerate() {
        let now = Stamp { monotonic_ns: index as i64, unix_ns: 0 };
        session.receive(read, now, &mut out, &mut |arrived| seen.push(arrived))?;
    }
    Ok((seen, out))
}

fn refusal(bytes: &[u8]) -> Refusal {
    receive(&[bytes]).unwrap_err()
}

#[test]
fn a_request_is_stamped_at_its_first_frame_and_its_last_byte() {
    let mut bytes = preface();
    let begin = bytes.len();
    request(&mut bytes, 1, &body(77));
    // The second read completes the header of HEADERS, the third lacks one byte.
    let cuts = [begin + HEADER_LEN - 1, begin + HEADER_LEN, bytes.len() - 1];
    let reads =
        [&bytes[..cuts[0]], &bytes[cuts[0]..cuts[1]], &bytes[cuts[1]..cuts[2]], &bytes[cuts[2]..]];
    let (seen, _) = receive(&reads).unwrap();
    assert_eq!(seen.len(), 1);
    assert_eq!((seen[0].first.monotonic_ns, seen[0].last.monotonic_ns), (1, 3));
    assert_eq!((seen[0].stream, seen[0].deadline_ns), (1, Some(77)));
    assert_eq!(seen[0].body_len, body(77).len() as u64);
}

#[test]
fn settings_and_pings_are_acknowledged() {
    let mut bytes = preface();
    frame::write(&mut bytes, kind::PING, 0, 0, b"12345678");
    frame::write(&mut bytes, kind::PING, flag::ACK, 0, b"12345678");
    let mut expected = Vec::new();
    frame::write(&mut expected, kind::SETTINGS, flag::ACK, 0, &[]);
    frame::write(&mut expected, kind::PING, flag::ACK, 0, b"12345678");
    assert_eq!(receive(&[&bytes]).unwrap().1, expected);
}

#[test]
fn padding_and_headers_in_pieces_are_followed() {
    let mut bytes = preface();
    frame::write(&mut bytes, kind::HEADERS, 0, 1, &[0x83]);
    frame::write(&mut bytes, kind::CONTINUATION, flag::END_HEADERS, 1, &[0x83]);
    let mut padded = vec![3];
    padded.extend_from_slice(&body(5));
    padded.extend_from_slice(&[9; 3]);
    frame::write(&mut bytes, kind::DATA, flag::PADDED | flag::END_STREAM, 1, &padded);
    let (seen, _) = receive(&[&bytes]).unwrap();
    assert_eq!((seen[0].deadline_ns, seen[0].body_len), (Some(5), body(5).len() as u64));
}

/// Whoever asks before it fires is measured from its first request.
#[test]
fn a_question_is_answered_and_does_not_arrive() {
    let mut bytes = preface();
    request(&mut bytes, 1, &wire::framed(&wire::inference::ServerReadyRequest {}).unwrap());
    request(&mut bytes, 3, &body(5));
    let (seen, out) = receive(&[&bytes]).unwrap();
    assert_eq!(seen.iter().map(|arrived| arrived.stream).collect::<Vec<_>>(), [3]);
    assert!(out.windows(14).any(|window| window == b"grpc-status\x0212"));
}

#[test]
fn a_request_that_was_reset_does_not_arrive() {
    let mut bytes = preface();
    frame::write(&mut bytes, kind::HEADERS, flag::END_HEADERS, 1, &[0x83]);
    frame::write(&mut bytes, kind::RST_STREAM, 0, 1, &[0; 4]);
    frame::write(&mut bytes, kind::DATA, flag::END_STREAM, 1, &body(5));
    request(&mut bytes, 3, &body(6));
    let (seen, _) = receive(&[&bytes]).unwrap();
    assert_eq!(seen.iter().map(|arrived| arrived.stream).collect::<Vec<_>>(), [3]);
}

#[test]
fn replies_wait_for_the_clients_window() {
    let (mut out, mut count) = (Vec::new(), 0);
    let mut session = Session::new(FRAME_SIZE_MIN, &mut out);
    session.window = 2 * MESSAGE_LEN_MAX as i64;
    let mut bytes = preface();
    for stream in [1, 3, 5] {
        request(&mut bytes, stream, &body(1));
    }
    session.receive(&bytes, NOW, &mut out, &mut |_| count += 1).unwrap();
    assert_eq!((count, session.unanswered.len()), (3, 1));
    let mut update = Vec::new();
    frame::write_window_update(&mut update, 7);
    session.receive(&update, NOW, &mut out, &mut |_| count += 1).unwrap();
    assert_eq!((count, session.unanswered.len()), (3, 0));
}

#[test]
fn what_is_no_http2_is_refused() {
    assert_eq!(refusal(b"GET / HTTP/1.1\r\n\r\n"), Refusal::Preface);
    let with = |kind, flags, stream, payload: &[u8]| {
        let mut bytes = preface();
        frame::write(&mut bytes, kind, flags, stream, payload);
        refusal(&bytes)
    };
    let long = vec![0; FRAME_SIZE_MIN as usize + 1];
    assert!(matches!(with(kind::DATA, 0, 1, &long), Refusal::FrameSize { .. }));
    for (kind, stream) in [
        (kind::DATA, 0),
        (kind::DATA, 7),
        (kind::HEADERS, 0),
        (kind::HEADERS, 2),
        (kind::CONTINUATION, 1),
        (kind::SETTINGS, 0),
        (kind::PING, 0),
        (kind::WINDOW_UPDATE, 0),
        (kind::PUSH_PROMISE, 1),
    ] {
        assert_eq!(with(kind, 0, stream, &[0]), Refusal::Frame { kind, stream });
    }
    assert_eq!(with(kind::SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 6]), Refusal::Settings);
}

proptest! {
    #[test]
    fn any_bytes_are_borne(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let whole = [preface(), bytes].concat();
        let _ = receive(&[&whole]);
    }

    /// Frames of all types with wild flags, streams and lengths.
    #[test]
    fn any_frames_are_borne(
        frames in proptest::collection::vec(
            (0u8..11, any::<u8>(), 0u32..8, proptest::collection::vec(any::<u8>(), 0..20)), 0..20
        )
    ) {
        let mut bytes = preface();
        for (kind, flags, stream, payload) in frames {
            frame::write(&mut bytes, kind, flags, stream, &payload);
        }
        let _ = receive(&[&bytes]);
    }

    /// However the bytes come, the same requests come of them, and the same replies.
    #[test]
    fn the_cuts_between_reads_change_nothing(cuts in proptest::collection::vec(0usize..400, 0..9)) {
        let mut bytes = preface();
        for stream in [1, 3, 5] {
            request(&mut bytes, stream, &body(i64::from(stream)));
        }
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
        cuts.sort_unstable();
        let mut reads = Vec::new();
        let mut from = 0;
        for cut in cuts {
            reads.push(&bytes[from..cut]);
            from = cut;
        }
        reads.push(&bytes[from..]);
        let (seen, out) = receive(&reads).unwrap();
        prop_assert_eq!(out, receive(&[&bytes]).unwrap().1);
        let deadlines: Vec<_> = seen.iter().map(|arrived| arrived.deadline_ns).collect();
        prop_assert_eq!(deadlines, [Some(1), Some(3), Some(5)]);
    }
}
