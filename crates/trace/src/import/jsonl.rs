//! One JSON object a line.
//!
//! Only the wanted values are looked at, and numbers stay the text they are, since a float would
//! lose digits of a time.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::cell::Cell;
use super::error::{Flaw, Place};
use super::table::{COLUMNS_MAX, Lines, RowSink, Table};

/// A text of objects.
#[derive(Debug)]
pub(crate) struct JsonLines<'a> {
    columns: Vec<String>,
    rows: Lines<'a>,
    size: u64,
}

impl<'a> JsonLines<'a> {
    /// Reads the keys of the first line.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, Flaw> {
        let rows = Lines::new(bytes);
        let first = rows.clone().next_line()?;
        let (number, line) = first.ok_or_else(|| Flaw::new("holds no line"))?;
        let columns = parse(number, line, Keys)?;
        Ok(Self { columns, rows, size: bytes.len() as u64 })
    }
}

impl Table for JsonLines<'_> {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn size(&self) -> u64 {
        self.size
    }

    fn for_each(&self, wanted: &[&str], row: &mut RowSink<'_>) -> Result<(), Flaw> {
        let mut rows = self.rows.clone();
        while let Some((number, line)) = rows.next_line()? {
            let cells = parse(number, line, Values { wanted })?;
            row(Place::Line(number), rows.position(), &cells)?;
        }
        Ok(())
    }
}

/// Reads one line, which is one object.
pub(crate) fn parse<'de, S: DeserializeSeed<'de>>(
    number: u64,
    line: &'de [u8],
    seed: S,
) -> Result<S::Value, Flaw> {
    let mut deserializer = serde_json::Deserializer::from_slice(line);
    let read = seed.deserialize(&mut deserializer);
    let read = read.and_then(|value| deserializer.end().map(|()| value));
    read.map_err(|error| {
        // The text of the error ends with a line number of its own, which is always 1.
        let text = error.to_string();
        let problem = text.rsplit_once(" at line ").map_or(text.as_str(), |(problem, _)| problem);
        let problem = format!("character {}: no JSON object: {problem}", error.column());
        Flaw::at(Place::Line(number), problem)
    })
}

/// Reads the keys of an object.
struct Keys;

impl<'de> DeserializeSeed<'de> for Keys {
    type Value = Vec<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<String>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Keys {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object such as {\"timestamp\": 0}")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Vec<String>, M::Error> {
        let mut keys = Vec::new();
        while let Some((key, IgnoredAny)) = map.next_entry()? {
            if keys.len() == COLUMNS_MAX {
                return Err(M::Error::custom(format!("more than {COLUMNS_MAX} keys")));
            }
            keys.push(key);
        }
        Ok(keys)
    }
}

/// Reads the wanted values of an object, in the order of the names.
pub(crate) struct Values<'w> {
    pub(crate) wanted: &'w [&'w str],
}

impl<'de> DeserializeSeed<'de> for Values<'_> {
    type Value = Vec<Cell<'de>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Values<'_> {
    type Value = Vec<Cell<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Keys.expecting(f)
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut cells: Vec<Option<Cell<'de>>> = vec![None; self.wanted.len()];
        while let Some(place) = map.next_key_seed(Position { wanted: self.wanted })? {
            let Some(place) = place else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let cell = cell_of(map.next_value::<&RawValue>()?.get());
            let cell = cell.map_err(|problem| {
                M::Error::custom(format!("`{}` {problem}", self.wanted[place]))
            })?;
            if cells[place].replace(cell).is_some() {
                let problem = format!("`{}` is there twice", self.wanted[place]);
                return Err(M::Error::custom(problem));
            }
        }
        Ok(cells.into_iter().map(|cell| cell.unwrap_or(Cell::Empty)).collect())
    }
}

/// Reads a key, and finds it among the names.
struct Position<'w> {
    wanted: &'w [&'w str],
}

impl<'de> DeserializeSeed<'de> for Position<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Position<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Option<usize>, E> {
        Ok(self.wanted.iter().position(|wanted| *wanted == key))
    }
}

/// A JSON value as a cell.
fn cell_of(raw: &str) -> Result<Cell<'_>, String> {
    match raw.as_bytes().first() {
        Some(b'"') => match serde_json::from_str::<&str>(raw) {
            Ok(text) => Ok(Cell::Text(Cow::from(text))),
            // Text with an escape cannot be borrowed.
            Err(_) => serde_json::from_str::<String>(raw)
                .map(|text| Cell::Text(Cow::from(text)))
                .map_err(|error| error.to_string()),
        },
        Some(b'[' | b'{') => Err("is a list or an object; a number or a text is needed".to_owned()),
        _ if raw == "null" => Ok(Cell::Empty),
        _ => Ok(Cell::Text(Cow::from(raw))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &[u8], wanted: &[&str]) -> Result<Vec<String>, String> {
        let table = JsonLines::open(text).map_err(|flaw| flaw.to_string())?;
        let mut rows = Vec::new();
        let done = table.for_each(wanted, &mut |place, _, cells| {
            rows.push(format!("{place}: {cells:?}"));
            Ok(())
        });
        done.map(|()| rows).map_err(|flaw| flaw.to_string())
    }

    #[test]
    fn wanted_values_are_read_as_they_are_written() {
        let text =
            b"{\"a\": 0.10000000000000000001, \"b\": [1, {\"a\": 2}], \"c\": \"x\\ny\"}\r\n\n\
            {\"c\": null, \"a\": -1e3}";
        insta::assert_snapshot!(read(text, &["c", "a"]).unwrap().join("\n"), @r#"
        line 1: [Text("x\ny"), Text("0.10000000000000000001")]
        line 3: [Empty, Text("-1e3")]
        "#);
        assert_eq!(JsonLines::open(text).unwrap().columns(), ["a", "b", "c"]);
    }

    #[test]
    fn damage_is_told_with_its_line() {
        for (text, expected) in [
            (&b""[..], "holds no line"),
            (b"[1]\n", "line 1: character"),
            (b"{\"a\": 1}\n{\"a\": 2", "line 2: character 7: no JSON object: EOF"),
            (b"{\"a\": 1}\n{\"a\": 2} {}\n", "line 2: character 10: no JSON object: trailing"),
            (b"{\"a\": 1, \"a\": 2}\n", "`a` is there twice"),
            (b"{\"a\": [1]}\n", "`a` is a list"),
            (b"{\"a\": NaN}\n", "line 1: character"),
            (b"{\"a\": \"\xff\"}\n", "line 1: character"),
        ] {
            let problem = read(text, &["a"]).unwrap_err();
            assert!(problem.contains(expected), "{problem}");
        }
        let deep = [b"{\"a\": 1, \"b\": ".to_vec(), vec![b'['; 1_000_000]].concat();
        assert!(read(&deep, &["a"]).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_rows_or_an_error(bytes: Vec<u8>) {
            let _ = read(&bytes, &["a"]);
        }

        #[test]
        fn any_near_json_is_rows_or_an_error(text in "[{}\"a:1,\\[\\]\n \\\\u]{0,30}") {
            let _ = read(text.as_bytes(), &["a"]);
        }
    }
}
