//! A connection that is made, or given other settings. A secret that is there is never shown: a
//! field that is left empty keeps it.

use actix_web::web::{Data, Path};
use askama::Template;

use super::super::access::{Person, Sent};
use super::super::frame::{Flash, Frame, Visit};
use super::super::navigation::Section;
use super::super::page::{Answer, Trouble, done, look, pages};
use super::super::parts::{Html, TextField};
use super::acts::refused;
use super::{CONNECTIONS, NEW, address};
use crate::app::change_connection::ConnectionChange;
use crate::app::{App, NewConnection};
use crate::domain::connection::{Connection, Provider, SettingSpec};
use crate::domain::secret::Secret;
use crate::http::blocking;
use crate::http::lago::Query;
use crate::wire::lago::checks::is_web_url;

/// Before the name of a setting in the name of its field.
const SETTING: &str = "setting_";
const NAME_CHARS_MAX: usize = 100;

#[derive(Template)]
#[template(path = "dashboard/connections/form.html")]
struct Form {
    frame: Frame,
    back: (String, String),
    lead: String,
    /// To choose the plugin: addresses and titles, and which is chosen. None of them: it is chosen.
    plugins: Vec<(String, String, bool)>,
    action: String,
    provider: String,
    fields: Vec<Html>,
    allows_private_network: bool,
    button: &'static str,
}

pages!(Form);

/// `GET /dashboard/connections/new`
pub async fn ask(app: Data<App>, visit: Visit, query: Query) -> Answer {
    let asked = query.text("provider").map(str::to_owned);
    look(app, visit, (Section::Connections, "New connection"), move |app, _, frame| {
        let providers = app.psps().providers();
        let chosen = match &asked {
            Some(name) => providers.iter().find(|it| it.name == *name),
            None => providers.first(),
        };
        let chosen = chosen.ok_or(Trouble::NotFound)?;
        let plugin = |it: &Provider| {
            (format!("{NEW}?provider={}", it.name), it.title.clone(), it.name == chosen.name)
        };
        let code = TextField::new("code", "Code")
            .required()
            .hint("What programs call it: letters, digits, _ - and . It stays.");
        let fields = [Html::of(&code)].into_iter().chain(fields(chosen, None)).collect();
        Ok(Form {
            back: (CONNECTIONS.to_owned(), "Connections".to_owned()),
            lead: format!("Your account at {}.", chosen.title),
            plugins: providers.iter().map(plugin).collect(),
            action: CONNECTIONS.to_owned(),
            provider: chosen.name.clone(),
            fields,
            allows_private_network: false,
            button: "Make the connection",
            frame,
        })
    })
    .await
}

fn fields(provider: &Provider, there: Option<&Connection>) -> Vec<Html> {
    let name = there.map(|it| it.name.clone()).unwrap_or_default();
    let redirect = there.and_then(|it| it.success_redirect_url.clone()).unwrap_or_default();
    let name = TextField::new("name", "Name").with(name).hint("For people.");
    let redirect = TextField::new("success_redirect_url", "Payers go on to")
        .of_kind("url")
        .with(redirect)
        .hint("After a page of the provider; may stay empty.");
    let settings = provider.settings.iter().map(|spec| setting(spec, there));
    [Html::of(&name)].into_iter().chain(settings).chain([Html::of(&redirect)]).collect()
}

/// A field whose names are told by a plugin.
#[derive(Template)]
#[template(path = "dashboard/connections/setting.html")]
struct SettingField<'s> {
    name: String,
    spec: &'s SettingSpec,
    value: String,
    hint: String,
    is_required: bool,
}

impl askama::filters::HtmlSafe for SettingField<'_> {}

fn setting(spec: &SettingSpec, there: Option<&Connection>) -> Html {
    let value = there.and_then(|it| it.setting(&spec.key)).filter(|it| !it.reveal().is_empty());
    let is_kept = spec.secret && value.is_some();
    let default = spec.default.as_ref().map(|it| format!(" Left empty: {it}."));
    let help = spec.help.trim_end_matches(['.', '…']);
    let kept = if is_kept { " One is set; leave it empty to keep it." } else { "" };
    Html::of(&SettingField {
        name: format!("{SETTING}{}", spec.key),
        spec,
        value: match value {
            Some(value) if !spec.secret => value.reveal().to_owned(),
            Some(_) | None => String::new(),
        },
        hint: format!("{help}.{}{kept}", default.unwrap_or_default()),
        is_required: spec.required && spec.default.is_none() && !is_kept,
    })
}

/// The settings as they were sent; a secret that was not is as it was.
fn settings(sent: &Sent, provider: &Provider, there: Option<&Connection>) -> Vec<(String, Secret)> {
    let value = |spec: &SettingSpec| {
        let given = sent.filled(&format!("{SETTING}{}", spec.key)).map(Secret::new);
        let kept = || there.filter(|_| spec.secret).and_then(|it| it.setting(&spec.key)).cloned();
        given.or_else(kept).map(|value| (spec.key.clone(), value))
    };
    provider.settings.iter().filter_map(value).collect()
}

/// Where payers go on to, or that it is no address.
fn redirect(sent: &Sent) -> Result<Option<String>, Flash> {
    match sent.filled("success_redirect_url") {
        Some(url) if !is_web_url(url) => {
            Err(Flash::bad("“Payers go on to” begins with http:// or https:// and names a host."))
        }
        url => Ok(url.map(str::to_owned)),
    }
}

fn name(sent: &Sent, code: &str) -> String {
    sent.filled("name").unwrap_or(code).chars().take(NAME_CHARS_MAX).collect()
}

/// `POST /dashboard/connections`
pub async fn make(app: Data<App>, person: Person, sent: Sent) -> Answer {
    let provider = app.psps().provider(sent.text("provider")).ok_or(Trouble::NotFound)?;
    let form = format!("{NEW}?provider={}", provider.name);
    let success_redirect_url = match redirect(&sent) {
        Ok(url) => url,
        Err(wrong) => return done(&app, &form, &wrong),
    };
    let code = sent.text("code").trim().to_owned();
    let new = NewConnection {
        organization_id: person.organization_id,
        name: Some(name(&sent, &code)),
        settings: settings(&sent, &provider, None),
        provider: provider.name,
        code,
        allows_private_network: !sent.text("private").is_empty(),
        success_redirect_url,
    };
    let worker = app.on_behalf_of(person.actor());
    let made = blocking(move || Ok::<_, Trouble>(worker.add_connection(&new)));
    match made.await?? {
        Ok(made) => {
            let said = Flash::good("The connection is made. Test it before the first charge.");
            done(&app, &address(&made.code), &said)
        }
        Err(error) => done(&app, &form, &refused(&error)?),
    }
}

/// `GET /dashboard/connections/of/{code}/edit`
pub async fn edit(app: Data<App>, visit: Visit, code: Path<String>) -> Answer {
    let organization = visit.person.organization_id;
    look(app, visit, (Section::Connections, "Change the connection"), move |app, read, frame| {
        let found = read.connection_by_code(organization, &code)?;
        let there = found.ok_or(Trouble::NotFound)?;
        let provider = app.psps().provider(&there.provider).ok_or(Trouble::NotFound)?;
        Ok(Form {
            back: (address(&code), there.name.clone()),
            lead: "What is charged from then on is charged with these.".to_owned(),
            plugins: vec![],
            action: format!("{}/edit", address(&code)),
            provider: provider.name.clone(),
            fields: fields(&provider, Some(&there)),
            allows_private_network: there.allows_private_network,
            button: "Save",
            frame,
        })
    })
    .await
}

/// `POST /dashboard/connections/of/{code}/edit`
pub async fn change(app: Data<App>, person: Person, sent: Sent, code: Path<String>) -> Answer {
    let code = code.into_inner();
    let form = format!("{}/edit", address(&code));
    let success_redirect_url = match redirect(&sent) {
        Ok(url) => url,
        Err(wrong) => return done(&app, &form, &wrong),
    };
    let organization = person.organization_id;
    let (worker, of) = (app.on_behalf_of(person.actor()), code.clone());
    let changed = blocking(move || -> Result<_, Trouble> {
        let there = worker.store().read(|read| read.connection_by_code(organization, &of))?;
        let there = there.ok_or(Trouble::NotFound)?;
        let provider = worker.psps().provider(&there.provider).ok_or(Trouble::NotFound)?;
        let change = ConnectionChange {
            name: name(&sent, &of),
            settings: settings(&sent, &provider, Some(&there)),
            allows_private_network: !sent.text("private").is_empty(),
            success_redirect_url,
        };
        Ok(worker.change_connection(organization, &of, &change))
    });
    match changed.await?? {
        Ok(_) => done(&app, &address(&code), &Flash::good("Saved. Test it now.")),
        Err(error) => done(&app, &form, &refused(&error)?),
    }
}
