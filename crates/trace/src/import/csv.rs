//! Comma-separated text with a header (RFC 4180), read where it lies.
//!
//! By hand rather than by a crate: a line number for each row and a limit on the length of a
//! record are needed, and fields without quotes need no copy.

use std::borrow::Cow;

use super::cell::Cell;
use super::error::{Flaw, Place};
use super::table::{COLUMNS_MAX, LINE_BYTES_MAX, Lines, RowSink, Table, too_long, utf8};

/// A text of records.
#[derive(Debug)]
pub(crate) struct Csv<'a> {
    columns: Vec<String>,
    /// Where the rows begin.
    rows: Lines<'a>,
    size: u64,
}

impl<'a> Csv<'a> {
    /// Reads the header.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, Flaw> {
        let mut rows = Lines::new(bytes);
        let mut fields = Vec::new();
        let line = next_record(&mut rows, COLUMNS_MAX, &mut fields)?;
        let line = line.ok_or_else(|| Flaw::new("holds no line; a header is needed"))?;
        let name = |field: &Cow<'_, [u8]>| {
            let name = utf8(field).map_err(|problem| Flaw::at(Place::Line(line), problem))?;
            Ok(name.trim_ascii().to_owned())
        };
        let columns = fields.iter().map(name).collect::<Result<_, _>>()?;
        Ok(Self { columns, rows, size: bytes.len() as u64 })
    }
}

impl Table for Csv<'_> {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn size(&self) -> u64 {
        self.size
    }

    fn for_each(&self, wanted: &[&str], row: &mut RowSink<'_>) -> Result<(), Flaw> {
        let places = wanted.iter().map(|name| self.place(name)).collect::<Result<Vec<_>, _>>()?;
        let mut rows = self.rows.clone();
        let mut fields = Vec::with_capacity(self.columns.len());
        while let Some(line) = next_record(&mut rows, self.columns.len(), &mut fields)? {
            let line = Place::Line(line);
            if fields.len() != self.columns.len() {
                let (found, expected) = (fields.len(), self.columns.len());
                let problem = format!("has {found} fields, and the header has {expected}");
                return Err(Flaw::at(line, problem));
            }
            let mut cells = Vec::with_capacity(places.len());
            for (&place, name) in places.iter().zip(wanted) {
                let text = utf8(&fields[place])
                    .map_err(|problem| Flaw::at(line, problem).within_column(name))?;
                cells.push(Cell::Text(Cow::from(text)));
            }
            row(line, rows.position(), &cells)?;
        }
        Ok(())
    }
}

impl Csv<'_> {
    fn place(&self, name: &str) -> Result<usize, Flaw> {
        let mut places = (0..self.columns.len()).filter(|&place| self.columns[place] == name);
        let place = places.next().ok_or_else(|| Flaw::new("is missing").within_column(name))?;
        match places.next() {
            Some(_) => Err(Flaw::new("is in the header twice").within_column(name)),
            None => Ok(place),
        }
    }
}

/// Reads the fields of the next record, up to one more than `count_max`, and gives its first line.
fn next_record<'a>(
    rows: &mut Lines<'a>,
    count_max: usize,
    fields: &mut Vec<Cow<'a, [u8]>>,
) -> Result<Option<u64>, Flaw> {
    fields.clear();
    let Some((line, text)) = rows.next_line()? else { return Ok(None) };
    if memchr::memchr(b'"', text).is_none() {
        let parts = text.split(|&byte| byte == b',').take(count_max.saturating_add(1));
        fields.extend(parts.map(Cow::from));
        return Ok(Some(line));
    }
    quoted_record(rows, line, count_max, fields)?;
    Ok(Some(line))
}

/// Reads the record that begins with the last line, and may go on over line ends within quotes.
fn quoted_record<'a>(
    rows: &mut Lines<'a>,
    line: u64,
    count_max: usize,
    fields: &mut Vec<Cow<'a, [u8]>>,
) -> Result<(), Flaw> {
    let place = Place::Line(line);
    let bytes = rows.since_last();
    let mut at = 0;
    loop {
        let field = match bytes.get(at) {
            Some(b'"') => {
                let (field, end) = quoted_field(&bytes[at + 1..], line)?;
                at += 1 + end;
                field
            }
            _ => {
                let rest = &bytes[at..];
                let end = memchr::memchr2(b',', b'\n', rest).unwrap_or(rest.len());
                let field = &rest[..end];
                at += end;
                let ends_line = rest.get(end) != Some(&b',');
                Cow::from(if ends_line {
                    field.strip_suffix(b"\r").unwrap_or(field)
                } else {
                    field
                })
            }
        };
        if fields.len() <= count_max {
            fields.push(field);
        }
        match &bytes[at..] {
            [b',', ..] => at += 1,
            [] | [b'\n', ..] | [b'\r', b'\n', ..] | [b'\r'] => break,
            _ => return Err(Flaw::at(place, "has text behind a closing quote")),
        }
    }
    // The first line has been counted by whoever read it.
    let line_ends = memchr::memchr_iter(b'\n', &bytes[..at]).count() as u64;
    let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |end| at + end + 1);
    rows.lengthen_last(end, line_ends);
    Ok(())
}

/// Reads what stands behind an opening quote, and says where the closing one ends.
fn quoted_field(bytes: &[u8], line: u64) -> Result<(Cow<'_, [u8]>, usize), Flaw> {
    let mut joined: Option<Vec<u8>> = None;
    let mut begin = 0;
    loop {
        let reach = bytes.len().min(LINE_BYTES_MAX + 1).max(begin);
        let end = memchr::memchr(b'"', &bytes[begin..reach]).map(|end| begin + end);
        let length = end.unwrap_or(reach);
        if length > LINE_BYTES_MAX {
            return Err(too_long(line));
        }
        let Some(end) = end else {
            return Err(Flaw::at(Place::Line(line), "opens a quote that is never closed"));
        };
        let part = &bytes[begin..end];
        if bytes.get(end + 1) != Some(&b'"') {
            let field = match joined {
                Some(mut joined) => {
                    joined.extend_from_slice(part);
                    Cow::from(joined)
                }
                None => Cow::from(part),
            };
            return Ok((field, end + 1));
        }
        // Two quotes stand for one.
        joined.get_or_insert_default().extend_from_slice(&bytes[begin..=end]);
        begin = end + 2;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// All rows as (line, fields), with the header.
    fn read(text: &[u8]) -> Result<Vec<(u64, Vec<String>)>, String> {
        let table = Csv::open(text).map_err(|flaw| flaw.to_string())?;
        let names: Vec<&str> = table.columns().iter().map(String::as_str).collect();
        let mut rows = vec![(0, table.columns().to_vec())];
        table
            .for_each(&names, &mut |place, _, cells| {
                let Place::Line(line) = place else { panic!("a text has lines") };
                rows.push((line, cells.iter().map(|cell| cell.text().into_owned()).collect()));
                Ok(())
            })
            .map_err(|flaw| flaw.to_string())?;
        Ok(rows)
    }

    #[test]
    fn records_have_lines_and_fields() {
        let text = b"\xef\xbb\xbfa, b\r\n1,2\r\n\r\n\"x,\"\"y\"\"\r\nz\",3\r\n\"\",\"4\"\r\n5,6";
        let rows = read(text).unwrap();
        let row = |line, a: &str, b: &str| (line, vec![a.to_owned(), b.to_owned()]);
        assert_eq!(
            rows,
            [
                row(0, "a", "b"),
                row(2, "1", "2"),
                row(4, "x,\"y\"\r\nz", "3"),
                row(6, "", "4"),
                row(7, "5", "6"),
            ]
        );
    }

    #[test]
    fn damage_is_told_with_its_line() {
        for (text, expected) in [
            (&b""[..], "holds no line"),
            (b"a,b\n1,2\n3", "line 3: has 1 fields, and the header has 2"),
            (b"a,b\n1,2,3,4\n", "line 2: has 3 fields"),
            (b"a,b\n1,\"2\n3,4\n", "line 2: opens a quote that is never closed"),
            (b"a,b\n1,\"2\"x\n", "line 2: has text behind a closing quote"),
            (b"a,b\n1,2\n3,\xff\n", "line 3, column b: holds the byte 0xff, which is not UTF-8"),
            (b"\xfe\xff,b\n", "line 1: holds the byte 0xfe"),
            (b"a,a\n1,2\n", "column a: is in the header twice"),
        ] {
            let problem = read(text).unwrap_err();
            assert!(problem.contains(expected), "{problem}");
        }
        let long = [b"a\n\n".to_vec(), vec![b'1'; LINE_BYTES_MAX + 1]].concat();
        assert!(read(&long).unwrap_err().starts_with("line 3: is longer than 16 MiB"));
        let quoted = [b"a\n\"".to_vec(), b"\n1".repeat(LINE_BYTES_MAX / 2 + 1)].concat();
        assert!(read(&quoted).unwrap_err().starts_with("line 2: is longer than 16 MiB"));
    }

    proptest! {
        #[test]
        fn what_a_csv_writer_writes_is_read(
            fields in prop::collection::vec(prop::collection::vec("[a,\"\r\n é]{0,5}", 3), 1..6),
        ) {
            let mut writer = ::csv::Writer::from_writer(Vec::new());
            writer.write_record(["a", "b", "c"]).unwrap();
            fields.iter().for_each(|record| writer.write_record(record).unwrap());
            let text = writer.into_inner().unwrap();
            let read = read(&text).unwrap();
            let read: Vec<Vec<String>> = read.into_iter().skip(1).map(|(_, row)| row).collect();
            prop_assert_eq!(read, fields);
        }

        #[test]
        fn any_bytes_are_rows_or_an_error(bytes: Vec<u8>) {
            let _ = read(&bytes);
        }

        #[test]
        fn any_near_text_is_rows_or_an_error(text in "[a,\"\r\n]{0,30}") {
            let _ = read(text.as_bytes());
        }
    }
}
