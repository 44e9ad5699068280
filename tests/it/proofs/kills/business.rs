//! A business at work, whatever dies under it: it makes customers, debts and links, asks for
//! charges in every way there is, and keeps what it was told has been done.

use std::collections::{HashSet, VecDeque};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use recoup::app::crash_point::CrashPoint;
use serde_json::{Value, json};

use super::caller::Caller;
use super::stage::Stage;

/// Cards that pay in the end, each in a way of its own.
const PAYING: &[&str] = &[
    "ok",
    "fails_1_processing_error",
    "fails_2_insufficient_funds",
    "fails_1_issuer_unavailable",
    "slow_60",
    "slow_150",
    "lost",
    "error500",
    "duplicate",
    "late",
    "pending_1",
    "reordered",
];

/// Cards that need not pay.
const OTHERS: &[&str] = &["declined_insufficient_funds", "action", "unreachable"];

/// Its charge is open for so long that its debt can be asked for again; only for who names it.
pub const OPEN: &str = "pending_4";

/// What a payer chooses on a page; where it is declined, the next.
const CARDS: &[&str] = &["ok", "declined_insufficient_funds", "slow_60", "lost", "pending_1"];

const PAUSE: Duration = Duration::from_millis(4);

/// Overdue invoices for payment requests, two to a request.
const OVERDUE: usize = 60;

/// Of these, how many are kept until a kill wants a payment request.
const OVERDUE_FOR_ERRANDS: usize = 40;

/// The choice to make a payment request.
const SUMS_UP: u32 = 77;

/// A debt that was made so many debts ago has been declined by now.
const DECLINED_BY_NOW: usize = 6;

/// An invoice that the business was told is made.
#[derive(Debug, Clone)]
pub struct Debt {
    pub id: String,
    /// Whose; for people who read a verdict.
    #[expect(dead_code, reason = "it is printed with the rest")]
    customer: String,
    pub amount: i64,
    /// Nobody took its plan away: it has to be paid in the end.
    pub has_to_be_paid: bool,
}

#[derive(Default)]
pub struct Business {
    debts: Mutex<Vec<Debt>>,
    /// Debts that are declined at first, for which no link was asked yet.
    declined: Mutex<VecDeque<Debt>>,
    links: Mutex<Vec<String>>,
    overdue: Mutex<Vec<String>>,
    by_hand: Mutex<Vec<(String, i64)>>,
    wallet: Mutex<String>,
    /// The customers of the other dialect: id there, and here.
    others: Mutex<Vec<(String, String)>>,
    next: AtomicI64,
    /// What it does every other time, as a number of its choice; else nothing in particular.
    errand: AtomicU32,
    stop: AtomicBool,
}

/// Larger than any choice.
const NO_ERRAND: u32 = 100;

impl Business {
    /// Everything that is there before the first kill. Two minutes before a midnight at which
    /// subscriptions begin.
    pub fn opens(stage: &Stage, connection: &str) -> Business {
        let business = Business::default();
        business.next.store(10_000, Ordering::SeqCst);
        business.errand.store(NO_ERRAND, Ordering::SeqCst);
        let api = stage.caller();
        for (path, body) in [
            (
                "/api/v1/add_ons",
                json!({ "add_on": {
                    "name": "Set-up", "code": "setup", "amount_cents": 100,
                    "amount_currency": "EUR",
                }}),
            ),
            (
                "/api/v1/plans",
                json!({ "plan": {
                    "name": "Basic", "code": "basic", "interval": "monthly", "amount_cents": 777,
                    "amount_currency": "EUR", "pay_in_advance": true,
                }}),
            ),
        ] {
            api.must(path, &body);
        }
        for behaviour in PAYING.iter().chain(OTHERS).chain(&[OPEN]) {
            api.must("/api/v1/customers", &customer(behaviour, behaviour));
        }
        api.must("/api/v1/customers", &customer("cash", "no_method"));
        api.must("/api/v1/customers", &customer("summed", "ok"));
        let wallet = json!({ "wallet": {
            "external_customer_id": "ok", "rate_amount": "1.0", "currency": "EUR",
        }});
        let wallet = api.must("/api/v1/wallets", &wallet);
        *business.wallet.lock().unwrap() = text(&wallet["wallet"]["lago_id"]);
        business.open_in_the_other_dialect(&api, connection);
        for _ in 0..OVERDUE {
            let amount = business.amount();
            let id = made(api.post("/api/v1/invoices", &invoice("summed", amount, true)));
            business.overdue.lock().unwrap().push(id.expect("it is made"));
        }
        stage.pass_here(25 * 3_600);
        let midnight = api.get("/recoup/v1/test_clock").expect("a clock");
        let midnight = text(&midnight.body["test_clock"]["now"]);
        let midnight = chrono::DateTime::parse_from_rfc3339(&midnight).expect("a time")
            + chrono::Duration::minutes(2);
        for (n, behaviour) in PAYING.iter().enumerate() {
            let body = json!({ "subscription": {
                "external_customer_id": behaviour, "external_id": format!("first-{n}"),
                "plan_code": "basic", "subscription_at": midnight.to_rfc3339(),
            }});
            api.must("/api/v1/subscriptions", &body);
        }
        // recoup's clock goes on from the last thing that happened: that is this.
        api.must("/api/v1/invoices", &invoice("cash", 100, true));
        business
    }

    fn open_in_the_other_dialect(&self, api: &Caller, connection: &str) {
        for behaviour in ["ok", "pending_3", "fails_1_processing_error", "slow_60"] {
            let alias = format!("other-{behaviour}");
            let body = json!({ "name": alias, "ingest_aliases": [alias] });
            let id = text(&api.must("/v1/customers", &body)["data"]["id"]);
            let body = json!({ "data": [{
                "customer_id": id, "billing_provider": "stripe",
                "delivery_method_id": connection, "configuration": {
                    "stripe_customer_id": format!("cus_{behaviour}__{alias}"),
                    "stripe_collection_method": "charge_automatically",
                },
            }]});
            api.must("/v1/setCustomerBillingProviderConfigurations", &body);
            self.others.lock().unwrap().push((id, alias));
        }
    }

    pub fn debts(&self) -> Vec<Debt> {
        self.debts.lock().unwrap().clone()
    }

    /// Every other thing that it does is one that leads to this point.
    pub fn makes_for(&self, point: CrashPoint) {
        self.errand.store(errand_to(point), Ordering::SeqCst);
    }

    pub fn closes(&self) {
        self.stop.store(true, Ordering::SeqCst);
    }

    fn is_open(&self) -> bool {
        !self.stop.load(Ordering::SeqCst)
    }

    /// No two debts are of the same amount, so that the ledger tells by itself what was paid.
    fn amount(&self) -> i64 {
        self.next.fetch_add(1, Ordering::SeqCst)
    }

    /// Until it closes.
    pub fn works(&self, api: &Caller, seed: u64) {
        let mut chance = StdRng::seed_from_u64(seed);
        while self.is_open() {
            if self.does_one_thing(api, &mut chance).is_none() {
                // Nobody answers: it is dead, or dies just now.
                std::thread::sleep(4 * PAUSE);
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// None: no answer, so nobody knows whether it was done.
    fn does_one_thing(&self, api: &Caller, chance: &mut StdRng) -> Option<()> {
        let errand = self.errand.load(Ordering::SeqCst);
        let choice = if errand < NO_ERRAND && chance.random_bool(0.5) {
            errand
        } else {
            chance.random_range(0..100)
        };
        match choice {
            0..30 => self.invoices(api, chance),
            30..45 => self.retries(api, chance),
            45..58 => self.attempts(api, chance),
            58..73 => self.asks_for_a_link(api, chance),
            73..77 => self.retries_in_bulk(api),
            SUMS_UP..79 => self.sums_up(api),
            79..87 => self.is_paid_by_hand(api),
            87..92 => self.tops_up(api),
            92..95 => self.subscribes(api, chance),
            95..97 => self.has_a_new_customer(api),
            _ => self.gives_back(api, chance),
        }
    }

    fn invoices(&self, api: &Caller, chance: &mut StdRng) -> Option<()> {
        let behaviour = if chance.random_ratio(1, 12) {
            OTHERS.choose(chance)?
        } else {
            PAYING.choose(chance)?
        };
        self.makes_a_debt(api, behaviour, PAYING.contains(behaviour)).map(|_| ())
    }

    fn makes_a_debt(&self, api: &Caller, customer: &str, pays: bool) -> Option<Debt> {
        let amount = self.amount();
        let customer = if is_declined_first(customer) {
            // On a card of its own: networks allow one card only so many declines.
            let own = format!("{customer}-{amount}");
            api.post("/api/v1/customers", &self::customer(&own, customer))?;
            own
        } else {
            customer.to_owned()
        };
        let id = made(api.post("/api/v1/invoices", &invoice(&customer, amount, false)))?;
        let debt = Debt { id, customer, amount, has_to_be_paid: pays };
        self.debts.lock().unwrap().push(debt.clone());
        Some(debt)
    }

    /// A debt whose charge stays open for long.
    pub fn owed(&self, stage: &Stage) -> Debt {
        self.makes_a_debt(&stage.caller(), OPEN, true).expect("it is made")
    }

    fn any_debt(&self, chance: &mut StdRng) -> Option<Debt> {
        let debts = self.debts.lock().unwrap();
        // Late ones are more likely to be open yet.
        let from = debts.len().saturating_sub(30);
        debts[from..].choose(chance).cloned()
    }

    fn retries(&self, api: &Caller, chance: &mut StdRng) -> Option<()> {
        let Some(debt) = self.any_debt(chance) else { return Some(()) };
        api.post(&format!("/api/v1/invoices/{}/retry_payment", debt.id), &json!({})).map(|_| ())
    }

    /// What is under way is cancelled for it, and nothing is tried by itself after that.
    fn attempts(&self, api: &Caller, chance: &mut StdRng) -> Option<()> {
        let (id, alias) = self.others.lock().unwrap().choose(chance)?.clone();
        let debt = self.makes_a_debt(api, &alias, false)?;
        // Some are charged already, some pending, some not begun.
        std::thread::sleep(Duration::from_millis(chance.random_range(0..40)));
        let names = json!({ "customer_id": id, "invoice_id": debt.id });
        api.post("/v1/payments/attempt", &names).map(|_| ())
    }

    fn asks_for_a_link(&self, api: &Caller, chance: &mut StdRng) -> Option<()> {
        if chance.random_ratio(1, 5) {
            let told = api.post("/api/v1/customers/cash/checkout_url", &json!({}))?;
            self.keep_link(&told.body["customer"]["checkout_url"]);
            return Some(());
        }
        // Of a debt that was declined, so that the link is not refused.
        let failing = ["fails_2_insufficient_funds", "declined_insufficient_funds"];
        let made = self.makes_a_debt(api, failing.choose(chance)?, false)?;
        let mut declined = self.declined.lock().unwrap();
        declined.push_back(made);
        if declined.len() <= DECLINED_BY_NOW {
            return Some(());
        }
        let debt = declined.pop_front().expect("there are some");
        drop(declined);
        let told = api.post(&format!("/api/v1/invoices/{}/payment_url", debt.id), &json!({}))?;
        self.keep_link(&told.body["invoice_payment_details"]["payment_url"]);
        if chance.random_bool(0.4) {
            api.post(&format!("/api/v1/invoices/{}/retry_payment", debt.id), &json!({}))?;
        }
        Some(())
    }

    fn keep_link(&self, url: &Value) {
        if let Some(url) = url.as_str() {
            self.links.lock().unwrap().push(url.to_owned());
        }
    }

    fn retries_in_bulk(&self, api: &Caller) -> Option<()> {
        api.post("/recoup/v1/bulk_retries", &json!({ "filter": {} })).map(|_| ())
    }

    fn sums_up(&self, api: &Caller) -> Option<()> {
        let mut overdue = self.overdue.lock().unwrap();
        let is_errand = self.errand.load(Ordering::SeqCst) == SUMS_UP;
        if overdue.len() <= OVERDUE_FOR_ERRANDS && !is_errand {
            return Some(());
        }
        let at = overdue.len().saturating_sub(2);
        let ids = overdue.split_off(at);
        drop(overdue);
        let body = json!({ "payment_request": {
            "external_customer_id": "summed", "lago_invoice_ids": ids,
        }});
        let told = api.post("/api/v1/payment_requests", &body);
        if told.is_none() {
            // Asked for again some time: it may be that nobody heard it.
            self.overdue.lock().unwrap().extend(ids);
        }
        told.map(|_| ())
    }

    fn is_paid_by_hand(&self, api: &Caller) -> Option<()> {
        let amount = self.amount();
        let id = made(api.post("/api/v1/invoices", &invoice("cash", amount, true)))?;
        let body = json!({ "payment": {
            "invoice_id": id, "amount_cents": amount, "reference": "at the counter",
        }});
        let told = api.post("/api/v1/payments", &body)?;
        assert_eq!(told.status, 200, "{told:?}");
        self.by_hand.lock().unwrap().push((id, amount));
        Some(())
    }

    /// Invoices that were paid at the counter, as the business was told.
    pub fn paid_by_hand(&self) -> HashSet<String> {
        self.by_hand.lock().unwrap().iter().map(|(id, _)| id.clone()).collect()
    }

    fn tops_up(&self, api: &Caller) -> Option<()> {
        let body = json!({ "wallet_transaction": {
            "wallet_id": *self.wallet.lock().unwrap(), "paid_credits": "5.0",
        }});
        api.post("/api/v1/wallet_transactions", &body).map(|_| ())
    }

    fn subscribes(&self, api: &Caller, chance: &mut StdRng) -> Option<()> {
        let customer = PAYING.choose(chance).filter(|customer| !is_declined_first(customer));
        let Some(customer) = customer else { return Some(()) };
        let body = json!({ "subscription": {
            "external_customer_id": customer,
            "external_id": format!("sub-{}", self.amount()), "plan_code": "basic",
        }});
        api.post("/api/v1/subscriptions", &body).map(|_| ())
    }

    /// Whose account recoup has to make at the provider.
    fn has_a_new_customer(&self, api: &Caller) -> Option<()> {
        let body = json!({ "customer": {
            "external_id": format!("new-{}", self.amount()), "currency": "EUR",
            "billing_configuration": {
                "payment_provider": "sandbox", "payment_provider_code": "psp",
                "sync_with_provider": true,
            },
        }});
        api.post("/api/v1/customers", &body).map(|_| ())
    }

    /// A part of what a debt has brought, if it has brought something.
    fn gives_back(&self, api: &Caller, chance: &mut StdRng) -> Option<()> {
        let Some(debt) = self.any_debt(chance) else { return Some(()) };
        let told = api.get(&format!("/api/v1/payments?invoice_id={}", debt.id))?;
        let payments = told.body["payments"].as_array()?;
        let paid = payments.iter().find(|payment| payment["payment_status"] == "succeeded");
        let Some(id) = paid.and_then(|payment| payment["lago_id"].as_str()) else {
            return Some(());
        };
        api.post(&format!("/recoup/v1/payments/{id}/refund"), &json!({ "amount_cents": 5 }))
            .map(|_| ())
    }

    /// Payers with their browsers, until the business closes.
    pub fn is_paid_on_pages(&self, api: &Caller, seed: u64) {
        let mut chance = StdRng::seed_from_u64(seed);
        while self.is_open() {
            let link = self.links.lock().unwrap().pop();
            if let Some(link) = link {
                pays(api, &link, &mut chance);
            }
            std::thread::sleep(PAUSE);
        }
    }
}

fn is_declined_first(behaviour: &str) -> bool {
    ["fails_", "declined_"].iter().any(|begin| behaviour.starts_with(begin))
}

fn errand_to(point: CrashPoint) -> u32 {
    match point {
        CrashPoint::InvoiceMade => 0,
        CrashPoint::RetryAsked => 30,
        CrashPoint::AfterAskedIntent | CrashPoint::AfterAskedCall | CrashPoint::AfterCancel => 45,
        CrashPoint::BeforePageCloses
        | CrashPoint::AfterPageCloses
        | CrashPoint::PageStarting
        | CrashPoint::PageMade
        | CrashPoint::PageOpen
        | CrashPoint::InPaidOnPage
        | CrashPoint::PaidOnPage
        | CrashPoint::SetupStarting
        | CrashPoint::SetupMade => 58,
        CrashPoint::InBulkBatch | CrashPoint::InBulkQueue | CrashPoint::AfterBulkBatch => 73,
        CrashPoint::InRequest | CrashPoint::AfterRequest | CrashPoint::InRequestPaid => SUMS_UP,
        CrashPoint::InManualPayment | CrashPoint::AfterManualPayment => 79,
        CrashPoint::InTopUp => 87,
        CrashPoint::InBilling => 92,
        CrashPoint::CustomerMade => 95,
        CrashPoint::AfterRefundIntent | CrashPoint::AfterRefundCall => 97,
        // On the way of everything.
        _ => NO_ERRAND,
    }
}

/// As far as anyone answers.
fn pays(api: &Caller, link: &str, chance: &mut StdRng) -> Option<()> {
    api.get(link)?;
    let page = api.submit(link, &[])?.location?;
    for card in [CARDS.choose(chance)?, "ok"] {
        let sent = api.submit(&page, &[("card", card)])?;
        if let Some(back) = sent.location {
            api.get(&back);
            return Some(());
        }
    }
    Some(())
}

fn customer(external_id: &str, behaviour: &str) -> Value {
    json!({ "customer": {
        "external_id": external_id, "name": external_id, "currency": "EUR",
        "billing_configuration": {
            "payment_provider": "sandbox", "payment_provider_code": "psp",
            "provider_customer_id": format!("cus_{behaviour}__{external_id}"), "sync": true,
        },
    }})
}

fn invoice(customer: &str, amount: i64, skip_psp: bool) -> Value {
    json!({ "invoice": {
        "external_customer_id": customer, "currency": "EUR", "skip_psp": skip_psp,
        "fees": [{ "add_on_code": "setup", "units": 1, "unit_amount_cents": amount }],
    }})
}

fn made(told: Option<super::caller::Told>) -> Option<String> {
    let told = told?;
    (told.status == 200).then(|| text(&told.body["invoice"]["lago_id"]))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}")).to_owned()
}
