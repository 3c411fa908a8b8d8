//! What an answer means: gRPC's status, and the field of the reply that says how it went.

mod find;

use std::collections::BTreeMap;

use outcome::{Code, Status};
use prost_reflect::{Kind, MessageDescriptor};

use crate::facts::{Facts, Quantity};
use crate::map::{Echo, Ending, Map, MapError, Placeholder, ReplyMap};
use find::{Damaged, Found, Way};

/// How a call ends: what the outcome table says of it.
pub type End = (Status, Option<Code>);

/// How answers are read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reply {
    verdict: Option<Verdict>,
    echo: Option<(Way, Quantity)>,
    endings: Vec<Ending>,
}

/// The field that says how it went.
#[derive(Clone, Debug, PartialEq)]
struct Verdict {
    way: Way,
    meanings: Meanings,
    otherwise: Status,
}

/// What the values of a field mean.
#[derive(Clone, Debug, PartialEq)]
enum Meanings {
    Numbers(BTreeMap<i64, Status>),
    Texts(BTreeMap<Vec<u8>, Status>),
    /// Of a message: whether it is there.
    Presence {
        set: Option<Status>,
        unset: Option<Status>,
    },
}

const BAD_REPLY: End = (Status::Error, Some(Code::BadReply));

impl Reply {
    /// # Errors
    /// Where the map does not fit the message.
    pub(crate) fn new(message: &MessageDescriptor, map: &Map) -> Result<Self, MapError> {
        let ReplyMap { field, values, otherwise, echo, .. } = &map.reply;
        let fail = |part: &str, problem| map.reply_error(part, problem);
        let verdict = field.as_ref().map(|path| {
            let (way, kind) = Way::new(message, path)?;
            let meanings = Meanings::new(&kind, values, *otherwise)?;
            Ok(Verdict { way, meanings, otherwise: otherwise.unwrap_or(Status::Rejected) })
        });
        let verdict = verdict.transpose().map_err(|problem| fail("field", problem))?;
        let echo = match echo {
            Some(Echo::Field { path, number, .. }) => Some((path, number)),
            Some(Echo::Off) | None => None,
        };
        let echo = echo.map(|(path, placeholder)| {
            let (way, kind) = Way::new(message, path)?;
            match (kind, placeholder) {
                (Kind::Message(_) | Kind::Bool | Kind::Enum(_), _) => {
                    Err(format!("{path} holds neither a number nor a text"))
                }
                (_, Placeholder::Number(quantity)) => Ok((way, *quantity)),
                _ => unreachable!("the map has read a number"),
            }
        });
        let echo = echo.transpose().map_err(|problem| fail("echo", problem))?;
        Ok(Self { verdict, echo, endings: map.endings.clone() })
    }

    /// What a reply to this request echoes, if it echoes anything.
    pub(crate) fn echo(&self, facts: &Facts) -> i64 {
        // An echo of more than 63 bits is that of a seed, whose bits are compared.
        #[expect(clippy::cast_possible_truncation, reason = "quantities have at most 64 bits")]
        self.echo.as_ref().map_or(0, |(_, of)| of.whole(facts) as i64)
    }

    /// What a gRPC status, its message and the bytes of the body mean. `echo` is what
    /// [`echo`](Self::echo) gave.
    pub(crate) fn end(&self, grpc: i32, message: &str, body: &[u8], echo: i64) -> End {
        let code = Code::from_grpc(grpc);
        let is_it = |ending: &&Ending| {
            Some(ending.code) == code
                && ending.message.as_ref().is_none_or(|part| message.contains(part.as_str()))
        };
        if let Some(ending) = self.endings.iter().find(is_it) {
            // What ended well has no code in the table.
            return (ending.status, code.filter(|_| ending.status != Status::Ok));
        }
        match (grpc, code) {
            (0, _) => self.of_body(body, echo).unwrap_or(BAD_REPLY),
            (_, None) => (Status::Error, Some(Code::Unknown)),
            (_, Some(Code::DeadlineExceeded)) => (Status::Expired, code),
            (_, Some(Code::Unavailable)) => (Status::Unavailable, code),
            (_, Some(Code::Cancelled)) => (Status::Cancelled, code),
            (_, Some(_)) => (Status::Error, code),
        }
    }

    /// What a reply says. One that echoes something else answers another request; servers that
    /// echo nothing are let pass.
    fn of_body(&self, body: &[u8], echo: i64) -> Result<End, Damaged> {
        let message = wire::reply_message(body).map_err(|_| Damaged)?;
        if let Some((way, _)) = &self.echo {
            let is_it = match way.find(message)? {
                Found::Absent | Found::Number(0) | Found::Bytes([]) => true,
                Found::Number(number) => number == echo,
                Found::Bytes(text) => std::str::from_utf8(text).is_ok_and(|text| {
                    text.parse() == Ok(echo) || text.parse() == Ok(echo.cast_unsigned())
                }),
            };
            if !is_it {
                return Err(Damaged);
            }
        }
        let Some(verdict) = &self.verdict else { return Ok((Status::Ok, None)) };
        let found = match verdict.way.find(message)? {
            Found::Absent => verdict.way.absent(),
            found => found,
        };
        let status = verdict.meanings.of(found);
        Ok((status.unwrap_or(verdict.otherwise), None))
    }
}

impl Meanings {
    /// # Errors
    /// Where a field of this kind has no such value.
    fn new(
        kind: &Kind,
        values: &BTreeMap<String, Status>,
        otherwise: Option<Status>,
    ) -> Result<Self, String> {
        if values.is_empty() && *kind == Kind::Bool {
            return Ok(Self::Numbers(BTreeMap::from([(1, Status::Ok)])));
        }
        if !values.values().chain(&otherwise).any(|status| *status == Status::Ok) {
            return Err("none of its values means ok; say which: values = { .. = \"ok\" }".into());
        }
        let numbers = |number: &dyn Fn(&str) -> Result<i64, String>| {
            let pairs = values.iter().map(|(value, status)| Ok((number(value)?, *status)));
            Ok(Self::Numbers(pairs.collect::<Result<_, String>>()?))
        };
        match kind {
            Kind::Bool => numbers(&|value| match value {
                "true" => Ok(1),
                "false" => Ok(0),
                _ => Err(format!("it is bool, which has no {value}")),
            }),
            Kind::Enum(kind) => numbers(&|value| {
                let known = kind.get_value_by_name(value).map(|known| known.number());
                let number = known.or_else(|| value.parse().ok()).ok_or_else(|| {
                    let names: Vec<_> =
                        kind.values().map(|value| value.name().to_owned()).collect();
                    format!("{} has no {value}; there are {}", kind.full_name(), names.join(", "))
                })?;
                Ok(number.into())
            }),
            Kind::String | Kind::Bytes => {
                let pairs =
                    values.iter().map(|(text, status)| (text.clone().into_bytes(), *status));
                Ok(Self::Texts(pairs.collect()))
            }
            Kind::Message(_) => {
                if let Some(other) = values.keys().find(|key| !["set", "unset"].contains(&&***key))
                {
                    return Err(format!("it is a message, which is set or unset, not {other}"));
                }
                let (set, unset) = (values.get("set").copied(), values.get("unset").copied());
                Ok(Self::Presence { set, unset })
            }
            _ => numbers(&|value| {
                value.parse().map_err(|_| format!("it is a whole number, which {value} is not"))
            }),
        }
    }

    fn of(&self, found: Found<'_>) -> Option<Status> {
        match (self, found) {
            (Self::Numbers(meanings), Found::Number(number)) => meanings.get(&number).copied(),
            (Self::Texts(meanings), Found::Bytes(text)) => meanings.get(text).copied(),
            (Self::Presence { unset, .. }, Found::Absent) => *unset,
            (Self::Presence { set, .. }, _) => *set,
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
