//! One event of a timeline.

use std::io::{self, Write};

use request::Moment;
use serde_json::Value;

use super::names::Row;

/// What can be seen.
#[derive(Clone, Debug)]
pub(super) enum Event<'a> {
    /// The name of the process.
    Process(&'a str),
    /// The name of a row; rows stand in their order.
    Name(Row, &'a str),
    /// Something lasted.
    Slice { row: Row, from: Moment, to: Moment, name: String, look: Look, details: Value },
    /// Something happened.
    Mark { row: Row, at: Moment, name: &'a str, details: Value },
    /// So many requests wait from now on.
    Waiting { at: Moment, count: i64 },
}

/// How a slice is seen: the category to search for, and the colour where a viewer has any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    Served,
    Late,
    Loading,
    Preempted,
    Lost,
}

impl Look {
    /// Category, and the name of a colour that `chrome://tracing` knows.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Served => ("served", "good"),
            Self::Late => ("late", "bad"),
            Self::Loading => ("loading", "grey"),
            Self::Preempted => ("preempted", "yellow"),
            Self::Lost => ("lost", "terrible"),
        }
    }
}

impl Event<'_> {
    /// Writes it as an object in a line, without an end of line.
    pub(super) fn write(&self, process: usize, out: &mut impl Write) -> io::Result<()> {
        let pid = process + 1;
        match self {
            Self::Process(name) => write!(
                out,
                "{{\"ph\":\"M\",\"pid\":{pid},\"name\":\"process_name\",\"args\":{{\"name\":{}}}}},\n\
                 {{\"ph\":\"M\",\"pid\":{pid},\"name\":\"process_sort_index\",\"args\":{{\"sort_index\":{pid}}}}}",
                Value::from(*name)
            ),
            Self::Name(row, name) => write!(
                out,
                "{{\"ph\":\"M\",\"pid\":{pid},\"tid\":{tid},\"name\":\"thread_name\",\"args\":{{\"name\":{}}}}},\n\
                 {{\"ph\":\"M\",\"pid\":{pid},\"tid\":{tid},\"name\":\"thread_sort_index\",\"args\":{{\"sort_index\":{tid}}}}}",
                Value::from(*name),
                tid = row.thread(),
            ),
            Self::Slice { row, from, to, name, look, details } => {
                let (category, colour) = look.names();
                write!(
                    out,
                    "{{\"ph\":\"X\",\"pid\":{pid},\"tid\":{},\"ts\":{},\"dur\":{},\"name\":{},\
                     \"cat\":\"{category}\",\"cname\":\"{colour}\",\"args\":{details}}}",
                    row.thread(),
                    micros(from.as_nanos()),
                    micros(to.as_nanos() - from.as_nanos()),
                    Value::from(name.as_str()),
                )
            }
            Self::Mark { row, at, name, details } => write!(
                out,
                "{{\"ph\":\"i\",\"s\":\"t\",\"pid\":{pid},\"tid\":{},\"ts\":{},\"name\":\"{name}\",\"args\":{details}}}",
                row.thread(),
                micros(at.as_nanos()),
            ),
            Self::Waiting { at, count } => write!(
                out,
                "{{\"ph\":\"C\",\"pid\":{pid},\"ts\":{},\"name\":\"waiting\",\"args\":{{\"requests\":{count}}}}}",
                micros(at.as_nanos()),
            ),
        }
    }
}

/// Microseconds, exactly. No time here is negative.
fn micros(nanos: i64) -> String {
    format!("{}.{:03}", nanos / 1000, nanos % 1000)
}
