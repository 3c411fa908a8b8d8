//! Paths of fields: `options.client`, `inputs[0].shape`, `parameters[timeout].int64_param`.

use std::fmt;

/// Where a field is, from the message down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) steps: Vec<Step>,
}

/// A field, and which of its elements where it has several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) field: String,
    /// Position in a repeated field, or key in a map.
    pub(crate) element: Option<String>,
}

/// Far deeper than messages are, and not so deep that walking one overflows a stack.
const STEPS_MAX: usize = 64;

impl Path {
    /// # Errors
    /// Where the text is no path.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut steps = Vec::new();
        let mut rest = text;
        loop {
            let (step, after) = step(rest).ok_or_else(|| {
                "this is no path; write field.field, elements of repeated fields as field[0], \
                 entries of maps as field[key]"
                    .to_owned()
            })?;
            steps.push(step);
            if steps.len() > STEPS_MAX {
                return Err(format!("this path has more than {STEPS_MAX} fields"));
            }
            match after.strip_prefix('.') {
                Some(after) => rest = after,
                None if after.is_empty() => return Ok(Self { steps }),
                None => return Err(format!("'{after}' does not follow after a field")),
            }
        }
    }
}

/// The step at the beginning of a text, and what comes after it.
fn step(text: &str) -> Option<(Step, &str)> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = text.find(|c| !is_name(c)).unwrap_or(text.len());
    let (field, rest) = text.split_at(end);
    if field.is_empty() {
        return None;
    }
    let field = field.to_owned();
    let Some(inner) = rest.strip_prefix('[') else {
        return Some((Step { field, element: None }, rest));
    };
    let (element, rest) = inner.split_once(']')?;
    Some((Step { field, element: Some(element.to_owned()) }, rest))
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Step { field, element }) in self.steps.iter().enumerate() {
            let dot = if index == 0 { "" } else { "." };
            write!(f, "{dot}{field}")?;
            if let Some(element) = element {
                write!(f, "[{element}]")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_fields_with_elements() {
        for text in ["a", "a.b_2", "a[0].b", "m[any key, even with dots.].c", "m[]"] {
            let path = Path::parse(text).unwrap();
            assert_eq!(path.to_string(), text);
        }
        let path = Path::parse("a.m[x.y].b").unwrap();
        assert_eq!(path.steps.len(), 3);
        assert_eq!(path.steps[1].element.as_deref(), Some("x.y"));
    }

    #[test]
    fn anything_else_is_none() {
        let deep = "a.".repeat(100) + "a";
        for text in [deep.as_str(), "", ".", "a.", ".a", "a..b", "a[0", "a]0", "a b", "é"] {
            let error = Path::parse(text).unwrap_err();
            assert!(error.contains("path") || error.contains("follow"), "{text}: {error}");
        }
    }
}
