//! How long a charge takes: a lognormal distribution, given by its median and 99th percentile,
//! which is about how answers of real PSPs are spread.

use std::time::Duration;

/// The 99th percentile of the standard normal distribution.
const Z_99: f64 = 2.326_347_9;

/// Added to every charge before its answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Latency {
    median_ms: f64,
    sigma: f64,
}

/// The two figures do not describe a distribution.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a latency needs a median above 0 ms and a 99th percentile not below the median")]
pub struct NoSuchLatency;

impl Latency {
    /// `median_ms` then `p99_ms`, both in milliseconds.
    pub fn lognormal([median_ms, p99_ms]: [u32; 2]) -> Result<Self, NoSuchLatency> {
        if median_ms == 0 || p99_ms < median_ms {
            return Err(NoSuchLatency);
        }
        let median_ms = f64::from(median_ms);
        Ok(Self { median_ms, sigma: (f64::from(p99_ms) / median_ms).ln() / Z_99 })
    }

    pub fn sample(&self) -> Duration {
        // Box–Muller; the first draw must not be 0.
        let (first, second): (f64, f64) = (1.0 - rand::random::<f64>(), rand::random());
        let normal = (-2.0 * first.ln()).sqrt() * (std::f64::consts::TAU * second).cos();
        let sample_ms = self.median_ms * (self.sigma * normal).exp();
        Duration::from_secs_f64((sample_ms / 1_000.0).min(120.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_samples_have_the_median_and_the_tail_asked_for() {
        let latency = Latency::lognormal([120, 380]).unwrap();
        let mut samples: Vec<_> = (0..20_000).map(|_| latency.sample()).collect();
        samples.sort();
        let median_ms = samples[10_000].as_millis();
        let p99_ms = samples[19_800].as_millis();
        assert!((110..130).contains(&median_ms), "{median_ms}");
        assert!((330..430).contains(&p99_ms), "{p99_ms}");
    }

    #[test]
    fn a_tail_below_the_median_is_refused() {
        assert_eq!(Latency::lognormal([120, 100]), Err(NoSuchLatency));
        assert_eq!(Latency::lognormal([0, 100]), Err(NoSuchLatency));
    }
}
