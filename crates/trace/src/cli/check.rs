//! What can be typed after `trace check`.

use std::path::PathBuf;

use clap::Args;

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  trace check traces/*.arrow
  trace check t.arrow --verbose              every test, not only those that fail
  trace check t.arrow --alpha 0.001 --json

Exit codes: 0 all passed, 1 a check failed, 2 usage or a file that cannot be read.")]
pub(crate) struct CheckArgs {
    /// Trace files
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// How often a sound trace may fail: once in 1/ALPHA files
    #[arg(long, value_name = "ALPHA", default_value = "0.01", value_parser = level)]
    pub(crate) alpha: f64,
    /// Print every test, and those that do not apply
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// Print one JSON object for each file
    #[arg(long)]
    pub(crate) json: bool,
}

fn level(text: &str) -> Result<f64, String> {
    let level = text.parse().ok().filter(|level| (1e-12..=0.5).contains(level));
    level.ok_or_else(|| "give a probability from 1e-12 to 0.5".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_probabilities() {
        assert_eq!(level("0.001"), Ok(0.001));
        for text in ["", "0", "1", "nan", "-0.1", "1 %"] {
            assert!(level(text).is_err(), "{text}");
        }
    }
}
