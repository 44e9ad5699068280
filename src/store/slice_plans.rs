//! The same of lists that are read in slices: what persons look at walks an index. A test only.

use super::query_plans::{faults, nobody};
use crate::domain::audit_trail::{AuditFilter, AuditSubject};
use crate::domain::filter::{LedgerFilter, RefundFilter, SurplusFilter, UnresolvedFilter};
use crate::domain::id::{AttemptId, InvoiceId};
use crate::domain::refund::RefundStateWord;
use crate::domain::surplus::SurplusStateWord;
use crate::domain::time::Timestamp;
use crate::domain::unresolved::Owner;
use crate::domain::view::SliceRequest;

#[test]
fn what_is_to_be_looked_at_by_persons_is_found_by_an_index() {
    let slice = SliceRequest { after: Some(nobody().uuid()), limit: 10 };
    let attempt = AttemptId::at(Timestamp::from_unix_ms(0));
    let invoice = Some(InvoiceId::at(Timestamp::from_unix_ms(0)));
    let found = faults(|read| {
        for filter in [
            SurplusFilter::default(),
            SurplusFilter { state: Some(SurplusStateWord::Open), ..Default::default() },
            SurplusFilter { invoice_id: invoice, ..SurplusFilter::default() },
            SurplusFilter { payment_id: Some(attempt), ..Default::default() },
            SurplusFilter { external_customer_id: Some("a".to_owned()), ..Default::default() },
        ] {
            read.surplus_payments(nobody(), &filter, slice)?;
        }
        for filter in [
            RefundFilter::default(),
            RefundFilter { state: Some(RefundStateWord::Failed), ..RefundFilter::default() },
        ] {
            read.refunds(nobody(), &filter, slice)?;
        }
        for owner in [None, Some(Owner::Recoup), Some(Owner::Person)] {
            read.unresolved(nobody(), &UnresolvedFilter { owner }, slice)?;
        }
        for filter in [
            LedgerFilter::default(),
            LedgerFilter { invoice_id: invoice, ..LedgerFilter::default() },
        ] {
            read.ledger_entries(nobody(), &filter, slice)?;
        }
        let subject = Some(AuditSubject { kind: "invoice".to_owned(), id: "x".to_owned() });
        read.audit_log(nobody(), &AuditFilter { subject, ..AuditFilter::default() }, slice)?;
        read.refunds_to_send(Timestamp::from_unix_ms(0), 10)?;
        read.abandoned_refunds(Timestamp::from_unix_ms(0), 10)?;
        read.refunds_without_news(Timestamp::from_unix_ms(0), 10)?;
        Ok(())
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}
