//! What is wrong in a .proto, as a compiler says it: `file.proto:3:7: expected ...`.

use std::collections::BTreeMap;
use std::fmt;

use miette::Diagnostic;
use prost_reflect::DescriptorError;
use prost_types::SourceCodeInfo;

use crate::plain::plain;

/// What is wrong in a .proto, and where.
#[derive(Debug)]
pub(super) struct Mistake {
    file: Option<String>,
    /// Line and column, from 1.
    at: Option<(usize, usize)>,
    message: String,
    help: Option<String>,
    /// How many more mistakes there are.
    more: usize,
}

impl Mistake {
    /// A mistake in how `text` is written.
    pub(super) fn of_syntax(error: &protox::Error, text: &str) -> Self {
        let label = error.labels().and_then(Iterator::last);
        // What is not said to be anywhere is missing at the end.
        let offset = label.map_or(text.len(), |label| label.offset());
        let mut mistake = Self::new(error, error.file());
        mistake.at = Some(place(text, offset));
        if text.get(offset..).is_some_and(|rest| rest.starts_with("edition")) {
            mistake.message = "editions of protobuf are not read yet".to_owned();
            mistake.help = Some("give a copy in proto3 with the same field numbers".to_owned());
        }
        mistake
    }

    /// A mistake in what a file means, whose places stand apart from it.
    pub(super) fn of_meaning(
        error: &DescriptorError,
        places: &BTreeMap<String, SourceCodeInfo>,
    ) -> Self {
        let places = error.file().and_then(|file| places.get(file));
        let at = error.path().and_then(|path| place_of(places, path));
        Self { at, ..Self::new(error, error.file()) }
    }

    fn new(error: &(impl Diagnostic + fmt::Display), file: Option<&str>) -> Self {
        Self {
            file: file.map(str::to_owned),
            at: None,
            message: plain(&error.to_string()),
            help: error.help().map(|help| plain(&help.to_string())),
            more: error.related().map_or(0, Iterator::count),
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}:", plain(file))?;
            if let Some((line, column)) = self.at {
                write!(f, "{line}:{column}:")?;
            }
            f.write_str(" ")?;
        }
        f.write_str(&self.message)?;
        if let Some(help) = &self.help {
            write!(f, " ({help})")?;
        }
        match self.more {
            0 => Ok(()),
            1 => f.write_str("; there is one more mistake"),
            more => write!(f, "; there are {more} more mistakes"),
        }
    }
}

/// Line and column, from 1, of a part of a file, which is told by its path in the descriptor.
pub(super) fn place_of(places: Option<&SourceCodeInfo>, path: &[i32]) -> Option<(usize, usize)> {
    let place = places?.location.iter().find(|place| place.path == path)?;
    let [line, column, ..] = place.span[..] else { return None };
    Some((usize::try_from(line).ok()? + 1, usize::try_from(column).ok()? + 1))
}

/// Line and column, from 1, of a byte of a text.
fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_from_one_and_in_letters() {
        for (text, offset, at) in [
            ("", 0, (1, 1)),
            ("abc", 2, (1, 3)),
            ("a\nbc", 2, (2, 1)),
            ("a\r\nbc", 4, (2, 2)),
            ("ü b", 3, (1, 3)),
            ("a\n", 2, (2, 1)),
            ("a", 99, (1, 2)),
        ] {
            assert_eq!(place(text, offset), at, "{text:?} {offset}");
        }
    }
}
