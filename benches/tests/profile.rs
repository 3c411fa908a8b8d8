//! `trace info --profile` reads only the means of a profile, without the crate that owns the format:
//! here the two readers meet.
#![expect(clippy::unwrap_used, reason = "clippy.toml exempts test functions, not their helpers")]

use std::time::Duration;

use cluster::Profile;
use trace::ServiceMeans;

const DEFAULT: &str = include_str!("../../crates/cluster/src/default_profile.toml");

const EXAMPLE: &str = r#"
version = 1

[models."a b"]
law = "constant"
mean_ms = 12.5
batch_size_max = 8
batch_marginal = 0.25

[models.bert]
law = "exponential"
mean_ms = 3

[default]
law = "lognormal"
mean_ms = 0.75
cv = 2.0
"#;

/// Both readers know the same models, with the same mean for one request.
#[track_caller]
fn agree(text: &str, models: &[&str]) {
    let (profile, means) = (Profile::parse(text).unwrap(), ServiceMeans::parse(text).unwrap());
    for model in models {
        let theirs = profile.of(profile.model(model).unwrap()).mean(1);
        let ours = Duration::from_secs_f64(means.mean_ms(model).unwrap() / 1e3);
        assert!(theirs.abs_diff(ours) <= Duration::from_nanos(1), "{model}: {theirs:?} {ours:?}");
    }
}

#[test]
fn the_means_of_both_readers_agree() {
    agree(DEFAULT, &["resnet50", "vit", "never heard of"]);
    agree(EXAMPLE, &["a b", "bert", "other"]);
}

#[test]
fn both_readers_refuse_the_same() {
    for text in [
        "version = 2\n[default]\nlaw = \"constant\"\nmean_ms = 1",
        "version = 1",
        "version = 1\n[models.a]\nlaw = \"constant\"\nmean_ms = 0",
        "version = 1\n[models.a]\nlaw = \"constant\"\nmean_ms = 3600001",
        "version = 1\n[models.a]\nlaw = \"constant\"",
        "version",
    ] {
        assert!(Profile::parse(text).is_err() && ServiceMeans::parse(text).is_err(), "{text}");
    }
    let text = "version = 1\n[models.a]\nlaw = \"constant\"\nmean_ms = 1";
    assert!(Profile::parse(text).unwrap().model("b").is_err());
    assert!(ServiceMeans::parse(text).unwrap().mean_ms("b").is_err());
}
