//! Do arrivals lie on a grid? Finds times that were rounded, which hardly changes any gap.
//!
//! Times of a sound trace are whole nanoseconds and nothing coarser: one in ten is a multiple of
//! 10 ns, one in a million of 1 ms. Tried are powers of ten, and binary parts of a second, as
//! floats of seconds leave them.

use probability::binomial_at_least;

use super::finding::{Finding, NotApplicable, Outcome};

const SECOND_NS: u64 = 1_000_000_000;

/// Powers of ten up to a second.
const DECIMAL: usize = 9;

/// Halvings of a second: the finest part is 59.6 ns, which tells itself from whole ns.
const BINARY: usize = 24;

/// Counts instants that lie on grids. Takes arrivals in order.
#[derive(Clone, Debug, Default)]
pub struct Grids {
    /// Instants that are multiples of 10^(i + 1) ns.
    decimal: [u64; DECIMAL],
    /// Instants within 1 ns of a multiple of 2^-(i + 1) s.
    binary: [u64; BINARY],
    instants: u64,
    last_ns: i64,
}

impl Grids {
    /// Adds the next arrival, not earlier than the last.
    pub fn add(&mut self, arrival_ns: i64) {
        // A batch is one instant; the start lies on every grid and says nothing.
        if arrival_ns == self.last_ns || arrival_ns <= 0 {
            return;
        }
        self.last_ns = arrival_ns;
        self.instants += 1;
        let mut rest = arrival_ns;
        for count in &mut self.decimal {
            if rest % 10 != 0 {
                break;
            }
            rest /= 10;
            *count += 1;
        }
        let within_second = arrival_ns.cast_unsigned() % SECOND_NS;
        // What is near a coarse grid is near all finer ones, so most are done after one look.
        for (index, count) in self.binary.iter_mut().enumerate().rev() {
            let parts = 2_u64 << index;
            let phase = within_second * parts % SECOND_NS;
            if phase > parts && phase < SECOND_NS - parts {
                break;
            }
            *count += 1;
        }
    }

    /// The grid that most surpasses chance; its probability counts once for each grid tried.
    pub fn rounding(&self) -> Outcome {
        const TEST: &str = "grid";
        if self.instants < 2 {
            return Err(NotApplicable::new(TEST, "fewer than 2 instants"));
        }
        let decimal = self.decimal.iter().enumerate().map(|(index, &count)| {
            let exponent = i32::try_from(index).expect("there are 9") + 1;
            let ns = libm::pow(10.0, f64::from(exponent));
            (ns, 1.0 / ns, count)
        });
        let binary = self.binary.iter().enumerate().map(|(index, &count)| {
            let parts = (2_u64 << index) as f64;
            (1e9 / parts, (2.0 * parts + 1.0) / 1e9, count)
        });
        // Of grids that surpass chance equally, as nested ones do, the coarsest of those that hold
        // the most says most.
        let grids = decimal.chain(binary);
        let judged = grids.map(|(ns, chance, count)| {
            (binomial_at_least(count, self.instants, chance).max(1e-300), ns, count, chance)
        });
        let (p, ns, count, chance) = judged
            .min_by(|a, b| a.0.total_cmp(&b.0).then(b.2.cmp(&a.2)).then(b.1.total_cmp(&a.1)))
            .expect("there are grids");
        let share = count as f64 / self.instants as f64;
        let p = p * (DECIMAL + BINARY) as f64;
        Ok(Finding::new(TEST, share / chance, p).with_note(format!(
            "{count} of {} instants are multiples of {ns:.0} ns; chance makes {:.1}",
            self.instants,
            chance * self.instants as f64
        )))
    }
}

#[cfg(test)]
mod tests {
    use request::Seed;

    use super::*;

    fn found(place: impl Fn(u64) -> i64, count: u64) -> Finding {
        let mut times: Vec<i64> =
            (0..count).map(|i| place(Seed(1).draw(i) % 60_000_000_000)).collect();
        times.sort_unstable();
        let mut grids = Grids::default();
        times.iter().for_each(|&time| grids.add(time));
        grids.rounding().unwrap()
    }

    #[test]
    fn whole_nanoseconds_are_no_grid() {
        for count in [2, 100, 10_000, 300_000] {
            let finding = found(|ns| ns as i64, count);
            assert!(finding.p > 0.001, "{count}: {finding:?}");
        }
    }

    #[test]
    fn rounded_times_are_found() {
        for grid in [10, 1_000, 10_000, 1_000_000] {
            for count in [200, 10_000] {
                let finding = found(|ns| (ns / grid * grid) as i64, count);
                assert!(finding.p < 1e-6, "{grid}: {finding:?}");
                assert!(finding.note.contains(&format!("multiples of {grid} ns")), "{finding:?}");
            }
        }
        // Seconds as 32-bit floats: 3.8 us from 32 s on, finer before.
        let single = found(|ns| (f64::from((ns as f64 / 1e9) as f32) * 1e9).round() as i64, 1000);
        assert!(single.p < 1e-6, "{single:?}");
    }

    #[test]
    fn a_few_rounded_times_among_many_are_found() {
        let mixed = |ns: u64| if ns.is_multiple_of(20) { ns / 1_000_000 * 1_000_000 } else { ns };
        assert!(found(|ns| mixed(ns) as i64, 10_000).p < 1e-6);
    }

    #[test]
    fn the_start_says_nothing() {
        let mut grids = Grids::default();
        [0, 0, 123_456_789, 123_456_789].iter().for_each(|&time| grids.add(time));
        assert!(grids.rounding().is_err());
    }
}
