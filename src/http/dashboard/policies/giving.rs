//! Giving a policy to whom it is for, and taking it away again.

use actix_web::web::Data;

use super::super::access::{Person, Sent};
use super::super::frame::Flash;
use super::super::page::{Answer, Trouble, done};
use super::POLICIES;
use crate::app::App;
use crate::app::policies::PolicyError;
use crate::domain::policy::Scope;
use crate::http::blocking;
use crate::wire::recoup::policy::presets::preset;

/// `POST /dashboard/policies/given`
pub async fn give(app: Data<App>, person: Person, sent: Sent) -> Answer {
    let scope = Scope::parse(sent.text("scope")).ok_or(Trouble::NotFound)?;
    let (code, target) = (sent.text("policy").to_owned(), target(&sent, scope));
    let ready = preset(&code).map(|ready| (ready.policy, ready.source.to_owned()));
    let worker = app.on_behalf_of(person.actor());
    let given = blocking(move || {
        let whom = (scope, target.as_str());
        let made = worker.assign_policy(person.organization_id, whom, &code, ready);
        Ok::<_, Trouble>(made.map(|made| made.code))
    });
    let said = match given.await?? {
        Ok(code) => Flash::good(format!(
            "{code} is given. It counts for debts whose collecting begins from now on."
        )),
        Err(error) => refused(error)?,
    };
    done(&app, POLICIES, &said)
}

/// `POST /dashboard/policies/taken`
pub async fn take(app: Data<App>, person: Person, sent: Sent) -> Answer {
    let scope = Scope::parse(sent.text("scope")).ok_or(Trouble::NotFound)?;
    let target = target(&sent, scope);
    let worker = app.on_behalf_of(person.actor());
    let taken = blocking(move || {
        let whom = (scope, target.as_str());
        Ok::<_, Trouble>(worker.unassign_policy(person.organization_id, whom))
    });
    let said = match taken.await?? {
        Ok(()) => Flash::good("Taken away. Debts that are being collected keep what they have."),
        Err(error) => refused(error)?,
    };
    done(&app, POLICIES, &said)
}

fn target(sent: &Sent, scope: Scope) -> String {
    match scope {
        Scope::Organization => String::new(),
        Scope::Customer | Scope::Plan | Scope::Provider => sent.text("target").trim().to_owned(),
    }
}

fn refused(error: PolicyError) -> Result<Flash, Trouble> {
    match error {
        PolicyError::NoTarget => Ok(Flash::bad(
            "There is no such customer, plan or connection. Write the external id of a customer, \
             or the code of a plan or connection.",
        )),
        PolicyError::NotFound => Ok(Flash::bad("There is no policy of this name.")),
        PolicyError::NoVersion => Ok(Flash::bad("The policy has no such version.")),
        PolicyError::Store(error) => Err(error.into()),
    }
}
