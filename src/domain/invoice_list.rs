//! The list of invoices as people work through it: under one tab, narrowed, a page at a time.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;

use super::attempt::Attempt;
use super::currency::Currency;
use super::decline::{DeclineClass, text_enum};
use super::id::InvoiceId;
use super::invoice::Invoice;
use super::recovery::Recovery;
use super::time::Timestamp;

text_enum!(
    /// Which of them.
    InvoiceTab {
        All = "all",
        /// Finalized, and not paid in full.
        Outstanding = "outstanding",
        Overdue = "overdue",
        Succeeded = "succeeded",
        Draft = "draft",
        Voided = "voided",
        /// The payer disputed a payment, and won.
        Disputed = "disputed",
    }
);

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InvoiceSearch {
    /// The beginning of a number, a whole id, or part of what a customer is called by.
    pub term: Option<String>,
    /// Deleted customers included.
    pub external_customer_id: Option<String>,
    pub currency: Option<Currency>,
    /// Both inclusive, in minor units of what is due.
    pub amount_from: Option<i64>,
    pub amount_to: Option<i64>,
    /// Both inclusive.
    pub issued_from: Option<NaiveDate>,
    pub issued_to: Option<NaiveDate>,
    /// Of the last decline.
    pub decline_class: Option<DeclineClass>,
}

impl InvoiceSearch {
    pub fn is_empty(&self) -> bool {
        *self == InvoiceSearch::default()
    }
}

/// Where a page ends: the next one comes after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvoicePlace {
    pub issuing_date: NaiveDate,
    pub created_at: Timestamp,
    pub id: InvoiceId,
}

impl InvoicePlace {
    pub const fn of(invoice: &Invoice) -> InvoicePlace {
        InvoicePlace {
            issuing_date: invoice.issuing_date,
            created_at: invoice.created_at,
            id: invoice.id,
        }
    }
}

/// `2026-11-20.1795000000000.<id>`
impl fmt::Display for InvoicePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.issuing_date, self.created_at.unix_ms(), self.id)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a place in the list of invoices")]
pub struct InvalidPlace;

impl FromStr for InvoicePlace {
    type Err = InvalidPlace;

    fn from_str(text: &str) -> Result<InvoicePlace, InvalidPlace> {
        let mut parts = text.splitn(3, '.');
        let (Some(date), Some(at), Some(id)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(InvalidPlace);
        };
        Ok(InvoicePlace {
            issuing_date: date.parse().map_err(|_| InvalidPlace)?,
            created_at: Timestamp::from_unix_ms(at.parse().map_err(|_| InvalidPlace)?),
            id: id.parse().map_err(|_| InvalidPlace)?,
        })
    }
}

/// An invoice with how its collecting stands.
#[derive(Debug, Clone)]
pub struct InvoiceRow {
    pub invoice: Invoice,
    pub customer_name: Option<String>,
    pub external_customer_id: String,
    /// None: there is nothing to collect yet.
    pub recovery: Option<Recovery>,
    pub last_attempt: Option<Attempt>,
}

#[derive(Debug, Clone)]
pub struct InvoicePage {
    pub rows: Vec<InvoiceRow>,
    /// None: this is the last page.
    pub next: Option<InvoicePlace>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written() {
        let now = Timestamp::from_unix_ms(1_795_000_000_000);
        let (issuing_date, id) = (now.utc().date_naive(), InvoiceId::at(now));
        let place = InvoicePlace { issuing_date, created_at: now, id };
        assert_eq!(place.to_string().parse(), Ok(place));
        for wrong in ["", "2026-11-20", "2026-11-20.1", "2026-11-20.x.y", "a.b.c"] {
            assert_eq!(wrong.parse::<InvoicePlace>(), Err(InvalidPlace), "{wrong}");
        }
    }
}
