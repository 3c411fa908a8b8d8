//! The same trace, policy, profile and seed give the same bytes.

use crate::support::Fixture;

const POLICIES: &str = "edf,fifo,priority,edf:late=drop";

const TABLES: [&str; 4] = ["edf.arrow", "fifo.arrow", "priority.arrow", "edf-late-drop.arrow"];

#[test]
fn twice_and_on_any_number_of_threads_the_bytes_are_the_same() {
    let fixture = Fixture::new();
    let run = |folder: &str, flags: &[&str]| {
        let arguments = [&["t.arrow", "--policy", POLICIES, "-o", folder], flags].concat();
        let stdout = fixture.stdout(&arguments).replace(folder, "FOLDER");
        (stdout, TABLES.map(|table| fixture.bytes(&format!("{folder}/{table}"))))
    };
    let once = run("once", &[]);
    assert!(once == run("twice", &[]), "two runs differ");
    for threads in ["1", "2"] {
        let threaded = run(&format!("threads-{threads}"), &["--threads", threads]);
        assert!(once == threaded, "{threads} threads change the result");
    }
    let [edf, fifo, ..] = &once.1;
    assert!(edf != fifo, "the policy must matter, or this test sees nothing");
}

#[test]
fn every_format_is_the_same_twice() {
    let fixture = Fixture::new();
    for extension in ["arrow", "parquet", "csv"] {
        let tables = ["one", "two"].map(|name| {
            let name = format!("{name}.{extension}");
            fixture.stdout(&["t.arrow", "-o", &name]);
            fixture.bytes(&name)
        });
        assert!(tables[0] == tables[1], "two runs differ in .{extension}");
    }
}

#[test]
fn another_seed_draws_other_service_times() {
    let fixture = Fixture::new();
    fixture.stdout(&["t.arrow", "--seed", "1", "-o", "one.arrow"]);
    fixture.stdout(&["t.arrow", "--service-seed", "2", "-o", "two.arrow"]);
    assert!(fixture.table("one.arrow").1 != fixture.table("two.arrow").1);
}
