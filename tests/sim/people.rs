//! The people around recoup: the business that makes invoices and asks for charges, its operators,
//! and payers with their cards and pages. What they do is drawn from the seed.

use std::sync::Arc;

use recoup::app::collect::{Asked, Verdict};
use recoup::app::configure_billing::Others;
use recoup::app::create_payment_request::PaymentAsked;
use recoup::app::links::Pressed;
use recoup::app::ports::InboundWebhook;
use recoup::app::refunds::{RefundOf, RefundOrder};
use recoup::app::{Addressee, NewConnection};
use recoup::domain::add_on::AddOnChange;
use recoup::domain::billing_configuration::{CollectionMethod, NewConfiguration};
use recoup::domain::bulk_retry::BulkFilter;
use recoup::domain::change::Change;
use recoup::domain::currency::Currency;
use recoup::domain::customer_change::CustomerChange;
use recoup::domain::decline::{DeclineClass, RetryClass};
use recoup::domain::id::InvoiceId;
use recoup::domain::idempotent_request::{CallKind, CallMark};
use recoup::domain::invoice_change::{NewFee, NewInvoice, ReceivedMoney};
use recoup::domain::linking::LinkChange;
use recoup::domain::payment_method::MethodReference;
use recoup::domain::refund::RefundReason;
use recoup::domain::resolution::Finding;
use recoup::domain::secret::Secret;
use recoup::domain::webhook::EndpointChange;

use crate::fate::{DAY, HOUR, MINUTE, held};
use crate::ledger::{Card, Charge, PageState, State};
use crate::psp::{PROVIDERS, confirm, takes_money};
use crate::world::{Customer, World};

/// How many invoices a customer has, about.
const INVOICES_EACH: usize = 5;

impl World {
    /// Connections, customers and the endpoint, before anything goes wrong.
    pub fn settle_in(&mut self) {
        let organization_id = self.organization;
        for code in PROVIDERS {
            let new = NewConnection {
                organization_id,
                provider: code.to_owned(),
                code: code.to_owned(),
                name: None,
                settings: vec![],
                allows_private_network: false,
                success_redirect_url: None,
            };
            self.app.add_connection(&new).expect("a connection");
        }
        let endpoint =
            EndpointChange { url: Change::To("http://ears.test".to_owned()), ..Default::default() };
        self.app.create_webhook_endpoint(organization_id, endpoint).expect("an endpoint");
        let add_on = AddOnChange {
            code: Change::To("work".to_owned()),
            name: Change::To("Work".to_owned()),
            amount: Change::To(100),
            currency: Change::To(Currency::EUR),
            ..Default::default()
        };
        self.app.create_add_on(organization_id, add_on).expect("an add-on");
        for number in 0..self.plan.payables.div_ceil(INVOICES_EACH) {
            self.make_customer(number);
        }
    }

    fn make_customer(&mut self, number: usize) {
        let connection = PROVIDERS[self.fate.below(PROVIDERS.len())];
        let (external_id, there) = (format!("customer-{number}"), format!("cus_{number}"));
        self.give_card(&there, 0);
        let currency = if self.fate.happens(500) { Currency::EUR } else { Currency::USD };
        let mut change = CustomerChange::default();
        change.terms.currency = Change::To(Some(currency));
        change.link = LinkChange {
            provider: Change::To(Some(connection.to_owned())),
            connection_code: Change::To(Some(connection.to_owned())),
            provider_customer_id: Change::To(Some(there.clone())),
            sync_with_provider: Change::To(false),
            method_kinds: Change::Keep,
            waits: true,
        };
        let made = self
            .app
            .upsert_customer(self.organization, external_id.clone(), change)
            .expect("a customer");
        let id = made.customer.id;
        let asked = NewConfiguration {
            connection: made.customer.link.and_then(|link| link.connection_id),
            provider_customer_id: there.clone(),
            collection_method: CollectionMethod::ChargeAutomatically,
            more: "{}".to_owned(),
        };
        self.app
            .configure_billing(self.organization, vec![(id, asked)], Others::Replace)
            .expect("a configuration");
        self.customers.push(Customer { id, external_id, there, connection });
    }

    /// A new card at the provider; recoup is not told by this.
    fn give_card(&mut self, there: &str, nth: usize) -> String {
        let empty = |times, as_what, retry| Card::Empty { times, as_what, retry };
        let never = u32::MAX;
        let often = self.fate.below(6);
        let times = u32::try_from(often).unwrap_or(0);
        let card = match self.fate.below(14) {
            0..4 => Card::Ok,
            4 | 5 => empty(times, DeclineClass::InsufficientFunds, RetryClass::Soft),
            6 => empty(never, DeclineClass::InsufficientFunds, RetryClass::Soft),
            7 => empty(times, DeclineClass::DoNotHonor, RetryClass::Limited),
            8 => empty(times, DeclineClass::IssuerUnavailable, RetryClass::SoftShort),
            9 => empty(never, DeclineClass::ExpiredCard, RetryClass::NewMethod),
            10 => empty(never, DeclineClass::RevokedAuthorization, RetryClass::Stop),
            11 => Card::Asks,
            12 => Card::Pending { hours: i64::try_from(often * 30).unwrap_or(1), pays: true },
            _ => Card::Pending { hours: 60, pays: false },
        };
        let method = format!("pm_{there}_{nth}");
        let mut ledger = held(&self.psp.ledger);
        ledger.cards.insert(method.clone(), card);
        ledger.methods.insert(there.to_owned(), method.clone());
        method
    }

    pub fn people_act(&mut self) {
        if self.invoices.len() < self.plan.payables
            && (self.invoices.is_empty() || self.fate.happens(500))
        {
            return self.make_invoice();
        }
        let invoice = self.some_invoice();
        match self.fate.below(19) {
            0 | 1 => self.ask_for_retry(invoice),
            2 | 3 => self.ask_now(invoice),
            4 => self.cancel(invoice),
            5..9 => self.open_link(invoice),
            9 => self.pay_by_hand(invoice),
            10 => self.void(invoice),
            11 => self.retry_many(),
            12 | 13 => self.request_payment(),
            14 => self.leave_card(),
            15 => self.forge(),
            16 => self.give_back(),
            17 => self.look_there(),
            _ => self.resume_connections(),
        }
    }

    /// Mostly one of the newest.
    fn some_invoice(&self) -> InvoiceId {
        let all = self.invoices.len();
        let from = if self.fate.happens(700) { all.saturating_sub(12) } else { 0 };
        self.invoices[from + self.fate.below(all - from)]
    }

    fn make_invoice(&mut self) {
        let customer = &self.customers[self.fate.below(self.customers.len())];
        let new = NewInvoice {
            external_customer_id: customer.external_id.clone(),
            currency: None,
            fees: vec![NewFee {
                add_on_code: "work".to_owned(),
                unit_amount: Some(self.fate.ms_below(50_000) + 1),
                units: 1.into(),
                description: None,
                invoice_display_name: None,
                tax_codes: None,
                period: None,
            }],
            skip_automatic_payment: false,
            method: MethodReference::Default,
            purchase_order_number: None,
            billing_entity_code: None,
        };
        let organization = self.organization;
        let made = self.guarded("invoice", |app| {
            app.create_invoice(organization, new).map(|view| view.invoice.id)
        });
        self.invoices.extend(made);
    }

    fn asked(&mut self, invoice: InvoiceId, kind: CallKind) -> Option<Asked> {
        let organization = self.organization;
        let found = self.app.store().read(|read| read.invoice(organization, invoice)).ok()??;
        self.marks += 1;
        let idempotency_key = Some(format!("call-{}", self.marks));
        let mark = CallMark { api_key_id: None, kind, is_sent_again: false, idempotency_key };
        Some(Asked { organization, customer: found.customer_id, invoice, mark })
    }

    fn ask_for_retry(&mut self, invoice: InvoiceId) {
        let organization = self.organization;
        self.guarded("retry", |app| app.request_retry(organization, invoice, None));
    }

    fn ask_now(&mut self, invoice: InvoiceId) {
        let Some(asked) = self.asked(invoice, CallKind::Attempt) else { return };
        self.guarded("attempt now", |app| app.attempt_now(asked));
    }

    fn cancel(&mut self, invoice: InvoiceId) {
        let Some(asked) = self.asked(invoice, CallKind::Cancel) else { return };
        self.guarded("cancel", |app| app.cancel_payment(asked));
    }

    /// The business sends a link, and the payer opens it, at once or later, and pays, or not.
    fn open_link(&mut self, invoice: InvoiceId) {
        let organization = self.organization;
        let link = self
            .guarded("link", |app| app.payment_link(organization, invoice).map(|link| link.url));
        let Some(url) = link else { return };
        let token = Secret::new(url.rsplit('/').next().unwrap_or_default());
        if self.fate.happens(300) {
            return;
        }
        let pressed = self.guarded("press", |app| app.press_pay(&token)).flatten();
        let Some(Pressed::GoTo(url)) = pressed else { return };
        if let Some(charge) = url.strip_prefix("https://psp.test/confirm/ch_") {
            let confirms = self.fate.happens(600);
            if let Ok(charge) = charge.parse() {
                confirm(&self.psp, charge, confirms);
            }
            return;
        }
        let id = url.rsplit('/').next().unwrap_or_default();
        let mut ledger = held(&self.psp.ledger);
        let Some(page) = ledger.page(id) else { return };
        ledger.pages[page].is_known = true;
        drop(ledger);
        if self.fate.happens(800) {
            let wait_ms =
                self.fate.ms_below(if self.fate.happens(500) { 5 * MINUTE } else { 30 * HOUR });
            self.payers.push((self.fate.now_ms() + wait_ms, page));
        }
    }

    /// Payers in front of a page begin to pay, and a little later have paid.
    pub fn payers_go_on(&mut self) {
        let now_ms = self.fate.now_ms();
        let (due, later): (Vec<_>, Vec<_>) =
            self.payers.drain(..).partition(|(at, _)| *at <= now_ms);
        self.payers = later;
        for (_, index) in due {
            let mut ledger = held(&self.psp.ledger);
            if !takes_money(&ledger.pages[index], now_ms) {
                continue;
            }
            if ledger.pages[index].state == PageState::Open && self.fate.happens(500) {
                ledger.pages[index].state = PageState::Paying;
                drop(ledger);
                self.fate.tell(&format!("a payer is at page {index}"));
                self.payers.push((now_ms + self.fate.ms_below(20 * MINUTE), index));
                continue;
            }
            // Who has begun may give up; the page is over then.
            if self.fate.happens(100) {
                ledger.pages[index].state = PageState::Expired;
                self.fate.tell(&format!("a payer leaves page {index}"));
                continue;
            }
            let charge = ledger.pay_on_page(index);
            drop(ledger);
            self.fate.tell(&format!("page {index} is paid with charge {charge}"));
            self.psp.tell_of_charge(charge);
        }
    }

    fn pay_by_hand(&mut self, invoice: InvoiceId) {
        let organization = self.organization;
        let found = self.app.store().read(|read| read.invoice(organization, invoice));
        let Some(found) = found.ok().flatten() else { return };
        let due = found.due().minor_units;
        let amount = if self.fate.happens(500) { due } else { 1 + self.fate.ms_below(due) };
        let received = ReceivedMoney {
            invoice_id: invoice,
            amount: amount.max(1),
            reference: "by hand".to_owned(),
            paid_at: None,
        };
        self.guarded("by hand", |app| {
            app.record_payment(organization, received).map(|view| view.id)
        });
    }

    fn void(&mut self, invoice: InvoiceId) {
        let organization = self.organization;
        if self.fate.happens(500) {
            self.guarded("void", |app| app.void_invoice(organization, invoice).map(|_| ()));
        } else {
            self.guarded("void unpaid", |app| app.void_unpaid_invoice(organization, invoice));
        }
    }

    fn retry_many(&mut self) {
        let organization = self.organization;
        self.guarded("bulk", |app| {
            app.start_bulk_retry(organization, BulkFilter::default(), None).map(|_| ())
        });
    }

    fn request_payment(&mut self) {
        let customer = &self.customers[self.fate.below(self.customers.len())];
        let asked = PaymentAsked {
            external_customer_id: customer.external_id.clone(),
            email: None,
            invoice_ids: self.invoices.iter().rev().take(40).copied().collect(),
        };
        let Some(only_owed) = self.only_owed(asked, customer.id) else { return };
        let organization = self.organization;
        self.guarded("request", |app| {
            app.create_payment_request(organization, only_owed).map(|_| ())
        });
    }

    fn only_owed(
        &self,
        asked: PaymentAsked,
        customer: recoup::domain::id::CustomerId,
    ) -> Option<PaymentAsked> {
        let organization = self.organization;
        let mut owed = Vec::new();
        for id in &asked.invoice_ids {
            let found = self.app.store().read(|read| read.invoice(organization, *id)).ok()??;
            if found.customer_id == customer && found.is_collectible() {
                owed.push(*id);
            }
        }
        (!owed.is_empty()).then_some(PaymentAsked { invoice_ids: owed, ..asked })
    }

    fn leave_card(&mut self) {
        let index = self.fate.below(self.customers.len());
        let (there, connection) =
            (self.customers[index].there.clone(), self.customers[index].connection);
        self.marks += 1;
        let nth = usize::try_from(self.marks).unwrap_or(0);
        let method = self.give_card(&there, nth);
        let now_ms = self.fate.now_ms();
        let late_ms = self.fate.ms_below(DAY);
        let mut ledger = held(&self.psp.ledger);
        let news = ledger.news_of_method(&there, &method);
        ledger.post(connection, news, (now_ms, now_ms + late_ms));
    }

    /// A part of some payment, or a surplus.
    fn give_back(&mut self) {
        let (surplus, payments): (Option<String>, Vec<String>) = {
            let books = held(&self.books);
            let open = "SELECT id FROM surplus_payments WHERE state = 'open' LIMIT 1";
            let surplus = books.query_row(open, [], |row| row.get(0)).ok();
            let mut paid = books
                .prepare_cached("SELECT id FROM attempts WHERE state = 'paid' ORDER BY id")
                .expect("the attempts can be read");
            let rows = paid.query_map([], |row| row.get(0)).expect("the attempts can be read");
            (surplus, rows.map(|row| row.expect("an id")).collect())
        };
        let of = match surplus.and_then(|id| id.parse().ok()) {
            Some(id) => RefundOf::Surplus(id),
            None if payments.is_empty() => return,
            None => {
                let id = &payments[self.fate.below(payments.len())];
                RefundOf::Payment(id.parse().expect("an id"))
            }
        };
        let order = RefundOrder {
            organization: self.organization,
            of,
            amount: self.fate.happens(700).then(|| 1 + self.fate.ms_below(500)),
            reason: RefundReason::RequestedByCustomer,
            note: None,
            client_key: None,
        };
        self.guarded("refund", |app| app.refund(order));
    }

    /// Somebody looks on the provider's pages what became of what nobody can ask about.
    pub fn look_there(&mut self) {
        self.look_for_charges();
        self.look_for_refunds();
    }

    fn look_for_charges(&mut self) {
        let waiting: Vec<(String, Option<String>)> = {
            let books = held(&self.books);
            let mut found = books
                .prepare_cached(
                    "SELECT id, session_id FROM attempts
                      WHERE state = 'unknown' AND next_lookup_at IS NULL",
                )
                .expect("the attempts can be read");
            let rows = found.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
            rows.expect("the attempts can be read").map(|row| row.expect("an id")).collect()
        };
        for (reference, page) in waiting {
            let state = {
                let ledger = held(&self.psp.ledger);
                let is_it = |charge: &&Charge| {
                    charge.reference.as_ref() == Some(&reference)
                        || (page.is_some() && charge.page == page)
                };
                ledger.charges.iter().rev().find(is_it).map(|charge| charge.state)
            };
            let finding = match state {
                Some(State::Succeeded) => Finding::Paid,
                Some(State::Declined(..) | State::Cancelled) | None => Finding::NotPaid,
                Some(State::Pending { .. } | State::Asks) => continue,
            };
            let verdict = Verdict {
                organization: self.organization,
                attempt: reference.parse().expect("an id"),
                finding,
                reason: "seen there".to_owned(),
            };
            self.guarded("charge looked for", |app| {
                app.resolve_by_person(verdict).map(|attempt| attempt.state.as_str())
            });
        }
    }

    fn look_for_refunds(&mut self) {
        let waiting: Vec<String> = {
            let books = held(&self.books);
            let mut found = books
                .prepare_cached(
                    "SELECT id FROM refunds
                      WHERE state IN ('unknown', 'not_sent') AND next_send_at IS NULL",
                )
                .expect("the refunds can be read");
            let rows = found.query_map([], |row| row.get(0)).expect("the refunds can be read");
            rows.map(|row| row.expect("an id")).collect()
        };
        let organization = self.organization;
        for reference in waiting {
            let went = held(&self.psp.ledger).refunds.iter().any(|it| it.reference == reference);
            let finding = if went { Finding::Paid } else { Finding::NotPaid };
            let id = reference.parse().expect("an id");
            self.guarded("refund looked for", |app| {
                app.resolve_refund(organization, id, (finding, "seen there".to_owned()))
            });
        }
    }

    /// Somebody else says that a charge was paid.
    fn forge(&mut self) {
        let inbound = InboundWebhook {
            headers: vec![("signature".to_owned(), "forged".to_owned())],
            body: b"0".to_vec(),
        };
        let psp = Arc::clone(&self.psp);
        self.guarded("forged webhook", |app| {
            let taken =
                app.receive_webhook("keyed", &Addressee::Code("keyed".to_owned()), &inbound);
            if taken.is_ok() {
                psp.judge.fault("a forged webhook was taken".to_owned());
            }
            taken
        });
    }

    pub fn resume_connections(&mut self) {
        let organization = self.organization;
        for code in PROVIDERS {
            self.guarded("resume", |app| app.resume_connection(organization, code));
        }
        // Whoever was asked by the bank may confirm days later.
        let asks: Vec<usize> = {
            let ledger = held(&self.psp.ledger);
            let all = ledger.charges.iter().enumerate();
            all.filter(|(_, it)| it.state == State::Asks).map(|(index, _)| index).collect()
        };
        if let Some(charge) = asks.last() {
            let confirms = self.fate.happens(500);
            confirm(&self.psp, *charge, confirms);
        }
    }
}
