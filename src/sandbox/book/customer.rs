//! Customers and their methods. Both exist as soon as they are named; only what differs from the
//! name is kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::sandbox::behaviour::{self, Behaviour};
use crate::sandbox::problem::Problem;

/// What a caller says of a customer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub address: BTreeMap<String, String>,
    /// The caller's id of the customer.
    pub reference: Option<String>,
    pub metadata: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Customer {
    pub id: String,
    pub profile: Profile,
    /// What it was created with; a repeated key must come with the same.
    pub created_with: Profile,
    pub default_method: DefaultMethod,
    /// Added later than the one that the name implies, oldest first.
    pub added_methods: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DefaultMethod {
    /// `pm_x` of `cus_x`.
    OfTheName,
    Set(String),
    None,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Method {
    pub id: String,
    pub customer: String,
    pub state: MethodState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MethodState {
    Attached,
    Detached,
}

impl Customer {
    /// The customer that `cus_<behaviour>[__<anything>]` names.
    pub fn of_name(id: &str) -> Result<Self, Problem> {
        behaviour_of(id, "cus_")?;
        Ok(Self {
            id: id.to_owned(),
            profile: Profile::default(),
            created_with: Profile::default(),
            default_method: DefaultMethod::OfTheName,
            added_methods: Vec::new(),
        })
    }

    /// `pm_x` of `cus_x`, unless the name says that there is none.
    pub fn method_of_name(&self) -> Option<String> {
        let name = self.id.strip_prefix("cus_")?;
        match behaviour::spoken(name).parse() {
            Ok(Behaviour::NoMethod) | Err(_) => None,
            Ok(_) => Some(format!("pm_{name}")),
        }
    }
}

impl Method {
    /// The method that `pm_<behaviour>[__<anything>]` names, which belongs to the customer of
    /// the same name.
    pub fn of_name(id: &str) -> Result<Self, Problem> {
        if behaviour_of(id, "pm_")? == Behaviour::NoMethod {
            return Err(Problem::not_found("payment method", id));
        }
        Ok(Self {
            id: id.to_owned(),
            customer: format!("cus_{}", id.trim_start_matches("pm_")),
            state: MethodState::Attached,
        })
    }

    pub fn behaviour(&self) -> Behaviour {
        behaviour_of(&self.id, "pm_").unwrap_or(Behaviour::Ok)
    }
}

/// What the name of a customer (`cus_`) or of a method (`pm_`) says.
pub fn behaviour_of(id: &str, prefix: &str) -> Result<Behaviour, Problem> {
    let what = if prefix == "cus_" { "customer" } else { "payment method" };
    let missing = || Problem::not_found(what, id);
    let fits = id.len() <= 128
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    let name = id.strip_prefix(prefix).filter(|_| fits).ok_or_else(missing)?;
    behaviour::spoken(name).parse().map_err(|source| Problem::no_behaviour(what, source))
}
