//! The `trace-record` program.

fn main() -> std::process::ExitCode {
    trace_record::cli::main()
}
