//! Edits of small traces, by hand and at random.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use request::{ModelId, Moment, Request, RequestId, Seed, Tier};

use super::*;
use crate::workload::{ModelSpec, Slo, Workload};
use crate::{RateScale, Step};

const AT: fn(i64) -> Moment = Moment::from_nanos;

fn workload() -> Workload {
    let mut workload = Workload::built_in("balanced").unwrap().with_tensor_shape(&[1, 4]);
    workload.total_qps = 100.0;
    workload.duration = Duration::from_nanos(1_000);
    workload
}

/// Request `id` at this arrival, of a tier, an SLO class and a model that depend on the id.
fn row(id: i64, arrival: i64) -> TraceRow {
    let position = id.rem_euclid(3) as u16;
    let request = Request {
        id: RequestId(id),
        arrival: AT(arrival),
        deadline: AT(arrival + 100),
        tier: Tier::ALL[usize::from(position)],
        model: ModelId(position % 2),
    };
    TraceRow { request, slo: position, tensor_seed: Seed(id.cast_unsigned()) }
}

fn trace_of(workload: &Workload, rows: &[TraceRow]) -> TraceReader {
    let steps = [Step { operation: "import".to_owned(), ..Step::default() }];
    let header = Header::new(workload, Seed(5), &steps);
    let mut writer = TraceWriter::create_as(Format::Arrow, Vec::new(), &header).unwrap();
    writer.push(rows).unwrap();
    TraceReader::from_bytes("t.arrow", &writer.finish().unwrap().out).unwrap()
}

fn trace(rows: &[TraceRow]) -> TraceReader {
    trace_of(&workload(), rows)
}

fn written(derived: Derived<'_>) -> TraceReader {
    let written = derived.write_as(Format::ArrowStream, Vec::new(), |_, _| {}).unwrap();
    TraceReader::from_bytes("made", &written.out).unwrap()
}

fn rows_of(trace: &TraceReader) -> Vec<TraceRow> {
    trace.rows().map(Result::unwrap).collect()
}

/// (id, arrival, deadline) of all rows.
fn times(trace: &TraceReader) -> Vec<(i64, i64, i64)> {
    let time = |row: TraceRow| {
        let Request { id, arrival, deadline, .. } = row.request;
        (id.0, arrival.as_nanos(), deadline.as_nanos())
    };
    rows_of(trace).into_iter().map(time).collect()
}

#[test]
fn a_conversion_changes_nothing() {
    let before = trace(&[row(7, 0), row(3, 1)]);
    let after = written(convert(&before));
    assert_eq!(after.header(), before.header());
    assert_eq!(rows_of(&after), rows_of(&before));
}

#[test]
fn a_conversion_finds_changed_rows() {
    let trace = trace(&[row(0, 0), row(1, 5)]);
    let mut derived = convert(&trace);
    derived.rows = Box::new(trace.rows().take(1));
    let error = derived.write_as(Format::Csv, Vec::new(), |_, _| {}).unwrap_err();
    assert!(error.to_string().starts_with("t.arrow: digest is "), "{error}");
}

#[test]
fn a_cut_of_time_counts_from_its_start() {
    let whole = trace(&[row(0, 10), row(1, 20), row(2, 30), row(3, 40)]);
    let cut = Cut { from: Some(AT(20)), to: Some(AT(40)), ..Cut::default() };
    let part = written(cut.of(&whole).unwrap());
    assert_eq!(times(&part), [(1, 0, 100), (2, 10, 110)]);
    assert_eq!(part.header().workload.duration, Duration::from_nanos(20));
    assert_eq!(part.header().workload.min_query_count, 0);
    assert_eq!(part.header().workload.total_qps, 100.0);

    let part = written(Cut { keep_times: true, ..cut }.of(&whole).unwrap());
    assert_eq!(times(&part), [(1, 20, 120), (2, 30, 130)]);
    assert_eq!(part.header().workload.duration, Duration::from_nanos(40));
}

#[test]
fn a_cut_says_where_it_is_from() {
    let whole = trace(&[row(0, 10)]);
    let cut = Cut { from: Some(AT(5)), tiers: vec![Tier::Vip, Tier::Free], ..Cut::default() };
    let part = written(cut.of(&whole).unwrap());
    let [import, step] = &part.header().provenance[..] else { panic!("two steps") };
    assert_eq!((import.operation.as_str(), step.operation.as_str()), ("import", "cut"));
    assert_eq!(step.parameters["from_ns"], "5");
    assert_eq!(step.parameters["tier"], "1, 3");
    assert_eq!(step.sources, [whole.source()]);
    assert_eq!(step.sources[0].name, "t.arrow");
    assert_eq!(step.sources[0].digest.as_ref(), Some(&whole.header().digest));
}

#[test]
fn a_cut_of_classes_keeps_their_rates() {
    let rows: Vec<TraceRow> = (0..9).map(|id| row(id, id)).collect();
    let whole = trace(&rows);
    let cut = |cut: Cut| written(cut.of(&whole).unwrap());
    let ids = |part: &TraceReader| times(part).iter().map(|&(id, ..)| id).collect::<Vec<_>>();

    let vip = cut(Cut { tiers: vec![Tier::Vip], ..Cut::default() });
    assert_eq!(ids(&vip), [0, 3, 6]);
    let workload = &vip.header().workload;
    // VIP is 0.05 urgent, 0.10 normal and 0.15 relaxed of 100/s.
    assert!((workload.total_qps - 30.0).abs() < 1e-9);
    let shares: Vec<f64> = workload.classes.iter().map(|class| class.share * 30.0).collect();
    assert!(shares.iter().zip([5.0, 10.0, 15.0]).all(|(a, b)| (a - b).abs() < 1e-9), "{shares:?}");
    assert_eq!(workload.duration, Duration::from_nanos(1_000));
    workload.validate().unwrap();

    assert_eq!(ids(&cut(Cut { slos: vec!["normal".to_owned()], ..Cut::default() })), [1, 4, 7]);
    let vit = cut(Cut { models: vec!["vit".to_owned()], ..Cut::default() });
    assert_eq!(ids(&vit), [1, 4, 7]);
    // 0.3 of the classes that are not urgent, which are 0.75 of all.
    assert!((vit.header().workload.total_qps - 22.5).abs() < 1e-9);
    vit.header().workload.validate().unwrap();
    let first = cut(Cut { tiers: vec![Tier::Vip], limit: Some(2), ..Cut::default() });
    assert_eq!(ids(&first), [0, 3]);
    assert_eq!(first.header().workload.duration, Duration::from_nanos(4));
    assert!(ids(&cut(Cut { limit: Some(0), ..Cut::default() })).is_empty());
}

#[test]
fn what_cannot_be_cut_is_said() {
    let whole = trace(&[row(0, 0)]);
    let refusal = |cut: Cut| cut.of(&whole).unwrap_err().to_string();
    let message = refusal(Cut { slos: vec!["late".to_owned()], ..Cut::default() });
    assert!(message.contains("no SLO class `late`; it has urgent, normal, relaxed"), "{message}");
    let message = refusal(Cut { from: Some(AT(5)), to: Some(AT(5)), ..Cut::default() });
    assert!(message.contains("nothing lies between"), "{message}");
}

#[test]
fn a_scaled_trace_is_what_replay_would_send() {
    let rows = [row(0, 10), row(1, 25), row(2, 31), row(9, 100), row(4, 101), row(5, 102)];
    let before = trace(&rows);
    let factor: RateScale = "2".parse().unwrap();
    let after = written(scale(&before, factor));
    let mut expected: Vec<TraceRow> = rows.iter().map(|&row| factor.apply(row)).collect();
    expected.sort_by_key(|row| (row.request.arrival, row.request.id));
    assert_eq!(rows_of(&after), expected);
    let workload = &after.header().workload;
    assert_eq!((workload.total_qps, workload.duration), (200.0, Duration::from_nanos(500)));
    assert_eq!(after.header().provenance[1].parameters["rate"], "2");
}

#[test]
fn arrivals_that_meet_are_in_order_of_ids() {
    let before = trace(&[row(5, 1_000), row(3, 1_100), row(4, 1_200), row(1, 9_000)]);
    let after = written(scale(&before, "1000".parse().unwrap()));
    assert_eq!(times(&after), [(3, 1, 101), (4, 1, 101), (5, 1, 101), (1, 9, 109)]);
}

#[test]
fn what_leaves_the_time_of_the_table_is_refused() {
    let far =
        TraceRow { request: Request { deadline: Moment::MAX, ..row(1, 5).request }, ..row(1, 5) };
    for rows in [[row(0, 0), row(1, 1 << 60)], [row(0, 0), far]] {
        let before = trace(&rows);
        let scaled = scale(&before, "0.001".parse().unwrap());
        let error = scaled.write_as(Format::Arrow, Vec::new(), |_, _| {}).unwrap_err().to_string();
        assert!(error.contains("t.arrow: row 1, column arrival_ns: leaves"), "{error}");
    }
}

#[test]
fn a_merge_is_in_order_of_arrival() {
    let (first, second) = (trace(&[row(0, 10), row(7, 30)]), trace(&[row(0, 5), row(1, 10)]));
    let traces = [first, second];
    let merged = written(merge(&traces).unwrap());
    // At 10 ns the first file comes first.
    assert_eq!(times(&merged), [(0, 5, 105), (1, 10, 110), (2, 10, 110), (3, 30, 130)]);
    let seeds: Vec<u64> = rows_of(&merged).iter().map(|row| row.tensor_seed.0).collect();
    assert_eq!(seeds, [0, 0, 1, 7]);
    let header = merged.header();
    assert_eq!(header.workload.total_qps, 200.0);
    assert_eq!(header.workload.name, "balanced");
    header.workload.validate().unwrap();
    let step = header.provenance.last().unwrap();
    assert_eq!(step.sources.len(), 2);
    assert_eq!(step.parameters["ids"], "given anew, from 0");
}

#[test]
fn a_merge_unites_names() {
    let mut other = workload();
    other.name = "other".to_owned();
    other.models.insert(0, ModelSpec { name: "bert".to_owned(), shape: vec![8] });
    other.slos[2] = Slo { name: "slow".to_owned(), target: Duration::from_secs(9) };
    other.classes.retain(|class| class.slo != "relaxed");
    let traces = [trace(&[row(0, 0), row(1, 1)]), trace_of(&other, &[row(2, 0), row(1, 2)])];
    let merged = written(merge(&traces).unwrap());
    let header = merged.header();
    assert_eq!(header.slos, ["urgent", "normal", "relaxed", "slow"]);
    let names: Vec<&str> = header.models.iter().map(|model| model.name.as_str()).collect();
    assert_eq!(names, ["resnet50", "vit", "bert"]);
    assert_eq!(header.workload.name, "balanced+other");
    let places: Vec<(u16, u16)> =
        rows_of(&merged).iter().map(|row| (row.slo, row.request.model.0)).collect();
    assert_eq!(places, [(0, 0), (3, 2), (1, 1), (1, 0)]);
}

#[test]
fn names_with_two_meanings_are_not_merged() {
    let refusal = |other: &Workload| {
        let traces = [trace(&[row(0, 0)]), trace_of(other, &[row(0, 0)])];
        merge(&traces).unwrap_err().to_string()
    };
    let shape = refusal(&workload().with_tensor_shape(&[1, 8]));
    assert!(shape.contains("`resnet50` takes tensors of shape [1, 4] in t.arrow"), "{shape}");
    let mut other = workload();
    other.slos[0].target = Duration::from_millis(7);
    let slo = refusal(&other);
    assert!(slo.contains("SLO class `urgent` is 100ms in t.arrow and 7ms"), "{slo}");
    assert!(merge(&[]).unwrap_err().to_string().contains("nothing to merge"));
}

#[test]
fn the_first_difference_is_named() {
    let rows = [row(0, 0), row(1, 5), row(2, 9)];
    let (one, same) = (trace(&rows), trace(&rows));
    let found = difference(&one, &same, |_, _| {}).unwrap();
    assert!(found.equal && found.first.is_none() && found.header.is_empty());
    assert_eq!(found.differing_rows, 0);

    let mut changed = rows;
    changed[1].request.deadline = AT(77);
    changed[1].slo = 2;
    let found = difference(&one, &trace(&changed[..2]), |_, _| {}).unwrap();
    assert!(!found.equal);
    let values = [Some("normal".to_owned()), Some("relaxed".to_owned())];
    assert_eq!(found.first, Some(RowDifference { row: 1, column: "slo", values }));
    assert_eq!(found.differing_rows, 2);
    let columns: Vec<_> = found.differing_columns.into_iter().collect();
    assert_eq!(columns, [("deadline_ns", 1), ("slo", 1)]);
    let sides: Vec<[u64; 2]> =
        found.classes.iter().map(|class| [class.sides[0].rows, class.sides[1].rows]).collect();
    assert_eq!(sides, [[1, 1], [1, 0], [0, 1], [1, 0]]);
}

#[test]
fn tensors_are_a_difference_too() {
    let rows = [row(0, 0)];
    let other = trace_of(&workload().with_tensor_shape(&[9]), &rows);
    let found = difference(&trace(&rows), &other, |_, _| {}).unwrap();
    assert!(!found.equal && found.first.is_none());
    let fields: Vec<&str> = found.header.iter().map(|field| field.field.as_str()).collect();
    assert_eq!(
        fields,
        ["shapes.resnet50[0]", "shapes.resnet50[1]", "shapes.vit[0]", "shapes.vit[1]"]
    );
}

#[test]
fn names_count_and_positions_do_not() {
    let mut other = workload();
    other.models.reverse();
    let mut swapped = row(0, 0);
    swapped.request.model = ModelId(1);
    let found = difference(&trace(&[row(0, 0)]), &trace_of(&other, &[swapped]), |_, _| {}).unwrap();
    assert!(found.equal && found.first.is_none());
}

prop_compose! {
    /// A trace of up to this many rows, ids in no order.
    fn any_trace()(
        ids in prop::collection::btree_set(-1_000_i64..1_000, 0..30),
        gaps in prop::collection::vec(0_i64..4, 30),
        turn in 0_usize..30,
    ) -> TraceReader {
        let mut ids: Vec<i64> = ids.into_iter().collect();
        let turn = turn.min(ids.len());
        ids.rotate_left(turn);
        let mut arrival = 0;
        let mut rows: Vec<TraceRow> = ids.into_iter().zip(gaps).map(|(id, gap)| {
            arrival += gap;
            row(id, arrival)
        }).collect();
        rows.sort_by_key(|row| (row.request.arrival, row.request.id));
        trace(&rows)
    }
}

proptest! {
    #[test]
    fn the_parts_of_a_trace_are_the_trace(whole in any_trace(), at in 1_i64..80) {
        let before = Cut { to: Some(AT(at)), ..Cut::default() };
        let after = Cut { from: Some(AT(at)), keep_times: true, ..Cut::default() };
        let parts = [before, after].map(|cut| written(cut.of(&whole).unwrap()));
        let rows: Vec<TraceRow> = parts.iter().flat_map(rows_of).collect();
        prop_assert_eq!(rows, rows_of(&whole));
    }

    #[test]
    fn the_classes_of_a_trace_are_the_trace(whole in any_trace()) {
        let tiers = Tier::ALL.map(|tier| Cut { tiers: vec![tier], ..Cut::default() });
        let parts = tiers.map(|cut| written(cut.of(&whole).unwrap()));
        let merged = written(merge(&parts).unwrap());
        let content = |row: &TraceRow| (row.request.arrival, row.tensor_seed);
        let merged: BTreeSet<_> = rows_of(&merged).iter().map(content).collect();
        prop_assert_eq!(merged, rows_of(&whole).iter().map(content).collect());
    }

    #[test]
    fn scaling_is_what_replay_does(whole in any_trace(), factor in 0.001_f64..1000.0) {
        let factor: RateScale = factor.to_string().parse().unwrap();
        let scaled = rows_of(&written(scale(&whole, factor)));
        let mut expected: Vec<TraceRow> =
            rows_of(&whole).into_iter().map(|row| factor.apply(row)).collect();
        expected.sort_by_key(|row| (row.request.arrival, row.request.id));
        prop_assert_eq!(scaled, expected);
    }
}
