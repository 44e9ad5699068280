//! Events with all that they are about, made by hand: an invoice of one fee and one tax, a
//! customer who is linked, a payment that was declined.

use chrono_tz::Tz;
use recoup::domain::billing_period::{BillingTime, Interval};
use recoup::domain::connection::Connection;
use recoup::domain::currency::Currency;
use recoup::domain::customer::{Address, Customer, Profile, ProviderAccount, ProviderLink};
use recoup::domain::event::{Event, EventKind, Subject};
use recoup::domain::id::{
    AddOnId, AppliedTaxId, AttemptId, ConnectionId, CustomerId, FeeId, InvoiceId, OrganizationId,
    PaymentMethodId, PaymentRequestId, PlanId, ReceiptId, RefundId, SubscriptionId, SurplusId,
    TaxId, WalletId,
};
use recoup::domain::invoice::{
    AppliedTax, Fee, FeeItem, Invoice, InvoiceStatus, InvoiceType, PaymentStatus,
};
use recoup::domain::money::Money;
use recoup::domain::organization::{Organization, ZeroInvoices};
use recoup::domain::payment::{Payable, PayableId};
use recoup::domain::payment_method::{MethodChoice, MethodDetails, MethodState, PaymentMethod};
use recoup::domain::payment_request::PaymentRequest;
use recoup::domain::plan::{PayWhen, Plan, PlanCounts};
use recoup::domain::policy::Policy;
use recoup::domain::receipt::Receipt;
use recoup::domain::recovery::{First, NewDebt, Recovery};
use recoup::domain::refund::{Refund, RefundReason, RefundState};
use recoup::domain::secret::Secret;
use recoup::domain::subscription::{FinalInvoice, Run, Subscription, SubscriptionState};
use recoup::domain::surplus::{SurplusPayment, SurplusReason, SurplusState};
use recoup::domain::time::Timestamp;
use recoup::domain::view::{
    CustomerView, InvoiceView, MethodView, PaymentProgress, PaymentRequestView, PaymentSource,
    PaymentView, PlanView, ReceiptView, RecoveryView, Snapshot, SubscriptionView, WalletView,
};
use recoup::domain::wallet::credits::{Credits, Rate};
use recoup::domain::wallet::transaction::{
    Movement, TopUpDetails, TransactionKind, TransactionSource, WalletTransaction,
};
use recoup::domain::wallet::{TopUpLimits, Wallet, WalletStatus};
use rust_decimal::Decimal;
use uuid::Uuid;

pub const NOW: Timestamp = Timestamp::from_unix_ms(1_750_000_000_000);

const fn uuid(last: u8) -> Uuid {
    Uuid::from_u128(0x0197_0000_0000_7000_8000_0000_0000_0000 + last as u128)
}

pub const ORGANIZATION: OrganizationId = OrganizationId::from_uuid(uuid(1));
pub const CUSTOMER: CustomerId = CustomerId::from_uuid(uuid(2));
pub const INVOICE: InvoiceId = InvoiceId::from_uuid(uuid(3));
pub const ATTEMPT: AttemptId = AttemptId::from_uuid(uuid(4));
pub const CONNECTION: ConnectionId = ConnectionId::from_uuid(uuid(5));
pub const REQUEST: PaymentRequestId = PaymentRequestId::from_uuid(uuid(7));
pub const METHOD: PaymentMethodId = PaymentMethodId::from_uuid(uuid(6));
pub const WALLET: WalletId = WalletId::from_uuid(uuid(20));

/// Everything there is; a test takes away what it has not.
pub fn snapshot(kind: EventKind) -> Snapshot {
    Snapshot {
        event: Event::new(kind, ORGANIZATION, Subject::default(), NOW),
        organization: organization(),
        customer: Some(customer()),
        invoice: Some(invoice()),
        payment: Some(payment()),
        attempt: None,
        payment_request: Some(payment_request()),
        overdue: vec![Money::new(4_800, Currency::EUR)],
        connection: Some(connection()),
        receipt: Some(receipt()),
        surplus: Some(surplus()),
        refund: Some(refund()),
        wallet: Some(wallet()),
        wallet_transaction: Some(wallet_transaction()),
        recovery: Some(recovery()),
        subscription: Some(subscription()),
    }
}

fn recovery() -> RecoveryView {
    let debt = NewDebt {
        organization_id: ORGANIZATION,
        payable: PayableId::Invoice(INVOICE),
        customer_id: CUSTOMER,
        connection_id: Some(CONNECTION),
        first: First::ChargeNow,
        policy_version: None,
    };
    RecoveryView {
        recovery: Recovery::open(debt, NOW),
        payable: Payable::Invoice(Box::new(invoice().invoice)),
        customer_name: None,
        external_customer_id: "shop|1".to_owned(),
        attempts: vec![],
        decisions: vec![],
        policy: Policy::standard().name,
        zone: Tz::UTC,
        timeline: vec![],
    }
}

fn surplus() -> SurplusPayment {
    SurplusPayment {
        id: SurplusId::from_uuid(uuid(30)),
        organization_id: ORGANIZATION,
        customer_id: CUSTOMER,
        payment_id: ATTEMPT,
        connection_id: CONNECTION,
        payable: PayableId::Invoice(INVOICE),
        invoice_id: Some(INVOICE),
        amount: Money::new(4_900, Currency::EUR),
        reason: SurplusReason::DebtSettled,
        state: SurplusState::Open,
        refunded: 0,
        created_at: NOW,
        updated_at: NOW,
    }
}

fn refund() -> Refund {
    Refund {
        id: RefundId::from_uuid(uuid(31)),
        organization_id: ORGANIZATION,
        customer_id: CUSTOMER,
        payment_id: ATTEMPT,
        connection_id: CONNECTION,
        charge_id: "ch_1".to_owned(),
        surplus_id: None,
        number: 1,
        amount: Money::new(4_900, Currency::EUR),
        idempotency_key: "key".to_owned(),
        client_key: None,
        reason: RefundReason::Duplicate,
        state: RefundState::Succeeded { at: NOW },
        sends: 1,
        maybe_processed: true,
        provider_refund_id: Some("re_1".to_owned()),
        begun_at: NOW,
        updated_at: NOW,
    }
}

fn organization() -> Organization {
    Organization {
        id: ORGANIZATION,
        name: "Recoup & Co".to_owned(),
        slug: "recoup-co".to_owned(),
        billing_entity_code: "default".to_owned(),
        document_number_prefix: "REC-1A2B".to_owned(),
        default_currency: Currency::EUR,
        timezone: Tz::UTC,
        net_payment_term: 0,
        zero_invoices: ZeroInvoices::Finalize,
        email: None,
        legal_name: None,
        legal_number: None,
        tax_identification_number: None,
        address: Address::default(),
        invoice_footer: None,
        invoice_grace_period: 0,
        document_locale: "en".to_owned(),
        created_at: NOW,
        updated_at: NOW,
    }
}

pub fn customer() -> CustomerView {
    let customer = Customer {
        id: CUSTOMER,
        organization_id: ORGANIZATION,
        external_id: "shop|1".to_owned(),
        sequential_id: 1,
        profile: Profile {
            name: Some("Tom & <Jerry>, café/bar".to_owned()), ..Profile::default()
        },
        currency: Some(Currency::EUR),
        timezone: None,
        net_payment_term: None,
        zero_invoices: ZeroInvoices::Inherit,
        invoice_grace_period: None,
        document_locale: None,
        issuing_date_anchor: None,
        issuing_date_adjustment: None,
        link: Some(ProviderLink {
            provider: "stripe".to_owned(),
            connection_id: Some(CONNECTION),
            connection_code: "stripe_1".to_owned(),
            account: Some(ProviderAccount {
                provider_customer_id: Some("cus_linked".to_owned()),
                sync_with_provider: true,
                method_kinds: vec!["card".to_owned()],
            }),
        }),
        metadata: vec![],
        tax_ids: vec![],
        created_at: NOW,
        updated_at: NOW,
        deleted_at: None,
    };
    CustomerView {
        customer,
        organization: organization(),
        taxes: vec![],
        default_method_id: Some(METHOD),
    }
}

fn invoice() -> InvoiceView {
    let date = NOW.date_in(Tz::UTC);
    let invoice = Invoice {
        id: INVOICE,
        organization_id: ORGANIZATION,
        customer_id: CUSTOMER,
        invoice_type: InvoiceType::OneOff,
        status: InvoiceStatus::Finalized,
        payment_status: PaymentStatus::Failed,
        sequential_id: Some(1),
        number: "REC-1A2B-001-001".to_owned(),
        purchase_order_number: None,
        currency: Currency::EUR,
        fees_amount: 4_000,
        taxes_amount: 800,
        prepaid_granted_amount: 0,
        prepaid_purchased_amount: 0,
        total_amount: 4_800,
        paid_amount: 0,
        issuing_date: date,
        payment_due_date: date,
        net_payment_term: 0,
        payment_overdue: false,
        dispute_lost_at: None,
        voided_at: None,
        skip_automatic_payment: false,
        method_choice: MethodChoice::Default,
        created_at: NOW,
        updated_at: NOW,
    };
    InvoiceView {
        invoice,
        customer: customer(),
        metadata: vec![],
        applied_taxes: vec![applied_tax()],
        fees: vec![fee()],
        periods: vec![],
        subscriptions: vec![],
    }
}

fn subscription() -> SubscriptionView {
    let day = NOW.date_in(Tz::UTC);
    let plan = Plan {
        id: PlanId::from_uuid(uuid(11)),
        organization_id: ORGANIZATION,
        parent_id: None,
        code: "premium".to_owned(),
        name: "Premium".to_owned(),
        invoice_display_name: None,
        description: None,
        interval: Interval::Monthly,
        amount: Money::new(4_900, Currency::EUR),
        pay_when: PayWhen::InAdvance,
        trial_days: None,
        bill_charges_monthly: None,
        metadata: None,
        tax_ids: vec![],
        created_at: NOW,
        deleted_at: None,
    };
    let run = Run { started_at: NOW, trial_ends_on: None, billed_until: day, paid_ahead: 0 };
    let subscription = Subscription {
        id: SubscriptionId::from_uuid(uuid(12)),
        organization_id: ORGANIZATION,
        customer_id: CUSTOMER,
        plan_id: plan.id,
        external_id: "shop|1".to_owned(),
        name: None,
        billing_time: BillingTime::Calendar,
        subscription_at: NOW,
        anchor: day,
        ending_at: None,
        state: SubscriptionState::Active(run),
        previous_id: None,
        method_choice: MethodChoice::Default,
        consolidates: true,
        purchase_order_number: None,
        final_invoice: FinalInvoice::Generate,
        credit_note_wish: None,
        created_at: NOW,
        updated_at: NOW,
    };
    SubscriptionView {
        subscription,
        plan: PlanView { plan, taxes: vec![], counts: PlanCounts::default() },
        customer: customer(),
        previous_plan_code: None,
        next_plan_code: None,
        downgrade_on: None,
        current_period: None,
        trial_ended_at: None,
    }
}

fn applied_tax() -> AppliedTax {
    AppliedTax {
        id: AppliedTaxId::from_uuid(uuid(7)),
        invoice_id: INVOICE,
        tax_id: TaxId::from_uuid(uuid(8)),
        name: "VAT".to_owned(),
        code: "vat".to_owned(),
        rate: Decimal::from(20),
        description: None,
        amount: 800,
        fees_amount: 4_000,
        created_at: NOW,
    }
}

fn fee() -> Fee {
    Fee {
        id: FeeId::from_uuid(uuid(9)),
        invoice_id: INVOICE,
        item: FeeItem::AddOn(AddOnId::from_uuid(uuid(10))),
        item_code: "setup".to_owned(),
        item_name: "Set-up".to_owned(),
        description: None,
        invoice_display_name: None,
        units: Decimal::from(1),
        unit_amount: 4_000,
        amount: 4_000,
        taxes_amount: 800,
        taxes_rate: Decimal::from(20),
        currency: Currency::EUR,
        from: NOW,
        to: NOW,
        payment_status: PaymentStatus::Failed,
        succeeded_at: None,
        failed_at: Some(NOW),
        created_at: NOW,
    }
}

pub fn payment_request() -> PaymentRequestView {
    let request = PaymentRequest {
        id: REQUEST,
        organization_id: ORGANIZATION,
        customer_id: CUSTOMER,
        amount: Money::new(4_800, Currency::EUR),
        email: String::new(),
        payment_status: PaymentStatus::Failed,
        processing: false,
        campaign_id: None,
        created_at: NOW,
        updated_at: NOW,
    };
    PaymentRequestView { request, customer: customer(), invoices: vec![invoice().invoice] }
}

fn payment() -> PaymentView {
    PaymentView {
        id: ATTEMPT,
        customer_id: CUSTOMER,
        external_customer_id: "shop|1".to_owned(),
        payable: PayableId::Invoice(INVOICE),
        invoices: vec![(INVOICE, "REC-1A2B-001-001".to_owned())],
        amount: Money::new(4_800, Currency::EUR),
        status: "requires_payment_method".to_owned(),
        progress: PaymentProgress::Failed,
        source: PaymentSource::Provider {
            provider: "stripe".to_owned(),
            connection_code: "stripe_1".to_owned(),
            charge_id: Some("pi_1".to_owned()),
            provider_customer_id: Some("cus_charged".to_owned()),
            action: None,
            method: Some(Box::new(method())),
        },
        created_at: NOW,
    }
}

fn receipt() -> ReceiptView {
    let receipt = Receipt {
        id: ReceiptId::from_uuid(uuid(11)),
        organization_id: ORGANIZATION,
        customer_id: CUSTOMER,
        payment_id: ATTEMPT,
        sequential_id: 1,
        number: "REC-1A2B-001-RCPT-001".to_owned(),
        created_at: NOW,
    };
    let file_url = Some("https://billing.example/files/receipts/x.pdf".to_owned());
    ReceiptView { receipt, payment: payment(), file_url }
}

fn method() -> MethodView {
    let method = PaymentMethod {
        id: METHOD,
        organization_id: ORGANIZATION,
        customer_id: CUSTOMER,
        connection_id: CONNECTION,
        details: MethodDetails {
            provider_method_id: "pm_1".to_owned(),
            kind: "card".to_owned(),
            brand: None,
            last4: None,
            expiry_month: None,
            expiry_year: None,
            fingerprint: None,
        },
        is_default: true,
        state: MethodState::Active,
        stopped_at: None,
        created_at: NOW,
    };
    MethodView {
        method,
        provider: "stripe".to_owned(),
        connection_code: "stripe_1".to_owned(),
        connection_name: "Stripe".to_owned(),
    }
}

pub fn connection() -> Connection {
    Connection {
        id: CONNECTION,
        organization_id: ORGANIZATION,
        provider: "stripe".to_owned(),
        code: "stripe_1".to_owned(),
        name: "Stripe".to_owned(),
        settings: vec![("secret_key".to_owned(), Secret::new("sk_test_never_shown"))],
        allows_private_network: false,
        success_redirect_url: None,
        paused: None,
        created_at: NOW,
    }
}

fn wallet() -> WalletView {
    let credits = |whole: i64| Credits::floored(Decimal::from(whole)).expect("not negative");
    WalletView {
        wallet: Wallet {
            id: WALLET,
            organization_id: ORGANIZATION,
            customer_id: CUSTOMER,
            status: WalletStatus::Active,
            currency: Currency::EUR,
            name: None,
            code: "default".to_owned(),
            priority: 50,
            rate: Rate::new(Decimal::ONE).expect("positive"),
            credits: credits(10),
            balance: 1_000,
            consumed: credits(0),
            last_consumed_at: None,
            balance_changed_at: Some(NOW),
            last_interval_top_up_on: None,
            expiration_at: None,
            invoice_requires_successful_payment: false,
            limits: TopUpLimits::default(),
            purchase_order_number: None,
            method_choice: MethodChoice::Default,
            fee_types: vec![],
            metadata: None,
            created_at: NOW,
            updated_at: NOW,
        },
        external_customer_id: "shop|1".to_owned(),
        billing_entity_code: "default".to_owned(),
        rule: None,
    }
}

fn wallet_transaction() -> WalletTransaction {
    let movement = Movement {
        kind: TransactionKind::Granted,
        source: TransactionSource::Manual,
        rule_id: None,
        priority: 50,
        details: TopUpDetails::default(),
    };
    let credits = Credits::floored(Decimal::from(10)).expect("not negative");
    movement.inbound(&wallet().wallet, credits, NOW).expect("fits")
}
