//! Credits are moved because a person says so: bought, granted, voided, in this order.

use super::book::{purse, take_out, tell_transaction, worth};
use super::top_up::{Order, top_up};
use super::{Owner, WalletError};
use crate::app::App;
use crate::domain::event::EventKind;
use crate::domain::id::OrganizationId;
use crate::domain::payment_method::MethodChoice;
use crate::domain::time::Timestamp;
use crate::domain::wallet::Wallet;
use crate::domain::wallet::credits::Credits;
use crate::domain::wallet::request::{Fault, NewTransactions};
use crate::domain::wallet::rule::TopUp;
use crate::domain::wallet::spending::void;
use crate::domain::wallet::transaction::{
    Movement, TopUpDetails, TransactionKind, TransactionSource, WalletTransaction,
};
use crate::store::{Reader, StoreError, Tx};

/// What is worked out of a request before anything is written.
struct Prepared {
    /// None: it is not known, which is a fault.
    place: Option<(Wallet, Owner)>,
    method_choice: MethodChoice,
    faults: Vec<Fault>,
}

impl App {
    /// Everything that is wrong with it: for callers whose request is wrong in other ways too.
    pub fn faults_of_new_transactions(
        &self,
        organization: OrganizationId,
        new: &NewTransactions,
    ) -> Result<Vec<Fault>, StoreError> {
        let now = self.clock.now();
        self.store.read(|reader| Ok(prepare(reader, organization, new, now)?.faults))
    }

    /// Nothing at all is asked for: nothing is made.
    pub fn create_wallet_transactions(
        &self,
        organization: OrganizationId,
        new: NewTransactions,
    ) -> Result<Vec<WalletTransaction>, WalletError> {
        let now = self.clock.now();
        let made = self.store.write(move |tx| {
            let prepared = prepare(tx, organization, &new, now)?;
            match prepared.place {
                Some((wallet, owner)) if prepared.faults.is_empty() => {
                    let details = details(&new, &wallet, prepared.method_choice);
                    Ok(write_down(tx, (wallet, &owner), details, &new, now)?)
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
    new: &NewTransactions,
    now: Timestamp,
) -> Result<Prepared, StoreError> {
    let found = match new.wallet_id {
        Some(id) => reader.wallet(organization, id)?,
        None => None,
    };
    let usual = MethodChoice::Default;
    let Some(wallet) = found else {
        let faults = vec![Fault::WalletNotFound];
        return Ok(Prepared { place: None, method_choice: usual, faults });
    };
    let owner = Owner::of(reader, &wallet)?;
    let mut faults = Vec::new();
    if !wallet.is_usable(now) {
        faults.push(Fault::WalletTerminated);
    }
    faults.extend(new.faults(&wallet));
    let choice = reader.method_choice(&owner.customer, new.method)?;
    if choice.is_none() {
        faults.push(Fault::MethodInvalid);
    }
    let method_choice = choice.unwrap_or(usual);
    Ok(Prepared { place: Some((wallet, owner)), method_choice, faults })
}

fn details(new: &NewTransactions, wallet: &Wallet, method_choice: MethodChoice) -> TopUpDetails {
    TopUpDetails {
        name: new.name.clone(),
        metadata: new.metadata.clone(),
        purchase_order_number: new
            .purchase_order_number
            .clone()
            .or_else(|| wallet.purchase_order_number.clone()),
        method_choice,
        invoice_requires_successful_payment: new
            .invoice_requires_successful_payment
            .unwrap_or(wallet.invoice_requires_successful_payment),
    }
}

fn write_down(
    tx: &Tx<'_>,
    (wallet, owner): (Wallet, &Owner),
    details: TopUpDetails,
    new: &NewTransactions,
    now: Timestamp,
) -> Result<Vec<WalletTransaction>, StoreError> {
    let movement = Movement {
        kind: TransactionKind::Voided,
        source: TransactionSource::Manual,
        rule_id: None,
        priority: new.priority,
        details,
    };
    let order = Order {
        owner,
        rule: None,
        movement: movement.clone(),
        top_up: TopUp { paid: new.paid, granted: new.granted },
    };
    let (wallet, mut made) = top_up(tx, wallet, &order, now)?;
    if !new.voided.is_zero() {
        made.push(void_credits(tx, wallet, &movement, new.voided, now)?);
    }
    Ok(made)
}

fn void_credits(
    tx: &Tx<'_>,
    wallet: Wallet,
    movement: &Movement,
    credits: Credits,
    now: Timestamp,
) -> Result<WalletTransaction, StoreError> {
    let share = void(purse(tx, &wallet)?, credits)?;
    let voided = movement.clone().outbound(&wallet, worth(&wallet, &share)?, now);
    take_out(tx, wallet, &voided, &share, now)?;
    tell_transaction(tx, EventKind::WalletTransactionCreated, &voided, now)?;
    Ok(voided)
}
