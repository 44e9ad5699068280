//! Wallets and what tops them up. Credits stand as text: they are added up by the domain.

mod row;
mod rules;
mod transactions;
mod views;

use rusqlite::named_params;

use super::invoices::choice_values;
use super::row::{Columns, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::id::{CustomerId, OrganizationId, PaymentMethodId, WalletId};
use crate::domain::time::Timestamp;
use crate::domain::wallet::{FeeType, Wallet, WalletStatus};

impl Reader<'_> {
    /// Of any status.
    pub fn wallet(
        &self,
        organization: OrganizationId,
        id: WalletId,
    ) -> Result<Option<Wallet>, StoreError> {
        row!(
            self,
            "wallets",
            "SELECT * FROM wallets WHERE id = :id AND organization_id = :organization",
            named_params! { ":id": id.to_string(), ":organization": organization.to_string() },
            row::wallet
        )
    }

    /// The active one of this code, else the newest that was.
    pub fn wallet_by_code(
        &self,
        customer: CustomerId,
        code: &str,
    ) -> Result<Option<Wallet>, StoreError> {
        row!(
            self,
            "wallets",
            "SELECT * FROM wallets
              WHERE customer_id = :customer AND code = :code
              ORDER BY status = 'active' DESC, created_at DESC, id
              LIMIT 1",
            named_params! { ":customer": customer.to_string(), ":code": code },
            row::wallet
        )
    }

    pub fn is_wallet_code_taken(
        &self,
        customer: CustomerId,
        code: &str,
    ) -> Result<bool, StoreError> {
        let taken = row!(
            self,
            "wallets",
            "SELECT id FROM wallets
              WHERE customer_id = :customer AND code = :code AND status = 'active'",
            named_params! { ":customer": customer.to_string(), ":code": code },
            |columns: &Columns<'_>| columns.get::<String>("id")
        )?;
        Ok(taken.is_some())
    }

    /// Oldest first.
    pub fn active_wallets(&self, customer: CustomerId) -> Result<Vec<Wallet>, StoreError> {
        rows!(
            self,
            "wallets",
            "SELECT * FROM wallets
              WHERE customer_id = :customer AND status = 'active'
              ORDER BY created_at, id",
            named_params! { ":customer": customer.to_string() },
            row::wallet
        )
    }

    /// Active ones whose time is up, longest first.
    pub fn wallets_to_expire_of_every_organization(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Wallet>, StoreError> {
        rows!(
            self,
            "wallets",
            "SELECT * FROM wallets
              WHERE status = 'active' AND expiration_at IS NOT NULL AND expiration_at <= :now
              ORDER BY expiration_at, id
              LIMIT :limit",
            named_params! { ":now": now.unix_ms(), ":limit": limit },
            row::wallet
        )
    }
}

impl Tx<'_> {
    /// `Conflict` when an active wallet of the customer has the code.
    pub fn insert_wallet(&self, made: &Wallet) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO wallets (id, organization_id, customer_id, status, currency, code,
                    priority, rate, credits, balance, consumed_credits,
                    invoice_requires_successful_payment, method_choice, fee_types, created_at,
                    updated_at)
             VALUES (:id, :organization_id, :customer_id, 'active', :currency, :code,
                    :priority, :rate, '0', 0, '0', 0, 'default', '[]', :created_at, :created_at)",
        )?;
        statement.execute(named_params! {
            ":id": made.id.to_string(),
            ":organization_id": made.organization_id.to_string(),
            ":customer_id": made.customer_id.to_string(),
            ":currency": made.currency.code(),
            ":code": made.code,
            ":priority": made.priority,
            ":rate": made.rate.decimal().to_string(),
            ":created_at": made.created_at.unix_ms(),
        })?;
        self.save_wallet(made)
    }

    /// All but whose it is, its currency and its rate. `Conflict` when the code is taken.
    pub fn save_wallet(&self, saved: &Wallet) -> Result<(), StoreError> {
        let (choice, method) = choice_values(saved.method_choice);
        let terminated_at = match saved.status {
            WalletStatus::Active => None,
            WalletStatus::Terminated { at } => Some(at.unix_ms()),
        };
        let fee_types = saved.fee_types.iter().map(|fee_type| fee_type.as_str());
        let mut statement = self.connection.prepare_cached(
            "UPDATE wallets
                SET status = :status, terminated_at = :terminated_at, name = :name, code = :code,
                    priority = :priority, credits = :credits, balance = :balance,
                    consumed_credits = :consumed_credits, last_consumed_at = :last_consumed_at,
                    balance_changed_at = :balance_changed_at,
                    last_interval_top_up_on = :last_interval_top_up_on,
                    expiration_at = :expiration_at,
                    invoice_requires_successful_payment = :requires_payment,
                    top_up_min = :top_up_min, top_up_max = :top_up_max,
                    purchase_order_number = :purchase_order_number,
                    method_choice = :method_choice, payment_method_id = :payment_method_id,
                    fee_types = :fee_types, metadata = :metadata, updated_at = :updated_at
              WHERE id = :id AND organization_id = :organization_id",
        )?;
        statement.execute(named_params! {
            ":id": saved.id.to_string(),
            ":organization_id": saved.organization_id.to_string(),
            ":status": saved.status.as_str(),
            ":terminated_at": terminated_at,
            ":name": saved.name,
            ":code": saved.code,
            ":priority": saved.priority,
            ":credits": saved.credits.decimal().to_string(),
            ":balance": saved.balance,
            ":consumed_credits": saved.consumed.decimal().to_string(),
            ":last_consumed_at": saved.last_consumed_at.map(|at| at.unix_ms()),
            ":balance_changed_at": saved.balance_changed_at.map(|at| at.unix_ms()),
            ":last_interval_top_up_on":
                saved.last_interval_top_up_on.map(|day| day.to_string()),
            ":expiration_at": saved.expiration_at.map(|at| at.unix_ms()),
            ":requires_payment": saved.invoice_requires_successful_payment,
            ":top_up_min": saved.limits.min,
            ":top_up_max": saved.limits.max,
            ":purchase_order_number": saved.purchase_order_number,
            ":method_choice": choice,
            ":payment_method_id": method,
            ":fee_types": row::words(fee_types),
            ":metadata": saved.metadata.as_deref().map(row::pairs),
            ":updated_at": saved.updated_at.unix_ms(),
        })?;
        Ok(())
    }
}

impl Tx<'_> {
    /// Wallets, and rules in force, that name this method are to be paid by hand from now on.
    pub fn switch_wallets_to_manual(
        &self,
        method: PaymentMethodId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.connection.execute(
            "UPDATE wallets
                SET method_choice = 'manual', payment_method_id = NULL, updated_at = :now
              WHERE payment_method_id = :method",
            named_params! { ":method": method.to_string(), ":now": now.unix_ms() },
        )?;
        self.connection.execute(
            "UPDATE recurring_rules SET method_choice = 'manual', payment_method_id = NULL
              WHERE payment_method_id = :method",
            named_params! { ":method": method.to_string() },
        )?;
        Ok(())
    }
}

/// Only words that we wrote ourselves are there.
fn fee_types(columns: &Columns<'_>) -> Result<Vec<FeeType>, StoreError> {
    let words = columns.words("fee_types")?;
    words
        .iter()
        .map(|word| {
            let unknown = || StoreError::corrupt("wallets", format!("`{word}` is no fee type"));
            FeeType::parse(word).ok_or_else(unknown)
        })
        .collect()
}
