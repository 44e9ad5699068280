//! Who is at the browser, and what they may do. Every page but those to sign in passes here, and
//! every form: without its CSRF token nothing that was sent reaches a handler.

use std::future::{Ready, ready};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::LOCATION;
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data};
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use url::form_urlencoded;

use super::page::Trouble;
use crate::app::App;
use crate::app::users::SignedIn;
use crate::domain::audit_trail::Actor;
use crate::domain::id::OrganizationId;
use crate::domain::secret::Secret;
use crate::domain::sign_in::new_token;
use crate::domain::user::Role;
use crate::http::blocking;
use crate::store::StoreError;

/// Holds the token of a sign-in.
pub const SESSION_COOKIE: &str = "recoup_session";
/// Holds a token of chance for who is not signed in, so that their forms have a CSRF token too.
const VISIT_COOKIE: &str = "recoup_visit";

/// The field that every form has.
pub const CSRF_FIELD: &str = "csrf";

/// Who is at the browser.
#[derive(Debug, Clone)]
pub struct Person {
    pub organization_id: OrganizationId,
    pub role: Role,
    /// None: the server asks nobody who they are.
    pub signed_in: Option<SignedIn>,
}

impl Person {
    pub fn actor(&self) -> Actor {
        match &self.signed_in {
            Some(signed_in) => Actor::User(signed_in.user.id),
            None => Actor::Anyone,
        }
    }

    pub fn name(&self) -> &str {
        self.signed_in.as_ref().map_or("Demonstration", |it| it.user.email.as_str())
    }

    pub const fn may_operate(&self) -> bool {
        self.role.is_enough_for(Role::Operator)
    }

    pub const fn may_administer(&self) -> bool {
        self.role.is_enough_for(Role::Admin)
    }
}

impl FromRequest for Person {
    type Error = Trouble;
    type Future = Ready<Result<Person, Trouble>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.extensions().get::<Person>().cloned().ok_or(Trouble::Internal))
    }
}

/// What the forms of this browser carry.
#[derive(Debug, Clone)]
pub struct CsrfToken(pub String);

impl CsrfToken {
    /// Nobody finds the token of a cookie from it, nor it without the cookie.
    fn of(token: &Secret) -> CsrfToken {
        let digest = Sha256::new().chain_update("csrf:").chain_update(token.reveal()).finalize();
        CsrfToken(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    fn is(&self, sent: &str) -> bool {
        self.0.as_bytes().ct_eq(sent.as_bytes()).into()
    }
}

/// The fields of a form, in the order they were sent.
#[derive(Debug, Clone, Default)]
pub struct Sent(Vec<(String, String)>);

impl Sent {
    fn parse(body: &[u8]) -> Sent {
        let pairs = form_urlencoded::parse(body);
        Sent(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    /// The last one of this name; empty when there is none.
    pub fn text(&self, name: &str) -> &str {
        self.all(name).last().unwrap_or_default()
    }

    /// None: it is blank, or not there.
    pub fn filled(&self, name: &str) -> Option<&str> {
        Some(self.text(name).trim()).filter(|text| !text.is_empty())
    }

    /// Every one of this name.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl FromRequest for Sent {
    type Error = Trouble;
    type Future = Ready<Result<Sent, Trouble>>;

    /// Only what was checked is there.
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.extensions().get::<Sent>().cloned().ok_or(Trouble::Internal))
    }
}

/// What only some may send; everything else asks for an operator.
const OWN: &[&str] = &["/dashboard/sign-out", "/dashboard/theme"];
const ADMINISTRATION: &[&str] = &[
    "/dashboard/policies",
    "/dashboard/connections",
    "/dashboard/plugins",
    "/dashboard/developers",
    "/dashboard/settings",
    "/dashboard/users",
    "/dashboard/system",
];

/// The role that a POST to this path asks for.
fn needed(path: &str) -> Role {
    let is_under = |begin: &&str| {
        path.strip_prefix(*begin).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if OWN.contains(&path) {
        Role::Viewer
    } else if ADMINISTRATION.iter().any(is_under) {
        Role::Admin
    } else {
        Role::Operator
    }
}

/// For pages that need nobody signed in: those to sign in.
pub async fn welcomed(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let is_https = is_https(&request);
    let known = token(&request, VISIT_COOKIE);
    let visit = known.clone().unwrap_or_else(new_token);
    if let Err(trouble) = admit(&mut request, &visit, None).await {
        return Ok(request.into_response(trouble.error_response()));
    }
    let mut answer = next.call(request).await?.map_into_boxed_body();
    if known.is_none() {
        add_cookie(&mut answer, &kept(VISIT_COOKIE, visit.reveal(), is_https));
    }
    Ok(answer)
}

/// Lets nobody past who is not signed in, and no form that did not come from one of our pages.
pub async fn guarded(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let is_https = is_https(&request);
    let found = match person(&request).await {
        Ok(found) => found,
        Err(trouble) => return Ok(request.into_response(trouble.error_response())),
    };
    let Some((person, token)) = found else {
        let answer =
            HttpResponse::SeeOther().insert_header((LOCATION, sign_in_address(&request))).finish();
        return Ok(request.into_response(answer));
    };
    let is_new = person.signed_in.is_none() && self::token(&request, VISIT_COOKIE).is_none();
    let admitted = admit(&mut request, &token, Some(&person)).await;
    if let Err(trouble) = admitted {
        return Ok(request.into_response(trouble.error_response()));
    }
    request.extensions_mut().insert(person);
    let mut answer = next.call(request).await?.map_into_boxed_body();
    if is_new {
        add_cookie(&mut answer, &kept(VISIT_COOKIE, token.reveal(), is_https));
    }
    Ok(answer)
}

/// Checks a form, and hands over what handlers need.
async fn admit(
    request: &mut ServiceRequest,
    token: &Secret,
    person: Option<&Person>,
) -> Result<(), Trouble> {
    let csrf = CsrfToken::of(token);
    if request.method() == Method::POST {
        let body = request.extract::<Bytes>().await.map_err(|_| Trouble::TooLarge)?;
        let sent = Sent::parse(&body);
        if !csrf.is(sent.text(CSRF_FIELD)) {
            return Err(Trouble::ForeignForm);
        }
        if person.is_some_and(|person| !person.role.is_enough_for(needed(request.path()))) {
            return Err(Trouble::NotPermitted(needed(request.path())));
        }
        request.extensions_mut().insert(sent);
    }
    request.extensions_mut().insert(csrf);
    Ok(())
}

/// Who it is, and the token that their forms are bound to. None: nobody is signed in.
async fn person(request: &ServiceRequest) -> Result<Option<(Person, Secret)>, Trouble> {
    let app = request.app_data::<Data<App>>().cloned().ok_or(Trouble::Internal)?;
    let (session, visit) = (token(request, SESSION_COOKIE), token(request, VISIT_COOKIE));
    let looked = blocking(move || -> Result<_, StoreError> {
        if let Some(token) = session
            && let Some(signed_in) = app.signed_in(&token)?
        {
            let person = Person {
                organization_id: signed_in.user.organization_id,
                role: signed_in.user.role,
                signed_in: Some(signed_in),
            };
            return Ok(Some((person, token)));
        }
        if !app.rules().open_to_all {
            return Ok(None);
        }
        let organization = app.store().read(|read| read.first_organization())?;
        let person = organization.map(|organization| Person {
            organization_id: organization.id,
            role: Role::Admin,
            signed_in: None,
        });
        Ok(person.map(|person| (person, visit.unwrap_or_else(new_token))))
    });
    Ok(looked.await.map_err(|_| Trouble::Internal)??)
}

/// Only what looks like a token of ours is looked for.
fn token(request: &ServiceRequest, cookie: &str) -> Option<Secret> {
    let value = request.cookie(cookie)?;
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let text = value.value();
    (text.len() == 64 && text.bytes().all(is_digit)).then(|| Secret::new(text))
}

/// Where to sign in, and where to go on from there.
fn sign_in_address(request: &ServiceRequest) -> String {
    let wanted = match request.uri().path_and_query() {
        Some(wanted) if request.method() == Method::GET => wanted.as_str(),
        Some(_) | None => super::HOME,
    };
    let query =
        form_urlencoded::Serializer::new(String::new()).append_pair("next", wanted).finish();
    format!("/dashboard/sign-in?{query}")
}

fn is_https(request: &ServiceRequest) -> bool {
    request.app_data::<Data<App>>().is_some_and(|app| is_served_by_https(app))
}

pub fn is_served_by_https(app: &App) -> bool {
    app.rules().public_url.starts_with("https://")
}

/// A cookie that no script reads, and that no other site's form sends along. It ends with the
/// browser unless `max_age` is set on it.
pub fn kept<'a>(name: &'a str, value: &'a str, is_https: bool) -> Cookie<'a> {
    Cookie::build(name, value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(is_https)
        .finish()
}

fn add_cookie(answer: &mut ServiceResponse, cookie: &Cookie<'_>) {
    if answer.response_mut().add_cookie(cookie).is_err() {
        tracing::error!("a cookie could not be written");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn administration_asks_for_more_than_collecting() {
        for (path, role) in [
            ("/dashboard/theme", Role::Viewer),
            ("/dashboard/sign-out", Role::Viewer),
            ("/dashboard/invoices/x/resend", Role::Operator),
            ("/dashboard/policiesque", Role::Operator),
            ("/dashboard/policies", Role::Admin),
            ("/dashboard/users/x/role", Role::Admin),
        ] {
            assert_eq!(needed(path), role, "{path}");
        }
    }

    #[test]
    fn forms_are_bound_to_a_cookie() {
        let token = Secret::new("ab".repeat(32));
        let csrf = CsrfToken::of(&token);
        assert!(csrf.is(&CsrfToken::of(&token).0));
        assert!(!csrf.is("") && !csrf.is(token.reveal()));
        let sent = Sent::parse(b"a=1&b=%20x+y&a=2&c=");
        assert_eq!((sent.text("a"), sent.filled("b"), sent.filled("c")), ("2", Some("x y"), None));
        assert_eq!(sent.all("a").collect::<Vec<_>>(), ["1", "2"]);
    }
}
