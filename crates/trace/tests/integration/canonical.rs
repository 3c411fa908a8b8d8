//! The traces in `traces/` are what the generator makes, byte for byte.

use std::fs;
use std::path::PathBuf;

use request::Seed;
use trace::{TraceReader, Workload, generate_to};

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
