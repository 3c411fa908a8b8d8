//! Which models a worker holds.

use request::ModelId;

/// The models in a worker's memory, the least recently used first.
///
/// A worker holds few models, so looking through them all is the fast way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    /// Room in MB; `None` is without end.
    room_mb: Option<u64>,
    /// The models that it may hold, where it may not hold all.
    pinned: Option<Vec<ModelId>>,
    resident: Vec<Resident>,
}

#[derive(Clone, Copy, Debug)]
struct Resident {
    model: ModelId,
    size_mb: u64,
}

impl Memory {
    /// An empty memory. Pinned models are in it from the start.
    pub(crate) fn new(room_mb: Option<u64>, pinned: Option<Vec<ModelId>>) -> Self {
        let mut memory = Self { room_mb, pinned, resident: Vec::new() };
        for &model in memory.pinned.iter().flatten() {
            // Their sizes do not matter: none of them is ever evicted.
            memory.resident.push(Resident { model, size_mb: 0 });
        }
        memory
    }

    pub(crate) fn holds(&self, model: ModelId) -> bool {
        self.resident.iter().any(|resident| resident.model == model)
    }

    /// Whether a model of this size can ever be held.
    pub(crate) fn can_hold(&self, model: ModelId, size_mb: u64) -> bool {
        match &self.pinned {
            Some(pinned) => pinned.contains(&model),
            None => self.room_mb.is_none_or(|room_mb| size_mb <= room_mb),
        }
    }

    /// Notes a use of `model`; it is loaded where it is not held, which is when this is true.
    pub(crate) fn touch(&mut self, model: ModelId, size_mb: u64) -> bool {
        let position = self.resident.iter().position(|resident| resident.model == model);
        if let Some(position) = position {
            self.resident[position..].rotate_left(1);
            return false;
        }
        let size_mb = if self.pinned.is_some() { 0 } else { size_mb };
        self.make_room(size_mb);
        self.resident.push(Resident { model, size_mb });
        true
    }

    /// Forgets everything: the worker failed.
    pub(crate) fn clear(&mut self) {
        self.resident.clear();
    }

    fn make_room(&mut self, size_mb: u64) {
        let Some(room_mb) = self.room_mb else { return };
        let mut used_mb: u64 = self.resident.iter().map(|resident| resident.size_mb).sum();
        let evicted = self.resident.iter().take_while(|resident| {
            let evict = used_mb + size_mb > room_mb;
            used_mb -= if evict { resident.size_mb } else { 0 };
            evict
        });
        let evicted = evicted.count();
        self.resident.drain(..evicted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: ModelId = ModelId(0);
    const B: ModelId = ModelId(1);
    const C: ModelId = ModelId(2);

    #[test]
    fn the_least_recently_used_goes_first() {
        let mut memory = Memory::new(Some(10), None);
        assert!(memory.touch(A, 4) && memory.touch(B, 4));
        assert!(!memory.touch(A, 4), "it is held");
        assert!(memory.touch(C, 5), "B has to go, A was used since");
        assert!(memory.holds(A) && !memory.holds(B) && memory.holds(C));
        assert!(memory.touch(B, 10), "which takes all");
        assert!(!memory.holds(A) && memory.holds(B) && !memory.holds(C));
    }

    #[test]
    fn without_a_limit_nothing_goes() {
        let mut memory = Memory::new(None, None);
        assert!(memory.touch(A, u64::MAX) && memory.touch(B, u64::MAX));
        assert!(memory.holds(A) && memory.can_hold(C, u64::MAX));
    }

    #[test]
    fn pinned_models_are_there_and_no_others_come() {
        let mut memory = Memory::new(Some(10), Some(vec![A, B]));
        assert!(memory.holds(A) && memory.can_hold(B, 10) && !memory.can_hold(C, 1));
        assert!(!memory.touch(B, 10));
        memory.clear();
        assert!(memory.can_hold(A, 10) && !memory.holds(A), "after a failure they are loaded");
        assert!(memory.touch(A, 10) && memory.touch(B, 10));
        assert!(memory.holds(A) && memory.holds(B));
    }
}
