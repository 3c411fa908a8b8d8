//! What the command prints.

use crate::support::Fixture;

#[test]
fn help_has_examples_and_exit_codes() {
    snapbox::assert_data_eq!(
        Fixture::new().stdout(&["--help"]),
        snapbox::file!["snapshots/help.txt"]
    );
}

/// Virtual time: the numbers are the same on every machine.
#[test]
fn three_policies_stand_side_by_side() {
    snapbox::assert_data_eq!(
        Fixture::new().stdout(&["t.arrow", "--policy", "edf,fifo,priority", "-o", "out"]),
        snapbox::file!["snapshots/policies.txt"]
    );
}

#[test]
fn one_policy_prints_its_summary_and_its_cluster() {
    snapbox::assert_data_eq!(
        Fixture::new().stdout(&["t.arrow", "-o", "run.arrow"]),
        snapbox::file!["snapshots/one.txt"]
    );
}

#[test]
fn json_is_a_list_with_an_entry_for_each_policy() {
    let fixture = Fixture::new();
    let stdout = fixture.stdout(&["t.arrow", "--policy", "edf,fifo", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    let entries = json.as_array().unwrap();
    assert_eq!(entries.len(), 2);
    assert!(entries.iter().all(serde_json::Value::is_object), "{stdout}");
    assert_ne!(entries[0], entries[1]);
}

#[test]
fn policies_are_listed_with_what_they_take() {
    let fixture = Fixture::new();
    snapbox::assert_data_eq!(
        fixture.stdout(&["policies"]),
        snapbox::file!["snapshots/policies_listed.txt"]
    );
    let json: serde_json::Value =
        serde_json::from_str(&fixture.stdout(&["policies", "--json", "edf"])).unwrap();
    assert_eq!(json[0]["name"], "edf");
    assert_eq!(json[0]["parameters"][0]["name"], "late");
    snapbox::assert_data_eq!(
        fixture.stdout(&["policies", "--help"]),
        snapbox::file!["snapshots/policies_help.txt"]
    );
}
