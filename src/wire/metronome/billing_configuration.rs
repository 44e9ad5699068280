//! Billing configurations, in both generations: through which connection, as whom, and whether
//! by itself, a customer is charged.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use super::format::{Id, time};
use super::members::{InvalidRequest, Members};
use crate::domain::billing_configuration::{
    BillingConfiguration, CollectionMethod, NewConfiguration,
};
use crate::domain::id::CustomerId;

const PROVIDER: &str = "stripe";
const DELIVERY: &str = "direct_to_billing_provider";
const CUSTOMER_ID: &str = "stripe_customer_id";
const METHOD: &str = "stripe_collection_method";

#[derive(ToSchema)]
#[schema(as = metronome::NewBillingConfigurationInput)]
#[allow(dead_code, reason = "a description: `of_list` reads it")]
pub struct ConfigurationInput {
    #[schema(example = "stripe")]
    billing_provider: String,
    /// Not inside a new customer.
    customer_id: Option<Uuid>,
    /// With `stripe_customer_id`, and perhaps `stripe_collection_method`.
    #[schema(value_type = Object)]
    configuration: Option<Value>,
    #[schema(example = "direct_to_billing_provider")]
    delivery_method: Option<String>,
    /// A connection.
    delivery_method_id: Option<Uuid>,
}

#[derive(ToSchema)]
#[schema(as = metronome::NewBillingConfigurationsInput)]
#[allow(dead_code, reason = "a description: `many` reads it")]
pub struct ConfigurationsInput {
    data: Vec<ConfigurationInput>,
}

#[derive(ToSchema)]
#[schema(as = metronome::NewBillingConfigInput)]
#[allow(dead_code, reason = "a description: `of_type` reads it")]
pub struct OlderInput {
    billing_provider_customer_id: String,
    #[schema(example = "charge_automatically")]
    stripe_collection_method: Option<String>,
}

/// The same inside a new customer, with its type.
#[derive(ToSchema)]
#[schema(as = metronome::NewTypedBillingConfigInput)]
#[allow(dead_code, reason = "a description: `of_older_form` reads it")]
pub struct OlderTypedInput {
    #[schema(example = "stripe")]
    billing_provider_type: String,
    billing_provider_customer_id: String,
    #[schema(example = "charge_automatically")]
    stripe_collection_method: Option<String>,
}

#[derive(ToSchema)]
#[schema(as = metronome::ConfigurationsOfCustomerInput)]
#[allow(dead_code, reason = "a description: the handler reads it")]
pub struct OfCustomerInput {
    customer_id: Uuid,
    include_archived: Option<bool>,
}

#[derive(ToSchema)]
#[schema(as = metronome::ArchiveConfigurationsInput)]
#[allow(dead_code, reason = "a description: the handler reads it")]
pub struct ArchiveInput {
    customer_id: Uuid,
    customer_billing_provider_configuration_ids: Vec<Uuid>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = metronome::BillingConfiguration)]
pub struct Configuration {
    pub id: Id,
    #[schema(example = "stripe")]
    pub billing_provider: &'static str,
    #[schema(value_type = Object)]
    pub configuration: Map<String, Value>,
    pub customer_id: Id,
    pub delivery_method: &'static str,
    /// Which connection it is. No secrets.
    #[schema(value_type = Object)]
    pub delivery_method_configuration: Map<String, Value>,
    pub delivery_method_id: Id,
    pub archived_at: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = metronome::BillingConfig)]
pub struct OlderConfiguration {
    pub billing_provider_customer_id: String,
    #[schema(example = "charge_automatically")]
    pub stripe_collection_method: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = metronome::ArchivedConfigurations)]
pub struct Archived {
    pub customer_id: Id,
    pub customer_billing_provider_configuration_ids: Vec<Id>,
}

/// Of `setCustomerBillingProviderConfigurations`, in their order.
pub fn many(members: Members<'_>) -> Result<Vec<(CustomerId, NewConfiguration)>, InvalidRequest> {
    let asked = members.objects("data")?;
    let asked = asked.ok_or_else(|| InvalidRequest("`data` is missing".to_owned()))?;
    asked.into_iter().map(|one| Ok((one.id("customer_id")?, of_list(one)?))).collect()
}

pub fn of_list(members: Members<'_>) -> Result<NewConfiguration, InvalidRequest> {
    check_provider("billing_provider", members.required_text("billing_provider")?)?;
    let connection = members.id_option("delivery_method_id")?;
    match members.text("delivery_method")? {
        Some(DELIVERY) => {}
        Some(_) => return Err(InvalidRequest::of("delivery_method", format!("`{DELIVERY}`"))),
        None if connection.is_some() => {}
        None => {
            let missing = "`delivery_method` or `delivery_method_id` is missing";
            return Err(InvalidRequest(missing.to_owned()));
        }
    }
    let none = Map::new();
    let given = members.object("configuration")?.unwrap_or(&none);
    let known = Members::new(given);
    let more: Map<String, Value> = given
        .iter()
        .filter(|(key, _)| *key != CUSTOMER_ID && *key != METHOD)
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    Ok(NewConfiguration {
        connection,
        provider_customer_id: known.filled_text(CUSTOMER_ID)?.to_owned(),
        collection_method: collection_method(known)?,
        more: Value::Object(more).to_string(),
    })
}

/// Inside a new customer, where the type is a member.
pub fn of_older_form(members: Members<'_>) -> Result<NewConfiguration, InvalidRequest> {
    let provider = members.required_text("billing_provider_type")?;
    of_type(provider, members)
}

/// Where the type stands in the path.
pub fn of_type(provider: &str, members: Members<'_>) -> Result<NewConfiguration, InvalidRequest> {
    check_provider("billing_provider_type", provider)?;
    Ok(NewConfiguration {
        connection: None,
        provider_customer_id: members.filled_text("billing_provider_customer_id")?.to_owned(),
        collection_method: collection_method(members)?,
        more: "{}".to_owned(),
    })
}

pub fn check_provider(name: &str, provider: &str) -> Result<(), InvalidRequest> {
    if provider == PROVIDER {
        return Ok(());
    }
    Err(InvalidRequest::of(name, "`stripe`, which stands for whichever provider is connected"))
}

fn collection_method(members: Members<'_>) -> Result<CollectionMethod, InvalidRequest> {
    let word = match members.text(METHOD)? {
        None => return Ok(CollectionMethod::ChargeAutomatically),
        Some("manual_charge_payment_intent") => "manually_charge_payment_intent",
        Some(word) => word,
    };
    CollectionMethod::parse(word).ok_or_else(|| {
        let known: Vec<&str> = CollectionMethod::ALL.iter().map(|it| it.as_str()).collect();
        InvalidRequest::of(METHOD, format!("one of {}", known.join(", ")))
    })
}

/// `connection_code` is what an operator calls the connection.
pub fn configuration(found: &BillingConfiguration, connection_code: &str) -> Configuration {
    let mut configuration = Map::new();
    configuration.insert(CUSTOMER_ID.to_owned(), found.provider_customer_id.clone().into());
    configuration.insert(METHOD.to_owned(), found.collection_method.as_str().into());
    if let Ok(Value::Object(more)) = serde_json::from_str(&found.more) {
        configuration.extend(more);
    }
    let mut delivery = Map::new();
    delivery.insert("connection_code".to_owned(), connection_code.into());
    Configuration {
        id: found.id.uuid().into(),
        billing_provider: PROVIDER,
        configuration,
        customer_id: found.customer_id.uuid().into(),
        delivery_method: DELIVERY,
        delivery_method_configuration: delivery,
        delivery_method_id: found.connection_id.uuid().into(),
        archived_at: found.archived_at.map(time),
    }
}

pub fn older(found: &BillingConfiguration) -> OlderConfiguration {
    OlderConfiguration {
        billing_provider_customer_id: found.provider_customer_id.clone(),
        stripe_collection_method: found.collection_method.as_str(),
    }
}
