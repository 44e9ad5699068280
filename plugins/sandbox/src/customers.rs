//! Customer objects at the PSP.

use std::collections::BTreeMap;

use recoup_plugin::customers::Guest;
use recoup_plugin::form::path_segment;
use recoup_plugin::http::Method;
use recoup_plugin::types::{self, Address, Failure, Settings};
use serde::Serialize;

use crate::Sandbox;
use crate::api::Connection;
use crate::objects::Customer;

#[derive(Serialize)]
struct Profile<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    address: BTreeMap<&'static str, &'a str>,
    reference: &'a str,
}

impl Guest for Sandbox {
    fn create_customer(
        settings: Settings,
        key: String,
        customer: types::Customer,
    ) -> Result<String, Failure> {
        let connection = Connection::of(&settings)?;
        let created: Customer = connection.post("/v1/customers", &key, &profile(&customer))?;
        Ok(created.id)
    }

    fn update_customer(
        settings: Settings,
        customer_id: String,
        customer: types::Customer,
    ) -> Result<(), Failure> {
        let path = format!("/v1/customers/{}", path_segment(&customer_id));
        let connection = Connection::of(&settings)?;
        connection.change::<Customer>(Method::Patch, &path, &profile(&customer))?;
        Ok(())
    }
}

/// What is not known is left out.
fn profile(customer: &types::Customer) -> Profile<'_> {
    Profile {
        name: customer.name.as_deref(),
        email: customer.email.as_deref(),
        phone: customer.phone.as_deref(),
        address: customer.address.as_ref().map(address).unwrap_or_default(),
        reference: &customer.reference,
    }
}

fn address(address: &Address) -> BTreeMap<&'static str, &str> {
    let parts = [
        ("line1", &address.line1),
        ("line2", &address.line2),
        ("city", &address.city),
        ("state", &address.state),
        ("postal_code", &address.postal_code),
        ("country", &address.country),
    ];
    parts.into_iter().filter_map(|(name, part)| Some((name, part.as_deref()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{sandbox_answers, settings};
    use serde_json::json;

    #[test]
    fn what_is_known_of_a_customer_is_told() {
        let customer = types::Customer {
            reference: "cst_1".to_owned(),
            name: Some("Acme".to_owned()),
            email: None,
            phone: None,
            address: Some(Address {
                line1: None,
                line2: None,
                city: Some("Berlin".to_owned()),
                state: None,
                postal_code: None,
                country: Some("DE".to_owned()),
            }),
        };
        let made = json!({"id": "cus_no_method__1", "default_method": null});
        let sent = sandbox_answers(vec![Ok((200, made.clone())), Ok((200, made))]);
        let id = Sandbox::create_customer(settings(), "k1".to_owned(), customer.clone());
        assert_eq!(id.as_deref(), Ok("cus_no_method__1"));
        assert_eq!(sent.header(0, "idempotency-key").as_deref(), Some("k1"));
        let profile = json!({
            "name": "Acme", "address": {"city": "Berlin", "country": "DE"}, "reference": "cst_1",
        });
        assert_eq!(sent.json(0), profile);

        let updated = Sandbox::update_customer(settings(), "cus_no_method__1".into(), customer);
        assert_eq!(updated, Ok(()));
        let call = "PATCH http://127.0.0.1:8081/v1/customers/cus_no_method__1";
        assert_eq!(sent.calls()[1], call);
    }
}
