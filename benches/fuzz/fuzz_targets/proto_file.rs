//! Protos: the name of a method, a zero byte, then a text, or a zero byte and an encoded set of
//! descriptors. Of a method that is found, requests and replies.
#![no_main]

use fuzz::requests::{Nobody, check, traffic};
use libfuzzer_sys::fuzz_target;
use targets::{Map, Method, Target};

fuzz_target!(|data: &[u8]| {
    let (name, proto) = fuzz::halves(data);
    let Ok(name) = str::from_utf8(name) else { return };
    let method = match proto {
        [0, set @ ..] => Method::from_descriptor_set(set, name),
        text => Method::from_files(&[fuzz::put("t.proto", text)], &[], name),
    };
    let Ok(method) = method.map_err(fuzz::sound::show) else { return };
    assert!(method.path().starts_with('/') && !method.describe().is_empty());
    let message = method.request();
    // A map for the first field, if it takes any of these.
    let first = message.fields().next().map(|field| field.name().to_owned()).unwrap_or_default();
    for value in ["", "'{tier}'", "'{deadline_ns}'", "'{tensor}'", "'{shape}'", "true", "'x'"] {
        let entry = if value.is_empty() { String::new() } else { format!("'{first}' = {value}") };
        let Ok(map) = Map::parse(&format!("[request]\n{entry}"), "m.toml") else { return };
        let target = Target::proto(method.clone(), map);
        if let Ok(protocol) = target.bind(&traffic(), &mut Nobody).map_err(fuzz::sound::show) {
            check(&protocol, &message);
        }
    }
});
