//! `/dashboard/invoices/{id}`: one invoice, how its collecting stands, its story, and what can be
//! done about it.

use actix_web::web::{Data, Path};
use askama::Template;

use super::forms::Forms;
use super::list::PATH;
use super::timeline::{Item, Sources};
use crate::app::App;
use crate::domain::audit_trail::{AuditEntry, AuditFilter, AuditSubject};
use crate::domain::event::Event;
use crate::domain::filter::PaymentFilter;
use crate::domain::id::{AttemptId, EventId, InvoiceId, OrganizationId};
use crate::domain::inbound::Told;
use crate::domain::invoice::Invoice;
use crate::domain::money::Money;
use crate::domain::payment::PayableId;
use crate::domain::payment_method::{MethodChoice, MethodFilter, PaymentMethod};
use crate::domain::user::User;
use crate::domain::view::{InvoiceView, PageRequest, PaymentView, RecoveryView, SliceRequest};
use crate::domain::webhook::Delivery;
use crate::http::dashboard::frame::{Frame, Visit};
use crate::http::dashboard::navigation::Section;
use crate::http::dashboard::page::{Answer, Trouble, look, pages};
use crate::http::dashboard::parts::{ActionForm, Amount, Badge, Day, Facts, Html, Note, When};
use crate::http::dashboard::words;
use crate::store::{Reader, StoreError};
use crate::wire;

/// Of what is shown beside the invoice.
const EVENTS_MAX: u32 = 100;
const ACTS_MAX: u32 = 50;
const TOLD_MAX: u32 = 50;
const PAYMENTS_MAX: u32 = 20;
const METHODS_MAX: u32 = 50;

#[derive(Template)]
#[template(path = "dashboard/invoices/show.html")]
struct Show {
    frame: Frame,
    number: String,
    total: Amount,
    payment: Badge,
    is_overdue: bool,
    collecting: Option<Badge>,
    /// How it stands, in one sentence.
    note: Option<Note>,
    actions: Vec<ActionForm>,
    further: Vec<ActionForm>,
    link: Option<String>,
    facts: Facts,
    story: Vec<Item>,
    lines: Vec<Line>,
    payments: Vec<Payment>,
    metadata: Vec<(String, String)>,
    raw: String,
}

pages!(Show, Raw);

struct Line {
    name: String,
    units: String,
    amount: Amount,
}

struct Payment {
    when: When,
    how: String,
    amount: Amount,
    status: String,
}

/// What is read for it.
pub struct Found {
    pub view: InvoiceView,
    pub recovery: Option<RecoveryView>,
    events: Vec<Event>,
    deliveries: Vec<Delivery>,
    told: Vec<Told>,
    acts: Vec<AuditEntry>,
    users: Vec<User>,
    pub methods: Vec<PaymentMethod>,
    payments: Vec<PaymentView>,
    /// The address of an open page to pay on.
    link: Option<String>,
}

impl Found {
    fn read(
        app: &App,
        read: &Reader<'_>,
        organization: OrganizationId,
        id: InvoiceId,
    ) -> Result<Option<Found>, StoreError> {
        let view = read.invoice_view(organization, id)?;
        let Some(view) = view.filter(|view| view.invoice.status.is_visible()) else {
            return Ok(None);
        };
        let recovery = match read.recovery_of(PayableId::Invoice(id))? {
            Some(recovery) => read.recovery_view(organization, recovery.id)?,
            None => None,
        };
        let page = PageRequest { per_page: METHODS_MAX, ..PageRequest::default() };
        let customer = view.invoice.customer_id;
        let methods = read.method_views(customer, MethodFilter::Active, page)?.items;
        let of_invoice = PaymentFilter { invoice_id: Some(id), ..PaymentFilter::default() };
        let page = PageRequest { per_page: PAYMENTS_MAX, ..PageRequest::default() };
        let link = read.payment_page(id)?.filter(|it| it.asks_for(view.invoice.due(), app.now()));
        let events = read.timeline(PayableId::Invoice(id), EVENTS_MAX)?;
        let of_events: Vec<EventId> = events.iter().map(|event| event.id).collect();
        let attempts = recovery.iter().flat_map(|view| &view.attempts);
        let attempts: Vec<AttemptId> = attempts.map(|attempt| attempt.id).collect();
        Ok(Some(Found {
            deliveries: read.deliveries_of(&of_events)?,
            told: read.told_of(&attempts, TOLD_MAX)?,
            events,
            acts: acts(read, organization, (id, recovery.as_ref()))?,
            users: read.users(organization)?,
            methods: methods.into_iter().map(|it| it.method).collect(),
            payments: read.payment_views(organization, &of_invoice, page)?.items,
            link: link.map(|page| page.address(&app.rules().public_url)),
            view,
            recovery,
        }))
    }
}

/// What people did to the invoice, and to its collecting.
fn acts(
    read: &Reader<'_>,
    organization: OrganizationId,
    (id, recovery): (InvoiceId, Option<&RecoveryView>),
) -> Result<Vec<AuditEntry>, StoreError> {
    let of = |kind: &str, id: String| {
        let subject = Some(AuditSubject { kind: kind.to_owned(), id });
        let filter = AuditFilter { subject, ..AuditFilter::default() };
        let request = SliceRequest { limit: ACTS_MAX, ..SliceRequest::default() };
        Ok::<_, StoreError>(read.audit_log(organization, &filter, request)?.items)
    };
    let mut found = of("invoice", id.to_string())?;
    if let Some(view) = recovery {
        found.extend(of("recovery", view.recovery.id.to_string())?);
    }
    Ok(found)
}

/// `GET /dashboard/invoices/{id}`
pub async fn show(app: Data<App>, visit: Visit, id: Path<String>) -> Answer {
    let organization = visit.person.organization_id;
    let id: InvoiceId = id.parse().map_err(|_| Trouble::NotFound)?;
    look(app, visit, (Section::Invoices, "Invoice"), move |app, read, frame| {
        let found = Found::read(app, read, organization, id)?.ok_or(Trouble::NotFound)?;
        Ok(Show::of(&found, frame))
    })
    .await
}

impl Show {
    fn of(found: &Found, frame: Frame) -> Show {
        let invoice = &found.view.invoice;
        let sources = Sources {
            frame: &frame,
            recovery: found.recovery.as_ref(),
            events: &found.events,
            deliveries: &found.deliveries,
            told: &found.told,
            acts: &found.acts,
            users: &found.users,
        };
        let story = sources.story();
        let forms = Forms { frame: &frame, found };
        let may_operate = frame.may_operate();
        Show {
            number: invoice.number.clone(),
            total: Amount::of(Money::new(invoice.total_amount, invoice.currency)),
            payment: words::payment(invoice),
            is_overdue: invoice.payment_overdue,
            collecting: found.recovery.as_ref().map(|view| words::collecting(&view.recovery)),
            note: found.recovery.as_ref().map(|view| Note { text: view.explain().sentence }),
            actions: if may_operate { forms.first() } else { vec![] },
            further: if may_operate { forms.further() } else { vec![] },
            link: found.link.clone(),
            facts: facts(found, &frame),
            story,
            lines: lines(&found.view),
            payments: payments(&found.payments, &frame),
            metadata: found
                .view
                .metadata
                .iter()
                .map(|line| (line.key.clone(), line.value.clone()))
                .collect(),
            raw: format!("{PATH}/{}/raw", invoice.id),
            frame: frame.titled(format!("Invoice {}", invoice.number)),
        }
    }
}

fn facts(found: &Found, frame: &Frame) -> Facts {
    let (invoice, customer) = (&found.view.invoice, &found.view.customer.customer);
    let due = invoice.due();
    let paid = Money::new(invoice.paid_amount, invoice.currency);
    let name = customer.display_name().unwrap_or_else(|| customer.external_id.clone());
    let recovery = found.recovery.as_ref();
    Facts::default()
        .with("Customer", Html::text(&name))
        .with("Customer id", Html::code(&customer.external_id))
        .with("Due", Html::of(&Amount::of(due)))
        .with("Paid", Html::of(&Amount::of(paid)))
        .with("Issued", Html::of(&Day { day: invoice.issuing_date }))
        .with("Payable until", Html::of(&Day { day: invoice.payment_due_date }))
        .with("Charged on", Html::text(&charged_on(invoice, &found.methods)))
        .with_some("Policy", recovery.map(|view| Html::text(&view.policy.words())))
        .with_some(
            "Attempts",
            recovery.map(|view| Html::text(&view.recovery.attempts_made.to_string())),
        )
        .with_some("Order number", invoice.purchase_order_number.as_deref().map(Html::text))
        .with("Made", Html::of(&frame.when(&invoice.created_at)))
        .with("Id", Html::code(&invoice.id.to_string()))
}

fn charged_on(invoice: &Invoice, methods: &[PaymentMethod]) -> String {
    match invoice.method_choice {
        MethodChoice::Manual => "Nothing: it is to be paid by hand".to_owned(),
        MethodChoice::Specific(id) => match methods.iter().find(|method| method.id == id) {
            Some(method) => method.label(),
            None => "A method that is not active any more".to_owned(),
        },
        MethodChoice::Default => match methods.iter().find(|method| method.is_default) {
            Some(method) => format!("The default: {}", method.label()),
            None => "The default, of which there is none".to_owned(),
        },
    }
}

fn lines(view: &InvoiceView) -> Vec<Line> {
    let currency = view.invoice.currency;
    let line = |fee: &crate::domain::invoice::Fee| Line {
        name: fee.invoice_display_name.clone().unwrap_or_else(|| fee.item_name.clone()),
        units: fee.units.normalize().to_string(),
        amount: Amount::of(Money::new(fee.amount, currency)),
    };
    view.fees.iter().map(line).collect()
}

fn payments(views: &[PaymentView], frame: &Frame) -> Vec<Payment> {
    use crate::domain::view::PaymentSource;
    let payment = |view: &PaymentView| Payment {
        when: frame.when(&view.created_at),
        how: match &view.source {
            PaymentSource::Manual { reference } => format!("By hand: {reference}"),
            PaymentSource::Provider { connection_code, .. } => format!("Through {connection_code}"),
        },
        amount: Amount::of(view.amount),
        status: view.status.replace('_', " "),
    };
    views.iter().map(payment).collect()
}

#[derive(Template)]
#[template(path = "dashboard/raw.html")]
struct Raw {
    frame: Frame,
    back: String,
    objects: Vec<(&'static str, String)>,
}

/// `GET /dashboard/invoices/{id}/raw`
pub async fn raw(app: Data<App>, visit: Visit, id: Path<String>) -> Answer {
    let organization = visit.person.organization_id;
    let id: InvoiceId = id.parse().map_err(|_| Trouble::NotFound)?;
    look(app, visit, (Section::Invoices, "Raw object"), move |app, read, frame| {
        let found = Found::read(app, read, organization, id)?.ok_or(Trouble::NotFound)?;
        let invoice = pretty(&wire::lago::invoice::invoice(&found.view));
        let recovery = found.recovery.as_ref().map(wire::recoup::recovery::with_attempts);
        let mut objects = vec![("As the API in Lago’s dialect tells it", invoice)];
        objects.extend(recovery.map(|it| ("Its collecting, as our own API tells it", pretty(&it))));
        Ok(Raw { frame, back: format!("{PATH}/{id}"), objects })
    })
    .await
}

fn pretty(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
