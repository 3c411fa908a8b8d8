//! Where the bare loop has service times from.

use crate::Row;

/// Service times of rows.
pub trait Services {
    /// Rows come in order.
    fn arrived(&mut self, row: &Row);

    /// How long the row at this position, which has come, takes.
    fn of(&mut self, position: u32, row: &Row) -> i64;
}

/// Asked for at dispatch.
pub struct AtDispatch<F>(pub F);

impl<F: Fn(&Row) -> i64> Services for AtDispatch<F> {
    #[inline]
    fn arrived(&mut self, _: &Row) {}

    #[inline]
    fn of(&mut self, _: u32, row: &Row) -> i64 {
        (self.0)(row)
    }
}

/// Asked for at arrival, and kept. The processor draws several at once, since none depends on
/// what happened before; at dispatch each is waited for.
pub struct AtArrival<F> {
    draw: F,
    times_ns: Vec<i64>,
}

impl<F: Fn(&Row) -> i64> AtArrival<F> {
    /// For so many rows.
    pub fn new(draw: F, count: usize) -> Self {
        Self { draw, times_ns: Vec::with_capacity(count) }
    }
}

impl<F: Fn(&Row) -> i64> Services for AtArrival<F> {
    #[inline]
    fn arrived(&mut self, row: &Row) {
        self.times_ns.push((self.draw)(row));
    }

    #[inline]
    fn of(&mut self, position: u32, _: &Row) -> i64 {
        self.times_ns[position as usize]
    }
}
