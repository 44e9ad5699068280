//! Our own pages for payers: found by the hash of their token, one open per invoice.

use rusqlite::named_params;

use super::row::{Columns, heard, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::api_key::KeyHash;
use crate::domain::id::{CustomerId, InvoiceId, PayerPageId};
use crate::domain::payer_page::{PagePurpose, PayerPage};
use crate::domain::time::Timestamp;

/// So many unpaid invoices a payer sees, and so many paid ones.
const DEBTS_SHOWN_MAX: u32 = 100;

/// So many are forgotten in one transaction.
const FORGOTTEN_AT_ONCE_MAX: u32 = 1_000;

impl Reader<'_> {
    /// It names no organization: the token is what tells whose page it is.
    pub fn payer_page_by_token(&self, hash: &KeyHash) -> Result<Option<PayerPage>, StoreError> {
        row!(
            self,
            "payer_pages",
            "SELECT * FROM payer_pages WHERE token_hash = :hash",
            named_params! { ":hash": hash.0 },
            |columns: &Columns<'_>| self.payer_page(columns)
        )
    }

    /// The page that was made to pay this invoice. Its time may be up.
    pub fn payment_page(&self, invoice: InvoiceId) -> Result<Option<PayerPage>, StoreError> {
        row!(
            self,
            "payer_pages",
            "SELECT * FROM payer_pages
              WHERE invoice_id = :invoice AND purpose = 'payment' AND ended_at IS NULL",
            named_params! { ":invoice": invoice.to_string() },
            |columns: &Columns<'_>| self.payer_page(columns)
        )
    }

    /// The latest page that was made for this customer to leave a method on. Its time may be up.
    pub fn setup_page(&self, customer: CustomerId) -> Result<Option<PayerPage>, StoreError> {
        row!(
            self,
            "payer_pages",
            "SELECT * FROM payer_pages
              WHERE customer_id = :customer AND purpose = 'setup'
              ORDER BY id DESC
              LIMIT 1",
            named_params! { ":customer": customer.to_string() },
            |columns: &Columns<'_>| self.payer_page(columns)
        )
    }

    /// The finalized invoices of exactly this customer, what is to be paid first, the newest first
    /// of each: what a payer may see.
    pub fn invoices_for_payer(&self, customer: CustomerId) -> Result<Vec<InvoiceId>, StoreError> {
        let mut found = Vec::new();
        for is_paid in [false, true] {
            found.extend(rows!(
                self,
                "invoices",
                "SELECT id FROM invoices
                  WHERE customer_id = :customer AND status = 'finalized'
                    AND (payment_status = 'succeeded') = :is_paid
                  ORDER BY issuing_date DESC, created_at DESC, id
                  LIMIT :limit",
                named_params! {
                    ":customer": customer.to_string(),
                    ":is_paid": is_paid,
                    ":limit": DEBTS_SHOWN_MAX,
                },
                |columns: &Columns<'_>| columns.parsed::<InvoiceId>("id")
            )?);
        }
        Ok(found)
    }

    fn payer_page(&self, columns: &Columns<'_>) -> Result<PayerPage, StoreError> {
        let id: PayerPageId = columns.parsed("id")?;
        let sealed: String = columns.get("token")?;
        Ok(PayerPage {
            id,
            organization_id: columns.parsed("organization_id")?,
            customer_id: columns.parsed("customer_id")?,
            purpose: purpose(columns)?,
            token: self.sealer.open(&sealed, &place(id))?,
            created_at: columns.time("created_at")?,
            expires_at: columns.time("expires_at")?,
            ended_at: columns.time_option("ended_at")?,
        })
    }
}

impl Tx<'_> {
    /// Inserts, or saves what may change. `Conflict` when the debt has another one.
    pub fn put_payer_page(&self, put: &PayerPage) -> Result<(), StoreError> {
        let (invoice, amount, session) = match put.purpose {
            PagePurpose::Payment { invoice, amount } => (Some(invoice), Some(amount), None),
            PagePurpose::Setup { session } => (None, None, Some(session)),
            PagePurpose::Portal => (None, None, None),
        };
        self.connection
            .prepare_cached(
                "INSERT INTO payer_pages (id, organization_id, customer_id, purpose, invoice_id,
                        amount, currency, session_id, token_hash, token, created_at, expires_at,
                        ended_at)
                 VALUES (:id, :organization_id, :customer_id, :purpose, :invoice_id,
                        :amount, :currency, :session_id, :token_hash, :token, :created_at,
                        :expires_at, :ended_at)
                 ON CONFLICT (id) DO UPDATE SET
                        session_id = excluded.session_id, ended_at = excluded.ended_at",
            )?
            .execute(named_params! {
                ":id": put.id.to_string(),
                ":organization_id": put.organization_id.to_string(),
                ":customer_id": put.customer_id.to_string(),
                ":purpose": put.purpose.as_str(),
                ":invoice_id": invoice.map(|invoice| invoice.to_string()),
                ":amount": amount.map(|amount| amount.minor_units),
                ":currency": amount.map(|amount| amount.currency.code()),
                ":session_id": session.map(|session| session.to_string()),
                ":token_hash": put.token_hash().0,
                ":token": self.sealer.seal(&put.token, &place(put.id))?,
                ":created_at": put.created_at.unix_ms(),
                ":expires_at": put.expires_at.unix_ms(),
                ":ended_at": put.ended_at.map(Timestamp::unix_ms),
            })?;
        Ok(())
    }

    /// Those whose time was up by then: a page of them, the oldest first. Answers how many there
    /// were.
    pub fn forget_pages(&self, over_since: Timestamp) -> Result<usize, StoreError> {
        let mut statement = self.connection.prepare_cached(heard(
            "DELETE FROM payer_pages
              WHERE id IN (SELECT id FROM payer_pages
                            WHERE expires_at <= :until
                            ORDER BY expires_at
                            LIMIT :limit)",
        ))?;
        Ok(statement.execute(named_params! {
            ":until": over_since.unix_ms(), ":limit": FORGOTTEN_AT_ONCE_MAX,
        })?)
    }

    /// What the page of this invoice asks for is not due any more.
    pub fn end_payment_page(&self, invoice: InvoiceId, now: Timestamp) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE payer_pages SET ended_at = :now
                  WHERE invoice_id = :invoice AND purpose = 'payment' AND ended_at IS NULL",
            )?
            .execute(named_params! {
                ":invoice": invoice.to_string(),
                ":now": now.unix_ms(),
            })?;
        Ok(())
    }
}

fn place(id: PayerPageId) -> String {
    format!("payer_pages/{id}")
}

fn purpose(columns: &Columns<'_>) -> Result<PagePurpose, StoreError> {
    let word: String = columns.get("purpose")?;
    match word.as_str() {
        "payment" => Ok(PagePurpose::Payment {
            invoice: columns.parsed("invoice_id")?,
            amount: columns.money("amount", "currency")?,
        }),
        "setup" => Ok(PagePurpose::Setup { session: columns.parsed("session_id")? }),
        "portal" => Ok(PagePurpose::Portal),
        other => Err(StoreError::corrupt(columns.table, format!("`{other}` in purpose"))),
    }
}
