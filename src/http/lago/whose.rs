//! Whose things are asked for: the customer that a path names, who is looked for before anything
//! else is, and the billing entity, of which there is one.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

use super::{Caller, LagoError, Query, answer, blocking};
use crate::app::App;
use crate::domain::customer::Customer;
use crate::domain::id::OrganizationId;
use crate::store::Reader;

/// The customer of this id of the caller's.
pub fn customer(
    read: &Reader<'_>,
    organization: OrganizationId,
    external_id: &str,
) -> Result<Customer, LagoError> {
    read.customer_by_external_id(organization, external_id)?.ok_or(LagoError::NotFound("customer"))
}

/// Answers a list of something.
pub async fn list(
    app: Data<App>,
    list: impl FnOnce(&Reader<'_>) -> Result<String, LagoError> + Send + 'static,
) -> Result<HttpResponse, LagoError> {
    let found = blocking(move || app.store().read(list)).await?;
    Ok(answer::text(found))
}

/// Answers a list of something of one customer.
pub async fn list_of_customer(
    app: Data<App>,
    caller: Caller,
    external_id: Path<String>,
    list: impl FnOnce(&Reader<'_>, Customer) -> Result<String, LagoError> + Send + 'static,
) -> Result<HttpResponse, LagoError> {
    self::list(app, move |read| {
        let customer = customer(read, caller.organization_id, &external_id)?;
        list(read, customer)
    })
    .await
}

/// Who asks for what another billing entity has is told that there is none.
pub fn check_billing_entities(
    read: &Reader<'_>,
    organization: OrganizationId,
    query: &Query,
) -> Result<(), LagoError> {
    let Some(codes) = query.words("billing_entity_codes") else { return Ok(()) };
    let own = read.organization(organization)?.billing_entity_code;
    if codes.iter().any(|code| *code != own) {
        return Err(LagoError::NotFound("billing_entity"));
    }
    Ok(())
}
