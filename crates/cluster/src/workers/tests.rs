use super::*;

fn error(text: &str) -> String {
    let error = Workers::parse(text).unwrap_err();
    let cause = std::error::Error::source(&error).map(ToString::to_string);
    format!("{error}: {}", cause.unwrap_or_default())
}

fn with(lines: &str) -> String {
    format!("version = 1\n{lines}\n")
}

const PROFILE: &str = "version = 1
[models.big]
law = \"constant\"
mean_ms = 1
memory_mb = 800
[models.small]
law = \"constant\"
mean_ms = 1
memory_mb = 300
";

fn check(lines: &str, models: &[&str]) -> Result<(), String> {
    let profile = Profile::parse(PROFILE).unwrap();
    let workers = Workers::parse(&with(lines)).unwrap();
    let models: Vec<_> = models.iter().map(|name| profile.model(name).unwrap()).collect();
    workers.check_models(&profile, models).map_err(|error| error.to_string())
}

#[test]
fn groups_become_workers_in_order() {
    let workers = Workers::parse(&with(
        "lost = \"fail\"
        [[workers]]
        count = 2
        speed = 0.5
        [[workers]]
        memory_mb = 16000
        models = [\"resnet50\"]
        [[outages]]
        worker = 2
        from_ms = 10.5
        to_ms = 20",
    ))
    .unwrap();
    assert_eq!((workers.count(), workers.retry()), (3, false));
    let slowness: Vec<_> = workers.specs().iter().map(WorkerSpec::slowness_ppm).collect();
    assert_eq!(slowness, [2_000_000, 2_000_000, 1_000_000]);
    let odd = WorkerSpec { speed: 1.5, ..workers.specs()[2].clone() };
    assert_eq!(odd.slowness_ppm(), 666_667);
    assert_eq!(workers.specs()[2].pinned.as_deref(), Some(&["resnet50".to_owned()][..]));
    let (worker, from) = (WorkerId(2), Moment::from_nanos(10_500_000));
    let to = Some(Moment::from_nanos(20_000_000));
    assert_eq!(workers.outages(), [Outage { worker, from, to }]);
    assert_eq!(Workers::parse(workers.text()).unwrap(), workers);
}

#[test]
fn a_number_is_so_many_equal_workers() {
    assert_eq!("3".parse::<Workers>().unwrap(), Workers::equal(3));
    for text in ["0", "100001", "99999999999999999999"] {
        let error = text.parse::<Workers>().unwrap_err().to_string();
        assert!(error.contains("takes 1 to 100000"), "{error}");
    }
    let error = "no/such/file.toml".parse::<Workers>().unwrap_err().to_string();
    assert!(error.contains("no/such/file.toml") && error.contains("a number or a file"), "{error}");
}

#[test]
fn values_that_make_no_sense_are_refused_by_place() {
    let one = "[[workers]]\n";
    let refused = [
        ("version = 2\nworkers = []", "version 2"),
        (&with("workers = []"), "takes 1 to"),
        (&with("[[workers]]\ncount = 0"), "takes 1 to"),
        (&with("[[workers]]\n[[workers]]\nspeed = 0"), "[[workers]] 2: speed is 0"),
        (&with("[[workers]]\nspeed = nan"), "NaN"),
        (&with("[[workers]]\nmemory_mb = 0"), "memory_mb"),
        (&with("[[workers]]\nmodels = []"), "models is empty"),
        (&with("[[workers]]\nsped = 1"), "sped"),
        (&with("lost = \"maybe\"\n[[workers]]"), "maybe"),
        (&with(&format!("{one}[[outages]]\nworker = 1\nfrom_ms = 0")), "worker is 1"),
        (&with(&format!("{one}[[outages]]\nworker = 0\nfrom_ms = -1")), "from_ms is -1"),
        (&with(&format!("{one}[[outages]]\nworker = 0\nfrom_ms = 5\nto_ms = 5")), "after from_ms"),
        (
            &with(&format!(
                "{one}[[outages]]\nworker = 0\nfrom_ms = 5\n[[outages]]\nworker = 0\nfrom_ms = 9"
            )),
            "worker 0 overlap",
        ),
    ];
    for (text, reason) in refused {
        assert!(error(text).contains(reason), "{text}: {}", error(text));
    }
}

#[test]
fn a_model_must_fit_somewhere() {
    assert_eq!(check("[[workers]]\nmemory_mb = 800", &["big", "small"]), Ok(()));
    assert_eq!(check("[[workers]]\nmemory_mb = 799", &["small"]), Ok(()));
    assert!(check("[[workers]]\nmemory_mb = 799", &["big"]).unwrap_err().contains("'big'"));
    let pinned = "[[workers]]\nmodels = [\"small\"]";
    assert!(check(pinned, &["big"]).unwrap_err().contains("'big'"));
    assert_eq!(check(&format!("{pinned}\n[[workers]]"), &["big"]), Ok(()));
    let two = "[[workers]]\nmemory_mb = 1000\nmodels = [\"small\", \"big\"]";
    assert!(check(two, &[]).unwrap_err().contains("1100 MB, and it has 1000"));
    assert!(check("[[workers]]\nmodels = [\"tiny\"]", &[]).unwrap_err().contains("does not know"));
}

#[test]
fn a_slow_worker_takes_longer() {
    assert_eq!(slowed_ns(1_000, 1_000_000), 1_000);
    assert_eq!(slowed_ns(1_000, 2_000_000), 2_000);
    assert_eq!(slowed_ns(1, 1_000), 1);
}
