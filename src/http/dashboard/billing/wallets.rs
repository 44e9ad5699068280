//! Wallets: what customers have paid ahead, and what moved in and out.

use actix_web::web::{Data, Path};
use askama::Template;

use super::super::frame::{Frame, Visit};
use super::super::navigation::Section;
use super::super::page::{Answer, Trouble, look, pages};
use super::super::parts::{Amount, Badge, Empty, Facts, Html, Pager, Tabs, Tone, When};
use super::super::words::sentence_case;
use super::{after, pager, states};
use crate::app::App;
use crate::domain::filter::WalletTransactionFilter;
use crate::domain::id::WalletId;
use crate::domain::view::{PageRequest, SliceRequest, WalletView};
use crate::domain::wallet::WalletStatus;
use crate::domain::wallet::rule::{RecurringRule, Trigger};
use crate::domain::wallet::transaction::{TransactionState, WalletTransaction};
use crate::http::lago::Query;

const PLACE: &str = "/dashboard/wallets";
const STATES: &[(&str, &str)] = &[("", "All"), ("active", "Active"), ("terminated", "Ended")];
/// So many movements stand on the page of a wallet.
const MOVEMENTS_MAX: u32 = 100;

#[derive(Template)]
#[template(path = "dashboard/billing/wallets.html")]
struct List {
    frame: Frame,
    states: Tabs,
    rows: Vec<Row>,
    pager: Pager,
    empty: Empty,
}

#[derive(Template)]
#[template(path = "dashboard/billing/wallet.html")]
struct One {
    frame: Frame,
    state: Badge,
    balance: Amount,
    facts: Facts,
    movements: Vec<Movement>,
    is_cut: bool,
}

pages!(List, One);

struct Row {
    href: String,
    name: String,
    customer: String,
    customer_href: String,
    balance: Amount,
    state: Badge,
    tops_up: Option<String>,
}

struct Movement {
    at: When,
    kind: &'static str,
    amount: Amount,
    credits: String,
    state: Badge,
    invoice: Option<String>,
}

/// `GET /dashboard/wallets`
pub async fn list(app: Data<App>, visit: Visit, query: Query) -> Answer {
    let organization = visit.person.organization_id;
    let asked = query.text("state").unwrap_or_default().to_owned();
    let status = STATES.iter().map(|(word, _)| *word).find(|word| *word == asked);
    let status = status.filter(|word| !word.is_empty());
    let after = after(&query);
    look(app, visit, (Section::Wallets, "Wallets"), move |_, read, frame| {
        let request = SliceRequest { after, ..SliceRequest::default() };
        let found = read.wallet_slice(organization, status, request)?;
        let word = status.unwrap_or_default();
        let empty = Empty {
            heading: "No such wallet",
            text: "A wallet holds credits that a customer has paid ahead. Invoices take from it \
                   before anything is charged."
                .to_owned(),
        };
        Ok(List {
            states: states(("States of wallets", PLACE), STATES, word),
            rows: found.items.iter().map(Row::of).collect(),
            pager: pager(("wallets", PLACE), word, (after, found.next)),
            empty,
            frame,
        })
    })
    .await
}

fn state(status: WalletStatus) -> Badge {
    match status {
        WalletStatus::Active => Badge::new(Tone::Good, "Active"),
        WalletStatus::Terminated { .. } => Badge::new(Tone::Quiet, "Ended"),
    }
}

fn name(view: &WalletView) -> String {
    view.wallet.name.clone().unwrap_or_else(|| view.wallet.code.clone())
}

fn tops_up(rule: &RecurringRule) -> String {
    match rule.trigger {
        Trigger::Interval(interval) => sentence_case(interval.as_str()),
        Trigger::Threshold(credits) => format!("At {} credits or fewer", credits.decimal()),
    }
}

impl Row {
    fn of(view: &WalletView) -> Row {
        Row {
            href: format!("{PLACE}/{}", view.wallet.id),
            name: name(view),
            customer: view.external_customer_id.clone(),
            customer_href: format!("/dashboard/customers/{}", view.wallet.customer_id),
            balance: Amount::of(view.wallet.balance_money()),
            state: state(view.wallet.status),
            tops_up: view.rule.as_ref().map(tops_up),
        }
    }
}

/// `GET /dashboard/wallets/{id}`
pub async fn show(app: Data<App>, visit: Visit, id: Path<String>) -> Answer {
    let id: WalletId = id.parse().map_err(|_| Trouble::NotFound)?;
    let organization = visit.person.organization_id;
    look(app, visit, (Section::Wallets, "Wallet"), move |_, read, frame| {
        let view = read.wallet_view(organization, id)?.ok_or(Trouble::NotFound)?;
        let request = PageRequest { page: 1, per_page: MOVEMENTS_MAX };
        let moved = read.wallet_transactions(id, &WalletTransactionFilter::default(), request)?;
        let frame = frame.titled(name(&view));
        Ok(One {
            state: state(view.wallet.status),
            balance: Amount::of(view.wallet.balance_money()),
            facts: facts(&view, &frame),
            movements: moved.items.iter().map(|it| Movement::of(it, &frame)).collect(),
            is_cut: moved.total > u64::from(MOVEMENTS_MAX),
            frame,
        })
    })
    .await
}

fn facts(view: &WalletView, frame: &Frame) -> Facts {
    let wallet = &view.wallet;
    let when = |at| Html::of(&frame.when(&at));
    let href = format!("/dashboard/customers/{}", wallet.customer_id);
    let ended = match wallet.status {
        WalletStatus::Active => None,
        WalletStatus::Terminated { at } => Some(when(at)),
    };
    let rule = view.rule.as_ref();
    Facts::default()
        .with("Customer", Html::link(&href, &view.external_customer_id))
        .with("Code", Html::code(&wallet.code))
        .with("Credits", Html::text(&wallet.credits.decimal().to_string()))
        .with("Used by invoices", Html::text(&wallet.consumed.decimal().to_string()))
        .with("Used in order", Html::text(&wallet.priority.to_string()))
        .with_some("Topped up", rule.map(|rule| Html::text(&tops_up(rule))))
        .with_some("Expires", wallet.expiration_at.map(when))
        .with_some("Last used", wallet.last_consumed_at.map(when))
        .with_some("Ended", ended)
        .with("Made", when(wallet.created_at))
}

impl Movement {
    fn of(moved: &WalletTransaction, frame: &Frame) -> Movement {
        let (tone, word) = match moved.state {
            TransactionState::Pending => (Tone::Wait, "To be paid"),
            TransactionState::Settled { .. } => (Tone::Good, "Done"),
            TransactionState::Failed { .. } => (Tone::Bad, "Not paid"),
        };
        Movement {
            at: frame.when(&moved.created_at),
            kind: moved.kind.as_str(),
            amount: Amount::of(moved.amount),
            credits: moved.credits.decimal().to_string(),
            state: Badge::new(tone, word),
            invoice: moved.invoice_id.map(|id| format!("/dashboard/invoices/{id}")),
        }
    }
}
