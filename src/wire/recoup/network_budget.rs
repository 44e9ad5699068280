//! What the network of a payment method allows, and how much of it is used.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::network::{Budget, UpTo};
use crate::wire::lago::format::{date, date_time};

/// So long our ceiling may be exceeded at most: longer than any network counts.
pub const HOURS_MAX: u32 = 31 * 24;

#[derive(Serialize, ToSchema)]
pub struct NetworkBudgetAnswer {
    pub network_budget: NetworkBudgetShape,
}

#[derive(Serialize, ToSchema)]
#[schema(as = NetworkBudget)]
pub struct NetworkBudgetShape {
    /// `visa`, `mastercard`, `other_card`, `sepa`, `bacs`, `ach`, `pad` or `other`.
    #[schema(example = "visa")]
    pub network: &'static str,
    /// When the figures were last compared with what is published.
    #[schema(format = Date)]
    pub as_of: String,
    /// Declines of the instrument over all its debts. Attempts are made while all have room.
    pub windows: Vec<BudgetWindowShape>,
    /// Attempts that are out: each may still be declined.
    pub open_attempts: u32,
    /// How often one debt is presented on it. Null: as often as its policy says.
    pub per_debt: Option<DebtBudgetShape>,
    /// Until when our ceiling may be exceeded. Null: it may not.
    #[schema(format = DateTime)]
    pub exceeded_until: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = NetworkBudgetWindow)]
pub struct BudgetWindowShape {
    #[schema(example = 720)]
    pub hours: i64,
    pub declines: u32,
    /// What recoup does not exceed by itself.
    #[schema(example = 15)]
    pub our_ceiling: u32,
    /// What is never exceeded. Null: the network publishes no figure.
    #[schema(example = 20)]
    pub network_ceiling: Option<u32>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = NetworkBudgetPerDebt)]
pub struct DebtBudgetShape {
    pub our_ceiling: u32,
    pub network_ceiling: Option<u32>,
    /// Not later than this after the first decline.
    pub days: Option<i64>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExceedRequest {
    /// Why our ceiling may be exceeded. It is kept in the audit log.
    #[schema(example = "the bank has confirmed that the limit is raised")]
    pub reason: String,
    /// For how long, 24 by default.
    #[schema(minimum = 1, maximum = 744, nullable = false)]
    pub hours: Option<u32>,
}

pub fn network_budget(budget: &Budget) -> NetworkBudgetShape {
    const HOUR_MS: i64 = 3_600_000;
    NetworkBudgetShape {
        network: budget.network.as_str(),
        as_of: date(budget.as_of),
        windows: budget
            .windows
            .iter()
            .map(|used| BudgetWindowShape {
                hours: used.within.as_ms() / HOUR_MS,
                declines: used.declines,
                our_ceiling: used.ceiling.max(UpTo::Ours),
                network_ceiling: used.ceiling.networks,
            })
            .collect(),
        open_attempts: budget.open,
        per_debt: budget.debt.map(|rule| DebtBudgetShape {
            our_ceiling: rule.ceiling.max(UpTo::Ours),
            network_ceiling: rule.ceiling.networks,
            days: rule.within.map(|within| within.as_ms() / (24 * HOUR_MS)),
        }),
        exceeded_until: budget.exceeded_until.map(date_time),
    }
}
