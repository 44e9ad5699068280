//! A wallet is changed: anything but its currency, its rate and what is in it.

use super::book::tell_wallet;
use super::rules::{NOTHING_USUAL, set_rule, wanted_rule};
use super::{Owner, WalletError, check_billing_entity};
use crate::app::App;
use crate::domain::change::Change;
use crate::domain::event::EventKind;
use crate::domain::id::{OrganizationId, WalletId};
use crate::domain::time::Timestamp;
use crate::domain::view::WalletView;
use crate::domain::wallet::request::{Fault, WalletSettings};
use crate::domain::wallet::rule::RecurringRule;
use crate::domain::wallet::{Wallet, WalletStatus};
use crate::store::{Reader, Tx};

struct Prepared {
    owner: Owner,
    wallet: Wallet,
    rule: Change<Option<RecurringRule>>,
    faults: Vec<Fault>,
}

impl App {
    /// Everything that is wrong with the change: for callers whose request is wrong in other ways
    /// too.
    pub fn faults_of_changed_wallet(
        &self,
        organization: OrganizationId,
        id: WalletId,
        settings: &WalletSettings,
    ) -> Result<Vec<Fault>, WalletError> {
        let now = self.clock.now();
        self.store.read(|reader| Ok(prepare(reader, (organization, id), settings, now)?.faults))
    }

    pub fn change_wallet(
        &self,
        organization: OrganizationId,
        id: WalletId,
        settings: WalletSettings,
    ) -> Result<WalletView, WalletError> {
        let now = self.clock.now();
        let changed = self.store.write(move |tx| {
            let prepared = prepare(tx, (organization, id), &settings, now)?;
            if !prepared.faults.is_empty() {
                return Err(WalletError::Invalid(prepared.faults));
            }
            write_down(tx, prepared, now)?;
            tx.wallet_view(organization, id)?.ok_or(WalletError::NotFound)
        })?;
        self.wake.ring();
        Ok(changed)
    }
}

fn prepare(
    reader: &Reader<'_>,
    (organization, id): (OrganizationId, WalletId),
    settings: &WalletSettings,
    now: Timestamp,
) -> Result<Prepared, WalletError> {
    let before = reader.wallet(organization, id)?.ok_or(WalletError::NotFound)?;
    let owner = Owner::of(reader, &before)?;
    check_billing_entity(reader, organization, settings.billing_entity_code.as_ref())?;
    let mut wallet = Wallet { updated_at: now, ..settings.apply(before.clone()) };
    if before.status != WalletStatus::Active {
        let faults = vec![Fault::WalletTerminated];
        return Ok(Prepared { owner, wallet, rule: Change::Keep, faults });
    }
    let mut faults = settings.faults(&wallet, now);
    if let Some(code) = &settings.code
        && *code != before.code
    {
        if reader.is_wallet_code_taken(wallet.customer_id, code)? {
            faults.push(Fault::CodeTaken);
        }
        wallet.code.clone_from(code);
    }
    if let Change::To(reference) = settings.method {
        match reader.method_choice(&owner.customer, reference)? {
            Some(choice) => wallet.method_choice = choice,
            None => faults.push(Fault::MethodInvalid),
        }
    }
    let rule = match &settings.rule {
        Change::Keep => Change::Keep,
        Change::To(None) => Change::To(None),
        Change::To(Some(request)) => {
            let asked = (request, NOTHING_USUAL);
            let wanted = wanted_rule(reader, Some(&owner), &wallet, asked, now)?;
            if wanted.is_none() {
                faults.push(Fault::RuleInvalid);
            }
            Change::To(wanted)
        }
    };
    Ok(Prepared { owner, wallet, rule, faults })
}

fn write_down(tx: &Tx<'_>, prepared: Prepared, now: Timestamp) -> Result<(), WalletError> {
    let Prepared { owner, wallet, rule, .. } = prepared;
    tx.save_wallet(&wallet)?;
    if let Change::To(rule) = rule {
        set_rule(tx, &owner, &wallet, rule, now)?;
    }
    Ok(tell_wallet(tx, EventKind::WalletUpdated, &wallet, now)?)
}
