//! The hold after a restore, as operators see it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::hold::{HeldDebt, Hold};
use crate::wire::lago::format::date_time;

/// Whether charges are made.
#[derive(Serialize, ToSchema)]
#[schema(as = Hold)]
pub struct HoldShape {
    /// Nothing is charged, and no page to pay on is made.
    pub held: bool,
    #[schema(format = DateTime)]
    pub since: Option<String>,
    #[schema(example = "sends_lost")]
    pub reason: Option<&'static str>,
    /// For people.
    pub message: Option<&'static str>,
    /// How many charges or pages the database does not know, where that can be told.
    pub unknown_sends: Option<u64>,
    /// Only a person can end it.
    pub needs_person: bool,
    /// Debts that stay held one by one, also when the hold has ended.
    pub held_debts: Vec<HeldDebtShape>,
}

/// A debt whose provider could not be asked.
#[derive(Serialize, ToSchema)]
#[schema(as = HeldDebt)]
pub struct HeldDebtShape {
    /// `invoice` or `payment_request`.
    #[schema(example = "invoice")]
    pub kind: &'static str,
    #[schema(format = Uuid)]
    pub id: String,
    pub reason: String,
    #[schema(format = DateTime)]
    pub held_at: String,
}

#[derive(Serialize, ToSchema)]
pub struct HoldAnswer {
    pub hold: HoldShape,
}

/// What came of asking the providers.
#[derive(Serialize, ToSchema)]
#[schema(as = Reconciliation)]
pub struct ReconciliationShape {
    /// How many open debts were asked about.
    pub debts: u64,
    /// Charges that the database did not know. They are attempts now.
    pub found: u64,
    /// Debts that stay held: a person has to look.
    pub held: u64,
    /// Debts that a provider may still be working on: ask again in a few minutes.
    pub too_early: u64,
    /// Charges are made again.
    pub ended: bool,
}

#[derive(Serialize, ToSchema)]
pub struct ReconcileAnswer {
    pub reconciliation: ReconciliationShape,
}

/// Why it may be charged again. Kept with the event.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseRequest {
    #[schema(example = "compared with the ledger of the provider, nothing was charged")]
    pub reason: String,
}

#[derive(Serialize, ToSchema)]
pub struct ReleaseDebtsAnswer {
    /// How many are charged again.
    pub released: u64,
}

pub fn hold(hold: Option<&Hold>, debts: &[HeldDebt]) -> HoldShape {
    HoldShape {
        held: hold.is_some(),
        since: hold.map(|hold| date_time(hold.since)),
        reason: hold.map(|hold| hold.reason.as_str()),
        message: hold.map(|hold| hold.reason.sentence()),
        unknown_sends: hold.and_then(|hold| hold.unknown_sends),
        needs_person: hold.is_some_and(|hold| hold.reason.needs_person()),
        held_debts: debts.iter().map(held_debt).collect(),
    }
}

fn held_debt(debt: &HeldDebt) -> HeldDebtShape {
    HeldDebtShape {
        kind: debt.payable.kind(),
        id: debt.payable.uuid().to_string(),
        reason: debt.because.clone(),
        held_at: date_time(debt.held_at),
    }
}
