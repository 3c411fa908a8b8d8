//! From what a source says to requests in order of arrival.

use request::{ModelId, Moment, Request, RequestId, Tier};

use super::column_map::{ColumnMap, Field, SCHEDULE, has_schedule};
use super::described;
use super::error::Flaw;
use super::record::{NO_NAME, Reading, Record, Records};
use super::{Import, Options, Summary, TimeScale};
use crate::marks::Marks;
use crate::provenance::{Source, Step};
use crate::row::TraceRow;
use crate::stats::gaps::Gaps;
use crate::workload::{ModelSpec, Slo};

/// Beyond this a float does not hold every ns, and no replay lasts so long: 104 days.
const SPAN_NS_MAX: i64 = 1 << 53;

/// Sorts, scales and fills in.
pub(super) fn finish(
    mut all: Records,
    reading: &Reading<'_>,
    options: &Options,
    columns: &[String],
    source: Source,
) -> Result<Import, Flaw> {
    let mut notes = left_out(&all);
    if all.records.is_empty() {
        let because = notes.join(", ");
        let because = if because.is_empty() { because } else { format!(" ({because})") };
        return Err(Flaw::new(format!("holds no request{because}")));
    }
    let ids_are_mapped = reading.map.contains_key(&Field::Id);
    let first_arrival_ns = sort(&mut all, options, &mut notes)?;
    rescale(&mut all, options, first_arrival_ns)?;
    if ids_are_mapped {
        all.records.sort_by_key(|record| (record.time_ns, record.id));
        check_ids_unique(&all)?;
    }
    let workload = options.workload.clone();
    let slos = slos_of(&all, &workload.slos)?;
    let models = models_of(&all, options)?;
    let has_schedule = has_schedule(reading.kind, reading.map, columns);
    let known = Known::of(reading.map, has_schedule);
    let span_ns = all.records.last().map_or(0, |record| record.time_ns);
    if span_ns > SPAN_NS_MAX {
        notes.push(
            "arrivals go on past 2^53 ns (104 days), which a 64-bit float does not hold".into(),
        );
    }
    let (rate_per_s, gap_cv) = rate_and_spread(&all.records, span_ns);
    let summary = Summary {
        kind: reading.kind.name(),
        source_sha256: source.sha256.clone().unwrap_or_default(),
        source_rows: all.rows,
        rows: all.records.len() as u64,
        first_arrival_ns,
        span_ns,
        rate_per_s,
        gap_cv,
        columns: used(reading.map, has_schedule),
        not_kept: not_kept(reading.map, has_schedule, columns),
        assigned: known.assigned(),
        assigned_by: options.workload.name.clone(),
        notes,
    };
    let mut import = Import {
        ids_are_mapped,
        marks: Marks::new(&workload, options.seed),
        marked_slos: workload.slos.len(),
        slo_ns: slos.iter().map(|slo| slo.target.as_nanos() as i64).collect(),
        step: step(reading, options, &summary, Source { rows: Some(all.rows), ..source }),
        records: all.records,
        workload,
        seed: options.seed,
        summary,
    };
    import.check_deadlines()?;
    import.workload = described::describe(&import, options, slos, models, known.class_is_known());
    Ok(import)
}

/// What the source says by itself.
struct Known {
    tier: bool,
    slo: bool,
    length: bool,
    model: bool,
}

impl Known {
    fn of(map: &ColumnMap, has_schedule: bool) -> Self {
        let has = |field| map.contains_key(&field);
        Self {
            tier: has(Field::Tier),
            slo: has(Field::Slo),
            length: has(Field::Deadline) || has(Field::SloLength) || has_schedule,
            model: has(Field::Model),
        }
    }

    /// Whether any part of a class is measured rather than drawn.
    fn class_is_known(&self) -> bool {
        self.tier || self.slo || self.length || self.model
    }

    fn assigned(&self) -> Vec<&'static str> {
        [
            (!self.tier, "tier"),
            (!self.slo, "slo"),
            (!self.model, "model"),
            // No source knows the numbers that our tensors are made of.
            (true, "tensor_seed"),
        ]
        .into_iter()
        .filter_map(|(assigned, name)| assigned.then_some(name))
        .collect()
    }
}

/// Notes on rows that are no requests.
fn left_out(all: &Records) -> Vec<String> {
    let mut notes = Vec::new();
    let mut note = |count: u64, what: &str| {
        if count > 0 {
            notes.push(format!("{what}: {count}"));
        }
    };
    note(all.unsent, "left out, never sent");
    note(all.other_runs, "left out, of other runs");
    note(all.rounded, "times rounded to whole ns");
    notes
}

/// Sorts by time, ties as they came, and keeps the first. Gives the first time.
fn sort(all: &mut Records, options: &Options, notes: &mut Vec<String>) -> Result<i64, Flaw> {
    let mut latest = i64::MIN;
    let out_of_order = all.records.iter().filter(|record| {
        latest = latest.max(record.time_ns);
        record.time_ns < latest
    });
    let out_of_order = out_of_order.count();
    if out_of_order > 0 {
        all.records.sort_by_key(|record| record.time_ns);
        notes.push(format!("out of order, sorted by arrival: {out_of_order}"));
    }
    if let Some(limit) = options.limit {
        all.records.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    }
    let first = all.records.first().map(|record| record.time_ns);
    first.ok_or_else(|| Flaw::new("has no request left; raise --limit"))
}

/// Turns times of the source into times of the trace.
fn rescale(all: &mut Records, options: &Options, first_ns: i64) -> Result<(), Flaw> {
    let start_ns = if options.keep_offset { 0 } else { first_ns };
    if options.keep_offset && first_ns < 0 {
        let problem = format!("begins {first_ns} ns before its own start; leave out --keep-offset");
        return Err(Flaw::new(problem));
    }
    if options.keep_offset && first_ns > SPAN_NS_MAX {
        let problem = "begins more than 104 days after its own start, as dates and Unix times do; \
                       leave out --keep-offset";
        return Err(Flaw::new(problem));
    }
    let scale = options.time_scale;
    for index in 0..all.records.len() {
        let record = &mut all.records[index];
        let scaled = record.time_ns.checked_sub(start_ns).and_then(|nanos| scale.apply(nanos));
        let Some(nanos) = scaled else {
            let problem = "is too far from the first arrival for 64 bits of ns";
            return Err(Flaw::at(all.place(&all.records[index]), problem));
        };
        record.time_ns = nanos;
    }
    Ok(())
}

fn check_ids_unique(all: &Records) -> Result<(), Flaw> {
    let mut ids: Vec<(i64, u64)> =
        all.records.iter().map(|record| (record.id, record.number)).collect();
    ids.sort_unstable();
    let Some(pair) = ids.windows(2).find(|pair| pair[0].0 == pair[1].0) else {
        return Ok(());
    };
    let [(id, first), (_, second)] = [pair[0], pair[1]];
    let first = all.place_of(first);
    let problem = format!("id {id} is also that of {first}; give another column, or --map id=-");
    Err(Flaw::at(all.place_of(second), problem))
}

/// The SLO classes of the trace. One that the source adds is as long as it says where it first
/// names it.
fn slos_of(all: &Records, known: &[Slo]) -> Result<Vec<Slo>, Flaw> {
    let mut slos = known.to_vec();
    let mut lengths = vec![0; all.slos.list.len()];
    let mut first = vec![None; all.slos.list.len()];
    for record in all.records.iter().filter(|record| record.slo != NO_NAME) {
        let slo = usize::from(record.slo);
        if first[slo].is_none() {
            (first[slo], lengths[slo]) = (Some(record), record.length_ns);
        }
    }
    for (slo, name) in all.slos.list.iter().enumerate().skip(known.len()) {
        // A class of rows that were cut off by a limit is not needed, but keeps its place.
        if let (Some(record), 0) = (first[slo], lengths[slo]) {
            let names: Vec<&str> = known.iter().map(|slo| slo.name.as_str()).collect();
            let problem = format!(
                "SLO class `{name}` has no length here, and the workload knows only {}; map \
                 slo_length or deadline, or give a workload that has it",
                names.join(", ")
            );
            return Err(Flaw::at(all.place(record), problem));
        }
        let target = std::time::Duration::from_nanos(lengths[slo].max(1).cast_unsigned());
        slos.push(Slo { name: name.clone(), target });
    }
    Ok(slos)
}

fn models_of(all: &Records, options: &Options) -> Result<Vec<ModelSpec>, Flaw> {
    let mut models = options.workload.models.clone();
    let shape = options.tensor_shape.as_ref().or(models.first().map(|model| &model.shape));
    let shape = shape.cloned().ok_or_else(|| Flaw::new("needs a workload with a model"))?;
    for name in &all.models.list[models.len()..] {
        models.push(ModelSpec { name: name.clone(), shape: shape.clone() });
    }
    Ok(models)
}

fn rate_and_spread(records: &[Record], span_ns: i64) -> (Option<f64>, Option<f64>) {
    let mut gaps = Gaps::default();
    records.iter().for_each(|record| gaps.add(record.time_ns));
    let rate = (span_ns > 0).then(|| records.len() as f64 / (span_ns as f64 / 1e9));
    (rate, gaps.cv())
}

fn used(map: &ColumnMap, has_schedule: bool) -> Vec<String> {
    let mapped = map.iter().map(|(field, column)| format!("{}={column}", field.name()));
    let [arrival, deadline] = SCHEDULE;
    let length = format!("{}={deadline}-{arrival}", Field::SloLength.name());
    mapped.chain(has_schedule.then_some(length)).collect()
}

fn not_kept(map: &ColumnMap, has_schedule: bool, columns: &[String]) -> Vec<String> {
    let used = |name: &String| {
        map.values().any(|column| column.name == *name)
            || (has_schedule && SCHEDULE.contains(&name.as_str()))
    };
    columns.iter().filter(|name| !used(name)).cloned().collect()
}

/// How the trace was made.
fn step(reading: &Reading<'_>, options: &Options, summary: &Summary, source: Source) -> Step {
    let mut step =
        Step { operation: "import".to_owned(), sources: vec![source], ..Step::default() };
    let mut say = |key: &str, value: String| {
        if !value.is_empty() {
            step.parameters.insert(key.to_owned(), value);
        }
    };
    let assigned = summary.assigned.join(", ");
    say(
        "assigned",
        format!("{assigned} by workload {}, seed {}", options.workload.name, options.seed),
    );
    say("kind", summary.kind.to_owned());
    say("columns", summary.columns.join(", "));
    say("not_kept", shortened(&summary.not_kept));
    say("notes", summary.notes.join("; "));
    say("first_arrival_ns", summary.first_arrival_ns.to_string());
    say("offset", if options.keep_offset { "kept" } else { "" }.to_owned());
    say("run", reading.run.map(|run| run.to_string()).unwrap_or_default());
    say("limit", options.limit.map(|limit| limit.to_string()).unwrap_or_default());
    let tiers = reading.tiers.iter().map(|(name, tier)| format!("{name}={tier}"));
    say("tier_map", tiers.collect::<Vec<_>>().join(", "));
    if options.time_scale != TimeScale::ONE {
        say("time_scale", options.time_scale.to_string());
    }
    step
}

/// A list of names that may be very long.
fn shortened(names: &[String]) -> String {
    const SHOWN: usize = 100;
    match names.len() {
        0..=SHOWN => names.join(", "),
        many => format!("{} and {} more", names[..SHOWN].join(", "), many - SHOWN),
    }
}

impl Import {
    /// A record with what it lacks; the id is that of the source.
    pub(super) fn row(&self, record: &Record, marks: &mut Marks) -> TraceRow {
        let tier = Tier::from_number(record.tier.into());
        let slo = (record.slo != NO_NAME).then_some(record.slo);
        let slo = slo.or_else(|| self.slo_of_length(record.length_ns));
        let marked = slo.filter(|&slo| usize::from(slo) < self.marked_slos);
        let mark = marks.next_mark_given(tier, marked);
        let slo = slo.unwrap_or(mark.slo);
        let arrival = Moment::from_nanos(record.time_ns);
        let length_ns = match record.length_ns {
            0 => self.slo_ns[usize::from(slo)],
            length_ns => length_ns,
        };
        let model = if record.model == NO_NAME { mark.model } else { ModelId(record.model) };
        let request = Request {
            id: RequestId(record.id),
            arrival,
            deadline: arrival + std::time::Duration::from_nanos(length_ns.cast_unsigned()),
            tier: tier.unwrap_or(mark.tier),
            model,
        };
        TraceRow { request, slo, tensor_seed: mark.tensor_seed }
    }

    /// The SLO class of a request that has a length and no name: the tightest that is not tighter
    /// than the length, else the loosest.
    fn slo_of_length(&self, length_ns: i64) -> Option<u16> {
        if length_ns == 0 {
            return None;
        }
        let known = || (0_u16..).zip(&self.slo_ns[..self.marked_slos]);
        let enough = known().filter(|&(_, &slo_ns)| slo_ns >= length_ns);
        let loosest = || known().max_by_key(|&(slo, slo_ns)| (slo_ns, std::cmp::Reverse(slo)));
        enough.min_by_key(|&(_, slo_ns)| slo_ns).or_else(loosest).map(|(slo, _)| slo)
    }

    /// Refuses deadlines that 64 bits do not hold.
    fn check_deadlines(&self) -> Result<(), Flaw> {
        let longest = self.records.iter().map(|record| record.length_ns);
        let longest = longest.chain(self.slo_ns.iter().copied()).max().unwrap_or(0);
        let latest = self.records.last().map_or(0, |record| record.time_ns);
        match latest.checked_add(longest) {
            Some(_) => Ok(()),
            None => Err(Flaw::new("has a deadline that does not fit 64 bits of ns")),
        }
    }
}
