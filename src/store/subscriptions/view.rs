//! Subscriptions with everything that their readers show beside them, and lists of them.

use super::row;
use crate::domain::billing_period::start_of;
use crate::domain::id::{OrganizationId, SubscriptionId};
use crate::domain::subscription::{
    Subscription, SubscriptionFilter, SubscriptionState, SubscriptionStatus,
};
use crate::domain::time::Timestamp;
use crate::domain::view::{Page, PageRequest, Slice, SliceRequest, SubscriptionView};
use crate::store::conditions::Conditions;
use crate::store::row::rows;
use crate::store::{Reader, StoreError};

impl Reader<'_> {
    /// As of `at`.
    pub fn subscription_view(
        &self,
        organization: OrganizationId,
        id: SubscriptionId,
        at: Timestamp,
    ) -> Result<Option<SubscriptionView>, StoreError> {
        match self.subscription(organization, id)? {
            Some(found) => Ok(Some(self.beside_subscription(found, at)?)),
            None => Ok(None),
        }
    }

    /// The one that started last comes first.
    pub fn subscription_views(
        &self,
        organization: OrganizationId,
        filter: &SubscriptionFilter,
        (request, at): (PageRequest, Timestamp),
    ) -> Result<Page<SubscriptionView>, StoreError> {
        let mut conditions = self.subscription_conditions(organization, filter)?;
        let count = format!("SELECT COUNT(*) FROM subscriptions s WHERE {}", conditions.sql());
        let total = self.total(&count, &conditions)?;
        conditions.bind(":limit", request.per_page);
        conditions.bind(":offset", i64::try_from(request.offset()).unwrap_or(i64::MAX));
        let found: Vec<Subscription> = rows!(
            self,
            "subscriptions",
            &format!(
                "SELECT s.* FROM subscriptions s WHERE {}
                  ORDER BY s.subscription_at DESC, s.created_at DESC, s.id
                  LIMIT :limit OFFSET :offset",
                conditions.sql()
            ),
            conditions.values().as_slice(),
            row::subscription
        )?;
        let items: Result<Vec<SubscriptionView>, StoreError> =
            found.into_iter().map(|one| self.beside_subscription(one, at)).collect();
        Ok(Page { items: items?, total, request })
    }

    /// Of every state or of one, the one that was made last first.
    pub fn subscription_slice(
        &self,
        organization: OrganizationId,
        (status, request): (Option<SubscriptionStatus>, SliceRequest),
        at: Timestamp,
    ) -> Result<Slice<SubscriptionView>, StoreError> {
        let before = request.after.unwrap_or(uuid::Uuid::max()).to_string();
        // Where no state is asked for the ids are walked along, and nothing has to be sorted.
        let mut conditions = Conditions::of("s.id < :before", ":before", before);
        let whose = match status {
            Some(_) => "s.organization_id = :organization",
            None => "+s.organization_id = :organization",
        };
        conditions.and_with(whose, ":organization", organization.to_string());
        if let Some(status) = status {
            conditions.and_with("s.state = :state", ":state", status.as_str().to_owned());
        }
        conditions.bind(":limit", request.limit.saturating_add(1));
        let found: Vec<Subscription> = rows!(
            self,
            "subscriptions",
            &format!(
                "SELECT s.* FROM subscriptions s WHERE {} ORDER BY s.id DESC LIMIT :limit",
                conditions.sql()
            ),
            conditions.values().as_slice(),
            row::subscription
        )?;
        let Slice { items, next } = Slice::of(found, request.limit, |it| it.id.uuid());
        let items: Result<Vec<SubscriptionView>, StoreError> =
            items.into_iter().map(|one| self.beside_subscription(one, at)).collect();
        Ok(Slice { items: items?, next })
    }

    fn subscription_conditions(
        &self,
        organization: OrganizationId,
        filter: &SubscriptionFilter,
    ) -> Result<Conditions, StoreError> {
        let id = organization.to_string();
        let mut conditions =
            Conditions::of("s.organization_id = :organization", ":organization", id);
        let active = [SubscriptionStatus::Active];
        let statuses = filter.statuses.as_deref().unwrap_or(&active);
        let states = statuses.iter().map(|status| status.as_str().to_owned());
        conditions.and_in("s.state", ":state", states);
        if let Some(external_id) = &filter.external_customer_id {
            let customers = self.customers_ever_called(organization, external_id)?;
            conditions.and_in("s.customer_id", ":customer", customers);
        }
        if let Some(external_id) = &filter.external_id {
            conditions.and_with(
                "s.external_id = :external_id",
                ":external_id",
                external_id.clone(),
            );
        }
        if let Some(code) = &filter.plan_code {
            conditions.and_with(
                "s.plan_id IN (SELECT id FROM plans
                                WHERE organization_id = :organization AND code = :plan_code)",
                ":plan_code",
                code.clone(),
            );
        }
        if let Some(currency) = &filter.currency {
            conditions.and_with(
                "s.plan_id IN (SELECT id FROM plans
                                WHERE organization_id = :organization AND currency = :currency)",
                ":currency",
                currency.clone(),
            );
        }
        Ok(conditions)
    }

    fn beside_subscription(
        &self,
        subscription: Subscription,
        at: Timestamp,
    ) -> Result<SubscriptionView, StoreError> {
        let organization = subscription.organization_id;
        let plan = self.beside_plan(self.plan(organization, subscription.plan_id)?)?;
        let customer = self
            .customer_view_with_deleted(organization, subscription.customer_id)?
            .ok_or_else(|| StoreError::no_customer(subscription.customer_id))?;
        let zone = customer.customer.timezone.unwrap_or(customer.organization.timezone);
        let previous_plan_code = match subscription.previous_id {
            Some(id) => self.plan_code_of(organization, id)?,
            None => None,
        };
        let next = self.subscription_after(organization, subscription.id)?;
        let next_plan_code = match &next {
            Some(next) => self.plan_code_of(organization, next.id)?,
            None => None,
        };
        let downgrade_on = next.and_then(|next| match next.state {
            SubscriptionState::Pending { starts_on } => Some(starts_on),
            SubscriptionState::Active(_)
            | SubscriptionState::Terminated { .. }
            | SubscriptionState::Canceled { .. } => None,
        });
        let trial_end = subscription.state.run().and_then(|run| run.trial_ends_on);
        let current_period = match subscription.state {
            SubscriptionState::Active(run) => {
                let day = at.max(run.started_at).date_in(zone);
                Some(subscription.calendar(&plan.plan).period_of(day).moments(zone))
            }
            SubscriptionState::Pending { .. }
            | SubscriptionState::Terminated { .. }
            | SubscriptionState::Canceled { .. } => None,
        };
        Ok(SubscriptionView {
            trial_ended_at: trial_end.map(|day| start_of(day, zone)).filter(|end| *end <= at),
            subscription,
            plan,
            customer,
            previous_plan_code,
            next_plan_code,
            downgrade_on,
            current_period,
        })
    }

    fn plan_code_of(
        &self,
        organization: OrganizationId,
        id: SubscriptionId,
    ) -> Result<Option<String>, StoreError> {
        match self.subscription(organization, id)? {
            Some(found) => Ok(Some(self.plan(organization, found.plan_id)?.code)),
            None => Ok(None),
        }
    }
}
