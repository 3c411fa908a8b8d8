//! Single values: a byte for what it is, then its text. Dates, decimals, maps, factors, lengths.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trace::import::{Mapping, Options, TimeScale};
use trace::{Length, RateScale};
use trace_record::SloClasses;

fuzz_target!(|data: &[u8]| {
    let [what, rest @ ..] = data else { return };
    let Ok(text) = str::from_utf8(rest) else { return };
    let unit = ["ns", "us", "ms", "s", "datetime"];
    match usize::from(*what) % 12 {
        unit_index @ 0..5 => {
            let map = format!("arrival=t:{}", unit[unit_index]);
            let quoted = text.replace('"', "\"\"");
            // Beside a sound one, so that differences of times are taken too.
            let sound = if unit_index == 4 { "2023-11-16 18:15:46.68" } else { "17.5" };
            let source = format!("t,x\n\"{quoted}\",1\n\"{sound}\",2\n");
            import(&source, &map);
        }
        5 => {
            if let Ok(map) = text.parse::<Mapping>() {
                let options = Options { map: vec![map], ..Options::new("t") };
                fuzz::imported::check(b"t,tier,d\n1,1,2\n2,3,9\n", &options);
            }
        }
        6 => {
            if let Ok(scale) = text.parse::<TimeScale>().map_err(fuzz::sound::show) {
                let again: TimeScale = scale.to_string().parse().expect("it is what it shows");
                assert_eq!(again, scale);
                let options = Options { time_scale: scale, ..Options::new("t") };
                fuzz::imported::check(TIMES.as_bytes(), &options);
            }
        }
        7 => {
            if let Ok(length) = text.parse::<Length>().map_err(fuzz::sound::show) {
                let again: Length = length.to_string().parse().expect("it is what it shows");
                assert_eq!(again, length);
            }
        }
        8 => {
            if let Ok(classes) = text.parse::<SloClasses>().map_err(fuzz::sound::show) {
                let again: SloClasses = classes.to_string().parse().expect("it is what it shows");
                assert_eq!(again, classes);
            }
        }
        9 => {
            let _ = text.parse::<RateScale>().map_err(fuzz::sound::show);
        }
        10 => {
            // A number within JSON, which is not the same language.
            import(&format!("{{\"t\": {text}, \"x\": 1}}\n"), "arrival=t:s");
        }
        _ => import(&format!("{{\"t\": \"1\", \"x\": {text}}}\n"), "arrival=t:s"),
    }
});

/// The ends of the range, and a pair that any factor below one makes one moment.
const TIMES: &str = "{\"timestamp\": 0, \"input_length\": 1, \"output_length\": 1}
{\"timestamp\": 0.000001}
{\"timestamp\": 9223372036854}
";

fn import(source: &str, map: &str) {
    let map = vec![map.parse::<Mapping>().expect("it is one")];
    fuzz::imported::check(source.as_bytes(), &Options { map, ..Options::new("t") });
}
