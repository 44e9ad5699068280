//! Keys to the API: which there are, another one, one in the place of one, none any more.

use actix_web::web::{Data, Path};
use askama::Template;

use super::super::access::{Person, Sent};
use super::super::frame::{Flash, Frame, Visit};
use super::super::navigation::Section;
use super::super::page::{Answer, Trouble, done, look, pages};
use super::super::parts::{
    ActionForm, Choice, Empty, Facts, Html, SelectField, Tabs, TextField, When, distance,
};
use super::super::words::sentence_case;
use super::made::{Told, show as show_made};
use super::{KEYS, places};
use crate::app::App;
use crate::domain::api_key::{ApiKey, LIFETIME_DAYS_MAX};
use crate::domain::id::ApiKeyId;
use crate::domain::rights::{Resource, Resources, Rights};
use crate::domain::secret::Secret;
use crate::domain::time::Span;
use crate::http::blocking;

const NEW: &str = "/dashboard/developers/keys/new";
const NAME_CHARS_MAX: usize = 100;

#[derive(Template)]
#[template(path = "dashboard/developers/keys.html")]
struct List {
    frame: Frame,
    tabs: Tabs,
    rows: Vec<Row>,
    empty: Empty,
}

#[derive(Template)]
#[template(path = "dashboard/developers/key.html")]
struct One {
    frame: Frame,
    facts: Facts,
    actions: Vec<ActionForm>,
}

#[derive(Template)]
#[template(path = "dashboard/developers/key_new.html")]
struct New {
    frame: Frame,
    name: TextField,
    days: TextField,
    /// What requests call it, and people.
    resources: Vec<(&'static str, String)>,
}

pages!(List, One, New);

struct Row {
    href: String,
    name: String,
    rights: String,
    created: When,
    expires: Option<(When, String)>,
}

/// `GET /dashboard/developers`
pub async fn list(app: Data<App>, visit: Visit) -> Answer {
    let organization = visit.person.organization_id;
    look(app, visit, (Section::Developers, "API keys"), move |app, read, frame| {
        let keys = read.api_keys(organization, app.now())?;
        let rows = keys.iter().map(|key| Row::of(key, &frame)).collect();
        let empty = Empty {
            heading: "No key yet",
            text: "A program signs in with a key. Make one, and give it no more than it needs."
                .to_owned(),
        };
        Ok(List { tabs: places(KEYS), rows, empty, frame })
    })
    .await
}

impl Row {
    fn of(key: &ApiKey, frame: &Frame) -> Row {
        Row {
            href: address(key.id),
            name: key.name.clone(),
            rights: rights(key.rights),
            created: frame.when(&key.created_at),
            expires: key.expires_at.map(|at| (frame.when(&at), distance(frame.now, at))),
        }
    }
}

fn address(id: ApiKeyId) -> String {
    format!("/dashboard/developers/keys/{id}")
}

/// In words: many rights are counted.
fn rights(rights: Rights) -> String {
    let Rights::Only { read, write } = rights else { return "Everything".to_owned() };
    let (reads, writes) = (counted(read), counted(write));
    match (read.iter().count(), write.iter().count()) {
        (0, 0) => "Nothing".to_owned(),
        (_, 0) => format!("Reads {reads}"),
        (0, _) => format!("Writes {writes}"),
        (_, _) if reads == writes => format!("Reads and writes {reads}"),
        (_, _) => format!("Reads {reads}; writes {writes}"),
    }
}

fn counted(resources: Resources) -> String {
    const NAMED_MAX: usize = 4;
    let names: Vec<String> = resources.iter().map(word).collect();
    if names.len() == Resource::ALL.len() {
        "everything".to_owned()
    } else if names.len() > NAMED_MAX {
        format!("{} kinds of things", names.len())
    } else {
        names.join(", ")
    }
}

fn word(resource: Resource) -> String {
    resource.as_str().replace('_', " ")
}

/// `GET /dashboard/developers/keys/{id}`
pub async fn show(app: Data<App>, visit: Visit, id: Path<String>) -> Answer {
    let id: ApiKeyId = id.parse().map_err(|_| Trouble::NotFound)?;
    let organization = visit.person.organization_id;
    look(app, visit, (Section::Developers, "API key"), move |app, read, frame| {
        let key = read.api_key(organization, id, app.now())?.ok_or(Trouble::NotFound)?;
        let frame = frame.titled(&key.name);
        let actions = if frame.may_administer() { actions(&key, &frame) } else { vec![] };
        Ok(One { facts: facts(&key, &frame), actions, frame })
    })
    .await
}

fn facts(key: &ApiKey, frame: &Frame) -> Facts {
    let when = |at| Html::of(&frame.when(&at));
    let good_until = key.expires_at.map_or(Html::text("Until it is taken back"), when);
    let facts = Facts::default()
        .with("Id", Html::code(&key.id.to_string()))
        .with("Made", when(key.created_at))
        .with("Good until", good_until);
    match key.rights {
        Rights::Everything => facts.with("May", Html::text("Everything")),
        Rights::Only { read, write } => {
            facts.with("May read", named(read)).with("May write", named(write))
        }
    }
}

fn named(resources: Resources) -> Html {
    let names: Vec<String> = resources.iter().map(word).collect();
    if names.is_empty() { Html::nothing() } else { Html::text(&names.join(", ")) }
}

fn actions(key: &ApiKey, frame: &Frame) -> Vec<ActionForm> {
    let overlap = SelectField {
        name: "overlap_hours",
        label: "The old key",
        options: vec![
            Choice::new("24", "stays good for a day"),
            Choice::new("1", "stays good for an hour"),
            Choice::new("168", "stays good for a week"),
            Choice::new("0", "opens nothing from now on"),
        ],
        chosen: "24".to_owned(),
    };
    vec![
        ActionForm {
            label: "Rotate".to_owned(),
            action: format!("{}/rotate", address(key.id)),
            explanation: "Makes another key of the same name and rights, and shows it once."
                .to_owned(),
            fields: vec![Html::of(&overlap)],
            confirm: "Make another key".to_owned(),
            is_dangerous: false,
            csrf: frame.csrf(),
        },
        ActionForm {
            label: "Take back".to_owned(),
            action: format!("{}/revoke", address(key.id)),
            explanation: "From then on it opens nothing. This cannot be undone.".to_owned(),
            fields: vec![],
            confirm: "Take this key back".to_owned(),
            is_dangerous: true,
            csrf: frame.csrf(),
        },
    ]
}

/// `GET /dashboard/developers/keys/new`
pub async fn ask(app: Data<App>, visit: Visit) -> Answer {
    look(app, visit, (Section::Developers, "New API key"), |_, _, frame| {
        let name = TextField::new("name", "Name")
            .hint("Which program has it: “shop”, “reports”.")
            .required();
        let days = TextField::new("days", "Good for so many days")
            .of_kind("number")
            .hint("Left empty: until it is taken back.");
        let resources =
            Resource::ALL.iter().map(|it| (it.as_str(), sentence_case(it.as_str()))).collect();
        Ok(New { frame, name, days, resources })
    })
    .await
}

/// What was asked for, or what is wrong with it.
fn asked(sent: &Sent) -> Result<(String, Rights, Option<Span>), String> {
    let name = sent.filled("name").ok_or("A key needs a name.")?;
    if name.chars().count() > NAME_CHARS_MAX {
        return Err(format!("A name has {NAME_CHARS_MAX} characters at most."));
    }
    let lifetime = match sent.filled("days") {
        None => None,
        Some(days) => {
            let days = days.parse::<u32>().ok().filter(|it| (1..=LIFETIME_DAYS_MAX).contains(it));
            let wrong = || format!("A key is good for 1 to {LIFETIME_DAYS_MAX} days.");
            Some(Span::days(days.ok_or_else(wrong)?))
        }
    };
    let rights = if sent.text("may") == "only" {
        let ticked = |name| sent.all(name).filter_map(Resource::parse).collect::<Resources>();
        let (read, write) = (ticked("read"), ticked("write"));
        if read == Resources::default() && write == Resources::default() {
            return Err("Tick what the key may do, or let it do everything.".to_owned());
        }
        Rights::Only { read, write }
    } else {
        Rights::Everything
    };
    Ok((name.to_owned(), rights, lifetime))
}

/// `POST /dashboard/developers/keys`
pub async fn make(app: Data<App>, visit: Visit, sent: Sent) -> Answer {
    let (name, rights, lifetime) = match asked(&sent) {
        Ok(asked) => asked,
        Err(wrong) => return done(&app, NEW, &Flash::bad(wrong)),
    };
    let organization = visit.person.organization_id;
    let worker = app.on_behalf_of(visit.person.actor());
    let made = blocking(move || worker.create_api_key(organization, &name, rights, lifetime));
    let (key, secret) = made.await??;
    show_made(app, visit, told("The key is made", &key, secret)).await
}

fn told(title: &'static str, key: &ApiKey, secret: Secret) -> Told {
    Told {
        title,
        text: "Copy it to where the program reads it. It is sent as a bearer token.".to_owned(),
        label: "Key",
        secret,
        facts: Facts::default()
            .with("Name", Html::text(&key.name))
            .with("May", Html::text(&rights(key.rights))),
        back: (KEYS.to_owned(), "To the keys"),
    }
}

/// `POST /dashboard/developers/keys/{id}/rotate`
pub async fn rotate(app: Data<App>, visit: Visit, sent: Sent, id: Path<String>) -> Answer {
    const OVERLAP_HOURS_MAX: u32 = 168;
    let id: ApiKeyId = id.parse().map_err(|_| Trouble::NotFound)?;
    let hours = sent.text("overlap_hours").parse::<u32>().ok();
    let Some(hours) = hours.filter(|hours| *hours <= OVERLAP_HOURS_MAX) else {
        let wrong = format!("An old key stays good for {OVERLAP_HOURS_MAX} hours at most.");
        return done(&app, &address(id), &Flash::bad(wrong));
    };
    let organization = visit.person.organization_id;
    let worker = app.on_behalf_of(visit.person.actor());
    let made = blocking(move || worker.rotate_api_key(organization, id, Span::hours(hours)));
    let (key, secret) = made.await??.ok_or(Trouble::NotFound)?;
    show_made(app, visit, told("Another key is made", &key, secret)).await
}

/// `POST /dashboard/developers/keys/{id}/revoke`
pub async fn revoke(app: Data<App>, person: Person, id: Path<String>) -> Answer {
    let id: ApiKeyId = id.parse().map_err(|_| Trouble::NotFound)?;
    let worker = app.on_behalf_of(person.actor());
    let revoked = blocking(move || worker.revoke_api_key(person.organization_id, id));
    if !revoked.await?? {
        return Err(Trouble::NotFound);
    }
    done(&app, KEYS, &Flash::good("The key opens nothing any more."))
}
