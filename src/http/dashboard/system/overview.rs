//! The database, the versions, what stands open, and whether charges are held.

use actix_web::web::Data;
use askama::Template;

use super::super::access::{Person, Sent};
use super::super::frame::{Flash, Frame, Visit};
use super::super::navigation::Section;
use super::super::page::{Answer, Trouble, done, look, pages};
use super::super::parts::{
    ActionForm, Amount, COUNTED_MAX, Facts, Html, Tabs, TextField, count, distance,
};
use super::{SYSTEM, places, size};
use crate::app::App;
use crate::app::hold::{HoldError, Reconciled};
use crate::domain::gauges::{Gauges, Standing};
use crate::domain::hold::Hold;
use crate::domain::money::Money;
use crate::http::blocking;

#[derive(Template)]
#[template(path = "dashboard/system/overview.html")]
struct Overview {
    frame: Frame,
    tabs: Tabs,
    hold: Option<Facts>,
    hold_actions: Vec<ActionForm>,
    open: Facts,
    database: Facts,
    versions: Facts,
    server: Facts,
}

pages!(Overview);

/// `GET /dashboard/system`
pub async fn show(app: Data<App>, visit: Visit) -> Answer {
    look(app, visit, (Section::System, "System"), |app, read, frame| {
        let facts = read.database_facts()?;
        let gauges = read.gauges_of_every_organization(frame.now)?;
        let hold = read.hold()?;
        let may = hold.is_some() && frame.may_administer();
        let text = Html::text;
        let plugins = app.psps().providers().into_iter();
        let versions = Facts::default()
            .with("recoup", text(env!("CARGO_PKG_VERSION")))
            .with("SQLite", text(&facts.engine))
            .with("Schema", text(&facts.schema.to_string()));
        let plugin = |title: String, version: String| format!("{title} {version}");
        let plugins: Vec<String> = plugins.map(|it| plugin(it.title, it.version)).collect();
        let file = app.store().path().display().to_string();
        Ok(Overview {
            tabs: places(SYSTEM),
            hold: hold.as_ref().map(|hold| hold_facts(hold, &frame)),
            hold_actions: if may { hold_actions(&frame) } else { vec![] },
            open: open(&gauges, &frame),
            database: Facts::default()
                .with("File", Html::code(&file))
                .with("Size", text(&size(facts.bytes))),
            versions: versions.with("Plugins", text(&plugins.join(", "))),
            server: server(app),
            frame,
        })
    })
    .await
}

fn server(app: &App) -> Facts {
    let rules = app.rules();
    let mode = if rules.test_mode { "Test: no real money moves" } else { "Live" };
    Facts::default()
        .with("Mode", Html::text(mode))
        .with("Public address", Html::code(&rules.public_url))
        .with("Charges at once", Html::text(&rules.charges_max.to_string()))
        .with("On one connection", Html::text(&rules.charges_per_connection_max.to_string()))
        .with("Webhook tries", Html::text(&rules.webhook_tries_max.to_string()))
}

fn open(gauges: &Gauges, frame: &Frame) -> Facts {
    let told = |standing: &Standing| {
        let number = count(standing.count.min(COUNTED_MAX + 1));
        let since = standing.since.map(|at| format!(", the oldest {}", distance(frame.now, at)));
        Html::text(&format!("{number}{}", since.unwrap_or_default()))
    };
    let charging = gauges.open_attempts.iter().map(|(_, standing)| standing.count).sum();
    let facts = Facts::default()
        .with("Attempts that run", Html::text(&count(charging)))
        .with("Unresolved", told(&gauges.unresolved))
        .with("Attempts due", told(&gauges.recoveries_due))
        .with("Webhooks to send", told(&gauges.deliveries))
        .with("News of providers", told(&gauges.inbound));
    gauges.surplus.iter().fold(facts, |facts, (currency, _, units)| {
        facts.with("Surplus", Html::of(&Amount::of(Money::new(*units, *currency))))
    })
}

fn hold_facts(hold: &Hold, frame: &Frame) -> Facts {
    Facts::default()
        .with("Why", Html::text(&super::super::words::sentence(hold.reason.sentence())))
        .with("Since", Html::of(&frame.when(&hold.since)))
}

fn hold_actions(frame: &Frame) -> Vec<ActionForm> {
    let why = TextField::new("reason", "Why").required().hint("It is kept.");
    vec![
        ActionForm {
            label: "Ask the providers".to_owned(),
            action: "/dashboard/system/hold/reconcile".to_owned(),
            explanation: "Asks each provider what became of every open debt. Charges that the \
                          database does not know become payments, and then charging goes on. \
                          Nothing is charged by asking."
                .to_owned(),
            fields: vec![],
            confirm: "Ask them now".to_owned(),
            is_dangerous: false,
            csrf: frame.csrf(),
        },
        ActionForm {
            label: "Go on without asking".to_owned(),
            action: "/dashboard/system/hold/release".to_owned(),
            explanation: "What was charged since the backup may be charged again. Look at the \
                          providers first."
                .to_owned(),
            fields: vec![Html::of(&why)],
            confirm: "Charge again".to_owned(),
            is_dangerous: true,
            csrf: frame.csrf(),
        },
    ]
}

/// `POST /dashboard/system/hold/reconcile`
pub async fn reconcile(app: Data<App>, person: Person) -> Answer {
    let worker = app.on_behalf_of(person.actor());
    let run = blocking(move || Ok::<_, Trouble>(worker.reconcile(person.name())));
    let said = match run.await?? {
        Ok(run) => Flash::good(told(run)),
        Err(error) => refused(error)?,
    };
    done(&app, SYSTEM, &said)
}

fn told(run: Reconciled) -> String {
    let Reconciled { debts, found, held, too_early, ended } = run;
    let end = if ended {
        "Charging goes on."
    } else {
        "Some are too young to be asked about: ask again in a few minutes."
    };
    format!(
        "{debts} debts were asked about; {found} unknown charges were found; {held} debts stay \
         held; {too_early} are too young. {end}"
    )
}

/// `POST /dashboard/system/hold/release`
pub async fn release(app: Data<App>, person: Person, sent: Sent) -> Answer {
    let reason = sent.text("reason").to_owned();
    let worker = app.on_behalf_of(person.actor());
    let released = blocking(move || Ok::<_, Trouble>(worker.release_hold(person.name(), &reason)));
    let said = match released.await?? {
        Ok(()) => Flash::good("Charging goes on."),
        Err(error) => refused(error)?,
    };
    done(&app, SYSTEM, &said)
}

fn refused(error: HoldError) -> Result<Flash, Trouble> {
    match error {
        HoldError::NotHeld
        | HoldError::NoSuchDebt
        | HoldError::NeedsPerson(_)
        | HoldError::ReasonMissing => {
            Ok(Flash::bad(super::super::words::sentence(&error.to_string())))
        }
        HoldError::Collect(error) => {
            tracing::error!(%error, "a hold was not ended");
            Err(Trouble::Internal)
        }
    }
}
