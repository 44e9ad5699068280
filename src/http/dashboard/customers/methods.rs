//! What a customer can be charged on, as it stands on their page, with what can be done to it.

use super::PATH;
use super::list::{expiry, method_label};
use crate::domain::customer::Customer;
use crate::domain::payment::PayableId;
use crate::domain::payment_method::{
    MethodChoice, MethodFilter, MethodState, MethodUses, PaymentMethod,
};
use crate::domain::view::{MethodView, PageRequest};
use crate::http::dashboard::frame::Frame;
use crate::http::dashboard::parts::{ActionForm, Badge, Facts, Html, Tone};
use crate::store::{Reader, StoreError};

/// On the page of a customer.
const METHODS_MAX: u32 = 50;

/// So many names of what turns manual are told.
const NAMED_MAX: usize = 5;

/// So many planned charges are looked through for those on the default method.
const PLANNED_MAX: u32 = 100;

pub struct Method {
    pub label: String,
    pub badges: Vec<Badge>,
    pub facts: Facts,
    /// Posts at once.
    pub plain: Vec<(String, &'static str)>,
    pub asks: Vec<ActionForm>,
}

/// Newest first, the inactive ones last.
pub fn of(
    read: &Reader<'_>,
    customer: &Customer,
    frame: &Frame,
) -> Result<Vec<Method>, StoreError> {
    let page = PageRequest { per_page: METHODS_MAX, ..PageRequest::default() };
    let mut views = read.method_views(customer.id, MethodFilter::All, page)?.items;
    views.sort_by_key(|view| (!view.method.is_default, view.method.state != MethodState::Active));
    let may_act = frame.may_operate() && customer.deleted_at.is_none();
    let mut methods = Vec::with_capacity(views.len());
    for view in &views {
        let mut shown = shown(view, frame);
        if may_act {
            offer(read, &view.method, frame, &mut shown)?;
        }
        methods.push(shown);
    }
    Ok(methods)
}

fn shown(view: &MethodView, frame: &Frame) -> Method {
    let method = &view.method;
    let mut badges = vec![];
    if method.is_default {
        badges.push(Badge::new(Tone::Good, "Default"));
    }
    if method.state != MethodState::Active {
        badges.push(Badge::new(Tone::Quiet, "Inactive"));
    }
    if method.stopped_at.is_some() {
        badges.push(Badge::new(Tone::Bad, "Consent withdrawn"));
    }
    badges.extend(expiry(method, frame));
    let details = &method.details;
    let expires = match (details.expiry_month, details.expiry_year) {
        (Some(month), Some(year)) => Some(Html::text(&format!("{month:02}/{year}"))),
        (Some(_), None) | (None, _) => None,
    };
    Method {
        label: method_label(method),
        badges,
        facts: Facts::default()
            .with_some("Good through", expires)
            .with("At", Html::text(&view.connection_name))
            .with("There as", Html::code(&details.provider_method_id))
            .with("Added", Html::of(&frame.when(&method.created_at))),
        plain: vec![],
        asks: vec![],
    }
}

fn offer(
    read: &Reader<'_>,
    method: &PaymentMethod,
    frame: &Frame,
    shown: &mut Method,
) -> Result<(), StoreError> {
    let path = format!("{PATH}/{}/methods/{}", method.customer_id, method.id);
    match method.state {
        MethodState::Active => {
            if !method.is_default {
                shown.plain.push((format!("{path}/default"), "Make it the default"));
            }
            shown.asks.push(ActionForm {
                label: "Make inactive".to_owned(),
                action: format!("{path}/deactivate"),
                explanation: consequences(read, method)?,
                fields: vec![],
                confirm: "Make it inactive".to_owned(),
                is_dangerous: true,
                csrf: frame.csrf(),
            });
        }
        MethodState::Inactive => {
            shown.plain.push((format!("{path}/activate"), "Make active"));
        }
        MethodState::Discarded => {}
    }
    Ok(())
}

/// What becomes of everything that is paid with it.
fn consequences(read: &Reader<'_>, method: &PaymentMethod) -> Result<String, StoreError> {
    let uses = read.method_uses(method.id)?;
    let mut sentences = vec![
        "Nothing new is charged on it until it is made active again. A charge that is under way \
         goes on."
            .to_owned(),
        manual(&uses),
    ];
    if method.is_default {
        let planned = planned_on_default(read, method)?;
        sentences.push("The customer has no default method then.".to_owned());
        if planned > 0 {
            let count = counted(planned, planned == 100, "planned charge");
            sentences.push(format!("Without one, {count} cannot be made until there is another."));
        }
    }
    Ok(sentences.join(" "))
}

fn manual(uses: &MethodUses) -> String {
    let kinds = [
        (&uses.invoices, "invoice"),
        (&uses.subscriptions, "subscription"),
        (&uses.wallets, "wallet"),
    ];
    let told: Vec<String> = kinds
        .iter()
        .filter(|(names, _)| !names.is_empty())
        .map(|(it, kind)| named(it, kind))
        .collect();
    if told.is_empty() {
        return "No invoice, subscription or wallet names it, so none turns manual.".to_owned();
    }
    format!("From then on these are to be paid by hand: {}.", told.join("; "))
}

/// `3 invoices (A, B and C)`
fn named(names: &[String], kind: &str) -> String {
    let shown = names.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>().join(", ");
    let rest = if names.len() > NAMED_MAX { ", …" } else { "" };
    format!("{} ({shown}{rest})", counted(names.len(), names.len() >= 100, kind))
}

fn counted(number: usize, is_cut: bool, kind: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    let more = if is_cut { "+" } else { "" };
    format!("{number}{more}\u{a0}{kind}{plural}")
}

/// Of the charges that are planned for the customer, those that would be made on this one.
fn planned_on_default(read: &Reader<'_>, method: &PaymentMethod) -> Result<usize, StoreError> {
    let mut count = 0;
    for recovery in read.recoveries_planned(method.customer_id, PLANNED_MAX)? {
        let PayableId::Invoice(id) = recovery.payable else { continue };
        let invoice = read.invoice(recovery.organization_id, id)?;
        let takes_default = recovery.requested_method.is_none()
            && invoice.is_some_and(|it| it.method_choice == MethodChoice::Default);
        count += usize::from(takes_default);
    }
    Ok(count)
}
