//! What a person does to an invoice: resend it, pause, stop or move its collecting, make a link,
//! record a payment, void it. Each is a use case; here is only what was sent, and what is said.

use actix_web::web::{Data, Path};
use chrono::{NaiveDateTime, TimeZone};
use chrono_tz::Tz;

use super::list::PATH;
use super::search::minor_units;
use crate::app::App;
use crate::app::collect::RetryError;
use crate::app::control::{ControlError, Order};
use crate::app::links::PaymentLinkError;
use crate::app::lose_dispute::LoseDisputeError;
use crate::app::record_payment::RecordPaymentError;
use crate::app::void_invoice::VoidInvoiceError;
use crate::domain::control::Command;
use crate::domain::id::{InvoiceId, OrganizationId};
use crate::domain::invoice_change::ReceivedMoney;
use crate::domain::payment::PayableId;
use crate::domain::payment_method::MethodReference;
use crate::domain::time::Timestamp;
use crate::http::dashboard::access::{Person, Sent};
use crate::http::dashboard::deeds::{self, REASON_CHARS_MAX, Refusal, Said, internal, refused};
use crate::http::dashboard::page::{Answer, Trouble, own_place};

/// Of what somebody writes beside a payment.
const REFERENCE_CHARS_MAX: usize = 40;

/// Who does what to which invoice.
pub struct Deed {
    pub app: App,
    pub organization: OrganizationId,
    pub invoice: InvoiceId,
    pub sent: Sent,
}

/// Does it, and goes back to where the form stood, or to the invoice.
pub async fn act(
    (app, person): (Data<App>, Person),
    sent: Sent,
    id: Path<String>,
    work: impl FnOnce(Deed) -> Said + Send + 'static,
) -> Answer {
    let invoice: InvoiceId = id.parse().map_err(|_| Trouble::NotFound)?;
    let back = match sent.filled("back") {
        Some(back) => own_place(back).to_owned(),
        None => format!("{PATH}/{invoice}"),
    };
    deeds::act((app, person), &back, move |app, organization| {
        work(Deed { app: app.clone(), organization, invoice, sent })
    })
    .await
}

/// `POST /dashboard/invoices/{id}/resend`
pub async fn resend(app: Data<App>, person: Person, sent: Sent, id: Path<String>) -> Answer {
    act((app, person), sent, id, |deed| {
        let reference = match deed.sent.filled("method") {
            None | Some("default") => None,
            Some(id) => match id.parse() {
                Ok(id) => Some(MethodReference::Specific(id)),
                Err(_) => return Err(refused("There is no such payment method.")),
            },
        };
        match deed.app.request_retry(deed.organization, deed.invoice, reference) {
            Ok(()) => Ok("Resent for collection. It is charged at once; its story says what \
                          comes of it."
                .to_owned()),
            Err(RetryError::NotFound) => Err(Refusal::NotFound),
            Err(RetryError::WrongStatus) => {
                Err(refused("Not resent: only an issued invoice that is not paid is collected."))
            }
            Err(RetryError::AttemptOpen) => Err(refused(
                "Not resent: a charge of this invoice is under way. What comes of it has to be \
                 known first.",
            )),
            Err(RetryError::InvalidMethod) => Err(refused(
                "Not resent: that payment method is not one of this customer that can be charged.",
            )),
            Err(RetryError::Collect(error)) => Err(internal(&error)),
        }
    })
    .await
}

/// `POST /dashboard/invoices/{id}/link`
pub async fn link(app: Data<App>, person: Person, sent: Sent, id: Path<String>) -> Answer {
    act((app, person), sent, id, |deed| {
        match deed.app.payment_link(deed.organization, deed.invoice) {
            Ok(link) => Ok(format!("The payment link is {}", link.url)),
            Err(PaymentLinkError::NotFound) => Err(Refusal::NotFound),
            Err(PaymentLinkError::Collect(error)) => Err(internal(&error)),
            Err(PaymentLinkError::Provider { provider, error }) => Err(refused(format!(
                "No link was made: {provider} made no page to pay on ({error})."
            ))),
            Err(error) => Err(refused(format!("No link was made: {error}."))),
        }
    })
    .await
}

/// `POST /dashboard/invoices/{id}/pause` and the others that say what becomes of collecting.
pub async fn pause(app: Data<App>, person: Person, sent: Sent, id: Path<String>) -> Answer {
    let said = "Collecting is paused. Nothing new is tried until it is resumed.";
    act((app, person), sent, id, move |deed| control(&deed, Command::Pause, said)).await
}

pub async fn resume(app: Data<App>, person: Person, sent: Sent, id: Path<String>) -> Answer {
    let said = "Collecting goes on.";
    act((app, person), sent, id, move |deed| control(&deed, Command::Resume, said)).await
}

pub async fn stop(app: Data<App>, person: Person, sent: Sent, id: Path<String>) -> Answer {
    let said = "Collecting is stopped. Nothing is tried by itself any more; the debt stays owed.";
    act((app, person), sent, id, move |deed| control(&deed, Command::Stop, said)).await
}

/// `POST /dashboard/invoices/{id}/move`
pub async fn shift(app: Data<App>, person: Person, sent: Sent, id: Path<String>) -> Answer {
    act((app, person), sent, id, |deed| {
        let zone = deed.app.store().read(|read| read.organization(deed.organization))?.timezone;
        let at = local(deed.sent.text("at"), zone)
            .ok_or_else(|| refused("Not moved: choose a day and a time that there is."))?;
        if at < deed.app.now() {
            return Err(refused("Not moved: that time is over already."));
        }
        control(&deed, Command::MoveTo(at), "The next attempt is moved.")
    })
    .await
}

/// What `datetime-local` sends, where the organization is.
fn local(text: &str, zone: Tz) -> Option<Timestamp> {
    let formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"];
    let parsed =
        formats.iter().find_map(|it| NaiveDateTime::parse_from_str(text.trim(), it).ok())?;
    let at = zone.from_local_datetime(&parsed).earliest()?;
    Some(Timestamp::from_utc(at.to_utc()))
}

fn control(deed: &Deed, command: Command, said: &str) -> Said {
    let payable = PayableId::Invoice(deed.invoice);
    let found = deed.app.store().read(|read| read.recovery_of(payable))?;
    let recovery = found
        .filter(|it| it.organization_id == deed.organization)
        .ok_or_else(|| refused("Nothing was changed: this invoice is not being collected."))?;
    let order = Order { command, reason: reason(&deed.sent) };
    match deed.app.control_recovery(deed.organization, recovery.id, order) {
        Ok(()) => Ok(said.to_owned()),
        Err(ControlError::NotFound | ControlError::CustomerNotFound) => Err(Refusal::NotFound),
        Err(ControlError::Refused(why)) => {
            Err(refused(format!("Nothing was changed: {}.", why.sentence())))
        }
        Err(ControlError::Store(error)) => Err(error.into()),
    }
}

fn reason(sent: &Sent) -> Option<String> {
    sent.filled("reason").map(|text| text.chars().take(REASON_CHARS_MAX).collect())
}

/// `POST /dashboard/invoices/{id}/record`
pub async fn record(app: Data<App>, person: Person, sent: Sent, id: Path<String>) -> Answer {
    act((app, person), sent, id, |deed| {
        let found = deed.app.store().read(|read| read.invoice(deed.organization, deed.invoice))?;
        let invoice = found.ok_or(Refusal::NotFound)?;
        let amount = minor_units(deed.sent.text("amount"), invoice.currency.exponent());
        let amount = amount.filter(|amount| *amount > 0).ok_or_else(|| {
            refused(format!("Not recorded: write the amount in {}, like 49.00.", invoice.currency))
        })?;
        let reference = deed.sent.filled("reference").ok_or_else(|| {
            refused("Not recorded: say how the money came, such as the reference of a transfer.")
        })?;
        if reference.chars().count() > REFERENCE_CHARS_MAX {
            return Err(refused(format!(
                "Not recorded: a reference has at most {REFERENCE_CHARS_MAX} characters."
            )));
        }
        let received = ReceivedMoney {
            invoice_id: deed.invoice,
            amount,
            reference: reference.to_owned(),
            paid_at: None,
        };
        match deed.app.record_payment(deed.organization, received) {
            Ok(view) => Ok(format!("{} recorded.", crate::http::pay::grouped(view.amount))),
            Err(RecordPaymentError::InvoiceNotFound) => Err(Refusal::NotFound),
            Err(RecordPaymentError::Store(error)) => Err(error.into()),
            Err(error) => Err(refused(format!("Not recorded: {error}."))),
        }
    })
    .await
}

/// `POST /dashboard/invoices/{id}/void`
pub async fn void(app: Data<App>, person: Person, sent: Sent, id: Path<String>) -> Answer {
    act((app, person), sent, id, |deed| {
        match deed.app.void_invoice(deed.organization, deed.invoice) {
            Ok(_) => Ok("Voided. Nobody is asked for it any more.".to_owned()),
            Err(VoidInvoiceError::NotFound) => Err(Refusal::NotFound),
            Err(VoidInvoiceError::Store(error)) => Err(error.into()),
            Err(error) => Err(refused(format!("Not voided: {error}."))),
        }
    })
    .await
}

/// `POST /dashboard/invoices/{id}/dispute`
pub async fn dispute(app: Data<App>, person: Person, sent: Sent, id: Path<String>) -> Answer {
    act((app, person), sent, id, |deed| {
        match deed.app.lose_dispute(deed.organization, deed.invoice) {
            Ok(_) => Ok("Noted: the payer disputed it and won.".to_owned()),
            Err(LoseDisputeError::NotFound) => Err(Refusal::NotFound),
            Err(LoseDisputeError::Store(error)) => Err(error.into()),
            Err(error) => Err(refused(format!("Nothing was changed: {error}."))),
        }
    })
    .await
}
