use std::time::Duration;

use cluster::{Emulation, Profile, Workers};
use request::{Seed, Tier};
use trace::{RateScale, TraceReader, Workload, generate_to};

use super::*;
use crate::{Recorder, Setting, simulate_trace};

/// Batches, loading, boundaries at which a batch can stop.
const PROFILE: &str = "version = 1\n[default]\nlaw = \"exponential\"\nmean_ms = 12\n\
    batch_size_max = 4\nbatch_marginal = 0.4\nload_ms = 3\nmemory_mb = 10\nsteps = 6\n\
    [models.vit]\nlaw = \"constant\"\nmean_ms = 30\nload_ms = 5\nmemory_mb = 10\nsteps = 10\n";

/// Room for one model; one worker fails for a while, the other for ever.
const WORKERS: &str = "version = 1\nlost = \"LOST\"\n[[workers]]\ncount = 3\nmemory_mb = 15\n\
    [[outages]]\nworker = 0\nfrom_ms = 300\nto_ms = 700\n\
    [[outages]]\nworker = 1\nfrom_ms = 900.5\n";

/// A simulation of two seconds in which everything happens.
fn simulation(policy: &str, lost: &str) -> (Simulation, ReportRecorder) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.arrow");
    let mut workload = Workload::built_in("urgent_heavy").unwrap().with_tensor_shape(&[1, 4]);
    workload.total_qps = 100.0;
    workload.duration = Duration::from_secs(2);
    let bytes = generate_to(Vec::new(), &workload, Seed(7), 1, |_, _| {}).unwrap().out;
    std::fs::write(&path, bytes).unwrap();
    let trace = TraceReader::open(&path).unwrap();
    let emulation = Emulation {
        workers: Workers::parse(&WORKERS.replace("LOST", lost)).unwrap(),
        profile: Profile::parse(PROFILE).unwrap(),
        seed: Seed(42),
    };
    let rate_scale: RateScale = "1".parse().unwrap();
    let setting = Setting { trace: &trace, rate_scale, limit: None, emulation: &emulation };
    let mut record = ReportRecorder::default();
    let mut recorders: [&mut dyn Recorder; 1] = [&mut record];
    let policy = policy::by_name(policy).unwrap();
    (simulate_trace(setting, policy, &mut recorders).unwrap(), record)
}

#[test]
fn what_is_drawn_is_what_was_counted() {
    for (policy, lost) in
        [("edf:preempt=on", "retry"), ("edf:preempt=on", "fail"), ("fifo:late=drop", "fail")]
    {
        let (Simulation { summary, gauges }, record) = simulation(policy, lost);
        let waiting: i128 = record.waiting.areas().sum();
        assert_eq!(waiting, gauges.queue.waiting_area.cast_signed(), "{policy}, {lost}");
        let busy: Duration = gauges.workers.iter().map(|worker| worker.busy()).sum();
        assert_eq!(record.busy.areas().sum::<i128>(), busy.as_nanos().cast_signed());

        for tier in Tier::ALL {
            let of_tier = || summary.classes.iter().filter(|(class, _)| class.tier == tier);
            let parts = || record.met[&tier].parts().iter();
            let count: u64 = of_tier().map(|(_, class)| class.count).sum();
            let met: u64 = of_tier().map(|(_, class)| class.slo_met).sum();
            assert_eq!(parts().map(|part| part.count).sum::<u64>(), count);
            assert_eq!(parts().map(|part| part.met).sum::<u64>(), met);
        }
        for (class, of_class) in &summary.classes {
            let slo = summary.info.slos.iter().position(|slo| *slo == class.slo).unwrap();
            let record = &record.classes[&(class.tier, slo as u16)];
            let served = record.latencies.bins().last().map_or(0, |bin| bin.count_to);
            assert_eq!(served, of_class.ok);
            assert!(record.slo.is_some());
        }
    }
    let (simulation, _) = simulation("edf:preempt=on", "retry");
    let workers = || simulation.gauges.workers.iter();
    let (preempted, lost): (u64, u64) =
        (workers().map(|w| w.preempted).sum(), workers().map(|w| w.lost).sum());
    assert!(preempted > 0 && lost > 0, "otherwise this test sees nothing of them");
}

#[test]
fn policies_share_their_axes_and_differ_in_their_lines() {
    let (simulations, records): (Vec<_>, Vec<_>) =
        ["edf", "fifo", "sjf"].map(|policy| simulation(policy, "retry")).into_iter().unzip();
    let html = html(&simulations, &records);
    for line in ["line c0 d0", "line c1 d1", "line c2 d2"] {
        // Latency of nine classes, attainment of three tiers, waiting and busy.
        assert_eq!(html.matches(&format!("<path class=\"{line}\"")).count(), 9 + 3 + 2, "{line}");
    }
    assert_eq!(html.matches("<figure>").count(), 5);
}

#[test]
fn names_from_outside_are_only_texts() {
    let (mut simulation, record) = simulation("edf", "retry");
    let info = &mut simulation.summary.info;
    for text in [&mut info.subject, &mut info.trace_name, &mut info.trace_digest] {
        *text = "<script>&\"".to_owned();
    }
    info.parameters.insert("profile".to_owned(), "</pre><script>".to_owned());
    let html = html(&[simulation], &[record]);
    assert!(!html.contains("<script"), "it is not spelt out");
    assert!(html.contains("&lt;script&gt;&amp;&quot;"));
}
