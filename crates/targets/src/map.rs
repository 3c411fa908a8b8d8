//! A map: what each field of a request holds, which field of a reply says how it went, and which
//! headers go along. It is TOML; README.md shows it and FORMAT.md has all of it.
//!
//! Nothing here knows a proto: whether a map fits one is for `template` and `reply` to say.

mod path;
mod placeholder;
mod value;

use std::collections::BTreeMap;
use std::fmt;

use outcome::{Code, Status};
use serde::Deserialize;
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

/// The file, as far as serde reads it.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    /// That of the language, for maps of later programs; 1.
    version: Option<i64>,
    request: toml::Table,
    unset: Vec<String>,
    headers: toml::Table,
    models: BTreeMap<String, String>,
    reply: ReplyText,
    ending: Vec<EndingText>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ReplyText {
    field: Option<String>,
    values: BTreeMap<String, String>,
    otherwise: Option<String>,
    echo: Option<EchoText>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "an echo is { field = .., value = .. }, or false")]
enum EchoText {
    Is(bool),
    Field { field: String, value: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EndingText {
    grpc: String,
    message: Option<String>,
    status: String,
}

impl Map {
    /// Reads a map from `text`; `source` is its name in messages.
    ///
    /// # Errors
    /// Where it is none: says the line of a mistake in TOML, and the entry of any other.
    pub fn parse(text: &str, source: &str) -> Result<Self, MapError> {
        let fail = |place: String, problem| MapError { map: source.to_owned(), place, problem };
        let file: File = toml::from_str(text)
            .map_err(|error| fail(String::new(), error.to_string().trim_end().to_owned()))?;
        if let Some(version) = file.version.filter(|version| *version != 1) {
            let problem = format!("version {version} is unknown; this program reads version 1");
            return Err(fail(String::new(), problem));
        }
        let request = file.request.iter().map(|(path, value)| {
            let source = source.to_owned();
            let entry =
                || Ok(Entry { name: Path::parse(path)?, value: Value::parse(value)?, source });
            entry().map_err(|problem| fail(in_request(path), problem))
        });
        let headers = file.headers.iter().map(|(name, value)| {
            let value = Value::parse(value).map_err(|problem| fail(in_headers(name), problem))?;
            Ok(Entry { name: name.to_ascii_lowercase(), value, source: source.to_owned() })
        });
        let endings = file.ending.iter().enumerate().map(|(index, ending)| {
            let place = || format!("[[ending]] number {}", index + 1);
            ending.read().map_err(|problem| fail(place(), problem))
        });
        Ok(Self {
            source: source.to_owned(),
            request: request.collect::<Result<_, _>>()?,
            unset: file.unset,
            headers: headers.collect::<Result<_, _>>()?,
            models: file.models,
            reply: file
                .reply
                .read(source)
                .map_err(|problem| fail("[reply]".to_owned(), problem))?,
            endings: endings.collect::<Result<_, _>>()?,
        })
    }

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

impl ReplyText {
    fn read(self, source: &str) -> Result<ReplyMap, String> {
        let values = self.values.into_iter().map(|(value, word)| Ok((value, status(&word)?)));
        let values: BTreeMap<_, _> = values.collect::<Result<_, String>>()?;
        let otherwise = self.otherwise.as_deref().map(status).transpose()?;
        if self.field.is_none() && (!values.is_empty() || otherwise.is_some()) {
            return Err("it has values and no field whose values they are".to_owned());
        }
        let echo = self.echo.map(|echo| match echo {
            EchoText::Is(false) => Ok(Echo::Off),
            EchoText::Is(true) => Err("its echo is { field = .., value = .. }, or false".to_owned()),
            EchoText::Field { field, value } => match placeholder::parts(&value)?[..] {
                [Part::Placeholder(number @ Placeholder::Number(_))] => {
                    Ok(Echo::Field { path: Path::parse(&field)?, number, source: source.to_owned() })
                }
                _ => Err(format!(
                    "the echo '{value}' is not one number, such as {{request_id}} or {{deadline_ns}}"
                )),
            },
        });
        Ok(ReplyMap {
            source: source.to_owned(),
            field: self.field.as_deref().map(Path::parse).transpose()?,
            values,
            otherwise,
            echo: echo.transpose()?,
        })
    }
}

impl EndingText {
    fn read(&self) -> Result<Ending, String> {
        let code = Code::from_name(&self.grpc).filter(|code| code.grpc().is_some());
        let code = code.ok_or_else(|| {
            let codes = Code::ALL.iter().filter(|code| code.grpc().is_some());
            let names: Vec<&str> = codes.map(|code| code.name()).collect();
            format!("'{}' is no status of gRPC; there are {}", self.grpc, names.join(", "))
        })?;
        Ok(Ending { code, message: self.message.clone(), status: status(&self.status)? })
    }
}

/// A status that a server's answer can mean.
fn status(word: &str) -> Result<Status, String> {
    let status = Status::from_name(word).filter(|status| *status != Status::Unsent);
    status.ok_or_else(|| {
        let all = Status::ALL.iter().filter(|status| **status != Status::Unsent);
        let names: Vec<&str> = all.map(|status| status.name()).collect();
        format!("'{word}' is no status; there are {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests;
