//! Dunning campaigns, which of them applies to a customer, and how far it has come with them. A
//! deleted campaign keeps its row, because requests refer to it.

use rusqlite::named_params;

use super::invoices::invoice;
use super::row::{Columns, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::currency::Currency;
use crate::domain::dunning::{Counter, CustomerDunning, DunningCampaign, Progress};
use crate::domain::id::{CustomerId, DunningCampaignId, InvoiceId, OrganizationId};
use crate::domain::invoice::Invoice;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::view::{CustomerDunningView, Page, PageRequest};

impl Reader<'_> {
    pub fn campaign_by_code(
        &self,
        organization: OrganizationId,
        code: &str,
    ) -> Result<Option<DunningCampaign>, StoreError> {
        row!(
            self,
            "dunning_campaigns",
            "SELECT * FROM dunning_campaigns
              WHERE organization_id = :organization AND code = :code AND deleted_at IS NULL",
            named_params! { ":organization": organization.to_string(), ":code": code },
            |columns: &Columns<'_>| self.campaign(columns)
        )
    }

    /// The one that applies to a customer: none when they are excluded, else their own, else the
    /// organization's.
    pub fn campaign_for(
        &self,
        organization: OrganizationId,
        dunning: &CustomerDunning,
    ) -> Result<Option<DunningCampaign>, StoreError> {
        if dunning.excluded {
            return Ok(None);
        }
        row!(
            self,
            "dunning_campaigns",
            "SELECT * FROM dunning_campaigns
              WHERE organization_id = :organization AND deleted_at IS NULL
                AND CASE WHEN :own IS NULL THEN is_default = 1 ELSE id = :own END",
            named_params! {
                ":organization": organization.to_string(),
                ":own": dunning.campaign_id.map(|id| id.to_string()),
            },
            |columns: &Columns<'_>| self.campaign(columns)
        )
    }

    /// One page, newest first.
    pub fn campaigns(
        &self,
        organization: OrganizationId,
        request: PageRequest,
    ) -> Result<Page<DunningCampaign>, StoreError> {
        let items = rows!(
            self,
            "dunning_campaigns",
            "SELECT * FROM dunning_campaigns
              WHERE organization_id = :organization AND deleted_at IS NULL
              ORDER BY created_at DESC, id
              LIMIT :limit OFFSET :offset",
            named_params! {
                ":organization": organization.to_string(),
                ":limit": request.per_page,
                ":offset": i64::try_from(request.offset()).unwrap_or(i64::MAX),
            },
            |columns: &Columns<'_>| self.campaign(columns)
        )?;
        let mut counting = self.connection.prepare_cached(
            "SELECT COUNT(*) FROM dunning_campaigns
              WHERE organization_id = :organization AND deleted_at IS NULL",
        )?;
        let whose = named_params! { ":organization": organization.to_string() };
        let total: i64 = counting.query_row(whose, |row| row.get(0))?;
        Ok(Page { items, total: total.unsigned_abs(), request })
    }

    fn campaign(&self, columns: &Columns<'_>) -> Result<DunningCampaign, StoreError> {
        let id: DunningCampaignId = columns.parsed("id")?;
        let thresholds = rows!(
            self,
            "dunning_thresholds",
            "SELECT * FROM dunning_thresholds WHERE campaign_id = :id ORDER BY position",
            named_params! { ":id": id.to_string() },
            |columns: &Columns<'_>| columns.money("amount", "currency")
        )?;
        Ok(DunningCampaign {
            id,
            organization_id: columns.parsed("organization_id")?,
            code: columns.get("code")?,
            name: columns.get("name")?,
            description: columns.get("description")?,
            thresholds,
            max_attempts: columns.get("max_attempts")?,
            days_between_attempts: columns.get("days_between_attempts")?,
            bcc_emails: columns.words("bcc_emails")?,
            is_default: columns.get("is_default")?,
            created_at: columns.time("created_at")?,
            updated_at: columns.time("updated_at")?,
        })
    }

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
            "SELECT currency, SUM(total_amount) AS amount
               FROM invoices
              WHERE customer_id = :customer AND payment_overdue = 1
              GROUP BY currency
              ORDER BY currency",
            named_params! { ":customer": customer.to_string() },
            |columns: &Columns<'_>| columns.money("amount", "currency")
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
    /// `Conflict` when the code is taken.
    pub fn put_campaign(&self, put: &DunningCampaign) -> Result<(), StoreError> {
        if put.is_default {
            self.connection.execute(
                "UPDATE dunning_campaigns SET is_default = 0
                  WHERE organization_id = :organization AND is_default = 1 AND id <> :id",
                named_params! {
                    ":organization": put.organization_id.to_string(),
                    ":id": put.id.to_string(),
                },
            )?;
        }
        self.connection.execute(
            "INSERT INTO dunning_campaigns (id, organization_id, code, name, description,
                    max_attempts, days_between_attempts, bcc_emails, is_default,
                    created_at, updated_at)
             VALUES (:id, :organization, :code, :name, :description,
                    :max_attempts, :days_between_attempts, :bcc_emails, :is_default,
                    :created_at, :updated_at)
             ON CONFLICT (id) DO UPDATE SET
                    code = excluded.code, name = excluded.name,
                    description = excluded.description, max_attempts = excluded.max_attempts,
                    days_between_attempts = excluded.days_between_attempts,
                    bcc_emails = excluded.bcc_emails, is_default = excluded.is_default,
                    updated_at = excluded.updated_at",
            named_params! {
                ":id": put.id.to_string(),
                ":organization": put.organization_id.to_string(),
                ":code": put.code,
                ":name": put.name,
                ":description": put.description,
                ":max_attempts": put.max_attempts,
                ":days_between_attempts": put.days_between_attempts,
                ":bcc_emails": serde_json::Value::from(put.bcc_emails.clone()).to_string(),
                ":is_default": put.is_default,
                ":created_at": put.created_at.unix_ms(),
                ":updated_at": put.updated_at.unix_ms(),
            },
        )?;
        self.replace_thresholds(put)
    }

    fn replace_thresholds(&self, campaign: &DunningCampaign) -> Result<(), StoreError> {
        let id = campaign.id.to_string();
        self.connection.execute(
            "DELETE FROM dunning_thresholds WHERE campaign_id = :id",
            named_params! { ":id": id },
        )?;
        for (position, threshold) in (0_i64..).zip(&campaign.thresholds) {
            self.connection.execute(
                "INSERT INTO dunning_thresholds (campaign_id, currency, amount, position)
                 VALUES (:id, :currency, :amount, :position)",
                named_params! {
                    ":id": id,
                    ":currency": threshold.currency.code(),
                    ":amount": threshold.minor_units,
                    ":position": position,
                },
            )?;
        }
        Ok(())
    }

    /// Customers who had it have none of their own any more.
    pub fn delete_campaign(
        &self,
        gone: &DunningCampaign,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let id = gone.id.to_string();
        self.connection.execute(
            "UPDATE dunning_campaigns SET deleted_at = :now, is_default = 0 WHERE id = :id",
            named_params! { ":id": id, ":now": now.unix_ms() },
        )?;
        self.connection.execute(
            "UPDATE customer_dunning SET campaign_id = NULL WHERE campaign_id = :id",
            named_params! { ":id": id },
        )?;
        Ok(())
    }

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
