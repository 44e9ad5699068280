//! How near the declines of a replay come to what a card network allows for one instrument, over
//! all its debts.

use std::collections::HashMap;

use crate::domain::policy::NetworkLimit;
use crate::domain::time::Timestamp;

/// If every attempt without a known answer was declined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Headroom {
    pub limit: NetworkLimit,
    pub instruments: u64,
    /// The most declines of one instrument within the time of the limit.
    pub declines_most: u32,
    /// Instruments that would have more; the charge gate would hold the attempts back.
    pub beyond: u64,
}

#[derive(Default)]
pub struct Instruments<'f>(HashMap<&'f str, Vec<Timestamp>>);

impl<'f> Instruments<'f> {
    pub fn declined(&mut self, instrument: &'f str, at: Timestamp) {
        self.0.entry(instrument).or_default().push(at);
    }

    pub fn headroom(self, limit: NetworkLimit) -> Headroom {
        let instruments = u64::try_from(self.0.len()).unwrap_or(u64::MAX);
        let (mut declines_most, mut beyond) = (0, 0);
        for mut times in self.0.into_values() {
            times.sort_unstable();
            let most = most_within(&times, limit);
            declines_most = declines_most.max(most);
            beyond += u64::from(most > limit.declines_max);
        }
        Headroom { limit, instruments, declines_most, beyond }
    }
}

fn most_within(times: &[Timestamp], limit: NetworkLimit) -> u32 {
    let (mut start, mut most) = (0, 0);
    for (end, at) in times.iter().enumerate() {
        while at.since(times[start]) >= limit.within {
            start += 1;
        }
        most = most.max(end - start + 1);
    }
    u32::try_from(most).unwrap_or(u32::MAX)
}
