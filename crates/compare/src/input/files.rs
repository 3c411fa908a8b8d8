//! Names of files as they were typed: patterns are looked up, for shells that do not.

use std::path::PathBuf;

use crate::CompareError;

/// The files that `names` stand for, in order, those of a pattern by name.
///
/// A name is taken as it is where a file has it, so that no letter in it is special by accident.
///
/// # Errors
/// Where a pattern is none, or no file has a name like it.
pub fn expand(names: &[PathBuf]) -> Result<Vec<PathBuf>, CompareError> {
    let mut paths = Vec::new();
    for name in names {
        let pattern = name.to_str().filter(|text| text.contains(['*', '?', '[']));
        let Some(pattern) = pattern.filter(|_| !name.exists()) else {
            paths.push(name.clone());
            continue;
        };
        let bad = |problem: String| CompareError::Pattern { pattern: pattern.into(), problem };
        let found = glob::glob(pattern).map_err(|error| bad(error.to_string()))?;
        let found: Vec<PathBuf> =
            found.collect::<Result<_, _>>().map_err(|error| bad(error.to_string()))?;
        if found.is_empty() {
            return Err(bad("no file has a name like this".into()));
        }
        paths.extend(found);
    }
    Ok(paths)
}
