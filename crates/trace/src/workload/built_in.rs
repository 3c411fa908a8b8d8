//! The three workloads that come with Reprise.
//!
//! They share nine classes, two models and the defaults of rate and length; only the shares of the
//! classes differ.

use std::time::Duration;

use request::Tier;

use super::{Class, ModelShare, ModelSpec, Slo, Workload};

/// Shares of (tier, SLO class): a row for each tier, in it urgent, normal, relaxed.
type Shares = [[f64; 3]; 3];

const BALANCED: Shares = [[0.05, 0.10, 0.15], [0.10, 0.15, 0.10], [0.10, 0.15, 0.10]];
const URGENT_HEAVY: Shares = [[0.20, 0.10, 0.05], [0.15, 0.10, 0.05], [0.15, 0.10, 0.10]];
const BATCH_HEAVY: Shares = [[0.05, 0.05, 0.20], [0.05, 0.10, 0.20], [0.05, 0.10, 0.20]];

const SLOS: [(&str, u64); 3] = [("urgent", 100), ("normal", 500), ("relaxed", 2000)];

/// An image of 224 by 224 pixels in three colours.
const IMAGE: [i32; 4] = [1, 3, 224, 224];

pub(super) fn by_name(name: &str) -> Option<Workload> {
    let shares = match name {
        "balanced" => BALANCED,
        "urgent_heavy" => URGENT_HEAVY,
        "batch_heavy" => BATCH_HEAVY,
        _ => return None,
    };
    Some(Workload {
        name: name.to_owned(),
        total_qps: 30.0,
        duration: Duration::from_secs(60),
        min_query_count: 100,
        slos: SLOS.map(slo).to_vec(),
        models: ["resnet50", "vit"].map(image_model).to_vec(),
        classes: classes(shares),
    })
}

fn slo((name, millis): (&str, u64)) -> Slo {
    Slo { name: name.to_owned(), target: Duration::from_millis(millis) }
}

fn image_model(name: &str) -> ModelSpec {
    ModelSpec { name: name.to_owned(), shape: IMAGE.to_vec() }
}

fn classes(shares: Shares) -> Vec<Class> {
    let of_tier = |(tier, shares): (Tier, [f64; 3])| {
        SLOS.into_iter().zip(shares).map(move |((slo, _), share)| Class {
            tier,
            slo: slo.to_owned(),
            share,
            models: models_of(slo),
        })
    };
    Tier::ALL.into_iter().zip(shares).flat_map(of_tier).collect()
}

/// Urgent requests ask for the fast model alone.
fn models_of(slo: &str) -> Vec<ModelShare> {
    let asks = |model: &str, weight| ModelShare { model: model.to_owned(), weight };
    match slo {
        "urgent" => vec![asks("resnet50", 1.0)],
        _ => vec![asks("resnet50", 0.7), asks("vit", 0.3)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_workload_is_valid() {
        for name in Workload::BUILT_IN {
            let workload = Workload::built_in(name).unwrap();
            assert_eq!(workload.name, name);
            assert_eq!(workload.classes.len(), 9);
            workload.validate().unwrap();
        }
    }
}
