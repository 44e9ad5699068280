//! The invoices of a bulk retry: which ones are meant, and how far each was worked through.

use rusqlite::named_params;

use crate::domain::bulk_retry::{
    BulkFilter, BulkInvoice, BulkInvoiceState, BulkRetry, Plan, Queued,
};
use crate::domain::id::{BulkRetryId, InvoiceId, OrganizationId};
use crate::domain::recovery::{IdleReason, WaitReason};
use crate::domain::time::Timestamp;
use crate::store::conditions::Conditions;
use crate::store::invoices::add_term;
use crate::store::last_decline::last_declined;
use crate::store::row::{Columns, rows};
use crate::store::{Reader, StoreError, Tx};

/// Where the list of what is meant goes on.
#[derive(Debug, Clone, Copy)]
pub struct After {
    pub invoice: Option<InvoiceId>,
    /// Later ones are not meant: whoever asked did not know of them.
    pub made_until: Timestamp,
}

impl Reader<'_> {
    /// Unpaid, finalized invoices that the filter means, in the order of their ids.
    pub fn invoices_meant(
        &self,
        organization: OrganizationId,
        filter: &BulkFilter,
        after: After,
        limit: u32,
    ) -> Result<Vec<InvoiceId>, StoreError> {
        let customers = match &filter.external_customer_id {
            Some(external_id) => Some(self.customers_ever_called(organization, external_id)?),
            None => None,
        };
        if customers.as_ref().is_some_and(Vec::is_empty) {
            return Ok(vec![]);
        }
        let mut conditions = conditions_of(organization, filter, customers, after);
        if let Some(term) = &filter.search_term {
            add_term(&mut conditions, term, self.customers_called_like(organization, term)?);
        }
        let sql = format!(
            "SELECT i.id FROM invoices i WHERE {} ORDER BY i.id LIMIT {limit}",
            conditions.sql()
        );
        let id = |columns: &Columns<'_>| columns.parsed("id");
        rows!(self, "invoices", &sql, conditions.values().as_slice(), id)
    }

    /// Those that come next, in their order.
    pub fn bulk_invoices_next(
        &self,
        bulk: &BulkRetry,
        limit: u32,
    ) -> Result<Vec<BulkInvoice>, StoreError> {
        rows!(
            self,
            "bulk_retry_invoices",
            "SELECT *
               FROM bulk_retry_invoices
              WHERE bulk_retry_id = :bulk AND position > :worked_through
              ORDER BY position
              LIMIT :limit",
            named_params! {
                ":bulk": bulk.id.to_string(),
                ":worked_through": bulk.worked_through,
                ":limit": limit,
            },
            bulk_invoice
        )
    }
}

fn conditions_of(
    organization: OrganizationId,
    filter: &BulkFilter,
    customers: Option<Vec<String>>,
    after: After,
) -> Conditions {
    // With a customer, theirs is the index to walk.
    let whose = match customers {
        Some(_) => "+i.organization_id = :organization",
        None => "i.organization_id = :organization",
    };
    let mut all = Conditions::of(whose, ":organization", organization.to_string());
    all.and("i.status = 'finalized'");
    all.and("i.payment_status <> 'succeeded'");
    all.and_with("i.created_at <= :made_until", ":made_until", after.made_until.unix_ms());
    if let Some(invoice) = after.invoice {
        all.and_with("i.id > :after", ":after", invoice.to_string());
    }
    if let Some(customers) = customers {
        all.and_in("i.customer_id", ":customer", customers);
    }
    if let Some(overdue) = filter.payment_overdue {
        all.and_with("i.payment_overdue = :overdue", ":overdue", overdue);
    }
    if let Some(currency) = filter.currency {
        all.and_with("i.currency = :currency", ":currency", currency.code().to_owned());
    }
    if let Some(status) = filter.payment_status {
        all.and_with("i.payment_status = :paid", ":paid", status.as_str().to_owned());
    }
    if let Some(classes) = &filter.decline_classes {
        last_declined(&mut all, classes);
    }
    if let Some(from) = filter.amount_from {
        all.and_with("i.total_amount - i.paid_amount >= :from", ":from", from);
    }
    if let Some(to) = filter.amount_to {
        all.and_with("i.total_amount - i.paid_amount <= :to", ":to", to);
    }
    if let Some(from) = filter.issued_from {
        all.and_with("i.issuing_date >= :issued_from", ":issued_from", from.to_string());
    }
    if let Some(to) = filter.issued_to {
        all.and_with("i.issuing_date <= :issued_to", ":issued_to", to.to_string());
    }
    all
}

impl Tx<'_> {
    pub fn insert_bulk_invoice(&self, made: &BulkInvoice) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO bulk_retry_invoices (bulk_retry_id, position, invoice_id, amount,
                    currency, state, kept)
             VALUES (:bulk, :position, :invoice_id, :amount, :currency, 'listed', 0)",
        )?;
        statement.execute(named_params! {
            ":bulk": made.bulk_retry_id.to_string(),
            ":position": made.position,
            ":invoice_id": made.invoice_id.to_string(),
            ":amount": made.due.minor_units,
            ":currency": made.due.currency.code(),
        })?;
        Ok(())
    }

    pub fn save_bulk_invoice(&self, saved: &BulkInvoice) -> Result<(), StoreError> {
        let (word, code, queued) = match &saved.state {
            BulkInvoiceState::Listed => ("listed", None, None),
            BulkInvoiceState::Queued(queued) => ("queued", None, Some(queued)),
            BulkInvoiceState::Refused { code } => ("refused", Some(code), None),
            BulkInvoiceState::Withdrawn => ("withdrawn", None, None),
        };
        let was = queued.map(|queued| match queued.was {
            Plan::Waiting { next_attempt_at, reason } => {
                ("waiting", reason.as_str(), Some(next_attempt_at.unix_ms()))
            }
            Plan::Idle { reason } => ("idle", reason.as_str(), None),
        });
        let mut statement = self.connection.prepare_cached(
            "UPDATE bulk_retry_invoices
                SET state = :state, code = :code, recovery_id = :recovery_id,
                    attempt_number = :attempt_number, attempts_before = :attempts_before,
                    was_state = :was_state, was_reason = :was_reason,
                    was_next_at = :was_next_at, kept = :kept
              WHERE bulk_retry_id = :bulk AND position = :position",
        )?;
        statement.execute(named_params! {
            ":bulk": saved.bulk_retry_id.to_string(),
            ":position": saved.position,
            ":state": word,
            ":code": code,
            ":recovery_id": queued.map(|queued| queued.recovery_id.to_string()),
            ":attempt_number": queued.map(|queued| queued.attempt_number),
            ":attempts_before": queued.map(|queued| queued.attempts_before),
            ":was_state": was.map(|(state, _, _)| state),
            ":was_reason": was.map(|(_, reason, _)| reason),
            ":was_next_at": was.and_then(|(_, _, next_at)| next_at),
            ":kept": queued.is_some_and(|queued| queued.kept),
        })?;
        Ok(())
    }

    /// Somebody else asks for this invoice: bulk retries that queued it do not withdraw it.
    pub fn keep_queued(&self, invoice: InvoiceId) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "UPDATE bulk_retry_invoices SET kept = 1
              WHERE invoice_id = :invoice AND state = 'queued' AND kept = 0",
        )?;
        statement.execute(named_params! { ":invoice": invoice.to_string() })?;
        Ok(())
    }
}

fn bulk_invoice(columns: &Columns<'_>) -> Result<BulkInvoice, StoreError> {
    let bulk_retry_id: BulkRetryId = columns.parsed("bulk_retry_id")?;
    Ok(BulkInvoice {
        bulk_retry_id,
        position: columns.get("position")?,
        invoice_id: columns.parsed("invoice_id")?,
        due: columns.money("amount", "currency")?,
        state: state(columns)?,
    })
}

fn state(columns: &Columns<'_>) -> Result<BulkInvoiceState, StoreError> {
    let word: String = columns.get("state")?;
    Ok(match word.as_str() {
        "listed" => BulkInvoiceState::Listed,
        "refused" => BulkInvoiceState::Refused { code: columns.get("code")? },
        "withdrawn" => BulkInvoiceState::Withdrawn,
        "queued" => BulkInvoiceState::Queued(Queued {
            recovery_id: columns.parsed("recovery_id")?,
            attempt_number: columns.get("attempt_number")?,
            attempts_before: columns.get("attempts_before")?,
            was: plan(columns)?,
            kept: columns.get("kept")?,
        }),
        other => {
            return Err(StoreError::corrupt(columns.table, format!("`{other}` in state")));
        }
    })
}

fn plan(columns: &Columns<'_>) -> Result<Plan, StoreError> {
    let word: String = columns.get("was_state")?;
    Ok(match word.as_str() {
        "waiting" => Plan::Waiting {
            reason: columns.word("was_reason", WaitReason::parse)?,
            next_attempt_at: columns.time("was_next_at")?,
        },
        "idle" => Plan::Idle { reason: columns.word("was_reason", IdleReason::parse)? },
        other => {
            return Err(StoreError::corrupt(columns.table, format!("`{other}` in was_state")));
        }
    })
}
