//! Calls of the libraries for Arrow and Parquet, which panic on some damaged files.
//!
//! Nothing but such calls belongs here: a panic of our own is a bug, and is to be seen.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::Once;

/// Makes a call. `None` where it panicked; nobody is told of the panic.
pub fn guarded<T>(call: impl FnOnce() -> T) -> Option<T> {
    static QUIET: Once = Once::new();
    QUIET.call_once(keep_quiet);
    let before = GUARDED.replace(true);
    // Whatever the call may leave half done is dropped with it, so nobody can see it.
    let done = catch_unwind(AssertUnwindSafe(call));
    GUARDED.set(before);
    done.ok()
}

thread_local! {
    /// Whether a panic of this thread will be caught.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Keeps the report of a caught panic from the user, to whom the error says what matters.
fn keep_quiet() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if !GUARDED.get() {
            report(panic);
        }
    }));
}
