//! How often somebody may try a password: for one address of mail, and from one place. Kept in
//! memory; who restarts the server could change the password anyway.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};
use sha2::{Digest, Sha256};
use tokio::sync::{Semaphore, SemaphorePermit};

/// More tries may come from one place than for one address: a whole office may be behind it.
const PER_PLACE_TIMES: u32 = 5;

/// When so many are remembered, those that have all their tries back are forgotten.
const REMEMBERED_MAX: usize = 10_000;

/// Passwords are looked at by so many threads at once: each takes 19 MiB meanwhile.
const LOOKED_AT_ONCE_MAX: usize = 4;

pub struct Throttle {
    turns: Semaphore,
    by_email: DefaultKeyedRateLimiter<[u8; 32]>,
    by_place: DefaultKeyedRateLimiter<IpAddr>,
}

impl Throttle {
    /// So many tries; all of them are back after the window.
    pub fn new(tries_max: u32, window: Duration) -> Throttle {
        let quota = |tries: u32| {
            let tries = NonZeroU32::new(tries).unwrap_or(NonZeroU32::MIN);
            let each = (window / tries.get()).max(Duration::from_millis(1));
            Quota::with_period(each).expect("it is longer than nothing").allow_burst(tries)
        };
        Throttle {
            turns: Semaphore::new(LOOKED_AT_ONCE_MAX),
            by_email: DefaultKeyedRateLimiter::keyed(quota(tries_max)),
            by_place: DefaultKeyedRateLimiter::keyed(quota(tries_max * PER_PLACE_TIMES)),
        }
    }

    /// Waits until a password may be looked at; it may for as long as the answer is kept.
    pub async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.turns.acquire().await.ok()
    }

    /// Counts one try. How long to wait, when there were too many.
    pub fn spend(&self, email: &str, place: Option<IpAddr>) -> Result<(), Duration> {
        if self.by_email.len() + self.by_place.len() > REMEMBERED_MAX {
            self.by_email.retain_recent();
            self.by_place.retain_recent();
        }
        let wait =
            |until: governor::NotUntil<_>| until.wait_time_from(DefaultClock::default().now());
        if let Some(place) = place {
            self.by_place.check_key(&place).map_err(wait)?;
        }
        let key: [u8; 32] = Sha256::digest(email.trim().to_lowercase().as_bytes()).into();
        self.by_email.check_key(&key).map_err(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_of_mail_waits_and_another_does_not() {
        let throttle = Throttle::new(2, Duration::from_secs(600));
        let place = Some(IpAddr::from([10, 0, 0, 1]));
        assert_eq!(throttle.spend("a@b", place), Ok(()));
        assert_eq!(throttle.spend(" A@b", place), Ok(()), "the same, however it is written");
        let wait = throttle.spend("a@b", place).expect_err("too often");
        assert!(wait > Duration::from_secs(200) && wait <= Duration::from_secs(300), "{wait:?}");
        assert_eq!(throttle.spend("c@d", place), Ok(()));
        let from_there = (0..20).filter(|n| throttle.spend(&format!("{n}@d"), place).is_ok());
        assert_eq!(from_there.count(), 6, "ten from one place, four of which were spent");
        assert_eq!(throttle.spend("c@d", Some(IpAddr::from([10, 0, 0, 2]))), Ok(()));
    }
}
