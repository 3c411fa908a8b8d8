//! What two headers say differently, field by field.

use serde_json::{Map, Value, json};

use super::FieldDifference;
use crate::header::Header;

pub(super) fn differences(headers: [&Header; 2]) -> Vec<FieldDifference> {
    let mut found = Vec::new();
    compare(String::new(), headers.map(to_json), &mut found);
    found
}

/// The header without what is compared otherwise.
fn to_json(header: &Header) -> Value {
    let shape = |model: &crate::ModelSpec| (model.name.clone(), json!(model.shape));
    json!({
        "workload": header.workload,
        "seed": header.seed.0,
        "slos": header.slos,
        "shapes": header.models.iter().map(shape).collect::<Map<_, _>>(),
        "tool": header.tool,
        "provenance": header.provenance,
    })
}

/// Goes down as long as both sides have parts of the same kind.
fn compare(field: String, values: [Value; 2], found: &mut Vec<FieldDifference>) {
    match values {
        [left, right] if left == right => {}
        [Value::Object(left), Value::Object(mut right)] => {
            let path = |key: &str| match field.as_str() {
                "" => key.to_owned(),
                field => format!("{field}.{key}"),
            };
            for (key, value) in left {
                let other = right.remove(&key).unwrap_or_default();
                compare(path(&key), [value, other], found);
            }
            for (key, value) in right {
                compare(path(&key), [Value::Null, value], found);
            }
        }
        [Value::Array(left), Value::Array(right)] => {
            let len = left.len().max(right.len());
            let [mut left, mut right] = [left, right].map(Vec::into_iter);
            for index in 0..len {
                let pair = [&mut left, &mut right].map(|side| side.next().unwrap_or_default());
                compare(format!("{field}[{index}]"), pair, found);
            }
        }
        values => found.push(FieldDifference { field, values }),
    }
}
