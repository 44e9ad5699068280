//! What a person does to a customer: make a link to leave a method, choose between methods, pause
//! and resume collecting. Each is a use case; here is only what was sent, and what is said.

use actix_web::web::{Data, Path};

use super::PATH;
use super::list::method_label;
use crate::app::App;
use crate::app::change_method::ChangeMethodError;
use crate::app::control::{ControlError, Order};
use crate::app::links::CheckoutLinkError;
use crate::domain::control::Command;
use crate::domain::customer::Customer;
use crate::domain::id::{CustomerId, OrganizationId, PaymentMethodId};
use crate::domain::view::MethodView;
use crate::http::dashboard::access::{Person, Sent};
use crate::http::dashboard::deeds::{REASON_CHARS_MAX, Refusal, act, internal, refused};
use crate::http::dashboard::page::{Answer, Trouble};

fn customer_id(text: &str) -> Result<CustomerId, Trouble> {
    text.parse().map_err(|_| Trouble::NotFound)
}

/// One that is not deleted.
fn customer(app: &App, whose: OrganizationId, id: CustomerId) -> Result<Customer, Refusal> {
    let found = app.store().read(|read| read.customer(whose, id))?;
    found.filter(|customer| customer.deleted_at.is_none()).ok_or(Refusal::NotFound)
}

/// `POST /dashboard/customers/{id}/link`
pub async fn link(app: Data<App>, person: Person, id: Path<String>) -> Answer {
    let id = customer_id(&id)?;
    act((app, person), &format!("{PATH}/{id}"), move |app, organization| {
        customer(app, organization, id)?;
        match app.checkout_link(organization, id) {
            Ok(_) => {
                Ok("The link is made. Copy it, and send it to the customer: whoever opens it \
                         can leave a payment method."
                    .to_owned())
            }
            Err(CheckoutLinkError::Collect(error)) => Err(internal(&error)),
            Err(CheckoutLinkError::Provider { provider, error }) => {
                Err(refused(format!("No link was made: {provider} made no page ({error}).")))
            }
            Err(error) => Err(refused(format!("No link was made: {error}."))),
        }
    })
    .await
}

/// What is done to one method.
type Change = fn(
    &App,
    OrganizationId,
    &str,
    Option<PaymentMethodId>,
) -> Result<MethodView, ChangeMethodError>;

async fn change(
    (app, person): (Data<App>, Person),
    path: Path<(String, String)>,
    change: Change,
    said: fn(&MethodView) -> String,
) -> Answer {
    let (id, method) = path.into_inner();
    let id = customer_id(&id)?;
    let method: PaymentMethodId = method.parse().map_err(|_| Trouble::NotFound)?;
    act((app, person), &format!("{PATH}/{id}"), move |app, organization| {
        let customer = customer(app, organization, id)?;
        match change(app, organization, &customer.external_id, Some(method)) {
            Ok(view) => Ok(said(&view)),
            Err(ChangeMethodError::CustomerNotFound | ChangeMethodError::MethodNotFound) => {
                Err(Refusal::NotFound)
            }
            Err(ChangeMethodError::MethodInactive) => Err(refused(
                "Nothing was changed: an inactive method cannot be the default. Make it active \
                 first.",
            )),
            Err(ChangeMethodError::Collect(error)) => Err(internal(&error)),
        }
    })
    .await
}

/// `POST /dashboard/customers/{id}/methods/{method}/default`
pub async fn make_default(app: Data<App>, person: Person, path: Path<(String, String)>) -> Answer {
    change((app, person), path, App::set_default_method, |view| {
        format!(
            "{} is the default from now on. Debts that waited for a method are tried on it.",
            method_label(&view.method)
        )
    })
    .await
}

/// `POST /dashboard/customers/{id}/methods/{method}/deactivate`
pub async fn deactivate(app: Data<App>, person: Person, path: Path<(String, String)>) -> Answer {
    change((app, person), path, App::deactivate_method, |view| {
        format!("{} is inactive. What named it is to be paid by hand.", method_label(&view.method))
    })
    .await
}

/// `POST /dashboard/customers/{id}/methods/{method}/activate`
pub async fn activate(app: Data<App>, person: Person, path: Path<(String, String)>) -> Answer {
    change((app, person), path, App::activate_method, |view| {
        format!(
            "{} is active. It can be chosen again; what turned manual stays so.",
            method_label(&view.method)
        )
    })
    .await
}

/// `POST /dashboard/customers/{id}/pause`
pub async fn pause(app: Data<App>, person: Person, sent: Sent, id: Path<String>) -> Answer {
    control((app, person), &sent, &id, Command::Pause).await
}

/// `POST /dashboard/customers/{id}/resume`
pub async fn resume(app: Data<App>, person: Person, sent: Sent, id: Path<String>) -> Answer {
    control((app, person), &sent, &id, Command::Resume).await
}

async fn control(who: (Data<App>, Person), sent: &Sent, id: &str, command: Command) -> Answer {
    let id = customer_id(id)?;
    let reason = sent.filled("reason").map(|it| it.chars().take(REASON_CHARS_MAX).collect());
    act(who, &format!("{PATH}/{id}"), move |app, organization| {
        let external_id = customer(app, organization, id)?.external_id;
        match app.control_customer(organization, external_id, Order { command, reason }) {
            Ok(tally) => Ok(told(command, tally.changed)),
            Err(ControlError::NotFound | ControlError::CustomerNotFound) => Err(Refusal::NotFound),
            Err(ControlError::Refused(why)) => {
                Err(refused(format!("Nothing was changed: {}.", why.sentence())))
            }
            Err(ControlError::Store(error)) => Err(error.into()),
        }
    })
    .await
}

fn told(command: Command, changed: u64) -> String {
    let debts = if changed == 1 { "1 debt".to_owned() } else { format!("{changed} debts") };
    match command {
        Command::Pause => {
            format!("Collecting is paused: {debts} now, and every later one, until it is resumed.")
        }
        Command::Resume | Command::Stop | Command::MoveTo(_) => {
            format!("Collecting goes on: {debts} are tried again as planned.")
        }
    }
}
