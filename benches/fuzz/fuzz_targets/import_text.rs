//! Sources of text: a byte for the kind, one for the options, the source.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trace::import::{self, Kind, Mapping, Options, TimeScale};

const KINDS: [Option<Kind>; 9] = [
    None,
    Some(Kind::AzureLlm2023),
    Some(Kind::Mooncake),
    Some(Kind::BurstGpt),
    Some(Kind::Loadgen),
    Some(Kind::Predecessor),
    Some(Kind::Outcome),
    Some(Kind::Csv),
    Some(Kind::JsonLines),
];

const MAPS: [&[&str]; 8] = [
    &[],
    &["arrival=t:s"],
    &["arrival=t:ms", "tier=tier", "slo=slo", "model=model"],
    &["arrival=t:us", "deadline=d:us", "id=id"],
    &["arrival=t:ns", "slo_length=d:ms", "slo=slo"],
    &["arrival=t:datetime", "deadline=d:datetime"],
    &["arrival=timestamp:ms", "model=-"],
    &["arrival=arrival_ns", "deadline=deadline_ns", "id=-"],
];

fuzz_target!(|data: &[u8]| {
    let [kind, choice, source @ ..] = data else { return };
    let (choice, map) = (usize::from(*choice), MAPS[usize::from(*choice) % MAPS.len()]);
    let map = map.iter().map(|entry| entry.parse::<Mapping>().expect("it is one")).collect();
    let options = Options {
        kind: KINDS[usize::from(*kind) % KINDS.len()],
        map,
        time: [None, None, Some(import::Time::Sent), Some(import::Time::Arrival)][choice >> 3 & 3],
        run: (choice >> 5 & 1 == 1).then_some(1),
        keep_offset: choice >> 6 & 1 == 1,
        time_scale: ["1", "1/3"][choice >> 7].parse::<TimeScale>().expect("it is one"),
        limit: (kind >> 7 == 1).then_some(3),
        ..Options::new("t")
    };
    fuzz::imported::check(source, &options);
});
