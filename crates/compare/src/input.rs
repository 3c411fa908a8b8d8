//! From files to sides: reads tables, joins their runs and refuses what cannot be compared.

mod columns;
mod files;
mod outcomes;
mod plain;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use outcome::RunInfo;
use rayon::prelude::*;
use request::Moment;

pub use columns::Row;
pub(crate) use columns::{Columns, INFINITE, UNKNOWN_LAG};
pub use files::expand;

use crate::run::BLOCKS_MAX;
use crate::{CompareError, Run, Side, Traffic};

/// How tables are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Blocks of scheduled time, 2 to [`BLOCKS_MAX`].
    pub blocks: u32,
    /// Requests that arrive before this are left out, on all sides.
    pub from: Moment,
}

/// Blocks of scheduled time where nobody asks for another number.
pub const BLOCKS_DEFAULT: u32 = 40;

impl Default for Reading {
    fn default() -> Self {
        Self { blocks: BLOCKS_DEFAULT, from: Moment::ZERO }
    }
}

/// Tables of one side, and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// Its name; `None` to call it after what was measured.
    pub name: Option<String>,
    /// Its tables, each of one run or several.
    pub paths: Vec<PathBuf>,
}

/// Reads all runs of all sides, which must be of the same trace.
///
/// Columns are read on all cores, a few tables at a time, so that memory holds what is compared and
/// not what was read.
///
/// # Errors
/// Where a table cannot be read, has no requests, or is of another trace than the first.
pub fn read(files: &[Files], reading: Reading) -> Result<(Traffic, Vec<Side>), CompareError> {
    check_blocks(reading.blocks)?;
    files.iter().try_for_each(check_once)?;
    let paths: Vec<&PathBuf> = files.iter().flat_map(|side| &side.paths).collect();
    let mut traffic = None;
    let mut runs = Vec::new();
    // How many of them each table has, since one table may be named twice.
    let mut counts = Vec::new();
    for paths in paths.chunks(TABLES_AT_ONCE) {
        let tables: Vec<_> = paths.par_iter().map(|path| table(path, reading)).collect();
        // One by one, so that the first of several errors is always the same.
        let mut read = Vec::new();
        for (path, table) in paths.iter().zip(tables) {
            let table = table?;
            let alone = table.len() == 1;
            counts.push(table.len());
            read.extend(table.into_iter().map(|columns| (*path, columns, alone)));
        }
        let (path, columns, _) = &read[0];
        let traffic = first(&mut traffic, columns, reading.blocks, path)?;
        let run =
            |(path, columns, alone): (&PathBuf, Columns, bool)| join(traffic, columns, path, alone);
        let joined: Vec<Result<Arc<Run>, CompareError>> = read.into_par_iter().map(run).collect();
        runs.extend(joined.into_iter().collect::<Result<Vec<_>, _>>()?);
    }
    let traffic = traffic.ok_or(CompareError::NoTables)?;
    Ok((traffic, sides(files, runs, &counts)))
}

/// Joins runs that are in memory, each as its rows in any order; of each side its name and its runs.
///
/// # Errors
/// Where a run has no requests or one twice, or is of other requests than the first.
pub fn of_rows(
    sides: &[(&str, Vec<Vec<Row>>)],
    blocks: u32,
) -> Result<(Traffic, Vec<Side>), CompareError> {
    check_blocks(blocks)?;
    let mut traffic = None;
    let mut joined = Vec::new();
    for (name, runs) in sides {
        let path = Path::new(name);
        let mut of_side = Vec::new();
        for (number, rows) in (0..).zip(runs) {
            let info = Arc::new(RunInfo { subject: (*name).into(), ..RunInfo::default() });
            let mut columns = Columns::new(number, &info);
            rows.iter().for_each(|row| columns.push(row));
            if columns.len() == 0 {
                return Err(CompareError::Empty { path: path.into(), from: Moment::ZERO });
            }
            columns.check_ids(path)?;
            let columns = columns.in_order(path)?;
            let traffic = first(&mut traffic, &columns, blocks, path)?;
            of_side.push(join(traffic, columns, path, runs.len() == 1)?);
        }
        joined.push(Side::new(Some((*name).into()), of_side));
    }
    Ok((traffic.ok_or(CompareError::NoTables)?, joined))
}

/// The traffic that all runs must be of: that of the first.
fn first<'a>(
    traffic: &'a mut Option<Traffic>,
    columns: &Columns,
    blocks: u32,
    path: &Path,
) -> Result<&'a Traffic, CompareError> {
    Ok(match traffic {
        Some(traffic) => traffic,
        none => none.insert(Traffic::new(columns, blocks, path)?),
    })
}

/// A run, if it is of this traffic.
fn join(
    traffic: &Traffic,
    columns: Columns,
    path: &Path,
    alone: bool,
) -> Result<Arc<Run>, CompareError> {
    traffic.check(&columns, path)?;
    Ok(Arc::new(Run::new(traffic, columns, path, alone)))
}

/// A run that counted twice would make its side look certain.
fn check_once(side: &Files) -> Result<(), CompareError> {
    // However it is spelt; what is not there is told when it is read.
    let place = |path: &PathBuf| path.canonicalize().unwrap_or_else(|_| path.clone());
    let mut paths: Vec<(PathBuf, &PathBuf)> =
        side.paths.iter().map(|path| (place(path), path)).collect();
    paths.sort();
    match paths.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        None => Ok(()),
        Some(twice) => Err(CompareError::Twice { path: twice[1].1.clone() }),
    }
}

/// One block says nothing.
pub(crate) const BLOCKS_MIN: u32 = 2;

fn check_blocks(blocks: u32) -> Result<(), CompareError> {
    match (BLOCKS_MIN..=BLOCKS_MAX).contains(&blocks) {
        true => Ok(()),
        false => Err(CompareError::Blocks { blocks }),
    }
}

/// Tables whose columns are in memory at once, on any machine, so that the same error comes first.
const TABLES_AT_ONCE: usize = 4;

/// The runs of a table in the order of the trace; at least one.
fn table(path: &Path, reading: Reading) -> Result<Vec<Columns>, CompareError> {
    let from_ns = reading.from.as_nanos();
    let is_csv = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
    let runs = match is_csv && plain::is_plain(path) {
        true => vec![plain::read(path, from_ns)?],
        false => outcomes::read(path, from_ns)?,
    };
    let runs: Vec<Columns> = runs.into_iter().filter(|run| run.len() > 0).collect();
    if runs.is_empty() {
        return Err(CompareError::Empty { path: path.into(), from: reading.from });
    }
    runs.into_iter().map(|run| run.in_order(path)).collect()
}

/// Deals the runs, which are in the order of the files and so many of each, to their sides.
fn sides(files: &[Files], runs: Vec<Arc<Run>>, counts: &[usize]) -> Vec<Side> {
    let (mut runs, mut counts) = (runs.into_iter(), counts.iter());
    let side = |files: &Files| {
        let count = counts.by_ref().take(files.paths.len()).sum();
        Side::new(files.name.clone(), runs.by_ref().take(count).collect())
    };
    files.iter().map(side).collect()
}
