//! What happens by itself, ordered by the time at which it does.

use std::collections::BTreeMap;

use crate::sandbox::events::Delivery;

/// One thing to do. What it names may have changed meanwhile: whoever does it looks again.
pub enum Due {
    SettleCharge(String),
    EchoCharge(String),
    SettleRefund(String),
    ExpireSession(String),
    Deliver(Delivery),
}

#[derive(Default)]
pub struct Schedule {
    /// By time, then in the order of planning.
    planned: BTreeMap<(i64, u64), Due>,
    planned_ever: u64,
}

impl Schedule {
    pub fn plan(&mut self, at_ms: i64, due: Due) {
        self.planned.insert((at_ms, self.planned_ever), due);
        self.planned_ever += 1;
    }

    pub fn next_due_ms(&self) -> Option<i64> {
        self.planned.first_key_value().map(|((at_ms, _), _)| *at_ms)
    }

    /// The earliest thing that is due by `now_ms`, with its time.
    pub fn take_due(&mut self, now_ms: i64) -> Option<(i64, Due)> {
        let first = self.planned.first_entry().filter(|first| first.key().0 <= now_ms)?;
        let ((at_ms, _), due) = first.remove_entry();
        Some((at_ms, due))
    }
}
