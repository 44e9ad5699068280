//! Which dunning campaign a customer has, how far it has come with them, and what they owe. The
//! campaigns themselves are in `dunning_campaigns.rs`.

use rusqlite::named_params;

use super::invoices::invoice;
use super::row::{Columns, exact_sum, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::currency::Currency;
use crate::domain::dunning::{Counter, CustomerDunning, Progress};
use crate::domain::id::{CustomerId, DunningCampaignId, InvoiceId, OrganizationId};
use crate::domain::invoice::Invoice;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::view::CustomerDunningView;

impl Reader<'_> {
    /// Of whom nothing was said yet: not excluded, no campaign of their own, nothing asked.
    pub fn customer_dunning(&self, customer: CustomerId) -> Result<CustomerDunning, StoreError> {
        let id = customer.to_string();
        let counters = rows!(
            self,
            "dunning_counters",
            "SELECT * FROM dunning_counters WHERE customer_id = :customer ORDER BY currency",
            named_params! { ":customer": id },
            |columns: &Columns<'_>| Ok::<_, StoreError>(Counter {
                currency: columns.parsed("currency")?,
                attempts: columns.get("attempts")?,
            })
        )?;
        let said = row!(
            self,
            "customer_dunning",
            "SELECT * FROM customer_dunning WHERE customer_id = :customer",
            named_params! { ":customer": id },
            |columns: &Columns<'_>| Ok::<_, StoreError>(CustomerDunning {
                customer_id: customer,
                campaign_id: columns.parsed_option("campaign_id")?,
                excluded: columns.get("excluded")?,
                progress: Progress {
                    last_attempt_at: columns.time_option("last_attempt_at")?,
                    counters: vec![],
                },
            })
        )?;
        let fresh = || CustomerDunning {
            customer_id: customer,
            campaign_id: None,
            excluded: false,
            progress: Progress::default(),
        };
        let said = said.unwrap_or_else(fresh);
        Ok(CustomerDunning { progress: Progress { counters, ..said.progress }, ..said })
    }

    /// Customers of organizations with a campaign who owe something that is overdue.
    pub fn customers_overdue_of_every_organization(
        &self,
        after: Option<CustomerId>,
        limit: u32,
    ) -> Result<Vec<(OrganizationId, CustomerId)>, StoreError> {
        rows!(
            self,
            "customers",
            "SELECT DISTINCT i.customer_id AS id, c.organization_id AS organization_id
               FROM invoices i
               JOIN customers c ON c.id = i.customer_id
              WHERE i.payment_overdue = 1 AND i.customer_id > :after
                AND EXISTS (SELECT 1 FROM dunning_campaigns d
                             WHERE d.organization_id = c.organization_id
                               AND d.deleted_at IS NULL)
              ORDER BY i.customer_id
              LIMIT :limit",
            named_params! {
                ":after": after.map(|id| id.to_string()).unwrap_or_default(),
                ":limit": limit,
            },
            |columns: &Columns<'_>| Ok::<_, StoreError>((
                columns.parsed("organization_id")?,
                columns.parsed("id")?,
            ))
        )
    }

    /// Customers of an organization with whom a campaign has begun.
    pub fn customers_being_dunned(
        &self,
        organization: OrganizationId,
        after: Option<CustomerId>,
        limit: u32,
    ) -> Result<Vec<CustomerId>, StoreError> {
        rows!(
            self,
            "dunning_counters",
            "SELECT DISTINCT n.customer_id AS id
               FROM dunning_counters n
               JOIN customers c ON c.id = n.customer_id
              WHERE c.organization_id = :organization AND n.customer_id > :after
              ORDER BY n.customer_id
              LIMIT :limit",
            named_params! {
                ":organization": organization.to_string(),
                ":after": after.map(|id| id.to_string()).unwrap_or_default(),
                ":limit": limit,
            },
            |columns: &Columns<'_>| columns.parsed("id")
        )
    }

    /// The totals of what is overdue, by currency.
    pub fn overdue_balances(&self, customer: CustomerId) -> Result<Vec<Money>, StoreError> {
        rows!(
            self,
            "invoices",
            &format!(
                "SELECT currency, {}
                   FROM invoices
                  WHERE customer_id = :customer AND payment_overdue = 1
                  GROUP BY currency
                  ORDER BY currency",
                exact_sum("total_amount", "amount")
            ),
            named_params! { ":customer": customer.to_string() },
            |columns: &Columns<'_>| {
                Ok::<_, StoreError>(Money::new(columns.sum("amount")?, columns.parsed("currency")?))
            }
        )
    }

    /// Longest made first. A request takes so many at most.
    pub fn overdue_invoices(
        &self,
        customer: CustomerId,
        currency: Currency,
    ) -> Result<Vec<Invoice>, StoreError> {
        rows!(
            self,
            "invoices",
            "SELECT *
               FROM invoices
              WHERE customer_id = :customer AND currency = :currency AND payment_overdue = 1
              ORDER BY id
              LIMIT 1000",
            named_params! { ":customer": customer.to_string(), ":currency": currency.code() },
            invoice
        )
    }

    /// How a campaign stands with the customer; None when there is no such customer.
    pub fn customer_dunning_view(
        &self,
        organization: OrganizationId,
        external_customer_id: &str,
    ) -> Result<Option<CustomerDunningView>, StoreError> {
        let Some(customer) = self.customer_by_external_id(organization, external_customer_id)?
        else {
            return Ok(None);
        };
        let dunning = self.customer_dunning(customer.id)?;
        let own = match dunning.campaign_id {
            Some(_) => {
                let not_excluded = CustomerDunning { excluded: false, ..dunning.clone() };
                self.campaign_for(organization, &not_excluded)?
            }
            None => None,
        };
        Ok(Some(CustomerDunningView {
            external_customer_id: customer.external_id,
            own_campaign: own.map(|campaign| campaign.code),
            campaign: self.campaign_for(organization, &dunning)?,
            overdue: self.overdue_balances(customer.id)?,
            dunning,
        }))
    }

    /// Whether a campaign asked for the invoice.
    pub fn was_dunned(&self, invoice: InvoiceId) -> Result<bool, StoreError> {
        let found = row!(
            self,
            "payment_requests",
            "SELECT q.campaign_id AS id
               FROM payment_request_invoices p
               JOIN payment_requests q ON q.id = p.payment_request_id
              WHERE p.invoice_id = :invoice AND q.campaign_id IS NOT NULL
              LIMIT 1",
            named_params! { ":invoice": invoice.to_string() },
            |columns: &Columns<'_>| columns.parsed::<DunningCampaignId>("id")
        )?;
        Ok(found.is_some())
    }
}

impl Tx<'_> {
    /// What was said of the customer, and how far their campaign has come.
    pub fn save_customer_dunning(&self, saved: &CustomerDunning) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO customer_dunning (customer_id, campaign_id, excluded, last_attempt_at)
             VALUES (:customer, :campaign, :excluded, NULL)
             ON CONFLICT (customer_id) DO UPDATE SET
                    campaign_id = excluded.campaign_id, excluded = excluded.excluded",
        )?;
        statement.execute(named_params! {
            ":customer": saved.customer_id.to_string(),
            ":campaign": saved.campaign_id.map(|id| id.to_string()),
            ":excluded": saved.excluded,
        })?;
        self.save_progress(saved.customer_id, &saved.progress)
    }

    pub fn save_progress(
        &self,
        customer: CustomerId,
        progress: &Progress,
    ) -> Result<(), StoreError> {
        let id = customer.to_string();
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO customer_dunning (customer_id, campaign_id, excluded, last_attempt_at)
             VALUES (:customer, NULL, 0, :last_attempt_at)
             ON CONFLICT (customer_id) DO UPDATE SET last_attempt_at = excluded.last_attempt_at",
        )?;
        statement.execute(named_params! {
            ":customer": id,
            ":last_attempt_at": progress.last_attempt_at.map(Timestamp::unix_ms),
        })?;
        let mut statement = self
            .connection
            .prepare_cached("DELETE FROM dunning_counters WHERE customer_id = :customer")?;
        statement.execute(named_params! { ":customer": id })?;
        for counter in &progress.counters {
            let mut statement = self.connection.prepare_cached(
                "INSERT INTO dunning_counters (customer_id, currency, attempts)
                 VALUES (:customer, :currency, :attempts)",
            )?;
            statement.execute(named_params! {
                ":customer": id,
                ":currency": counter.currency.code(),
                ":attempts": counter.attempts,
            })?;
        }
        Ok(())
    }
}
