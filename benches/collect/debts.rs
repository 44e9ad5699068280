//! Rows to begin with: customers with a card, and invoices of one line with their recoveries.
//! They go in as the domain types that the use cases save, many to a transaction.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use recoup::app::App;
use recoup::domain::add_on::AddOn;
use recoup::domain::attempt::{Attempt, AttemptState, Instrument, Origin};
use recoup::domain::currency::Currency;
use recoup::domain::customer::{Customer, Profile, ProviderAccount, ProviderLink};
use recoup::domain::decline::{Decline, DeclineClass, RetryClass};
use recoup::domain::id::{
    AddOnId, AttemptId, ConnectionId, CustomerId, FeeId, InvoiceId, OrganizationId, PaymentMethodId,
};
use recoup::domain::invoice::{Fee, FeeItem, Invoice, InvoiceStatus, InvoiceType, PaymentStatus};
use recoup::domain::money::Money;
use recoup::domain::organization::ZeroInvoices;
use recoup::domain::payment::PayableId;
use recoup::domain::payment_method::{MethodChoice, MethodDetails, MethodState, PaymentMethod};
use recoup::domain::recovery::{First, NewDebt, Recovery};
use recoup::domain::time::{Span, Timestamp};
use recoup::store::{StoreError, Tx};

/// What all rows share.
#[derive(Clone, Copy)]
pub struct Debts {
    pub organization: OrganizationId,
    pub connection: ConnectionId,
    pub customers: u32,
    pub invoices_per_customer: u32,
    /// Declined ones, the first at `attempted_from` and the others a week apart.
    pub attempts_per_invoice: u32,
    pub attempted_from: Timestamp,
    /// Of their cards, in the pretend provider's words.
    pub behaviour: &'static str,
    /// When they are due.
    pub at: Timestamp,
}

const CUSTOMERS_PER_WRITE: u32 = 500;
const AMOUNT: i64 = 4_900;
const CURRENCY: Currency = Currency::EUR;

impl Debts {
    pub fn write(self, app: &App) -> anyhow::Result<()> {
        let add_on = self.add_on();
        let add_on_id = add_on.id;
        app.store().write(move |tx| tx.insert_add_on(&add_on))?;
        let mut first = 1;
        while first <= self.customers {
            let last = (first + CUSTOMERS_PER_WRITE - 1).min(self.customers);
            app.store().write(move |tx| -> Result<(), StoreError> {
                (first..=last).try_for_each(|number| self.write_customer(tx, number, add_on_id))
            })?;
            first = last + 1;
        }
        Ok(())
    }

    fn add_on(&self) -> AddOn {
        AddOn {
            id: AddOnId::at(self.at),
            organization_id: self.organization,
            code: "setup".to_owned(),
            name: "Set-up".to_owned(),
            invoice_display_name: None,
            description: None,
            amount: Money::new(AMOUNT, CURRENCY),
            tax_ids: vec![],
            created_at: self.at,
        }
    }

    fn write_customer(&self, tx: &Tx<'_>, number: u32, add_on: AddOnId) -> Result<(), StoreError> {
        let customer = self.customer(number);
        tx.insert_customer(&customer)?;
        let method = self.method(&customer);
        tx.put_payment_method(&method)?;
        tx.make_default(customer.id, method.id)?;
        for sequential_id in 1..=self.invoices_per_customer {
            let invoice = self.invoice(&customer, sequential_id);
            tx.insert_invoice(&invoice)?;
            tx.insert_fees(&[self.fee(&invoice, add_on)])?;
            let debt = NewDebt {
                organization_id: self.organization,
                payable: PayableId::Invoice(invoice.id),
                customer_id: customer.id,
                connection_id: Some(self.connection),
                first: First::ChargeNow,
                policy_version: None,
            };
            let recovery = Recovery {
                attempts_made: self.attempts_per_invoice,
                ..Recovery::open(debt, self.at)
            };
            tx.insert_recovery(&recovery)?;
            for number in 1..=self.attempts_per_invoice {
                tx.put_attempt(&self.attempt(&recovery, &method, number))?;
            }
        }
        Ok(())
    }

    fn attempt(&self, recovery: &Recovery, method: &PaymentMethod, number: u32) -> Attempt {
        let at = self.attempted_from.plus(Span::days(7 * (number - 1)));
        let id = AttemptId::at(at);
        let decline = Decline {
            class: DeclineClass::InsufficientFunds,
            retry: RetryClass::Soft,
            code: "insufficient_funds".to_owned(),
            network_code: Some("51".to_owned()),
            advice_code: None,
            retry_after: None,
            message: "Not enough money".to_owned(),
        };
        Attempt {
            id,
            organization_id: self.organization,
            recovery_id: recovery.id,
            payable: recovery.payable,
            customer_id: recovery.customer_id,
            connection_id: self.connection,
            number,
            origin: Origin::Schedule,
            amount: Money::new(AMOUNT, CURRENCY),
            instrument: Some(Instrument {
                method_id: Some(method.id),
                provider_method_id: method.details.provider_method_id.clone(),
                kind: method.details.kind.clone(),
                limit_key: method.details.limit_key().to_owned(),
            }),
            provider_customer_id: None,
            session_id: None,
            idempotency_key: id.to_string(),
            sends: 1,
            state: AttemptState::Declined { decline, at },
            charge_id: Some(format!("ch_{id}")),
            status: "declined".to_owned(),
            begun_at: at,
            updated_at: at,
        }
    }

    fn customer(&self, number: u32) -> Customer {
        Customer {
            id: CustomerId::at(self.at),
            organization_id: self.organization,
            external_id: format!("customer-{number}"),
            sequential_id: number,
            profile: Profile { name: Some(format!("Customer {number}")), ..Profile::default() },
            currency: Some(CURRENCY),
            timezone: None,
            net_payment_term: None,
            zero_invoices: ZeroInvoices::Inherit,
            invoice_grace_period: None,
            document_locale: None,
            issuing_date_anchor: None,
            issuing_date_adjustment: None,
            link: Some(ProviderLink {
                provider: "sandbox".to_owned(),
                connection_id: Some(self.connection),
                connection_code: "bench".to_owned(),
                account: Some(ProviderAccount {
                    provider_customer_id: Some(format!("cus_{}__{number}", self.behaviour)),
                    sync_with_provider: true,
                    method_kinds: vec!["card".to_owned()],
                }),
            }),
            metadata: vec![],
            tax_ids: vec![],
            created_at: self.at,
            updated_at: self.at,
            deleted_at: None,
        }
    }

    fn method(&self, customer: &Customer) -> PaymentMethod {
        PaymentMethod {
            id: PaymentMethodId::at(self.at),
            organization_id: self.organization,
            customer_id: customer.id,
            connection_id: self.connection,
            details: MethodDetails {
                provider_method_id: format!("pm_{}__{}", self.behaviour, customer.sequential_id),
                kind: "card".to_owned(),
                brand: Some("visa".to_owned()),
                last4: Some("4242".to_owned()),
                expiry_month: Some(12),
                expiry_year: Some(2034),
                fingerprint: None,
            },
            is_default: true,
            state: MethodState::Active,
            stopped_at: None,
            created_at: self.at,
        }
    }

    fn invoice(&self, customer: &Customer, sequential_id: u32) -> Invoice {
        let date = NaiveDate::from_ymd_opt(2026, 1, 31).expect("a day of January");
        Invoice {
            id: InvoiceId::at(self.at),
            organization_id: self.organization,
            customer_id: customer.id,
            invoice_type: InvoiceType::OneOff,
            status: InvoiceStatus::Finalized,
            payment_status: PaymentStatus::Pending,
            sequential_id: Some(sequential_id),
            number: format!("REC-1A2B-{:03}-{sequential_id:03}", customer.sequential_id),
            purchase_order_number: None,
            currency: CURRENCY,
            fees_amount: AMOUNT,
            taxes_amount: 0,
            prepaid_granted_amount: 0,
            prepaid_purchased_amount: 0,
            total_amount: AMOUNT,
            paid_amount: 0,
            issuing_date: date,
            payment_due_date: date,
            net_payment_term: 0,
            payment_overdue: false,
            dispute_lost_at: None,
            voided_at: None,
            skip_automatic_payment: false,
            method_choice: MethodChoice::Default,
            created_at: self.at,
            updated_at: self.at,
        }
    }

    fn fee(&self, invoice: &Invoice, add_on: AddOnId) -> Fee {
        Fee {
            id: FeeId::at(self.at),
            invoice_id: invoice.id,
            item: FeeItem::AddOn(add_on),
            item_code: "setup".to_owned(),
            item_name: "Set-up".to_owned(),
            description: None,
            invoice_display_name: None,
            units: Decimal::ONE,
            unit_amount: AMOUNT,
            amount: AMOUNT,
            taxes_amount: 0,
            taxes_rate: Decimal::ZERO,
            currency: CURRENCY,
            from: self.at,
            to: self.at,
            payment_status: PaymentStatus::Pending,
            succeeded_at: None,
            failed_at: None,
            created_at: self.at,
        }
    }
}
