//! The lists of names that the columns `slo` and `model` refer to.

use super::container::{Block, Container};
use super::message::{Columns, read_head};
use crate::error::Fault;
use crate::header::check_names;
use crate::schema::column;

/// Reads the lists of `slo` and `model`, whose dictionaries have these ids.
pub(super) fn read(
    container: &Container,
    [slo_id, model_id]: [i64; 2],
) -> Result<(Vec<String>, Vec<String>), Fault> {
    let (mut slos, mut models) = (None, None);
    for block in &container.dictionaries {
        let message = read_head(&block.head)?;
        let dictionary = message.header_as_dictionary_batch().ok_or_else(|| {
            Fault::damaged("a block in the list of dictionaries is no dictionary")
        })?;
        let id = dictionary.id();
        let targets = [(slo_id, column::SLO, &mut slos), (model_id, column::MODEL, &mut models)];
        for (_, column, target) in targets.into_iter().filter(|target| target.0 == id) {
            if dictionary.isDelta() || target.is_some() {
                let problem = "has its names in several parts; write them as one dictionary";
                return Err(Fault::column(column, problem));
            }
            let data = dictionary.data();
            let data =
                data.ok_or_else(|| Fault::column(column, "has a dictionary without data"))?;
            *target = Some(names(column, block, data)?);
        }
    }
    let missing = |column| move || Fault::column(column, "has no dictionary in the file");
    Ok((slos.ok_or_else(missing(column::SLO))?, models.ok_or_else(missing(column::MODEL))?))
}

/// The names of one dictionary.
fn names(
    column: &'static str,
    block: &Block,
    data: arrow_ipc::RecordBatch<'_>,
) -> Result<Vec<String>, Fault> {
    let mut columns = Columns::new(&block.body, data)?;
    let count = columns.rows;
    if count > i16::MAX as usize {
        return Err(Fault::column(column, format!("has {count} names; 32767 is the most")));
    }
    columns.enter(column)?;
    // An empty list may come without its only offset.
    if count == 0 {
        return Ok(Vec::new());
    }
    let offsets = columns.next_values::<i32>(column, count + 1)?;
    let text = columns.next_bytes(column)?;
    let mut names: Vec<String> = Vec::with_capacity(count);
    for pair in offsets.windows(2) {
        let name = name(&text, pair[0], pair[1]);
        let name = name.ok_or_else(|| Fault::column(column, "has a name that is not text"))?;
        names.push(name);
    }
    check_names(column, names.iter().map(String::as_str)).map(|()| names)
}

/// The text between two offsets, where it is UTF-8.
fn name(text: &[u8], start: i32, end: i32) -> Option<String> {
    let range = usize::try_from(start).ok()?..usize::try_from(end).ok()?;
    std::str::from_utf8(text.get(range)?).ok().map(str::to_owned)
}
