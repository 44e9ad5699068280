//! Chance: what makes ids and the addresses of payer pages unlike each other. It comes from the
//! system, unless this very thread was seeded, which only a simulation does: then the same seed
//! brings the same ids. Keys that encrypt or sign are deliberately not made here.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU32, Ordering};

use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};

/// Counts the ids that were made: those of one millisecond sort by it.
static MADE: AtomicU32 = AtomicU32::new(0);

thread_local! {
    static SEEDED: RefCell<Option<Seeded>> = const { RefCell::new(None) };
}

struct Seeded {
    random: StdRng,
    made: u32,
}

/// While it lives, the chance of this thread is the sequence of one seed. Other threads do not
/// notice.
pub struct SeededThread(PhantomData<*const ()>);

impl SeededThread {
    pub fn with(seed: u64) -> SeededThread {
        let seeded = Seeded { random: StdRng::seed_from_u64(seed), made: 0 };
        SEEDED.with_borrow_mut(|of_thread| *of_thread = Some(seeded));
        SeededThread(PhantomData)
    }
}

impl Drop for SeededThread {
    fn drop(&mut self) {
        SEEDED.with_borrow_mut(|of_thread| *of_thread = None);
    }
}

pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SEEDED.with_borrow_mut(|of_thread| match of_thread {
        Some(seeded) => seeded.random.fill_bytes(&mut bytes),
        None => rand::rng().fill_bytes(&mut bytes),
    });
    bytes
}

/// How many were counted before this one.
pub fn count() -> u32 {
    SEEDED.with_borrow_mut(|of_thread| match of_thread {
        Some(seeded) => {
            seeded.made = seeded.made.wrapping_add(1);
            seeded.made
        }
        None => MADE.fetch_add(1, Ordering::Relaxed),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_brings_one_sequence_and_only_on_its_own_thread() {
        let drawn = |seed| {
            let _seeded = SeededThread::with(seed);
            (bytes::<16>(), count(), count())
        };
        assert_eq!(drawn(7), drawn(7));
        assert_ne!(drawn(7).0, drawn(8).0);
        let _seeded = SeededThread::with(7);
        let elsewhere = std::thread::spawn(bytes::<16>).join().expect("it draws");
        assert_ne!(elsewhere, drawn(7).0);
        assert_ne!(bytes::<16>(), drawn(7).0, "the seed ended with its guard");
    }
}
