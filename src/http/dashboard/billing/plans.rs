//! Plans: what is sold again and again.

use actix_web::web::{Data, Path};
use askama::Template;

use super::super::frame::{Frame, Visit};
use super::super::navigation::Section;
use super::super::page::{Answer, Trouble, look, pages};
use super::super::parts::{Amount, Badge, Empty, Facts, Html, Tone, count};
use super::super::words::sentence_case;
use crate::app::App;
use crate::domain::id::PlanId;
use crate::domain::plan::PayWhen;
use crate::domain::view::{PageRequest, PlanView};

const PLACE: &str = "/dashboard/plans";
/// A business has few; the API lists more.
const SHOWN_MAX: u32 = 200;

#[derive(Template)]
#[template(path = "dashboard/billing/plans.html")]
struct List {
    frame: Frame,
    rows: Vec<Row>,
    is_cut: bool,
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
    code: String,
    amount: Amount,
    interval: String,
    billed: &'static str,
    subscriptions: String,
}

/// `GET /dashboard/plans`
pub async fn list(app: Data<App>, visit: Visit) -> Answer {
    let organization = visit.person.organization_id;
    look(app, visit, (Section::Plans, "Plans"), move |_, read, frame| {
        let request = PageRequest { page: 1, per_page: SHOWN_MAX };
        let found = read.plan_views(organization, request)?;
        let empty = Empty {
            heading: "No plan yet",
            text: "A plan has a price for each period. Subscriptions give it to customers."
                .to_owned(),
        };
        Ok(List {
            is_cut: found.total > u64::from(SHOWN_MAX),
            rows: found.items.iter().map(Row::of).collect(),
            empty,
            frame,
        })
    })
    .await
}

const fn billed(when: PayWhen) -> &'static str {
    match when {
        PayWhen::InAdvance => "on the first day of a period",
        PayWhen::InArrears => "after the last day of a period",
    }
}

impl Row {
    fn of(view: &PlanView) -> Row {
        Row {
            href: format!("{PLACE}/{}", view.plan.id),
            name: view.plan.name.clone(),
            code: view.plan.code.clone(),
            amount: Amount::of(view.plan.amount),
            interval: sentence_case(view.plan.interval.as_str()),
            billed: billed(view.plan.pay_when),
            subscriptions: count(view.counts.active_subscriptions),
        }
    }
}

/// `GET /dashboard/plans/{id}`
pub async fn show(app: Data<App>, visit: Visit, id: Path<String>) -> Answer {
    let id: PlanId = id.parse().map_err(|_| Trouble::NotFound)?;
    let organization = visit.person.organization_id;
    look(app, visit, (Section::Plans, "Plan"), move |_, read, frame| {
        let found = read.plan_if_any(organization, id)?.ok_or(Trouble::NotFound)?;
        let view = read.beside_plan(found)?;
        let frame = frame.titled(&view.plan.name);
        let state = match view.plan.deleted_at {
            Some(_) => Badge::new(Tone::Quiet, "Deleted"),
            None => Badge::new(Tone::Good, "On sale"),
        };
        Ok(One { crumb: (PLACE, "Plans"), state, facts: facts(&view, &frame), frame })
    })
    .await
}

fn facts(view: &PlanView, frame: &Frame) -> Facts {
    let plan = &view.plan;
    let text = Html::text;
    let trial = plan.trial_days.filter(|days| *days > 0);
    let taxes: Vec<&str> = view.taxes.iter().map(|tax| tax.code.as_str()).collect();
    Facts::default()
        .with("Code", Html::code(&plan.code))
        .with("Price", Html::of(&Amount::of(plan.amount)))
        .with("Every", text(&sentence_case(plan.interval.as_str())))
        .with("Billed", text(billed(plan.pay_when)))
        .with_some("Free at first", trial.map(|days| text(&format!("{days} days"))))
        .with_some("On invoices", plan.invoice_display_name.as_deref().map(Html::text))
        .with_some("Description", plan.description.as_deref().map(Html::text))
        .with_some("Taxes", (!taxes.is_empty()).then(|| text(&taxes.join(", "))))
        .with("Active subscriptions", text(&count(view.counts.active_subscriptions)))
        .with("Customers", text(&count(view.counts.customers)))
        .with("Draft invoices", text(&count(view.counts.draft_invoices)))
        .with("Made", Html::of(&frame.when(&plan.created_at)))
}
