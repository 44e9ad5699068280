//! The list of customers as people work through it: who owes how much, and on what they are
//! charged.

use super::customer::Customer;
use super::money::Money;
use super::payment_method::PaymentMethod;
use super::place::Place;

#[derive(Debug, Clone)]
pub struct CustomerRow {
    pub customer: Customer,
    /// What they are charged on unless something else is said.
    pub default_method: Option<PaymentMethod>,
    pub balances: Vec<Balance>,
}

impl CustomerRow {
    pub const fn place(&self) -> Place {
        Place { at: self.customer.created_at, id: self.customer.id.uuid() }
    }
}

/// What one customer owes in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    pub owed: Money,
    /// Of it, what was due before today.
    pub overdue: Money,
    /// How many invoices are not paid in full.
    pub invoices: u64,
}
