//! Flags that take several values.

use anyhow::Context as _;
use policy::Registry;
use request::Seed;

use crate::sweep::{each_once, expand};

/// The values of a list, each as `value` reads it.
pub(super) fn list<T>(
    flag: &'static str,
    text: &str,
    value: impl Fn(&str) -> anyhow::Result<T>,
) -> anyhow::Result<Vec<T>> {
    expand(text).context(flag)?.iter().map(|item| value(item).context(flag)).collect()
}

/// The policies of a list, by their full names, each once.
pub(super) fn policies(list: &str, registry: &Registry) -> anyhow::Result<Vec<String>> {
    let full_name = |spec: String| Ok(registry.make(&spec).context("--policies")?.name());
    let policies = policy::split_list(list).into_iter().map(full_name);
    let policies = policies.collect::<anyhow::Result<Vec<_>>>()?;
    each_once("--policies", &policies, Clone::clone, Clone::clone)?;
    Ok(policies)
}

/// The seeds of a list, each once.
pub(super) fn seeds(text: &str) -> anyhow::Result<Vec<Seed>> {
    let seeds = list("--seeds", text, |text| {
        let seed = text.parse().map(Seed).ok();
        seed.with_context(|| format!("'{text}' is no whole number from 0 to 2^64 - 1"))
    })?;
    each_once("--seeds", &seeds, ToString::to_string, ToString::to_string)?;
    Ok(seeds)
}
