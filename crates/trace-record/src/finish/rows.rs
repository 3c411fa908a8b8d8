//! Rows as a trace wants them: in order, with unique ids, one shape for each model.

use std::collections::{BTreeMap, BTreeSet};

use request::{ModelId, Moment, Request, RequestId, Seed, Tier};
use trace::TraceRow;

use crate::journal::{JournalHeader, JournalRow, shape_text};
use crate::slo::{NONE_NS, Place};

/// The rows of a journal, held all at once: some 140 bytes each at the peak, so that ten million
/// take 1.4 GB.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    rows: Vec<Seen>,
    /// Position of each model and shape, in the order in which the journal names them.
    tensors: BTreeMap<(String, Vec<i32>), u32>,
}

/// One row of a journal.
#[derive(Clone, Copy, Debug)]
struct Seen {
    arrival_ns: i64,
    deadline_ns: Option<i64>,
    id: Option<i64>,
    tensor_seed: Seed,
    tensor: u32,
    tier: Tier,
}

/// Rows in the order of the trace, and what their positions mean.
#[derive(Debug)]
pub(crate) struct Settled {
    pub(crate) rows: Vec<TraceRow>,
    /// Name and shape of each model.
    pub(crate) models: Vec<(String, Vec<i32>)>,
    /// The SLO class beside the named ones, in the order of their positions.
    pub(crate) beside: Vec<Place>,
    pub(crate) remarks: Remarks,
}

/// What differs from what was seen, for the summary.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Remarks {
    /// The first arrival, ns since the start of the recording.
    pub(crate) first_arrival_ns: i64,
    /// Requests that brought an id which another one had, or brought none beside others that did.
    pub(crate) renumbered: u64,
    /// Requests that came after their deadline, which the trace sets 1 ns after the arrival.
    pub(crate) late_on_arrival: u64,
    /// Requests past the limit.
    pub(crate) past_limit: u64,
    /// Names of models that stand for a further shape of another.
    pub(crate) further_shapes: Vec<String>,
}

impl Rows {
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(crate) fn push(&mut self, row: JournalRow) {
        let next = u32::try_from(self.tensors.len()).unwrap_or(u32::MAX);
        let tensor = *self.tensors.entry((row.model, row.shape)).or_insert(next);
        let [a, b, c, d, e, f, g, h, ..] = row.tensor_sha256;
        self.rows.push(Seen {
            arrival_ns: row.arrival_ns,
            deadline_ns: row.deadline_ns,
            id: row.request_id,
            tensor_seed: Seed(u64::from_be_bytes([a, b, c, d, e, f, g, h])),
            tensor,
            tier: Tier::from_number(row.tier.into()).expect("the reader has checked it"),
        });
    }

    /// Sorts, numbers and names.
    pub(crate) fn settle(mut self, header: &JournalHeader) -> Settled {
        // Stable, so requests of one moment keep the order of the journal.
        self.rows.sort_by_key(|row| row.arrival_ns);
        let limit = header.limit.and_then(|limit| usize::try_from(limit).ok());
        let kept = limit.map_or(self.rows.len(), |limit| limit.min(self.rows.len()));
        let past_limit = (self.rows.len() - kept) as u64;
        self.rows.truncate(kept);
        let first_arrival_ns = self.rows.first().map_or(0, |row| row.arrival_ns);
        let mut remarks = Remarks { first_arrival_ns, past_limit, ..Remarks::default() };
        let (ids, renumbered) = numbered(&self.rows);
        remarks.renumbered = renumbered;
        let (model_of, models) = self.name_models(&mut remarks);
        let start_ns = if header.keep_offset { 0 } else { first_arrival_ns };

        let mut places = Vec::with_capacity(self.rows.len());
        let mut rows = Vec::with_capacity(self.rows.len());
        for (seen, id) in self.rows.iter().zip(ids) {
            let (place, left_ns) = place(seen, header);
            places.push(place);
            remarks.late_on_arrival += u64::from(left_ns < 1);
            let arrival_ns = seen.arrival_ns.saturating_sub(start_ns);
            rows.push(TraceRow {
                request: Request {
                    id: RequestId(id),
                    arrival: Moment::from_nanos(arrival_ns),
                    deadline: Moment::from_nanos(arrival_ns.saturating_add(left_ns.max(1))),
                    tier: seen.tier,
                    model: ModelId(model_of[seen.tensor as usize]),
                },
                slo: 0,
                tensor_seed: seen.tensor_seed,
            });
        }
        let beside: BTreeSet<Place> =
            places.iter().copied().filter(|place| !matches!(place, Place::Class(_))).collect();
        let beside: Vec<Place> = beside.into_iter().collect();
        for (row, place) in rows.iter_mut().zip(places) {
            let position = match place {
                Place::Class(index) => index,
                other => header.slo.len() + usize::from(beside.first() != Some(&other)),
            };
            row.slo = u16::try_from(position).unwrap_or(u16::MAX);
        }
        rows.sort_by_key(|row| (row.request.arrival, row.request.id));
        Settled { rows, models, beside, remarks }
    }

    /// The position of the model of each tensor, and the models: in the order of their first use.
    /// The first shape of a model keeps its name.
    fn name_models(&self, remarks: &mut Remarks) -> (Vec<u16>, Vec<(String, Vec<i32>)>) {
        let mut tensors: Vec<Option<(String, Vec<i32>)>> = vec![None; self.tensors.len()];
        for (tensor, &index) in &self.tensors {
            tensors[index as usize] = Some(tensor.clone());
        }
        let plain: BTreeSet<&String> = self.tensors.keys().map(|(name, _)| name).collect();
        let mut taken = BTreeSet::new();
        let mut model_of = vec![0; tensors.len()];
        let mut models = Vec::new();
        for row in &self.rows {
            let index = row.tensor as usize;
            let Some((name, shape)) = tensors[index].take() else { continue };
            let mut label = name.clone();
            if !taken.insert(label.clone()) {
                label = format!("{name}@{}", shape_text(&shape));
                // Clients may call a model anything, even this.
                while plain.contains(&label) || !taken.insert(label.clone()) {
                    label.push('@');
                }
                remarks.further_shapes.push(label.clone());
            }
            model_of[index] = u16::try_from(models.len()).unwrap_or(u16::MAX);
            models.push((label, shape));
        }
        (model_of, models)
    }
}

/// Where a request belongs, and how long it has left.
fn place(seen: &Seen, header: &JournalHeader) -> (Place, i64) {
    let left_ns = seen.deadline_ns.map_or(NONE_NS, |at| at.saturating_sub(seen.arrival_ns));
    match header.slo.place(left_ns) {
        Place::None => (Place::None, NONE_NS),
        place => (place, left_ns),
    }
}

/// An id for each row, in their order: its own where it is the first with it, else the next above
/// all that were brought. Also how many were given anew although ids were in use.
fn numbered(rows: &[Seen]) -> (Vec<i64>, u64) {
    let mut used: BTreeSet<i64> = BTreeSet::new();
    let own: Vec<Option<i64>> =
        rows.iter().map(|row| row.id.filter(|&id| used.insert(id))).collect();
    let mut next = used.last().map_or(Some(0), |last| last.checked_add(1)).unwrap_or(0);
    let any_used = !used.is_empty();
    let mut renumbered = 0;
    let ids = own.into_iter().map(|id| {
        id.unwrap_or_else(|| {
            renumbered += u64::from(any_used);
            while !used.insert(next) {
                next = next.wrapping_add(1);
            }
            next
        })
    });
    (ids.collect(), renumbered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slo::SloClasses;

    const MS: i64 = 1_000_000;

    fn header() -> JournalHeader {
        JournalHeader {
            epoch_unix_ns: 0,
            listen: String::new(),
            scheduler: String::new(),
            slo: SloClasses::default(),
            name: "recorded".to_owned(),
            keep_offset: false,
            limit: None,
        }
    }

    /// (arrival, id, ms left, model, shape)
    type Row = (i64, Option<i64>, Option<i64>, &'static str, &'static [i32]);

    fn settle(rows: &[Row], header: &JournalHeader) -> Settled {
        let mut all = Rows::default();
        for &(arrival_ns, request_id, left_ms, model, shape) in rows {
            all.push(JournalRow {
                arrival_ns,
                request_id,
                tier: 1,
                deadline_ns: left_ms.map(|ms| arrival_ns + ms * MS),
                shape: shape.to_vec(),
                tensor_sha256: std::array::from_fn(|index| index as u8 + 1),
                model: model.to_owned(),
            });
        }
        all.settle(header)
    }

    fn ids(ids: &[Option<i64>]) -> (Vec<i64>, u64) {
        let rows: Vec<Row> =
            ids.iter().zip(5..).map(|(&id, at)| (at, id, Some(9), "m", &[1][..])).collect();
        let settled = settle(&rows, &header());
        let ids = settled.rows.iter().map(|row| row.request.id.0).collect();
        (ids, settled.remarks.renumbered)
    }

    #[test]
    fn ids_are_kept_where_they_are_unique() {
        assert_eq!(ids(&[Some(7), Some(3), Some(9)]), (vec![7, 3, 9], 0));
        assert_eq!(ids(&[None, None]), (vec![0, 1], 0));
        assert_eq!(ids(&[Some(4), Some(4), None, Some(2), Some(4)]), (vec![4, 5, 6, 2, 7], 3));
        let (max, min) = (i64::MAX, i64::MIN);
        assert_eq!(ids(&[Some(max), Some(0), None, None]), (vec![max, 0, 1, 2], 2));
        assert_eq!(ids(&[Some(min), None]), (vec![min, min + 1], 1));
    }

    #[test]
    fn rows_are_sorted_and_begin_at_zero_unless_asked_otherwise() {
        let rows: [Row; 3] = [
            (50, Some(2), Some(100), "m", &[1]),
            (40, Some(9), Some(100), "m", &[1]),
            (50, Some(1), Some(100), "m", &[1]),
        ];
        let times = |settled: &Settled| -> Vec<(i64, i64, i64)> {
            let time = |row: &TraceRow| {
                let request = row.request;
                (request.id.0, request.arrival.as_nanos(), request.deadline.as_nanos())
            };
            settled.rows.iter().map(time).collect()
        };
        let settled = settle(&rows, &header());
        let left = 100 * MS;
        assert_eq!(times(&settled), [(9, 0, left), (1, 10, left + 10), (2, 10, left + 10)]);
        assert_eq!(settled.rows[0].tensor_seed, Seed(0x0102_0304_0506_0708));
        let settled = settle(&rows, &JournalHeader { keep_offset: true, ..header() });
        assert_eq!(times(&settled)[0], (9, 40, left + 40));
        let settled = settle(&rows, &JournalHeader { limit: Some(1), ..header() });
        assert_eq!((times(&settled).len(), settled.remarks.past_limit), (1, 2));
    }

    #[test]
    fn classes_follow_the_time_left() {
        let left = [Some(99), Some(3_000), None, Some(-5), Some(600)];
        let rows: Vec<Row> =
            left.iter().zip(0..).map(|(&left, at)| (at, None, left, "m", &[1][..])).collect();
        let settled = settle(&rows, &header());
        let slos: Vec<u16> = settled.rows.iter().map(|row| row.slo).collect();
        assert_eq!(slos, [0, 3, 4, 0, 2]);
        assert_eq!(settled.beside, [Place::Longer, Place::None]);
        assert_eq!(settled.remarks.late_on_arrival, 1);
        let late = settled.rows[3].request;
        assert_eq!(late.deadline.as_nanos(), late.arrival.as_nanos() + 1);
        let none = settled.rows[2].request;
        assert_eq!(none.deadline.as_nanos(), none.arrival.as_nanos() + NONE_NS);
        // Only one of the two beside: it comes right after the named ones.
        let settled = settle(&[(0, None, None, "m", &[1])], &header());
        assert_eq!((settled.rows[0].slo, &settled.beside[..]), (3, &[Place::None][..]));
    }

    #[test]
    fn a_further_shape_is_a_model_of_its_own() {
        let rows: [Row; 5] = [
            (9, None, None, "vit", &[1, 4]),
            (1, None, None, "vit", &[1, 3]),
            (2, None, None, "vit@1x4", &[7]),
            (3, None, None, "vit@1x4", &[8]),
            (4, None, None, "vit", &[1, 3]),
        ];
        let settled = settle(&rows, &header());
        let models: Vec<(&str, &[i32])> =
            settled.models.iter().map(|(name, shape)| (&name[..], &shape[..])).collect();
        assert_eq!(
            models,
            [("vit", &[1, 3][..]), ("vit@1x4", &[7]), ("vit@1x4@8", &[8]), ("vit@1x4@", &[1, 4])]
        );
        let used: Vec<u16> = settled.rows.iter().map(|row| row.request.model.0).collect();
        assert_eq!(used, [0, 1, 2, 0, 3]);
        assert_eq!(settled.remarks.further_shapes, ["vit@1x4@8", "vit@1x4@"]);
    }
}
