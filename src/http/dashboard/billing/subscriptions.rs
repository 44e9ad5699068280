//! Subscriptions: what each customer has, from when to when.

use actix_web::web::{Data, Path};
use askama::Template;

use super::super::frame::{Frame, Visit};
use super::super::navigation::Section;
use super::super::page::{Answer, Trouble, look, pages};
use super::super::parts::{Amount, Badge, Day, Empty, Facts, Html, Pager, Tabs, Tone, When};
use super::super::words::sentence_case;
use super::{after, pager, states};
use crate::app::App;
use crate::domain::id::SubscriptionId;
use crate::domain::subscription::{SubscriptionState, SubscriptionStatus};
use crate::domain::view::{SliceRequest, SubscriptionView};
use crate::http::lago::Query;

const PLACE: &str = "/dashboard/subscriptions";
const STATES: &[(&str, &str)] = &[
    ("", "All"),
    ("active", "Active"),
    ("pending", "Not begun"),
    ("terminated", "Ended"),
    ("canceled", "Cancelled"),
];

#[derive(Template)]
#[template(path = "dashboard/billing/subscriptions.html")]
struct List {
    frame: Frame,
    states: Tabs,
    rows: Vec<Row>,
    pager: Pager,
    empty: Empty,
}

#[derive(Template)]
#[template(path = "dashboard/billing/one.html")]
struct One {
    frame: Frame,
    crumb: (&'static str, &'static str),
    state: Badge,
    facts: Facts,
}

pages!(List, One);

struct Row {
    href: String,
    name: String,
    customer: String,
    customer_href: String,
    plan: String,
    amount: Amount,
    state: Badge,
    period: Option<(When, When)>,
}

/// `GET /dashboard/subscriptions`
pub async fn list(app: Data<App>, visit: Visit, query: Query) -> Answer {
    let organization = visit.person.organization_id;
    let status = query.text("state").and_then(SubscriptionStatus::parse);
    let after = after(&query);
    look(app, visit, (Section::Subscriptions, "Subscriptions"), move |app, read, frame| {
        let request = SliceRequest { after, ..SliceRequest::default() };
        let found = read.subscription_slice(organization, (status, request), app.now())?;
        let word = status.map_or("", SubscriptionStatus::as_str);
        let empty = Empty {
            heading: "No such subscription",
            text: "A subscription gives a customer a plan, and makes an invoice for each period."
                .to_owned(),
        };
        Ok(List {
            states: states(("States of subscriptions", PLACE), STATES, word),
            rows: found.items.iter().map(|it| Row::of(it, &frame)).collect(),
            pager: pager(("subscriptions", PLACE), word, (after, found.next)),
            empty,
            frame,
        })
    })
    .await
}

/// Its own name, else the plan's.
fn name(view: &SubscriptionView) -> String {
    view.subscription.name.clone().unwrap_or_else(|| view.plan.plan.name.clone())
}

fn customer(view: &SubscriptionView) -> (String, String) {
    let customer = &view.customer.customer;
    let called = customer.display_name().unwrap_or_else(|| customer.external_id.clone());
    (called, format!("/dashboard/customers/{}", customer.id))
}

fn state(state: &SubscriptionState) -> Badge {
    match state {
        SubscriptionState::Pending { .. } => Badge::new(Tone::Wait, "Not begun"),
        SubscriptionState::Active(_) => Badge::new(Tone::Good, "Active"),
        SubscriptionState::Terminated { .. } => Badge::new(Tone::Quiet, "Ended"),
        SubscriptionState::Canceled { .. } => Badge::new(Tone::Quiet, "Cancelled"),
    }
}

impl Row {
    fn of(view: &SubscriptionView, frame: &Frame) -> Row {
        let (customer, customer_href) = customer(view);
        Row {
            href: format!("{PLACE}/{}", view.subscription.id),
            name: name(view),
            customer,
            customer_href,
            plan: view.plan.plan.code.clone(),
            amount: Amount::of(view.plan.plan.amount),
            state: state(&view.subscription.state),
            period: view.current_period.map(|(from, to)| (frame.when(&from), frame.when(&to))),
        }
    }
}

/// `GET /dashboard/subscriptions/{id}`
pub async fn show(app: Data<App>, visit: Visit, id: Path<String>) -> Answer {
    let id: SubscriptionId = id.parse().map_err(|_| Trouble::NotFound)?;
    let organization = visit.person.organization_id;
    look(app, visit, (Section::Subscriptions, "Subscription"), move |app, read, frame| {
        let found = read.subscription_view(organization, id, app.now())?;
        let view = found.ok_or(Trouble::NotFound)?;
        let frame = frame.titled(name(&view));
        let facts = facts(&view, &frame);
        let crumb = (PLACE, "Subscriptions");
        Ok(One { crumb, state: state(&view.subscription.state), facts, frame })
    })
    .await
}

fn facts(view: &SubscriptionView, frame: &Frame) -> Facts {
    let (subscription, plan) = (&view.subscription, &view.plan.plan);
    let when = |at| Html::of(&frame.when(&at));
    let (called, href) = customer(view);
    let plan_href = format!("/dashboard/plans/{}", plan.parent_id.unwrap_or(plan.id));
    let facts = Facts::default()
        .with("Customer", Html::link(&href, &called))
        .with("Plan", Html::link(&plan_href, &plan.name))
        .with("Price", Html::of(&Amount::of(plan.amount)))
        .with("Every", Html::text(&sentence_case(plan.interval.as_str())))
        .with("External id", Html::code(&subscription.external_id));
    let facts = match subscription.state {
        SubscriptionState::Pending { starts_on } => {
            facts.with("Begins", Html::of(&Day { day: starts_on }))
        }
        SubscriptionState::Active(run) => facts.with("Began", when(run.started_at)),
        SubscriptionState::Terminated { run, at } => {
            facts.with("Began", when(run.started_at)).with("Ended", when(at))
        }
        SubscriptionState::Canceled { at } => facts.with("Cancelled", when(at)),
    };
    facts
        .with_some("Period from", view.current_period.map(|(from, _)| when(from)))
        .with_some("Period to", view.current_period.map(|(_, to)| when(to)))
        .with_some("Ends", subscription.ending_at.map(when))
        .with_some("Then plan", view.next_plan_code.as_deref().map(Html::code))
        .with_some("Before it", view.previous_plan_code.as_deref().map(Html::code))
        .with_some("Purchase order", subscription.purchase_order_number.as_deref().map(Html::text))
        .with("Made", when(subscription.created_at))
}
