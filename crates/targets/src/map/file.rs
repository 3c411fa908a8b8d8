//! A map as it is written: TOML, with the place of every mistake.

use std::collections::BTreeMap;

use outcome::{Code, Status};
use serde::Deserialize;

use super::placeholder::{self, Part, Placeholder};
use super::{Echo, Ending, Entry, Map, MapError, Path, ReplyMap, Value, in_headers, in_request};

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
