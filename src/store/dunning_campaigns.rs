//! Dunning campaigns with their thresholds. A deleted one keeps its row, because requests refer
//! to it.

use rusqlite::named_params;

use super::row::{Columns, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::dunning::{CustomerDunning, DunningCampaign};
use crate::domain::id::{DunningCampaignId, OrganizationId};
use crate::domain::time::Timestamp;
use crate::domain::view::{Page, PageRequest};

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
        let shown = ("dunning_campaigns", "deleted_at IS NULL");
        self.catalog_page(shown, organization, request, |columns| self.campaign(columns))
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
}
