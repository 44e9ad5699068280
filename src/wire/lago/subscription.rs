//! Subscriptions as they are shown, and which days of them an invoice is for.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::format::{date, date_time, date_time_ms, shape};
use super::page::Meta;
use super::plan::PlanShape;
use super::{customer, method_reference};
use crate::domain::billed_period::BilledPeriod;
use crate::domain::subscription::SubscriptionState;
use crate::domain::view::SubscriptionView;

/// A customer has a plan.
#[derive(Serialize, ToSchema)]
#[schema(as = Subscription)]
pub struct SubscriptionShape {
    #[schema(format = Uuid)]
    pub lago_id: String,
    #[schema(example = "ada-premium")]
    pub external_id: String,
    #[schema(format = Uuid)]
    pub lago_customer_id: String,
    #[schema(example = "ada")]
    pub external_customer_id: String,
    pub billing_entity_code: String,
    pub name: Option<String>,
    #[schema(example = "premium")]
    pub plan_code: String,
    pub plan_amount_cents: i64,
    pub plan_amount_currency: String,
    /// `pending`, `active`, `terminated` or `canceled`.
    #[schema(example = "active")]
    pub status: &'static str,
    #[schema(example = "calendar")]
    pub billing_time: &'static str,
    #[schema(format = DateTime)]
    pub subscription_at: String,
    #[schema(format = DateTime)]
    pub started_at: Option<String>,
    #[schema(format = DateTime)]
    pub trial_ended_at: Option<String>,
    #[schema(format = DateTime)]
    pub ending_at: Option<String>,
    #[schema(format = DateTime)]
    pub terminated_at: Option<String>,
    #[schema(format = DateTime)]
    pub canceled_at: Option<String>,
    #[schema(format = DateTime)]
    pub created_at: String,
    pub previous_plan_code: Option<String>,
    pub next_plan_code: Option<String>,
    /// The day on which a cheaper plan takes over.
    #[schema(format = Date)]
    pub downgrade_plan_date: Option<String>,
    #[schema(format = DateTime)]
    pub current_billing_period_started_at: Option<String>,
    #[schema(format = DateTime)]
    pub current_billing_period_ending_at: Option<String>,
    /// As it was set. Nothing follows from it: there are no credit notes.
    pub on_termination_credit_note: Option<&'static str>,
    pub on_termination_invoice: &'static str,
    pub progressive_billing_disabled: bool,
    pub consolidate_invoice: bool,
    pub purchase_order_number: Option<String>,
    pub cancellation_reason: Option<String>,
    #[schema(format = DateTime)]
    pub activated_at: Option<String>,
    #[schema(value_type = Object)]
    pub payment_method: Value,
    #[schema(value_type = Vec<Object>)]
    pub activation_rules: [Value; 0],
    #[schema(value_type = Vec<Object>)]
    pub applied_invoice_custom_sections: [Value; 0],
    /// Not in lists, and not on invoices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanShape>,
    #[schema(value_type = Vec<Object>)]
    pub entitlements: [Value; 0],
    /// Only in webhooks.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub customer: Option<Value>,
}

wrapped!(SubscriptionAnswer { subscription: SubscriptionShape });
wrapped!(SubscriptionList { subscriptions: Vec<SubscriptionShape>, meta: Meta });

impl From<&SubscriptionView> for SubscriptionShape {
    fn from(view: &SubscriptionView) -> SubscriptionShape {
        let it = &view.subscription;
        let customer = &view.customer.customer;
        let plan = &view.plan.plan;
        let (terminated_at, canceled_at) = match it.state {
            SubscriptionState::Terminated { at, .. } => (Some(at), None),
            SubscriptionState::Canceled { at } => (None, Some(at)),
            SubscriptionState::Pending { .. } | SubscriptionState::Active(_) => (None, None),
        };
        let started_at = it.state.run().map(|run| date_time_ms(run.started_at));
        SubscriptionShape {
            lago_id: it.id.to_string(),
            external_id: it.external_id.clone(),
            lago_customer_id: customer.id.to_string(),
            external_customer_id: customer.external_id.clone(),
            billing_entity_code: view.customer.organization.billing_entity_code.clone(),
            name: it.name.clone(),
            plan_code: plan.code.clone(),
            plan_amount_cents: plan.amount.minor_units,
            plan_amount_currency: plan.amount.currency.code().to_owned(),
            status: it.state.status().as_str(),
            billing_time: it.billing_time.as_str(),
            subscription_at: date_time(it.subscription_at),
            started_at: started_at.clone(),
            trial_ended_at: view.trial_ended_at.map(date_time),
            ending_at: it.ending_at.map(date_time),
            terminated_at: terminated_at.map(date_time),
            canceled_at: canceled_at.map(date_time),
            created_at: date_time(it.created_at),
            previous_plan_code: view.previous_plan_code.clone(),
            next_plan_code: view.next_plan_code.clone(),
            downgrade_plan_date: view.downgrade_on.map(date),
            current_billing_period_started_at: view.current_period.map(|(from, _)| date_time(from)),
            current_billing_period_ending_at: view.current_period.map(|(_, to)| date_time(to)),
            on_termination_credit_note: it.credit_note_wish.map(|wish| wish.as_str()),
            on_termination_invoice: it.final_invoice.as_str(),
            progressive_billing_disabled: false,
            consolidate_invoice: it.consolidates,
            purchase_order_number: it.purchase_order_number.clone(),
            cancellation_reason: None,
            activated_at: started_at,
            payment_method: method_reference::shown(it.method_choice),
            activation_rules: [],
            applied_invoice_custom_sections: [],
            plan: None,
            entitlements: [],
            customer: None,
        }
    }
}

/// On routes of one subscription.
pub fn subscription(view: &SubscriptionView) -> Value {
    let plan = Some(PlanShape::from(&view.plan));
    shape(&SubscriptionShape { plan, ..SubscriptionShape::from(view) })
}

/// In lists, and on invoices.
pub fn listed(view: &SubscriptionView) -> Value {
    shape(&SubscriptionShape::from(view))
}

/// In webhooks.
pub fn told(view: &SubscriptionView) -> Value {
    let plan = Some(PlanShape::from(&view.plan));
    let customer = Some(customer::nested(&view.customer));
    shape(&SubscriptionShape { plan, customer, ..SubscriptionShape::from(view) })
}

/// Which days of a subscription an invoice is for. Nothing is charged by use, so the days of
/// charges are the same.
#[derive(Serialize, ToSchema)]
#[schema(as = BillingPeriod)]
pub struct BillingPeriodShape {
    #[schema(format = Uuid)]
    pub lago_subscription_id: String,
    pub external_subscription_id: String,
    #[schema(format = Uuid)]
    pub lago_plan_id: String,
    #[schema(format = DateTime)]
    pub subscription_from_datetime: String,
    #[schema(format = DateTime)]
    pub subscription_to_datetime: String,
    #[schema(format = DateTime)]
    pub charges_from_datetime: String,
    #[schema(format = DateTime)]
    pub charges_to_datetime: String,
    #[schema(format = DateTime)]
    pub fixed_charges_from_datetime: String,
    #[schema(format = DateTime)]
    pub fixed_charges_to_datetime: String,
    /// `subscription_starting`, `subscription_periodic` or `subscription_terminating`.
    pub invoicing_reason: &'static str,
}

pub fn billing_period(period: &BilledPeriod, subscriptions: &[SubscriptionView]) -> Value {
    let (from, to) = (date_time(period.from), date_time(period.to));
    let id = period.subscription_id;
    let known = subscriptions.iter().find(|view| view.subscription.id == id);
    shape(&BillingPeriodShape {
        lago_subscription_id: id.to_string(),
        external_subscription_id: known
            .map(|view| view.subscription.external_id.clone())
            .unwrap_or_default(),
        lago_plan_id: period.plan_id.to_string(),
        subscription_from_datetime: from.clone(),
        subscription_to_datetime: to.clone(),
        charges_from_datetime: from.clone(),
        charges_to_datetime: to.clone(),
        fixed_charges_from_datetime: from,
        fixed_charges_to_datetime: to,
        invoicing_reason: period.reason.as_str(),
    })
}
