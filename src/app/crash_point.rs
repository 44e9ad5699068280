//! Places where the process can be made to die, and guards that can be taken away: so that the
//! proofs meet real crashes, and can be seen to fail. Only in debug builds, and only where the
//! environment asks for it. A release build has none of it, and nothing here decides anything.

use crate::domain::attempt::Attempt;
use crate::domain::decline::text_enum;
use crate::domain::recovery::{IdleReason, Recovery, State};

text_enum!(
    /// Where it can die. "In" is inside a transaction that is never committed then.
    CrashPoint {
        InvoiceMade = "invoice-made",
        RetryAsked = "retry-asked",
        InManualPayment = "in-manual-payment",
        AfterManualPayment = "after-manual-payment",
        InTopUp = "in-top-up",
        InBilling = "in-billing",
        AfterBilling = "after-billing",
        InRequest = "in-request",
        AfterRequest = "after-request",
        InRequestPaid = "in-request-paid",
        /// A payer's page is open, and the provider is about to be asked to close it.
        BeforePageCloses = "before-page-closes",
        /// The provider has closed it, and nothing says so here.
        AfterPageCloses = "after-page-closes",
        BeforeIntent = "before-intent",
        InIntent = "in-intent",
        AfterIntent = "after-intent",
        AfterCall = "after-call",
        /// The same for a charge that somebody waits for.
        AfterAskedIntent = "after-asked-intent",
        AfterAskedCall = "after-asked-call",
        AfterRefundIntent = "after-refund-intent",
        /// The provider has given money back, and nothing says so here.
        AfterRefundCall = "after-refund-call",
        /// The provider has cancelled a charge, and nothing says so here.
        AfterCancel = "after-cancel",
        BeforeSettle = "before-settle",
        InSettle = "in-settle",
        AfterSettle = "after-settle",
        /// Charges that an earlier crash left are being found, at the start.
        InRelease = "in-release",
        BeforeLookup = "before-lookup",
        AfterLookup = "after-lookup",
        BeforeSentAgain = "before-sent-again",
        AfterSentAgain = "after-sent-again",
        WebhookBeforeStore = "webhook-before-store",
        /// Stored, and the provider has not heard that we have it.
        WebhookStored = "webhook-stored",
        BeforeDigest = "before-digest",
        /// What it means is saved, and that it was worked out is not.
        AfterDigest = "after-digest",
        /// A page is written down, and the provider knows nothing of it.
        PageStarting = "page-starting",
        /// The provider has made it, and nothing says so here.
        PageMade = "page-made",
        PageOpen = "page-open",
        InPaidOnPage = "in-paid-on-page",
        /// The payment is saved, and that its page is over is not.
        PaidOnPage = "paid-on-page",
        SetupStarting = "setup-starting",
        SetupMade = "setup-made",
        InBulkBatch = "in-bulk-batch",
        InBulkQueue = "in-bulk-queue",
        AfterBulkBatch = "after-bulk-batch",
        /// The account exists at the provider, and nothing says so here.
        CustomerMade = "customer-made",
        /// What is to be sent to the business is written down.
        DeliveryFrozen = "delivery-frozen",
        /// The business has it, and nothing says so here.
        DeliverySent = "delivery-sent",
        BeforeJobRecord = "before-job-record",
        AfterJobRecord = "after-job-record",
    }
);

text_enum!(
    /// A guard that is taken away, to see that a proof notices.
    Sabotage {
        /// A debt that is being charged can be asked for again. The index `attempts_one_open`
        /// holds all the same: whoever wants to see two charges drops it as well.
        NoOpenAttemptIndex = "no-open-attempt-index",
        /// Each send has a key of its own, which nobody knows afterwards.
        RandomKey = "random-key",
        /// The provider is not asked what came of a charge.
        NoLookup = "no-lookup",
    }
);

/// Dies here, without unwinding, when `RECOUPTEST_CRASH_AT` is this point's name: `name:3` when
/// it is come to for the third time.
#[cfg(debug_assertions)]
pub fn crash_point(here: CrashPoint) {
    if asked::armed().is_some_and(|armed| armed.comes_to(here)) {
        std::process::abort();
    }
}

#[cfg(not(debug_assertions))]
pub const fn crash_point(_: CrashPoint) {}

/// Whether `RECOUPTEST_SABOTAGE`, a list with commas, names it.
#[cfg(debug_assertions)]
pub fn is_sabotaged(guard: Sabotage) -> bool {
    asked::sabotaged().contains(&guard)
}

#[cfg(not(debug_assertions))]
pub const fn is_sabotaged(_: Sabotage) -> bool {
    false
}

/// The recovery as it is; under sabotage, as if nobody were charging it.
pub fn guarded(recovery: Recovery) -> Recovery {
    if !is_sabotaged(Sabotage::NoOpenAttemptIndex) || recovery.open_attempt().is_none() {
        return recovery;
    }
    Recovery { state: State::Idle { reason: IdleReason::Held }, ..recovery }
}

/// The key under which the attempt is sent.
pub fn key_of(attempt: &Attempt) -> String {
    if is_sabotaged(Sabotage::RandomKey) {
        return uuid::Uuid::new_v4().simple().to_string();
    }
    attempt.idempotency_key.clone()
}

/// What the environment asks for, read once.
#[cfg(debug_assertions)]
mod asked {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::{CrashPoint, Sabotage};

    pub struct Armed {
        point: CrashPoint,
        on_hit: u32,
        hits: AtomicU32,
    }

    impl Armed {
        fn parse(text: &str) -> Option<Armed> {
            let (name, on_hit) = match text.split_once(':') {
                Some((name, count)) => (name, count.parse().ok()?),
                None => (text, 1),
            };
            Some(Armed { point: CrashPoint::parse(name)?, on_hit, hits: AtomicU32::new(0) })
        }

        pub fn comes_to(&self, here: CrashPoint) -> bool {
            self.point == here && self.hits.fetch_add(1, Ordering::SeqCst) + 1 == self.on_hit
        }
    }

    pub fn armed() -> Option<&'static Armed> {
        static ARMED: OnceLock<Option<Armed>> = OnceLock::new();
        let read = || {
            let text = std::env::var("RECOUPTEST_CRASH_AT").ok()?;
            Some(Armed::parse(&text).expect("RECOUPTEST_CRASH_AT is a point's name"))
        };
        ARMED.get_or_init(read).as_ref()
    }

    pub fn sabotaged() -> &'static [Sabotage] {
        static SABOTAGED: OnceLock<Vec<Sabotage>> = OnceLock::new();
        SABOTAGED.get_or_init(|| {
            let text = std::env::var("RECOUPTEST_SABOTAGE").unwrap_or_default();
            let names = text.split(',').filter(|name| !name.is_empty());
            let guard = |name| Sabotage::parse(name).expect("RECOUPTEST_SABOTAGE names guards");
            names.map(guard).collect()
        })
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_point_is_named_with_the_time_it_is_come_to() {
            let armed = Armed::parse("in-settle:2").expect("a point");
            assert!(!armed.comes_to(CrashPoint::AfterCall));
            assert!(!armed.comes_to(CrashPoint::InSettle));
            assert!(armed.comes_to(CrashPoint::InSettle));
            assert!(!armed.comes_to(CrashPoint::InSettle));
            assert!(Armed::parse("in-settle").expect("a point").comes_to(CrashPoint::InSettle));
            assert!(Armed::parse("nowhere").is_none() && Armed::parse("in-settle:x").is_none());
        }
    }
}
