//! The query of a list of customers. None of it can be wrong: what makes no sense finds nothing, or
//! is passed over.

use utoipa::IntoParams;

use super::Query;
use crate::domain::customer::CustomerFilter;

/// What a list of customers can be narrowed by. All that is given must hold.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "a description: `customer_filter` reads them")]
pub struct CustomerQuery {
    /// Part of a name, of the external id or of the e-mail.
    search_term: Option<String>,
    external_id: Option<String>,
    #[param(rename = "currencies[]")]
    currencies: Option<Vec<String>>,
    #[param(rename = "countries[]")]
    countries: Option<Vec<String>>,
    #[param(rename = "states[]")]
    states: Option<Vec<String>>,
    #[param(rename = "zipcodes[]")]
    zipcodes: Option<Vec<String>>,
    /// `company` or `individual`.
    customer_type: Option<String>,
    has_customer_type: Option<bool>,
    has_tax_identification_number: Option<bool>,
    #[param(rename = "account_type[]")]
    account_type: Option<Vec<String>>,
    /// `metadata[key]=value`; without a value, the key must be absent.
    #[param(rename = "metadata[key]")]
    metadata: Option<String>,
    #[param(rename = "billing_entity_codes[]")]
    billing_entity_codes: Option<Vec<String>>,
}

pub fn customer_filter(query: &Query) -> CustomerFilter {
    let text = |key: &str| query.text(key).map(str::to_owned);
    CustomerFilter {
        search_term: text("search_term"),
        external_id: text("external_id"),
        currencies: list(query, "currencies"),
        // As they are stored.
        countries: list(query, "countries")
            .map(|codes| codes.iter().map(|code| code.to_uppercase()).collect()),
        states: list(query, "states"),
        zipcodes: list(query, "zipcodes"),
        customer_type: text("customer_type"),
        has_customer_type: query.flag("has_customer_type"),
        has_tax_number: query.flag("has_tax_identification_number"),
        account_types: list(query, "account_type"),
        metadata: query
            .hash("metadata")
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect(),
    }
}

/// There is one billing entity: who asks for another is told.
pub fn billing_entity_codes(query: &Query) -> Vec<String> {
    list(query, "billing_entity_codes").unwrap_or_default()
}

/// None when there is nothing but blanks: nothing was asked for.
fn list(query: &Query, key: &str) -> Option<Vec<String>> {
    let words: Vec<String> = query
        .list(key)?
        .into_iter()
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    (!words.is_empty()).then_some(words)
}
