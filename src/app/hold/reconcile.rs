//! Reconciling: the providers of every debt that is open, or was when the hold began, are asked for
//! charges that the database does not know.
//! Key and reference of an attempt are derived from its debt and number, so they are the same as
//! before the restore. What is found becomes an attempt like any other; what cannot be asked stays
//! held. Asking changes nothing at a provider, so it may be done again at any time.

use std::sync::Arc;

use super::accounts::{Account, Debt};
use super::{HoldError, hold_debt, release_debt};
use crate::app::App;
use crate::app::collect::{CollectError, Source, Within, query, settle_loaded};
use crate::app::ports::ChargeFinding;
use crate::domain::attempt::{Attempt, AttemptState, ChargeAnswer, Origin, Outcome};
use crate::domain::event::{Event, EventKind, Subject};
use crate::domain::hold::{HeldDebt, Hold};
use crate::domain::id::RecoveryId;
use crate::domain::idempotency::{attempt_id, attempt_key};
use crate::domain::recovery::Recovery;

/// So many debts are looked at in one go, by so many threads.
const PAGE: u32 = 256;
const ASKERS: usize = 16;

/// So often is one question asked that is not answered.
const TIMES_ASKED_MAX: u32 = 3;

/// What one run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reconciled {
    pub debts: u64,
    /// Charges that the database did not know.
    pub found: u64,
    /// Debts that stay held: a person has to look.
    pub held: u64,
    /// Debts that a provider may still be working on: to be asked again in a few minutes.
    pub too_early: u64,
    /// Charging goes on.
    pub ended: bool,
}

enum Told {
    /// So many charges were found.
    All(u64),
    CannotTell(String),
}

type Asked = Result<(RecoveryId, Told), CollectError>;

const NOT_ASKABLE: &str = "its customer is at no provider that could be asked";
const MADE_AGAIN: &str =
    "it was made again after the restore: before, it may have been made and charged already";

impl App {
    /// Asks, and ends the hold when every such debt was asked about.
    pub fn reconcile(&self, who: &str) -> Result<Reconciled, HoldError> {
        let hold = self.store.read(|read| read.hold())?.ok_or(HoldError::NotHeld)?;
        // What is due by itself is made first, so that it is known as made again.
        self.make_what_is_due()?;
        let mut run = Reconciled::default();
        let mut last = None;
        loop {
            let page = self
                .store
                .read(|read| read.debts_to_ask_about_of_every_organization(last, &hold, PAGE))?;
            let Some(end) = page.last() else { break };
            last = Some(end.id);
            self.ask_about_all(&page, &hold, &mut run)?;
        }
        if run.too_early > 0 {
            return Ok(run);
        }
        if hold.reason.needs_person() {
            return Err(HoldError::NeedsPerson(hold.reason.sentence()));
        }
        self.end_hold(format!(
            "{who} reconciled {} debts: {} unknown charges were found, {} stay held",
            run.debts, run.found, run.held
        ))?;
        Ok(Reconciled { ended: true, ..run })
    }

    fn make_what_is_due(&self) -> Result<(), CollectError> {
        self.bill_subscriptions()?;
        self.finalize_invoices()?;
        self.top_up_wallets()?;
        self.run_dunning()?;
        Ok(())
    }

    fn ask_about_all(
        &self,
        page: &[Recovery],
        hold: &Hold,
        run: &mut Reconciled,
    ) -> Result<(), CollectError> {
        let ask = |it: &Recovery| -> Asked { Ok((it.id, self.ask_about(it.id, hold)?)) };
        let told: Vec<Asked> = if self.rules.single_threaded {
            page.iter().map(ask).collect()
        } else {
            let share = page.len().div_ceil(ASKERS).max(1);
            std::thread::scope(|scope| {
                let ask_all = |some: &[Recovery]| some.iter().map(ask).collect::<Vec<_>>();
                let askers = page.chunks(share).map(|some| scope.spawn(move || ask_all(some)));
                let askers: Vec<_> = askers.collect();
                let ended = askers.into_iter().map(|asker| asker.join());
                ended.flat_map(|told| told.expect("an asker panics only by a bug")).collect()
            })
        };
        for one in told {
            let (id, told) = one?;
            run.debts += 1;
            match told {
                Told::All(found) => {
                    run.found += found;
                    self.let_go(id)?;
                }
                Told::CannotTell(_) if hold.is_settling(self.clock.now()) => run.too_early += 1,
                Told::CannotTell(why) => {
                    run.held += 1;
                    self.keep_held(id, why)?;
                }
            }
        }
        Ok(())
    }

    /// Whatever is found is saved at once.
    fn ask_about(&self, id: RecoveryId, hold: &Hold) -> Result<Told, CollectError> {
        let Some(debt) = self.store.read(|read| Debt::find(read, id))? else {
            return Ok(Told::All(0));
        };
        if debt.is_made_again(hold) {
            return Ok(Told::CannotTell(MADE_AGAIN.to_owned()));
        }
        if debt.accounts.is_empty() {
            return Ok(Told::CannotTell(NOT_ASKABLE.to_owned()));
        }
        match self.ask_about_known(&debt)? {
            Known::Open => return Ok(Told::All(0)),
            Known::CannotTell(why) => return Ok(Told::CannotTell(why)),
            Known::Over => {}
        }
        self.ask_about_unknown(&debt, hold)
    }

    /// Attempts that the backup knows and that may have gone on since.
    fn ask_about_known(&self, debt: &Debt) -> Result<Known, CollectError> {
        for attempt in &debt.attempts {
            let may_go_on =
                attempt.state.is_open() || matches!(attempt.state, AttemptState::NotSent { .. });
            let account = debt.account_of(attempt).filter(|_| may_go_on);
            let Some(account) = account else { continue };
            match self.find_patiently(account, attempt) {
                ChargeFinding::Found(answer) => {
                    let stays_open = is_open(&answer.outcome);
                    if let Outcome::Unknown(why) = answer.outcome {
                        return Ok(Known::CannotTell(why));
                    }
                    self.adopt(attempt.clone(), answer)?;
                    // While one is open no other has begun.
                    if stays_open {
                        return Ok(Known::Open);
                    }
                }
                ChargeFinding::Absent if attempt.state.is_open() => {
                    let absent = "the provider knows no charge of this attempt";
                    self.settle(attempt.id, ChargeAnswer::not_sent(absent), Source::Event)?;
                }
                ChargeFinding::Absent => {}
                ChargeFinding::CannotTell(why) => return Ok(Known::CannotTell(why)),
            }
        }
        Ok(Known::Over)
    }

    /// One answer that is lost on its way is no reason to keep a debt held.
    fn find_patiently(&self, account: &Account, attempt: &Attempt) -> ChargeFinding {
        let ask = || self.psps.find_charge(&account.connection, &query(attempt));
        let is_told = |finding: &ChargeFinding| !matches!(finding, ChargeFinding::CannotTell(_));
        let mut finding = ask();
        for _ in 1..TIMES_ASKED_MAX {
            if is_told(&finding) {
                break;
            }
            finding = ask();
        }
        finding
    }

    /// Attempts with the numbers after the last known one.
    fn ask_about_unknown(&self, debt: &Debt, hold: &Hold) -> Result<Told, CollectError> {
        let mut found = 0;
        let mut number = debt.recovery.attempts_made;
        let mut last = number.saturating_add(hold.numbers_to_ask());
        while number < last {
            number += 1;
            for account in &debt.accounts {
                let attempt = possible(debt, account, (number, hold));
                match self.find_patiently(account, &attempt) {
                    ChargeFinding::Absent => {}
                    ChargeFinding::CannotTell(why) => return Ok(Told::CannotTell(why)),
                    ChargeFinding::Found(ChargeAnswer {
                        outcome: Outcome::Unknown(why), ..
                    }) => return Ok(Told::CannotTell(why)),
                    ChargeFinding::Found(answer) => {
                        let is_last = answer.outcome == Outcome::Paid || is_open(&answer.outcome);
                        self.adopt(attempt, answer)?;
                        found += 1;
                        if is_last {
                            return Ok(Told::All(found));
                        }
                        last = number.saturating_add(hold.numbers_to_ask());
                        break;
                    }
                }
            }
        }
        Ok(Told::All(found))
    }

    /// The attempt as the provider knows it: the open one of its debt, and then what is told of it.
    fn adopt(&self, attempt: Attempt, answer: ChargeAnswer) -> Result<(), CollectError> {
        let (rules, now) = (Arc::clone(&self.rules), self.clock.now());
        self.store.write(move |tx| -> Result<(), CollectError> {
            let within = Within { tx, rules: &rules, now };
            let stored = tx.attempt_of_every_organization(attempt.id)?;
            let is_open = stored.as_ref().is_some_and(|stored| stored.state.is_open());
            let attempt = stored.unwrap_or_else(|| attempt.clone());
            if is_open {
                settle_loaded(&within, attempt, &answer, Source::Event)?;
                return Ok(());
            }
            let recovery = tx
                .recovery_of_every_organization(attempt.recovery_id)?
                .ok_or(CollectError::Missing { what: "the recovery of an attempt" })?;
            let attempt = Attempt {
                amount: answer.amount.unwrap_or(attempt.amount),
                sends: attempt.sends.saturating_add(1),
                state: AttemptState::Charging { lease_until: now.plus(rules.charge_lease) },
                updated_at: now,
                ..attempt
            };
            let begun = Recovery {
                attempts_made: recovery.attempts_made.max(attempt.number),
                connection_id: Some(attempt.connection_id),
                ..recovery.begin_on_page(attempt.id, now)
            };
            tx.save_recovery(&begun)?;
            let subject = Subject {
                attempt_id: Some(attempt.id),
                connection_id: Some(attempt.connection_id),
                ..attempt.payable.subject(attempt.customer_id)
            };
            let event = Event::new(EventKind::AttemptFound, attempt.organization_id, subject, now);
            tx.append_event(&event)?;
            settle_loaded(&within, attempt, &answer, Source::Event)?;
            Ok(())
        })?;
        self.wake.ring_news();
        Ok(())
    }

    fn keep_held(&self, id: RecoveryId, why: String) -> Result<(), CollectError> {
        let (rules, now) = (Arc::clone(&self.rules), self.clock.now());
        self.store.write(move |tx| -> Result<(), CollectError> {
            let within = Within { tx, rules: &rules, now };
            let Some(recovery) = tx.recovery_of_every_organization(id)? else { return Ok(()) };
            hold_debt(&within, &recovery, &why)
        })
    }

    /// It was held by an earlier run, and could be asked about now.
    fn let_go(&self, id: RecoveryId) -> Result<(), CollectError> {
        let (rules, now) = (Arc::clone(&self.rules), self.clock.now());
        let held: Option<HeldDebt> = self.store.read(|read| read.held_debt(id))?;
        let Some(held) = held else { return Ok(()) };
        self.store.write(move |tx| {
            release_debt(&Within { tx, rules: &rules, now }, &held, "its provider was asked")
        })
    }
}

enum Known {
    /// One is open at its provider.
    Open,
    Over,
    CannotTell(String),
}

fn is_open(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Pending | Outcome::NeedsAction(_) => true,
        Outcome::Paid | Outcome::Declined(_) | Outcome::NotSent(_) | Outcome::Unknown(_) => false,
    }
}

/// The attempt of this number, as it would have been made.
fn possible(debt: &Debt, account: &Account, (number, hold): (u32, &Hold)) -> Attempt {
    let recovery = &debt.recovery;
    Attempt {
        id: attempt_id(&debt.installation, recovery.payable, number),
        organization_id: recovery.organization_id,
        recovery_id: recovery.id,
        payable: recovery.payable,
        customer_id: recovery.customer_id,
        connection_id: account.connection.id,
        number,
        // Who wanted it is not known any more; the schedule of the backup did not.
        origin: Origin::Person,
        amount: debt.payable.total(),
        instrument: None,
        provider_customer_id: account.provider_customer_id.clone(),
        session_id: None,
        idempotency_key: attempt_key(&debt.installation, recovery.payable, number),
        sends: 0,
        state: AttemptState::NotSent { reason: String::new() },
        charge_id: None,
        status: "pending".to_owned(),
        // Nothing was sent after that: the provider can tell how old the youngest request is.
        begun_at: hold.since,
        updated_at: hold.since,
    }
}
