//! What tells requests apart: the deadline, which every client of the contract puts into field 2.

/// Bytes of a body that are kept to find the deadline in: prefix, tier, deadline and a short model.
pub(crate) const HEAD_LEN: usize = 64;

/// Bytes that gRPC puts before a message.
pub(crate) const PREFIX_LEN: usize = wire::FRAME_PREFIX_LEN;

/// The field of the contract that holds it.
const DEADLINE_FIELD: u64 = 2;

/// The deadline in the first bytes of a gRPC message, where there is one.
///
/// Whatever is no such message has none: this is a tool for measuring, and judges nobody.
pub(crate) fn deadline(head: &[u8]) -> Option<i64> {
    let mut rest = head.get(PREFIX_LEN..)?;
    loop {
        let key = varint(&mut rest)?;
        match (key >> 3, key & 7) {
            (DEADLINE_FIELD, 0) => return varint(&mut rest).map(u64::cast_signed),
            (_, 0) => drop(varint(&mut rest)?),
            (_, 1) => rest = rest.get(8..)?,
            (_, 2) => {
                let len = usize::try_from(varint(&mut rest)?).ok()?;
                rest = rest.get(len..)?;
            }
            (_, 5) => rest = rest.get(4..)?,
            _ => return None,
        }
    }
}

/// Takes a varint from the front.
pub(crate) fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_deadline_is_found_where_our_client_puts_it() {
        for deadline_ns in [1, 127, 128, 1_700_000_000_123_456_789, i64::MAX, -1] {
            let request = wire::InferRequest {
                tier: 3,
                deadline_ns,
                model_name: "resnet50".into(),
                ..Default::default()
            };
            assert_eq!(deadline(&wire::framed(&request).unwrap()), Some(deadline_ns));
        }
    }

    #[test]
    fn it_is_found_behind_other_fields() {
        let mut head = vec![0; PREFIX_LEN];
        head.extend([0x1a, 2, b'a', b'b', 0x08, 1, 0x10, 0x85, 1]);
        assert_eq!(deadline(&head), Some(133));
    }

    #[test]
    fn a_body_without_one_has_none() {
        assert_eq!(deadline(&[]), None);
        assert_eq!(deadline(&[0, 0, 0, 0, 2, 0x08, 1]), None);
        assert_eq!(deadline(&[0, 0, 0, 0, 2, 0x10]), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_borne(bytes in proptest::collection::vec(any::<u8>(), 0..HEAD_LEN)) {
            let _ = deadline(&bytes);
        }
    }
}
