//! How single values look: times, and the ids that are derived.

use std::fmt;

use chrono::{NaiveDate, NaiveTime, SecondsFormat};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::id::CustomerId;
use crate::domain::time::Timestamp;

/// An id: a UUID in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(as = metronome::Id, value_type = Uuid)]
pub struct Id(pub Uuid);

impl From<Uuid> for Id {
    fn from(id: Uuid) -> Id {
        Id(id)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// `2026-01-01T12:00:00.000Z`
pub fn time(time: Timestamp) -> String {
    time.utc().to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The first moment of a day.
pub fn day(day: NaiveDate) -> String {
    time(Timestamp::from_utc(day.and_time(NaiveTime::MIN).and_utc()))
}

/// The one contract that every customer has; there are no others.
pub fn contract_id(customer: CustomerId) -> Id {
    Id(Uuid::new_v5(&customer.uuid(), b"contract"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contract_of_a_customer_is_derived_from_its_id() {
        let customer: CustomerId = "13117714-3f05-48e5-a6e9-a66093f13b4d".parse().expect("an id");
        assert_eq!(contract_id(customer).to_string(), "3a272a17-953a-527f-a374-f920b9b8175d");
    }
}
