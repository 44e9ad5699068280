//! Movements of credits, and which of what came in was taken by what went out.

use rusqlite::named_params;

use super::row;
use crate::domain::id::{InvoiceId, OrganizationId, WalletId, WalletTransactionId};
use crate::domain::time::Timestamp;
use crate::domain::wallet::credits::Credits;
use crate::domain::wallet::spending::{Nature, Taking};
use crate::domain::wallet::transaction::{TransactionState, WalletTransaction};
use crate::store::invoices::choice_values;
use crate::store::row::{Columns, rows};
use crate::store::{Reader, StoreError, Tx};

impl Reader<'_> {
    pub fn wallet_transaction(
        &self,
        organization: OrganizationId,
        id: WalletTransactionId,
    ) -> Result<Option<WalletTransaction>, StoreError> {
        row!(
            self,
            "wallet_transactions",
            "SELECT * FROM wallet_transactions
              WHERE id = :id AND organization_id = :organization",
            named_params! { ":id": id.to_string(), ":organization": organization.to_string() },
            row::transaction
        )
    }

    /// The purchase that a credit invoice is for.
    pub fn purchase_of_invoice(
        &self,
        invoice: InvoiceId,
    ) -> Result<Option<WalletTransaction>, StoreError> {
        row!(
            self,
            "wallet_transactions",
            "SELECT * FROM wallet_transactions
              WHERE invoice_id = :invoice AND kind = 'purchased'",
            named_params! { ":invoice": invoice.to_string() },
            row::transaction
        )
    }

    /// What an invoice took out of wallets.
    pub fn credits_spent_on(
        &self,
        invoice: InvoiceId,
    ) -> Result<Vec<WalletTransaction>, StoreError> {
        rows!(
            self,
            "wallet_transactions",
            "SELECT * FROM wallet_transactions
              WHERE invoice_id = :invoice AND kind = 'invoiced'
              ORDER BY id",
            named_params! { ":invoice": invoice.to_string() },
            row::transaction
        )
    }

    /// Everything of the wallet that has something left, oldest first.
    pub fn credits_left(&self, wallet: WalletId) -> Result<Vec<WalletTransaction>, StoreError> {
        rows!(
            self,
            "wallet_transactions",
            "SELECT * FROM wallet_transactions
              WHERE wallet_id = :wallet
                AND (remaining_amount > 0 OR remaining_credits <> '0')
              ORDER BY id",
            named_params! { ":wallet": wallet.to_string() },
            row::transaction
        )
    }

    /// Purchases that may still be paid, oldest first.
    pub fn pending_purchases(
        &self,
        wallet: WalletId,
    ) -> Result<Vec<WalletTransaction>, StoreError> {
        rows!(
            self,
            "wallet_transactions",
            "SELECT * FROM wallet_transactions
              WHERE wallet_id = :wallet AND status = 'pending'
              ORDER BY id",
            named_params! { ":wallet": wallet.to_string() },
            row::transaction
        )
    }

    /// Purchases that the wallet's threshold made, that were not paid, and that may still be
    /// charged by themselves. The latest ones first.
    pub fn threshold_purchases_still_collected(
        &self,
        wallet: WalletId,
        limit: u32,
    ) -> Result<Vec<WalletTransaction>, StoreError> {
        rows!(
            self,
            "wallet_transactions",
            "SELECT t.*
               FROM wallet_transactions t
               JOIN recoveries r ON r.payable_kind = 'invoice' AND r.payable_id = t.invoice_id
              WHERE t.wallet_id = :wallet AND t.status = 'failed' AND t.source = 'threshold'
                AND (r.state IN ('waiting', 'charging')
                     OR (r.state = 'idle' AND r.reason <> 'manual'))
              ORDER BY t.failed_at DESC, t.id
              LIMIT :limit",
            named_params! { ":wallet": wallet.to_string(), ":limit": limit },
            row::transaction
        )
    }

    /// How many purchases that a rule made were declined after `since`, and when the last was.
    pub fn automatic_declines_after(
        &self,
        wallet: WalletId,
        since: Timestamp,
    ) -> Result<(u32, Option<Timestamp>), StoreError> {
        let found = row!(
            self,
            "wallet_transactions",
            "SELECT COUNT(*) AS declines, MAX(failed_at) AS last FROM wallet_transactions
              WHERE wallet_id = :wallet AND status = 'failed' AND failed_at > :since
                AND source <> 'manual'",
            named_params! { ":wallet": wallet.to_string(), ":since": since.unix_ms() },
            |columns: &Columns<'_>| Ok::<_, StoreError>((
                columns.get("declines")?,
                columns.time_option("last")?
            ))
        )?;
        Ok(found.unwrap_or((0, None)))
    }

    pub fn last_purchase_settled_at(
        &self,
        wallet: WalletId,
    ) -> Result<Option<Timestamp>, StoreError> {
        let last = row!(
            self,
            "wallet_transactions",
            "SELECT MAX(settled_at) AS settled_at FROM wallet_transactions
              WHERE wallet_id = :wallet AND kind = 'purchased' AND status = 'settled'
                AND voided_invoice_id IS NULL",
            named_params! { ":wallet": wallet.to_string() },
            |columns: &Columns<'_>| columns.time_option("settled_at")
        )?;
        Ok(last.flatten())
    }

    /// What one movement took of bought and of granted credits: minor units and credits of each
    /// lot.
    pub fn takings_of(&self, outbound: WalletTransactionId) -> Result<Vec<Taking>, StoreError> {
        rows!(
            self,
            "wallet_consumptions",
            "SELECT c.inbound_id, c.amount, c.credits, t.kind
               FROM wallet_consumptions c
               JOIN wallet_transactions t ON t.id = c.inbound_id
              WHERE c.outbound_id = :outbound
              ORDER BY c.inbound_id",
            named_params! { ":outbound": outbound.to_string() },
            |columns: &Columns<'_>| Ok::<_, StoreError>(Taking {
                lot: columns.parsed("inbound_id")?,
                amount: columns.get("amount")?,
                credits: row::credits(columns, "credits")?,
                nature: columns.word("kind", Nature::parse)?,
            })
        )
    }
}

impl Tx<'_> {
    /// Inserts, or saves how it stands and what is left of it.
    pub fn put_wallet_transaction(&self, put: &WalletTransaction) -> Result<(), StoreError> {
        let (settled_at, failed_at) = match put.state {
            TransactionState::Pending => (None, None),
            TransactionState::Settled { at } => (Some(at.unix_ms()), None),
            TransactionState::Failed { at } => (None, Some(at.unix_ms())),
        };
        let (choice, method) = choice_values(put.details.method_choice);
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO wallet_transactions (id, organization_id, customer_id, wallet_id, kind,
                    status, source, rule_id, invoice_id, voided_invoice_id, amount, currency,
                    credits, remaining_amount, remaining_credits, priority, name, metadata,
                    purchase_order_number, invoice_requires_successful_payment, method_choice,
                    payment_method_id, settled_at, failed_at, created_at)
             VALUES (:id, :organization_id, :customer_id, :wallet_id, :kind, :status, :source,
                    :rule_id, :invoice_id, :voided_invoice_id, :amount, :currency, :credits,
                    :remaining_amount, :remaining_credits, :priority, :name, :metadata,
                    :purchase_order_number, :requires_payment, :method_choice,
                    :payment_method_id, :settled_at, :failed_at, :created_at)
             ON CONFLICT (id) DO UPDATE SET
                    status = excluded.status, invoice_id = excluded.invoice_id,
                    remaining_amount = excluded.remaining_amount,
                    remaining_credits = excluded.remaining_credits,
                    settled_at = excluded.settled_at, failed_at = excluded.failed_at",
        )?;
        statement.execute(named_params! {
            ":id": put.id.to_string(),
            ":organization_id": put.organization_id.to_string(),
            ":customer_id": put.customer_id.to_string(),
            ":wallet_id": put.wallet_id.to_string(),
            ":kind": put.kind.as_str(),
            ":status": put.state.status().as_str(),
            ":source": put.source.as_str(),
            ":rule_id": put.rule_id.map(|id| id.to_string()),
            ":invoice_id": put.invoice_id.map(|id| id.to_string()),
            ":voided_invoice_id": put.voided_invoice_id.map(|id| id.to_string()),
            ":amount": put.amount.minor_units,
            ":currency": put.amount.currency.code(),
            ":credits": text(put.credits),
            ":remaining_amount": put.remaining.amount,
            ":remaining_credits": text(put.remaining.credits),
            ":priority": put.priority,
            ":name": put.details.name,
            ":metadata": row::pairs(&put.details.metadata),
            ":purchase_order_number": put.details.purchase_order_number,
            ":requires_payment": put.details.invoice_requires_successful_payment,
            ":method_choice": choice,
            ":payment_method_id": method,
            ":settled_at": settled_at,
            ":failed_at": failed_at,
            ":created_at": put.created_at.unix_ms(),
        })?;
        Ok(())
    }

    pub fn insert_taking(
        &self,
        outbound: WalletTransactionId,
        taking: &Taking,
    ) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO wallet_consumptions (outbound_id, inbound_id, amount, credits)
             VALUES (:outbound, :inbound, :amount, :credits)",
        )?;
        statement.execute(named_params! {
            ":outbound": outbound.to_string(),
            ":inbound": taking.lot.to_string(),
            ":amount": taking.amount,
            ":credits": text(taking.credits),
        })?;
        Ok(())
    }
}

fn text(credits: Credits) -> String {
    credits.decimal().to_string()
}
