//! Whether a table has the columns of a trace.

use arrow_schema::{Field, Fields};

use crate::error::Fault;
use crate::schema::column;

/// Checks names, order and types, and that no column may hold nulls.
pub(super) fn check(found: &Fields, expected: &Fields) -> Result<(), Fault> {
    for (index, (name, expected)) in column::ALL.into_iter().zip(expected.iter()).enumerate() {
        let Some(found) = found.get(index) else {
            let problem = "missing from the file; a trace has seven columns";
            return Err(Fault::column(name, problem));
        };
        check_field(name, expected, found)?;
    }
    match found.get(expected.len()) {
        None => Ok(()),
        Some(extra) => {
            let problem = format!("column `{}` is one too many; drop it", extra.name());
            Err(Fault::foreign(problem))
        }
    }
}

fn check_field(name: &'static str, expected: &Field, found: &Field) -> Result<(), Fault> {
    if found.name() != name {
        let problem = format!("its place holds column `{}`; keep the columns' order", found.name());
        return Err(Fault::column(name, problem));
    }
    if found.data_type() != expected.data_type() {
        let (found, expected) = (found.data_type(), expected.data_type());
        return Err(Fault::column(name, format!("is of type {found}, expected {expected}")));
    }
    if found.is_nullable() {
        return Err(Fault::column(name, "may hold nulls; declare it non-null"));
    }
    Ok(())
}
