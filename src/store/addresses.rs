//! Addresses, which stand in the rows of those who live there.

use super::StoreError;
use super::row::Columns;
use crate::domain::customer::Address;

/// Names of columns, in the order in which they are read.
pub type AddressColumns = [&'static str; 6];

pub const ADDRESS: AddressColumns =
    ["address_line1", "address_line2", "city", "state", "zipcode", "country"];

pub const SHIPPING_ADDRESS: AddressColumns = [
    "shipping_address_line1",
    "shipping_address_line2",
    "shipping_city",
    "shipping_state",
    "shipping_zipcode",
    "shipping_country",
];

pub fn address(columns: &Columns<'_>, names: AddressColumns) -> Result<Address, StoreError> {
    let [line1, line2, city, state, zipcode, country] = names;
    Ok(Address {
        line1: columns.get(line1)?,
        line2: columns.get(line2)?,
        city: columns.get(city)?,
        state: columns.get(state)?,
        zipcode: columns.get(zipcode)?,
        country: columns.get(country)?,
    })
}
