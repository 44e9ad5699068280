//! Dunning campaigns are made, changed, deleted and given to customers. Whoever gets another
//! campaign, or none, is at its beginning again.

use super::App;
use crate::domain::audit_trail::{Act, Action};
use crate::domain::dunning::{CampaignChange, CustomerDunning, DunningCampaign, Progress};
use crate::domain::id::{CustomerId, DunningCampaignId, OrganizationId};
use crate::domain::view::CustomerDunningView;
use crate::store::{Reader, StoreError, Tx};

/// So many customers are gone through at a time.
const PAGE: u32 = 500;

#[derive(Debug, thiserror::Error)]
pub enum CampaignError {
    #[error("there is no campaign of this code")]
    NotFound,
    #[error("another campaign has this code")]
    CodeTaken,
    #[error("there is no customer of this external id")]
    CustomerNotFound,
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for CampaignError {
    /// The code is all that can be taken.
    fn from(error: StoreError) -> CampaignError {
        if error.is_conflict() { CampaignError::CodeTaken } else { CampaignError::Store(error) }
    }
}

/// What is said of a customer; None leaves it as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DunningChoice {
    /// The code of their own campaign; `Some(None)` takes the organization's.
    pub campaign: Option<Option<String>>,
    pub excluded: Option<bool>,
}

impl App {
    /// `change` names a code, a name and thresholds.
    pub fn create_campaign(
        &self,
        organization: OrganizationId,
        change: CampaignChange,
    ) -> Result<DunningCampaign, CampaignError> {
        let now = self.clock.now();
        let blank = DunningCampaign {
            id: DunningCampaignId::at(now),
            organization_id: organization,
            code: String::new(),
            name: String::new(),
            description: None,
            thresholds: vec![],
            max_attempts: 1,
            days_between_attempts: 1,
            bcc_emails: vec![],
            is_default: false,
            created_at: now,
            updated_at: now,
        };
        self.store.write(move |tx| {
            let made = change.clone().apply(blank.clone(), now);
            let before = applied(tx, organization)?;
            tx.put_campaign(&made)?;
            restart_switched(tx, organization, &before)?;
            Ok(made)
        })
    }

    /// Where the new thresholds ask a customer for nothing any more, all begins anew.
    pub fn update_campaign(
        &self,
        organization: OrganizationId,
        code: &str,
        change: CampaignChange,
    ) -> Result<DunningCampaign, CampaignError> {
        let (code, now) = (code.to_owned(), self.clock.now());
        self.store.write(move |tx| {
            let found = tx.campaign_by_code(organization, &code)?.ok_or(CampaignError::NotFound)?;
            let changed = change.clone().apply(found.clone(), now);
            let before = applied(tx, organization)?;
            tx.put_campaign(&changed)?;
            restart_switched(tx, organization, &before)?;
            if changed.thresholds != found.thresholds {
                restart_below(tx, &changed, &before)?;
            }
            Ok(changed)
        })
    }

    /// The campaign as it was.
    pub fn delete_campaign(
        &self,
        organization: OrganizationId,
        code: &str,
    ) -> Result<DunningCampaign, CampaignError> {
        let (code, now) = (code.to_owned(), self.clock.now());
        self.store.write(move |tx| {
            let found = tx.campaign_by_code(organization, &code)?.ok_or(CampaignError::NotFound)?;
            let before = applied(tx, organization)?;
            tx.delete_campaign(&found, now)?;
            restart_switched(tx, organization, &before)?;
            Ok(found)
        })
    }

    /// Which campaign a customer has, and whether any.
    pub fn choose_campaign(
        &self,
        organization: OrganizationId,
        external_customer_id: &str,
        choice: DunningChoice,
    ) -> Result<CustomerDunningView, CampaignError> {
        let external_id = external_customer_id.to_owned();
        let signed = self.signed(organization, self.clock.now());
        self.store.write(move |tx| {
            let customer = tx
                .customer_by_external_id(organization, &external_id)?
                .ok_or(CampaignError::CustomerNotFound)?;
            let was = tx.customer_dunning(customer.id)?;
            let campaign_id = match &choice.campaign {
                None => was.campaign_id,
                Some(None) => None,
                Some(Some(code)) => {
                    let found = tx.campaign_by_code(organization, code)?;
                    Some(found.ok_or(CampaignError::NotFound)?.id)
                }
            };
            let excluded = choice.excluded.unwrap_or(was.excluded);
            let is = CustomerDunning { campaign_id, excluded, ..was.clone() };
            let id_of = |dunning: &CustomerDunning| -> Result<_, StoreError> {
                Ok(tx.campaign_for(organization, dunning)?.map(|campaign| campaign.id))
            };
            let switched = id_of(&was)? != id_of(&is)?;
            let progress = if switched { Progress::default() } else { is.progress };
            tx.save_customer_dunning(&CustomerDunning { progress, ..is })?;
            let campaign = |id: Option<DunningCampaignId>| {
                id.map_or_else(|| "the organization's".to_owned(), |id| id.to_string())
            };
            let act = Act::on(Action::CustomerDunningChanged, customer.id)
                .changed("excluded", was.excluded, excluded)
                .changed("campaign", campaign(was.campaign_id), campaign(campaign_id));
            tx.append_audit(signed, &act)?;
            let view = tx.customer_dunning_view(organization, &external_id)?;
            view.ok_or(CampaignError::CustomerNotFound)
        })
    }
}

/// Who is being asked, and by which campaign.
type Applied = Vec<(CustomerId, Option<DunningCampaignId>)>;

fn applied(reader: &Reader<'_>, organization: OrganizationId) -> Result<Applied, StoreError> {
    let mut all = Vec::new();
    loop {
        let after = all.last().map(|(customer, _)| *customer);
        let page = reader.customers_being_dunned(organization, after, PAGE)?;
        if page.is_empty() {
            return Ok(all);
        }
        for customer in page {
            let dunning = reader.customer_dunning(customer)?;
            let campaign = reader.campaign_for(organization, &dunning)?;
            all.push((customer, campaign.map(|campaign| campaign.id)));
        }
    }
}

/// Customers who have another campaign now, or none.
fn restart_switched(
    tx: &Tx<'_>,
    organization: OrganizationId,
    before: &Applied,
) -> Result<(), StoreError> {
    for (customer, was) in before {
        let dunning = tx.customer_dunning(*customer)?;
        let is = tx.campaign_for(organization, &dunning)?.map(|campaign| campaign.id);
        if is != *was {
            tx.save_progress(*customer, &Progress::default())?;
        }
    }
    Ok(())
}

/// Customers whom the campaign asks for nothing any more.
fn restart_below(
    tx: &Tx<'_>,
    campaign: &DunningCampaign,
    before: &Applied,
) -> Result<(), StoreError> {
    for (customer, _) in before.iter().filter(|(_, was)| *was == Some(campaign.id)) {
        let overdue = tx.overdue_balances(*customer)?;
        if !overdue.iter().any(|balance| campaign.asks_for(*balance)) {
            tx.save_progress(*customer, &Progress::default())?;
        }
    }
    Ok(())
}
