//! Movements of credits: made, read, listed, and the page to pay for bought ones.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, ServiceConfig};
use utoipa::OpenApi;

use super::query::Paging;
use super::responses::{Reading, Writing};
use super::{Body, Caller, LagoError, Query, answer, blocking, id, resource};
use crate::app::App;
use crate::app::links::TopUpLinkError;
use crate::domain::filter::WalletTransactionFilter;
use crate::domain::id::{WalletId, WalletTransactionId};
use crate::domain::wallet::transaction::{TransactionKind, TransactionStatus};
use crate::wire::lago::fields::Fields;
use crate::wire::lago::wallet_request::add_faults;
use crate::wire::lago::wallet_transaction::{
    TransactionAnswer, TransactionList, TransactionPaymentAnswer, TransactionsMade, kinds_of,
};
use crate::wire::lago::wallet_transaction_request::{TransactionRequest, new_transactions};
use crate::wire::lago::{page, wallet_transaction};

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/wallet_transactions").post(create))
        .service(resource("/wallet_transactions/{lago_id}").get(show))
        .service(resource("/wallet_transactions/{lago_id}/payment_url").post(payment_url))
        .service(resource("/wallets/{lago_id}/wallet_transactions").get(list));
}

#[derive(OpenApi)]
#[openapi(
    paths(create, show, payment_url, list),
    tags((name = "wallet transactions", description = "What moves into wallets and out of them."))
)]
pub struct Doc;

/// Move credits
///
/// Buys, grants and voids, in this order; each that is asked for makes one transaction.
#[utoipa::path(
    post, path = "/wallet_transactions", tag = "wallet transactions",
    request_body = TransactionRequest, responses((status = 200, body = TransactionsMade), Writing)
)]
async fn create(app: Data<App>, caller: Caller, body: Body) -> Result<HttpResponse, LagoError> {
    let root = body.root("wallet_transaction")?;
    let (new, mut errors) = new_transactions(Fields::new(&root));
    let organization = caller.organization_id;
    let shown = blocking(move || -> Result<_, LagoError> {
        if !errors.is_empty() {
            add_faults(&app.faults_of_new_transactions(organization, &new)?, &mut errors);
            return Err(LagoError::Invalid(errors));
        }
        let made = app.create_wallet_transactions(organization, new)?;
        let entity = app.store().read(|read| read.organization(organization))?.billing_entity_code;
        Ok(wallet_transaction::made(&made, &entity))
    })
    .await?;
    Ok(answer::json(&shown))
}

/// Show a wallet transaction
#[utoipa::path(
    get, path = "/wallet_transactions/{lago_id}", tag = "wallet transactions",
    params(("lago_id" = String, Path)),
    responses((status = 200, body = TransactionAnswer), Reading)
)]
async fn show(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
) -> Result<HttpResponse, LagoError> {
    let transaction: WalletTransactionId = id(&segment, "wallet_transaction")?;
    let organization = caller.organization_id;
    let shown = blocking(move || {
        app.store().read(|read| -> Result<_, LagoError> {
            let found = read
                .wallet_transaction(organization, transaction)?
                .ok_or(LagoError::NotFound("wallet_transaction"))?;
            let entity = read.organization(organization)?.billing_entity_code;
            Ok(wallet_transaction::alone(&found, &entity))
        })
    })
    .await?;
    Ok(answer::object("wallet_transaction", shown))
}

/// List a wallet's transactions, newest first
#[utoipa::path(
    get, path = "/wallets/{lago_id}/wallet_transactions", tag = "wallet transactions",
    params(
        Paging,
        ("lago_id" = String, Path),
        ("status" = Option<String>, Query),
        ("transaction_type" = Option<String>, Query),
        ("transaction_status" = Option<String>, Query)
    ),
    responses((status = 200, body = TransactionList), Reading)
)]
async fn list(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
    query: Query,
) -> Result<HttpResponse, LagoError> {
    let wallet: WalletId = id(&segment, "wallet")?;
    let organization = caller.organization_id;
    let shown = blocking(move || {
        app.store().read(|read| -> Result<_, LagoError> {
            read.wallet(organization, wallet)?.ok_or(LagoError::NotFound("wallet"))?;
            let entity = read.organization(organization)?.billing_entity_code;
            let found = read.wallet_transactions(wallet, &filter(&query), query.page())?;
            Ok(page::list("wallet_transactions", &found, |found| {
                wallet_transaction::transaction(found, &entity)
            }))
        })
    })
    .await?;
    Ok(answer::text(shown))
}

/// Words that are unknown narrow nothing.
fn filter(query: &Query) -> WalletTransactionFilter {
    let owned = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
    let of_type = query.text("transaction_type").and_then(kinds_of);
    let kind = query.text("transaction_status").and_then(TransactionKind::parse);
    WalletTransactionFilter {
        status: query.text("status").and_then(TransactionStatus::parse),
        kinds: match (of_type, kind) {
            (None, None) => None,
            (Some(kinds), None) => Some(kinds),
            (None, Some(kind)) => Some(vec![kind]),
            (Some(kinds), Some(kind)) => {
                Some(kinds.into_iter().filter(|one| *one == kind).collect())
            }
        },
        metadata: query.hash("metadata").into_iter().map(owned).collect(),
    }
}

/// Make a page to pay for bought credits
///
/// The same page is answered while it can be paid on.
#[utoipa::path(
    post, path = "/wallet_transactions/{lago_id}/payment_url", tag = "wallet transactions",
    params(("lago_id" = String, Path)),
    responses((status = 200, body = TransactionPaymentAnswer), Writing)
)]
async fn payment_url(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
) -> Result<HttpResponse, LagoError> {
    let transaction: WalletTransactionId = id(&segment, "wallet_transaction")?;
    let link = blocking(move || app.top_up_link(caller.organization_id, transaction)).await?;
    let page =
        wallet_transaction::payment_page(&link.customer, &link.provider, transaction, &link.url);
    Ok(answer::json(&page))
}

impl From<TopUpLinkError> for LagoError {
    fn from(error: TopUpLinkError) -> LagoError {
        match error {
            TopUpLinkError::NotFound => LagoError::NotFound("wallet_transaction"),
            TopUpLinkError::NotPurchased => LagoError::base("wallet_transaction_not_purchased"),
            TopUpLinkError::Settled => LagoError::base("wallet_transaction_already_settled"),
            TopUpLinkError::NoInvoice => {
                LagoError::base("wallet_transaction_has_no_attached_invoice")
            }
            TopUpLinkError::Link(error) => error.into(),
        }
    }
}
