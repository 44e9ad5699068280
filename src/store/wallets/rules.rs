//! What tops wallets up by itself: at most one rule in force for a wallet, held by an index.

use rusqlite::named_params;

use super::row;
use crate::domain::id::{RecurringRuleId, WalletId};
use crate::domain::time::Timestamp;
use crate::domain::wallet::credits::Credits;
use crate::domain::wallet::rule::{RecurringRule, TopUpMethod, Trigger};
use crate::store::invoices::choice_values;
use crate::store::row::{Columns, rows};
use crate::store::{Reader, StoreError, Tx};

impl Reader<'_> {
    pub fn recurring_rule_of_every_organization(
        &self,
        id: RecurringRuleId,
    ) -> Result<Option<RecurringRule>, StoreError> {
        row!(
            self,
            "recurring_rules",
            "SELECT * FROM recurring_rules WHERE id = :id",
            named_params! { ":id": id.to_string() },
            row::rule
        )
    }

    /// The one that has not ended; its time may be up all the same.
    pub fn rule_of_wallet(&self, wallet: WalletId) -> Result<Option<RecurringRule>, StoreError> {
        row!(
            self,
            "recurring_rules",
            "SELECT * FROM recurring_rules WHERE wallet_id = :wallet AND terminated_at IS NULL",
            named_params! { ":wallet": wallet.to_string() },
            row::rule
        )
    }

    /// Rules that are to be looked at, longest due first.
    pub fn rules_to_look_at_of_every_organization(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<RecurringRuleId>, StoreError> {
        rows!(
            self,
            "recurring_rules",
            "SELECT id FROM recurring_rules
              WHERE next_look_at IS NOT NULL AND next_look_at <= :now
              ORDER BY next_look_at, id
              LIMIT :limit",
            named_params! { ":now": now.unix_ms(), ":limit": limit },
            |columns: &Columns<'_>| columns.parsed("id")
        )
    }
}

impl Tx<'_> {
    /// Inserts, or saves what may change.
    pub fn put_recurring_rule(&self, put: &RecurringRule) -> Result<(), StoreError> {
        let (interval, threshold) = match put.trigger {
            Trigger::Interval(interval) => (Some(interval.as_str()), None),
            Trigger::Threshold(threshold) => (None, Some(text(threshold))),
        };
        let target = match put.method {
            TopUpMethod::Fixed => None,
            TopUpMethod::Target(target) => Some(text(target)),
        };
        let (choice, method) = choice_values(put.details.method_choice);
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO recurring_rules (id, organization_id, wallet_id, trigger_interval,
                    trigger_threshold, target, paid_credits, granted_credits,
                    grants_target_top_up, started_at, expiration_at, ignores_limits,
                    invoice_requires_successful_payment, name, metadata, purchase_order_number,
                    method_choice, payment_method_id, terminated_at, next_on, next_look_at,
                    created_at)
             VALUES (:id, :organization_id, :wallet_id, :interval, :threshold, :target, :paid,
                    :granted, :grants_target_top_up, :started_at, :expiration_at,
                    :ignores_limits, :requires_payment, :name, :metadata,
                    :purchase_order_number, :method_choice, :payment_method_id, :terminated_at,
                    :next_on, :next_look_at, :created_at)
             ON CONFLICT (id) DO UPDATE SET
                    trigger_interval = excluded.trigger_interval,
                    trigger_threshold = excluded.trigger_threshold, target = excluded.target,
                    paid_credits = excluded.paid_credits,
                    granted_credits = excluded.granted_credits,
                    grants_target_top_up = excluded.grants_target_top_up,
                    started_at = excluded.started_at, expiration_at = excluded.expiration_at,
                    ignores_limits = excluded.ignores_limits,
                    invoice_requires_successful_payment =
                        excluded.invoice_requires_successful_payment,
                    name = excluded.name, metadata = excluded.metadata,
                    purchase_order_number = excluded.purchase_order_number,
                    method_choice = excluded.method_choice,
                    payment_method_id = excluded.payment_method_id,
                    terminated_at = excluded.terminated_at, next_on = excluded.next_on,
                    next_look_at = excluded.next_look_at",
        )?;
        statement.execute(named_params! {
            ":id": put.id.to_string(),
            ":organization_id": put.organization_id.to_string(),
            ":wallet_id": put.wallet_id.to_string(),
            ":interval": interval,
            ":threshold": threshold,
            ":target": target,
            ":paid": text(put.paid),
            ":granted": text(put.granted),
            ":grants_target_top_up": put.grants_target_top_up,
            ":started_at": put.started_at.map(|at| at.unix_ms()),
            ":expiration_at": put.expiration_at.map(|at| at.unix_ms()),
            ":ignores_limits": put.ignores_limits,
            ":requires_payment": put.details.invoice_requires_successful_payment,
            ":name": put.details.name,
            ":metadata": row::pairs(&put.details.metadata),
            ":purchase_order_number": put.details.purchase_order_number,
            ":method_choice": choice,
            ":payment_method_id": method,
            ":terminated_at": put.terminated_at.map(|at| at.unix_ms()),
            ":next_on": put.next_on.map(|day| day.to_string()),
            ":next_look_at": put.next_look_at.map(|at| at.unix_ms()),
            ":created_at": put.created_at.unix_ms(),
        })?;
        Ok(())
    }

    /// Something happened to the wallet: its threshold, if it has one, is to be looked at then.
    pub fn look_at_threshold(&self, wallet: WalletId, at: Timestamp) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "UPDATE recurring_rules SET next_look_at = MIN(:at, COALESCE(expiration_at, :at))
              WHERE wallet_id = :wallet AND terminated_at IS NULL
                AND trigger_threshold IS NOT NULL",
        )?;
        statement.execute(named_params! {
            ":wallet": wallet.to_string(),
            ":at": at.unix_ms(),
        })?;
        Ok(())
    }
}

fn text(credits: Credits) -> String {
    credits.decimal().to_string()
}
