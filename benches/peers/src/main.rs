//! The `peers` program.

fn main() -> std::process::ExitCode {
    peers::cli::main()
}
