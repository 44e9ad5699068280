//! Subscriptions, by the id that the business gave them.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, ServiceConfig};
use utoipa::{IntoParams, OpenApi};

use super::query::Paging;
use super::responses::{Reading, Writing};
use super::{Body, Caller, LagoError, Query, answer, blocking, resource, whose};
use crate::app::App;
use crate::app::subscriptions::BillError;
use crate::app::subscriptions::change_subscription::{ChangeSubscriptionError, Named};
use crate::app::subscriptions::create_subscription::CreateSubscriptionError;
use crate::app::subscriptions::terminate_subscription::Ending;
use crate::domain::id::OrganizationId;
use crate::domain::subscription::{
    CreditNoteWish, FinalInvoice, SubscriptionFilter, SubscriptionStatus,
};
use crate::domain::time::Timestamp;
use crate::domain::view::{PageRequest, SubscriptionView};
use crate::store::Reader;
use crate::wire::lago::field_errors::{FieldErrors, INVALID, TAKEN, UNSUPPORTED};
use crate::wire::lago::fields::Fields;
use crate::wire::lago::subscription::{SubscriptionAnswer, SubscriptionList};
use crate::wire::lago::subscription_request::{NewSubscriptionRequest, SubscriptionRequest};
use crate::wire::lago::{page, subscription, subscription_request};

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/subscriptions").post(create).get(list))
        .service(resource("/subscriptions/{external_id}").get(show).put(update).delete(terminate))
        .service(resource("/customers/{external_id}/subscriptions").get(list_of_customer));
}

#[derive(OpenApi)]
#[openapi(
    paths(create, list, list_of_customer, show, update, terminate),
    tags((name = "subscriptions", description = "Who has which plan."))
)]
pub struct Doc;

/// Which of those of one external id.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "a description: the query is read field by field")]
struct Status {
    /// `active` unless said otherwise; or `pending`, `terminated`, `canceled`.
    status: Option<String>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "a description: the query is read field by field")]
struct Filter {
    external_customer_id: Option<String>,
    plan_code: Option<String>,
    external_id: Option<String>,
    currency: Option<String>,
    /// Only `active` ones unless said otherwise.
    #[param(rename = "status[]")]
    status: Option<Vec<String>>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "a description: the query is read field by field")]
struct HowToEnd {
    /// `pending` cancels what has not started.
    status: Option<String>,
    /// `skip`: the last days are not billed.
    on_termination_invoice: Option<String>,
    on_termination_credit_note: Option<String>,
}

/// Subscribe a customer, or change the plan
///
/// A dearer plan begins at once, a cheaper one when the period is over.
#[utoipa::path(
    post, path = "/subscriptions", tag = "subscriptions", request_body = NewSubscriptionRequest,
    responses((status = 200, body = SubscriptionAnswer), Writing)
)]
async fn create(app: Data<App>, caller: Caller, body: Body) -> Result<HttpResponse, LagoError> {
    let root = body.root("subscription")?;
    let (new, errors) = subscription_request::new_subscription(Fields::new(&root))?;
    let made = blocking(move || {
        if !errors.is_empty() {
            app.check_plan_exists(caller.organization_id, &new.plan_code)?;
            return Err(LagoError::Invalid(errors));
        }
        Ok(app.create_subscription(caller.organization_id, new)?)
    })
    .await?;
    Ok(shown(&made))
}

/// List subscriptions, the latest first
#[utoipa::path(
    get, path = "/subscriptions", tag = "subscriptions", params(Filter, Paging),
    responses((status = 200, body = SubscriptionList), Reading)
)]
async fn list(app: Data<App>, caller: Caller, query: Query) -> Result<HttpResponse, LagoError> {
    let (now, organization) = (app.now(), caller.organization_id);
    whose::list(app, move |read| listed(read, organization, &filter(&query), (query.page(), now)))
        .await
}

/// List a customer's subscriptions, the latest first
#[utoipa::path(
    get, path = "/customers/{external_id}/subscriptions", tag = "subscriptions",
    params(("external_id" = String, Path), Filter, Paging),
    responses((status = 200, body = SubscriptionList), Reading)
)]
async fn list_of_customer(
    app: Data<App>,
    caller: Caller,
    external_id: Path<String>,
    query: Query,
) -> Result<HttpResponse, LagoError> {
    let now = app.now();
    whose::list_of_customer(app, caller, external_id, move |read, customer| {
        let external_customer_id = Some(customer.external_id);
        let filter = SubscriptionFilter { external_customer_id, ..filter(&query) };
        listed(read, caller.organization_id, &filter, (query.page(), now))
    })
    .await
}

fn listed(
    read: &Reader<'_>,
    organization: OrganizationId,
    filter: &SubscriptionFilter,
    request: (PageRequest, Timestamp),
) -> Result<String, LagoError> {
    let found = read.subscription_views(organization, filter, request)?;
    Ok(page::list("subscriptions", &found, subscription::listed))
}

/// Statuses that are none are passed over.
fn filter(query: &Query) -> SubscriptionFilter {
    let owned = |key: &str| query.text(key).map(str::to_owned);
    let statuses: Vec<SubscriptionStatus> = query
        .list("status")
        .unwrap_or_default()
        .into_iter()
        .filter_map(SubscriptionStatus::parse)
        .collect();
    SubscriptionFilter {
        external_customer_id: owned("external_customer_id"),
        plan_code: owned("plan_code"),
        external_id: owned("external_id"),
        currency: owned("currency"),
        statuses: (!statuses.is_empty()).then_some(statuses),
    }
}

fn named(external_id: Path<String>, query: &Query) -> Named {
    let status = query.text("status").and_then(SubscriptionStatus::parse);
    Named {
        external_id: external_id.into_inner(),
        status: status.unwrap_or(SubscriptionStatus::Active),
    }
}

/// Show a subscription
#[utoipa::path(
    get, path = "/subscriptions/{external_id}", tag = "subscriptions",
    params(("external_id" = String, Path), Status),
    responses((status = 200, body = SubscriptionAnswer), Reading)
)]
async fn show(
    app: Data<App>,
    caller: Caller,
    external_id: Path<String>,
    query: Query,
) -> Result<HttpResponse, LagoError> {
    let named = named(external_id, &query);
    let found = blocking(move || {
        let (organization, now) = (caller.organization_id, app.now());
        app.store().read(|read| -> Result<_, LagoError> {
            let found =
                read.subscription_by_external_id(organization, &named.external_id, named.status)?;
            let found = found.ok_or(LagoError::NotFound("subscription"))?;
            Ok(read.subscription_view(organization, found.id, now)?)
        })
    })
    .await?;
    Ok(shown(&found.ok_or(LagoError::NotFound("subscription"))?))
}

/// Change a subscription
#[utoipa::path(
    put, path = "/subscriptions/{external_id}", tag = "subscriptions",
    params(("external_id" = String, Path), Status), request_body = SubscriptionRequest,
    responses((status = 200, body = SubscriptionAnswer), Writing)
)]
async fn update(
    app: Data<App>,
    caller: Caller,
    external_id: Path<String>,
    query: Query,
    body: Body,
) -> Result<HttpResponse, LagoError> {
    let root = body.root("subscription")?;
    let named = named(external_id, &query);
    let change = subscription_request::change(Fields::new(&root))?;
    let changed =
        blocking(move || app.change_subscription(caller.organization_id, named, change)).await?;
    Ok(shown(&changed))
}

/// End a subscription, or cancel one that has not started
///
/// Days paid ahead are not given back: there are no credit notes.
#[utoipa::path(
    delete, path = "/subscriptions/{external_id}", tag = "subscriptions",
    params(("external_id" = String, Path), HowToEnd),
    responses((status = 200, body = SubscriptionAnswer), Writing)
)]
async fn terminate(
    app: Data<App>,
    caller: Caller,
    external_id: Path<String>,
    query: Query,
) -> Result<HttpResponse, LagoError> {
    let ending = ending(&query)?;
    let named = match named(external_id, &query) {
        pending @ Named { status: SubscriptionStatus::Pending, .. } => pending,
        named => Named { status: SubscriptionStatus::Active, ..named },
    };
    let ended =
        blocking(move || app.terminate_subscription(caller.organization_id, named, ending)).await?;
    Ok(shown(&ended))
}

fn ending(query: &Query) -> Result<Ending, FieldErrors> {
    let mut errors = FieldErrors::default();
    let (invoice, credit_note) =
        (query.text("on_termination_invoice"), query.text("on_termination_credit_note"));
    let ending = Ending {
        final_invoice: invoice.and_then(FinalInvoice::parse),
        credit_note_wish: credit_note.and_then(CreditNoteWish::parse),
    };
    if invoice.is_some() && ending.final_invoice.is_none() {
        errors.add("on_termination_invoice", INVALID);
    }
    if credit_note.is_some() && ending.credit_note_wish.is_none() {
        errors.add("on_termination_credit_note", INVALID);
    }
    errors.or(ending)
}

fn shown(view: &SubscriptionView) -> HttpResponse {
    answer::object("subscription", subscription::subscription(view))
}

const METHOD: (&str, &str) = ("payment_method", "invalid_payment_method");
const END: (&str, &str) = ("ending_at", "invalid_date");

impl From<CreateSubscriptionError> for LagoError {
    fn from(error: CreateSubscriptionError) -> LagoError {
        match error {
            CreateSubscriptionError::PlanNotFound => LagoError::NotFound("plan"),
            CreateSubscriptionError::BillingEntityNotFound => LagoError::NotFound("billing_entity"),
            CreateSubscriptionError::TaxNotFound => LagoError::NotFound("tax"),
            CreateSubscriptionError::InvalidPaymentMethod => LagoError::field(METHOD.0, METHOD.1),
            CreateSubscriptionError::ExternalIdTaken => LagoError::field("external_id", TAKEN),
            CreateSubscriptionError::InvalidEnd => LagoError::field(END.0, END.1),
            CreateSubscriptionError::CurrencyDiffers => LagoError::field("plan_code", UNSUPPORTED),
            CreateSubscriptionError::Customer(error) => error.into(),
            CreateSubscriptionError::Bill(error) => error.into(),
            CreateSubscriptionError::Store(error) => error.into(),
        }
    }
}

impl From<ChangeSubscriptionError> for LagoError {
    fn from(error: ChangeSubscriptionError) -> LagoError {
        match error {
            ChangeSubscriptionError::NotFound => LagoError::NotFound("subscription"),
            ChangeSubscriptionError::InvalidPaymentMethod => LagoError::field(METHOD.0, METHOD.1),
            ChangeSubscriptionError::InvalidEnd => LagoError::field(END.0, END.1),
            ChangeSubscriptionError::Bill(error) => error.into(),
            ChangeSubscriptionError::Store(error) => error.into(),
        }
    }
}

impl From<BillError> for LagoError {
    fn from(error: BillError) -> LagoError {
        match error {
            BillError::AmountTooLarge(_) => LagoError::base("value_is_out_of_range"),
            BillError::Store(error) => error.into(),
            error @ BillError::Move(_) => {
                tracing::error!(%error, "a subscription was not where it was thought to be");
                LagoError::Internal
            }
        }
    }
}
