//! A wallet is made, with the credits that it begins with.

use super::book::tell_wallet;
use super::rules::{set_rule, wanted_rule};
use super::top_up::{Order, top_up};
use super::{Owner, WalletError, check_billing_entity};
use crate::app::App;
use crate::domain::change::Change;
use crate::domain::currency::Currency;
use crate::domain::customer::Customer;
use crate::domain::event::EventKind;
use crate::domain::id::{CustomerId, OrganizationId, WalletId};
use crate::domain::payment_method::MethodChoice;
use crate::domain::time::Timestamp;
use crate::domain::view::WalletView;
use crate::domain::wallet::credits::{Credits, Rate};
use crate::domain::wallet::request::{Fault, NewWallet};
use crate::domain::wallet::rule::{RecurringRule, TopUp};
use crate::domain::wallet::transaction::{
    Movement, TopUpDetails, TransactionKind, TransactionSource,
};
use crate::domain::wallet::{
    ACTIVE_MAX, PRIORITY_DEFAULT, TopUpLimits, Wallet, WalletStatus, code_from_name,
};
use crate::store::{Reader, StoreError, Tx};

/// What is worked out of a request before anything is written.
struct Prepared {
    /// None: the customer is not known, which is a fault.
    owner: Option<Owner>,
    wallet: Wallet,
    rule: Option<RecurringRule>,
    faults: Vec<Fault>,
}

impl App {
    /// Everything that is wrong with it: for callers whose request is wrong in other ways too,
    /// since all is told together.
    pub fn faults_of_new_wallet(
        &self,
        organization: OrganizationId,
        new: &NewWallet,
    ) -> Result<Vec<Fault>, WalletError> {
        let now = self.clock.now();
        self.store.read(|reader| Ok(prepare(reader, organization, new, now)?.faults))
    }

    pub fn create_wallet(
        &self,
        organization: OrganizationId,
        new: NewWallet,
    ) -> Result<WalletView, WalletError> {
        let now = self.clock.now();
        let made = self.store.write(move |tx| {
            let prepared = prepare(tx, organization, &new, now)?;
            match prepared.owner {
                Some(owner) if prepared.faults.is_empty() => {
                    write_down(tx, &owner, (prepared.wallet, prepared.rule), &new, now)
                }
                Some(_) | None => Err(WalletError::Invalid(prepared.faults)),
            }
        })?;
        self.wake.ring();
        Ok(made)
    }
}

fn prepare(
    reader: &Reader<'_>,
    organization: OrganizationId,
    new: &NewWallet,
    now: Timestamp,
) -> Result<Prepared, WalletError> {
    let entity = new.settings.billing_entity_code.as_ref();
    let organization = check_billing_entity(reader, organization, entity)?;
    let customer = match &new.external_customer_id {
        Some(id) => reader.customer_by_external_id(organization.id, id)?,
        None => None,
    };
    let mut faults = Vec::new();
    let mut wallet = blank(organization.id, customer.as_ref(), new, now);
    match &customer {
        None => faults.push(Fault::CustomerNotFound),
        Some(customer) => {
            faults.extend(faults_at(reader, customer, &mut wallet, new)?);
        }
    }
    let owner = customer.map(|customer| Owner { organization, customer });
    faults.extend(new.settings.faults(&wallet, now));
    faults.extend(new.faults(&wallet));
    let rule = match &new.settings.rule {
        Change::To(Some(request)) => {
            let usual = TopUp { paid: new.paid, granted: new.granted };
            let wanted = wanted_rule(reader, owner.as_ref(), &wallet, (request, usual), now)?;
            if wanted.is_none() {
                faults.push(Fault::RuleInvalid);
            }
            wanted
        }
        Change::To(None) | Change::Keep => None,
    };
    Ok(Prepared { owner, wallet, rule, faults })
}

/// What depends on the customer.
fn faults_at(
    reader: &Reader<'_>,
    customer: &Customer,
    wallet: &mut Wallet,
    new: &NewWallet,
) -> Result<Vec<Fault>, StoreError> {
    let mut faults = Vec::new();
    let active = reader.active_wallets(customer.id)?;
    if active.len() >= usize::try_from(ACTIVE_MAX).unwrap_or(usize::MAX) {
        faults.push(Fault::TooManyWallets);
    }
    if new.currency.or(customer.currency).is_none() {
        faults.push(Fault::CurrencyMissing);
    }
    match &new.settings.code {
        Some(code) if reader.is_wallet_code_taken(customer.id, code)? => {
            faults.push(Fault::CodeTaken);
        }
        Some(_) => {}
        None => wallet.code = free_code(reader, customer.id, wallet)?,
    }
    if let Change::To(reference) = new.settings.method {
        match reader.method_choice(customer, reference)? {
            Some(choice) => wallet.method_choice = choice,
            None => faults.push(Fault::MethodInvalid),
        }
    }
    Ok(faults)
}

/// One from the name; where it is taken, with the time after it, and then counted on.
fn free_code(
    reader: &Reader<'_>,
    customer: CustomerId,
    wallet: &Wallet,
) -> Result<String, StoreError> {
    let plain = code_from_name(wallet.name.as_deref());
    let timed = format!("{plain}_{}", wallet.created_at.unix_ms() / 1000);
    let counted = (2..).map(|count| format!("{timed}_{count}"));
    let mut candidates = [plain, timed.clone()].into_iter().chain(counted);
    loop {
        let code = candidates.next().ok_or(StoreError::Panicked)?;
        if !reader.is_wallet_code_taken(customer, &code)? {
            return Ok(code);
        }
    }
}

fn blank(
    organization: OrganizationId,
    customer: Option<&Customer>,
    new: &NewWallet,
    now: Timestamp,
) -> Wallet {
    let currency = new.currency.or_else(|| customer.and_then(|customer| customer.currency));
    let usual_rate = || Rate::new(rust_decimal::Decimal::ONE).expect("one is more than nothing");
    let wallet = Wallet {
        id: WalletId::at(now),
        organization_id: organization,
        // Of an unknown customer nothing is stored.
        customer_id: customer.map_or_else(|| CustomerId::at(now), |customer| customer.id),
        status: WalletStatus::Active,
        currency: currency.unwrap_or(Currency::EUR),
        name: None,
        code: new.settings.code.clone().unwrap_or_default(),
        priority: PRIORITY_DEFAULT,
        rate: new.rate.unwrap_or_else(usual_rate),
        credits: Credits::ZERO,
        balance: 0,
        consumed: Credits::ZERO,
        last_consumed_at: None,
        balance_changed_at: None,
        last_interval_top_up_on: None,
        expiration_at: None,
        invoice_requires_successful_payment: false,
        limits: TopUpLimits::default(),
        purchase_order_number: None,
        method_choice: MethodChoice::Default,
        fee_types: vec![],
        metadata: None,
        created_at: now,
        updated_at: now,
    };
    new.settings.apply(wallet)
}

fn write_down(
    tx: &Tx<'_>,
    owner: &Owner,
    (wallet, rule): (Wallet, Option<RecurringRule>),
    new: &NewWallet,
    now: Timestamp,
) -> Result<WalletView, WalletError> {
    let (organization, id) = (wallet.organization_id, wallet.id);
    tx.insert_wallet(&wallet)?;
    if owner.customer.currency.is_none() {
        tx.set_customer_currency(owner.customer.id, wallet.currency)?;
    }
    tell_wallet(tx, EventKind::WalletCreated, &wallet, now)?;
    set_rule(tx, owner, &wallet, rule, now)?;
    let order = Order {
        owner,
        rule: None,
        movement: Movement {
            kind: TransactionKind::Granted,
            source: TransactionSource::Manual,
            rule_id: None,
            priority: new.transaction_priority,
            details: TopUpDetails {
                name: new.transaction_name.clone(),
                metadata: new.transaction_metadata.clone(),
                purchase_order_number: wallet.purchase_order_number.clone(),
                method_choice: MethodChoice::Default,
                invoice_requires_successful_payment: wallet.invoice_requires_successful_payment,
            },
        },
        top_up: TopUp { paid: new.paid, granted: new.granted },
    };
    top_up(tx, wallet, &order, now)?;
    tx.wallet_view(organization, id)?.ok_or(WalletError::NotFound)
}
