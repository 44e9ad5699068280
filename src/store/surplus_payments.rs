//! Surplus payments: what came in beyond what was due, and what became of it.

use rusqlite::named_params;

use super::conditions::Conditions;
use super::recoveries::payable;
use super::row::{Columns, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::filter::SurplusFilter;
use crate::domain::id::{AttemptId, OrganizationId, SurplusId};
use crate::domain::surplus::{SurplusPayment, SurplusReason, SurplusState, SurplusStateWord};
use crate::domain::view::{Slice, SliceRequest};

impl Reader<'_> {
    pub fn surplus_payment(
        &self,
        organization: OrganizationId,
        id: SurplusId,
    ) -> Result<Option<SurplusPayment>, StoreError> {
        row!(
            self,
            "surplus_payments",
            "SELECT * FROM surplus_payments WHERE organization_id = :organization AND id = :id",
            named_params! { ":organization": organization.to_string(), ":id": id.to_string() },
            surplus
        )
    }

    /// Newest first.
    pub fn surplus_payments(
        &self,
        organization: OrganizationId,
        filter: &SurplusFilter,
        request: SliceRequest,
    ) -> Result<Slice<SurplusPayment>, StoreError> {
        let mut conditions = Conditions::of(
            "organization_id = :organization",
            ":organization",
            organization.to_string(),
        );
        if let Some(state) = filter.state {
            conditions.and_with("state = :state", ":state", state.as_str().to_owned());
        }
        if let Some(reason) = filter.reason {
            conditions.and_with("reason = :reason", ":reason", reason.as_str().to_owned());
        }
        if let Some(invoice) = filter.invoice_id {
            conditions.and_with("invoice_id = :invoice", ":invoice", invoice.to_string());
        }
        if let Some(payment) = filter.payment_id {
            conditions.and_with("payment_id = :payment", ":payment", payment.to_string());
        }
        if let Some(external_id) = &filter.external_customer_id {
            let customers = self.customers_ever_called(organization, external_id)?;
            conditions.and_in("customer_id", ":customer", customers);
        }
        let sql = conditions.slice("SELECT * FROM surplus_payments", request);
        let values = conditions.values();
        let found = rows!(self, "surplus_payments", &sql, values.as_slice(), surplus)?;
        Ok(Slice::of(found, request.limit, |surplus| surplus.id.uuid()))
    }

    /// A payment has few.
    pub fn surplus_of_payment(
        &self,
        payment: AttemptId,
    ) -> Result<Vec<SurplusPayment>, StoreError> {
        rows!(
            self,
            "surplus_payments",
            "SELECT * FROM surplus_payments WHERE payment_id = :payment ORDER BY id LIMIT 1000",
            named_params! { ":payment": payment.to_string() },
            surplus
        )
    }
}

impl Tx<'_> {
    /// Inserts, or saves what became of it.
    pub fn put_surplus_payment(&self, put: &SurplusPayment) -> Result<(), StoreError> {
        let kept_reason = match &put.state {
            SurplusState::Kept { reason } => Some(reason),
            SurplusState::Open
            | SurplusState::Refunding
            | SurplusState::Refunded
            | SurplusState::RefundFailed => None,
        };
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO surplus_payments (id, organization_id, customer_id, payment_id,
                    connection_id, payable_kind, payable_id, invoice_id, amount, currency, reason,
                    state, refunded_amount, kept_reason, created_at, updated_at)
             VALUES (:id, :organization_id, :customer_id, :payment_id,
                    :connection_id, :payable_kind, :payable_id, :invoice_id, :amount, :currency,
                    :reason, :state, :refunded_amount, :kept_reason, :created_at, :updated_at)
             ON CONFLICT (id) DO UPDATE SET
                    state = excluded.state, refunded_amount = excluded.refunded_amount,
                    kept_reason = excluded.kept_reason, updated_at = excluded.updated_at",
        )?;
        statement.execute(named_params! {
            ":id": put.id.to_string(),
            ":organization_id": put.organization_id.to_string(),
            ":customer_id": put.customer_id.to_string(),
            ":payment_id": put.payment_id.to_string(),
            ":connection_id": put.connection_id.to_string(),
            ":payable_kind": put.payable.kind(),
            ":payable_id": put.payable.uuid().to_string(),
            ":invoice_id": put.invoice_id.map(|id| id.to_string()),
            ":amount": put.amount.minor_units,
            ":currency": put.amount.currency.code(),
            ":reason": put.reason.as_str(),
            ":state": put.state.word().as_str(),
            ":refunded_amount": put.refunded,
            ":kept_reason": kept_reason,
            ":created_at": put.created_at.unix_ms(),
            ":updated_at": put.updated_at.unix_ms(),
        })?;
        Ok(())
    }
}

fn surplus(columns: &Columns<'_>) -> Result<SurplusPayment, StoreError> {
    let state = match columns.word("state", SurplusStateWord::parse)? {
        SurplusStateWord::Open => SurplusState::Open,
        SurplusStateWord::Refunding => SurplusState::Refunding,
        SurplusStateWord::Refunded => SurplusState::Refunded,
        SurplusStateWord::RefundFailed => SurplusState::RefundFailed,
        SurplusStateWord::Kept => SurplusState::Kept { reason: columns.get("kept_reason")? },
    };
    Ok(SurplusPayment {
        id: columns.parsed("id")?,
        organization_id: columns.parsed("organization_id")?,
        customer_id: columns.parsed("customer_id")?,
        payment_id: columns.parsed("payment_id")?,
        connection_id: columns.parsed("connection_id")?,
        payable: payable(columns)?,
        invoice_id: columns.parsed_option("invoice_id")?,
        amount: columns.money("amount", "currency")?,
        reason: columns.word("reason", SurplusReason::parse)?,
        state,
        refunded: columns.get("refunded_amount")?,
        created_at: columns.time("created_at")?,
        updated_at: columns.time("updated_at")?,
    })
}
