//! Receipts, each with the payment that it is for. Those of invoices that are not shown are not
//! shown either.

use rusqlite::named_params;

use super::conditions::Conditions;
use super::invoices::shown_statuses;
use super::row::{Columns, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::id::{AttemptId, CustomerId, InvoiceId, OrganizationId, ReceiptId};
use crate::domain::receipt::{Receipt, receipt_number};
use crate::domain::secret::Secret;
use crate::domain::view::{Page, PageRequest, PaymentSource, PaymentView, ReceiptView};

/// The status of an invoice that the payment pays. All of one payment are shown, or none.
const SHOWN_STATUS: &str = "(SELECT i.status
             FROM receipt_invoices p
             JOIN invoices i ON i.id = p.invoice_id
            WHERE p.receipt_id = r.id
            LIMIT 1)";

impl Reader<'_> {
    pub fn receipt_of_every_organization(
        &self,
        id: ReceiptId,
    ) -> Result<Option<Receipt>, StoreError> {
        row!(
            self,
            "receipts",
            "SELECT * FROM receipts WHERE id = :id",
            named_params! { ":id": id.to_string() },
            receipt
        )
    }

    pub fn has_receipt(&self, payment: AttemptId) -> Result<bool, StoreError> {
        let found = row!(
            self,
            "receipts",
            "SELECT id FROM receipts WHERE payment_id = :payment",
            named_params! { ":payment": payment.to_string() },
            |_: &Columns<'_>| Ok::<_, StoreError>(())
        )?;
        Ok(found.is_some())
    }

    /// None also when its invoice is not shown.
    pub fn receipt_view(
        &self,
        organization: OrganizationId,
        id: ReceiptId,
    ) -> Result<Option<ReceiptView>, StoreError> {
        let found = self.receipt_of_every_organization(id)?;
        let Some(receipt) = found.filter(|found| found.organization_id == organization) else {
            return Ok(None);
        };
        self.beside_receipt(receipt)
    }

    /// One page, newest first; those of an invoice when one is named.
    pub fn receipt_views(
        &self,
        organization: OrganizationId,
        invoice: Option<InvoiceId>,
        request: PageRequest,
    ) -> Result<Page<ReceiptView>, StoreError> {
        let whose = organization.to_string();
        let mut conditions =
            Conditions::of("r.organization_id = :organization", ":organization", whose);
        conditions.and_in(SHOWN_STATUS, ":status", shown_statuses(None));
        if let Some(invoice) = invoice {
            let sql = "r.id IN (SELECT q.receipt_id
                                  FROM receipt_invoices q
                                 WHERE q.invoice_id = :invoice)";
            conditions.and_with(sql, ":invoice", invoice.to_string());
        }
        let count = format!("SELECT COUNT(*) FROM receipts r WHERE {}", conditions.sql());
        let total: i64 = self
            .connection
            .prepare_cached(&count)?
            .query_row(conditions.values().as_slice(), |row| row.get(0))?;
        let sql = format!(
            "SELECT r.* FROM receipts r
              WHERE {}
              ORDER BY r.created_at DESC, r.id
              LIMIT :limit OFFSET :offset",
            conditions.sql()
        );
        conditions.bind(":limit", request.per_page);
        conditions.bind(":offset", i64::try_from(request.offset()).unwrap_or(i64::MAX));
        let found = rows!(self, "receipts", &sql, conditions.values().as_slice(), receipt)?;
        let mut items = Vec::with_capacity(found.len());
        for receipt in found {
            items.extend(self.beside_receipt(receipt)?);
        }
        Ok(Page { items, total: total.unsigned_abs(), request })
    }

    fn beside_receipt(&self, receipt: Receipt) -> Result<Option<ReceiptView>, StoreError> {
        let payment = self.payment_with_method(receipt.organization_id, receipt.payment_id)?;
        Ok(payment.map(|payment| ReceiptView { receipt, payment, file_url: None }))
    }

    /// None also when its invoice is not shown.
    pub(super) fn payment_with_method(
        &self,
        organization: OrganizationId,
        id: AttemptId,
    ) -> Result<Option<PaymentView>, StoreError> {
        let Some(mut view) = self.payment_view(organization, id)? else { return Ok(None) };
        let attempt = self.attempt_of_every_organization(id)?;
        let method_id = attempt.and_then(|it| it.instrument).and_then(|it| it.method_id);
        if let (Some(method_id), PaymentSource::Provider { method, .. }) =
            (method_id, &mut view.source)
        {
            *method = self.method_view(organization, method_id)?.map(Box::new);
        }
        Ok(Some(view))
    }

    /// What links to papers are signed with. None until it is made.
    pub fn file_link_key(
        &self,
        organization: OrganizationId,
    ) -> Result<Option<Secret>, StoreError> {
        let sealed = row!(
            self,
            "organizations",
            "SELECT file_link_key FROM organizations WHERE id = :id",
            named_params! { ":id": organization.to_string() },
            |columns: &Columns<'_>| columns.get::<Option<String>>("file_link_key")
        )?;
        match sealed.flatten() {
            Some(sealed) => self.sealer.open(&sealed, &place(organization)).map(Some),
            None => Ok(None),
        }
    }
}

impl Tx<'_> {
    /// The next number among the customer's receipts, as it is shown too. Numbers have no gaps:
    /// when the rest of the transaction fails, this one is not used up.
    pub fn next_receipt_number(&self, customer: CustomerId) -> Result<(u32, String), StoreError> {
        let mut counting = self.connection.prepare_cached(
            "UPDATE customers
                SET receipts_numbered = receipts_numbered + 1
              WHERE id = :customer
             RETURNING receipts_numbered, sequential_id,
                       (SELECT o.document_number_prefix
                          FROM organizations o
                         WHERE o.id = customers.organization_id)",
        )?;
        let values = named_params! { ":customer": customer.to_string() };
        let (receipt, customer, prefix): (u32, u32, String) =
            counting.query_row(values, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok((receipt, receipt_number(&prefix, customer, receipt)))
    }

    pub fn insert_receipt(
        &self,
        made: &Receipt,
        invoices: &[(InvoiceId, String)],
    ) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO receipts (id, organization_id, customer_id, payment_id, sequential_id,
                    number, created_at)
             VALUES (:id, :organization_id, :customer_id, :payment_id, :sequential_id,
                    :number, :created_at)",
        )?;
        statement.execute(named_params! {
            ":id": made.id.to_string(),
            ":organization_id": made.organization_id.to_string(),
            ":customer_id": made.customer_id.to_string(),
            ":payment_id": made.payment_id.to_string(),
            ":sequential_id": made.sequential_id,
            ":number": made.number,
            ":created_at": made.created_at.unix_ms(),
        })?;
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO receipt_invoices (invoice_id, receipt_id) VALUES (:invoice, :receipt)",
        )?;
        for (invoice, _) in invoices {
            statement.execute(named_params! {
                ":invoice": invoice.to_string(),
                ":receipt": made.id.to_string(),
            })?;
        }
        Ok(())
    }

    /// Keeps a key that is there already: links that were given away stay good.
    pub fn put_file_link_key_if_none(
        &self,
        organization: OrganizationId,
        key: &Secret,
    ) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "UPDATE organizations SET file_link_key = :key
              WHERE id = :id AND file_link_key IS NULL",
        )?;
        statement.execute(named_params! {
            ":id": organization.to_string(),
            ":key": self.sealer.seal(key, &place(organization))?,
        })?;
        Ok(())
    }
}

fn place(organization: OrganizationId) -> String {
    format!("organizations/{organization}/file_link_key")
}

fn receipt(columns: &Columns<'_>) -> Result<Receipt, StoreError> {
    Ok(Receipt {
        id: columns.parsed("id")?,
        organization_id: columns.parsed("organization_id")?,
        customer_id: columns.parsed("customer_id")?,
        payment_id: columns.parsed("payment_id")?,
        sequential_id: columns.get("sequential_id")?,
        number: columns.get("number")?,
        created_at: columns.time("created_at")?,
    })
}
