//! Numbers with their sign.

/// A number with its sign, and no sign of a zero.
pub(crate) fn signed(number: f64, decimals: usize) -> String {
    let text = format!("{number:+.decimals$}");
    if text.trim_start_matches(['+', '-']).chars().all(|digit| matches!(digit, '0' | '.')) {
        return text.trim_start_matches(['+', '-']).into();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::signed;

    #[test]
    fn a_zero_has_no_sign() {
        for (number, text) in [
            (0.0, "0.00"),
            (-0.004, "0.00"),
            (0.004, "0.00"),
            (-0.006, "-0.01"),
            (7.126, "+7.13"),
            (f64::INFINITY, "+inf"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(signed(number, 2), text);
        }
    }
}
