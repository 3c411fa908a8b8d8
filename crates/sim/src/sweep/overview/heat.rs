//! Colours for numbers, worst to best. Each step is a shade as well, for whoever sees no colours.

use super::{Metric, Point};

/// What a terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Palette {
    /// Numbers alone.
    Plain,
    /// ANSI colours.
    Colours,
}

/// From worst to best: a shade, and a colour of the 256 that terminals share, from red to green.
const STEPS: [(&str, u8); 5] = [("░░", 160), ("▒▒", 208), ("▓▓", 220), ("██", 148), ("██", 34)];

/// Which numbers are good.
pub(super) struct Scale {
    worst: f64,
    best: f64,
}

impl Scale {
    /// From the worst to the best of these points.
    pub(super) fn new(metric: Metric, points: &[Point]) -> Self {
        let means = || points.iter().filter_map(|point| point.mean);
        let (least, most) =
            (means().fold(f64::INFINITY, f64::min), means().fold(f64::NEG_INFINITY, f64::max));
        let (worst, best) = if metric.is_gain() { (least, most) } else { (most, least) };
        Self { worst, best }
    }

    /// As much space as the blocks take.
    pub(super) fn gap(&self, palette: Palette) -> &'static str {
        match palette {
            Palette::Plain => "",
            Palette::Colours => "   ",
        }
    }

    /// What stands before a number; `None` is worse than any.
    pub(super) fn blocks(&self, palette: Palette, value: Option<f64>) -> String {
        if palette == Palette::Plain {
            return String::new();
        }
        let (shade, colour) = STEPS[value.map_or(0, |value| self.step(value))];
        format!("\x1b[38;5;{colour}m{shade}\x1b[0m ")
    }

    fn step(&self, value: f64) -> usize {
        let last = STEPS.len() - 1;
        let share = (value - self.worst) / (self.best - self.worst);
        // All numbers are the same: none is worse.
        if share.is_nan() {
            return last;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share")]
        let step = (share * STEPS.len() as f64) as usize;
        step.min(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_go_from_worst_to_best() {
        let rising = Scale { worst: 0.0, best: 1.0 };
        let falling = Scale { worst: 1.0, best: 0.0 };
        for (value, step) in [(0.0, 0), (0.1, 0), (0.2, 1), (0.5, 2), (0.79, 3), (0.8, 4), (1.0, 4)]
        {
            assert_eq!(rising.step(value), step, "{value}");
        }
        assert_eq!((falling.step(0.0), falling.step(1.0)), (4, 0));
        assert_eq!(Scale { worst: 3.0, best: 3.0 }.step(3.0), 4);
    }

    #[test]
    fn plain_text_has_no_escapes() {
        let scale = Scale { worst: 0.0, best: 1.0 };
        assert_eq!(scale.blocks(Palette::Plain, Some(0.5)), "");
        assert_eq!(scale.blocks(Palette::Colours, Some(0.5)), "\x1b[38;5;220m▓▓\x1b[0m ");
        assert_eq!(scale.blocks(Palette::Colours, None), "\x1b[38;5;160m░░\x1b[0m ");
    }
}
