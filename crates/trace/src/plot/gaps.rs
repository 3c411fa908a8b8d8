//! Gaps between arrivals against the law that they should have: how many are longer than a length,
//! on a logarithmic axis, where an exponential law is a straight line.

use drawing::{
    Anchor, Canvas, Frame, Outline, Scale, Table, WIDTH, length, number, optional, percent,
    power_of_ten, ticks,
};

use super::classes::{class_label, class_name, line_of};
use super::measure::{ClassMeasured, Measured};
use super::panel::{Grid, LEFT, Panel, RIGHT};
use super::rates::{charts, left_out, slo_count};
use super::sample::Sample;

/// Places at which a law and its band are told.
const PLACES: u32 = 120;

/// Longest gap that a chart shows, in means.
const GAP_MAX: f64 = 60.0;

/// Smallest share that a chart shows, as a power of ten.
const EXPONENT_MIN: i32 = -8;

/// Smallest share that is told in percent, as a power of ten.
const PERCENT_EXPONENT_MIN: i32 = -5;

/// The whole trace.
pub(super) fn whole(measured: &Measured) -> Panel {
    let mut canvas = Canvas::default();
    let frame = Frame { left: LEFT, right: RIGHT, top: 40.0, bottom: 320.0 };
    let sample = &measured.gaps;
    let axes = Axes::of(std::iter::once(sample));
    axes.draw(&mut canvas, &frame, 8);
    draw(&mut canvas, sample, &axes, &frame, "whole");
    frame.base(&mut canvas, "gap / mean gap");
    frame.y_title(&mut canvas, "share of gaps that are longer");
    match sample.gaps.total() {
        0 => no_gaps(&mut canvas, &frame),
        _ => key(&mut canvas, sample, &frame),
    }
    Panel {
        key: "gaps",
        title: "Gaps between arrivals".to_owned(),
        description: describe(sample),
        caption: caption(sample, &axes),
        height: 364.0,
        elements: canvas.into_elements(),
        table: Table::of(1, headings(), [row("all", sample)]),
    }
}

/// Each class against its own law.
pub(super) fn by_class(measured: &Measured) -> Panel {
    let charts = charts(&measured.classes);
    let mut canvas = Canvas::default();
    let grid = Grid::new(slo_count(&charts));
    let axes = Axes::of(charts.iter().map(|class| &class.gaps));
    for (index, class) in charts.iter().enumerate() {
        let frame = grid.frame(index, 8.0);
        axes.draw(&mut canvas, &frame, 4);
        draw(&mut canvas, &class.gaps, &axes, &frame, &line_of(Some(class.tier)));
        frame.base(&mut canvas, "");
        let name = (frame.left, frame.top - 7.0);
        canvas.text("label strong", Anchor::Start, name, &class_label(class));
        if class.gaps.gaps.total() == 0 {
            no_gaps(&mut canvas, &frame);
        }
    }
    let height = grid.height(charts.len()) + 34.0;
    let title = "gap / mean gap; upwards the share of gaps that are longer";
    canvas.text("label", Anchor::Middle, (0.5 * WIDTH, height - 12.0), title);
    let has_laws = charts.iter().any(|class| class.gaps.law.is_some());
    Panel {
        key: "gaps-class",
        title: "Gaps of each class".to_owned(),
        description: format!(
            "Gaps of {} classes against their laws, one chart each.",
            charts.len()
        ),
        caption: match has_laws {
            true => format!(
                "Dashed: the law of the workload, in the grey band 95 % of sound traces at each \
                 length. Gaps are taken in operational time, in which the rate over time is \
                 constant.{}",
                left_out(&measured.classes)
            ),
            false => format!(
                "Dashed: an exponential law of the same mean, for reference.{}",
                left_out(&measured.classes)
            ),
        },
        height,
        elements: canvas.into_elements(),
        table: Table::of(1, headings(), measured.classes.iter().map(class_row)),
    }
}

/// Ends of the axes that samples share.
#[derive(Clone, Copy, Debug)]
struct Axes {
    gap_max: f64,
    exponent_min: i32,
}

impl Axes {
    fn of<'a>(samples: impl Iterator<Item = &'a Sample>) -> Self {
        let (mut gap_max, mut total) = (4.0_f64, 10_u64);
        for sample in samples {
            if let Some(unit) = sample.unit_ns() {
                gap_max = gap_max.max(longest_shown_ns(sample) / unit);
            }
            total = total.max(sample.gaps.total());
        }
        #[expect(clippy::cast_possible_truncation, reason = "a logarithm of a count is small")]
        let exponent = -(libm::ceil(libm::log10(total as f64)) as i32);
        Self { gap_max: gap_max.min(GAP_MAX), exponent_min: exponent.max(EXPONENT_MIN) }
    }

    fn scales(&self, frame: &Frame) -> (Scale, Scale) {
        (
            Scale::linear((0.0, self.gap_max), frame.x()),
            Scale::log((power_of_ten(self.exponent_min), 1.0), frame.y()),
        )
    }

    /// A share in percent, or as a power of ten where percents would take too many digits.
    fn share_label(&self, exponent: i32) -> String {
        match self.exponent_min < PERCENT_EXPONENT_MIN {
            true => power_label(exponent),
            false => percent(power_of_ten(exponent)),
        }
    }

    fn draw(&self, canvas: &mut Canvas, frame: &Frame, count: usize) {
        let (x, y) = self.scales(frame);
        let step = if self.exponent_min < -4 && count < 8 { 2 } else { 1 };
        for exponent in (self.exponent_min..=0).rev().step_by(step) {
            frame.y_tick(canvas, y.at(power_of_ten(exponent)), &self.share_label(exponent));
        }
        for tick in ticks(self.gap_max, count).into_iter().filter(|&tick| tick <= self.gap_max) {
            frame.x_tick(canvas, x.at(tick), &number(tick));
        }
    }
}

/// The power of ten in a width that axes have room for.
fn power_label(exponent: i32) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    match exponent {
        0 => "1".to_owned(),
        _ => {
            let digits = exponent.unsigned_abs().to_string();
            let raised: String = digits.bytes().map(|d| DIGITS[usize::from(d - b'0')]).collect();
            format!("10⁻{raised}")
        }
    }
}

/// The longest gap that a chart should show: all, or, where few are far longer than the others and
/// no law says how many should be, nearly all.
fn longest_shown_ns(sample: &Sample) -> f64 {
    let longest = sample.gaps.max_ns() as f64;
    match (sample.law, sample.gaps.quantile_ns(0.999)) {
        (None, Some(nearly_all)) => longest.min(1.5 * nearly_all),
        _ => longest,
    }
}

/// Band, law and sample.
fn draw(canvas: &mut Canvas, sample: &Sample, axes: &Axes, frame: &Frame, style: &str) {
    if sample.gaps.total() == 0 {
        return;
    }
    let (x, y) = axes.scales(frame);
    let places = places(axes.gap_max);
    if sample.law.is_some() {
        let bands: Vec<(f64, f64)> = places.iter().map(|&gap| sample.band(gap)).collect();
        let upper = places.iter().zip(&bands).map(|(&gap, band)| (x.at(gap), y.at(band.1)));
        let lower = places.iter().zip(&bands).rev().map(|(&gap, band)| (x.at(gap), y.at(band.0)));
        canvas.path("band", &Outline::through(upper.chain(lower)).closed());
    }
    let law = places.iter().map(|&gap| (x.at(gap), y.at(sample.survival(gap))));
    let line = Outline::through(until_bottom(law, frame));
    let points = sample.points();
    let shown = points.into_iter().take_while(|&(gap, _)| gap <= axes.gap_max);
    canvas.path(style, &Outline::through(shown.map(|(gap, share)| (x.at(gap), y.at(share)))));
    canvas.path("law", &line);
}

/// Points up to the first at the bottom, where a falling line leaves the chart.
fn until_bottom(
    points: impl Iterator<Item = (f64, f64)>,
    frame: &Frame,
) -> impl Iterator<Item = (f64, f64)> {
    let bottom = frame.bottom;
    let mut has_left = false;
    points.take_while(move |&(_, y)| {
        let is_shown = !has_left;
        has_left = y >= bottom;
        is_shown
    })
}

/// Lengths in means at which a law is told: evenly, and close around 1, where a law may jump.
fn places(gap_max: f64) -> Vec<f64> {
    let even = (0..=PLACES).map(|place| gap_max * f64::from(place) / f64::from(PLACES));
    let mut places: Vec<f64> = even.chain([1.0 - 1e-9, 1.0 + 1e-9]).collect();
    places.sort_by(f64::total_cmp);
    places
}

fn no_gaps(canvas: &mut Canvas, frame: &Frame) {
    let middle = (0.5 * (frame.left + frame.right), 0.5 * (frame.top + frame.bottom));
    canvas.text("label", Anchor::Middle, middle, "no gaps");
}

fn key(canvas: &mut Canvas, sample: &Sample, frame: &Frame) {
    let left = frame.right - 200.0;
    let mut y = frame.top + 12.0;
    let mut line = |canvas: &mut Canvas, style: &str, text: &str| {
        canvas.line(style, (left, y - 4.0), (left + 26.0, y - 4.0));
        canvas.text("label", Anchor::Start, (left + 34.0, y), text);
        y += 18.0;
    };
    line(canvas, "whole", "gaps found");
    match sample.law {
        None => line(canvas, "law", "exponential, for reference"),
        Some(_) => {
            line(canvas, "law", "law of the workload");
            canvas.rect("band", (left, y - 10.0), (26.0, 12.0));
            canvas.text("label", Anchor::Start, (left + 34.0, y), "95 % of sound traces");
        }
    }
}

fn describe(sample: &Sample) -> String {
    let gaps = sample.gaps.total();
    let mean = sample.gaps.mean_ns().map_or("0".to_owned(), |mean| length(mean as i64));
    let verdict = match sample.distance() {
        None => "There is no law to hold them against.".to_owned(),
        Some((distance, limit)) => format!(
            "The largest distance from the law is {}; 95 % of sound traces stay below {}.",
            number(distance),
            number(limit)
        ),
    };
    format!("{gaps} gaps of {mean} on average. {verdict}")
}

fn caption(sample: &Sample, axes: &Axes) -> String {
    let beyond = sample.unit_ns().map_or(0.0, |unit| sample.gaps.max_ns() as f64 / unit);
    let more = match beyond > axes.gap_max {
        true => format!(" The longest gap is {} means long, beyond the chart.", number(beyond)),
        false => String::new(),
    };
    match sample.law {
        Some(_) => format!(
            "All classes together; an exponential law is a straight line here. The band holds \
             95 % of sound traces at each length. Gaps are taken in operational time, in which the \
             rate over time is constant.{more}"
        ),
        None => format!(
            "All classes together; an exponential law of the same mean is drawn for reference. \
             Below it there are more short gaps, and where the gaps found lie above it on the \
             right, more long ones: bursts.{more}"
        ),
    }
}

fn headings() -> Vec<String> {
    let headings = [
        "gaps of",
        "count",
        "mean",
        "CV",
        "of length 0",
        "median / mean",
        "by the law",
        "99th / mean",
        "by the law",
        "distance",
        "95 % below",
    ];
    headings.map(str::to_owned).to_vec()
}

fn class_row(class: &ClassMeasured) -> Vec<String> {
    row(&class_name(class), &class.gaps)
}

fn row(name: &str, sample: &Sample) -> Vec<String> {
    let gaps = &sample.gaps;
    let in_means = |share: f64| {
        let quantile = gaps.quantile_ns(share).zip(sample.unit_ns());
        optional(quantile.map(|(quantile, unit)| quantile / unit))
    };
    let distance = sample.distance();
    let zeros = (gaps.total() > 0).then(|| percent(gaps.zeros() as f64 / gaps.total() as f64));
    vec![
        name.to_owned(),
        gaps.total().to_string(),
        gaps.mean_ns().map_or("–".to_owned(), |mean| length(mean as i64)),
        optional(gaps.cv()),
        zeros.unwrap_or_else(|| "–".to_owned()),
        in_means(0.5),
        optional(sample.law_quantile(0.5)),
        in_means(0.99),
        optional(sample.law_quantile(0.99)),
        optional(distance.map(|(distance, _)| distance)),
        optional(distance.map(|(_, limit)| limit)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::GapLaw;

    #[test]
    fn axes_hold_what_there_is() {
        let mut sample = Sample::new(None);
        assert_eq!(Axes::of(std::iter::once(&sample)).exponent_min, -1);
        for _ in 0..5000 {
            sample.gaps.add(1);
        }
        sample.gaps.add(1_000_000);
        // One gap far beyond all others is told in words, unless a law says how rare it is.
        let axes = Axes::of(std::iter::once(&sample));
        assert_eq!((axes.gap_max, axes.exponent_min), (4.0, -4));
        sample.law = Some((200.0, GapLaw::Exponential));
        assert_eq!(Axes::of(std::iter::once(&sample)).gap_max, GAP_MAX);
    }

    #[test]
    fn small_shares_are_powers() {
        let label =
            |exponent_min, exponent| Axes { gap_max: 1.0, exponent_min }.share_label(exponent);
        assert_eq!((label(-5, -5).as_str(), label(-5, 0).as_str()), ("0.001 %", "100 %"));
        assert_eq!((label(-8, -7).as_str(), label(-8, 0).as_str()), ("10⁻⁷", "1"));
    }

    #[test]
    fn a_line_ends_where_it_leaves_the_chart() {
        let frame = Frame { left: 0.0, right: 9.0, top: 0.0, bottom: 10.0 };
        let line = [(0.0, 0.0), (1.0, 5.0), (2.0, 10.0), (3.0, 10.0)];
        let shown: Vec<_> = until_bottom(line.into_iter(), &frame).collect();
        assert_eq!(shown, line[..3]);
    }
}
