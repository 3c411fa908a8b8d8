//! The traces in `traces/` are what the generator makes, byte for byte.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use request::Seed;
use trace::{Amounts, BatchSize, TraceReader, Workload, WorkloadFile, generate_to};

const SEED: Seed = Seed(42);

/// Workload and digest. A digest changes only with the format's version, since it does not depend
/// on the libraries that lay out the file.
const DIGESTS: [(&str, &str); 3] = [
    ("balanced", "3c180c5899a1290a45cf03edc2789cddb66e23036f02ec835a00d9919dd863da"),
    ("urgent_heavy", "8c94be9decafe1e3f13c1d21d4bc0a944e0628774d800b318a4743938d4a84f2"),
    ("batch_heavy", "7964cbaa5b7e584bd13b02433cf30f462e35945545d2df3ec07aa47caf770415"),
];

fn canonical(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../traces"))
        .join(format!("{name}.arrow"))
}

#[test]
fn the_canonical_traces_are_made_again() {
    for (name, digest) in DIGESTS {
        let workload = Workload::built_in(name).unwrap();
        let found = fs::read(canonical(name)).unwrap();
        for threads in [1, 2] {
            let made = generate_to(Vec::new(), &workload, SEED, threads, |_, _| {}).unwrap();
            assert_eq!(made.digest, digest, "{name}, {threads} threads");
            assert!(
                made.out == found,
                "traces/{name}.arrow is not what {threads} threads make; run `cargo run -p trace \
                 -- gen --seed 42` and read the difference"
            );
        }
    }
}

#[test]
fn the_canonical_traces_are_sound() {
    for (name, digest) in DIGESTS {
        let reader = TraceReader::open(&canonical(name)).unwrap();
        reader.verify_digest().unwrap();
        assert_eq!(reader.header().digest, digest);
        assert_eq!(reader.header().seed, SEED);
        assert_eq!(reader.header().workload, Workload::built_in(name).unwrap());
    }
}

/// How requests come, rate over time, digest of ten seconds of it. They guard what the canonical
/// traces do not use: a change of one is a change of the format's version.
const PROCESSES: [(&str, Option<&str>, &str); 12] = [
    ("constant", None, "4ffa0dcef79247ce2013b0a4319871e46c9b5e4c56935d5d3c63a98f64ff77f8"),
    (
        "uniform:jitter=0.5",
        None,
        "145bbf49ac3801fcd5cf90ececd8f60fb2348a85ef0986f4483ddc94564c9577",
    ),
    ("gamma:cv=3", None, "a66fe609d68897ccdacdb5cd6a0834eedd82aa56ecd1997a4262e84e01c7d0d2"),
    ("gamma:cv=0.3", None, "69ca1f665fc07f90ee753ab3cf983dfc4c5db0297fb4bce665d6061abc4b653f"),
    ("weibull:cv=2", None, "280fe3816ac876c55c1267410d541f52d7a9ff67dec3c99dedeb3782e8eec231"),
    (
        "on_off:on=1s,off=2s",
        None,
        "e67e8479b33e7ca82161493bcaff4fddce45ca4f5a9b0ee12fd95b8196e6add8",
    ),
    (
        "on_off:on=1s,off=1s,off_rate=0.1,shared=true,dwell=constant",
        None,
        "c89bdbbcfd01467b07152d420c18b39030dd766b41b12b55503ccafbaa22e6db",
    ),
    (
        "loadgen:schedule_seed=7",
        None,
        "b92aa9daa194deb58f30faa0bf4d217f81fe0fb828231f1d413906f6ed1df8ac",
    ),
    (
        "poisson",
        Some("0-3:10,3-4:0,4-10:50"),
        "d809ab72ef069668ed3a658b7104c6bb7dee4b53330a653a495e92c385afdf84",
    ),
    (
        "poisson",
        Some("ramp:from=10,to=100"),
        "6b0aa3a6eb07889e1d7c57549b766929f1fcb661bc47c0cecd393ff5e8f0e91b",
    ),
    (
        "poisson",
        Some("sinusoid:period=3s,amplitude=0.9"),
        "f6b1a6c2e640940402a143421bb5215de51b975fedc0aee53f3cf87b746b45a5",
    ),
    (
        "on_off:on=1s,off=2s",
        Some("sinusoid:period=3s,amplitude=1"),
        "c3be74f643e4208ab11bb184db6febce99b10a42b01b3fd3465568da6d22a942",
    ),
];

#[test]
fn every_process_is_drawn_as_it_always_was() {
    for (arrivals, rate, digest) in PROCESSES {
        let amounts = Amounts {
            total_qps: Some(500.0),
            duration: Some(Duration::from_secs(10)),
            arrivals: Some(arrivals.parse().unwrap()),
            rate: rate.map(|rate| rate.parse().unwrap()),
            ..Amounts::default()
        };
        let file = WorkloadFile::built_in("balanced").unwrap();
        let mut workload = file.workload(&amounts).unwrap();
        if arrivals.starts_with("weibull") {
            workload.arrivals.batch = Some(BatchSize::Geometric { mean: 2.5 });
        }
        for threads in [1, 2] {
            let made = generate_to(Vec::new(), &workload, SEED, threads, |_, _| {}).unwrap();
            assert_eq!(made.digest, digest, "{arrivals} {rate:?}");
        }
    }
}
