//! Customers and their payment methods.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, ServiceConfig};
use utoipa::OpenApi;

use super::customer_filter::{CustomerQuery, customer_filter};
use super::method_states::StateQuery;
use super::query::Paging;
use super::responses::{Reading, Writing};
use super::{Body, Caller, LagoError, Query, answer, blocking, method_states, resource, whose};
use crate::app::App;
use crate::app::change_method::ChangeMethodError;
use crate::app::delete_customer::DeleteCustomerError;
use crate::app::links::CheckoutLinkError;
use crate::app::upsert_customer::UpsertCustomerError;
use crate::wire::lago::checkout::{self, Checkout, CheckoutLinkAnswer};
use crate::wire::lago::customer::{CustomerAnswer, CustomerList};
use crate::wire::lago::customer_request::CustomerUpsertRequest;
use crate::wire::lago::fields::Fields;
use crate::wire::lago::payment_method::{MethodAnswer, MethodList};
use crate::wire::lago::{customer, customer_request, page, payment_method};

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/customers").post(upsert).get(list))
        .service(resource("/customers/{external_id}").get(show).delete(delete))
        .service(resource("/customers/{external_id}/checkout_url").post(checkout_url))
        .service(resource("/customers/{external_id}/payment_methods").get(list_methods))
        .service(
            resource("/customers/{external_id}/payment_methods/{lago_id}").delete(discard_method),
        )
        .service(
            resource("/customers/{external_id}/payment_methods/{lago_id}/set_as_default")
                .put(set_default_method),
        );
}

#[derive(OpenApi)]
#[openapi(
    paths(
        upsert, list, show, delete, checkout_url, list_methods, set_default_method, discard_method
    ),
    tags(
        (name = "customers", description = "Who owes."),
        (name = "payment-methods", description = "Cards and mandates that providers hold.")
    )
)]
pub struct Doc;

/// Make or change a customer
///
/// Which one is told by `external_id`. Of one that is there, only what the request names changes.
#[utoipa::path(
    post, path = "/customers", tag = "customers", request_body = CustomerUpsertRequest,
    responses((status = 200, body = CustomerAnswer), Writing)
)]
async fn upsert(app: Data<App>, caller: Caller, body: Body) -> Result<HttpResponse, LagoError> {
    let root = body.root("customer")?;
    let request = customer_request::customer(Fields::new(&root))?;
    let view = blocking(move || {
        app.upsert_customer(caller.organization_id, request.external_id, request.change)
    })
    .await?;
    Ok(answer::object("customer", customer::customer(&view)))
}

/// List customers, newest first
#[utoipa::path(
    get, path = "/customers", tag = "customers", params(CustomerQuery, Paging),
    responses((status = 200, body = CustomerList), Reading)
)]
async fn list(app: Data<App>, caller: Caller, query: Query) -> Result<HttpResponse, LagoError> {
    let organization = caller.organization_id;
    whose::list(app, move |read| {
        whose::check_billing_entities(read, organization, &query)?;
        let found = read.customer_views(organization, &customer_filter(&query), query.page())?;
        Ok(page::list("customers", &found, customer::listed))
    })
    .await
}

/// Show a customer
#[utoipa::path(
    get, path = "/customers/{external_id}", tag = "customers",
    params(("external_id" = String, Path, example = "acme")),
    responses((status = 200, body = CustomerAnswer), Reading)
)]
async fn show(
    app: Data<App>,
    caller: Caller,
    external_id: Path<String>,
) -> Result<HttpResponse, LagoError> {
    let found = blocking(move || {
        app.store()
            .read(|read| read.customer_view_by_external_id(caller.organization_id, &external_id))
    })
    .await?;
    let view = found.ok_or(LagoError::NotFound("customer"))?;
    Ok(answer::object("customer", customer::customer(&view)))
}

/// Delete a customer
///
/// Invoices stay, and show them.
#[utoipa::path(
    delete, path = "/customers/{external_id}", tag = "customers",
    params(("external_id" = String, Path, example = "acme")),
    responses((status = 200, body = CustomerAnswer), Writing)
)]
async fn delete(
    app: Data<App>,
    caller: Caller,
    external_id: Path<String>,
) -> Result<HttpResponse, LagoError> {
    let found = blocking(move || app.delete_customer(caller.organization_id, &external_id)).await?;
    let view = found.ok_or(LagoError::NotFound("customer"))?;
    Ok(answer::object("customer", customer::customer(&view)))
}

/// Make a page on which a customer can leave a payment method
///
/// Another page at each call.
#[utoipa::path(
    post, path = "/customers/{external_id}/checkout_url", tag = "customers",
    params(("external_id" = String, Path, example = "acme")),
    responses((status = 200, body = CheckoutLinkAnswer), Writing)
)]
async fn checkout_url(
    app: Data<App>,
    caller: Caller,
    external_id: Path<String>,
) -> Result<HttpResponse, LagoError> {
    let link = blocking(move || -> Result<_, LagoError> {
        let organization = caller.organization_id;
        let customer =
            app.store().read(|read| whose::customer(read, organization, &external_id))?;
        let app = app.on_behalf_of(caller.actor());
        Ok(app.checkout_link(organization, customer.id)?)
    })
    .await?;
    Ok(answer::object(
        "customer",
        checkout::checkout_link(&Checkout {
            customer: &link.customer,
            provider: &link.provider,
            connection_code: &link.connection_code,
            url: &link.url,
        }),
    ))
}

/// List the payment methods of a customer, newest first
#[utoipa::path(
    get, path = "/customers/{external_id}/payment_methods", tag = "payment-methods",
    params(("external_id" = String, Path, example = "acme"), StateQuery, Paging),
    responses((status = 200, body = MethodList), Reading)
)]
async fn list_methods(
    app: Data<App>,
    caller: Caller,
    external_id: Path<String>,
    query: Query,
) -> Result<HttpResponse, LagoError> {
    whose::list_of_customer(app, caller, external_id, move |read, customer| {
        let filter = method_states::method_filter(&query)?;
        let found = read.method_views(customer.id, filter, query.page())?;
        Ok(page::list("payment_methods", &found, payment_method::payment_method))
    })
    .await
}

/// Make a payment method the customer's default
#[utoipa::path(
    put, path = "/customers/{external_id}/payment_methods/{lago_id}/set_as_default",
    tag = "payment-methods",
    params(("external_id" = String, Path, example = "acme"), ("lago_id" = String, Path)),
    responses((status = 200, body = MethodAnswer), Writing)
)]
async fn set_default_method(
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
) -> Result<HttpResponse, LagoError> {
    method_states::changed(app, caller, path, App::set_default_method).await
}

/// Forget a payment method
///
/// The provider keeps it.
#[utoipa::path(
    delete, path = "/customers/{external_id}/payment_methods/{lago_id}",
    tag = "payment-methods",
    params(("external_id" = String, Path, example = "acme"), ("lago_id" = String, Path)),
    responses((status = 200, body = MethodAnswer), Writing)
)]
async fn discard_method(
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
) -> Result<HttpResponse, LagoError> {
    method_states::changed(app, caller, path, App::discard_method).await
}

impl From<UpsertCustomerError> for LagoError {
    fn from(error: UpsertCustomerError) -> LagoError {
        match error {
            UpsertCustomerError::BillingEntityNotFound => LagoError::NotFound("billing_entity"),
            UpsertCustomerError::TaxNotFound => LagoError::NotFound("tax"),
            UpsertCustomerError::ProviderNotFound => LagoError::base("payment_provider_not_found"),
            UpsertCustomerError::ConnectionCodeMissing => {
                LagoError::base("payment_provider_code_missing")
            }
            UpsertCustomerError::Store(error) => error.into(),
        }
    }
}

impl From<DeleteCustomerError> for LagoError {
    fn from(error: DeleteCustomerError) -> LagoError {
        match error {
            DeleteCustomerError::Bill(error) => error.into(),
            DeleteCustomerError::Draft(error) => error.into(),
            DeleteCustomerError::Store(error) => error.into(),
        }
    }
}

impl From<CheckoutLinkError> for LagoError {
    fn from(error: CheckoutLinkError) -> LagoError {
        match error {
            CheckoutLinkError::NoLinkedProvider => LagoError::base("no_linked_payment_provider"),
            CheckoutLinkError::NothingToSetUp => LagoError::field(
                "provider_payment_methods",
                "no_payment_methods_to_setup_available",
            ),
            CheckoutLinkError::Unsupported => LagoError::NotAllowed("feature_not_supported"),
            CheckoutLinkError::Provider { provider, error } => {
                LagoError::of_provider(provider, &error)
            }
            CheckoutLinkError::Collect(error) => error.into(),
        }
    }
}

impl From<ChangeMethodError> for LagoError {
    fn from(error: ChangeMethodError) -> LagoError {
        match error {
            ChangeMethodError::CustomerNotFound => LagoError::NotFound("customer"),
            ChangeMethodError::MethodNotFound => LagoError::NotFound("payment_method"),
            ChangeMethodError::MethodInactive => {
                LagoError::field("payment_method", "invalid_payment_method")
            }
            ChangeMethodError::Collect(error) => error.into(),
        }
    }
}
