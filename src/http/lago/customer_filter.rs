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
        currencies: query.words("currencies"),
        // As they are stored.
        countries: query
            .words("countries")
            .map(|codes| codes.iter().map(|code| code.to_uppercase()).collect()),
        states: query.words("states"),
        zipcodes: query.words("zipcodes"),
        customer_type: text("customer_type"),
        has_customer_type: query.flag("has_customer_type"),
        has_tax_number: query.flag("has_tax_identification_number"),
        account_types: query.words("account_type"),
        metadata: query
            .hash("metadata")
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect(),
    }
}
