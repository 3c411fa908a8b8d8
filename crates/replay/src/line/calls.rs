//! The calls in flight: which have something to read, and which have had their time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use slab::Slab;
use targets::{End, Protocol};

use super::call::Call;
use crate::clock::Reading;

/// Expiries of calls that have ended are kept up to here, beyond one for each call.
const EXPIRIES_SLACK: usize = 4096;

/// All calls, by their places, which are used again.
#[derive(Default)]
pub(super) struct Calls {
    slots: Slab<Call>,
    /// A waker for each place.
    wakers: Vec<Waker>,
    awake: Arc<Awake>,
    /// When calls expire, in order: all have the same time. The number tells a call from others
    /// that have had its place.
    expiries: VecDeque<(Reading, usize, u64)>,
    serial: u64,
    bytes: usize,
}

/// Calls that have something to read, by their places.
#[derive(Debug, Default)]
struct Awake(Mutex<VecDeque<usize>>);

struct CallWaker {
    place: usize,
    awake: Arc<Awake>,
}

impl Wake for CallWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut awake = self.awake.0.lock().unwrap_or_else(PoisonError::into_inner);
        awake.push_back(self.place);
    }
}

impl Calls {
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Bytes of their requests.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The places that are taken.
    pub(super) fn places(&self) -> Vec<usize> {
        self.slots.iter().map(|(place, _)| place).collect()
    }

    /// The place that the next call will have.
    pub(super) fn next_place(&self) -> usize {
        self.slots.vacant_key()
    }

    pub(super) fn get_mut(&mut self, place: usize) -> Option<&mut Call> {
        self.slots.get_mut(place)
    }

    /// Adds a call that expires at `expires`, which is not before any other.
    pub(super) fn insert(&mut self, mut call: Call, expires: Reading) -> usize {
        self.serial += 1;
        call.serial = self.serial;
        self.bytes += call.len;
        let place = self.slots.insert(call);
        self.expiries.push_back((expires, place, self.serial));
        self.forget_expiries();
        if place == self.wakers.len() {
            let awake = Arc::clone(&self.awake);
            self.wakers.push(Waker::from(Arc::new(CallWaker { place, awake })));
        }
        place
    }

    /// Takes out a call that has ended.
    pub(super) fn remove(&mut self, place: usize) -> Call {
        let call = self.slots.remove(place);
        self.bytes -= call.len;
        call
    }

    /// Reads on in a call; how it ended, if it has.
    pub(super) fn poll(&mut self, place: usize, protocol: &Protocol) -> Option<End> {
        let mut context = Context::from_waker(&self.wakers[place]);
        match self.slots.get_mut(place)?.poll(protocol, &mut context) {
            Poll::Ready(end) => Some(end),
            Poll::Pending => None,
        }
    }

    /// The place of a call that has something to read. It may have ended meanwhile.
    pub(super) fn next_awake(&self) -> Option<usize> {
        self.awake.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    /// When the next call expires; never where there is none.
    pub(super) fn next_expiry(&self) -> Reading {
        self.expiries.front().map_or(Reading::NEVER, |(expires, ..)| *expires)
    }

    /// A call whose time is up, once.
    pub(super) fn next_expired(&mut self, now: Reading) -> Option<usize> {
        while let Some(&(expires, place, serial)) = self.expiries.front() {
            let is_current = self.is_current(place, serial);
            if is_current && expires > now {
                return None;
            }
            self.expiries.pop_front();
            if is_current {
                return Some(place);
            }
        }
        None
    }

    fn is_current(&self, place: usize, serial: u64) -> bool {
        self.slots.get(place).is_some_and(|call| call.serial == serial)
    }

    /// One old call keeps the expiries of all after it in line, which are not to grow for that.
    fn forget_expiries(&mut self) {
        if self.expiries.len() > 2 * self.slots.len() + EXPIRIES_SLACK {
            let mut expiries = std::mem::take(&mut self.expiries);
            expiries.retain(|&(_, place, serial)| self.is_current(place, serial));
            self.expiries = expiries;
        }
    }
}
