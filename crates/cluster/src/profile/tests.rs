//! Profiles as people write them.

use super::*;

/// The error and what caused it, as a program prints them.
fn error(text: &str) -> String {
    let error = Profile::parse(text).unwrap_err();
    let cause = std::error::Error::source(&error).map(ToString::to_string);
    format!("{error}: {}", cause.unwrap_or_default())
}

#[test]
fn the_default_profile_reads_and_knows_every_model() {
    let profile = Profile::default();
    assert!(profile.model("resnet50").is_ok());
    assert_ne!(profile.model("resnet50").unwrap(), profile.model("vit").unwrap());
    assert!(profile.model("never heard of").is_ok());
}

#[test]
fn a_model_without_a_profile_is_named_with_those_there_are() {
    let text = "version = 1\n[models.a]\nlaw = \"constant\"\nmean_ms = 1\n[models.b]\nlaw = \"constant\"\nmean_ms = 1";
    let error = Profile::parse(text).unwrap().model("c").unwrap_err().to_string();
    assert_eq!(error, "the profile has no model 'c' (it has: a, b): add [models.c] or [default]");
}

#[test]
fn means_are_exact_and_grow_with_the_batch() {
    let text = "version = 1\n[default]\nlaw = \"constant\"\nmean_ms = 12.5\nbatch_size_max = 4\nbatch_marginal = 0.5";
    let profile = Profile::parse(text).unwrap();
    let model = profile.of(profile.model("x").unwrap());
    assert_eq!(model.mean(1), Duration::from_micros(12_500));
    assert_eq!(model.mean(3), Duration::from_micros(25_000));
}

#[test]
fn values_that_make_no_sense_are_refused_by_name() {
    let with = |line: &str| format!("version = 1\n[models.m]\n{line}\n");
    assert!(error(&with("law = \"constant\"\nmean_ms = 0")).contains("mean_ms of model 'm' is 0"));
    assert!(error(&with("law = \"constant\"\nmean_ms = nan")).contains("NaN"));
    assert!(error(&with("law = \"constant\"\nmean_ms = 1e9")).contains("an hour"));
    assert!(error(&with("law = \"lognormal\"\nmean_ms = 1")).contains("cv"));
    assert!(error(&with("law = \"lognormal\"\nmean_ms = 1\ncv = -1")).contains("-1"));
    assert!(error(&with("law = \"constant\"\nmean_ms = 1\ncv = 1")).contains("left out"));
    assert!(error(&with("law = \"weird\"\nmean_ms = 1")).contains("weird"));
    assert!(error(&with("law = \"constant\"\nmean_ms = 1\nspeed = 2")).contains("speed"));
    assert!(
        error(&with("law = \"constant\"\nmean_ms = 1\nbatch_size_max = 0")).contains("at least 1")
    );
    assert!(error("version = 2\n").contains("version 2"));
    assert!(error("version = 1\n").contains("names no model"));
    assert!(error("version = ").contains("line 1"));
}

fn model(text: &str) -> ModelProfile {
    let profile = Profile::parse(&format!("version = 1\n[default]\n{text}")).unwrap();
    profile.of(profile.model("any").unwrap()).clone()
}

fn ms(ms: f64) -> Duration {
    Duration::from_nanos(whole_ns(ms))
}

const TABLE: &str = "law = \"table\"
batch_size_max = 4
[[default.batches]]
size = 4
quantiles_ms = { p0 = 20, p50 = 30, p100 = 60 }
[[default.batches]]
size = 1
quantiles_ms = { p0 = 10, p50 = 20, p90 = 20, p100 = 30 }
";

#[test]
fn what_is_left_out_asks_nothing_of_a_worker() {
    let model = model("law = \"constant\"\nmean_ms = 1");
    assert_eq!((model.batch_size_max, model.steps, model.memory_mb), (1, 1, 0));
    assert_eq!((model.batch_wait, model.load), (Duration::ZERO, Duration::ZERO));
}

#[test]
fn what_a_model_asks_of_a_worker_is_read() {
    let text = "law = \"constant\"\nmean_ms = 1\nbatch_size_max = 8\nbatch_wait_ms = 2.5\n\
                memory_mb = 900\nload_ms = 1500\nsteps = 10";
    let model = model(text);
    assert_eq!((model.batch_size_max, model.steps, model.memory_mb), (8, 10, 900));
    assert_eq!((model.batch_wait, model.load), (ms(2.5), ms(1500.0)));
}

#[test]
fn the_example_reads_and_has_every_law() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/profiles");
    let profile = Profile::read(&folder.join("laws.toml")).unwrap();
    let laws: std::collections::BTreeSet<Law> =
        profile.iter().map(|(_, model)| model.law).collect();
    assert!(laws.into_iter().eq(Law::ALL));
    assert_eq!(profile.estimate(profile.model("vit").unwrap(), 1), ms(51.1));
}

/// ln 100, and the 99th percentile of the standard normal law.
#[test]
fn worst_cases_are_99th_percentiles() {
    let worst = |text: &str, size| model(text).worst_case(size).as_nanos() as f64 / 1e6;
    assert_eq!(worst("law = \"constant\"\nmean_ms = 3", 1), 3.0);
    assert!((worst("law = \"exponential\"\nmean_ms = 3", 1) - 3.0 * 4.605_170_186).abs() < 1e-6);
    let sigma = 1.25f64.ln().sqrt();
    let lognormal = (3f64.ln() - sigma * sigma / 2.0 + 2.326_347_874 * sigma).exp();
    let text =
        "law = \"lognormal\"\nmean_ms = 3\ncv = 0.5\nbatch_size_max = 2\nbatch_marginal = 0.5";
    assert!((worst(text, 1) - lognormal).abs() < 2e-6);
    assert!((worst(text, 2) - 1.5 * lognormal).abs() < 2e-6);
    assert_eq!(worst(TABLE, 1), 29.0);
    let samples = "law = \"empirical\"\nsamples_ms = [5, 1, 9, 2]";
    assert_eq!(worst(samples, 1), 9.0);
}

#[test]
fn a_table_is_straight_between_its_points() {
    let table = model(TABLE);
    let quantiles = [0.25, 0.5, 0.7, 0.9].map(|share| table.quantile(share, 1));
    assert_eq!(quantiles, [15.0, 20.0, 20.0, 20.0].map(ms));
    // (0.5 of 15) + (0.4 of 20) + (0.1 of 25), and (0.5 of 25) + (0.5 of 45).
    assert_eq!((table.mean(1), table.mean(4)), (ms(18.0), ms(35.0)));
    assert_eq!(table.share_within(ms(9.0), 1), 0.0);
    assert_eq!(table.share_within(ms(30.0), 1), 1.0);
    assert!((table.share_within(ms(20.0), 1) - 0.9).abs() < 1e-12, "all that end at 20 count");
}

#[test]
fn sizes_between_two_of_a_table_lie_on_the_line() {
    let table = model(TABLE);
    assert_eq!(table.quantile(0.5, 2), Duration::from_nanos(23_333_333));
    assert_eq!(table.mean(3), Duration::from_nanos(29_333_333));
    assert_eq!(table.mean(8), ms(70.0), "beyond the last, in proportion");
}

#[test]
fn samples_are_each_as_likely_as_any_other() {
    let model = model("law = \"empirical\"\nsamples_ms = [4, 1.5, 2, 2]\nbatch_marginal = 0.5");
    assert_eq!(model.mean(1), Duration::from_nanos(2_375_000));
    assert_eq!(model.mean(3), ms(4.75));
    let quantiles = [0.2, 0.25, 0.3, 0.75, 0.8].map(|share| model.quantile(share, 1));
    assert_eq!(quantiles, [1.5, 1.5, 2.0, 2.0, 4.0].map(ms));
    assert_eq!(
        [1.4, 1.5, 2.0, 9.0].map(|time| model.share_within(ms(time), 1)),
        [0.0, 0.25, 0.75, 1.0]
    );
}

#[test]
fn few_samples_of_a_file_stand_in_the_text_which_then_stands_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("times.csv"), "ms\n 2.25\n\n1\r\n").unwrap();
    let path = folder.path().join("p.toml");
    let inline = "{ law = \"empirical\", samples_ms = 'times.csv', steps = 2 }";
    let text = format!(
        "version = 1 # of a test\ndefault = {inline}\n[models.a]\nlaw = \"empirical\"\n\
         samples_ms = \"times.csv\" # measured\nload_ms = 3"
    );
    std::fs::write(&path, &text).unwrap();
    let profile = Profile::read(&path).unwrap();
    let samples = "[1.000000, 2.250000]";
    let resolved = text.replace("\"times.csv\"", samples).replace("'times.csv'", samples);
    assert_eq!(profile.text(), resolved);
    assert_eq!(Profile::parse(profile.text()).unwrap(), profile);
    assert_eq!(profile.estimate(profile.model("a").unwrap(), 1), ms(1.625));
}

#[test]
fn many_samples_of_a_file_are_told_by_number_and_digest() {
    let folder = tempfile::tempdir().unwrap();
    let write = |last: u32| {
        let lines: Vec<String> = (1..=1000).chain([last]).map(|ms| ms.to_string()).collect();
        std::fs::write(folder.path().join("times.csv"), lines.join("\n")).unwrap();
    };
    write(7);
    let path = folder.path().join("p.toml");
    let text = "version = 1\n[default]\nlaw = \"empirical\"\nsamples_ms = \"times.csv\"\n";
    std::fs::write(&path, text).unwrap();
    let profile = Profile::read(&path).unwrap();
    let pinned = profile.text().to_owned();
    assert!(pinned.contains("{ file = \"times.csv\", count = 1001, digest = \""), "{pinned}");
    let alone = Profile::parse(&pinned).unwrap_err().to_string();
    assert!(alone.contains("model 'default' in times.csv: this profile is no file"), "{alone}");

    std::fs::write(&path, &pinned).unwrap();
    assert_eq!(Profile::read(&path).unwrap(), profile);
    write(8);
    let changed = Profile::read(&path).unwrap_err().to_string();
    assert!(changed.contains("in times.csv: it holds 1001 samples with digest"), "{changed}");
}

#[test]
fn samples_that_cannot_be_had_are_refused_with_their_file() {
    let folder = tempfile::tempdir().unwrap();
    let error = |samples: &[u8]| {
        std::fs::write(folder.path().join("times.csv"), samples).unwrap();
        let path = folder.path().join("p.toml");
        let text = "version = 1\n[models.m]\nlaw = \"empirical\"\nsamples_ms = \"times.csv\"\n";
        std::fs::write(&path, text).unwrap();
        Profile::read(&path).unwrap_err().to_string()
    };
    let start = "the profile's samples_ms of model 'm' in times.csv: ";
    for (samples, problem) in [
        (&b""[..], "there are no samples"),
        (b"ms\n\n", "there are no samples"),
        (b"ms\n1\nms\n", "line 3 is 'ms'"),
        (b"1,2\n3,4\n", "line 2 is '3,4'"),
        (b"1\nnan\n", "sample 2 is NaN"),
        (b"1\n-2\n", "sample 2 is -2"),
        (b"1\n0\n", "sample 2 is 0"),
        (b"1\n4e6\n", "at most an hour"),
        (b"1\n\xff\n", "not text in UTF-8"),
    ] {
        let error = error(samples);
        assert!(
            error.starts_with(&format!("{start}{problem}")) || error.ends_with(problem),
            "{error}"
        );
    }
    std::fs::remove_file(folder.path().join("times.csv")).unwrap();
    let missing = Profile::read(&folder.path().join("p.toml")).unwrap_err().to_string();
    assert!(missing.starts_with(&format!("{start}cannot read it: ")), "{missing}");
}

#[test]
fn what_has_no_end_is_no_profile() {
    let endless = Path::new("/dev/zero");
    if endless.exists() {
        let error = Profile::read(endless).unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert_eq!(cause, "it has more than 16 MiB");
    }
}

#[test]
fn every_new_field_has_its_rule() {
    let m = "version = 1\n[models.m]\n";
    let constant = "law = \"constant\"\nmean_ms = 1\n";
    let table = |batches: &str| format!("{m}law = \"table\"\nbatches = [{batches}]");
    let of_one =
        |quantiles: &str| table(&format!("{{ size = 1, quantiles_ms = {{ {quantiles} }} }}"));
    let sound = "{ size = 1, quantiles_ms = { p0 = 1, p100 = 2 } }";
    for (text, words) in [
        (format!("{m}{constant}batch_wait_ms = -1"), "batch_wait_ms of model 'm' is -1"),
        (format!("{m}{constant}load_ms = nan"), "load_ms of model 'm' is NaN; it must be from 0"),
        (format!("{m}{constant}load_ms = 1e7"), "load_ms"),
        (format!("{m}{constant}memory_mb = 2000000000"), "at most 1000000000"),
        (format!("{m}{constant}memory_mb = -1"), "memory_mb"),
        (format!("{m}{constant}steps = 0"), "steps of model 'm' is 0; it must be from 1 to 36000"),
        (
            format!("{m}{constant}batches = [{sound}]"),
            "batches of model 'm' is given; it must be left",
        ),
        (format!("{m}{constant}samples_ms = [1]"), "samples_ms of model 'm' is given"),
        (format!("{m}law = \"constant\""), "mean_ms of model 'm' is missing"),
        (format!("{m}law = \"table\""), "batches of model 'm' is missing"),
        (table("{ size = 2, quantiles_ms = { p0 = 1, p100 = 2 } }"), "of size 2 and up"),
        (table("{ size = 0, quantiles_ms = { p0 = 1, p100 = 2 } }"), "of size 0 and up"),
        (table(&format!("{sound}, {sound}")), "of size 1 twice"),
        (table(&format!("{sound}]\nbatch_size_max = 2 #")), "batch_size_max of model 'm' is 2"),
        (table(&format!("{sound}]\nbatch_marginal = 0.5 #")), "batch_marginal of model 'm' is 0.5"),
        (
            table(&format!("{sound}]\nmean_ms = 1.4 #")),
            "mean_ms of model 'm' is 1.4; it must be left out, or 1.5",
        ),
        (of_one("p50 = 1"), "quantiles_ms of size 1 of model 'm' is open"),
        (of_one("p0 = 1, p50 = 2"), "open"),
        (of_one(""), "open"),
        (
            of_one("p0 = 1, p50 = 3, p100 = 2"),
            "is 3 at p50 and 2 at p100; it must be never falling",
        ),
        (of_one("p0 = 1, p50 = 2, \"p50.0\" = 2, p100 = 2"), "p50 twice"),
        (of_one("p0 = 1, p101 = 2"), "is p101; it must be by percentiles"),
        (of_one("p0 = 1, pnan = 2, p100 = 3"), "is pnan"),
        (of_one("p0 = 1, 50 = 2, p100 = 3"), "is 50"),
        (of_one("p0 = 0, p100 = 3"), "quantiles_ms of size 1, p0, of model 'm' is 0"),
        (of_one("p0 = 1, p100 = nan"), "is NaN"),
        (format!("{m}law = \"empirical\""), "samples_ms of model 'm' is missing"),
        (format!("{m}law = \"empirical\"\nsamples_ms = []"), "no samples"),
        (format!("{m}law = \"empirical\"\nsamples_ms = [1, nan]"), "sample 2 is NaN"),
        (format!("{m}law = \"empirical\"\nsamples_ms = 5"), "[12.5, 13.1], or the name of a file"),
        (format!("{m}law = \"empirical\"\nsamples_ms = [1, \"a\"]"), "a"),
        (format!("{m}law = \"empirical\"\nsamples_ms = [1, 3]\nmean_ms = 2.01"), "or 2, as the"),
    ] {
        let error = error(&text);
        assert!(error.contains(words), "{text}\ndoes not say {words:?}:\n{error}");
    }
    // Four digits of a mean are enough.
    Profile::parse(&format!("{m}law = \"empirical\"\nsamples_ms = [1, 3]\nmean_ms = 2.001"))
        .unwrap();
}

#[test]
fn more_models_than_numbers_are_refused() {
    let models: String =
        (0..65_536).map(|n| format!("m{n}={{law='constant',mean_ms=1}}\n")).collect();
    assert!(error(&format!("version = 1\n[models]\n{models}")).contains("names 65536 models"));
}

#[test]
fn a_constant_time_is_the_nearest_whole_ns() {
    let text = "version = 1\n[default]\nlaw = \"constant\"\nmean_ms = 1.001";
    let profile = Profile::parse(text).unwrap();
    let model = profile.model("any").unwrap();
    let times = profile.service_times(Seed(1));
    assert_eq!(times.draw(model, request::RequestId(0), 1), Duration::from_nanos(1_001_000));
    assert_eq!(profile.estimate(model, 1), Duration::from_nanos(1_001_000));
}
