//! Lists as they are typed: values separated by commas, and ranges with both ends in them, as a
//! shell's braces have them.

use std::fmt;

/// The most values that a range may stand for.
const RANGE_VALUES_MAX: i128 = 100_000;

/// The most digits that a number of a range may have, so that no sum overflows.
const DIGITS_MAX: usize = 18;

/// Why a list is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{item}' {problem}")]
pub struct ListError {
    item: String,
    problem: String,
}

/// The values of a list, as text: `0.5,0.8..1.2..0.2` holds 0.5, 0.8, 1 and 1.2.
///
/// `FROM..TO` counts in ones, `FROM..TO..STEP` in steps, exactly: the arithmetic is decimal. An item
/// that is no range of numbers, such as `../fleet.toml`, stands for itself.
///
/// # Errors
/// Where an item is empty, or a range runs backwards, stands still or is very long.
pub fn expand(list: &str) -> Result<Vec<String>, ListError> {
    let mut values = Vec::new();
    for item in list.split(',').map(str::trim) {
        let error =
            |problem: &str| ListError { item: item.to_owned(), problem: problem.to_owned() };
        if item.is_empty() {
            return Err(ListError { item: list.to_owned(), ..error("has an empty item") });
        }
        match Range::parse(item) {
            None => values.push(item.to_owned()),
            Some(range) => {
                range.check().map_err(|problem| error(&problem))?;
                values.extend(range.values().map(|value| value.to_string()));
            }
        }
    }
    Ok(values)
}

/// A number of so many units of the `places`-th decimal: exact, as people write it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decimal {
    units: i128,
    places: u32,
}

/// Numbers of equally many decimals.
struct Range {
    from: i128,
    to: i128,
    step: i128,
    places: u32,
}

impl Range {
    /// `None` where the item is no range of numbers.
    fn parse(item: &str) -> Option<Self> {
        let numbers = item.split("..").map(Decimal::parse).collect::<Option<Vec<_>>>()?;
        let (from, to, step) = match numbers[..] {
            [from, to] => (from, to, Decimal { units: 1, places: 0 }),
            [from, to, step] => (from, to, step),
            _ => return None,
        };
        let places = from.places.max(to.places).max(step.places);
        let units = |number: Decimal| number.units * 10i128.pow(places - number.places);
        Some(Self { from: units(from), to: units(to), step: units(step), places })
    }

    fn check(&self) -> Result<(), String> {
        if self.step <= 0 {
            return Err("has no step above 0".to_owned());
        }
        if self.from > self.to {
            return Err("begins above its end: write the smaller number first".to_owned());
        }
        if (self.to - self.from) / self.step >= RANGE_VALUES_MAX {
            return Err(format!("stands for more than {RANGE_VALUES_MAX} values"));
        }
        Ok(())
    }

    fn values(&self) -> impl Iterator<Item = Decimal> {
        let places = self.places;
        let count = (self.to - self.from) / self.step;
        (0..=count).map(move |index| Decimal { units: self.from + index * self.step, places })
    }
}

impl Decimal {
    /// So many units of the `places`-th decimal.
    pub(crate) fn of_units(units: i128, places: u32) -> Self {
        Self { units, places }
    }

    /// How many units of the `places`-th decimal it is; `None` where it has more decimals.
    pub(crate) fn in_units(self, places: u32) -> Option<i128> {
        let further = places.checked_sub(self.places)?;
        Some(self.units * 10i128.pow(further))
    }

    /// Digits with at most one point among them, perhaps after a minus.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, text),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let is_part = !digits.contains('.') || !part.is_empty();
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !is_part || !is_number(whole) || !is_number(part) {
            return None;
        }
        if whole.len() + part.len() > DIGITS_MAX {
            return None;
        }
        let units: i128 = format!("{whole}{part}").parse().ok()?;
        Some(Self { units: sign * units, places: u32::try_from(part.len()).ok()? })
    }
}

impl fmt::Display for Decimal {
    /// Without zeros that say nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.units < 0 { "-" } else { "" };
        let unit = 10u128.pow(self.places);
        let (whole, part) = (self.units.unsigned_abs() / unit, self.units.unsigned_abs() % unit);
        if part == 0 {
            return write!(f, "{sign}{whole}");
        }
        let part = format!("{part:0places$}", places = self.places as usize);
        write!(f, "{sign}{whole}.{}", part.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(list: &str, values: &[&str]) {
        assert_eq!(expand(list).unwrap(), values, "{list}");
    }

    #[test]
    fn items_and_ranges_keep_their_order() {
        check("1", &["1"]);
        check("3, 1,2", &["3", "1", "2"]);
        check("1..4", &["1", "2", "3", "4"]);
        check("7..7", &["7"]);
        check("0.5,0.8..1.2..0.1", &["0.5", "0.8", "0.9", "1", "1.1", "1.2"]);
        check("0.9..1.14..0.05", &["0.9", "0.95", "1", "1.05", "1.1"]);
        check("-1..1..0.5", &["-1", "-0.5", "0", "0.5", "1"]);
        check("10..30..10,fast", &["10", "20", "30", "fast"]);
    }

    #[test]
    fn what_is_no_range_of_numbers_is_an_item() {
        for item in
            ["../fleet.toml", "a..b", "1..", "..2", "1...2", "1..2..3..4", "1.0.toml", "1.."]
        {
            check(item, &[item]);
        }
    }

    #[test]
    fn bad_lists_say_what_is_wrong() {
        for (list, problem) in [
            ("", "'' has an empty item"),
            ("1,,2", "'1,,2' has an empty item"),
            ("3..1", "'3..1' begins above its end: write the smaller number first"),
            ("1..2..0", "'1..2..0' has no step above 0"),
            ("1..2..-1", "'1..2..-1' has no step above 0"),
            ("0..1..0.000001", "'0..1..0.000001' stands for more than 100000 values"),
        ] {
            assert_eq!(expand(list).unwrap_err().to_string(), problem);
        }
    }

    proptest! {
        /// Decimal steps are counted in integers, so nothing drifts.
        #[test]
        fn a_range_holds_every_step_and_no_other(
            from in -2000i64..2000, steps in 0i64..200, step in 1i64..50, rest in 0i64..50,
        ) {
            prop_assume!(rest < step);
            let hundredths = |units: i64| Decimal { units: units.into(), places: 2 }.to_string();
            let to = from + steps * step + rest;
            let list = format!("{}..{}..{}", hundredths(from), hundredths(to), hundredths(step));
            let expected: Vec<_> =
                (0..=steps).map(|index| hundredths(from + index * step)).collect();
            prop_assert_eq!(expand(&list).unwrap(), expected);
        }

        #[test]
        fn no_text_is_a_panic(list in "[-0-9.,a]{0,30}") {
            let _ = expand(&list);
        }
    }
}
