//! Whatever a server says before a run: a byte for what it is asked, then its answers.
#![no_main]

use fuzz::requests::{Answers, traffic};
use libfuzzer_sys::fuzz_target;
use targets::{Map, Target};

fuzz_target!(|data: &[u8]| {
    let [way, answers @ ..] = data else { return };
    let preset = |name| targets::preset(name).expect("it is built in");
    let target = match way % 4 {
        0 => Target::kserve(preset("triton")),
        1 => Target::kserve(preset("v2")),
        2 => Target::kserve(
            Map::parse("[request]\n'inputs[0].name' = 'x'", "m.toml").expect("it is a map"),
        ),
        _ => Target::reflection("kinds.Kinds/Call".to_owned(), Map::default()),
    };
    let protocol = target.bind(&traffic(), &mut Answers(answers)).map_err(fuzz::sound::show);
    if let Ok(protocol) = protocol {
        protocol.notes().iter().for_each(|note| drop(fuzz::sound::show(note)));
    }
});
