//! Pages before somebody is signed in: to sign in, to set the dashboard up, to choose a password.
//! And what everybody may: to choose a theme, and to sign out.

use std::str::FromStr;

use actix_web::cookie::Cookie;
use actix_web::cookie::time::Duration;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::access::{Person, SESSION_COOKIE, Sent, is_served_by_https, kept};
use super::frame::{Flash, Frame, Surroundings, THEME_COOKIE, Theme};
use super::page::{Answer, Trouble, before, done, go, own_place, pages};
use super::parts::TextField;
use super::throttle::Throttle;
use crate::app::App;
use crate::app::users::UserError;
use crate::domain::password::PASSWORD_CHARS_MIN;
use crate::domain::secret::Secret;
use crate::domain::user::Email;
use crate::http::blocking;

/// How long a browser remembers its theme.
const THEME_DAYS: i64 = 400;

#[derive(Template)]
#[template(path = "dashboard/sign_in.html")]
struct Form {
    frame: Frame,
    texts: Vec<String>,
    trouble: Option<String>,
    /// Where it is posted to.
    action: String,
    fields: Vec<TextField>,
    button: &'static str,
    /// Where to go on to.
    next: String,
}

pages!(Form);

impl Form {
    fn bare(frame: Frame) -> Form {
        let (action, next) = (String::new(), String::new());
        Form { frame, texts: vec![], trouble: None, action, fields: vec![], button: "", next }
    }
}

/// `GET /dashboard/sign-in`
pub async fn ask(app: Data<App>, around: Surroundings, request: HttpRequest) -> Answer {
    let query = url::form_urlencoded::parse(request.query_string().as_bytes());
    let next = query.filter(|(name, _)| name == "next").map(|(_, value)| value).next();
    let next = own_place(next.as_deref().unwrap_or_default()).to_owned();
    form(app, around, (StatusCode::OK, String::new(), next, None)).await
}

async fn form(
    app: Data<App>,
    around: Surroundings,
    (status, email, next, trouble): (StatusCode, String, String, Option<String>),
) -> Answer {
    let make = move |frame| Form {
        trouble,
        action: "/dashboard/sign-in".to_owned(),
        fields: vec![
            TextField::new("email", "E-mail")
                .of_kind("email")
                .with(email)
                .completed_by("username")
                .required(),
            TextField::new("password", "Password")
                .of_kind("password")
                .completed_by("current-password")
                .required(),
        ],
        button: "Sign in",
        next,
        ..Form::bare(frame)
    };
    before(app, around, "Sign in", (status, make)).await
}

/// `POST /dashboard/sign-in`
pub async fn sign_in(
    app: Data<App>,
    throttle: Data<Throttle>,
    around: Surroundings,
    sent: Sent,
    request: HttpRequest,
) -> Answer {
    let email = sent.text("email").trim().to_owned();
    let next = own_place(sent.text("next")).to_owned();
    // Behind a proxy on this machine everybody seems to come from here.
    let place = request.peer_addr().map(|it| it.ip()).filter(|place| !place.is_loopback());
    if let Err(wait) = throttle.spend(&email, place) {
        let text =
            format!("That was too often. Wait {} seconds, and try again.", wait.as_secs() + 1);
        let told = (StatusCode::TOO_MANY_REQUESTS, email, next, Some(text));
        let mut answer = form(app, around, told).await?;
        answer.headers_mut().insert(RETRY_AFTER, (wait.as_secs() + 1).into());
        return Ok(answer);
    }
    let password = Secret::new(sent.text("password"));
    let (parsed, agent) = (Email::from_str(&email).ok(), around.agent.clone());
    let worker = app.clone();
    let turn = throttle.turn().await;
    let signed_in =
        blocking(move || worker.sign_in(parsed.as_ref(), &password, agent.as_deref())).await??;
    drop(turn);
    let Some(token) = signed_in else {
        // The same whatever is wrong, so that nobody learns who there is.
        let text = "Nobody gets in with this address and this password.".to_owned();
        return form(app, around, (StatusCode::UNAUTHORIZED, email, next, Some(text))).await;
    };
    let mut answer = go(&next);
    add(&mut answer, &session_cookie(&app, &token));
    Ok(answer)
}

/// Kept as long as the sign-in can last.
fn session_cookie<'a>(app: &App, token: &'a Secret) -> Cookie<'a> {
    let mut cookie = kept(SESSION_COOKIE, token.reveal(), is_served_by_https(app));
    cookie.set_max_age(Duration::milliseconds(app.rules().sign_ins.lifetime.as_ms()));
    cookie
}

fn add(answer: &mut HttpResponse, cookie: &Cookie<'_>) {
    if answer.add_cookie(cookie).is_err() {
        tracing::error!("a cookie could not be written");
    }
}

/// `POST /dashboard/sign-out`
pub async fn sign_out(app: Data<App>, person: Person) -> Answer {
    if let Some(signed_in) = person.signed_in {
        blocking(move || app.sign_out(&signed_in)).await??;
    }
    let mut answer = go("/dashboard/sign-in");
    let mut gone = kept(SESSION_COOKIE, "", false);
    gone.make_removal();
    add(&mut answer, &gone);
    Ok(answer)
}

/// `POST /dashboard/theme`
pub async fn choose_theme(app: Data<App>, sent: Sent) -> Answer {
    let theme = Theme::parse(sent.text("theme")).unwrap_or(Theme::System);
    let mut cookie = kept(THEME_COOKIE, theme.as_str(), is_served_by_https(&app));
    cookie.set_max_age(Duration::days(THEME_DAYS));
    let mut answer = go(own_place(sent.text("back")));
    add(&mut answer, &cookie);
    Ok(answer)
}

/// What a link leads to, for whom.
enum Purpose {
    SetUp,
    Password(Email),
}

/// What stands in a link; anything else is looked for all the same, and not found.
fn open(app: &App, token: &Secret) -> Result<Option<Purpose>, Trouble> {
    Ok(match app.open_user_link(token)? {
        Some((link, None)) if link.user_id.is_none() => Some(Purpose::SetUp),
        Some((_, Some(user))) if user.is_enabled() => Some(Purpose::Password(user.email)),
        Some(_) | None => None,
    })
}

/// `GET /dashboard/setup/{token}`
pub async fn ask_set_up(app: Data<App>, around: Surroundings, token: Path<String>) -> Answer {
    behind_link(app, around, token.into_inner(), None).await
}

/// `GET /dashboard/password/{token}`
pub async fn ask_password(app: Data<App>, around: Surroundings, token: Path<String>) -> Answer {
    behind_link(app, around, token.into_inner(), None).await
}

/// A form for what the link is for, and what was wrong with what was sent before.
async fn behind_link(
    app: Data<App>,
    around: Surroundings,
    token: String,
    wrong: Option<(String, String)>,
) -> Answer {
    let (looker, secret) = (app.clone(), Secret::new(token.clone()));
    let found = blocking(move || open(&looker, &secret)).await??;
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let (email, trouble) = wrong.unwrap_or_default();
    match found {
        None => link_over(app, around).await,
        Some(Purpose::SetUp) => {
            let make = move |frame| set_up_form(Form::bare(frame), &token, (email, trouble));
            before(app, around, "Set the dashboard up", (status, make)).await
        }
        Some(Purpose::Password(email)) => {
            let make = move |frame| Form {
                texts: vec![format!("For {email}. You are signed out everywhere else.")],
                trouble: Some(trouble).filter(|text| !text.is_empty()),
                action: format!("/dashboard/password/{token}"),
                fields: vec![new_password()],
                button: "Choose this password",
                ..Form::bare(frame)
            };
            before(app, around, "Choose a password", (status, make)).await
        }
    }
}

fn set_up_form(form: Form, token: &str, (email, trouble): (String, String)) -> Form {
    Form {
        texts: vec![
            "You become the first administrator. Others can be added afterwards, with less to do \
             or nothing to change."
                .to_owned(),
        ],
        trouble: Some(trouble).filter(|text| !text.is_empty()),
        action: format!("/dashboard/setup/{token}"),
        fields: vec![
            TextField::new("email", "Your e-mail")
                .of_kind("email")
                .with(email)
                .completed_by("username")
                .required(),
            new_password(),
        ],
        button: "Begin",
        ..form
    }
}

fn new_password() -> TextField {
    TextField::new("password", "New password")
        .of_kind("password")
        .completed_by("new-password")
        .hint(format!("At least {PASSWORD_CHARS_MIN} characters. A few words make a good one."))
        .required()
}

async fn link_over(app: Data<App>, around: Surroundings) -> Answer {
    let make = |frame| Form {
        texts: vec![
            "It was used already, its time is up, or a newer one was made.".to_owned(),
            "Ask an administrator for another one. Who can reach the server gets one with \
             “recoup user reset ADDRESS”, or “recoup user setup-link” for the first \
             administrator."
                .to_owned(),
        ],
        ..Form::bare(frame)
    };
    before(app, around, "This link is not good any more", (StatusCode::NOT_FOUND, make)).await
}

/// `POST /dashboard/setup/{token}`
pub async fn set_up(
    (app, throttle): (Data<App>, Data<Throttle>),
    around: Surroundings,
    sent: Sent,
    token: Path<String>,
) -> Answer {
    let (token, email) = (token.into_inner(), sent.text("email").trim().to_owned());
    let parsed = match email.parse::<Email>() {
        Ok(parsed) => parsed,
        Err(error) => {
            return behind_link(app, around, token, Some((email, error.to_string()))).await;
        }
    };
    let password = Secret::new(sent.text("password"));
    let (worker, secret) = (app.clone(), Secret::new(token.clone()));
    let _turn = throttle.turn().await;
    let made = blocking(move || Ok::<_, Trouble>(worker.set_up(&secret, parsed, &password)));
    chosen(app, around, (token, email), made.await??.map(|_| ())).await
}

/// `POST /dashboard/password/{token}`
pub async fn choose(
    (app, throttle): (Data<App>, Data<Throttle>),
    around: Surroundings,
    sent: Sent,
    token: Path<String>,
) -> Answer {
    let token = token.into_inner();
    let password = Secret::new(sent.text("password"));
    let (worker, secret) = (app.clone(), Secret::new(token.clone()));
    let _turn = throttle.turn().await;
    let made = blocking(move || Ok::<_, Trouble>(worker.choose_password(&secret, &password)));
    chosen(app, around, (token, String::new()), made.await??.map(|_| ())).await
}

async fn chosen(
    app: Data<App>,
    around: Surroundings,
    (token, email): (String, String),
    made: Result<(), UserError>,
) -> Answer {
    match made {
        Ok(()) => {
            let said = Flash::good("The password is chosen. Sign in with it.");
            done(&app, "/dashboard/sign-in", &said)
        }
        Err(UserError::Store(error)) => Err(error.into()),
        Err(error) => behind_link(app, around, token, Some((email, sentence(&error)))).await,
    }
}

/// As it stands on a page.
fn sentence(error: &UserError) -> String {
    let text = error.to_string();
    let mut signs = text.chars();
    let first = signs.next().map(|sign| sign.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", signs.as_str())
}
