//! `/dashboard/customers/{id}`: what one customer owes, what they are charged on, and what there is
//! of theirs.

use actix_web::web::{Data, Path};
use askama::Template;

use super::PATH;
use super::list::name_of;
use super::methods::{self, Method};
use crate::app::App;
use crate::domain::customer::Customer;
use crate::domain::filter::InvoiceFilter;
use crate::domain::id::CustomerId;
use crate::domain::invoice::Invoice;
use crate::domain::money::Money;
use crate::domain::subscription::{SubscriptionFilter, SubscriptionStatus};
use crate::domain::view::{PageRequest, SubscriptionView, WalletView};
use crate::domain::wallet::WalletStatus;
use crate::http::dashboard::frame::{Frame, Visit};
use crate::http::dashboard::navigation::Section;
use crate::http::dashboard::page::{Answer, Trouble, look, pages};
use crate::http::dashboard::parts::{
    ActionForm, Amount, Badge, Day, Facts, Html, TextField, Tone, When,
};
use crate::http::dashboard::payments::Line;
use crate::http::dashboard::words;
use crate::store::{Reader, StoreError};

/// Of each list on the page.
const SHOWN_MAX: u32 = 10;

#[derive(Template)]
#[template(path = "dashboard/customers/show.html")]
struct Show {
    frame: Frame,
    external_id: String,
    badges: Vec<Badge>,
    /// Why nothing is collected, in a sentence.
    pause: Option<String>,
    actions: Vec<ActionForm>,
    balances: Vec<Owed>,
    /// Asks for a link. None: nobody may, or there is no provider to leave a method at.
    add_method: Option<ActionForm>,
    link: Option<Link>,
    methods: Vec<Method>,
    invoices: Vec<InvoiceLine>,
    payments: Vec<Line>,
    wallets: Vec<WalletLine>,
    subscriptions: Vec<SubscriptionLine>,
    facts: Facts,
    metadata: Vec<(String, String)>,
}

pages!(Show);

struct Owed {
    owed: Amount,
    overdue: Option<Amount>,
    invoices: u64,
}

/// Where a payment method can be left.
struct Link {
    address: String,
    until: When,
}

struct InvoiceLine {
    id: String,
    number: String,
    amount: Amount,
    payment: Badge,
    is_overdue: bool,
    due: Day,
}

struct WalletLine {
    name: String,
    balance: Amount,
    state: Badge,
}

struct SubscriptionLine {
    external_id: String,
    plan: String,
    amount: Amount,
    state: Badge,
}

/// `GET /dashboard/customers/{id}`
pub async fn show(app: Data<App>, visit: Visit, id: Path<String>) -> Answer {
    let organization = visit.person.organization_id;
    let id: CustomerId = id.parse().map_err(|_| Trouble::NotFound)?;
    look(app, visit, (Section::Customers, "Customer"), move |app, read, frame| {
        let customer = read.customer(organization, id)?.ok_or(Trouble::NotFound)?;
        let frame = frame.titled(name_of(&customer));
        Ok(Show::of(app, read, &customer, frame)?)
    })
    .await
}

impl Show {
    fn of(
        app: &App,
        read: &Reader<'_>,
        customer: &Customer,
        frame: Frame,
    ) -> Result<Show, StoreError> {
        let page = PageRequest { per_page: SHOWN_MAX, ..PageRequest::default() };
        let of_theirs = InvoiceFilter {
            external_customer_id: Some(customer.external_id.clone()),
            ..InvoiceFilter::default()
        };
        let whose = customer.organization_id;
        let invoices = read.invoices(whose, &of_theirs, page)?.items;
        let payments = read.payment_list(whose, Some(customer.id), None, SHOWN_MAX)?.items;
        let wallets = read.wallet_views(whose, Some(customer.id), None, page)?.items;
        let setup = read.setup_page(customer.id)?.filter(|page| !page.is_over(frame.now));
        let pause = read.collection_pause(customer.id)?;
        let may_act = frame.may_operate() && customer.deleted_at.is_none();
        Ok(Show {
            external_id: customer.external_id.clone(),
            badges: badges(customer, pause.is_some()),
            pause: pause.as_ref().map(|pause| match &pause.reason {
                Some(reason) => format!("Nothing is collected from them for now: {reason}"),
                None => "Nothing is collected from them for now.".to_owned(),
            }),
            actions: if may_act { actions(customer, pause.is_some(), &frame) } else { vec![] },
            balances: owed(read, customer)?,
            add_method: (may_act && customer.link.is_some()).then(|| add_method(customer, &frame)),
            link: setup.map(|page| Link {
                address: page.address(&app.rules().public_url),
                until: frame.when(&page.expires_at),
            }),
            methods: methods::of(read, customer, &frame)?,
            invoices: invoices.iter().map(InvoiceLine::of).collect(),
            payments: payments.iter().map(|row| Line::of_one(row, &frame)).collect(),
            wallets: wallets.iter().map(WalletLine::of).collect(),
            subscriptions: subscriptions(read, customer, &frame)?,
            facts: facts(customer, &frame),
            metadata: customer
                .metadata
                .iter()
                .map(|line| (line.key.clone(), line.value.clone()))
                .collect(),
            frame,
        })
    }
}

fn badges(customer: &Customer, is_paused: bool) -> Vec<Badge> {
    let mut badges = vec![];
    if customer.deleted_at.is_some() {
        badges.push(Badge::new(Tone::Quiet, "Deleted"));
    }
    if is_paused {
        badges.push(Badge::new(Tone::Wait, "Collecting paused"));
    }
    if customer.link.is_none() {
        badges.push(Badge::new(Tone::Bad, "No provider"));
    }
    badges
}

fn actions(customer: &Customer, is_paused: bool, frame: &Frame) -> Vec<ActionForm> {
    let path = format!("{PATH}/{}", customer.id);
    if is_paused {
        return vec![ActionForm {
            label: "Resume collecting".to_owned(),
            action: format!("{path}/resume"),
            explanation: "Their debts are tried again as planned. What is due is charged at once."
                .to_owned(),
            fields: vec![],
            confirm: "Resume".to_owned(),
            is_dangerous: false,
            csrf: frame.csrf(),
        }];
    }
    let reason = TextField::new("reason", "Why").hint("Optional. It stands on this page.");
    vec![ActionForm {
        label: "Pause collecting".to_owned(),
        action: format!("{path}/pause"),
        explanation: "Nothing is charged by itself, for the debts they have and for later ones, \
                      until it is resumed. A charge that is under way goes on."
            .to_owned(),
        fields: vec![Html::of(&reason)],
        confirm: "Pause".to_owned(),
        is_dangerous: false,
        csrf: frame.csrf(),
    }]
}

fn add_method(customer: &Customer, frame: &Frame) -> ActionForm {
    ActionForm {
        label: "Add a payment method".to_owned(),
        action: format!("{PATH}/{}/link", customer.id),
        explanation: "Makes a link that you send to the customer. On it they leave a card or an \
                      account with the provider; the numbers never pass here. It becomes the \
                      default, and debts that waited for a method are tried on it."
            .to_owned(),
        fields: vec![],
        confirm: "Generate link".to_owned(),
        is_dangerous: false,
        csrf: frame.csrf(),
    }
}

fn owed(read: &Reader<'_>, customer: &Customer) -> Result<Vec<Owed>, StoreError> {
    let balances = read.balances(customer.id)?;
    let of = |balance: &crate::domain::customer_list::Balance| Owed {
        owed: Amount::of(balance.owed),
        overdue: balance.overdue.is_positive().then(|| Amount::of(balance.overdue)),
        invoices: balance.invoices,
    };
    Ok(balances.iter().map(of).collect())
}

impl InvoiceLine {
    fn of(invoice: &Invoice) -> InvoiceLine {
        InvoiceLine {
            id: invoice.id.to_string(),
            number: invoice.number.clone(),
            amount: Amount::of(Money::new(invoice.total_amount, invoice.currency)),
            payment: words::payment(invoice),
            is_overdue: invoice.payment_overdue,
            due: Day { day: invoice.payment_due_date },
        }
    }
}

impl WalletLine {
    fn of(view: &WalletView) -> WalletLine {
        let wallet = &view.wallet;
        let state = match wallet.status {
            WalletStatus::Active => Badge::new(Tone::Good, "Active"),
            WalletStatus::Terminated { .. } => Badge::new(Tone::Quiet, "Terminated"),
        };
        WalletLine {
            name: wallet.name.clone().unwrap_or_else(|| wallet.code.clone()),
            balance: Amount::of(Money::new(wallet.balance, wallet.currency)),
            state,
        }
    }
}

fn subscriptions(
    read: &Reader<'_>,
    customer: &Customer,
    frame: &Frame,
) -> Result<Vec<SubscriptionLine>, StoreError> {
    let filter = SubscriptionFilter {
        external_customer_id: Some(customer.external_id.clone()),
        statuses: Some(SubscriptionStatus::ALL.to_vec()),
        ..SubscriptionFilter::default()
    };
    let page = PageRequest { per_page: SHOWN_MAX, ..PageRequest::default() };
    let found = read.subscription_views(customer.organization_id, &filter, (page, frame.now))?;
    Ok(found.items.iter().map(SubscriptionLine::of).collect())
}

impl SubscriptionLine {
    fn of(view: &SubscriptionView) -> SubscriptionLine {
        let state = match view.subscription.state.status() {
            SubscriptionStatus::Active => Badge::new(Tone::Good, "Active"),
            SubscriptionStatus::Pending => Badge::new(Tone::Wait, "Starts later"),
            SubscriptionStatus::Terminated => Badge::new(Tone::Quiet, "Terminated"),
            SubscriptionStatus::Canceled => Badge::new(Tone::Quiet, "Canceled"),
        };
        SubscriptionLine {
            external_id: view.subscription.external_id.clone(),
            plan: view.plan.plan.name.clone(),
            amount: Amount::of(view.plan.plan.amount),
            state,
        }
    }
}

fn facts(customer: &Customer, frame: &Frame) -> Facts {
    let text = |value: &Option<String>| value.as_deref().map(Html::text);
    let provider = customer.link.as_ref().map(|link| Html::text(&link.connection_code));
    let account = customer.link.as_ref().and_then(|link| link.account.as_ref());
    let there = account.and_then(|it| it.provider_customer_id.as_deref()).map(Html::code);
    let terms = customer.net_payment_term.map(|days| Html::text(&format!("{days} days")));
    Facts::default()
        .with("Your id", Html::code(&customer.external_id))
        .with_some("E-mail", text(&customer.profile.email))
        .with_some("Phone", text(&customer.profile.phone))
        .with_some("Legal name", text(&customer.profile.legal_name))
        .with_some("Currency", customer.currency.map(|it| Html::text(it.code())))
        .with_some("Time zone", customer.timezone.map(|zone| Html::text(zone.name())))
        .with_some("Payment term", terms)
        .with_some("Collected by", provider)
        .with_some("There as", there)
        .with("Since", Html::of(&frame.when(&customer.created_at)))
        .with_some("Deleted", customer.deleted_at.map(|at| Html::of(&frame.when(&at))))
}
