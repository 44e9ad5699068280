//! An endpoint of the business that hears every webhook, and the invoices that are asked for
//! together: what stories about more than one invoice begin with.

use serde_json::{Value, json};

use super::{Answer, World};
use crate::outbound::receiver::{self, Receiver};

/// Hears everything from when it is made.
pub struct Ears(Receiver);

impl Ears {
    pub fn of(world: &World) -> Ears {
        let receiver = Receiver::answering([receiver::Answer::status(200)]);
        let endpoint = json!({ "webhook_endpoint": {
            "webhook_url": receiver.url(), "signature_algo": "hmac",
        }});
        let made = world.api().post("/api/v1/webhook_endpoints", &endpoint);
        assert_eq!(made.status, 200, "{made:?}");
        Ears(receiver)
    }

    /// Everything heard of so far, in the order of arrival.
    pub fn heard(&self) -> Vec<Value> {
        let received = self.0.received();
        received.iter().map(|it| serde_json::from_slice(&it.body).expect("JSON")).collect()
    }

    /// The objects of one kind of webhook.
    pub fn of_kind(&self, kind: &str) -> Vec<Value> {
        let heard = self.heard();
        let mine = heard.into_iter().filter(|webhook| webhook["webhook_type"] == kind);
        mine.map(|webhook| {
            let key = webhook["object_type"].as_str().expect("a type").to_owned();
            webhook[key].clone()
        })
        .collect()
    }
}

impl World {
    /// An invoice that nobody charges by itself, and its id.
    pub fn quiet_invoice(&self, external_customer_id: &str, money: (i64, &str)) -> String {
        let (amount_cents, currency) = money;
        self.api().post(
            "/api/v1/add_ons",
            &json!({ "add_on": {
                "name": "Set-up", "code": "setup", "amount_cents": 100, "amount_currency": "EUR",
            }}),
        );
        let answer = self.api().post(
            "/api/v1/invoices",
            &json!({ "invoice": {
                "external_customer_id": external_customer_id, "currency": currency,
                "skip_psp": true,
                "fees": [{ "add_on_code": "setup", "units": 1, "unit_amount_cents": amount_cents }],
            }}),
        );
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body["invoice"]["lago_id"].as_str().expect("an id").to_owned()
    }

    /// Overdue invoices of these amounts in euros.
    pub fn overdue(&self, external_customer_id: &str, amounts: &[i64]) -> Vec<String> {
        let ids: Vec<String> = amounts
            .iter()
            .map(|amount| self.quiet_invoice(external_customer_id, (*amount, "EUR")))
            .collect();
        self.become_overdue();
        ids
    }

    /// The next day has begun, and what was due before it is marked.
    pub fn become_overdue(&self) {
        self.pass(25 * 3_600);
    }

    pub fn request(&self, external_customer_id: &str, invoices: &[String]) -> Answer {
        let body = json!({ "payment_request": {
            "external_customer_id": external_customer_id, "lago_invoice_ids": invoices,
        }});
        self.api().post("/api/v1/payment_requests", &body)
    }

    /// The id of a request that is made.
    pub fn requested(&self, external_customer_id: &str, invoices: &[String]) -> String {
        let answer = self.request(external_customer_id, invoices);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body["payment_request"]["lago_id"].as_str().expect("an id").to_owned()
    }

    pub fn request_status(&self, id: &str) -> String {
        let answer = self.api().get(&format!("/api/v1/payment_requests/{id}"));
        assert_eq!(answer.status, 200, "{answer:?}");
        let status = &answer.body["payment_request"]["payment_status"];
        status.as_str().expect("a status").to_owned()
    }

    /// What was told of one kind of event: the invoice, and the sentence.
    pub fn told(&self, kind: &str) -> Vec<(Option<String>, Option<String>)> {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let file = self.data_dir.path().join("recoup.db");
        let database = rusqlite::Connection::open_with_flags(file, flags).expect("opens");
        let sql = "SELECT invoice_id, message FROM events WHERE kind = ?1 ORDER BY id";
        let mut statement = database.prepare(sql).expect("a statement");
        let rows = statement.query_map([kind], |row| Ok((row.get(0)?, row.get(1)?)));
        rows.expect("rows").map(|row| row.expect("a row")).collect()
    }
}
