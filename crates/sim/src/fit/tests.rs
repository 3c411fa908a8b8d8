//! Small tables with a known answer.

use super::*;
use outcome::{Outcome, OutcomeWriter, Status};
use request::{Moment, RequestId, Tier};

/// A row of which only these times, in us, matter; a request for model 0.
fn row(id: i64, [arrival, started, done]: [i64; 3]) -> Outcome {
    let us = |time: i64| Moment::from_nanos(time * 1000);
    Outcome {
        run: 0,
        request_id: RequestId(id),
        tier: Tier::Vip,
        slo: 0,
        model: 0,
        arrival: us(arrival),
        deadline: us(arrival + 1_000_000),
        sent: Some(us(arrival)),
        started: Some(us(started)),
        done: Some(us(done)),
        status: Status::Ok,
        worker: Some(0),
        batch: Some(1),
        code: None,
        first_byte: None,
        held_ns: None,
    }
}

fn table(rows: &[Outcome]) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.arrow");
    let info = RunInfo {
        producer: "replay".into(),
        subject: "localhost:50051".into(),
        slos: vec!["urgent".into()],
        models: vec!["vit".into(), "a b".into(), "unasked".into()],
        ..RunInfo::default()
    };
    let mut writer = OutcomeWriter::create(&path, &info).unwrap();
    rows.iter().for_each(|row| writer.push(row).unwrap());
    writer.finish(&info).unwrap();
    (folder, path)
}

fn services(rows: &[Outcome]) -> Services {
    let (_folder, path) = table(rows);
    Services::read(&mut OutcomeReader::open(path).unwrap()).unwrap()
}

fn times(services: &Services, model: usize) -> Vec<(u32, u64)> {
    services.by_model[model].iter().map(|service| (service.size, service.time_ns / 1000)).collect()
}

#[test]
fn a_batch_is_one_service_and_failures_are_none() {
    let in_batch = |id, done| Outcome { batch: Some(2), ..row(id, [0, 10, done]) };
    let failed = Outcome { status: Status::Timeout, ..row(9, [0, 10, 99]) };
    let unstarted = Outcome { started: None, ..row(8, [0, 10, 99]) };
    let other_run = Outcome { run: 1, ..row(1, [0, 10, 16]) };
    let other_model = Outcome { model: 1, worker: Some(1), ..row(7, [0, 10, 17]) };
    let unsent = Outcome {
        status: Status::Unsent,
        sent: None,
        started: None,
        done: None,
        worker: None,
        batch: None,
        ..row(6, [0, 0, 0])
    };
    let rows = [
        // The batch's answers come one after the other.
        in_batch(1, 21),
        in_batch(2, 20),
        row(3, [0, 30, 35]),
        failed,
        unstarted,
        other_model,
        unsent,
        other_run,
    ];
    let services = services(&rows);
    assert_eq!(services.method, Method::Started);
    assert_eq!(times(&services, 0), [(2, 10), (1, 5), (1, 6)]);
    assert_eq!(times(&services, 1), [(1, 7)]);
    assert_eq!(services.rows_by_model, [7, 1, 0]);
    let statuses = [(Status::Timeout, 1), (Status::Unsent, 1)].into();
    let expected = LeftOut { statuses, without_start: 1, ..LeftOut::default() };
    assert_eq!(services.left_out, expected);
}

#[test]
fn without_workers_the_size_says_what_belongs_together() {
    let unplaced = |batch, id| Outcome { worker: None, batch, ..row(id, [0, 10, 20]) };
    let of_two = (0..4).map(|id| unplaced(Some(2), id));
    let unknown = (4..6).map(|id| unplaced(None, id));
    let services = services(&of_two.chain(unknown).collect::<Vec<_>>());
    let mut times = times(&services, 0);
    times.sort_unstable();
    assert_eq!(times, [(1, 10), (1, 10), (2, 10), (2, 10)]);
}

#[test]
fn without_starts_only_requests_that_find_nothing_in_flight_count() {
    let flight = |id, sent, done| Outcome {
        started: None,
        worker: None,
        batch: None,
        ..row(id, [sent, sent, done])
    };
    let lost = Outcome { status: Status::Timeout, done: None, ..flight(7, 300, 300) };
    let rows = [
        flight(1, 0, 10),
        // Sent as the one before it ends; what comes later waits for it, not it for them.
        flight(2, 10, 40),
        flight(3, 20, 25),
        flight(4, 30, 35),
        flight(5, 50, 57),
        // A failure is in flight too.
        Outcome { status: Status::Error, ..flight(6, 60, 90) },
        flight(8, 70, 75),
        flight(9, 100, 108),
        // Neither of two at once is alone.
        flight(11, 200, 201),
        flight(12, 200, 202),
        // Whoever never ended may still be served.
        lost,
        flight(10, 400, 410),
        Outcome { run: 1, ..flight(1, 300, 311) },
    ];
    let services = services(&rows);
    assert_eq!(services.method, Method::Alone);
    assert_eq!(times(&services, 0), [(1, 10), (1, 30), (1, 7), (1, 8), (1, 11)]);
    assert_eq!((services.left_out.not_alone, services.left_out.without_start), (6, 0));
}

#[test]
fn halves_have_the_same_sizes() {
    let service = |(size, time_ns)| Service { size, time_ns };
    let services = [(1, 1), (2, 2), (1, 3), (2, 4), (1, 5), (1, 6)].map(service);
    let (even, odd) = halves(&services);
    assert_eq!(even, [(1, 1), (1, 5), (2, 2)].map(service));
    assert_eq!(odd, [(1, 3), (1, 6), (2, 4)].map(service));
}

/// Times of so many us, one after the other.
fn one_by_one(times_us: impl IntoIterator<Item = i64>) -> Vec<Outcome> {
    let times = times_us.into_iter().zip(0..);
    times.map(|(time, id)| row(id, [id * 1000, id * 1000, id * 1000 + time])).collect()
}

#[test]
fn the_simplest_law_that_is_not_refused_is_taken() {
    let law_of = |rows: &[Outcome]| {
        let (_folder, path) = table(rows);
        fit(&path, &Choice::default()).unwrap().models.remove(0)
    };
    let constant = law_of(&one_by_one([500; 30]));
    assert_eq!((constant.law, constant.passed_over.len()), (Law::Constant, 0));
    assert_eq!(constant.section, "law = \"constant\"\nmean_ms = 0.5\n");
    // Two values, and nothing between them: only the samples say so.
    let two = law_of(&one_by_one((0..4000).map(|n| if n % 8 < 2 { 100 } else { 900 })));
    assert_eq!(two.law, Law::Empirical, "{two:#?}");
}

#[test]
fn a_law_that_is_asked_for_is_taken_and_judged() {
    let (_folder, path) = table(&one_by_one((0..400).map(|n| 100 + 2 * (n % 100))));
    let choice = |law| Choice { law: Some(law), models: vec!["vit".into()] };
    let fitted = fit(&path, &choice(Law::Exponential)).unwrap();
    assert_eq!(fitted.models[0].law, Law::Exponential);
    assert!(fitted.models[0].judgement.refused.is_some());
    assert!(fitted.to_string().contains("vit: exponential does not fit, KS distance"), "{fitted}");
    let (_folder, path) = table(&one_by_one([500; 30]));
    let error = fit(&path, &choice(Law::Lognormal)).unwrap_err().to_string();
    assert_eq!(error, "model 'vit' cannot have law 'lognormal': the times do not vary");
}

/// Batches of 1, 2 and 4 of a law whose time for each size is this.
fn batches(time_us: impl Fn(u32) -> i64) -> Vec<Outcome> {
    let sizes = [1, 2, 4].into_iter().cycle();
    let batch = |(id, size): (i64, u32)| {
        let start = id * 10_000;
        // A spread that no law here was made for, the same for each size.
        let time = time_us(size) * (9500 + (id / 3 * 379) % 1000) / 10_000;
        let row = move |nth| row(id * 10 + nth, [start, start, start + time]);
        (0..i64::from(size)).map(move |nth| Outcome { batch: Some(size), ..row(nth) })
    };
    (0..1200).zip(sizes).flat_map(batch).collect()
}

#[test]
fn batches_that_save_evenly_are_told_by_their_share() {
    let (_folder, path) = table(&batches(|size| 700 + 300 * i64::from(size)));
    let model = fit(&path, &Choice { law: Some(Law::Lognormal), models: vec![] }).unwrap();
    let model = &model.models[0];
    assert_eq!((model.fitted, model.judged, model.batch_size_max), (600, 600, 4));
    let marginal = model.section.split("batch_marginal = ").nth(1).unwrap().trim();
    assert!((marginal.parse::<f64>().unwrap() - 0.3).abs() < 0.005, "{marginal}");
}

#[test]
fn batches_that_do_not_save_evenly_make_a_table() {
    let (_folder, path) = table(&batches(|size| if size == 4 { 4000 } else { 1000 }));
    let fitted = fit(&path, &Choice::default()).unwrap();
    let model = &fitted.models[0];
    assert_eq!(model.law, Law::Table, "{model:#?}");
    let profile = cluster::Profile::parse(&fitted.to_profile()).unwrap();
    let of_model = profile.of(profile.model("vit").unwrap());
    assert_eq!(of_model.batch_size_max, 4);
    let means = [1, 2, 3, 4].map(|size| of_model.mean(size).as_secs_f64() * 1e3);
    for (mean, expected) in means.into_iter().zip([1.0, 1.0, 2.5, 4.0]) {
        assert!((mean / expected - 1.0).abs() < 0.01, "{means:?}");
    }
}

#[test]
fn too_little_is_refused_with_advice() {
    let error = |rows: &[Outcome], models: &[&str]| {
        let (_folder, path) = table(rows);
        let models = models.iter().map(|&model| model.to_owned()).collect();
        fit(&path, &Choice { law: None, models }).unwrap_err().to_string()
    };
    let few = one_by_one([500; 29]);
    let text = error(&few, &[]);
    assert!(text.contains("model 'vit' has 29 service times among 29 requests, and 30"), "{text}");
    let mut unstarted = few;
    unstarted.iter_mut().for_each(|row| row.started = None);
    assert!(error(&unstarted, &[]).contains("--rate-scale 0.1"));
    assert!(error(&unstarted, &["bert"]).contains("no model 'bert' (it has: vit, a b, unasked)"));
    assert!(error(&unstarted, &["unasked"]).contains("no rows"));
    assert!(error(&[], &[]).contains("no rows"));
}

#[test]
fn the_profile_is_one_and_names_the_model_as_the_table_does() {
    let mut rows = one_by_one((0..100).map(|n| 100 + 10 * (n % 7)));
    rows.iter_mut().for_each(|row| row.model = 1);
    let (_folder, path) = table(&rows);
    for law in Law::ALL {
        let text = fit(&path, &Choice { law: Some(law), models: vec![] }).unwrap().to_profile();
        let profile = cluster::Profile::parse(&text).unwrap();
        let (name, model) = profile.iter().next().unwrap();
        assert_eq!((name, model.law), ("a b", law), "{text}");
    }
}
