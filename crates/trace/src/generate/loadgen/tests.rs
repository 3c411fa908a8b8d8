use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use super::*;

/// What benches/scripts/loadgen_vectors.py took down.
#[derive(serde::Deserialize)]
struct Recorded {
    schedules: Vec<RecordedSchedule>,
}

#[derive(serde::Deserialize)]
struct RecordedSchedule {
    seed: u64,
    qps: f64,
    min_duration_ms: i64,
    min_query_count: u64,
    count: u64,
    first_ns: Vec<i64>,
    last_ns: Vec<i64>,
    /// Of all arrivals as 64-bit little-endian numbers.
    sha256: String,
}

#[test]
fn the_schedule_is_that_of_the_real_loadgen() {
    let text = include_str!("../../../tests/data/loadgen/schedules.json");
    let recorded: Recorded = serde_json::from_str(text).unwrap();
    assert_eq!(recorded.schedules.len(), 11);
    for expected in recorded.schedules {
        let RecordedSchedule { seed, qps, min_duration_ms, min_query_count, .. } = expected;
        let case = format!("seed {seed}, qps {qps}");
        let duration_ns = min_duration_ms * 1_000_000;
        let drawn: Vec<i64> =
            LoadgenSchedule::new(seed, qps, duration_ns, min_query_count).collect();
        assert!(drawn.starts_with(&expected.first_ns), "{case}");
        assert!(drawn.ends_with(&expected.last_ns), "{case}");
        assert_eq!(drawn.len() as u64, expected.count, "{case}");
        let mut hash = Sha256::new();
        drawn.iter().for_each(|arrival| hash.update(arrival.to_le_bytes()));
        let digest: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digest, expected.sha256, "{case}");
    }
}

/// ISO C++ [rand.predef] asks this of `std::mt19937`.
#[test]
fn the_generator_is_std_mt19937() {
    let mut random = Mt::new(5489);
    let tenth_thousand = (0..10_000).map(|_| random.next_u32()).last();
    assert_eq!(tenth_thousand, Some(4_123_659_995));
}

/// LoadGen goes on while the last arrival is before the duration.
#[test]
fn an_arrival_on_the_end_is_the_last() {
    let last = |duration_ns| LoadgenSchedule::new(0, 4.0, duration_ns, 1).last();
    assert_eq!(last(689_541_150), Some(689_541_150));
    assert_eq!(last(689_541_151), Some(1_177_427_484));
}

#[test]
fn the_uniform_number_is_below_one() {
    assert_eq!(rest(0, 0), 1.0);
    assert_eq!(rest(0, 1 << 31), 0.5);
    // Both round to 1 before they are brought below it.
    assert_eq!(rest(u32::MAX, u32::MAX), f64::EPSILON / 2.0);
    assert_eq!(rest(u32::MAX - 1023, u32::MAX), f64::EPSILON / 2.0);
}

#[test]
fn a_rate_that_could_not_end_has_no_arrivals() {
    for qps in [0.0, -0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1.1e9, f64::MAX] {
        assert_eq!(LoadgenSchedule::new(0, qps, 1_000_000_000, 5).next(), None, "{qps}");
    }
}

#[test]
fn the_greatest_rate_ends() {
    let last = LoadgenSchedule::new(0, QPS_MAX, 1_000_000, 1).last();
    assert!(last.is_some_and(|last| (1_000_000..1_000_040).contains(&last)), "{last:?}");
}

#[test]
fn time_that_runs_out_stands_still() {
    let arrivals: Vec<i64> = LoadgenSchedule::new(0, 1e-300, i64::MAX, 3).collect();
    assert_eq!(arrivals, [0, i64::MAX, i64::MAX]);
    let mut ended = LoadgenSchedule::new(0, 1.0, 0, 0);
    assert_eq!((ended.next(), ended.next()), (None, None));
}

/// Arguments at the ends, and nine where glibc 2.36 rounds the wrong way because the logarithm is
/// close to the middle of two numbers. The expected values are from Python's decimal module, with
/// 70 digits.
#[test]
fn logarithms_are_rounded_correctly() {
    let cases = [
        (1.1102230246251565e-16, -36.7368005696771),
        (0.9999999999999999, -1.1102230246251565e-16),
        (0.5, -std::f64::consts::LN_2),
        (0.75, -0.2876820724517809),
        (0.7499999999999999, -0.28768207245178107),
        (1.0, 0.0),
        (6.053596735000611e-10, -21.225198332890812),
        (0.7262417456500755, -0.3198723365947881),
        (0.6376070915502954, -0.45003302931218786),
        (0.05909634160198096, -2.8285862583138153),
        (0.9033907198556762, -0.1016001282787786),
        (0.5265009788132612, -0.6415020883153217),
        (0.2953380613074732, -1.2196346082315248),
        (0.776378169946157, -0.2531155451019479),
        (0.7348539361469343, -0.3080835258486957),
        (0.6106412782171106, -0.49324559825241476),
    ];
    for (x, expected) in cases {
        assert_eq!(ln_rounded(x), expected, "{x:e}");
    }
}

/// The fast logarithm alone gives other gaps here.
#[test]
fn a_gap_next_to_a_whole_nanosecond_is_cut_on_the_right_side() {
    let cases = [
        (0.09376565642764512, 0.02, 118_347_831_309),
        (0.08961666375542987, 0.02, 120_610_699_844),
        (0.344183856780633, 0.5, 2_133_158_593),
        (0.29985291286727866, 0.5, 2_408_926_429),
    ];
    for (rest, qps, expected) in cases {
        assert_eq!(gap_ns(rest, qps), expected, "{rest:e}");
        assert_ne!((-libm::log(rest) / qps * 1e9) as i64, expected, "{rest:e}");
    }
}

proptest! {
    #[test]
    fn the_fast_way_and_the_exact_way_agree(
        word in 1..=1_u64 << 53,
        qps_log10 in -4.0..9.0_f64,
    ) {
        let (rest, qps) = (word as f64 / (1_u64 << 53) as f64, libm::pow(10.0, qps_log10));
        prop_assert_eq!(gap_ns(rest, qps), (-ln_rounded(rest) / qps * 1e9) as i64);
    }
}
