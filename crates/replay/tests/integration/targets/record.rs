//! What was said in many cases, as one text to be held against a snapshot.

use std::thread;

/// Cases, and what was said in each.
#[derive(Default)]
pub(super) struct Record(String);

impl Record {
    pub(super) fn add(&mut self, case: &str, said: &str) {
        self.0 += &format!("# {case}\n{}\n\n", said.trim_end());
    }

    /// The same for many cases that take time, beside each other.
    pub(super) fn add_all(&mut self, cases: &[&str], say: impl Fn(&str) -> String + Sync) {
        let say = &say;
        let said: Vec<String> = thread::scope(|scope| {
            let threads: Vec<_> = cases.iter().map(|case| scope.spawn(move || say(case))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        cases.iter().zip(said).for_each(|(case, said)| self.add(case, &said));
    }

    pub(super) fn into_text(self) -> String {
        self.0.trim_end().to_owned() + "\n"
    }
}
