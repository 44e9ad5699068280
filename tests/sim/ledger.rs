//! The book of the pretend provider: what it really did. It is the judge of every history, and
//! knows nothing of recoup's tables.

use std::collections::{BTreeMap, HashMap};

use recoup::app::ports::{PspEvent, PspNews, RefundRequest};
use recoup::domain::attempt::{Action, ChargeAnswer, Outcome};
use recoup::domain::decline::{Decline, DeclineClass, RetryClass};
use recoup::domain::money::Money;
use recoup::domain::payment_method::MethodDetails;
use recoup::domain::time::Timestamp;

/// How an instrument behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Card {
    Ok,
    /// Declined so many times, then it has money.
    Empty {
        times: u32,
        as_what: DeclineClass,
        retry: RetryClass,
    },
    Pending {
        hours: i64,
        pays: bool,
    },
    Asks,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Succeeded,
    Declined(DeclineClass, RetryClass),
    Pending { until_ms: i64, pays: bool },
    Asks,
    Cancelled,
}

#[derive(Debug, Clone)]
pub struct Charge {
    pub id: String,
    pub connection: String,
    /// Our attempt, or the hosted page.
    pub reference: Option<String>,
    pub page: Option<String>,
    pub amount: Money,
    pub state: State,
}

impl Charge {
    /// And never will.
    pub fn took_nothing(&self) -> bool {
        matches!(self.state, State::Declined(..) | State::Cancelled)
    }

    pub fn answer(&self) -> ChargeAnswer {
        let (outcome, status) = match self.state {
            State::Succeeded => (Outcome::Paid, "succeeded"),
            State::Declined(class, retry) => (Outcome::Declined(decline(class, retry)), "failed"),
            State::Pending { .. } => (Outcome::Pending, "processing"),
            State::Asks => {
                let url = Some(format!("https://psp.test/confirm/{}", self.id));
                (
                    Outcome::NeedsAction(Action { kind: "redirect".to_owned(), url }),
                    "requires_action",
                )
            }
            State::Cancelled => {
                let cancelled = decline(DeclineClass::Cancelled, RetryClass::Hold);
                (Outcome::Declined(cancelled), "canceled")
            }
        };
        ChargeAnswer {
            outcome,
            charge_id: Some(self.id.clone()),
            status: status.to_owned(),
            amount: Some(self.amount),
            method: None,
        }
    }
}

pub fn decline(class: DeclineClass, retry: RetryClass) -> Decline {
    Decline {
        class,
        retry,
        code: class.as_str().to_owned(),
        network_code: None,
        advice_code: None,
        retry_after: None,
        message: "as the card behaves".to_owned(),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageState {
    Open,
    /// A payer is in the middle of it.
    Paying,
    Paid {
        charge: usize,
    },
    Expired,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub id: String,
    pub connection: String,
    pub reference: String,
    pub invoice: String,
    pub amount: Money,
    pub expires_ms: i64,
    pub state: PageState,
    /// A payer was given its address.
    pub is_known: bool,
}

/// Money that went back.
#[derive(Debug, Clone)]
pub struct GivenBack {
    pub id: String,
    key: String,
    /// Our refund.
    pub reference: String,
    pub charge: usize,
    pub amount: i64,
    pub is_done: bool,
}

#[derive(Debug, Clone)]
pub struct Parcel {
    pub at_ms: i64,
    pub connection: String,
    pub event: usize,
}

struct Key {
    used_ms: i64,
    print: String,
    charge: usize,
}

#[derive(Default)]
pub struct Ledger {
    pub charges: Vec<Charge>,
    pub by_reference: HashMap<String, usize>,
    pub pages: Vec<Page>,
    pub refunds: Vec<GivenBack>,
    pub cards: HashMap<String, Card>,
    /// The default method of each customer.
    pub methods: BTreeMap<String, String>,
    declined: HashMap<String, u32>,
    keys: HashMap<String, Key>,
    page_keys: HashMap<String, usize>,
    pub events: Vec<PspEvent>,
    pub parcels: Vec<Parcel>,
    /// Charges whose state changes by itself.
    waiting: Vec<usize>,
}

/// What is asked of the provider, with its own name of the merchant's account.
pub struct Order {
    pub connection: String,
    pub key: String,
    pub customer: String,
    pub method: String,
    pub reference: String,
    pub amount: Money,
}

impl Order {
    fn print(&self) -> String {
        format!("{} {} {} {}", self.customer, self.method, self.reference, self.amount)
    }
}

/// What a key is good for.
pub enum Keyed {
    New(usize),
    /// The same request under a key that lives.
    Again(usize),
    /// A key that lives, with another request.
    Misused,
}

impl Ledger {
    pub fn charge(&mut self, order: &Order, key_lifetime_ms: i64, now_ms: i64) -> Keyed {
        if let Some(key) = self.keys.get(&order.key)
            && now_ms - key.used_ms < key_lifetime_ms
        {
            return if key.print == order.print() {
                Keyed::Again(key.charge)
            } else {
                Keyed::Misused
            };
        }
        let state = self.behave(&order.method, now_ms);
        let charge = self.write(Charge {
            id: String::new(),
            connection: order.connection.clone(),
            reference: Some(order.reference.clone()),
            page: None,
            amount: order.amount,
            state,
        });
        // The newest of one reference is the one that is found.
        self.by_reference.insert(order.reference.clone(), charge);
        let key = Key { used_ms: now_ms, print: order.print(), charge };
        self.keys.insert(order.key.clone(), key);
        Keyed::New(charge)
    }

    /// The same key gives back once, where keys live. None: it was not this charge's to give.
    pub fn give_back(&mut self, asked: &RefundRequest, keys_live: bool) -> Option<usize> {
        let of_key = |it: &GivenBack| keys_live && it.key == asked.idempotency_key;
        if let Some(known) = self.refunds.iter().position(of_key) {
            return Some(known);
        }
        let charge = self.charges.iter().position(|charge| charge.id == asked.charge_id)?;
        let given: i64 =
            self.refunds.iter().filter(|it| it.charge == charge).map(|it| it.amount).sum();
        let (amount, index) = (asked.amount.minor_units, self.refunds.len());
        if self.charges[charge].state != State::Succeeded
            || given + amount > self.charges[charge].amount.minor_units
        {
            return None;
        }
        self.refunds.push(GivenBack {
            id: format!("re_{index}"),
            key: asked.idempotency_key.clone(),
            reference: asked.reference.clone(),
            charge,
            amount,
            is_done: index % 3 > 0,
        });
        Some(index)
    }

    pub fn news_of_refund(&self, index: usize) -> PspNews {
        let refund = &self.refunds[index];
        PspNews::RefundChanged {
            refund_id: refund.id.clone(),
            charge_id: Some(self.charges[refund.charge].id.clone()),
            succeeded: true,
        }
    }

    fn write(&mut self, charge: Charge) -> usize {
        let index = self.charges.len();
        if matches!(charge.state, State::Pending { .. }) {
            self.waiting.push(index);
        }
        self.charges.push(Charge { id: format!("ch_{index}"), ..charge });
        index
    }

    fn behave(&mut self, method: &str, now_ms: i64) -> State {
        match self.cards.get(method).copied().unwrap_or(Card::Ok) {
            Card::Ok => State::Succeeded,
            Card::Asks => State::Asks,
            Card::Pending { hours, pays } => {
                State::Pending { until_ms: now_ms + hours * 3_600_000, pays }
            }
            Card::Empty { times, as_what, retry } => {
                let declined = self.declined.entry(method.to_owned()).or_default();
                *declined += 1;
                if *declined > times { State::Succeeded } else { State::Declined(as_what, retry) }
            }
        }
    }

    /// The same key makes one page.
    pub fn make_page(&mut self, key: &str, page: Page) -> usize {
        if let Some(known) = self.page_keys.get(key) {
            return *known;
        }
        let index = self.pages.len();
        self.pages.push(Page { id: format!("ps_{index}"), ..page });
        self.page_keys.insert(key.to_owned(), index);
        index
    }

    pub fn page(&self, id: &str) -> Option<usize> {
        self.pages.iter().position(|page| page.id == id)
    }

    /// The payer pays, on a card that works.
    pub fn pay_on_page(&mut self, index: usize) -> usize {
        let page = self.pages[index].clone();
        let charge = self.write(Charge {
            id: String::new(),
            connection: page.connection.clone(),
            reference: None,
            page: Some(page.reference.clone()),
            amount: page.amount,
            state: State::Succeeded,
        });
        self.pages[index].state = PageState::Paid { charge };
        charge
    }

    pub fn news_of(&self, charge: usize) -> PspNews {
        let charge = &self.charges[charge];
        PspNews::ChargeChanged {
            reference: charge.reference.clone(),
            session_reference: charge.page.clone(),
            answer: charge.answer(),
        }
    }

    pub fn news_of_method(&self, customer: &str, method: &str) -> PspNews {
        PspNews::MethodStored {
            provider_customer_id: customer.to_owned(),
            method: details(method),
            make_default: true,
        }
    }

    /// Written down once; it may be sent often.
    pub fn post(&mut self, connection: &str, news: PspNews, (now_ms, at_ms): (i64, i64)) {
        let event = self.events.len();
        self.events.push(PspEvent {
            id: format!("evt_{event}"),
            occurred_at: Timestamp::from_unix_ms(now_ms),
            news,
        });
        self.parcels.push(Parcel { at_ms, connection: connection.to_owned(), event });
    }

    /// Charges that have just come to an end by themselves.
    pub fn ripen(&mut self, now_ms: i64) -> Vec<usize> {
        let mut ripe = Vec::new();
        let waiting = std::mem::take(&mut self.waiting);
        for index in waiting {
            match self.charges[index].state {
                State::Pending { until_ms, pays } if until_ms <= now_ms => {
                    self.charges[index].state = if pays {
                        State::Succeeded
                    } else {
                        State::Declined(DeclineClass::InsufficientFunds, RetryClass::Soft)
                    };
                    ripe.push(index);
                }
                State::Pending { .. } => self.waiting.push(index),
                State::Succeeded | State::Declined(..) | State::Asks | State::Cancelled => {}
            }
        }
        for page in &mut self.pages {
            if page.state == PageState::Open && page.expires_ms <= now_ms {
                page.state = PageState::Expired;
            }
        }
        ripe
    }

    pub fn next_due_ms(&self) -> Option<i64> {
        let ripe = self.waiting.iter().filter_map(|index| match self.charges[*index].state {
            State::Pending { until_ms, .. } => Some(until_ms),
            State::Succeeded | State::Declined(..) | State::Asks | State::Cancelled => None,
        });
        ripe.chain(self.parcels.iter().map(|parcel| parcel.at_ms)).min()
    }

    pub fn due_parcels(&mut self, now_ms: i64) -> Vec<Parcel> {
        let (due, later) = self.parcels.drain(..).partition(|parcel| parcel.at_ms <= now_ms);
        self.parcels = later;
        due
    }
}

pub fn details(method: &str) -> MethodDetails {
    MethodDetails {
        provider_method_id: method.to_owned(),
        kind: "card".to_owned(),
        brand: Some("visa".to_owned()),
        last4: Some("4242".to_owned()),
        expiry_month: Some(12),
        expiry_year: Some(2040),
        fingerprint: Some(format!("fp_{method}")),
    }
}
