//! What happens by chance: everything that is not decided by recoup is drawn from one seed here,
//! also where the process dies, and all of it is written into one history.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use recoup::app::ports::Clock;
use recoup::domain::time::Timestamp;
use sha2::{Digest, Sha256};

pub const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

/// So many of the last lines are shown when a history fails.
const LINES_SHOWN: usize = 60;

/// How the process dies: it unwinds to whoever drives it, and only what is committed stays.
pub struct Crash;

/// How often things go wrong, out of 1000.
#[derive(Debug, Clone, Copy, Default)]
pub struct Weather {
    pub not_sent: u32,
    pub lost_before: u32,
    pub lost_after: u32,
    pub no_answer: u32,
    pub early_webhook: u32,
    pub duplicate_webhook: u32,
    pub late_webhook: u32,
    pub deaf_endpoint: u32,
    pub crash: u32,
    pub clock_jump: u32,
}

impl Weather {
    pub const CALM: Weather = Weather {
        not_sent: 0,
        lost_before: 0,
        lost_after: 0,
        no_answer: 0,
        early_webhook: 100,
        duplicate_webhook: 0,
        late_webhook: 0,
        deaf_endpoint: 0,
        crash: 0,
        clock_jump: 0,
    };

    pub const USUAL: Weather = Weather {
        not_sent: 20,
        lost_before: 15,
        lost_after: 40,
        no_answer: 30,
        early_webhook: 100,
        duplicate_webhook: 80,
        late_webhook: 60,
        deaf_endpoint: 60,
        crash: 25,
        clock_jump: 4,
    };

    pub const STORM: Weather = Weather {
        not_sent: 120,
        lost_before: 120,
        lost_after: 150,
        no_answer: 250,
        early_webhook: 150,
        duplicate_webhook: 300,
        late_webhook: 300,
        deaf_endpoint: 300,
        crash: 150,
        clock_jump: 20,
    };
}

pub struct Fate {
    random: Mutex<StdRng>,
    weather: Mutex<Weather>,
    /// So many moments until the process dies; negative: it lives.
    fuse: AtomicI64,
    /// Of the world, and how far recoup's clock is from it.
    true_ms: AtomicI64,
    skew_ms: AtomicI64,
    history: Mutex<History>,
}

struct History {
    hash: Sha256,
    last: VecDeque<String>,
    shows_all: bool,
}

/// Nobody else waits for it: a run is one thread, and a crash may have unwound through it.
pub fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Fate {
    pub fn new(seed: u64, begins_ms: i64) -> Fate {
        let shows_all = std::env::var("RECOUP_SIM_TRACE").is_ok();
        Fate {
            random: Mutex::new(StdRng::seed_from_u64(seed)),
            weather: Mutex::new(Weather::USUAL),
            fuse: AtomicI64::new(-1),
            true_ms: AtomicI64::new(begins_ms),
            skew_ms: AtomicI64::new(0),
            history: Mutex::new(History { hash: Sha256::new(), last: VecDeque::new(), shows_all }),
        }
    }

    /// One of so many, from 0.
    pub fn below(&self, many: usize) -> usize {
        held(&self.random).random_range(0..many.max(1))
    }

    pub fn ms_below(&self, ms: i64) -> i64 {
        held(&self.random).random_range(0..ms.max(1))
    }

    pub fn happens(&self, per_mille: u32) -> bool {
        per_mille > 0 && held(&self.random).random_range(0..1000) < per_mille
    }

    pub fn weather(&self) -> Weather {
        *held(&self.weather)
    }

    pub fn set_weather(&self, weather: Weather) {
        *held(&self.weather) = weather;
    }

    pub fn now_ms(&self) -> i64 {
        self.true_ms.load(Ordering::Relaxed)
    }

    pub fn move_to(&self, ms: i64) {
        self.true_ms.store(ms, Ordering::Relaxed);
    }

    pub fn skew_ms(&self) -> i64 {
        self.skew_ms.load(Ordering::Relaxed)
    }

    pub fn set_skew(&self, ms: i64) {
        self.skew_ms.store(ms, Ordering::Relaxed);
    }

    /// The process dies after so many moments.
    pub fn light_fuse(&self, moments: usize) {
        self.fuse.store(i64::try_from(moments).unwrap_or(0), Ordering::Relaxed);
    }

    pub fn put_fuse_out(&self) {
        self.fuse.store(-1, Ordering::Relaxed);
    }

    /// A place where the process may die.
    pub fn moment(&self, place: &str) {
        match self.fuse.load(Ordering::Relaxed) {
            left if left < 0 => {}
            0 => {
                self.put_fuse_out();
                self.tell(&format!("dies at {place}"));
                // Without the message that a panic prints.
                std::panic::resume_unwind(Box::new(Crash));
            }
            left => self.fuse.store(left - 1, Ordering::Relaxed),
        }
    }

    pub fn tell(&self, what: &str) {
        let mut history = held(&self.history);
        let line = format!("{} {what}", self.now_ms());
        history.hash.update(line.as_bytes());
        history.hash.update(b"\n");
        if history.shows_all {
            println!("{line}");
        }
        if history.last.len() == LINES_SHOWN {
            history.last.pop_front();
        }
        history.last.push_back(line);
    }

    pub fn hash(&self) -> String {
        let hash = held(&self.history).hash.clone().finalize();
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub fn last_lines(&self) -> String {
        held(&self.history).last.iter().map(|line| format!("  {line}\n")).collect()
    }
}

/// The clock of the machine on which recoup runs; it may be wrong.
impl Clock for Fate {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.now_ms() + self.skew_ms())
    }
}
