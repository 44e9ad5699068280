//! Wallets: made, read, listed, changed and terminated, flat and under their customers.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, ServiceConfig};
use utoipa::OpenApi;

use super::query::Paging;
use super::responses::{Reading, Writing};
use super::{Body, Caller, LagoError, Query, answer, blocking, id, resource, whose};
use crate::app::App;
use crate::app::wallets::WalletError;
use crate::domain::customer::Customer;
use crate::domain::id::{OrganizationId, WalletId};
use crate::domain::view::WalletView;
use crate::domain::wallet::request::{NewWallet, WalletSettings};
use crate::store::Reader;
use crate::wire::lago::field_errors::FieldErrors;
use crate::wire::lago::fields::Fields;
use crate::wire::lago::wallet::{WalletAnswer, WalletList};
use crate::wire::lago::wallet_request::{self, WalletRequest, add_faults};
use crate::wire::lago::{page, wallet};

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/wallets").post(create).get(list))
        .service(resource("/wallets/{lago_id}").get(show).put(update).delete(terminate))
        .service(
            resource("/customers/{external_id}/wallets")
                .post(create_of_customer)
                .get(list_of_customer),
        )
        .service(
            resource("/customers/{external_id}/wallets/{code}")
                .get(show_of_customer)
                .put(update_of_customer)
                .delete(terminate_of_customer),
        );
}

#[derive(OpenApi)]
#[openapi(paths(
    create,
    list,
    show,
    update,
    terminate,
    create_of_customer,
    list_of_customer,
    show_of_customer,
    update_of_customer,
    terminate_of_customer
), tags((name = "wallets", description = "What customers have paid ahead, as credits.")))]
pub struct Doc;

/// Make a wallet
///
/// With the credits that it begins with: granted ones are there at once, paid ones once their
/// invoice is paid.
#[utoipa::path(
    post, path = "/wallets", tag = "wallets", request_body = WalletRequest,
    responses((status = 200, body = WalletAnswer), Writing)
)]
async fn create(app: Data<App>, caller: Caller, body: Body) -> Result<HttpResponse, LagoError> {
    let root = body.root("wallet")?;
    let (new, errors) = wallet_request::new_wallet(Fields::new(&root), None);
    let made = blocking(move || make(&app, caller.organization_id, new, errors)).await?;
    Ok(shown(&made))
}

/// Make a wallet of a customer
#[utoipa::path(
    post, path = "/customers/{external_id}/wallets", tag = "wallets",
    params(("external_id" = String, Path)), request_body = WalletRequest,
    responses((status = 200, body = WalletAnswer), Writing)
)]
async fn create_of_customer(
    app: Data<App>,
    caller: Caller,
    external_id: Path<String>,
    body: Body,
) -> Result<HttpResponse, LagoError> {
    let root = body.root("wallet")?;
    let external_id = external_id.into_inner();
    let (new, errors) = wallet_request::new_wallet(Fields::new(&root), Some(external_id.clone()));
    let organization = caller.organization_id;
    let made = blocking(move || {
        app.store().read(|read| whose::customer(read, organization, &external_id))?;
        make(&app, organization, new, errors)
    })
    .await?;
    Ok(shown(&made))
}

/// Everything that is wrong is told together.
fn make(
    app: &App,
    organization: OrganizationId,
    new: NewWallet,
    mut errors: FieldErrors,
) -> Result<WalletView, LagoError> {
    if !errors.is_empty() {
        add_faults(&app.faults_of_new_wallet(organization, &new)?, &mut errors);
        return Err(LagoError::Invalid(errors));
    }
    Ok(app.create_wallet(organization, new)?)
}

/// List wallets, newest first
#[utoipa::path(
    get, path = "/wallets", tag = "wallets",
    params(
        Paging,
        ("external_customer_id" = Option<String>, Query),
        ("currency" = Option<String>, Query)
    ),
    responses((status = 200, body = WalletList), Reading)
)]
async fn list(app: Data<App>, caller: Caller, query: Query) -> Result<HttpResponse, LagoError> {
    let organization = caller.organization_id;
    whose::list(app, move |read| {
        let external_id = query.text("external_customer_id");
        let customer = external_id.map(|id| whose::customer(read, organization, id)).transpose()?;
        listed(read, organization, customer, &query)
    })
    .await
}

/// List a customer's wallets, newest first
#[utoipa::path(
    get, path = "/customers/{external_id}/wallets", tag = "wallets",
    params(Paging, ("external_id" = String, Path), ("currency" = Option<String>, Query)),
    responses((status = 200, body = WalletList), Reading)
)]
async fn list_of_customer(
    app: Data<App>,
    caller: Caller,
    external_id: Path<String>,
    query: Query,
) -> Result<HttpResponse, LagoError> {
    whose::list_of_customer(app, caller, external_id, move |read, customer| {
        listed(read, caller.organization_id, Some(customer), &query)
    })
    .await
}

fn listed(
    read: &Reader<'_>,
    organization: OrganizationId,
    customer: Option<Customer>,
    query: &Query,
) -> Result<String, LagoError> {
    let currency = query.text("currency").map(str::trim);
    let customer = customer.map(|customer| customer.id);
    let found = read.wallet_views(organization, customer, currency, query.page())?;
    Ok(page::list("wallets", &found, wallet::wallet))
}

/// Show a wallet
#[utoipa::path(
    get, path = "/wallets/{lago_id}", tag = "wallets", params(("lago_id" = String, Path)),
    responses((status = 200, body = WalletAnswer), Reading)
)]
async fn show(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
) -> Result<HttpResponse, LagoError> {
    let wallet: WalletId = id(&segment, "wallet")?;
    let found =
        blocking(move || app.store().read(|read| read.wallet_view(caller.organization_id, wallet)))
            .await?;
    Ok(shown(&found.ok_or(LagoError::NotFound("wallet"))?))
}

/// Show a customer's wallet
#[utoipa::path(
    get, path = "/customers/{external_id}/wallets/{code}", tag = "wallets",
    params(("external_id" = String, Path), ("code" = String, Path)),
    responses((status = 200, body = WalletAnswer), Reading)
)]
async fn show_of_customer(
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
) -> Result<HttpResponse, LagoError> {
    let found = blocking(move || -> Result<_, LagoError> {
        let wallet = wallet_of(&app, caller.organization_id, &path)?;
        Ok(app.store().read(|read| read.wallet_view(caller.organization_id, wallet))?)
    })
    .await?;
    Ok(shown(&found.ok_or(LagoError::NotFound("wallet"))?))
}

/// Change a wallet
///
/// Only what the request names changes. Currency, rate and credits do not.
#[utoipa::path(
    put, path = "/wallets/{lago_id}", tag = "wallets", params(("lago_id" = String, Path)),
    request_body = WalletRequest, responses((status = 200, body = WalletAnswer), Writing)
)]
async fn update(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
    body: Body,
) -> Result<HttpResponse, LagoError> {
    let wallet: WalletId = id(&segment, "wallet")?;
    let root = body.root("wallet")?;
    let (settings, errors) = wallet_request::settings(Fields::new(&root));
    let changed =
        blocking(move || change(&app, (caller.organization_id, wallet), settings, errors)).await?;
    Ok(shown(&changed))
}

/// Change a customer's wallet
#[utoipa::path(
    put, path = "/customers/{external_id}/wallets/{code}", tag = "wallets",
    params(("external_id" = String, Path), ("code" = String, Path)),
    request_body = WalletRequest, responses((status = 200, body = WalletAnswer), Writing)
)]
async fn update_of_customer(
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
    body: Body,
) -> Result<HttpResponse, LagoError> {
    let root = body.root("wallet")?;
    let (settings, errors) = wallet_request::settings(Fields::new(&root));
    let changed = blocking(move || -> Result<_, LagoError> {
        let wallet = wallet_of(&app, caller.organization_id, &path)?;
        change(&app, (caller.organization_id, wallet), settings, errors)
    })
    .await?;
    Ok(shown(&changed))
}

fn change(
    app: &App,
    (organization, wallet): (OrganizationId, WalletId),
    settings: WalletSettings,
    mut errors: FieldErrors,
) -> Result<WalletView, LagoError> {
    if !errors.is_empty() {
        let faults = app.faults_of_changed_wallet(organization, wallet, &settings)?;
        add_faults(&faults, &mut errors);
        return Err(LagoError::Invalid(errors));
    }
    Ok(app.change_wallet(organization, wallet, settings)?)
}

/// Terminate a wallet
///
/// Its credits are kept, but cannot be used any more.
#[utoipa::path(
    delete, path = "/wallets/{lago_id}", tag = "wallets", params(("lago_id" = String, Path)),
    responses((status = 200, body = WalletAnswer), Writing)
)]
async fn terminate(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
) -> Result<HttpResponse, LagoError> {
    let wallet: WalletId = id(&segment, "wallet")?;
    let ended = blocking(move || app.terminate_wallet(caller.organization_id, wallet)).await?;
    Ok(shown(&ended))
}

/// Terminate a customer's wallet
#[utoipa::path(
    delete, path = "/customers/{external_id}/wallets/{code}", tag = "wallets",
    params(("external_id" = String, Path), ("code" = String, Path)),
    responses((status = 200, body = WalletAnswer), Writing)
)]
async fn terminate_of_customer(
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
) -> Result<HttpResponse, LagoError> {
    let ended = blocking(move || -> Result<_, LagoError> {
        let wallet = wallet_of(&app, caller.organization_id, &path)?;
        Ok(app.terminate_wallet(caller.organization_id, wallet)?)
    })
    .await?;
    Ok(shown(&ended))
}

fn wallet_of(
    app: &App,
    organization: OrganizationId,
    (external_id, code): &(String, String),
) -> Result<WalletId, LagoError> {
    app.store().read(|read| {
        let customer = whose::customer(read, organization, external_id)?;
        let found = read.wallet_by_code(customer.id, code)?;
        Ok(found.ok_or(LagoError::NotFound("wallet"))?.id)
    })
}

fn shown(view: &WalletView) -> HttpResponse {
    answer::object("wallet", wallet::wallet(view))
}

impl From<WalletError> for LagoError {
    fn from(error: WalletError) -> LagoError {
        match error {
            WalletError::NotFound => LagoError::NotFound("wallet"),
            WalletError::BillingEntityNotFound => LagoError::NotFound("billing_entity"),
            WalletError::Invalid(faults) => {
                let mut errors = FieldErrors::default();
                add_faults(&faults, &mut errors);
                LagoError::Invalid(errors)
            }
            WalletError::Store(error) => error.into(),
        }
    }
}
