//! `trace gen` as it is typed.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use request::Seed;
use trace::{Amounts, ArrivalsText, Format, RateText, Workload, WorkloadFile};

/// Where the random streams begin if nobody says.
pub(crate) const SEED: Seed = Seed(42);

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  trace gen --seed 42
  trace gen --workload urgent_heavy --total-qps 70 --duration-ms 60000 --seed 42 -o t.arrow
  trace gen --workload balanced --count 10000000 --total-qps 5000 -o big.arrow
  trace gen --workload balanced --arrivals gamma:cv=3 -o clumps.arrow
  trace gen --workload balanced --arrivals on_off:on=1s,off=4s,shared=true -o bursts.arrow
  trace gen --workload balanced --rate 0-5:3,5-10:10,10-15:20 -o steps.arrow
  trace gen --print-spec balanced > my.toml     then edit it, and
  trace gen --spec my.toml -o t.arrow

A line `#:schema FILE` at the top of a workload file, with what --print-schema writes to FILE,
makes editors complete and check it.")]
pub(crate) struct GenArgs {
    /// Built-in workload: balanced, urgent_heavy or batch_heavy; may be given again. Without it
    /// and without --spec, all three
    #[arg(long, value_name = "NAME")]
    workload: Vec<String>,
    /// Workload file (TOML); may be given again
    #[arg(long, value_name = "FILE")]
    spec: Vec<PathBuf>,
    /// Requests per second over all classes, in the mean [default: the workload's; 30 for a
    /// built-in one]
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    total_qps: Option<f64>,
    /// How long requests keep arriving [default: the workload's; 60000 for a built-in one]
    #[arg(long, value_name = "MS")]
    duration_ms: Option<u64>,
    /// At least this many requests, shared out by class, even past the duration [default: the
    /// workload's; 100 for a built-in one]
    #[arg(long, value_name = "COUNT")]
    min_query_count: Option<u64>,
    /// Exactly this many requests, however long they take
    #[arg(long, value_name = "COUNT", conflicts_with = "min_query_count")]
    count: Option<u64>,
    /// How requests come: poisson, constant, uniform:jitter=0.5, gamma:cv=2, weibull:cv=2,
    /// on_off:on=1s,off=4s or loadgen:schedule_seed=0 [default: the workload's]
    #[arg(long, value_name = "PROCESS")]
    arrivals: Option<ArrivalsText>,
    /// Rate over time: steps as in 0-5:3,5-10:10 (seconds:requests/s), ramp:from=10,to=100,
    /// sinusoid:period=10s,amplitude=0.5 or diurnal:amplitude=0.8,peak=14h [default: the workload's]
    #[arg(long, value_name = "SHAPE")]
    rate: Option<RateText>,
    /// Where the random streams begin [default: the workload's, or 42]
    #[arg(long)]
    seed: Option<u64>,
    /// Tensor of every model, such as 1x4 or 1,3,224,224 [default: the workload's]
    #[arg(long, value_name = "SHAPE")]
    tensor_shape: Option<Shape>,
    /// Folder for the files, such as NAME.arrow; made where it is missing
    #[arg(long, value_name = "DIR", default_value = "traces", conflicts_with = "output")]
    pub(crate) output_dir: PathBuf,
    /// File to write, for one workload: .arrow, .arrows, .parquet or .csv; `-` is a stream to stdout
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Format of the file, whatever its name: arrow, arrows, parquet or csv
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,
    /// Threads that draw; 0 is one for each core. The bytes are the same for any number
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    pub(crate) threads: usize,
    /// Print one JSON object for each file
    #[arg(long)]
    pub(crate) json: bool,
    /// Print the workload file of a built-in workload, and do nothing else
    #[arg(long, value_name = "NAME", exclusive = true)]
    pub(crate) print_spec: Option<String>,
    /// Print the JSON Schema of workload files, for editors, and do nothing else
    #[arg(long, exclusive = true)]
    pub(crate) print_schema: bool,
}

impl GenArgs {
    /// The workloads that are meant, with the amounts that were typed, each with its seed.
    pub(crate) fn workloads(&self) -> anyhow::Result<Vec<(Workload, Seed)>> {
        let mut files: Vec<WorkloadFile> = Vec::new();
        for name in self.names() {
            files.push(WorkloadFile::built_in(name)?);
        }
        for path in &self.spec {
            files.push(WorkloadFile::read(path)?);
        }
        files.iter().map(|file| self.workload(file)).collect()
    }

    /// The built-in workloads that are meant.
    fn names(&self) -> Vec<&str> {
        if self.workload.is_empty() && self.spec.is_empty() {
            return Workload::BUILT_IN.to_vec();
        }
        self.workload.iter().map(String::as_str).collect()
    }

    fn workload(&self, file: &WorkloadFile) -> anyhow::Result<(Workload, Seed)> {
        let amounts = Amounts {
            total_qps: self.total_qps,
            duration: self.duration_ms.map(Duration::from_millis),
            min_query_count: self.min_query_count,
            count: self.count,
            arrivals: self.arrivals.clone(),
            rate: self.rate.clone(),
        };
        let mut workload = file.workload(&amounts)?;
        if let Some(Shape(shape)) = &self.tensor_shape {
            workload = workload.with_tensor_shape(shape);
            workload.validate()?;
        }
        let seed = self.seed.map(Seed).or(file.seed()).unwrap_or(SEED);
        Ok((workload, seed))
    }
}

/// Dimensions as they are typed.
#[derive(Clone, Debug)]
pub(crate) struct Shape(pub(crate) Vec<i32>);

impl FromStr for Shape {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let dimension = |part: &str| part.trim().parse().ok().filter(|&dimension| dimension >= 1);
        let shape: Option<Vec<i32>> = text.split(['x', ',']).map(dimension).collect();
        shape.map(Self).ok_or_else(|| "give whole numbers of at least 1, as in 1x4".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_read() {
        for text in ["1x3x224x224", "1,3,224,224", "1, 3, 224, 224"] {
            assert_eq!(text.parse::<Shape>().unwrap().0, [1, 3, 224, 224]);
        }
        for text in ["", "1x", "0x4", "-1", "1.5", "axb"] {
            assert!(text.parse::<Shape>().is_err(), "{text}");
        }
    }
}
