//! A process's estimate of a tenant's usage: the count when it was read, and what the process accepted itself since.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lru::LruCache;

use super::{Bounds, Counted, Usage};
use crate::clock::Timestamp;
use crate::tenant::Tenant;

/// Far from every bound, what was read is good for this long. A read costs next to nothing, and the longer it is good, the
/// more other processes accept unseen.
const GOOD_FOR: Duration = Duration::from_secs(2);

/// Uploads that a process accepts are counted by the stream's reader within this, or an alarm says that it is behind.
const COUNTED_WITHIN: Duration = Duration::from_secs(60);

/// More entries than that are not kept apart.
const ACCEPTED_MAX: usize = 1000;

/// Number of tenants that a process remembers. The one used least recently is forgotten first.
const TENANTS_MAX: NonZeroUsize = NonZeroUsize::new(1000).unwrap();

/// The usage of one tenant, as far as this process can tell.
#[derive(Clone, Debug)]
pub struct Estimate {
    is_read: bool,
    read_at: Timestamp,
    counted: Counted,
    /// When each was accepted, oldest first.
    accepted: VecDeque<(Timestamp, Usage)>,
}

impl Estimate {
    pub const fn new(counted: Counted, now: Timestamp) -> Self {
        Self { is_read: true, read_at: now, counted, accepted: VecDeque::new() }
    }

    /// Nothing was read yet, so it is good for nothing but what this process accepts.
    fn unread(now: Timestamp) -> Self {
        Self { is_read: false, ..Self::new(Counted::default(), now) }
    }

    /// Takes over what was read: of what this process accepted, that which is not counted in it is added.
    pub fn read(&mut self, counted: Counted, now: Timestamp) {
        (self.is_read, self.read_at, self.counted) = (true, now, counted);
        let is_open = |at: Timestamp| counted.to.is_none_or(|to| at > to) && now.since(at) < COUNTED_WITHIN;
        self.accepted.retain(|(at, _)| is_open(*at));
    }

    /// This process accepted an upload, which nobody has counted yet.
    pub fn accept(&mut self, at: Timestamp, usage: Usage) {
        let is_full = self.accepted.len() >= ACCEPTED_MAX;
        match self.accepted.back_mut() {
            // Together they are taken for counted when the later one is.
            Some(last) if is_full || last.0 == at => {
                *last = (last.0.max(at), last.1 + usage);
            }
            _ => self.accepted.push_back((at, usage)),
        }
    }

    pub fn usage(&self) -> Usage {
        self.counted.usage + self.accepted.iter().map(|(_, usage)| *usage).sum()
    }

    /// Whether it may be decided, without reading anew, that what is `wanted` fits.
    pub fn is_good_for(&self, wanted: Usage, bounds: &Bounds, now: Timestamp) -> bool {
        self.is_read && now.since(self.read_at) < GOOD_FOR && !bounds.are_near(self.usage(), wanted)
    }
}

/// The estimates of a process. It loses them with its end. Clones share them.
#[derive(Clone, Debug)]
pub struct Estimates(Arc<Mutex<LruCache<Tenant, Estimate>>>);

impl Estimates {
    /// Whether it may be decided, without reading anew, that what is `wanted` fits.
    pub fn are_good_for(&self, tenant: &Tenant, wanted: Usage, bounds: &Bounds, now: Timestamp) -> bool {
        self.all().get(tenant).is_some_and(|estimate| estimate.is_good_for(wanted, bounds, now))
    }

    /// Takes over the count that was read, and returns the estimate.
    pub fn read(&self, tenant: &Tenant, counted: Counted, now: Timestamp) -> Usage {
        let mut all = self.all();
        let estimate = all.get_or_insert_mut(tenant.clone(), || Estimate::new(counted, now));
        estimate.read(counted, now);
        estimate.usage()
    }

    /// The usage as this process knows it while nothing can be read: what it read last, if ever, and what it accepted since.
    pub fn assume(&self, tenant: &Tenant, now: Timestamp) -> Usage {
        let mut all = self.all();
        all.get_or_insert_mut(tenant.clone(), || Estimate::unread(now)).usage()
    }

    /// This process accepted an upload. Nothing is remembered of a tenant that was not asked for.
    pub fn accept(&self, tenant: &Tenant, at: Timestamp, usage: Usage) {
        if let Some(estimate) = self.all().get_mut(tenant) {
            estimate.accept(at, usage);
        }
    }

    fn all(&self) -> MutexGuard<'_, LruCache<Tenant, Estimate>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Estimates {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(LruCache::new(TENANTS_MAX))))
    }
}
