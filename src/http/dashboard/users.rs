//! Pages of users: who gets in, as what, and where they are signed in.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, ServiceConfig};
use askama::Template;

use super::access::{Person, Sent};
use super::frame::{Flash, Frame, Visit};
use super::navigation::Section;
use super::page::{Answer, Trouble, done, html, look, pages};
use super::parts::{
    ActionForm, Badge, Choice, Csrf, Facts, Html, SelectField, TextField, Tone, When,
};
use super::{shut, words};
use crate::app::App;
use crate::app::users::UserError;
use crate::domain::id::{SignInId, UserId};
use crate::domain::secret::Secret;
use crate::domain::sign_in::SignIn;
use crate::domain::user::{Email, Role, User};
use crate::http::blocking;

const USERS: &str = "/dashboard/users";
const NEW: &str = "/dashboard/users/new";

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(shut(USERS).get(list).post(add))
        .service(shut(NEW).get(ask))
        .service(shut("/dashboard/users/{id}").get(show))
        .service(shut("/dashboard/users/{id}/role").post(change_role))
        .service(shut("/dashboard/users/{id}/reset").post(reset))
        .service(shut("/dashboard/users/{id}/disable").post(disable))
        .service(shut("/dashboard/users/{id}/enable").post(enable))
        .service(shut("/dashboard/users/{id}/sign-ins/{sign_in}/end").post(end_sign_in));
}

#[derive(Template)]
#[template(path = "dashboard/users/list.html")]
struct List {
    frame: Frame,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "dashboard/users/show.html")]
struct One {
    frame: Frame,
    state: Badge,
    facts: Facts,
    actions: Vec<ActionForm>,
    sign_ins: Vec<SignInRow>,
    /// Where one of them is ended; None: somebody may only look.
    csrf: Option<Csrf>,
}

#[derive(Template)]
#[template(path = "dashboard/users/new.html")]
struct New {
    frame: Frame,
    email: TextField,
    role: SelectField,
}

#[derive(Template)]
#[template(path = "dashboard/users/link.html")]
struct Link {
    frame: Frame,
    email: String,
    link: String,
    minutes: i64,
    back: String,
}

pages!(List, One, New, Link);

struct Row {
    href: String,
    email: String,
    role: &'static str,
    state: Badge,
    last: Option<When>,
}

struct SignInRow {
    end: String,
    agent: String,
    since: When,
    seen: When,
    is_this: bool,
}

fn address(id: UserId) -> String {
    format!("{USERS}/{id}")
}

fn state(user: &User) -> Badge {
    if !user.is_enabled() {
        Badge::new(Tone::Quiet, "Disabled")
    } else if user.has_password {
        Badge::new(Tone::Good, "Gets in")
    } else {
        Badge::new(Tone::Wait, "Has no password yet")
    }
}

/// `GET /dashboard/users`
pub async fn list(app: Data<App>, visit: Visit) -> Answer {
    let organization = visit.person.organization_id;
    look(app, visit, (Section::Users, "Users"), move |_, read, frame| {
        let users = read.users(organization)?;
        let row = |user: &User| Row {
            href: address(user.id),
            email: user.email.to_string(),
            role: user.role.as_str(),
            state: state(user),
            last: user.last_sign_in_at.map(|at| frame.when(&at)),
        };
        Ok(List { rows: users.iter().map(row).collect(), frame })
    })
    .await
}

/// `GET /dashboard/users/{id}`
pub async fn show(app: Data<App>, visit: Visit, id: Path<String>) -> Answer {
    let id: UserId = id.parse().map_err(|_| Trouble::NotFound)?;
    let organization = visit.person.organization_id;
    let here = visit.person.signed_in.as_ref().map(|it| it.sign_in.id);
    look(app, visit, (Section::Users, "User"), move |app, read, frame| {
        let user = read.user(organization, id)?.ok_or(Trouble::NotFound)?;
        let (rules, now) = (app.rules().sign_ins, app.now());
        let open = read.sign_ins_of(id)?.into_iter().filter(|it| !it.is_over(rules, now));
        let frame = frame.titled(user.email.as_str());
        let may = frame.may_administer();
        Ok(One {
            state: state(&user),
            facts: facts(&user, &frame),
            actions: if may { actions(&user, &frame) } else { vec![] },
            sign_ins: open.map(|it| SignInRow::of(&it, here, &frame)).collect(),
            csrf: may.then(|| frame.csrf()),
            frame,
        })
    })
    .await
}

impl SignInRow {
    fn of(sign_in: &SignIn, here: Option<SignInId>, frame: &Frame) -> SignInRow {
        SignInRow {
            end: format!("{}/sign-ins/{}/end", address(sign_in.user_id), sign_in.id),
            agent: sign_in.agent.clone().unwrap_or_else(|| "a browser without a name".to_owned()),
            since: frame.when(&sign_in.created_at),
            seen: frame.when(&sign_in.last_seen_at),
            is_this: here == Some(sign_in.id),
        }
    }
}

const fn may(role: Role) -> &'static str {
    match role {
        Role::Viewer => "viewer: look",
        Role::Operator => "operator: collect too",
        Role::Admin => "admin: everything",
    }
}

fn roles(chosen: Role) -> SelectField {
    SelectField {
        name: "role",
        label: "Role",
        options: Role::ALL.iter().map(|role| Choice::new(role.as_str(), may(*role))).collect(),
        chosen: chosen.as_str().to_owned(),
    }
}

fn facts(user: &User, frame: &Frame) -> Facts {
    let when = |at| Html::of(&frame.when(&at));
    Facts::default()
        .with("Role", Html::text(may(user.role)))
        .with("Added", when(user.created_at))
        .with_some("Signed in last", user.last_sign_in_at.map(when))
        .with_some("Disabled", user.disabled_at.map(when))
}

fn actions(user: &User, frame: &Frame) -> Vec<ActionForm> {
    let action = |label: &str, verb: &str, explanation: &str, fields: Vec<Html>| ActionForm {
        label: label.to_owned(),
        action: format!("{}/{verb}", address(user.id)),
        explanation: explanation.to_owned(),
        fields,
        confirm: match verb {
            "role" => "Change the role",
            "reset" => "Make the link",
            "disable" => "Let them in no more",
            _ => "Let them in again",
        }
        .to_owned(),
        is_dangerous: verb == "disable",
        csrf: frame.csrf(),
    };
    if !user.is_enabled() {
        let text = "They get in again with the password that they had.";
        return vec![action("Enable", "enable", text, vec![])];
    }
    vec![
        action(
            "Role",
            "role",
            "It counts from their next page on.",
            vec![Html::of(&roles(user.role))],
        ),
        action(
            "New password",
            "reset",
            "Makes a link by which they choose another password. The old one opens nothing any \
             more, and they are signed out everywhere.",
            vec![],
        ),
        action("Disable", "disable", "They are signed out everywhere, at once.", vec![]),
    ]
}

/// `GET /dashboard/users/new`
pub async fn ask(app: Data<App>, visit: Visit) -> Answer {
    look(app, visit, (Section::Users, "New user"), |_, _, frame| {
        let email = TextField::new("email", "E-mail").of_kind("email").required();
        Ok(New { frame, email, role: roles(Role::Operator) })
    })
    .await
}

/// `POST /dashboard/users`
pub async fn add(app: Data<App>, visit: Visit, sent: Sent) -> Answer {
    let email = match sent.text("email").trim().parse::<Email>() {
        Ok(email) => email,
        Err(error) => return done(&app, NEW, &Flash::bad(words::sentence(&error.to_string()))),
    };
    let role = Role::parse(sent.text("role")).ok_or(Trouble::NotFound)?;
    let organization = visit.person.organization_id;
    let worker = app.on_behalf_of(visit.person.actor());
    let added = blocking(move || Ok::<_, Trouble>(worker.add_user(organization, email, role)));
    match added.await?? {
        Ok((user, token)) => show_link(app, visit, &user, token).await,
        Err(error) => done(&app, NEW, &refused(error)?),
    }
}

/// `POST /dashboard/users/{id}/reset`
pub async fn reset(app: Data<App>, visit: Visit, id: Path<String>) -> Answer {
    let id: UserId = id.parse().map_err(|_| Trouble::NotFound)?;
    let organization = visit.person.organization_id;
    let worker = app.on_behalf_of(visit.person.actor());
    let made = blocking(move || Ok::<_, Trouble>(worker.reset_user(organization, id)));
    match made.await?? {
        Ok((user, token)) => show_link(app, visit, &user, token).await,
        Err(error) => done(&app, &address(id), &refused(error)?),
    }
}

/// The link is in this one answer.
async fn show_link(app: Data<App>, visit: Visit, user: &User, token: Secret) -> Answer {
    let (email, back) = (user.email.to_string(), address(user.id));
    let link = format!("{}/dashboard/password/{}", app.rules().public_url, token.reveal());
    let minutes = app.rules().sign_ins.link_lifetime.as_ms() / 60_000;
    let framed = blocking(move || {
        app.store().read(|read| {
            let place = (Section::Users, "A link for them");
            Ok::<_, Trouble>(Frame::of(&app, read, visit, place)?)
        })
    });
    html(StatusCode::OK, &Link { frame: framed.await??, email, link, minutes, back })
}

fn refused(error: UserError) -> Result<Flash, Trouble> {
    match error {
        UserError::NotFound => Err(Trouble::NotFound),
        UserError::Store(error) => Err(error.into()),
        UserError::EmailTaken
        | UserError::LastAdmin
        | UserError::Disabled
        | UserError::LinkOver
        | UserError::Password(_) => Ok(Flash::bad(words::sentence(&error.to_string()))),
    }
}

async fn act(
    app: Data<App>,
    person: &Person,
    (id, said): (UserId, &str),
    work: impl FnOnce(&App) -> Result<(), UserError> + Send + 'static,
) -> Answer {
    let worker = app.on_behalf_of(person.actor());
    let acted = blocking(move || Ok::<_, Trouble>(work(&worker)));
    let said = match acted.await?? {
        Ok(()) => Flash::good(said),
        Err(error) => refused(error)?,
    };
    done(&app, &address(id), &said)
}

/// `POST /dashboard/users/{id}/role`
pub async fn change_role(app: Data<App>, person: Person, sent: Sent, id: Path<String>) -> Answer {
    let id: UserId = id.parse().map_err(|_| Trouble::NotFound)?;
    let role = Role::parse(sent.text("role")).ok_or(Trouble::NotFound)?;
    let organization = person.organization_id;
    let work = move |app: &App| app.change_role(organization, id, role).map(|_| ());
    act(app, &person, (id, "The role is changed."), work).await
}

/// `POST /dashboard/users/{id}/disable`
pub async fn disable(app: Data<App>, person: Person, id: Path<String>) -> Answer {
    let id: UserId = id.parse().map_err(|_| Trouble::NotFound)?;
    let organization = person.organization_id;
    let work = move |app: &App| app.disable_user(organization, id).map(|_| ());
    act(app, &person, (id, "They do not get in any more."), work).await
}

/// `POST /dashboard/users/{id}/enable`
pub async fn enable(app: Data<App>, person: Person, id: Path<String>) -> Answer {
    let id: UserId = id.parse().map_err(|_| Trouble::NotFound)?;
    let organization = person.organization_id;
    let work = move |app: &App| app.enable_user(organization, id).map(|_| ());
    act(app, &person, (id, "They get in again."), work).await
}

/// `POST /dashboard/users/{id}/sign-ins/{sign_in}/end`
pub async fn end_sign_in(app: Data<App>, person: Person, path: Path<(String, String)>) -> Answer {
    let (user, sign_in) = path.into_inner();
    let user: UserId = user.parse().map_err(|_| Trouble::NotFound)?;
    let sign_in: SignInId = sign_in.parse().map_err(|_| Trouble::NotFound)?;
    let organization = person.organization_id;
    let work = move |app: &App| app.end_sign_in(organization, user, sign_in);
    act(app, &person, (user, "They are signed out in that browser."), work).await
}
