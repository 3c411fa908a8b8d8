//! A limit in per cent or percentage points, read exactly.

use outcome::Ppm;

/// Four decimals of a per cent are parts per million.
const DECIMALS: usize = 4;

/// Reads `3%`, `3` or `0.5`.
///
/// # Errors
/// Where it is no such number, is finer than a millionth, or allows nothing at all.
pub(super) fn parse(text: &str) -> Result<Ppm, String> {
    let number = text.strip_suffix('%').unwrap_or(text);
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(decimals) {
        return Err("not a number of per cent or points, such as 3, 3% or 0.5".into());
    }
    if decimals.len() > DECIMALS {
        return Err(format!("more than {DECIMALS} decimals; nothing finer is measured"));
    }
    match format!("{whole}{decimals:0<DECIMALS$}").parse::<u32>() {
        Ok(0) => Err("must be more than 0: a measurement is never exactly a simulation".into()),
        Ok(ppm) if ppm <= 1_000_000 => Ok(Ppm(ppm)),
        _ => Err("more than 100 would call anything agreement".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_exactly() {
        for (text, ppm) in [
            ("3%", 30_000),
            ("3", 30_000),
            ("0.5", 5_000),
            ("0.1%", 1_000),
            ("12.3456", 123_456),
            ("0.0001", 1),
            ("100%", 1_000_000),
        ] {
            assert_eq!(parse(text), Ok(Ppm(ppm)), "{text}");
        }
        for text in ["", "%", "x", "-1", "+1", "3 %", ".5", "3.", "1e1", "0", "0.00", "0.00001"] {
            assert!(parse(text).is_err(), "{text}");
        }
        for text in ["100.0001", "4294967296", "99999999999999999999"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
