//! What a person notes on an invoice: one pair of its metadata at a time.

use actix_web::web::{Data, Path};

use super::acts::{Deed, act};
use crate::app::App;
use crate::app::update_invoice::UpdateInvoiceError;
use crate::domain::invoice_change::{InvoiceUpdate, NewMetadata};
use crate::http::dashboard::access::{Person, Sent};
use crate::http::dashboard::deeds::{Refusal, Said, refused};
use crate::http::dashboard::page::Answer;
use crate::wire::lago::metadata_request::{
    INVOICE_VALUE_CHARS_MAX as VALUE_CHARS_MAX, KEY_CHARS_MAX, LINES_MAX,
};

/// `POST /dashboard/invoices/{id}/note`
pub async fn note(app: Data<App>, person: Person, sent: Sent, id: Path<String>) -> Answer {
    act((app, person), sent, id, |deed| noted(&deed)).await
}

fn noted(deed: &Deed) -> Said {
    let key = deed.sent.text("key").trim().to_owned();
    let value = deed.sent.text("value").trim().to_owned();
    if key.is_empty() {
        return Err(refused("Nothing was noted: say what the note is called."));
    }
    if key.chars().count() > KEY_CHARS_MAX || value.chars().count() > VALUE_CHARS_MAX {
        return Err(refused(format!(
            "Nothing was noted: a name has at most {KEY_CHARS_MAX} characters and what it says at \
             most {VALUE_CHARS_MAX}."
        )));
    }
    let known = deed.app.store().read(|read| read.invoice_metadata(deed.invoice))?;
    let others = known.into_iter().filter(|pair| pair.key != key);
    let mut wanted: Vec<NewMetadata> = others
        .map(|pair| NewMetadata { id: Some(pair.id), key: pair.key, value: pair.value })
        .collect();
    let said = if value.is_empty() { "Taken away." } else { "Noted." };
    if !value.is_empty() {
        wanted.push(NewMetadata { id: None, key, value });
    }
    if wanted.len() > LINES_MAX {
        return Err(refused(format!(
            "Nothing was noted: an invoice has at most {LINES_MAX} notes. Take one away first."
        )));
    }
    let update = InvoiceUpdate { metadata: Some(wanted), ..InvoiceUpdate::default() };
    match deed.app.update_invoice(deed.organization, deed.invoice, update) {
        Ok(_) => Ok(said.to_owned()),
        Err(UpdateInvoiceError::NotFound) => Err(Refusal::NotFound),
        Err(UpdateInvoiceError::Store(error)) => Err(error.into()),
        Err(error) => Err(refused(format!("Nothing was noted: {error}."))),
    }
}
