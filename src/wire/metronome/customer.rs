//! Customers. The first of their aliases is what other dialects call their external id.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::billing_configuration::{self, ConfigurationInput, OlderTypedInput};
use super::format::{Id, time};
use super::members::{InvalidRequest, Members};
use crate::domain::billing_configuration::NewPayer;
use crate::domain::customer::Customer;

const NAME_CHARS_MAX: usize = 160;
const ALIAS_CHARS_MAX: usize = 128;
const ALIASES_MAX: usize = 2000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = metronome::Customer)]
pub struct CustomerShape {
    pub id: Id,
    pub external_id: String,
    pub ingest_aliases: Vec<String>,
    pub name: String,
    pub custom_fields: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = metronome::CustomerDetail)]
pub struct CustomerDetail {
    #[serde(flatten)]
    pub customer: CustomerShape,
    pub customer_config: CustomerConfig,
    pub archived_at: Option<String>,
    pub created_at: String,
    pub updated_at: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = metronome::CustomerConfig)]
pub struct CustomerConfig {
    pub salesforce_account_id: Option<String>,
}

/// What only names an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = metronome::Named)]
pub struct Named {
    pub id: Id,
}

#[derive(ToSchema)]
#[schema(as = metronome::NewCustomerInput)]
#[allow(dead_code, reason = "a description: `new_customer` reads it")]
pub struct NewCustomerInput {
    /// Cut at 160 characters.
    name: String,
    ingest_aliases: Option<Vec<String>>,
    /// An old spelling of the first alias.
    external_id: Option<String>,
    custom_fields: Option<BTreeMap<String, String>>,
    customer_billing_provider_configurations: Option<Vec<ConfigurationInput>>,
    /// The older form of one configuration.
    billing_config: Option<OlderTypedInput>,
}

#[derive(ToSchema)]
#[schema(as = metronome::NameInput)]
#[allow(dead_code, reason = "a description: `name` reads it")]
pub struct NameInput {
    name: String,
}

#[derive(ToSchema)]
#[schema(as = metronome::IngestAliasesInput)]
#[allow(dead_code, reason = "a description: `aliases` reads it")]
pub struct AliasesInput {
    ingest_aliases: Vec<String>,
}

pub fn new_customer(members: Members<'_>) -> Result<NewPayer, InvalidRequest> {
    let mut aliases = aliases(members, false)?;
    if let Some(first) = members.text("external_id")? {
        check_alias("external_id", first)?;
        aliases.retain(|alias| alias != first);
        aliases.insert(0, first.to_owned());
    }
    let mut configurations = Vec::new();
    let asked = members.objects("customer_billing_provider_configurations")?;
    for one in asked.unwrap_or_default() {
        configurations.push(billing_configuration::of_list(one)?);
    }
    if let Some(older) = members.object("billing_config")? {
        configurations.push(billing_configuration::of_older_form(Members::new(older))?);
    }
    Ok(NewPayer {
        name: name(members)?,
        aliases,
        custom_fields: custom_fields(members)?,
        configurations,
    })
}

pub fn name(members: Members<'_>) -> Result<String, InvalidRequest> {
    Ok(members.filled_text("name")?.chars().take(NAME_CHARS_MAX).collect())
}

/// Each once, in their order.
pub fn aliases(members: Members<'_>, required: bool) -> Result<Vec<String>, InvalidRequest> {
    let asked = members.texts("ingest_aliases")?;
    if asked.is_none() && required {
        return Err(InvalidRequest("`ingest_aliases` is missing".to_owned()));
    }
    let asked = asked.unwrap_or_default();
    if asked.len() > ALIASES_MAX {
        return Err(InvalidRequest::of("ingest_aliases", "at most 2000 strings"));
    }
    let mut found: Vec<String> = Vec::with_capacity(asked.len());
    for alias in asked {
        check_alias("ingest_aliases", alias)?;
        if !found.iter().any(|known| known == alias) {
            found.push(alias.to_owned());
        }
    }
    Ok(found)
}

fn check_alias(name: &str, alias: &str) -> Result<(), InvalidRequest> {
    if (1..=ALIAS_CHARS_MAX).contains(&alias.chars().count()) {
        return Ok(());
    }
    Err(InvalidRequest::of(name, "of 1 to 128 characters"))
}

fn custom_fields(members: Members<'_>) -> Result<Vec<(String, String)>, InvalidRequest> {
    let Some(fields) = members.object("custom_fields")? else { return Ok(vec![]) };
    let pairs = fields.iter().map(|(key, value)| match value {
        Value::String(text) => Some((key.clone(), text.clone())),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    });
    let pairs: Option<Vec<_>> = pairs.collect();
    pairs.ok_or_else(|| InvalidRequest::of("custom_fields", "an object of strings"))
}

/// `others` are the aliases behind the first.
pub fn customer(customer: &Customer, others: &[String]) -> CustomerShape {
    let own_id = customer.id.to_string();
    let first = (customer.external_id != own_id).then(|| customer.external_id.clone());
    let metadata = customer.metadata.iter();
    CustomerShape {
        id: customer.id.uuid().into(),
        external_id: customer.external_id.clone(),
        ingest_aliases: first.into_iter().chain(others.iter().cloned()).collect(),
        name: customer.display_name().unwrap_or_else(|| customer.external_id.clone()),
        custom_fields: metadata.map(|line| (line.key.clone(), line.value.clone())).collect(),
    }
}

pub fn detail(found: &Customer, others: &[String]) -> CustomerDetail {
    CustomerDetail {
        customer: customer(found, others),
        customer_config: CustomerConfig { salesforce_account_id: None },
        archived_at: found.deleted_at.map(time),
        created_at: time(found.created_at),
        updated_at: time(found.updated_at),
    }
}
