//! How long a tensor is: f32 after f32, in little-endian bytes.

use thiserror::Error;
use wire::MESSAGE_LEN_MAX;

const FLOAT_LEN: u64 = size_of::<f32>() as u64;

/// Why a model's tensor cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TensorError {
    /// The shape is empty.
    #[error("the tensor's shape has no dimensions; give at least one, such as [1]")]
    NoDimensions,
    /// A size is zero or negative.
    #[error("dimension {index} of the tensor's shape {shape:?} is {size}; sizes start at 1")]
    SizeNotPositive {
        /// The whole shape.
        shape: Vec<i32>,
        /// Position of the first bad size, from 0.
        index: usize,
        /// The bad size.
        size: i32,
    },
    /// The message would be longer than receivers read.
    #[error(
        "a message of {len} bytes passes the {MESSAGE_LEN_MAX} that a gRPC message may have; use \
         a smaller tensor"
    )]
    TooLong {
        /// Its length in bytes; `u64::MAX` stands for more than can be counted.
        len: u64,
    },
}

/// Length of a tensor of this shape, in bytes.
///
/// # Errors
/// Where no tensor has the shape, or no message holds it.
pub(crate) fn len_of(shape: &[i32]) -> Result<usize, TensorError> {
    if shape.is_empty() {
        return Err(TensorError::NoDimensions);
    }
    if let Some(index) = shape.iter().position(|&size| size < 1) {
        let size = shape[index];
        return Err(TensorError::SizeNotPositive { shape: shape.to_vec(), index, size });
    }
    let sizes = shape.iter().map(|size| u64::from(size.unsigned_abs()));
    let len = sizes.into_iter().try_fold(FLOAT_LEN, u64::checked_mul).unwrap_or(u64::MAX);
    let fits = usize::try_from(len).ok().filter(|&len| len <= MESSAGE_LEN_MAX);
    fits.ok_or(TensorError::TooLong { len })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tensor_is_four_bytes_an_element() {
        assert_eq!(len_of(&[1, 3, 224, 224]), Ok(602_112));
        assert_eq!(len_of(&[1]), Ok(4));
    }

    #[test]
    fn a_shape_without_elements_is_refused() {
        assert_eq!(len_of(&[]), Err(TensorError::NoDimensions));
        assert_eq!(
            len_of(&[1, 0]).unwrap_err().to_string(),
            "dimension 1 of the tensor's shape [1, 0] is 0; sizes start at 1"
        );
        let error = len_of(&[i32::MIN, -1]).unwrap_err();
        assert!(matches!(error, TensorError::SizeNotPositive { index: 0, .. }));
    }

    #[test]
    fn a_tensor_that_no_message_holds_is_refused() {
        assert_eq!(len_of(&[1 << 29]), Err(TensorError::TooLong { len: 1 << 31 }));
        assert_eq!(len_of(&[i32::MAX; 9]), Err(TensorError::TooLong { len: u64::MAX }));
    }
}
