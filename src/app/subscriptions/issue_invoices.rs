//! What subscriptions cost becomes invoices: one for each group, a draft where the customer has
//! time of grace, else final at once.

use rust_decimal::Decimal;

use super::billing::{BillError, Billing, Charge};
use crate::app::crash_point::{CrashPoint, crash_point};
use crate::app::finalize_invoices::finalize;
use crate::app::invoice_changes::tell;
use crate::app::issue_invoice::due_date;
use crate::app::price_invoice::{Invoiced, NewLine, PricedInvoice, price_lines, taxes_of};
use crate::domain::billed_period::BilledPeriod;
use crate::domain::billing_period::{plus_days, start_of};
use crate::domain::customer::Customer;
use crate::domain::event::EventKind;
use crate::domain::id::InvoiceId;
use crate::domain::invoice::{
    FeeItem, Invoice, InvoiceStatus, InvoiceType, PaymentStatus, invoice_number,
};
use crate::domain::invoice_group::InvoiceGroup;
use crate::domain::money::Money;
use crate::domain::plan::Plan;
use crate::domain::subscription::Subscription;
use crate::domain::time::Timestamp;
use crate::store::{Reader, StoreError, Tx};

impl Billing<'_, '_> {
    /// Everything that was charged so far, in groups, in the order in which it was.
    pub fn issue(&mut self) -> Result<Vec<InvoiceId>, BillError> {
        let default_method = self.tx.default_method(self.customer.id)?.map(|method| method.id);
        let mut groups: Vec<(InvoiceGroup, Vec<Charge>)> = Vec::new();
        for charge in std::mem::take(&mut self.charges) {
            let currency = charge.plan.amount.currency;
            let group = InvoiceGroup::of(&charge.subscription, currency, default_method);
            match groups.iter_mut().find(|(known, _)| *known == group) {
                Some((_, charges)) => charges.push(charge),
                None => groups.push((group, vec![charge])),
            }
        }
        groups.into_iter().map(|(group, charges)| self.issue_one(&group, &charges)).collect()
    }

    fn issue_one(
        &mut self,
        group: &InvoiceGroup,
        charges: &[Charge],
    ) -> Result<InvoiceId, BillError> {
        let (tx, now, id) = (self.tx, self.now, InvoiceId::at(self.now));
        let periods: Vec<BilledPeriod> =
            charges.iter().map(|charge| self.billed_period(id, charge)).collect();
        let mut lines = Vec::with_capacity(charges.len());
        for (charge, period) in charges.iter().zip(&periods) {
            lines.push(line(tx, &self.customer, (&charge.subscription, &charge.plan), period)?);
        }
        let currency = group.currency;
        let invoiced = Invoiced { invoice_id: id, customer: &self.customer, currency, now };
        let priced = price_lines(&invoiced, lines)?;
        let draft = self.draft(group, charges, (id, &priced));
        tx.insert_invoice(&draft)?;
        tx.insert_fees(&priced.fees)?;
        tx.insert_applied_taxes(&priced.taxes)?;
        tx.insert_billed_periods(&periods)?;
        crash_point(CrashPoint::InBilling);
        if self.customer.currency.is_none() {
            tx.set_customer_currency(self.customer.id, currency)?;
            self.customer.currency = Some(currency);
        }
        if self.grace_days() > 0 {
            tx.insert_draft(&draft, start_of(draft.issuing_date, self.zone))?;
            tell(tx, EventKind::InvoiceDrafted, &draft, now)?;
        } else {
            finalize(tx, draft, (&self.customer, &self.organization), now)?;
        }
        Ok(id)
    }

    fn billed_period(&self, invoice_id: InvoiceId, charge: &Charge) -> BilledPeriod {
        let (from, to) = charge.stretch.billed.moments(self.zone);
        BilledPeriod {
            invoice_id,
            subscription_id: charge.subscription.id,
            plan_id: charge.plan.id,
            reason: charge.reason,
            stretch: charge.stretch,
            from,
            to,
            taken_off: charge.taken_off,
        }
    }

    fn grace_days(&self) -> u32 {
        self.customer.invoice_grace_period.unwrap_or(self.organization.invoice_grace_period)
    }

    fn draft(
        &self,
        group: &InvoiceGroup,
        charges: &[Charge],
        (id, priced): (InvoiceId, &PricedInvoice),
    ) -> Invoice {
        let Billing { customer, organization, now, .. } = self;
        let net_payment_term = customer.net_payment_term.unwrap_or(organization.net_payment_term);
        let issuing_date = plus_days(self.today(), self.grace_days().into());
        let first = charges.first().map(|charge| charge.subscription.method_choice);
        Invoice {
            id,
            organization_id: organization.id,
            customer_id: customer.id,
            invoice_type: InvoiceType::Subscription,
            status: InvoiceStatus::Draft,
            payment_status: PaymentStatus::Pending,
            sequential_id: None,
            number: invoice_number(&organization.document_number_prefix, None),
            purchase_order_number: group.purchase_order_number.clone(),
            currency: group.currency,
            fees_amount: priced.fees_amount,
            taxes_amount: priced.taxes_amount,
            prepaid_granted_amount: 0,
            prepaid_purchased_amount: 0,
            total_amount: priced.total_amount,
            paid_amount: 0,
            issuing_date,
            payment_due_date: due_date(issuing_date, net_payment_term).unwrap_or(issuing_date),
            net_payment_term,
            payment_overdue: false,
            dispute_lost_at: None,
            voided_at: None,
            skip_automatic_payment: false,
            method_choice: first.unwrap_or_default(),
            created_at: *now,
            updated_at: *now,
        }
    }
}

/// A draft as prices, taxes and choices of methods are now.
pub fn reprice(
    tx: &Tx<'_>,
    draft: Invoice,
    customer: &Customer,
    now: Timestamp,
) -> Result<Invoice, BillError> {
    let periods = tx.billed_periods(draft.id)?;
    let mut lines = Vec::with_capacity(periods.len());
    let mut method_choice = None;
    for period in &periods {
        let found = tx.subscription(draft.organization_id, period.subscription_id)?;
        let subscription = found.ok_or_else(|| missing(period))?;
        let plan = tx.plan(draft.organization_id, period.plan_id)?;
        method_choice = method_choice.or(Some(subscription.method_choice));
        lines.push(line(tx, customer, (&subscription, &plan), period)?);
    }
    let invoiced = Invoiced { invoice_id: draft.id, customer, currency: draft.currency, now };
    let priced = price_lines(&invoiced, lines)?;
    tx.delete_fees(draft.id)?;
    tx.insert_fees(&priced.fees)?;
    tx.insert_applied_taxes(&priced.taxes)?;
    let repriced = Invoice {
        fees_amount: priced.fees_amount,
        taxes_amount: priced.taxes_amount,
        total_amount: priced.total_amount,
        method_choice: method_choice.unwrap_or(draft.method_choice),
        updated_at: now,
        ..draft
    };
    tx.rewrite_invoice(&repriced)?;
    Ok(repriced)
}

fn missing(period: &BilledPeriod) -> StoreError {
    let subscription = period.subscription_id;
    tracing::error!(?subscription, "a subscription that was billed is gone");
    StoreError::Panicked
}

fn line(
    reader: &Reader<'_>,
    customer: &Customer,
    (subscription, plan): (&Subscription, &Plan),
    period: &BilledPeriod,
) -> Result<NewLine, StoreError> {
    let price = period.stretch.amount(plan.amount.minor_units);
    let taken_off = period.taken_off.min(price);
    let currency = plan.amount.currency;
    Ok(NewLine {
        item: FeeItem::Subscription {
            id: subscription.id,
            external_id: subscription.external_id.clone(),
            pay_when: period.stretch.pay_when,
        },
        item_code: plan.code.clone(),
        item_name: plan.name.clone(),
        description: (taken_off > 0).then(|| {
            let [price, paid] = [price, taken_off].map(|amount| Money::new(amount, currency));
            format!("{price} less {paid} that was paid ahead for these days")
        }),
        invoice_display_name: plan.invoice_display_name.clone(),
        units: Decimal::ONE,
        unit_amount: price - taken_off,
        period: (period.from, period.to),
        taxes: taxes_of(reader, customer, &plan.tax_ids)?,
    })
}
