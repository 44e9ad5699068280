//! Subscriptions, one by one and those that are due. Lists and what is shown beside one are in
//! `view.rs`.

mod row;
mod view;

use rusqlite::named_params;

use super::row::{Columns, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::id::{CustomerId, OrganizationId, PaymentMethodId, SubscriptionId};
use crate::domain::subscription::{Subscription, SubscriptionStatus};
use crate::domain::time::Timestamp;

impl Reader<'_> {
    pub fn subscription(
        &self,
        organization: OrganizationId,
        id: SubscriptionId,
    ) -> Result<Option<Subscription>, StoreError> {
        row!(
            self,
            "subscriptions",
            "SELECT * FROM subscriptions WHERE organization_id = :organization AND id = :id",
            named_params! { ":organization": organization.to_string(), ":id": id.to_string() },
            row::subscription
        )
    }

    /// The latest one of this external id and status.
    pub fn subscription_by_external_id(
        &self,
        organization: OrganizationId,
        external_id: &str,
        status: SubscriptionStatus,
    ) -> Result<Option<Subscription>, StoreError> {
        row!(
            self,
            "subscriptions",
            "SELECT * FROM subscriptions
              WHERE organization_id = :organization AND external_id = :external_id
                AND state = :state
              ORDER BY created_at DESC, id DESC
              LIMIT 1",
            named_params! {
                ":organization": organization.to_string(),
                ":external_id": external_id,
                ":state": status.as_str(),
            },
            row::subscription
        )
    }

    /// The one that is to follow, or has followed.
    pub fn subscription_after(
        &self,
        organization: OrganizationId,
        id: SubscriptionId,
    ) -> Result<Option<Subscription>, StoreError> {
        row!(
            self,
            "subscriptions",
            "SELECT * FROM subscriptions
              WHERE organization_id = :organization AND previous_id = :id
                AND state <> 'canceled'
              ORDER BY created_at DESC, id DESC
              LIMIT 1",
            named_params! { ":organization": organization.to_string(), ":id": id.to_string() },
            row::subscription
        )
    }

    /// The active and the pending ones, oldest first.
    pub fn open_subscriptions_of(
        &self,
        customer: CustomerId,
    ) -> Result<Vec<Subscription>, StoreError> {
        rows!(
            self,
            "subscriptions",
            "SELECT * FROM subscriptions
              WHERE customer_id = :customer AND state IN ('active', 'pending')
              ORDER BY created_at, id",
            named_params! { ":customer": customer.to_string() },
            row::subscription
        )
    }

    /// When the customer first had a subscription of this external id.
    pub fn first_start_of(
        &self,
        customer: CustomerId,
        external_id: &str,
    ) -> Result<Option<Timestamp>, StoreError> {
        let first = row!(
            self,
            "subscriptions",
            "SELECT MIN(started_at) AS first FROM subscriptions
              WHERE customer_id = :customer AND external_id = :external_id",
            named_params! { ":customer": customer.to_string(), ":external_id": external_id },
            |columns: &Columns<'_>| columns.time_option("first")
        )?;
        Ok(first.flatten())
    }

    /// Those of a customer that are due at the earliest time at which any is.
    pub fn first_due_subscriptions_of(
        &self,
        customer: CustomerId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Subscription>, StoreError> {
        rows!(
            self,
            "subscriptions",
            "SELECT * FROM subscriptions
              WHERE customer_id = :customer AND due_at <= :now
                AND due_at = (SELECT MIN(due_at) FROM subscriptions
                               WHERE customer_id = :customer AND due_at IS NOT NULL)
              ORDER BY created_at, id
              LIMIT :limit",
            named_params! {
                ":customer": customer.to_string(), ":now": now.unix_ms(), ":limit": limit,
            },
            row::subscription
        )
    }

    /// Customers with a subscription that is due, after the given one in the order of ids.
    pub fn customers_to_bill_of_every_organization(
        &self,
        now: Timestamp,
        after: Option<CustomerId>,
        limit: u32,
    ) -> Result<Vec<(OrganizationId, CustomerId)>, StoreError> {
        rows!(
            self,
            "subscriptions",
            "SELECT DISTINCT organization_id, customer_id FROM subscriptions
              WHERE due_at <= :now AND customer_id > :after
              ORDER BY customer_id
              LIMIT :limit",
            named_params! {
                ":now": now.unix_ms(),
                ":after": after.map(|id| id.to_string()).unwrap_or_default(),
                ":limit": limit,
            },
            |columns: &Columns<'_>| Ok::<_, StoreError>((
                columns.parsed("organization_id")?,
                columns.parsed("customer_id")?
            ))
        )
    }
}

impl Tx<'_> {
    /// `Conflict` when another one of this external id is pending.
    pub fn insert_subscription(
        &self,
        made: &Subscription,
        due_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO subscriptions (id, organization_id, customer_id, plan_id,
                        external_id, billing_time, subscription_at, anchor, state, starts_on,
                        started_at, billed_until, terminated_at, canceled_at, paid_ahead,
                        previous_id, method_choice, consolidates, final_invoice,
                        created_at, updated_at)
                 VALUES (:id, :organization_id, :customer_id, :plan_id,
                        :external_id, :billing_time, :subscription_at, :anchor, :state, :starts_on,
                        :started_at, :billed_until, :terminated_at, :canceled_at, 0,
                        :previous_id, 'default', 1, 'generate',
                        :created_at, :created_at)",
            )?
            .execute(named_params! {
                ":id": made.id.to_string(),
                ":organization_id": made.organization_id.to_string(),
                ":customer_id": made.customer_id.to_string(),
                ":plan_id": made.plan_id.to_string(),
                ":external_id": made.external_id,
                ":billing_time": made.billing_time.as_str(),
                ":subscription_at": made.subscription_at.unix_ms(),
                ":anchor": made.anchor.to_string(),
                ":state": made.state.status().as_str(),
                ":starts_on": row::starts_on(&made.state),
                ":started_at": made.state.run().map(|run| run.started_at.unix_ms()),
                ":billed_until": made.state.run().map(|run| run.billed_until.to_string()),
                ":terminated_at": row::terminated_at(&made.state),
                ":canceled_at": row::canceled_at(&made.state),
                ":previous_id": made.previous_id.map(|id| id.to_string()),
                ":created_at": made.created_at.unix_ms(),
            })?;
        self.save_subscription(made, due_at)
    }

    /// `Conflict` when another one of this external id is active. `due_at` is when the biller is
    /// to look at it next.
    pub fn save_subscription(
        &self,
        saved: &Subscription,
        due_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let (choice, method) = super::invoices::choice_values(saved.method_choice);
        let run = saved.state.run();
        let mut statement = self.connection.prepare_cached(
            "UPDATE subscriptions
                SET plan_id = :plan_id, name = :name, subscription_at = :subscription_at,
                    anchor = :anchor, ending_at = :ending_at, state = :state,
                    starts_on = :starts_on, started_at = :started_at,
                    trial_ends_on = :trial_ends_on, billed_until = :billed_until,
                    paid_ahead = :paid_ahead, terminated_at = :terminated_at,
                    canceled_at = :canceled_at, method_choice = :method_choice,
                    payment_method_id = :payment_method_id, consolidates = :consolidates,
                    purchase_order_number = :purchase_order_number,
                    final_invoice = :final_invoice, credit_note_wish = :credit_note_wish,
                    due_at = :due_at, updated_at = :updated_at
              WHERE organization_id = :organization AND id = :id",
        )?;
        statement.execute(named_params! {
            ":organization": saved.organization_id.to_string(),
            ":id": saved.id.to_string(),
            ":plan_id": saved.plan_id.to_string(),
            ":name": saved.name,
            ":subscription_at": saved.subscription_at.unix_ms(),
            ":anchor": saved.anchor.to_string(),
            ":ending_at": saved.ending_at.map(|at| at.unix_ms()),
            ":state": saved.state.status().as_str(),
            ":starts_on": row::starts_on(&saved.state),
            ":started_at": run.map(|run| run.started_at.unix_ms()),
            ":trial_ends_on": run.and_then(|run| run.trial_ends_on).map(|day| day.to_string()),
            ":billed_until": run.map(|run| run.billed_until.to_string()),
            ":paid_ahead": run.map_or(0, |run| run.paid_ahead),
            ":terminated_at": row::terminated_at(&saved.state),
            ":canceled_at": row::canceled_at(&saved.state),
            ":method_choice": choice,
            ":payment_method_id": method,
            ":consolidates": saved.consolidates,
            ":purchase_order_number": saved.purchase_order_number,
            ":final_invoice": saved.final_invoice.as_str(),
            ":credit_note_wish": saved.credit_note_wish.map(|wish| wish.as_str()),
            ":due_at": due_at.map(|at| at.unix_ms()),
            ":updated_at": saved.updated_at.unix_ms(),
        })?;
        Ok(())
    }

    /// What named the method, and is not over, is to be paid by hand. Which these are.
    pub fn switch_subscriptions_to_manual(
        &self,
        method: PaymentMethodId,
        now: Timestamp,
    ) -> Result<Vec<Subscription>, StoreError> {
        rows!(
            self,
            "subscriptions",
            "UPDATE subscriptions
                SET method_choice = 'manual', payment_method_id = NULL, updated_at = :now
              WHERE payment_method_id = :method AND state IN ('active', 'pending')
             RETURNING *",
            named_params! { ":method": method.to_string(), ":now": now.unix_ms() },
            row::subscription
        )
    }

    /// Days begin at other times now: the biller is to look again.
    pub fn look_at_subscriptions_again(
        &self,
        customer: CustomerId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE subscriptions SET due_at = :now
                  WHERE customer_id = :customer AND due_at > :now",
            )?
            .execute(named_params! {
                ":customer": customer.to_string(), ":now": now.unix_ms(),
            })?;
        Ok(())
    }
}
