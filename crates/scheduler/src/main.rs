//! The `scheduler` program.

fn main() -> std::process::ExitCode {
    scheduler::cli::main()
}
