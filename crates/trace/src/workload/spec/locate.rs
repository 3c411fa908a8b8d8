//! Where in a workload file a mistake stands.

use std::fmt;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

/// A workload file that cannot be used: where, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecError {
    /// Name of the file.
    pub file: String,
    /// Line and column, from 1; `None` where no place can be named.
    pub place: Option<(usize, usize)>,
    /// The field, such as `classes.0.share` or, in words, `class (1, urgent): share`.
    pub field: Option<String>,
    /// What is wrong, and what would be right.
    pub problem: String,
    /// The line itself.
    line: Option<String>,
}

impl std::error::Error for SpecError {}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some((line, column)) = self.place {
            write!(f, ":{line}:{column}")?;
        }
        match &self.field {
            Some(field) => write!(f, ": {field} {}", self.problem)?,
            None => write!(f, ": {}", self.problem)?,
        }
        if let (Some((number, column)), Some(line)) = (self.place, &self.line) {
            let margin = number.to_string();
            write!(f, "\n  {margin} | {line}\n  {:1$} | ", "", margin.len())?;
            write!(f, "{:1$}^", "", column - 1)?;
        }
        Ok(())
    }
}

impl SpecError {
    /// A problem of the file as a whole.
    pub(super) fn whole(file: &str, problem: String) -> Self {
        Self { file: file.to_owned(), place: None, field: None, problem, line: None }
    }

    /// What the TOML reader did not understand.
    pub(super) fn of_toml(file: &str, text: &str, error: &toml::de::Error) -> Self {
        let problem = format!("{}; see `trace gen --print-spec balanced`", error.message());
        let span = error.span().unwrap_or(0..0);
        let field = deepest_key(text, &span).map(|key| format!("{key}:"));
        Self::spanned(file, text, span, field, problem)
    }

    /// A problem of the value at a path; of what holds it where it is not there.
    pub(super) fn at(file: &str, text: &str, path: &str, field: &str, problem: &str) -> Self {
        let span = span_of(text, path).unwrap_or(0..0);
        Self::spanned(file, text, span, Some(field.to_owned()), problem.to_owned())
    }

    fn spanned(
        file: &str,
        text: &str,
        span: Range<usize>,
        field: Option<String>,
        problem: String,
    ) -> Self {
        let before = text.get(..span.start).unwrap_or_default();
        let number = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        let column = before[start..].chars().count() + 1;
        let line = text[start..].lines().next().unwrap_or_default();
        // A caret under a tab would stand elsewhere, and nobody reads a line of a megabyte.
        let line: String =
            line.chars().take(200).map(|c| if c == '\t' { ' ' } else { c }).collect();
        let (place, line) = (Some((number, column)), (column <= 200).then_some(line));
        Self { file: file.to_owned(), place, field, problem, line }
    }
}

/// Where the value at a path such as `classes.0.share` stands, or what holds it.
fn span_of(text: &str, path: &str) -> Option<Range<usize>> {
    let root = DeTable::parse(text).ok()?;
    let mut parts = path.split('.');
    let first = parts.next()?;
    let mut found = root.get_ref().get(first)?;
    for part in parts {
        let next = match found.get_ref() {
            DeValue::Table(table) => table.get(part),
            DeValue::Array(array) => part.parse().ok().and_then(|i: usize| array.get(i)),
            _ => None,
        };
        match next {
            Some(next) => found = next,
            None => break,
        }
    }
    Some(found.span())
}

/// The path of the smallest value that holds this place.
fn deepest_key(text: &str, span: &Range<usize>) -> Option<String> {
    let root = DeTable::parse(text).ok()?;
    let mut path = Vec::new();
    let mut inside: Vec<(String, &toml::Spanned<DeValue<'_>>)> = entries(root.get_ref());
    loop {
        let holds = |range: Range<usize>| range.start <= span.start && span.end <= range.end;
        let Some((key, value)) = inside.into_iter().find(|(_, value)| holds(value.span())) else {
            break;
        };
        path.push(key);
        inside = match value.get_ref() {
            DeValue::Table(table) => entries(table),
            DeValue::Array(array) => {
                array.iter().enumerate().map(|(i, value)| (i.to_string(), value)).collect()
            }
            _ => break,
        };
    }
    (!path.is_empty()).then(|| path.join("."))
}

fn entries<'a, 'i>(table: &'a DeTable<'i>) -> Vec<(String, &'a toml::Spanned<DeValue<'i>>)> {
    table.iter().map(|(key, value)| (key.get_ref().to_string(), value)).collect()
}
