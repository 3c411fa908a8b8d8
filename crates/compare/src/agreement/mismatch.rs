//! Signs that the sides are not the model and the measurement of the same thing.

use std::collections::BTreeMap;

use outcome::RunInfo;

use crate::agreement::RunTable;

/// The producer of simulated tables.
const SIMULATOR: &str = "sim";

/// Whether a table says that it was simulated.
pub(super) fn is_simulated(info: &RunInfo) -> bool {
    info.producer == SIMULATOR
}

/// What speaks against comparing these, a sentence each. Parameters that one side alone names are
/// no sign of anything: each side has its own.
pub(super) fn warnings(simulated: &RunTable, runs: &[RunTable]) -> Vec<String> {
    let mut warnings = Vec::new();
    if !is_simulated(&simulated.info) {
        warnings.push(format!(
            "{} is taken as the model, but it was made by `{}`, not by `{SIMULATOR}`; \
            name the simulated table first",
            simulated.path.display(),
            simulated.info.producer
        ));
    }
    let of_model = parameters(&simulated.info);
    for run in runs {
        let of_run = parameters(&run.info);
        let both = of_model.iter().filter_map(|(name, a)| Some((name, a, of_run.get(name)?)));
        for (name, a, b) in both.filter(|(_, a, b)| a != b) {
            let (model, measured) = (simulated.path.display(), run.path.display());
            warnings.push(if a.contains('\n') || b.contains('\n') {
                format!("`{name}` of {model} is not that of {measured}")
            } else {
                format!("`{name}` is {a} in {model} and {b} in {measured}")
            });
        }
    }
    warnings
}

/// The parameters of a run; the policy of a simulation is what it is a simulation of.
fn parameters(info: &RunInfo) -> BTreeMap<&str, &str> {
    let mut parameters = BTreeMap::new();
    if is_simulated(info) {
        parameters.insert("policy", info.subject.as_str());
    }
    let named = info.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    parameters.extend(named);
    parameters
}
