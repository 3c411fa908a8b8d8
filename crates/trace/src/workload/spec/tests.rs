//! Workload files as people write them, and what is said of their mistakes.

use super::*;
use crate::workload::{Arrivals, BatchSize, DwellLaw, Process, RatePoint, RateShape, State};

/// A small sound file; `{}` in `head` is nothing special.
fn text(head: &str) -> String {
    format!(
        "version = 1\nname = \"t\"\n{head}\n\
         [[slos]]\nname = \"fast\"\ntarget = \"100ms\"\n\
         [[models]]\nname = \"m\"\nshape = [1, 4]\n\
         [[classes]]\ntier = 1\nslo = \"fast\"\nshare = 1.0\n\
         models = [{{ model = \"m\", weight = 1.0 }}]\n"
    )
}

fn workload(head: &str) -> Result<Workload, SpecError> {
    WorkloadFile::parse("t.toml", text(head))?.workload(&Amounts::default())
}

const AMOUNTS: &str = "total_qps = 20.0\nduration = \"10s\"\n";

#[test]
fn every_process_can_be_written() {
    let arrivals = |text: &str| workload(&format!("{AMOUNTS}[arrivals]\n{text}")).unwrap().arrivals;
    let second = Duration::from_secs;
    for (text, process) in [
        ("process = \"poisson\"", Process::Poisson),
        ("process = \"constant\"", Process::Constant),
        ("process = \"uniform\"\njitter = 0.5", Process::Uniform { jitter: 0.5 }),
        ("process = \"gamma\"\ncv = 2", Process::Gamma { cv: 2.0 }),
        ("process = \"weibull\"\ncv = 0.5", Process::Weibull { cv: 0.5 }),
        ("process = \"loadgen\"\nschedule_seed = 7", Process::Loadgen { schedule_seed: 7 }),
        (
            "process = \"on_off\"\non = \"1s\"\noff = \"4s\"\nshared = true",
            Process::Modulated {
                states: vec![
                    State { rate: 1.0, dwell: second(1) },
                    State { rate: 0.0, dwell: second(4) },
                ],
                dwell: DwellLaw::Exponential,
                shared: true,
            },
        ),
        (
            "process = \"modulated\"\ndwell = \"constant\"\n\
             states = [{ rate = 2, dwell = \"1s\" }, { rate = 1, dwell = \"2s\" }]",
            Process::Modulated {
                states: vec![
                    State { rate: 2.0, dwell: second(1) },
                    State { rate: 1.0, dwell: second(2) },
                ],
                dwell: DwellLaw::Constant,
                shared: false,
            },
        ),
    ] {
        assert_eq!(arrivals(text), Arrivals::of(process), "{text}");
    }
    let batch = "process = \"poisson\"\nbatch = { mean = 3 }";
    assert_eq!(arrivals(batch).batch, Some(BatchSize::Geometric { mean: 3.0 }));
    let batch = "process = \"constant\"\nbatch = { size = 3 }";
    assert_eq!(arrivals(batch).batch, Some(BatchSize::Fixed { size: 3 }));
}

#[test]
fn steps_tell_rate_and_duration() {
    let steps = "rate = { shape = \"steps\", steps = \"0-5:3,5-10:10,10-15:20\" }\n";
    let found = workload(steps).unwrap();
    assert_eq!(found.total_qps, 11.0);
    assert_eq!(found.duration, Duration::from_secs(15));
    // With a rate of its own, only the shape counts.
    let found = workload(&format!("total_qps = 22.0\n{steps}")).unwrap();
    assert_eq!(found.total_qps, 22.0);
}

#[test]
fn every_rate_shape_can_be_written() {
    let rate = |text: &str| workload(&format!("{AMOUNTS}rate = {{ {text} }}\n")).unwrap().rate;
    let point = |seconds, rate| RatePoint { at: Duration::from_secs(seconds), rate };
    assert_eq!(
        rate("shape = \"ramp\", from = 1.0, to = 3.0"),
        Some(RateShape::Points { points: vec![point(0, 1.0), point(10, 3.0)] })
    );
    assert_eq!(
        rate("shape = \"spikes\", spikes = [{ at = \"2s\", length = \"1s\", factor = 5 }]"),
        Some(RateShape::steps(&[point(0, 1.0), point(2, 5.0), point(3, 1.0)]))
    );
    assert_eq!(
        rate("shape = \"diurnal\", amplitude = 0.5, peak = \"14h\""),
        Some(RateShape::Sinusoid {
            period: DAY,
            amplitude: 0.5,
            peak: Duration::from_secs(14 * 3600)
        })
    );
    assert_eq!(
        rate("shape = \"points\", points = [{ at = \"0s\", rate = 1 }, { at = \"9s\", rate = 2 }]"),
        Some(RateShape::Points { points: vec![point(0, 1.0), point(9, 2.0)] })
    );
}

const DAY: Duration = Duration::from_secs(24 * 3600);

#[test]
fn a_rate_comes_from_a_file_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.toml");
    let rate = "rate = { shape = \"file\", path = \"r.csv\", time = \"t_ms\", unit = \"ms\" }\n";
    fs::write(&path, text(&format!("duration = \"4s\"\n{rate}"))).unwrap();
    let read = || WorkloadFile::read(&path)?.workload(&Amounts::default());
    let problem = read().unwrap_err().to_string();
    assert!(problem.contains("r.csv, which cannot be read"), "{problem}");
    fs::write(folder.path().join("r.csv"), "t_ms,rate\n0,10\n2000.5,30\n").unwrap();
    let found = read().unwrap();
    assert!((found.total_qps - 19.9975).abs() < 1e-9, "{}", found.total_qps);
    fs::write(folder.path().join("r.csv"), "t_ms,rate\n0,10\nx,30\n").unwrap();
    let problem = read().unwrap_err().to_string();
    assert!(problem.contains("r.csv:3: `x` is no time"), "{problem}");
    fs::write(folder.path().join("r.csv"), "t_ms,qps\n0,10\n").unwrap();
    let problem = read().unwrap_err().to_string();
    assert!(problem.contains("no column `rate`; it has t_ms, qps"), "{problem}");
}

#[test]
fn a_rate_file_is_read_no_further_than_it_makes_sense() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.toml");
    fs::write(&path, text("rate = { shape = \"file\", path = \"r.csv\" }\nduration = \"4s\"\n"))
        .unwrap();
    for (rows, expected) in [
        ("0,1\n".repeat(1_000_001), "over 1000000 rows"),
        (format!("0,\"{}", "1\n".repeat(1 << 20)), "is a quote missing?"),
    ] {
        fs::write(folder.path().join("r.csv"), format!("time,rate\n{rows}")).unwrap();
        let file = WorkloadFile::read(&path).unwrap();
        let problem = file.workload(&Amounts::default()).unwrap_err().to_string();
        assert!(problem.contains(expected), "{problem}");
    }
    fs::remove_file(folder.path().join("r.csv")).unwrap();
    fs::create_dir(folder.path().join("r.csv")).unwrap();
    let file = WorkloadFile::read(&path).unwrap();
    let problem = file.workload(&Amounts::default()).unwrap_err().to_string();
    assert!(problem.contains("not a regular file"), "{problem}");
}

#[test]
fn a_count_tells_what_is_left_out() {
    let found = workload("count = 500\ntotal_qps = 50.0\n").unwrap();
    assert_eq!((found.count, found.duration), (Some(500), Duration::from_secs(10)));
    let found = workload("count = 500\nduration = \"20s\"\n").unwrap();
    assert_eq!(found.total_qps, 25.0);
}

#[test]
fn amounts_take_the_place_of_the_files() {
    let file = WorkloadFile::parse("t.toml", text(AMOUNTS)).unwrap();
    let amounts = Amounts {
        total_qps: Some(5.0),
        count: Some(50),
        arrivals: Some("gamma:cv=2".parse().unwrap()),
        rate: Some("sinusoid:period=2s,amplitude=0.5".parse().unwrap()),
        ..Amounts::default()
    };
    let found = file.workload(&amounts).unwrap();
    assert_eq!((found.total_qps, found.count), (5.0, Some(50)));
    assert_eq!(found.duration, Duration::from_secs(10));
    assert_eq!(found.arrivals, Arrivals::of(Process::Gamma { cv: 2.0 }));
    assert!(matches!(found.rate, Some(RateShape::Sinusoid { .. })));
    // Steps tell requests per second and an end, which count unless others were typed.
    let rate = Some("0-5:3,5-10:10,10-15:20".parse().unwrap());
    let found = file.workload(&Amounts { rate: rate.clone(), ..Amounts::default() }).unwrap();
    assert_eq!((found.total_qps, found.duration), (11.0, Duration::from_secs(15)));
    let amounts = Amounts { rate, total_qps: Some(5.0), ..Amounts::default() };
    assert_eq!(file.workload(&amounts).unwrap().total_qps, 5.0);
    // What was not read from the file is not looked for there.
    let amounts = Amounts { total_qps: Some(-5.0), ..Amounts::default() };
    let problem = file.workload(&amounts).unwrap_err();
    assert_eq!(problem.place, None);
    assert!(problem.to_string().contains("total_qps is -5"), "{problem}");
}

#[test]
fn words_on_the_command_line_are_checked() {
    for (text, expected) in [
        ("gamma", "cv is missing"),
        ("gamma:cv", "has no value"),
        ("gamma:jitter=1,cv=2", "jitter does not belong"),
        ("bursty", "unknown variant `bursty`"),
        ("on_off:on=1,off=2s", "expected a string"),
    ] {
        let problem = text.parse::<ArrivalsText>().unwrap_err();
        assert!(problem.contains(expected), "{text}: {problem}");
    }
    for text in ["0-5", "ramp:from=1", "sinusoid", "file:path=x.csv"] {
        assert!(text.parse::<RateText>().is_err(), "{text}");
    }
    assert!("ramp:from=1,to=10".parse::<RateText>().is_ok());
}

/// Checks that a mistake is told with this line and these words.
#[track_caller]
fn check(head: &str, line: usize, expected: &str) {
    let error = workload(head).unwrap_err();
    let told = error.to_string();
    assert!(told.contains(expected), "`{told}` does not contain `{expected}`");
    assert_eq!(error.place.map(|(line, _)| line), Some(line), "{told}");
}

#[test]
fn mistakes_name_line_and_field() {
    check("total_qps = -1.0\nduration = \"10s\"\n", 3, "t.toml:3:13: total_qps is -1");
    check("total_qps = \"a\"\nduration = \"10s\"\n", 3, "total_qps: invalid type: string");
    check("total_qps = 1.0\nduration = \"10 parsecs\"\n", 4, "duration: `10 parsecs` is no length");
    check("total_qps = 1.0\n", 1, "duration is missing");
    check("duration = \"1s\"\n", 1, "total_qps is missing");
    check("total_qps = 1.0\nqps = 1.0\nduration = \"10s\"\n", 4, "unknown field `qps`");
    check(&format!("{AMOUNTS}count = 0\n"), 5, "count is 0");
    check(&format!("{AMOUNTS}count = 5\nmin_query_count = 5\n"), 6, "beside `count`");
    check(&format!("{AMOUNTS}[arrivals]\nprocess = \"gamma\"\n"), 5, "arrivals.cv is missing");
    check(
        &format!("{AMOUNTS}[arrivals]\nprocess = \"gamma\"\ncv = 0\n"),
        7,
        "arrivals: cv is 0; give a number from 0.01 to 10",
    );
    check(
        &format!("{AMOUNTS}[arrivals]\nprocess = \"poisson\"\ncv = 1\n"),
        7,
        "arrivals.cv does not belong",
    );
    check(
        &format!("{AMOUNTS}[rate]\nshape = \"steps\"\nsteps = \"0-5\"\n"),
        7,
        "rate.steps has the step `0-5`",
    );
    check(
        &format!("{AMOUNTS}[rate]\nshape = \"ramp\"\nfrom = 0.0\nto = 0.0\n"),
        5,
        "rate is 0 over the whole duration",
    );
    check("not toml", 3, "t.toml:3:5: key with no value");
}

#[test]
fn a_mistake_in_a_class_names_the_class() {
    let told = |from, to| {
        let file = WorkloadFile::parse("t.toml", text(AMOUNTS).replace(from, to)).unwrap();
        file.workload(&Amounts::default()).unwrap_err().to_string()
    };
    let sum = told("share = 1.0", "share = 0.9");
    assert!(sum.contains("classes: shares sum to 0.9"), "{sum}");
    insta::assert_snapshot!(told("weight = 1.0", "weight = 1.5"), @r#"
    t.toml:16:35: class (1, fast): weight of m is 1.5; give a number from 0 to 1
      16 | models = [{ model = "m", weight = 1.5 }]
         |                                   ^
    "#);
}

#[test]
fn an_unknown_version_is_refused() {
    let told = WorkloadFile::parse("t", text(AMOUNTS).replace("version = 1", "version = 9"));
    let told = told.unwrap_err().to_string();
    assert!(told.contains("t:1:11: version is 9"), "{told}");
}
