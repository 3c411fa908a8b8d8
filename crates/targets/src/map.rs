//! A map: what each field of a request holds, which field of a reply says how it went, and which
//! headers go along. It is TOML; README.md shows it and FORMAT.md has all of it.
//!
//! Nothing here knows a proto: whether a map fits one is for `template` and `reply` to say.

mod file;
mod path;
mod placeholder;
mod value;

use std::collections::BTreeMap;
use std::fmt;

use outcome::{Code, Status};
use toml::Value as Toml;

pub(crate) use path::{Path, Step};
pub(crate) use placeholder::{Part, Placeholder};
pub(crate) use value::{Choice, Label, Linear, Literal, Value};

/// What each field of a request holds, and how a reply is read.
#[derive(Clone, Default, PartialEq)]
pub struct Map {
    /// Where it was read, for messages.
    pub(crate) source: String,
    pub(crate) request: Vec<Entry<Path>>,
    /// Paths of which nothing is sent that a map below says.
    unset: Vec<String>,
    pub(crate) headers: Vec<Entry<String>>,
    /// Names of the trace, and what the target calls them.
    pub(crate) models: BTreeMap<String, String>,
    pub(crate) reply: ReplyMap,
    pub(crate) endings: Vec<Ending>,
}

/// What a field or header holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry<N> {
    pub(crate) name: N,
    pub(crate) value: Value,
    /// Where it was read: maps lie over each other.
    source: String,
}

/// A map that is none, or does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{map}: {}{problem}", if place.is_empty() { String::new() } else { format!("{place}: ") })]
pub struct MapError {
    /// Where it was read.
    pub(crate) map: String,
    /// Which entry.
    pub(crate) place: String,
    pub(crate) problem: String,
}

/// How a reply is read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ReplyMap {
    /// Where it was read.
    source: String,
    /// The field that says how it went; without it every reply is `ok`.
    pub(crate) field: Option<Path>,
    /// What its values mean.
    pub(crate) values: BTreeMap<String, Status>,
    /// What all others mean.
    pub(crate) otherwise: Option<Status>,
    /// What tells which request it answers.
    pub(crate) echo: Option<Echo>,
}

/// What of a reply tells which request it answers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Echo {
    /// Nothing, whatever a map below says.
    Off,
    /// This field, which repeats this number.
    Field { path: Path, number: Placeholder, source: String },
}

/// What a gRPC status means where it does not mean the usual.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ending {
    pub(crate) code: Code,
    /// Only where the server's message has this in it.
    pub(crate) message: Option<String>,
    pub(crate) status: Status,
}

impl Map {
    /// This map, where it says something, and `base` where it does not. Endings of both count, its
    /// own first; a tensor is where this map has it, if it has one.
    #[must_use]
    pub fn over(mut self, base: Self) -> Self {
        if self.source.is_empty() {
            self.source = base.source;
        }
        let is_tensor = |value: &Value| value.as_placeholder() == Some(Placeholder::Tensor);
        let is_unset = |path: &Path| {
            let path = path.to_string();
            self.unset.iter().any(|unset| {
                let rest = path.strip_prefix(unset.as_str());
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
            })
        };
        let is_said = |entry: &Entry<Path>| {
            is_unset(&entry.name)
                || self.request.iter().any(|said| {
                    said.name == entry.name || is_tensor(&said.value) && is_tensor(&entry.value)
                })
        };
        let unsaid: Vec<_> = base.request.into_iter().filter(|entry| !is_said(entry)).collect();
        self.request.extend(unsaid);
        let is_said = |entry: &Entry<_>| self.headers.iter().any(|said| said.name == entry.name);
        let unsaid: Vec<_> = base.headers.into_iter().filter(|entry| !is_said(entry)).collect();
        self.headers.extend(unsaid);
        for (name, renamed) in base.models {
            self.models.entry(name).or_insert(renamed);
        }
        let echo = self.reply.echo.take().or(base.reply.echo.clone());
        if self.reply.field.is_none() {
            self.reply = base.reply;
        }
        self.reply.echo = echo;
        self.endings.extend(base.endings);
        self
    }

    /// Adds a header, or replaces the one of its name; `text` is a text with placeholders.
    ///
    /// # Errors
    /// Where it is none, in words.
    pub fn add_header(&mut self, name: &str, text: &str) -> Result<(), String> {
        let value = Value::parse(&Toml::String(text.to_owned()))?;
        let name = name.to_ascii_lowercase();
        self.headers.retain(|header| header.name != name);
        self.headers.push(Entry { name, value, source: "--header-template".to_owned() });
        Ok(())
    }

    /// Whether a tensor goes along.
    pub(crate) fn sends_tensor(&self) -> bool {
        let tensor = Some(Placeholder::Tensor);
        self.request.iter().any(|entry| entry.value.as_placeholder() == tensor)
    }

    /// The labels of this kind by which values are chosen.
    pub(crate) fn labels(&self, of: Label) -> Vec<&str> {
        let fields = self.request.iter().map(|entry| &entry.value);
        let values = fields.chain(self.headers.iter().map(|entry| &entry.value));
        let labels = values.flat_map(|value| match value {
            Value::Choice(choice) if choice.of == of => choice.values.keys().collect(),
            _ => Vec::new(),
        });
        labels.map(String::as_str).collect()
    }

    /// What is wrong with the field at `path`, wherever it was read.
    pub(crate) fn field_error(&self, path: &str, problem: String) -> MapError {
        let entry = self.request.iter().find(|entry| entry.name.to_string() == path);
        let map = entry.map_or(&self.source, |entry| &entry.source).clone();
        MapError { map, place: in_request(path), problem }
    }

    /// What is wrong with a header.
    pub(crate) fn header_error(header: &Entry<String>, problem: String) -> MapError {
        MapError { map: header.source.clone(), place: in_headers(&header.name), problem }
    }

    /// What is wrong with a part of how replies are read.
    pub(crate) fn reply_error(&self, part: &str, problem: String) -> MapError {
        let map = match &self.reply.echo {
            Some(Echo::Field { source, .. }) if part == "echo" => source,
            _ => &self.reply.source,
        };
        MapError { map: map.clone(), place: format!("[reply] {part}"), problem }
    }
}

fn in_request(path: &str) -> String {
    format!("[request] \"{path}\"")
}

fn in_headers(name: &str) -> String {
    format!("[headers] \"{name}\"")
}

/// Without its values, of which a header's may be a secret.
impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Map").field("source", &self.source).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
