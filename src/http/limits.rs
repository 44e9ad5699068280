//! How many requests an organization may make, and the headers that say so. Off unless the
//! operator sets a figure.

use std::num::NonZeroU32;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use governor::clock::DefaultClock;
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::domain::id::OrganizationId;

type Limiter = RateLimiter<
    OrganizationId,
    DashMapStateStore<OrganizationId>,
    DefaultClock,
    StateInformationMiddleware,
>;

/// Of all organizations together: each has its own.
pub struct Limits(Option<(u32, Limiter)>);

/// What a request was told of its organization's limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    pub is_spent: bool,
    limit: u32,
    remaining: u32,
}

/// Whatever was spent is back within the second.
const RESET_S: u32 = 1;

impl Limits {
    /// 0: no limit.
    pub fn per_second(requests: u32) -> Limits {
        let limiter = |requests: NonZeroU32| {
            let quota = Quota::per_second(requests);
            RateLimiter::dashmap(quota).with_middleware::<StateInformationMiddleware>()
        };
        Limits(NonZeroU32::new(requests).map(|count| (requests, limiter(count))))
    }

    /// Counts one request. None where there is no limit.
    pub fn spend(&self, organization: OrganizationId) -> Option<Allowance> {
        let (limit, limiter) = self.0.as_ref()?;
        let counted = limiter.check_key(&organization);
        Some(Allowance {
            is_spent: counted.is_err(),
            limit: *limit,
            remaining: counted.map_or(0, |state| state.remaining_burst_capacity()),
        })
    }
}

impl Allowance {
    /// Clients wait for as long as the last one says.
    pub fn tell(self, headers: &mut HeaderMap) {
        for (name, figure) in [
            ("x-ratelimit-limit", self.limit),
            ("x-ratelimit-remaining", self.remaining),
            ("x-ratelimit-reset", RESET_S),
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from(figure));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;

    #[test]
    fn each_organization_spends_its_own() {
        let limits = Limits::per_second(2);
        let id = || OrganizationId::at(Timestamp::from_unix_ms(0));
        let (one, other) = (id(), id());
        let remaining = |id| limits.spend(id).map(|it| (it.remaining, it.is_spent));
        assert_eq!(remaining(one), Some((1, false)));
        assert_eq!(remaining(one), Some((0, false)));
        assert_eq!(remaining(one), Some((0, true)));
        assert_eq!(remaining(other), Some((1, false)));
        assert_eq!(Limits::per_second(0).spend(one), None);
    }
}
