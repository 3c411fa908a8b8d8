//! Which program wrote a source, told by its content.

use std::fmt;
use std::str::FromStr;

use bytes::Bytes;

use super::columnar::{ARROW_MAGIC, Columnar, PARQUET_MAGIC};
use super::csv::Csv;
use super::error::Flaw;
use super::jsonl::JsonLines;
use super::loadgen::{self, LoadgenLog};
use super::table::Table;

/// A kind of source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Azure LLM inference trace 2023: CSV of TIMESTAMP, ContextTokens, GeneratedTokens.
    AzureLlm2023,
    /// Mooncake traces: JSON lines of timestamp (ms), input_length, output_length, hash_ids.
    Mooncake,
    /// BurstGPT: CSV of Timestamp (s), Model and token counts, in six or eight columns.
    BurstGpt,
    /// The trace log of MLPerf LoadGen.
    Loadgen,
    /// The metrics of the program that Reprise replaces, and our own `--metrics-csv`.
    Predecessor,
    /// An outcome table: what a run really sent.
    Outcome,
    /// CSV with a header.
    Csv,
    /// One JSON object a line.
    JsonLines,
    /// Parquet.
    Parquet,
    /// An Arrow IPC file.
    Arrow,
}

/// How a source lies on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    Csv,
    JsonLines,
    Loadgen,
    Columnar,
}

/// What `reprise.format` says of our own files.
const FORMAT: &str = "reprise.format";

impl Kind {
    /// All kinds, known programs first.
    pub const ALL: [Self; 10] = [
        Self::AzureLlm2023,
        Self::Mooncake,
        Self::BurstGpt,
        Self::Loadgen,
        Self::Predecessor,
        Self::Outcome,
        Self::Csv,
        Self::JsonLines,
        Self::Parquet,
        Self::Arrow,
    ];

    /// Its name, as it is typed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AzureLlm2023 => "azure_llm_2023",
            Self::Mooncake => "mooncake",
            Self::BurstGpt => "burstgpt",
            Self::Loadgen => "loadgen",
            Self::Predecessor => "predecessor",
            Self::Outcome => "outcome",
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
        }
    }

    /// Opens a source, of a kind that is known or is told by its content.
    pub(crate) fn open<'a>(
        forced: Option<Self>,
        bytes: &'a Bytes,
    ) -> Result<(Self, Box<dyn Table + 'a>), Flaw> {
        if bytes.is_empty() {
            return Err(Flaw::new("is empty"));
        }
        let layout = match forced {
            Some(kind) => kind.layout(bytes),
            None => Layout::of(bytes)?,
        };
        let mut format = None;
        let table: Box<dyn Table> = match layout {
            Layout::Csv => Box::new(Csv::open(bytes)?),
            Layout::JsonLines => Box::new(JsonLines::open(bytes)?),
            Layout::Loadgen => Box::new(LoadgenLog::open(bytes)?),
            Layout::Columnar => {
                let columnar = Columnar::open(bytes)?;
                format = columnar.metadata.get(FORMAT).cloned();
                Box::new(columnar)
            }
        };
        if format.as_deref() == Some("trace") {
            return Err(Flaw::new("is a trace already; there is nothing to import"));
        }
        let kind = forced.unwrap_or_else(|| Self::of(layout, bytes, table.columns()));
        Ok((kind, table))
    }

    /// How a source of this kind lies on disk.
    fn layout(self, bytes: &[u8]) -> Layout {
        let columnar = bytes.starts_with(ARROW_MAGIC) || bytes.starts_with(PARQUET_MAGIC);
        match self {
            Self::Mooncake | Self::JsonLines => Layout::JsonLines,
            Self::Loadgen => Layout::Loadgen,
            Self::Parquet | Self::Arrow => Layout::Columnar,
            Self::Outcome if columnar => Layout::Columnar,
            Self::AzureLlm2023 | Self::BurstGpt | Self::Predecessor | Self::Outcome | Self::Csv => {
                Layout::Csv
            }
        }
    }

    /// The kind that has these columns.
    fn of(layout: Layout, bytes: &[u8], columns: &[String]) -> Self {
        let has =
            |names: &[&str]| names.iter().all(|name| columns.iter().any(|column| column == name));
        let outcome = ["run", "request_id", "tier", "slo", "arrival_ns", "sent_ns", "status"];
        match layout {
            Layout::Loadgen => Self::Loadgen,
            Layout::JsonLines if has(&["timestamp", "input_length", "output_length"]) => {
                Self::Mooncake
            }
            Layout::JsonLines => Self::JsonLines,
            _ if has(&outcome) => Self::Outcome,
            Layout::Columnar if bytes.starts_with(PARQUET_MAGIC) => Self::Parquet,
            Layout::Columnar => Self::Arrow,
            Layout::Csv if has(&["TIMESTAMP", "ContextTokens", "GeneratedTokens"]) => {
                Self::AzureLlm2023
            }
            Layout::Csv if has(&["Timestamp", "Model", "Request tokens", "Response tokens"]) => {
                Self::BurstGpt
            }
            Layout::Csv if has(&["timestamp_issued", "sample_id", "tier", "slo", "model"]) => {
                Self::Predecessor
            }
            Layout::Csv => Self::Csv,
        }
    }
}

impl Layout {
    fn of(bytes: &[u8]) -> Result<Self, Flaw> {
        if bytes.starts_with(ARROW_MAGIC) || bytes.starts_with(PARQUET_MAGIC) {
            return Ok(Self::Columnar);
        }
        if bytes.starts_with(loadgen::HEAD) {
            return Ok(Self::Loadgen);
        }
        let head = &bytes[..bytes.len().min(4096)];
        // Bytes below a space that are no white space stand in no text.
        let binary = head.iter().any(|&byte| byte < b' ' && !byte.is_ascii_whitespace());
        if binary {
            let problem = format!(
                "is neither a text nor an Arrow or Parquet file; it can be one of: {}",
                Kind::ALL.map(Kind::name).join(", ")
            );
            let hint = match head {
                [0x1f, 0x8b, ..] => "; unpack it with gunzip",
                [0xff, 0xff, 0xff, 0xff, ..] => "; of Arrow, write a file rather than a stream",
                _ => "",
            };
            return Err(Flaw::new(problem + hint));
        }
        match head.trim_ascii_start().first() {
            Some(b'{') => Ok(Self::JsonLines),
            _ => Ok(Self::Csv),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or_else(|| {
            format!(
                "there is no source `{text}`; there are {}",
                Self::ALL.map(Self::name).join(", ")
            )
        })
    }
}
