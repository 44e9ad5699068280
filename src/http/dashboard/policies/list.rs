//! Which policies there are, in words, and whom they are given to.

use actix_web::web::Data;
use askama::Template;

use super::super::frame::{Frame, Visit};
use super::super::navigation::Section;
use super::super::page::{Answer, Trouble, look, pages};
use super::super::parts::{Choice, Csrf, SelectField, TextField, When};
use super::address;
use crate::app::App;
use crate::domain::id::{ConnectionId, CustomerId, OrganizationId, PlanId};
use crate::domain::policy::{Assignment, Ladder, OnExhausted, Policy, Scope};
use crate::store::Reader;
use crate::wire::recoup::policy::presets::presets;

/// So many of those whom policies are given to are listed.
const GIVEN_MAX: u32 = 200;

#[derive(Template)]
#[template(path = "dashboard/policies/list.html")]
struct List {
    frame: Frame,
    policies: Vec<Row>,
    given: Vec<Given>,
    is_cut: bool,
    /// Somebody may give one.
    giving: Option<Giving>,
}

pages!(List);

struct Row {
    href: String,
    code: String,
    version: Option<u32>,
    since: Option<When>,
    summary: String,
}

pub struct Given {
    pub scope: Scope,
    pub scope_shown: &'static str,
    /// As people call it; empty for the organization.
    pub name: String,
    pub href: Option<String>,
    pub policy: String,
    pub policy_href: String,
    pub since: When,
}

struct Giving {
    csrf: Csrf,
    policy: SelectField,
    scope: SelectField,
    target: TextField,
}

/// `GET /dashboard/policies`
pub async fn show(app: Data<App>, visit: Visit) -> Answer {
    let organization = visit.person.organization_id;
    look(app, visit, (Section::Policies, "Policies"), move |_, read, frame| {
        let own = read.policies(organization)?;
        let mut policies: Vec<Row> =
            own.iter().map(|it| Row::of(&it.policy, Some(frame.when(&it.created_at)))).collect();
        for ready in presets() {
            if !policies.iter().any(|row| row.code == ready.policy.name.code) {
                policies.push(Row::of(&ready.policy, None));
            }
        }
        let found = read.policy_assignments(organization, GIVEN_MAX + 1)?;
        let is_cut = found.len() > GIVEN_MAX as usize;
        let mut given = vec![];
        for one in found.iter().take(GIVEN_MAX as usize) {
            given.push(Given::of(read, organization, one, &frame)?);
        }
        let giving = frame.may_administer().then(|| giving(&policies, &frame));
        Ok(List { policies, given, is_cut, giving, frame })
    })
    .await
}

impl Row {
    fn of(policy: &Policy, since: Option<When>) -> Row {
        Row {
            href: address(&policy.name.code),
            code: policy.name.code.clone(),
            version: Some(policy.name.version).filter(|version| *version > 0),
            since,
            summary: summary(policy),
        }
    }
}

/// What it does, in a sentence or two.
pub fn summary(policy: &Policy) -> String {
    let ladders = &policy.ladders;
    let is_empty = |ladder: &Ladder| ladder.0.is_empty();
    if is_empty(&ladders.soft) && is_empty(&ladders.soft_short) && is_empty(&ladders.limited) {
        return format!("No retry after the first charge. Then {}.", ending(policy.on_exhausted));
    }
    format!(
        "{} days; after a soft decline {} retries; at most {} attempts on one payment method. \
         Then {}.",
        policy.window.whole_days(),
        ladders.soft.0.len(),
        policy.caps.per_instrument,
        ending(policy.on_exhausted)
    )
}

const fn ending(then: OnExhausted) -> &'static str {
    match then {
        OnExhausted::LeaveOpen => "the invoice stays open",
        OnExhausted::MarkUncollectible => "the invoice is marked uncollectible",
        OnExhausted::Void => "the invoice is voided",
        OnExhausted::CancelSubscription => "the subscription is ended",
        OnExhausted::LinkOnly => "only a payment link is left",
    }
}

impl Given {
    pub fn of(
        read: &Reader<'_>,
        organization: OrganizationId,
        one: &Assignment,
        frame: &Frame,
    ) -> Result<Given, Trouble> {
        let (scope_shown, name, href) = match one.scope {
            Scope::Organization => ("Everybody else", String::new(), None),
            Scope::Customer => {
                let id = one.target.parse::<CustomerId>().ok();
                let found = id.map(|id| read.customer(organization, id)).transpose()?.flatten();
                let href = found.as_ref().map(|it| format!("/dashboard/customers/{}", it.id));
                ("Customer", found.map(|it| it.external_id).unwrap_or_default(), href)
            }
            Scope::Plan => {
                let id = one.target.parse::<PlanId>().ok();
                let found = id.map(|id| read.plan_if_any(organization, id)).transpose()?.flatten();
                ("Plan", found.map(|it| it.code).unwrap_or_default(), None)
            }
            Scope::Provider => {
                let id = one.target.parse::<ConnectionId>().ok();
                let found = id.map(|id| read.connection(organization, id)).transpose()?.flatten();
                ("Connection", found.map(|it| it.code).unwrap_or_default(), None)
            }
        };
        Ok(Given {
            scope: one.scope,
            scope_shown,
            name,
            href,
            policy: one.code.clone(),
            policy_href: address(&one.code),
            since: frame.when(&one.assigned_at),
        })
    }
}

fn giving(policies: &[Row], frame: &Frame) -> Giving {
    let codes = policies.iter().map(|row| Choice::new(&row.code, &row.code)).collect();
    Giving {
        csrf: frame.csrf(),
        policy: SelectField {
            name: "policy",
            label: "Policy",
            options: codes,
            chosen: "standard".to_owned(),
        },
        scope: SelectField {
            name: "scope",
            label: "For",
            options: vec![
                Choice::new("customer", "a customer"),
                Choice::new("plan", "a plan"),
                Choice::new("provider", "a connection"),
                Choice::new("organization", "everybody else"),
            ],
            chosen: "customer".to_owned(),
        },
        target: TextField::new("target", "External id or code"),
    }
}
