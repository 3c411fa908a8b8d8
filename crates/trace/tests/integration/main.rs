//! The program as it is typed, the canonical traces, and the statistics of what is generated.

mod canonical;
mod format_text;
mod program;
mod statistics;
