//! What becomes of a debt whose provider misbehaves: the state that its attempt and its recovery
//! are in at once, and the end once the provider is well again. Between recoup and the pretended
//! provider stands a peer that hands requests on, or not, and answers as the case says; the
//! provider's own ledger is the judge.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use recoup::app::App;
use recoup::app::collect::Asked;
use recoup::domain::attempt::Attempt;
use recoup::domain::id::InvoiceId;
use recoup::domain::idempotent_request::{CallKind, CallMark};
use recoup::domain::payment::PayableId;
use recoup::domain::recovery::Recovery;
use recoup::domain::time::Span;
use recoup::store::{Durability, StoreError};

use super::behaviours::{error, whole};
use crate::disk::ground::Ground;
use crate::psp::peer::{Peer, Visit};

/// What the peer does with one request. None of them: it hands on and answers.
type Mischief = fn(&mut Visit, &Passing<'_>);

/// A request on its way to the provider.
struct Passing<'a> {
    request: &'a str,
    provider: &'a str,
}

impl Passing<'_> {
    /// What the provider answers, whole.
    fn on(&self) -> Vec<u8> {
        let mut provider = TcpStream::connect(self.provider).expect("the provider is there");
        let (line, rest) = self.request.split_once("\r\n").expect("a request has lines");
        let request = format!("{line}\r\nconnection: close\r\n{rest}");
        provider.write_all(request.as_bytes()).expect("the provider listens");
        let mut answer = vec![];
        provider.read_to_end(&mut answer).expect("the provider answers");
        answer
    }
}

struct Case {
    name: &'static str,
    does: Mischief,
    /// The attempt at once, and the recovery.
    at_once: (&'static str, &'static str),
    /// The attempt after its outcome was unknown, and a look-up and a second send met this.
    asked_again: &'static str,
}

const UNKNOWN: (&str, &str) = ("unknown", "charging");

const CASES: &[Case] = &[
    Case { name: "cut, nothing done", does: |_, _| {}, at_once: UNKNOWN, asked_again: "unknown" },
    Case {
        name: "cut, and it was done",
        does: |_, it| drop(it.on()),
        at_once: UNKNOWN,
        asked_again: "unknown",
    },
    Case {
        name: "half an answer, and it was done",
        does: |visit, it| {
            let answer = it.on();
            let _ = visit.stream.write_all(&answer[..answer.len() - 20]);
        },
        at_once: UNKNOWN,
        asked_again: "unknown",
    },
    Case {
        name: "silence, and it was done",
        does: |visit, it| {
            it.on();
            while visit.request().is_some() {}
        },
        at_once: UNKNOWN,
        asked_again: "unknown",
    },
    Case {
        name: "an answer that drips, and it was done",
        does: |visit, it| {
            for byte in it.on() {
                let _ = visit.stream.write_all(&[byte]);
                thread::sleep(Duration::from_millis(20));
            }
        },
        at_once: UNKNOWN,
        asked_again: "unknown",
    },
    Case {
        name: "500, nothing done",
        does: |visit, _| say(visit, "500 Oh", &error("internal_error", "null")),
        at_once: UNKNOWN,
        asked_again: "unknown",
    },
    Case {
        name: "500, and it was done",
        does: |visit, it| {
            it.on();
            say(visit, "500 Oh", &error("internal_error", "null"));
        },
        at_once: UNKNOWN,
        asked_again: "unknown",
    },
    Case {
        name: "503, nothing was processed",
        does: |visit, _| say(visit, "503 No", &error("service_unavailable", "false")),
        at_once: ("not_sent", "waiting"),
        asked_again: "unknown",
    },
    Case {
        name: "429",
        does: |visit, _| say(visit, "429 Slow", &error("rate_limit", "null")),
        at_once: UNKNOWN,
        asked_again: "unknown",
    },
    Case {
        name: "401",
        does: |visit, _| say(visit, "401 Who", &error("secret_key_invalid", "false")),
        at_once: ("declined", "waiting"),
        asked_again: "unknown",
    },
    Case {
        name: "malformed JSON, and it was done",
        does: |visit, it| {
            it.on();
            say(visit, "200 OK", "{\"id\": oops");
        },
        at_once: UNKNOWN,
        asked_again: "unknown",
    },
    Case {
        name: "a page, and it was done",
        does: |visit, it| {
            it.on();
            say(visit, "200 OK", "<html>");
        },
        at_once: UNKNOWN,
        asked_again: "unknown",
    },
    Case {
        name: "the answer twice",
        does: |visit, it| {
            let answer = it.on();
            let _ = visit.stream.write_all(&answer);
            let _ = visit.stream.write_all(&answer);
        },
        at_once: ("paid", "recovered"),
        asked_again: "paid",
    },
    Case {
        name: "asked twice by somebody on the way",
        does: |visit, it| {
            it.on();
            let answer = it.on();
            let _ = visit.stream.write_all(&answer);
        },
        at_once: ("paid", "recovered"),
        asked_again: "paid",
    },
];

fn say(visit: &mut Visit, status: &str, body: &str) {
    visit.write(&whole(status, "connection: close\r\n", body));
}

/// The case that stands between recoup and the provider.
type Now = Arc<Mutex<Option<Mischief>>>;

fn between(provider: &str, now: &Now) -> Peer {
    let provider = provider.strip_prefix("http://").expect("an address").to_owned();
    let now = Arc::clone(now);
    Peer::new(move |visit| {
        // One request a connection, so that a case meets every one.
        let Some(request) = visit.request() else { return };
        let passing = Passing { request: &request, provider: &provider };
        let mischief = *now.lock().expect("nobody panics while holding it");
        match mischief {
            Some(mischief) => mischief(visit, &passing),
            None => drop(visit.stream.write_all(&passing.on())),
        }
    })
}

struct Scene {
    ground: Ground,
    app: App,
    now: Now,
    _peer: Peer,
}

impl Scene {
    fn new(name: &str) -> Scene {
        let now = Now::default();
        let mut peer = None;
        let ground = Ground::behind(name, (7, Durability::PowerCut), |provider| {
            let made = between(provider, &now);
            let address = made.url().trim_end_matches("/v1/charges").to_owned();
            peer = Some(made);
            address
        });
        let ground = ground.unwrap();
        let app = ground.open().unwrap();
        Scene { ground, app, now, _peer: peer.expect("it was made") }
    }

    fn set(&self, mischief: Option<Mischief>) {
        *self.now.lock().unwrap() = mischief;
    }

    fn sell(&self) -> InvoiceId {
        self.ground.sell(&self.app).unwrap();
        self.ground.invoices().last().expect("it was sold").0
    }

    /// The only attempt at it, and the recovery.
    fn stands(&self, invoice: InvoiceId) -> (Attempt, Recovery) {
        let found = self.app.store().read(|read| -> Result<_, StoreError> {
            let recovery = read.recovery_of(PayableId::Invoice(invoice))?.expect("a recovery");
            Ok((read.attempts_of(recovery.id)?, recovery))
        });
        let (mut attempts, recovery) = found.unwrap();
        assert_eq!(attempts.len(), 1, "one attempt, however often it is sent");
        (attempts.remove(0), recovery)
    }

    fn state(&self, invoice: InvoiceId) -> (&'static str, &'static str) {
        let (attempt, recovery) = self.stands(invoice);
        (attempt.state.as_str(), recovery.state.as_str())
    }

    fn charges_of(&self, invoice: InvoiceId) -> usize {
        let reference = self.stands(invoice).0.id.to_string();
        let ledger = self.ground.ledger();
        ledger.iter().filter(|charge| charge["reference"] == reference.as_str()).count()
    }

    /// The provider is well again.
    fn let_time_pass(&self) {
        self.set(None);
        for _ in 0..6 {
            self.ground.clock.advance(Span::minutes(30));
            self.app.resolve_unknown().unwrap();
            self.app.retry_due().unwrap();
        }
    }
}

#[test]
fn whatever_a_provider_does_to_a_charge_it_is_made_once() {
    let scene = Scene::new("then-charge");
    for Case { name, does, at_once, .. } in CASES {
        scene.set(Some(*does));
        let invoice = scene.sell();
        assert_eq!(scene.state(invoice), *at_once, "{name}: at once");
        if at_once.0 == "declined" {
            // Wrong credentials stop the whole connection until a person has looked.
            scene.let_time_pass();
            assert_eq!(scene.state(invoice), *at_once, "{name}: no one has looked");
            assert_eq!(scene.charges_of(invoice), 0, "{name}");
            resume(&scene);
            continue;
        }
        scene.let_time_pass();
        assert_eq!(scene.state(invoice), ("paid", "recovered"), "{name}: in the end");
        assert_eq!(scene.charges_of(invoice), 1, "{name}: in the end");
    }
    scene.ground.judge(&scene.app).unwrap();
}

/// The money was taken and the answer lost; then the look-up and the second send of the same
/// charge meet each case. Not even a person gets a second charge while that is not resolved.
#[test]
fn whatever_meets_a_look_up_the_first_send_is_not_forgotten() {
    let scene = Scene::new("then-look-up");
    let lost: Mischief = |_, it| drop(it.on());
    for Case { name, does, asked_again, .. } in CASES {
        scene.set(Some(lost));
        let invoice = scene.sell();
        assert_eq!(scene.state(invoice), UNKNOWN, "{name}: the answer is lost");
        scene.set(Some(*does));
        scene.ground.clock.advance(Span::minutes(1));
        scene.app.resolve_unknown().unwrap();
        assert_eq!(scene.state(invoice).0, *asked_again, "{name}: looked up");
        if *asked_again == "unknown" {
            // Whatever this is answered, it makes no charge of its own.
            let _ = scene.app.attempt_now(asked(&scene, invoice));
            assert_eq!(scene.state(invoice).0, "unknown", "{name}: asked for by a person");
        }
        scene.let_time_pass();
        assert_eq!(scene.state(invoice), ("paid", "recovered"), "{name}: in the end");
        assert_eq!(scene.charges_of(invoice), 1, "{name}: in the end");
    }
    scene.ground.judge(&scene.app).unwrap();
}

fn asked(scene: &Scene, invoice: InvoiceId) -> Asked {
    Asked {
        organization: scene.ground.organization(),
        customer: scene.stands(invoice).1.customer_id,
        invoice,
        mark: CallMark {
            api_key_id: None,
            kind: CallKind::Attempt,
            is_sent_again: false,
            idempotency_key: None,
        },
    }
}

fn resume(scene: &Scene) {
    let organization = scene.ground.organization();
    let resumed = scene.app.store().write(move |tx| -> Result<(), StoreError> {
        let connection = tx.connection_by_code(organization, "disk")?.expect("the connection");
        tx.save_connection_pause(organization, connection.id, None)
    });
    resumed.unwrap();
}
