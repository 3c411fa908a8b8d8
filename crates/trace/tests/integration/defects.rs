//! Traces with a planted defect, to show what `trace check` finds.
//!
//! Each is a file of about 10,000 requests in three classes whose metadata promise a sound
//! workload: 100 requests/s for 100 s, so gaps of 10 ms.

use std::time::Duration;

use request::{ModelId, Moment, Request, RequestId, Seed, Tier};
use trace::{Class, ModelShare, TraceRow, TraceWriter, Workload, generate_to};

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Defect {
    /// Nothing; drawn by the generator of the library.
    None,
    /// Nothing; drawn here, by other code.
    NoneElsewhere,
    /// Arrivals are multiples of so many ns.
    Rounded(i64),
    /// Arrivals are seconds in 32-bit floats.
    SinglePrecision,
    /// Gaps are sums of two exponential ones.
    Erlang,
    /// The rate rises from 0.9 to 1.1 of its mean.
    Ramp,
    /// The rate is a fifth above its mean, and a fifth below, in turns of about 100 requests.
    TwoStates,
    /// Gaps are exponential, but each remembers a tenth of the last: EAR(1), Gaver and Lewis 1980.
    Remembering,
    /// The rate is so many times what it should be.
    Rate(f64),
    /// The first class has so much more of the requests, the second so much less.
    Mix(f64),
    /// The second model has so much more of the requests.
    Models(f64),
    /// Classes take turns, in a stream that is sound as a whole.
    RoundRobin,
    /// All classes draw the same gaps; two of them have one rate.
    SharedStream,
    /// The same, but of two requests at one moment one is dropped.
    SharedStreamThinned,
    /// The same, but every class has another rate, so that none meet.
    SharedStreamScaled,
    /// Nothing arrives in the last twentieth of the time.
    Truncated,
}

/// Shares of the three classes.
const SHARES: [f64; 3] = [0.5, 0.25, 0.25];

/// Shares that are all different, for [`Defect::SharedStreamScaled`].
const SHARES_APART: [f64; 3] = [0.5, 0.3, 0.2];

const SECONDS: u64 = 100;

impl Defect {
    /// The workload that the file claims to be.
    pub(crate) fn workload(self) -> Workload {
        let mut workload = Workload::built_in("balanced").unwrap().with_tensor_shape(&[1, 4]);
        let shares = if self == Self::SharedStreamScaled { SHARES_APART } else { SHARES };
        workload.total_qps = 100.0;
        workload.duration = Duration::from_secs(SECONDS);
        let asks = |model: &str, weight| ModelShare { model: model.to_owned(), weight };
        let base = workload.classes[1].clone();
        let class = |(tier, share)| Class {
            tier,
            share,
            models: vec![asks("resnet50", 0.7), asks("vit", 0.3)],
            ..base.clone()
        };
        workload.classes = Tier::ALL.into_iter().zip(shares).map(class).collect();
        workload
    }

    /// A trace file with the defect.
    pub(crate) fn file(self, seed: u64) -> Vec<u8> {
        let workload = self.workload();
        if self == Self::None {
            return generate_to(Vec::new(), &workload, Seed(seed), 1, |_, _| {}).unwrap().out;
        }
        let mut arrivals = self.arrivals(&workload, seed);
        arrivals.sort_unstable();
        if self == Self::SharedStreamThinned {
            arrivals.dedup_by_key(|(arrival_ns, _)| *arrival_ns);
        }
        let mut models = Draws::new(seed, "models");
        let weight = 0.3 + if let Self::Models(more) = self { more } else { 0.0 };
        let rows: Vec<TraceRow> = (0..)
            .zip(arrivals)
            .map(|(id, (arrival_ns, class))| {
                let arrival = Moment::from_nanos(arrival_ns);
                let request = Request {
                    id: RequestId(id),
                    arrival,
                    deadline: arrival + Duration::from_millis(500),
                    tier: Tier::ALL[class],
                    model: ModelId(u16::from(models.uniform() <= weight)),
                };
                TraceRow { request, slo: 1, tensor_seed: Seed(models.bits()) }
            })
            .collect();
        let mut writer = TraceWriter::create(Vec::new(), &workload, Seed(seed)).unwrap();
        writer.push(&rows).unwrap();
        writer.finish().unwrap().out
    }

    /// Arrival and class of each request.
    fn arrivals(self, workload: &Workload, seed: u64) -> Vec<(i64, usize)> {
        let duration_ns = SECONDS as f64 * 1e9;
        if self == Self::RoundRobin {
            let turns = [0, 1, 0, 2];
            let times = self.times(Draws::new(seed, "all"), 10_000.0);
            let place = |time: f64| (time * 1e7) as i64;
            return times
                .iter()
                .zip((0..).map(|i| turns[i % 4]))
                .map(|(t, c)| (place(*t), c))
                .collect();
        }
        let mut arrivals = Vec::new();
        for (index, class) in workload.classes.iter().enumerate() {
            let is_shared = matches!(
                self,
                Self::SharedStream | Self::SharedStreamThinned | Self::SharedStreamScaled
            );
            let label = if is_shared { "all".to_owned() } else { format!("class {index}") };
            let share = match (self, index) {
                (Self::Mix(more), 0) => class.share + more,
                (Self::Mix(more), 1) => class.share - more,
                (Self::Rate(factor), _) => class.share * factor,
                _ => class.share,
            };
            let mean_ns = 1e9 / (workload.total_qps * share);
            let times = self.times(Draws::new(seed, &label), duration_ns / mean_ns);
            let place = |time: f64| self.place(time * mean_ns);
            arrivals.extend(times.into_iter().map(|time| (place(time), index)));
        }
        arrivals
    }

    fn place(self, time_ns: f64) -> i64 {
        match self {
            Self::Rounded(grid_ns) => (time_ns / grid_ns as f64) as i64 * grid_ns,
            Self::SinglePrecision => (f64::from((time_ns / 1e9) as f32) * 1e9).round() as i64,
            _ => time_ns as i64,
        }
    }

    /// A stream of mean rate 1 over this length.
    fn times(self, mut draws: Draws, length: f64) -> Vec<f64> {
        let (mut time, mut last, mut times) = (0.0, draws.exponential(), Vec::new());
        loop {
            let gap = match self {
                Self::Erlang => 0.5 * (draws.exponential() + draws.exponential()),
                Self::Remembering => {
                    let fresh = draws.uniform() > 0.1;
                    0.1 * last + if fresh { draws.exponential() } else { 0.0 }
                }
                _ => draws.exponential(),
            };
            (time, last) = (time + gap, gap);
            let at = self.moved(time, length);
            if at >= length || self == Self::Truncated && at >= 0.95 * length {
                return times;
            }
            times.push(at);
        }
    }

    /// Where a time of constant rate falls when the rate changes: the inverse of its integral.
    fn moved(self, time: f64, length: f64) -> f64 {
        match self {
            // 0.9 x + 0.1 x^2 / 1, x the share of the length.
            Self::Ramp => length * ((0.81 + 0.4 * time / length).sqrt() - 0.9) / 0.2,
            Self::TwoStates => {
                let (turn, within) = ((time / 200.0).floor(), time % 200.0);
                let within =
                    if within < 120.0 { within / 1.2 } else { 100.0 + (within - 120.0) / 0.8 };
                200.0 * turn + within
            }
            _ => time,
        }
    }
}

/// Random numbers that owe nothing to the generator of the library.
pub(crate) struct Draws {
    seed: Seed,
    counter: u64,
}

impl Draws {
    pub(crate) fn new(seed: u64, label: &str) -> Self {
        Self { seed: Seed(seed).derive("defects").derive(label), counter: 0 }
    }

    fn bits(&mut self) -> u64 {
        self.counter += 1;
        self.seed.draw(self.counter)
    }

    /// Above 0, at most 1.
    fn uniform(&mut self) -> f64 {
        ((self.bits() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn exponential(&mut self) -> f64 {
        -self.uniform().ln()
    }
}
