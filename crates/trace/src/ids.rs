//! A set of ids that is small while they come in order.

use std::collections::BTreeMap;

/// Ids that share all but their low bits stand in one chunk.
const CHUNK_BITS: u32 = 16;

/// A chunk with more ids than this is smaller as a bitmap.
const LIST_LEN_MAX: usize = 4096;

/// Words of a bitmap.
const BITMAP_LEN: usize = (1 << CHUNK_BITS) / u64::BITS as usize;

/// Which ids have been seen. A run that counts up costs nothing; the others cost at most two bytes
/// each, or a bit where they are dense, and some bytes for each chunk of 65,536 possible ids.
#[derive(Clone, Debug, Default)]
pub(crate) struct IdSet {
    /// First and last id of the run that the set began with.
    run: Option<(i64, i64)>,
    /// The other ids, by their high bits.
    chunks: BTreeMap<i64, Chunk>,
}

#[derive(Clone, Debug)]
enum Chunk {
    /// Low bits, in order.
    List(Vec<u16>),
    Bitmap(Box<[u64; BITMAP_LEN]>),
}

impl IdSet {
    /// Adds ids up to the first that was there, and gives its position.
    pub(crate) fn insert_all(&mut self, ids: &[i64]) -> Option<usize> {
        if self.chunks.is_empty() && self.extend_run(ids) {
            return None;
        }
        ids.iter().position(|&id| !self.insert(id))
    }

    /// Continues the run by all of these, where they do.
    fn extend_run(&mut self, ids: &[i64]) -> bool {
        let (Some(&first), Some(&last)) = (ids.first(), ids.last()) else { return true };
        let continues = self.run.is_none_or(|(_, end)| end.checked_add(1) == Some(first));
        if !continues || !ids.windows(2).all(|pair| pair[0].checked_add(1) == Some(pair[1])) {
            return false;
        }
        self.run = Some((self.run.map_or(first, |(start, _)| start), last));
        true
    }

    /// Adds an id. False where it was there.
    pub(crate) fn insert(&mut self, id: i64) -> bool {
        let Some((first, last)) = self.run else {
            self.run = Some((id, id));
            return true;
        };
        if (first..=last).contains(&id) {
            return false;
        }
        if self.chunks.is_empty() && last.checked_add(1) == Some(id) {
            self.run = Some((first, id));
            return true;
        }
        let chunk = self.chunks.entry(id >> CHUNK_BITS);
        chunk.or_insert_with(|| Chunk::List(Vec::new())).insert(id as u16)
    }
}

impl Chunk {
    fn insert(&mut self, low: u16) -> bool {
        match self {
            Self::List(list) => {
                let Err(place) = list.binary_search(&low) else { return false };
                list.insert(place, low);
                if list.len() > LIST_LEN_MAX {
                    *self = Self::bitmap(list);
                }
                true
            }
            Self::Bitmap(words) => {
                let word = &mut words[usize::from(low) / u64::BITS as usize];
                let bit = 1_u64 << (u32::from(low) % u64::BITS);
                let is_new = *word & bit == 0;
                *word |= bit;
                is_new
            }
        }
    }

    fn bitmap(list: &[u16]) -> Self {
        let mut bitmap = Self::Bitmap(Box::new([0; BITMAP_LEN]));
        for &low in list {
            bitmap.insert(low);
        }
        bitmap
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn check(ids: &[i64]) {
        let (mut set, mut plain) = (IdSet::default(), BTreeSet::new());
        for &id in ids {
            assert_eq!(set.insert(id), plain.insert(id), "{id}");
        }
        let mut plain = BTreeSet::new();
        let expected = ids.iter().position(|&id| !plain.insert(id));
        assert_eq!(IdSet::default().insert_all(ids), expected);
        let mut set = IdSet::default();
        let parts = ids.chunks(3).enumerate();
        let found = parts.filter_map(|(part, ids)| Some(3 * part + set.insert_all(ids)?)).next();
        assert_eq!(found, expected);
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_plain_set(ids in prop::collection::vec(-8_i64..8, 0..40)) {
            check(&ids);
        }

        #[test]
        fn it_agrees_where_ids_are_far_apart(
            ids in prop::collection::vec(prop_oneof![any::<i64>(), -70_000_i64..70_000], 0..40),
        ) {
            check(&ids);
        }
    }

    #[test]
    fn ids_that_count_up_cost_one_run() {
        let mut set = IdSet::default();
        assert!((0..1000).all(|id| set.insert(id)));
        assert_eq!(set.insert_all(&(1000..2000).collect::<Vec<_>>()), None);
        assert!(set.chunks.is_empty());
        assert!(set.insert(i64::MAX) && set.insert(i64::MIN) && !set.insert(i64::MAX));
    }

    #[test]
    fn dense_ids_become_a_bitmap() {
        let ids: Vec<i64> = (0..60_000).map(|id| 3 * id).collect();
        let mut set = IdSet::default();
        assert_eq!(set.insert_all(&ids), None);
        assert!(set.chunks.values().all(|chunk| matches!(chunk, Chunk::Bitmap(_))));
        assert!(ids.iter().all(|&id| !set.insert(id) && set.insert(id + 1)));
    }
}
