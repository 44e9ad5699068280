//! What stands around every page: who is at the browser, where they are, in which mode the server
//! runs, how it looks, and what came of what they did last.

use std::future::{Ready, ready};

use actix_web::cookie::Cookie;
use actix_web::cookie::time::Duration;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use chrono_tz::Tz;
use url::form_urlencoded::byte_serialize;

use super::access::{CsrfToken, Person, kept};
use super::assets;
use super::navigation::{GROUPS, Group, Section};
use super::page::Trouble;
use super::parts::{Csrf, Tone, When};
use crate::app::App;
use crate::domain::decline::text_enum;
use crate::domain::time::Timestamp;
use crate::store::{Reader, StoreError};

pub const THEME_COOKIE: &str = "recoup_theme";
pub const FLASH_COOKIE: &str = "recoup_flash";

text_enum!(
    /// How it looks.
    Theme {
        System = "system",
        Light = "light",
        Dark = "dark",
    }
);

impl Theme {
    pub const fn label(self) -> &'static str {
        match self {
            Theme::System => "System",
            Theme::Light => "Light",
            Theme::Dark => "Dark",
        }
    }
}

/// What came of what somebody did, said once on the next page.
#[derive(Debug, Clone)]
pub struct Flash {
    pub is_good: bool,
    pub text: String,
}

impl Flash {
    pub fn good(text: impl Into<String>) -> Flash {
        Flash { is_good: true, text: text.into() }
    }

    pub fn bad(text: impl Into<String>) -> Flash {
        Flash { is_good: false, text: text.into() }
    }

    pub fn tone(&self) -> Tone {
        if self.is_good { Tone::Good } else { Tone::Bad }
    }

    /// Until the next page has shown it; a minute, should there be none.
    pub fn cookie(&self, is_https: bool) -> Cookie<'static> {
        let mark = if self.is_good { '+' } else { '-' };
        let text: String = byte_serialize(self.text.as_bytes()).collect();
        let mut cookie = kept(FLASH_COOKIE, &format!("{mark}{text}"), is_https).into_owned();
        cookie.set_max_age(Duration::minutes(1));
        cookie
    }

    fn read(value: &str) -> Option<Flash> {
        let is_good = value.starts_with('+');
        let text = value.strip_prefix(['+', '-'])?;
        let pair = format!("t={text}");
        let (_, text) = url::form_urlencoded::parse(pair.as_bytes()).next()?;
        Some(Flash { is_good, text: text.into_owned() })
    }
}

/// What the browser brings along, whoever is at it.
#[derive(Debug, Clone)]
pub struct Surroundings {
    pub csrf: CsrfToken,
    pub theme: Theme,
    pub flash: Option<Flash>,
    /// Path and query of this page.
    pub here: String,
    /// What the browser calls itself.
    pub agent: Option<String>,
}

impl FromRequest for Surroundings {
    type Error = Trouble;
    type Future = Ready<Result<Surroundings, Trouble>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let cookie = |name: &str| request.cookie(name);
        let Some(csrf) = request.extensions().get::<CsrfToken>().cloned() else {
            return ready(Err(Trouble::Internal));
        };
        let theme = cookie(THEME_COOKIE).and_then(|it| Theme::parse(it.value()));
        let agent = request.headers().get("user-agent").and_then(|it| it.to_str().ok());
        ready(Ok(Surroundings {
            csrf,
            theme: theme.unwrap_or(Theme::System),
            flash: cookie(FLASH_COOKIE).and_then(|it| Flash::read(it.value())),
            here: request.uri().path_and_query().map_or("", |it| it.as_str()).to_owned(),
            agent: agent.map(str::to_owned),
        }))
    }
}

/// Somebody looks at a page.
#[derive(Debug, Clone)]
pub struct Visit {
    pub person: Person,
    pub around: Surroundings,
}

impl FromRequest for Visit {
    type Error = Trouble;
    type Future = Ready<Result<Visit, Trouble>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let person = Person::from_request(request, payload).into_inner();
        let around = Surroundings::from_request(request, payload).into_inner();
        ready(person.and_then(|person| Ok(Visit { person, around: around? })))
    }
}

/// For the layout, which every template extends.
#[derive(Debug, Clone)]
pub struct Frame {
    pub title: String,
    /// Of which place in the navigation it is a page. None: of none.
    pub section: Option<Section>,
    pub around: Surroundings,
    /// None: nobody is signed in yet.
    pub person: Option<Person>,
    pub organization: String,
    pub zone: Tz,
    pub now: Timestamp,
    pub test_mode: bool,
    /// Why nothing is charged.
    pub hold: Option<&'static str>,
}

impl Frame {
    /// For a page of somebody who is signed in.
    pub fn of(
        app: &App,
        read: &Reader<'_>,
        visit: Visit,
        (section, title): (Section, &str),
    ) -> Result<Frame, StoreError> {
        let hold = read.hold()?.map(|hold| hold.reason.sentence());
        let frame = Frame::before(app, read, visit.around, title)?;
        Ok(Frame { section: Some(section), person: Some(visit.person), hold, ..frame })
    }

    /// For a page before somebody is signed in: it tells nothing.
    pub fn before(
        app: &App,
        read: &Reader<'_>,
        around: Surroundings,
        title: &str,
    ) -> Result<Frame, StoreError> {
        let organization = read.first_organization()?;
        Ok(Frame {
            title: title.to_owned(),
            section: None,
            around,
            person: None,
            zone: organization.as_ref().map_or(Tz::UTC, |it| it.timezone),
            organization: organization.map(|it| it.name).unwrap_or_default(),
            now: app.now(),
            test_mode: app.rules().test_mode,
            hold: None,
        })
    }

    #[must_use]
    pub fn titled(self, title: impl Into<String>) -> Frame {
        Frame { title: title.into(), ..self }
    }

    pub fn groups(&self) -> &'static [Group] {
        GROUPS
    }

    pub fn is_at(&self, section: &Section) -> bool {
        self.section == Some(*section)
    }

    pub fn themes(&self) -> &'static [Theme] {
        Theme::ALL
    }

    /// The address of an asset.
    pub fn asset(&self, file: &str) -> String {
        assets::address(file)
    }

    /// Goes into every form.
    pub fn csrf(&self) -> Csrf {
        Csrf { token: self.around.csrf.0.clone() }
    }

    pub fn when(&self, at: &Timestamp) -> When {
        When { at: *at, zone: self.zone }
    }

    pub fn may_operate(&self) -> bool {
        self.person.as_ref().is_some_and(Person::may_operate)
    }

    pub fn may_administer(&self) -> bool {
        self.person.as_ref().is_some_and(Person::may_administer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_as_it_was_written() {
        let said = "Résumé: 100 % & +more; \"quoted\"";
        let cookie = Flash::bad(said).cookie(true);
        let read = Flash::read(cookie.value()).expect("a message");
        assert_eq!((read.is_good, read.text.as_str()), (false, said));
        assert!(cookie.secure().unwrap_or(false));
        assert!(Flash::read("nonsense").is_none());
    }
}
