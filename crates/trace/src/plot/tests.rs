use std::time::Duration;

use drawing::WIDTH;
use proptest::prelude::*;
use request::Seed;

use super::*;
use crate::workload::{Arrivals, BatchSize, DwellLaw, Process, RatePoint, RateShape, State};
use crate::{Step, TraceRow, TraceWriter, Workload, generate, generate_to};

/// A minute of a built-in workload, or what becomes of it.
fn workload(change: impl FnOnce(&mut Workload)) -> Workload {
    let mut workload = Workload::built_in("balanced").unwrap().with_tensor_shape(&[1, 4]);
    change(&mut workload);
    workload
}

fn reader(workload: &Workload, seed: u64) -> TraceReader {
    let written = generate_to(Vec::new(), workload, Seed(seed), 1, |_, _| {}).unwrap();
    TraceReader::from_bytes("t", &written.out).unwrap()
}

fn plot(workload: &Workload, seed: u64) -> Plot {
    Plot::of("t.arrow", &reader(workload, seed)).unwrap()
}

/// A trace of these rows, which were not drawn.
fn recorded(workload: &Workload, rows: &[TraceRow], steps: &[Step]) -> TraceReader {
    let workload = workload.clone().recorded();
    let mut writer = TraceWriter::create_derived(Vec::new(), &workload, Seed(1), steps).unwrap();
    writer.push(rows).unwrap();
    TraceReader::from_bytes("t", &writer.finish().unwrap().out).unwrap()
}

fn step(operation: &str) -> Step {
    Step { operation: operation.to_owned(), ..Step::default() }
}

/// Checks what every plot keeps: sound markup, numbers that are numbers, nothing outside.
#[track_caller]
fn assert_sound(plot: &Plot) {
    for panel in &plot.section.panels {
        assert!(!panel.elements.contains("NaN") && !panel.elements.contains("inf"));
        for element in panel.elements.lines() {
            assert_within(element, panel.height);
        }
        let columns = panel.table.headings.len();
        assert!(panel.table.rows.iter().all(|row| row.len() == columns), "{}", panel.title);
        let cells = panel.table.rows.iter().flatten();
        assert!(cells.clone().all(|cell| !cell.text.contains("NaN")), "{}", panel.title);
    }
    for text in [Plot::html(std::slice::from_ref(plot)), Plot::svg(std::slice::from_ref(plot))] {
        assert_nested(&text);
    }
}

/// Every coordinate of an element lies in the chart.
#[track_caller]
fn assert_within(element: &str, height: f64) {
    let value = |name: &str| -> Option<f64> {
        let (_, rest) = element.split_once(&format!(" {name}=\""))?;
        Some(rest.split_once('"')?.0.parse().unwrap())
    };
    let within = |x: f64, y: f64| {
        assert!((0.0..=WIDTH).contains(&x) && (0.0..=height).contains(&y), "{element}");
    };
    for (x, y) in [("x", "y"), ("x1", "y1"), ("x2", "y2"), ("cx", "cy")] {
        if let (Some(x), Some(y)) = (value(x), value(y)) {
            within(x, y);
        }
    }
    if let (Some(x), Some(y), Some(w), Some(h)) =
        (value("x"), value("y"), value("width"), value("height"))
    {
        assert!(w >= 0.0 && h >= 0.0, "{element}");
        within(x + w, y + h);
    }
    if let Some((_, path)) = element.split_once(" d=\"") {
        let path = path.split_once('"').unwrap().0.trim_end_matches('Z');
        for point in path.split(['M', 'L']).filter(|point| !point.is_empty()) {
            let (x, y) = point.split_once(' ').unwrap();
            within(x.parse().unwrap(), y.parse().unwrap());
        }
    }
}

/// Every element that opens closes, in order.
#[track_caller]
fn assert_nested(text: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('<') {
        let (tag, next) = after.split_once('>').expect("a tag ends");
        rest = next;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') && !tag.starts_with(['!', '?']) {
            let name = tag.split([' ', '\n']).next().unwrap();
            if name == "style" {
                rest = rest.split_once("</style>").expect("a style ends").1;
            } else if !["meta"].contains(&name) {
                open.push(name);
            }
        }
    }
    assert!(open.is_empty(), "{open:?}");
    assert_eq!(text.matches("<svg").count(), text.matches("</svg>").count());
}

#[test]
fn a_plot_is_the_same_twice_and_for_any_number_of_threads() {
    let workload = workload(|_| {});
    let one = Plot::html(&[plot(&workload, 42)]);
    assert_eq!(one, Plot::html(&[plot(&workload, 42)]));
    let written = generate_to(Vec::new(), &workload, Seed(42), 3, |_, _| {}).unwrap();
    let reader = TraceReader::from_bytes("t", &written.out).unwrap();
    assert!(one == Plot::html(&[Plot::of("t.arrow", &reader).unwrap()]));
}

#[test]
fn a_plot_needs_nothing_else() {
    let page = Plot::html(&[plot(&workload(|_| {}), 42)]);
    for outside in ["http://", "https://", "<script", "<link", "<img", "url(", "@import"] {
        assert!(!page.contains(outside), "{outside}");
    }
    let picture = Plot::svg(&[plot(&workload(|_| {}), 42)]);
    // The name of the language, which nothing is fetched from.
    assert_eq!(picture.matches("http").count(), 1);
}

#[test]
fn every_process_and_shape_is_drawn() {
    let states = vec![
        State { rate: 1.0, dwell: Duration::from_secs(1) },
        State { rate: 0.0, dwell: Duration::from_secs(4) },
    ];
    let modulated = |shared, dwell| Process::Modulated { states: states.clone(), dwell, shared };
    for process in [
        Process::Poisson,
        Process::Constant,
        Process::Uniform { jitter: 0.5 },
        Process::Gamma { cv: 2.0 },
        Process::Weibull { cv: 0.4 },
        modulated(true, DwellLaw::Exponential),
        modulated(false, DwellLaw::Constant),
        Process::Loadgen { schedule_seed: 7 },
    ] {
        let drawn = plot(&workload(|workload| workload.arrivals = Arrivals::of(process)), 3);
        assert_sound(&drawn);
        assert!(drawn.section.panels[3].elements.contains("class=\"law\""));
    }
    let wave = RateShape::Sinusoid {
        period: Duration::from_secs(20),
        amplitude: 1.0,
        peak: Duration::from_secs(3),
    };
    let point = |at, rate| RatePoint { at: Duration::from_secs(at), rate };
    for shape in [wave, RateShape::steps(&[point(0, 3.0), point(20, 0.0), point(40, 9.0)])] {
        assert_sound(&plot(&workload(|workload| workload.rate = Some(shape)), 3));
    }
    let batch = Some(BatchSize::Geometric { mean: 3.0 });
    let batches = Arrivals { process: Process::Poisson, batch };
    assert_sound(&plot(&workload(|workload| workload.arrivals = batches), 3));
}

/// Gaps of sound traces stay within Kolmogorov's limit, whatever the process: 95 % of them, so of 60
/// fixed samples a few are outside.
#[test]
fn sound_traces_agree_with_their_law() {
    let states = vec![
        State { rate: 1.0, dwell: Duration::from_secs(1) },
        State { rate: 5.0, dwell: Duration::from_secs(2) },
    ];
    let modulated = Process::Modulated { states, dwell: DwellLaw::Exponential, shared: false };
    let rate = RateShape::steps(&[
        RatePoint { at: Duration::ZERO, rate: 1.0 },
        RatePoint { at: Duration::from_secs(30), rate: 4.0 },
    ]);
    let (mut outside, mut samples) = (0, 0);
    for process in
        [Process::Poisson, Process::Gamma { cv: 2.0 }, Process::Weibull { cv: 0.5 }, modulated]
    {
        for seed in 0..5 {
            let workload = workload(|workload| {
                workload.arrivals = Arrivals::of(process.clone());
                workload.rate = Some(rate.clone());
                workload.classes.truncate(3);
                workload.classes.iter_mut().for_each(|class| class.share = 1.0 / 3.0);
                workload.total_qps = 300.0;
            });
            let reader = reader(&workload, seed);
            let stats = Stats::of(&reader).unwrap();
            for class in Measured::of(&reader, &stats).unwrap().classes {
                let (distance, limit) = class.gaps.distance().unwrap();
                assert!(distance < 2.0 * limit, "{process:?} {seed}: {distance} {limit}");
                outside += u32::from(distance > limit);
                samples += 1;
            }
        }
    }
    assert_eq!(samples, 60);
    assert!(outside <= 8, "{outside} of {samples}");
}

#[test]
fn traces_of_hardly_anything_are_drawn() {
    let workload = workload(|_| {});
    let rows: Vec<TraceRow> = generate(&workload, Seed(1), 1).unwrap().flatten().collect();
    let mut at_once = rows[..5].to_vec();
    for (index, row) in at_once.iter_mut().enumerate() {
        let slo = row.request.deadline - row.request.arrival;
        row.request.arrival = request::Moment::from_nanos(0);
        row.request.deadline = row.request.arrival + slo;
        row.request.id = request::RequestId(index as i64);
    }
    let first = rows[0].request.tier;
    let of_one: Vec<TraceRow> = rows
        .iter()
        .filter(|row| row.request.tier == first && row.slo == rows[0].slo)
        .copied()
        .collect();
    let mut late = rows[..2].to_vec();
    late[1].request.arrival = request::Moment::from_nanos(i64::MAX - 1);
    late[1].request.deadline = request::Moment::from_nanos(i64::MAX);
    for rows in [&[][..], &rows[..1], &at_once[..1], &at_once, &of_one, &late] {
        let reader = recorded(&workload, rows, &[step("import")]);
        assert_sound(&Plot::of("t", &reader).unwrap());
    }
}

#[test]
fn rows_that_were_not_drawn_have_no_law() {
    let workload = workload(|_| {});
    let rows: Vec<TraceRow> = generate(&workload, Seed(1), 1).unwrap().flatten().collect();
    let reader = recorded(&workload, &rows, &[step("import"), step("cut")]);
    let drawn = Plot::of("t", &reader).unwrap();
    assert_sound(&drawn);
    let [rate, _, gaps, _, mix, bursts] = drawn.section.panels.as_slice() else {
        panic!("six charts")
    };
    assert!(!rate.elements.contains("intended"));
    assert!(gaps.elements.contains("for reference") && !gaps.elements.contains("band"));
    assert!(!mix.elements.contains("asked") && mix.elements.contains("interval"));
    assert!(bursts.elements.contains("Poisson"));
    let made = drawn.section.facts.iter().filter(|(name, _)| *name == "made by");
    assert_eq!(made.count(), 2);
}

#[test]
fn hostile_names_stay_text() {
    let name = "</text><script>alert(1)</script>&\"'";
    let workload = workload(|workload| {
        workload.name = name.to_owned();
        for slo in &mut workload.slos {
            slo.name = format!("{name}{}", slo.name);
        }
        for class in &mut workload.classes {
            class.slo = format!("{name}{}", class.slo);
            for share in &mut class.models {
                share.model = format!("{name}{}", share.model);
            }
        }
        for model in &mut workload.models {
            model.name = format!("{name}{}", model.name);
        }
    });
    let drawn = Plot::of(name, &reader(&workload, 1)).unwrap();
    assert_sound(&drawn);
    let plots = [drawn];
    for text in [Plot::html(&plots), Plot::svg(&plots)] {
        assert!(!text.contains("<script") && text.contains("&lt;script&gt;"));
    }
}

#[test]
fn several_traces_make_one_page_whose_ids_differ() {
    let plots = [plot(&workload(|_| {}), 1), plot(&workload(|_| {}), 2)];
    let page = Plot::html(&plots);
    assert_nested(&page);
    let mut ids: Vec<&str> =
        page.split(" id=\"").skip(1).map(|rest| rest.split_once('"').unwrap().0).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), count), (26, 26));
    for reference in page.split("aria-labelledby=\"").skip(1) {
        let names = reference.split_once('"').unwrap().0.split(' ');
        assert!(names.into_iter().all(|name| ids.binary_search(&name).is_ok()));
    }
    assert_nested(&Plot::svg(&plots));
}

#[test]
fn a_small_trace_looks_like_this() {
    let small = workload(|workload| {
        workload.total_qps = 2.0;
        workload.duration = Duration::from_secs(5);
        workload.min_query_count = 10;
    });
    let panels = plot(&small, 42).section.panels;
    insta::assert_snapshot!("small_rate", panels[0].elements);
    insta::assert_snapshot!("small_mix", panels[4].elements);
    insta::assert_snapshot!("small_bursts", panels[5].elements);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_arrivals_are_drawn_inside_their_charts(
        mut arrivals in prop::collection::vec((0_u32..40, 0_i64..1 << 40), 0..60),
        imported: bool,
    ) {
        let workload = workload(|_| {});
        let drawn: Vec<TraceRow> = generate(&workload, Seed(5), 1).unwrap().flatten().collect();
        // Times on every scale, from ns to hours.
        arrivals.iter_mut().for_each(|(shift, time)| *time >>= *shift);
        arrivals.sort_by_key(|(_, time)| *time);
        let row = |(index, &(_, time)): (usize, &(u32, i64))| {
            let mut row = drawn[index];
            row.request.id = request::RequestId(index as i64);
            row.request.arrival = request::Moment::from_nanos(time);
            row.request.deadline = request::Moment::from_nanos(time + 1);
            row
        };
        let rows: Vec<TraceRow> = arrivals.iter().enumerate().map(row).collect();
        let step = step(if imported { "import" } else { "merge" });
        let reader = recorded(&workload, &rows, &[step]);
        assert_sound(&Plot::of("t", &reader).unwrap());
    }
}
