//! Movements of credits: what comes into a wallet and what leaves it. A purchase waits until it
//! is paid for; everything else has happened when it is written down.

use super::credits::{Credits, TooLarge};
use super::spending::{Lot, Nature};
use super::{PairOfMetadata, Wallet};
use crate::domain::decline::text_enum;
use crate::domain::id::{
    CustomerId, InvoiceId, OrganizationId, RecurringRuleId, WalletId, WalletTransactionId,
};
use crate::domain::money::Money;
use crate::domain::payment_method::MethodChoice;
use crate::domain::time::Timestamp;

text_enum!(
    /// What moved the credits.
    TransactionKind {
        /// In, once they are paid for.
        Purchased = "purchased",
        /// In, for nothing.
        Granted = "granted",
        /// Out, for nothing.
        Voided = "voided",
        /// Out, to pay an invoice.
        Invoiced = "invoiced",
    }
);

impl TransactionKind {
    /// None: credits leave the wallet by it.
    pub const fn nature(self) -> Option<Nature> {
        match self {
            TransactionKind::Purchased => Some(Nature::Purchased),
            TransactionKind::Granted => Some(Nature::Granted),
            TransactionKind::Voided | TransactionKind::Invoiced => None,
        }
    }
}

text_enum!(
    /// Who asked for it.
    TransactionSource {
        Manual = "manual",
        /// A recurring rule, because its day had come.
        Interval = "interval",
        /// A recurring rule, because there was little left.
        Threshold = "threshold",
    }
);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionState {
    /// To be paid for.
    Pending,
    Settled {
        at: Timestamp,
    },
    /// It was not paid. A later success settles it all the same.
    Failed {
        at: Timestamp,
    },
}

text_enum!(
    /// The state without its time, for lists.
    TransactionStatus { Pending = "pending", Settled = "settled", Failed = "failed" }
);

impl TransactionState {
    pub const fn status(self) -> TransactionStatus {
        match self {
            TransactionState::Pending => TransactionStatus::Pending,
            TransactionState::Settled { .. } => TransactionStatus::Settled,
            TransactionState::Failed { .. } => TransactionStatus::Failed,
        }
    }
}

/// What people and programs note on a top-up, and how it is to be paid.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TopUpDetails {
    pub name: Option<String>,
    pub metadata: Vec<PairOfMetadata>,
    pub purchase_order_number: Option<String>,
    pub method_choice: MethodChoice,
    /// The invoice is shown, and has a number, only once it is paid.
    pub invoice_requires_successful_payment: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalletTransaction {
    pub id: WalletTransactionId,
    pub organization_id: OrganizationId,
    pub customer_id: CustomerId,
    pub wallet_id: WalletId,
    pub kind: TransactionKind,
    pub state: TransactionState,
    pub source: TransactionSource,
    pub rule_id: Option<RecurringRuleId>,
    /// What it is paid by, or what it pays.
    pub invoice_id: Option<InvoiceId>,
    /// The voided invoice that gave the credits back.
    pub voided_invoice_id: Option<InvoiceId>,
    pub amount: Money,
    pub credits: Credits,
    /// What is left of it: of credits that have come in, nothing of any other.
    pub remaining: Remaining,
    /// 1 to 50; the lowest is used first.
    pub priority: u8,
    pub details: TopUpDetails,
    pub created_at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remaining {
    /// Minor units.
    pub amount: i64,
    pub credits: Credits,
}

impl Remaining {
    pub const NOTHING: Remaining = Remaining { amount: 0, credits: Credits::ZERO };
}

impl WalletTransaction {
    /// Its money is there: all of its credits can be used. Once only: what is settled stays so.
    pub fn settle(self, now: Timestamp) -> Option<WalletTransaction> {
        match self.state {
            TransactionState::Pending | TransactionState::Failed { .. } => {
                Some(WalletTransaction {
                    state: TransactionState::Settled { at: now },
                    remaining: Remaining { amount: self.amount.minor_units, credits: self.credits },
                    ..self
                })
            }
            TransactionState::Settled { .. } => None,
        }
    }

    /// It was not paid. None where that is known, or not so.
    pub fn fail(self, now: Timestamp) -> Option<WalletTransaction> {
        match self.state {
            TransactionState::Pending => {
                Some(WalletTransaction { state: TransactionState::Failed { at: now }, ..self })
            }
            TransactionState::Settled { .. } | TransactionState::Failed { .. } => None,
        }
    }

    /// What can be used of it. None: credits left the wallet by it, or nothing is left.
    pub fn lot(&self) -> Option<Lot> {
        let nature = self.kind.nature()?;
        let is_empty = self.remaining.amount == 0 && self.remaining.credits.is_zero();
        (!is_empty).then_some(Lot {
            id: self.id,
            nature,
            priority: self.priority,
            at: self.created_at,
            amount: Money { minor_units: self.remaining.amount, ..self.amount },
            credits: self.remaining.credits,
        })
    }

    /// What is still to be said of it: shown for what has come in.
    pub const fn shows_remaining(&self) -> bool {
        self.kind.nature().is_some() && matches!(self.state, TransactionState::Settled { .. })
    }
}

/// A movement as its maker wants it; what it is worth follows from the wallet's rate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    pub kind: TransactionKind,
    pub source: TransactionSource,
    pub rule_id: Option<RecurringRuleId>,
    pub priority: u8,
    pub details: TopUpDetails,
}

impl Movement {
    /// Credits that come in. Bought ones are as many as their rounded money buys.
    pub fn inbound(
        self,
        wallet: &Wallet,
        credits: Credits,
        now: Timestamp,
    ) -> Result<WalletTransaction, TooLarge> {
        let amount = wallet.rate.money(credits, wallet.currency)?;
        let credits = match self.kind {
            TransactionKind::Purchased => wallet.rate.credits(amount)?,
            TransactionKind::Granted | TransactionKind::Voided | TransactionKind::Invoiced => {
                credits
            }
        };
        let pending = self.worth(wallet, (amount, credits), now);
        Ok(match self.kind {
            TransactionKind::Granted => pending.clone().settle(now).unwrap_or(pending),
            TransactionKind::Purchased | TransactionKind::Voided | TransactionKind::Invoiced => {
                pending
            }
        })
    }

    /// Credits that leave: that has happened.
    pub fn outbound(
        self,
        wallet: &Wallet,
        taken: (Money, Credits),
        now: Timestamp,
    ) -> WalletTransaction {
        let state = TransactionState::Settled { at: now };
        WalletTransaction { state, ..self.worth(wallet, taken, now) }
    }

    /// Pending, of this worth.
    pub fn worth(
        &self,
        wallet: &Wallet,
        (amount, credits): (Money, Credits),
        now: Timestamp,
    ) -> WalletTransaction {
        WalletTransaction {
            id: WalletTransactionId::at(now),
            organization_id: wallet.organization_id,
            customer_id: wallet.customer_id,
            wallet_id: wallet.id,
            kind: self.kind,
            state: TransactionState::Pending,
            source: self.source,
            rule_id: self.rule_id,
            invoice_id: None,
            voided_invoice_id: None,
            amount,
            credits,
            remaining: Remaining::NOTHING,
            priority: self.priority,
            details: self.details.clone(),
            created_at: now,
        }
    }
}
