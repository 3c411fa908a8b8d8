//! Do arrivals that should be evenly spaced keep their distance? No chance is involved.

use super::finding::{Finding, NotApplicable, Outcome};

/// How far, in multiples of what rounding allows, arrivals are from an even spacing.
///
/// `times` are operational times in ns, each with the width that a whole ns of real time has there;
/// `mean_ns` is the distance. The first may come at any time within one distance.
pub fn evenness(times: &[(f64, f64)], mean_ns: f64) -> Outcome {
    const TEST: &str = "spacing";
    let Some(&(first, _)) = times.first() else {
        return Err(NotApplicable::new(TEST, "no arrivals"));
    };
    let miss = |(index, &(time, width)): (usize, &(f64, f64))| {
        // Operational time is told in whole ns too, and the first arrival is rounded as well.
        (time - first - index as f64 * mean_ns).abs() / (2.0 + width)
    };
    let late = (first - mean_ns).max(0.0);
    let worst = times.iter().enumerate().map(miss).fold(late, f64::max);
    let p = if worst <= 1.0 { 1.0 } else { 0.0 };
    let note = format!("farthest from its place: {worst:.3} times what rounding allows");
    Ok(Finding::new(TEST, worst, p).with_limit(1.0).with_note(note))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_arrival_out_of_place_is_found() {
        let even: Vec<(f64, f64)> = (0..100).map(|i| (3.0 + f64::from(i) * 10.5, 1.0)).collect();
        assert_eq!(evenness(&even, 10.5).unwrap().p, 1.0);
        let mut moved = even.clone();
        moved[50].0 += 5.0;
        assert!(evenness(&moved, 10.5).unwrap().p < 1e-100);
        let mut missing = even;
        missing.remove(50);
        assert!(evenness(&missing, 10.5).unwrap().p < 1e-100);
        assert!(evenness(&[], 1.0).is_err());
    }
}
