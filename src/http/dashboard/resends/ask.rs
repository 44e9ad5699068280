//! `/dashboard/resends/new`: what resending the invoices of a list would do, and the button that
//! does it.

use std::collections::BTreeMap;

use actix_web::web::Data;
use askama::Template;

use super::chosen::{Chosen, facts};
use super::{PATH, words};
use crate::app::App;
use crate::app::bulk_retry::{BulkPreview, StartBulkRetryError, Started};
use crate::domain::bulk_retry::BulkResult;
use crate::domain::money::Money;
use crate::domain::sign_in::new_token;
use crate::domain::user::Role;
use crate::http::blocking;
use crate::http::dashboard::access::{Person, Sent};
use crate::http::dashboard::deeds::{Refusal, internal, refused};
use crate::http::dashboard::frame::{Flash, Frame, Visit};
use crate::http::dashboard::navigation::Section;
use crate::http::dashboard::page::{Answer, Trouble, done, look, pages};
use crate::http::dashboard::parts::{Amount, Empty, Facts};
use crate::http::lago::Query;

/// So many of those that are not eligible are named.
const NAMED_MAX: usize = 50;

#[derive(Template)]
#[template(path = "dashboard/resends/new.html")]
struct Ask {
    frame: Frame,
    facts: Facts,
    faults: Vec<String>,
    /// The list that it was chosen from.
    list: String,
    eligible: Counted,
    refused: Counted,
    reasons: Vec<Reason>,
    named: Vec<Named>,
    /// How many more there are than are named.
    unnamed: u64,
    empty: Empty,
    /// Everything that the form carries.
    fields: Vec<(&'static str, String)>,
}

pages!(Ask);

/// How many, and how much of each currency.
#[derive(Default)]
struct Counted {
    number: u64,
    told: String,
    amounts: Vec<Amount>,
}

struct Reason {
    sentence: String,
    counted: Counted,
}

struct Named {
    id: String,
    number: String,
    customer: String,
    sentence: String,
    amount: Amount,
}

/// `GET /dashboard/resends/new`
pub async fn show(app: Data<App>, visit: Visit, query: Query) -> Answer {
    let organization = visit.person.organization_id;
    if !visit.person.may_operate() {
        return Err(Trouble::NotPermitted(Role::Operator));
    }
    let chosen = Chosen::read(|name| query.text(name).map(str::to_owned));
    look(app, visit, (Section::Resends, "Resend for collection"), move |app, _, frame| {
        let preview = if chosen.faults.is_empty() {
            app.preview_bulk_retry(organization, &chosen.filter).map_err(|error| {
                internal(&error);
                Trouble::Internal
            })?
        } else {
            BulkPreview::default()
        };
        Ok(Ask::of(chosen, &preview, frame))
    })
    .await
}

impl Ask {
    fn of(chosen: Chosen, preview: &BulkPreview, frame: Frame) -> Ask {
        let list = chosen.list();
        let mut fields = chosen.fields;
        // Pressed twice, it is done once.
        fields.push(("key", new_token().reveal().to_owned()));
        let named = preview.refused.iter().take(NAMED_MAX).map(|it| Named {
            id: it.invoice_id.to_string(),
            number: it.invoice_number.clone(),
            customer: it.external_customer_id.clone(),
            sentence: words::refusal(it.code),
            amount: Amount::of(it.due),
        });
        let named: Vec<Named> = named.collect();
        let refused = sum(preview, |it| it == BulkResult::Refused);
        Ask {
            facts: facts(&chosen.filter),
            faults: chosen.faults,
            list,
            eligible: sum(preview, |it| it == BulkResult::Queued),
            unnamed: refused.number.saturating_sub(u64::try_from(named.len()).unwrap_or(0)),
            refused,
            reasons: reasons(preview),
            named,
            empty: Empty {
                heading: "No invoice fits",
                text: "Nothing that is owed fits this list now, so there is nothing to resend."
                    .to_owned(),
            },
            fields,
            frame,
        }
    }
}

fn sum(preview: &BulkPreview, is_meant: impl Fn(BulkResult) -> bool) -> Counted {
    let meant = preview.counts.iter().filter(|it| is_meant(it.result));
    let mut counted = Counted::default();
    let mut sums = BTreeMap::new();
    for it in meant {
        counted.number += it.count;
        let sum = sums.entry(it.amount.currency).or_insert(0_i64);
        *sum = sum.saturating_add(it.amount.minor_units);
    }
    counted.told = plain(counted.number);
    let money = |(currency, units)| Amount::of(Money::new(units, currency));
    counted.amounts = sums.into_iter().map(money).collect();
    counted
}

/// Not cut: it says how much is about to be charged.
fn plain(number: u64) -> String {
    let digits = number.to_string();
    let mut told = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            told.push(',');
        }
        told.push(digit);
    }
    told
}

fn reasons(preview: &BulkPreview) -> Vec<Reason> {
    let mut codes: Vec<&str> =
        preview.counts.iter().filter_map(|count| count.code.as_deref()).collect();
    codes.sort_unstable();
    codes.dedup();
    let of = |code: &str| {
        let counts = preview.counts.iter().filter(|it| it.code.as_deref() == Some(code)).cloned();
        let part = BulkPreview { counts: counts.collect(), refused: vec![] };
        Reason { sentence: words::refusal(code), counted: sum(&part, |_| true) }
    };
    codes.into_iter().map(of).collect()
}

/// `POST /dashboard/resends`
pub async fn start(app: Data<App>, person: Person, sent: Sent) -> Answer {
    let chosen = Chosen::read(|name| sent.filled(name).map(str::to_owned));
    let key = sent.filled("key").map(|key| format!("dashboard-{key}"));
    let list = chosen.list();
    let worker = app.on_behalf_of(person.actor());
    let organization = person.organization_id;
    let started = blocking(move || -> Result<_, Trouble> {
        if let Some(fault) = chosen.faults.first() {
            return Ok(Err(refused(fault.clone())));
        }
        Ok(match worker.start_bulk_retry(organization, chosen.filter, key) {
            Ok(Started::Now(bulk) | Started::Before(bulk)) => Ok(bulk),
            Err(StartBulkRetryError::KeyReused) => Err(refused(
                "Nothing was resent: this page was used for another list. Look at it again.",
            )),
            Err(StartBulkRetryError::Collect(error)) => Err(internal(&error)),
        })
    });
    match started.await?? {
        Ok(bulk) => {
            let said = Flash::good("Resent. What becomes of each invoice shows below.");
            done(&app, &format!("{PATH}/{}", bulk.id), &said)
        }
        Err(Refusal::Sentence(sentence)) => done(&app, &list, &Flash::bad(sentence)),
        Err(Refusal::NotFound) => Err(Trouble::NotFound),
        Err(Refusal::Internal) => Err(Trouble::Internal),
    }
}
