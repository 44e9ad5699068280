//! One debt, one collector: whoever comes first and whoever comes second, the debt is paid once,
//! and whatever came in beside that is recorded as a surplus.

use serde_json::{Value, json};

use super::money::{record, surplus, text};
use crate::world::World;
use crate::world::payer::{choose_card, leave_card, provider_page};

const DUE: i64 = 1_000;

/// Where new invoices wait for their first charge, so that the schedule comes when it is asked to.
const DELAY_MINUTES: &str = "30";

#[derive(Debug, Clone, Copy, PartialEq)]
enum Collector {
    Schedule,
    Retry,
    Bulk,
    /// The other dialect's "charge this invoice now".
    AttemptNow,
    /// A payer who pays by link at once.
    Link,
    /// A payer who has the provider's page open, and pays on it in the end.
    OpenPage,
    /// A person records all of it.
    Recorded,
    /// A person records a part of it.
    RecordedPart,
}

const ALL: [Collector; 8] = [
    Collector::Schedule,
    Collector::Retry,
    Collector::Bulk,
    Collector::AttemptNow,
    Collector::Link,
    Collector::OpenPage,
    Collector::Recorded,
    Collector::RecordedPart,
];

struct Debt<'a> {
    world: &'a World,
    customer: String,
    /// The id of the customer.
    customer_id: String,
    invoice: String,
    /// The provider's page that a payer has open.
    page: Option<String>,
    recorded: i64,
}

impl Debt<'_> {
    /// A card whose charges are pending for ten minutes, so that whoever comes second comes while
    /// the first one's charge is under way.
    fn new<'a>(world: &'a World, customer: &str) -> Debt<'a> {
        let made = world.api().post(
            "/v1/customers",
            &json!({
                "name": customer, "ingest_aliases": [customer],
                "billing_config": {
                    "billing_provider_type": "stripe",
                    "billing_provider_customer_id": format!("cus_pending_600__{customer}"),
                    "stripe_collection_method": "auto_charge_payment_intent",
                },
            }),
        );
        assert_eq!(made.status, 200, "{made:?}");
        let customer_id = text(&made.body["data"]["id"]).to_owned();
        let invoice = world.invoice(customer, DUE);
        let customer = customer.to_owned();
        Debt { world, customer, customer_id, invoice, page: None, recorded: 0 }
    }

    fn link(&self) -> Option<String> {
        let path = format!("/api/v1/invoices/{}/payment_url", self.invoice);
        let made = self.world.api().post(&path, &json!({}));
        let url = &made.body["invoice_payment_details"]["payment_url"];
        url.as_str().map(str::to_owned)
    }

    /// Tries to collect. Whether it is let is the server's business.
    fn collect(&mut self, by: Collector) {
        let api = self.world.api();
        match by {
            Collector::Schedule => self.world.pass(31 * 60),
            Collector::Retry => {
                let path = format!("/api/v1/invoices/{}/retry_payment", self.invoice);
                api.post(&path, &json!({}));
            }
            Collector::Bulk => {
                let filter = json!({ "external_customer_id": self.customer });
                let started = api.post("/recoup/v1/bulk_retries", &json!({ "filter": filter }));
                assert_eq!(started.status, 201, "{started:?}");
            }
            Collector::AttemptNow => {
                let names = json!({ "customer_id": self.customer_id, "invoice_id": self.invoice });
                api.post("/v1/payments/attempt", &names);
            }
            Collector::Link => {
                if let Some(url) = self.link()
                    && crate::world::payer::open(&url).has_button()
                {
                    leave_card(&url, "ok");
                }
            }
            Collector::OpenPage => {
                if let Some(url) = self.link()
                    && crate::world::payer::open(&url).has_button()
                {
                    self.page = Some(provider_page(&url));
                }
            }
            Collector::Recorded => self.record(DUE),
            Collector::RecordedPart => self.record(DUE * 2 / 5),
        }
        self.world.pass(2);
    }

    fn record(&mut self, amount: i64) {
        if record(self.world, &self.invoice, amount) == 200 {
            self.recorded += amount;
        }
    }

    /// What the provider took of this customer.
    fn taken(&self) -> i64 {
        let whose = format!("cus_pending_600__{}", self.customer);
        let charges = self.world.charges();
        let theirs = charges
            .iter()
            .filter(|it| it["customer"] == whose.as_str() && it["status"] == "succeeded");
        theirs.map(|it| it["amount"].as_i64().expect("cents")).sum()
    }

    /// Everything that is still to come comes; then all of it is accounted for.
    fn is_paid_once(&self, pair: (Collector, Collector)) {
        if let Some(page) = &self.page {
            choose_card(page, "ok");
        }
        self.world.pass_days(3);
        let invoice = self.world.read_invoice(&self.invoice);
        assert_eq!(invoice["payment_status"], "succeeded", "{pair:?}");
        assert_eq!(invoice["total_paid_amount_cents"], DUE, "{pair:?}");
        let query = format!("?invoice_id={}", self.invoice);
        let beyond: i64 = surplus(self.world, &query)
            .iter()
            .map(|it: &Value| it["amount_cents"].as_i64().expect("cents"))
            .sum();
        assert_eq!(self.taken() + self.recorded, DUE + beyond, "{pair:?}");
        if beyond > 0 {
            // Only a person's record, which asks nobody, can come beside a charge under way.
            let recorded = [Collector::Recorded, Collector::RecordedPart];
            assert!(recorded.contains(&pair.0) || recorded.contains(&pair.1), "{pair:?}: {beyond}");
        }
        let unresolved = self.world.api().get("/recoup/v1/unresolved").body;
        assert_eq!(unresolved["unresolved"], json!([]), "{pair:?}");
    }
}

#[test]
fn whoever_comes_first_and_whoever_second_a_debt_is_paid_once() {
    let delay = ("RECOUP_COLLECT__FIRST_CHARGE_DELAY_MINUTES", DELAY_MINUTES);
    let world = World::with_settings(&[delay]);
    for first in ALL {
        for second in ALL {
            let name = format!("{first:?}-{second:?}").to_lowercase();
            let mut debt = Debt::new(&world, &name);
            debt.collect(first);
            debt.collect(second);
            debt.is_paid_once((first, second));
        }
    }
}

/// The provider's page is paid on after a person has recorded the debt, within the moment that
/// nobody can guard: the money is a surplus, and is told.
#[test]
fn a_payment_that_comes_for_a_settled_debt_is_a_surplus() {
    let delay = ("RECOUP_COLLECT__FIRST_CHARGE_DELAY_MINUTES", DELAY_MINUTES);
    let world = World::with_settings(&[delay]);
    let mut debt = Debt::new(&world, "ada");
    let url = debt.link().expect("a link");
    let page = provider_page(&url);
    choose_card(&page, "pending_600");
    world.pass(2);
    debt.record(DUE);
    world.pass(700);
    let found = surplus(&world, &format!("?invoice_id={}", debt.invoice));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (&found[0]["amount_cents"], &found[0]["reason"]),
        (&json!(DUE), &json!("debt_settled"))
    );
    assert_eq!(debt.taken() + debt.recorded, 2 * DUE);
}
