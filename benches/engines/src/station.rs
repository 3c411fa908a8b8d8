//! Workers and queue without a clock: what a model in a general framework holds. The framework
//! says when; this says what then, and which service begins.

use std::sync::Arc;

use crate::queue::AnyQueue;
use crate::{Policy, Record, Row, Service, Waits, Work};

/// Of a worker that has nothing to finish.
const IDLE: i64 = i64::MIN;

/// A service that begins: when it ends is to be put on the framework's agenda.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begun {
    /// Where.
    pub worker: u32,
    /// How long it takes.
    pub service_ns: i64,
}

/// The workers and the requests that wait for them.
pub struct Station {
    rows: Arc<Vec<Row>>,
    service: Box<dyn Fn(&Row) -> i64 + Send>,
    queue: AnyQueue,
    /// When each worker finishes, or [`IDLE`].
    finishes: Vec<i64>,
    idle: Vec<u32>,
    waits: Waits,
}

impl Station {
    /// Idle workers and an empty queue.
    #[must_use]
    pub fn new(work: &Work, policy: Policy, service: Service) -> Self {
        Self {
            rows: Arc::clone(&work.rows),
            service: match service {
                Service::Drawn | Service::Early => Box::new(work.drawn()),
                Service::Ready => Box::new(|row| row.service_ns),
            },
            queue: AnyQueue::new(policy),
            finishes: vec![IDLE; work.workers as usize],
            idle: (0..work.workers).collect(),
            waits: Waits::default(),
        }
    }

    /// When the request at this position comes; `None` past the last.
    #[must_use]
    pub fn arrival_ns(&self, position: u32) -> Option<i64> {
        self.rows.get(position as usize).map(|row| row.arrival_ns)
    }

    /// How long requests waited.
    #[must_use]
    pub fn waits(&self) -> Waits {
        self.waits
    }

    /// The request at this position comes.
    ///
    /// Neither framework promises that a completion goes before an arrival of the same moment, so
    /// those that are due are carried out first.
    #[inline]
    pub fn arrived(&mut self, now_ns: i64, position: u32, mut begin: impl FnMut(Begun)) {
        for worker in 0..self.finishes.len() {
            if self.finishes[worker] == now_ns {
                let worker = u32::try_from(worker).expect("workers were counted in a u32");
                self.finish(now_ns, worker, &mut begin);
            }
        }
        match self.idle.pop() {
            Some(worker) => begin(self.start(now_ns, worker, position)),
            None => self.queue.push(position, &self.rows[position as usize]),
        }
    }

    /// A worker finishes, unless an arrival of this moment has seen to it.
    #[inline]
    pub fn finished(&mut self, now_ns: i64, worker: u32, begin: impl FnMut(Begun)) {
        if self.finishes[worker as usize] == now_ns {
            self.finish(now_ns, worker, begin);
        }
    }

    #[inline]
    fn finish(&mut self, now_ns: i64, worker: u32, mut begin: impl FnMut(Begun)) {
        match self.queue.pop() {
            Some(position) => begin(self.start(now_ns, worker, position)),
            None => {
                self.finishes[worker as usize] = IDLE;
                self.idle.push(worker);
            }
        }
    }

    #[inline]
    fn start(&mut self, now_ns: i64, worker: u32, position: u32) -> Begun {
        let row = &self.rows[position as usize];
        let service_ns = (self.service)(row);
        self.finishes[worker as usize] = now_ns + service_ns;
        self.waits.served(row, now_ns, now_ns + service_ns);
        Begun { worker, service_ns }
    }
}
