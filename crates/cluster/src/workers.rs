//! The workers of a cluster: a number, or a TOML file where they differ.

mod file;

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use policy::WorkerId;
use request::{ModelId, Moment};

use crate::Profile;
use crate::profile::clamped_ns;

pub use file::WorkersError;

/// The most workers that a cluster may have.
pub const WORKERS_MAX: u32 = 100_000;

/// How many workers there are, what each of them can do, and when they fail.
#[derive(Clone, Debug, PartialEq)]
pub struct Workers {
    all: Vec<WorkerSpec>,
    outages: Vec<Outage>,
    /// Whether requests on a failing worker wait again.
    retry: bool,
    /// The number or the file's text.
    text: String,
}

/// One worker.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WorkerSpec {
    /// Service times are divided by it.
    pub(crate) speed: f64,
    /// Room for models; `None` is without end.
    pub(crate) memory_mb: Option<u64>,
    /// The models that it holds, by name, where it may hold no others.
    pub(crate) pinned: Option<Vec<String>>,
}

/// A worker is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outage {
    pub(crate) worker: WorkerId,
    pub(crate) from: Moment,
    /// `None` is for ever.
    pub(crate) to: Option<Moment>,
}

impl Workers {
    /// `count` equal workers of speed 1 that never fail and hold every model.
    ///
    /// # Panics
    /// Where `count` is 0 or above [`WORKERS_MAX`].
    #[must_use]
    pub fn equal(count: u32) -> Self {
        assert!((1..=WORKERS_MAX).contains(&count), "{count} is no number of workers");
        let one = WorkerSpec { speed: 1.0, memory_mb: None, pinned: None };
        let all = vec![one; count as usize];
        Self { all, outages: Vec::new(), retry: true, text: count.to_string() }
    }

    /// Reads a workers file.
    ///
    /// # Errors
    /// Where the file cannot be read, is not TOML of the right shape, or holds a value that makes
    /// no sense.
    pub fn read(path: &Path) -> Result<Self, WorkersError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| WorkersError::Read { path: path.to_owned(), source })?;
        Self::parse(&text)
    }

    /// Reads workers from the text of a file.
    ///
    /// # Errors
    /// As [`Workers::read`].
    pub fn parse(text: &str) -> Result<Self, WorkersError> {
        file::parse(text)
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u32 {
        u32::try_from(self.all.len()).expect("there are at most WORKERS_MAX")
    }

    /// The number, or the text of the file: [`FromStr`] and [`Workers::parse`] read them back.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn specs(&self) -> &[WorkerSpec] {
        &self.all
    }

    pub(crate) fn outages(&self) -> &[Outage] {
        &self.outages
    }

    pub(crate) fn retry(&self) -> bool {
        self.retry
    }

    pub(crate) fn check_models(
        &self,
        profile: &Profile,
        models: impl IntoIterator<Item = ModelId>,
    ) -> Result<(), WorkersError> {
        for name in self.all.iter().filter_map(|spec| spec.pinned.as_ref()).flatten() {
            profile.model(name).map_err(|source| WorkersError::Pinned(Box::new(source)))?;
        }
        for spec in &self.all {
            spec.check_pinned(profile)?;
        }
        for model in models {
            if !self.all.iter().any(|spec| spec.can_hold(profile, model)) {
                let model = profile.name(model).to_owned();
                return Err(WorkersError::NoRoom { model });
            }
        }
        Ok(())
    }
}

impl FromStr for Workers {
    type Err = WorkersError;

    /// A number of equal workers, or the path of a workers file.
    fn from_str(text: &str) -> Result<Self, WorkersError> {
        match text.parse() {
            Ok(count) if (1..=WORKERS_MAX).contains(&count) => Ok(Self::equal(count)),
            Ok(count) => Err(WorkersError::Count(count.into())),
            Err(_) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                Err(WorkersError::Count(u64::MAX))
            }
            Err(_) => Self::read(Path::new(text)),
        }
    }
}

impl fmt::Display for Workers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.count())
    }
}

impl WorkerSpec {
    /// Whether the worker can ever hold `model`.
    pub(crate) fn can_hold(&self, profile: &Profile, model: ModelId) -> bool {
        match &self.pinned {
            Some(names) => names.iter().any(|name| profile.model(name).ok() == Some(model)),
            None => self.memory_mb.is_none_or(|room| profile.of(model).memory_mb <= room),
        }
    }

    /// What a worker of speed 1 does in 1 000 000 ns takes this one so many.
    pub(crate) fn slowness_ppm(&self) -> u64 {
        clamped_ns(libm::rint(1e6 / self.speed))
    }

    /// Pinned models must all fit at once.
    fn check_pinned(&self, profile: &Profile) -> Result<(), WorkersError> {
        let (Some(names), Some(room_mb)) = (&self.pinned, self.memory_mb) else { return Ok(()) };
        let size = |name: &String| profile.model(name).map_or(0, |id| profile.of(id).memory_mb);
        let needed_mb = names.iter().map(size).fold(0, u64::saturating_add);
        if needed_mb > room_mb {
            return Err(WorkersError::PinnedTooLarge { needed_mb, room_mb });
        }
        Ok(())
    }
}

/// What takes `nanos` on a worker of speed 1, on one that takes `slowness_ppm` millionths of it.
#[inline]
pub(crate) fn slowed_ns(nanos: u64, slowness_ppm: u64) -> u64 {
    const UNIT: u64 = 1_000_000;
    if slowness_ppm == UNIT {
        return nanos;
    }
    let nanos = u128::from(nanos) * u128::from(slowness_ppm) / u128::from(UNIT);
    // As long as any service may last, and no service is free.
    u64::try_from(nanos.clamp(1, i64::MAX as u128 / 4)).expect("it was clamped")
}

#[cfg(test)]
mod tests;
