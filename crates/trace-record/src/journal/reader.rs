//! Reads a journal, which a crash may have cut off anywhere.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;

use super::{COLUMNS, JournalCounts, JournalHeader, JournalRow, MAGIC};

/// Longer than any line of a journal: the longest holds a model's name.
const LINE_LEN_MAX: u64 = 64 << 10;

/// Why a journal cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JournalError {
    #[error("cannot read the journal")]
    Io(#[from] io::Error),
    #[error("not a journal of this release: it does not begin with `{}`", MAGIC.trim_end())]
    Foreign,
    #[error("line {line} of the journal is damaged: {problem}")]
    Line { line: u64, problem: String },
}

/// What a journal holds beside its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Journal {
    pub(crate) header: JournalHeader,
    pub(crate) counts: JournalCounts,
    /// Whether a last line was cut off and left out.
    pub(crate) is_cut: bool,
}

/// Reads a journal, and hands out its rows in the order in which they were written.
///
/// # Errors
/// Where it cannot be read, is something else, or a line that is not the last is damaged.
pub(crate) fn read(path: &Path, on_row: impl FnMut(JournalRow)) -> Result<Journal, JournalError> {
    read_from(BufReader::with_capacity(1 << 20, File::open(path)?), on_row)
}

fn read_from(
    input: impl BufRead,
    mut on_row: impl FnMut(JournalRow),
) -> Result<Journal, JournalError> {
    let mut lines = Lines { input, line: Vec::new(), number: 0 };
    let first = lines.next()?.and_then(|line| line.strip_prefix(MAGIC));
    let json = first.ok_or(JournalError::Foreign)?;
    let header = serde_json::from_str(json)
        .map_err(|error| JournalError::Line { line: 1, problem: error.to_string() })?;
    let mut journal = Journal { header, counts: JournalCounts::default(), is_cut: false };
    match lines.next()? {
        Some(COLUMNS) => {}
        Some(_) => return Err(lines.damaged("it should name the columns")),
        None => {
            journal.is_cut = !lines.line.is_empty();
            return Ok(journal);
        }
    }
    while let Some(line) = lines.next()? {
        let read = match line.strip_prefix('!') {
            Some(json) => serde_json::from_str(json)
                .map(|counts| journal.counts = counts)
                .map_err(|error| error.to_string()),
            None => parse_row(line).map(&mut on_row),
        };
        read.map_err(|problem| lines.damaged(problem))?;
    }
    journal.is_cut = !lines.line.is_empty();
    Ok(journal)
}

/// Whole lines of bounded length.
struct Lines<R> {
    input: R,
    /// The last line read; at the end what follows the last line feed.
    line: Vec<u8>,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    /// The next line without its end; `None` where no whole line is left.
    fn next(&mut self) -> Result<Option<&str>, JournalError> {
        self.line.clear();
        self.number += 1;
        (&mut self.input).take(LINE_LEN_MAX).read_until(b'\n', &mut self.line)?;
        if self.line.len() as u64 == LINE_LEN_MAX && self.line.last() != Some(&b'\n') {
            return Err(match self.number {
                1 => JournalError::Foreign,
                _ => self.damaged(format!("it is longer than {LINE_LEN_MAX} bytes")),
            });
        }
        let Some(whole) = self.line.strip_suffix(b"\n") else {
            return Ok(None);
        };
        let number = self.number;
        let text = std::str::from_utf8(whole).map(Some);
        text.map_err(|_| JournalError::Line { line: number, problem: "it is no text".to_owned() })
    }

    fn damaged(&self, problem: impl Into<String>) -> JournalError {
        JournalError::Line { line: self.number, problem: problem.into() }
    }
}

fn parse_row(line: &str) -> Result<JournalRow, String> {
    let mut fields = line.splitn(COLUMNS.split(',').count(), ',');
    let mut field = |name: &str| fields.next().ok_or_else(|| format!("{name} is missing"));
    let row = JournalRow {
        arrival_ns: number("arrival_ns", field("arrival_ns")?)?,
        request_id: optional("request_id", field("request_id")?)?,
        tier: number("tier", field("tier")?)?,
        deadline_ns: optional("deadline_ns", field("deadline_ns")?)?,
        shape: shape(field("shape")?)?,
        tensor_sha256: digest(field("tensor_sha256")?)?,
        model: field("model")?.to_owned(),
    };
    if !(1..=3).contains(&row.tier) {
        return Err(format!("tier {} is not 1, 2 or 3", row.tier));
    }
    Ok(row)
}

fn number<T: std::str::FromStr>(name: &str, text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{name} `{text}` is no whole number"))
}

fn optional(name: &str, text: &str) -> Result<Option<i64>, String> {
    if text.is_empty() { Ok(None) } else { number(name, text).map(Some) }
}

fn shape(text: &str) -> Result<Vec<i32>, String> {
    text.split('x').map(|dimension| number("shape", dimension)).collect()
}

fn digest(text: &str) -> Result<[u8; 32], String> {
    let bad = || format!("tensor_sha256 `{text}` is not 64 hexadecimal digits");
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = [0; 32];
    if text.len() != 2 * bytes.len() {
        return Err(bad());
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = digit(pair[0]).zip(digit(pair[1])).map(|(a, b)| a << 4 | b).ok_or_else(bad)?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::JournalWriter;
    use super::*;
    use crate::slo::SloClasses;

    fn header() -> JournalHeader {
        JournalHeader {
            epoch_unix_ns: 1_700_000_000_000_000_000,
            listen: "127.0.0.1:1".to_owned(),
            scheduler: "h:2".to_owned(),
            slo: SloClasses::default(),
            name: "recorded".to_owned(),
            keep_offset: false,
            limit: Some(3),
        }
    }

    fn rows() -> Vec<JournalRow> {
        let row = |arrival_ns, request_id, deadline_ns, model: &str| JournalRow {
            arrival_ns,
            request_id,
            tier: 2,
            deadline_ns,
            shape: vec![1, 3, 224, 224],
            tensor_sha256: [0xa5; 32],
            model: model.to_owned(),
        };
        vec![
            row(0, None, None, "a"),
            row(17, Some(-3), Some(-9), "b, c=d!"),
            row(9, Some(i64::MAX), Some(i64::MIN), "!ö"),
        ]
    }

    fn written() -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        let mut writer = JournalWriter::create(&path, &header(), true).unwrap();
        rows().iter().for_each(|row| writer.push(row));
        let counts = |count| JournalCounts { unrecorded: [("x".to_owned(), count)].into() };
        writer.push_counts(counts(1));
        writer.push_counts(counts(1));
        writer.push_counts(counts(2));
        writer.flush().unwrap();
        assert!(JournalWriter::create(&path, &header(), false).is_err(), "an old one is kept");
        std::fs::read(&path).unwrap()
    }

    #[test]
    fn what_is_written_is_read_and_a_cut_leaves_whole_rows() {
        let bytes = written();
        assert_eq!(
            bytes.iter().filter(|&&byte| byte == b'!').count(),
            4,
            "counts when they change"
        );
        let first_line = bytes.iter().position(|&byte| byte == b'\n').unwrap();
        for cut in first_line + 1..=bytes.len() {
            let mut read = Vec::new();
            let journal = read_from(&bytes[..cut], |row| read.push(row)).unwrap();
            assert_eq!(journal.header, header());
            assert_eq!(journal.is_cut, bytes[cut - 1] != b'\n', "{cut}");
            assert_eq!(read, rows()[..read.len()]);
            if cut == bytes.len() {
                assert_eq!(read.len(), 3);
                assert_eq!(journal.counts.unrecorded["x"], 2);
            }
        }
    }

    #[test]
    fn damage_before_the_end_says_its_line() {
        let text = String::from_utf8(written()).unwrap();
        let check = |from: &str, to: &str, expected: &str| {
            let error = read_from(text.replacen(from, to, 1).as_bytes(), |_| ()).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
        };
        check("reprise.journal 1", "reprise.journal 2", "not a journal of this release");
        check("arrival_ns,", "arrival,", "line 2 of the journal is damaged: it should name");
        check("0,,2,", "x,,2,", "line 3 of the journal is damaged: arrival_ns `x`");
        check("0,,2,", "0,,4,", "tier 4 is not");
        check("a5a5", "g5a5", "not 64 hexadecimal digits");
        check("\n17,", "\n", "line 4");
        check("224", "99999999999", "shape `99999999999`");
        check(",a\n", &format!(",{}\n", "a".repeat(70_000)), "longer than 65536");
        check("17,", "17,1,2\n", "line 4 of the journal is damaged: deadline_ns is missing");
    }

    #[test]
    fn an_endless_line_is_no_journal() {
        let error = read_from(BufReader::new(io::repeat(0)), |_| ()).unwrap_err();
        assert!(matches!(error, JournalError::Foreign));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read_from(&bytes[..], |_| ());
            let start = [MAGIC.as_bytes(), b"{}\n", &bytes].concat();
            let _ = read_from(&start[..], |_| ());
        }

        #[test]
        fn altered_bytes_do_not_either(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut bytes = written();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let _ = read_from(&bytes[..], |_| ());
        }
    }
}
