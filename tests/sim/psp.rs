//! The provider as recoup reaches it: the port in front of the ledger. Here requests and answers
//! are lost, the process dies beside a call, and each charge is judged at the moment it arrives.

use std::sync::Mutex;

use recoup::app::App;
use recoup::app::ports::{
    Cancellation, ChargeFinding, ChargeQuery, ChargeRequest, CustomerData, HostedPage,
    InboundWebhook, LinkRequest, PspError, Psps, RefundRequest, SetupRequest, Translation,
    WebhookRefusal,
};
use recoup::domain::attempt::{ChargeAnswer, Outcome};
use recoup::domain::connection::{Abilities, Connection, Idempotency, Mode, Provider};
use recoup::domain::payment_method::MethodDetails;
use recoup::domain::plugin::InstalledPlugin;
use recoup::domain::refund::{RefundAnswer, RefundOutcome};
use recoup::domain::session::SessionFinding;
use recoup::domain::time::Span;

use std::sync::Arc;

use crate::fate::{DAY, Fate, HOUR, MINUTE, held};
use crate::judge::Judge;
use crate::ledger::{Keyed, Ledger, Order, Page, PageState, State, details};

/// What is broken on purpose, to see that it is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    Nothing,
    /// Each call carries a key of its own.
    RandomKey,
    /// Nobody is asked: the charge is taken to be absent.
    NoLookUp,
    /// The code forgets that an attempt is open; the index is there.
    ForgetOpenAttempt,
    /// The same, and the index is gone.
    ForgetOpenAttemptWithoutIndex,
    /// After a restore nobody is asked what was charged since the backup.
    NobodyReconciles,
}

/// Three kinds of providers: with keys, with keys but nothing is found without the id of the
/// charge, and without keys.
pub const PROVIDERS: [&str; 3] = ["keyed", "blind", "keyless"];

pub const KEY_LIFETIME: Span = Span::hours(24);

pub struct Psp {
    pub fate: Arc<Fate>,
    pub ledger: Mutex<Ledger>,
    pub judge: Arc<Judge>,
    pub sabotage: Sabotage,
    /// While recoup runs: webhooks may arrive in the middle of a call.
    pub app: Mutex<Option<App>>,
}

/// A way from recoup to the provider and back.
enum Way {
    Clear,
    NotSent,
    LostBefore,
    LostAfter,
}

impl Psp {
    fn way(&self) -> Way {
        let weather = self.fate.weather();
        if self.fate.happens(weather.not_sent) {
            Way::NotSent
        } else if self.fate.happens(weather.lost_before) {
            Way::LostBefore
        } else if self.fate.happens(weather.lost_after) {
            Way::LostAfter
        } else {
            Way::Clear
        }
    }

    /// A question that changes nothing: answered or not.
    fn reaches(&self, what: &str) -> Result<(), PspError> {
        self.fate.moment(what);
        if self.fate.happens(self.fate.weather().no_answer) {
            return Err(PspError::Unknown(format!("{what}: time-out")));
        }
        Ok(())
    }

    pub fn lifetime(provider: &str) -> Span {
        if provider == "keyless" { Span::ZERO } else { KEY_LIFETIME }
    }

    /// Tells of a charge: at once, soon, weeks later, or more than once.
    pub fn tell_of_charge(&self, charge: usize) {
        let mut ledger = held(&self.ledger);
        let (connection, news) =
            (ledger.charges[charge].connection.clone(), ledger.news_of(charge));
        let now_ms = self.fate.now_ms();
        let weather = self.fate.weather();
        let late = self.fate.happens(weather.late_webhook);
        let usual = [2 * MINUTE, 2 * MINUTE, 12 * HOUR, 3 * DAY][self.fate.below(4)];
        let wait = self.fate.ms_below(if late { 21 * DAY } else { usual });
        ledger.post(&connection, news, (now_ms, now_ms + wait));
        if self.fate.happens(weather.duplicate_webhook) {
            let mut again = ledger.parcels.last().expect("it was just posted").clone();
            again.at_ms += self.fate.ms_below(20 * DAY);
            ledger.parcels.push(again);
        }
    }

    /// The webhook overtakes the answer: recoup hears of the charge while its call is out.
    fn tell_early(&self, charge: usize) {
        let event = {
            let mut ledger = held(&self.ledger);
            let connection = ledger.charges[charge].connection.clone();
            let news = ledger.news_of(charge);
            let now_ms = self.fate.now_ms();
            ledger.post(&connection, news, (now_ms, now_ms));
            ledger.parcels.pop().expect("it was just posted")
        };
        let app = held(&self.app).clone();
        if let Some(app) = app {
            self.hand_over(&app, &event.connection, event.event);
            let digested = app.digest_webhooks();
            self.fate.tell(&format!("early webhook of {charge}: {digested:?}"));
        }
    }

    /// Posts one webhook to recoup. False: it was not taken, and will be sent again.
    pub fn hand_over(&self, app: &App, connection: &str, event: usize) -> bool {
        let provider = connection;
        let inbound = InboundWebhook {
            headers: vec![("signature".to_owned(), "genuine".to_owned())],
            body: event.to_string().into_bytes(),
        };
        let to = recoup::app::Addressee::Code(connection.to_owned());
        app.receive_webhook(provider, &to, &inbound).is_ok()
    }

    fn charge_there(&self, connection: &Connection, request: &ChargeRequest) -> ChargeAnswer {
        let key = match self.sabotage {
            Sabotage::RandomKey => format!("random-{}", self.fate.ms_below(i64::MAX)),
            Sabotage::Nothing
            | Sabotage::NoLookUp
            | Sabotage::ForgetOpenAttempt
            | Sabotage::ForgetOpenAttemptWithoutIndex
            | Sabotage::NobodyReconciles => request.idempotency_key.clone(),
        };
        let order = Order {
            connection: connection.code.clone(),
            key,
            customer: request.provider_customer_id.clone(),
            method: request.provider_method_id.clone(),
            reference: request.reference.clone(),
            amount: request.amount,
        };
        let now_ms = self.fate.now_ms();
        let lifetime_ms = Psp::lifetime(&connection.provider).as_ms();
        let keyed = held(&self.ledger).charge(&order, lifetime_ms, now_ms);
        match keyed {
            Keyed::Misused => ChargeAnswer::unknown("the key was used for another request"),
            Keyed::Again(charge) => held(&self.ledger).charges[charge].answer(),
            Keyed::New(charge) => {
                let (answer, state) = {
                    let ledger = held(&self.ledger);
                    let it = &ledger.charges[charge];
                    (it.answer(), it.state)
                };
                self.fate.tell(&format!("charge {charge} {} {state:?}", request.amount));
                if state == State::Succeeded {
                    self.judge.money_taken(request);
                }
                if self.fate.happens(self.fate.weather().early_webhook) {
                    self.tell_early(charge);
                } else {
                    self.tell_of_charge(charge);
                }
                answer
            }
        }
    }

    fn give_back(&self, connection: &Connection, request: &RefundRequest) -> RefundAnswer {
        let keys_live = self.sabotage != Sabotage::RandomKey && connection.provider != "keyless";
        let mut ledger = held(&self.ledger);
        let Some(index) = ledger.give_back(request, keys_live) else {
            let (code, message) = ("not_refundable".to_owned(), "nothing is left".to_owned());
            let outcome = RefundOutcome::Failed { code, message };
            return RefundAnswer { provider_refund_id: None, outcome };
        };
        let (is_done, id) = (ledger.refunds[index].is_done, ledger.refunds[index].id.clone());
        let news = ledger.news_of_refund(index);
        let now_ms = self.fate.now_ms();
        let wait_ms = self.fate.ms_below([MINUTE, 5 * DAY][self.fate.below(2)]);
        ledger.post(&connection.code, news, (now_ms, now_ms + wait_ms));
        drop(ledger);
        self.fate.tell(&format!("refund {index} of {}", request.amount));
        let outcome = if is_done { RefundOutcome::Succeeded } else { RefundOutcome::Pending };
        RefundAnswer { provider_refund_id: Some(id), outcome }
    }

    fn found(&self, query: &ChargeQuery) -> Option<usize> {
        let ledger = held(&self.ledger);
        match &query.charge_id {
            Some(id) => ledger.charges.iter().position(|charge| charge.id == *id),
            None => ledger.by_reference.get(&query.reference).copied(),
        }
    }
}

impl Psps for Psp {
    fn providers(&self) -> Vec<Provider> {
        PROVIDERS.iter().filter_map(|name| self.provider(name)).collect()
    }

    fn provider(&self, name: &str) -> Option<Provider> {
        PROVIDERS.contains(&name).then(|| Provider {
            name: name.to_owned(),
            title: name.to_owned(),
            version: "1".to_owned(),
            settings: vec![],
            idempotency: Idempotency {
                key_lifetime: Psp::lifetime(name),
                replays_declines: true,
                finds_by_reference: name != "blind",
            },
            has_customers: true,
            abilities: Abilities {
                charging: true,
                customers: true,
                methods: true,
                checkout: true,
                refunds: true,
                webhooks: true,
            },
            sha256: String::new(),
            built_in: true,
            interface: String::new(),
            hosts: vec![],
        })
    }

    fn use_plugins(&self, _: &[InstalledPlugin]) {}

    fn mode_of(&self, _: &Connection) -> Result<Mode, PspError> {
        Ok(Mode::Test)
    }

    fn check(&self, _: &Connection) -> Result<(), PspError> {
        self.reaches("check")
    }

    fn charge(&self, connection: &Connection, request: &ChargeRequest) -> ChargeAnswer {
        self.fate.moment("before a charge");
        self.judge.charge_arrives(connection, request, &held(&self.ledger));
        let answer = match self.way() {
            Way::NotSent => ChargeAnswer::not_sent("connection refused"),
            Way::LostBefore => ChargeAnswer::unknown("time-out"),
            Way::LostAfter => {
                self.charge_there(connection, request);
                ChargeAnswer::unknown("the answer was cut")
            }
            Way::Clear => self.charge_there(connection, request),
        };
        self.fate.moment("after a charge");
        answer
    }

    fn find_charge(&self, connection: &Connection, query: &ChargeQuery) -> ChargeFinding {
        if self.sabotage == Sabotage::NoLookUp {
            return ChargeFinding::Absent;
        }
        if let Err(error) = self.reaches("find a charge") {
            return ChargeFinding::CannotTell(error.to_string());
        }
        if query.charge_id.is_none() && connection.provider == "blind" {
            return ChargeFinding::CannotTell("nothing is found by reference here".to_owned());
        }
        match self.found(query) {
            Some(charge) => ChargeFinding::Found(held(&self.ledger).charges[charge].answer()),
            None => ChargeFinding::Absent,
        }
    }

    fn cancel_charge(&self, connection: &Connection, query: &ChargeQuery) -> Cancellation {
        if let Err(error) = self.reaches("cancel a charge") {
            return Cancellation::CannotTell(error.to_string());
        }
        if query.charge_id.is_none() && connection.provider == "blind" {
            return Cancellation::CannotTell("nothing is found by reference here".to_owned());
        }
        let Some(index) = self.found(query) else {
            return Cancellation::CannotTell("no such charge".to_owned());
        };
        let mut ledger = held(&self.ledger);
        let charge = &mut ledger.charges[index];
        let answer = match charge.state {
            State::Pending { .. } | State::Asks => {
                charge.state = State::Cancelled;
                Cancellation::Cancelled(charge.answer())
            }
            State::Succeeded | State::Declined(..) | State::Cancelled => {
                Cancellation::Final(charge.answer())
            }
        };
        drop(ledger);
        self.fate.moment("after a cancellation");
        answer
    }

    fn create_customer(
        &self,
        _: &Connection,
        key: &str,
        _: &CustomerData,
    ) -> Result<String, PspError> {
        self.reaches("create a customer")?;
        Ok(format!("cus_{key}"))
    }

    fn update_customer(&self, _: &Connection, _: &str, _: &CustomerData) -> Result<(), PspError> {
        self.reaches("update a customer")
    }

    fn list_methods(&self, _: &Connection, customer: &str) -> Result<Vec<MethodDetails>, PspError> {
        self.reaches("list methods")?;
        Ok(held(&self.ledger)
            .methods
            .get(customer)
            .map(|method| details(method))
            .into_iter()
            .collect())
    }

    fn default_method(
        &self,
        _: &Connection,
        customer: &str,
    ) -> Result<Option<MethodDetails>, PspError> {
        self.reaches("default method")?;
        Ok(held(&self.ledger).methods.get(customer).map(|method| details(method)))
    }

    fn set_default_method(&self, _: &Connection, _: &str, _: &str) -> Result<(), PspError> {
        self.reaches("set the default method")
    }

    fn start_setup(&self, _: &Connection, _: &SetupRequest) -> Result<HostedPage, PspError> {
        Err(PspError::Unable("checkout"))
    }

    fn start_payment(
        &self,
        connection: &Connection,
        request: &LinkRequest,
    ) -> Result<HostedPage, PspError> {
        self.fate.moment("before a page");
        let way = self.way();
        match way {
            Way::NotSent => return Err(PspError::NotSent("connection refused".to_owned())),
            Way::LostBefore => return Err(PspError::Unknown("time-out".to_owned())),
            Way::LostAfter | Way::Clear => {}
        }
        let invoice = request.metadata.iter().find(|(key, _)| key == "invoice_id");
        let now_ms = self.fate.now_ms();
        let mut ledger = held(&self.ledger);
        let index = ledger.make_page(
            &request.idempotency_key,
            Page {
                id: String::new(),
                connection: connection.code.clone(),
                reference: request.reference.clone(),
                invoice: invoice.map(|(_, id)| id.clone()).unwrap_or_default(),
                amount: request.amount,
                expires_ms: request.expires_at.unix_ms().max(now_ms + HOUR / 2),
                state: PageState::Open,
                is_known: false,
            },
        );
        let id = ledger.pages[index].id.clone();
        drop(ledger);
        self.fate.moment("after a page");
        if matches!(way, Way::LostAfter) {
            return Err(PspError::Unknown("the answer was cut".to_owned()));
        }
        let url = format!("https://psp.test/{id}");
        Ok(HostedPage { provider_session_id: id, url, expires_at: None })
    }

    fn refund(&self, connection: &Connection, request: &RefundRequest) -> RefundAnswer {
        self.fate.moment("before a refund");
        let unknown = |why: &str| RefundAnswer {
            provider_refund_id: None,
            outcome: RefundOutcome::Unknown(why.to_owned()),
        };
        let answer = match self.way() {
            Way::NotSent => RefundAnswer {
                provider_refund_id: None,
                outcome: RefundOutcome::NotSent("connection refused".to_owned()),
            },
            Way::LostBefore => unknown("time-out"),
            Way::LostAfter => {
                self.give_back(connection, request);
                unknown("the answer was cut")
            }
            Way::Clear => self.give_back(connection, request),
        };
        self.fate.moment("after a refund");
        answer
    }

    fn find_session(&self, _: &Connection, id: &str) -> Result<SessionFinding, PspError> {
        self.reaches("find a page")?;
        let ledger = held(&self.ledger);
        let Some(index) = ledger.page(id) else {
            return Err(PspError::Refused { code: "none".to_owned(), message: id.to_owned() });
        };
        Ok(match ledger.pages[index].state {
            PageState::Open => SessionFinding::Open,
            PageState::Paying => SessionFinding::InProgress(None),
            PageState::Paid { charge } => SessionFinding::Paid(ledger.charges[charge].answer()),
            PageState::Expired => SessionFinding::Expired,
        })
    }

    fn expire_session(
        &self,
        connection: &Connection,
        id: &str,
    ) -> Result<SessionFinding, PspError> {
        self.reaches("expire a page")?;
        let known = held(&self.ledger).page(id);
        if let Some(index) = known {
            let mut ledger = held(&self.ledger);
            match ledger.pages[index].state {
                PageState::Open => ledger.pages[index].state = PageState::Expired,
                PageState::Paying | PageState::Expired => {}
                PageState::Paid { .. } => {
                    let (code, message) = ("paid".to_owned(), "too late".to_owned());
                    return Err(PspError::Refused { code, message });
                }
            }
        }
        self.find_session(connection, id)
    }

    fn translate_webhook(
        &self,
        _: &Connection,
        inbound: &InboundWebhook,
    ) -> Result<Translation, WebhookRefusal> {
        let genuine = inbound.headers.iter().any(|(_, value)| value == "genuine");
        if !genuine {
            return Err(WebhookRefusal::BadSignature("forged".to_owned()));
        }
        let text = String::from_utf8_lossy(&inbound.body);
        let ledger = held(&self.ledger);
        let event = text.parse().ok().and_then(|index: usize| ledger.events.get(index));
        let event = event.ok_or_else(|| WebhookRefusal::Unreadable(text.to_string()))?;
        Ok(Translation { events: vec![event.clone()], reply: None })
    }
}

/// Whether a payer can still bring money by the page.
pub fn takes_money(page: &Page, now_ms: i64) -> bool {
    match page.state {
        PageState::Open => page.is_known && page.expires_ms > now_ms,
        PageState::Paying => true,
        PageState::Paid { .. } | PageState::Expired => false,
    }
}

/// The payer confirms what the bank asked.
pub fn confirm(psp: &Psp, charge: usize, confirms: bool) {
    let mut ledger = held(&psp.ledger);
    if ledger.charges[charge].state != State::Asks {
        return;
    }
    ledger.charges[charge].state = if confirms {
        State::Succeeded
    } else {
        let Outcome::Declined(decline) = refused() else { return };
        State::Declined(decline.class, decline.retry)
    };
    drop(ledger);
    psp.tell_of_charge(charge);
}

fn refused() -> Outcome {
    use recoup::domain::decline::{DeclineClass, RetryClass};
    Outcome::Declined(crate::ledger::decline(
        DeclineClass::AuthenticationRequired,
        RetryClass::CustomerAction,
    ))
}
