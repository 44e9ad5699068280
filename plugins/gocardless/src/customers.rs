//! Customer objects at GoCardless.

use recoup_plugin::customers::Guest;
use recoup_plugin::types::{Customer, Failure, Settings};
use serde_json::{Map, Value};

use crate::GoCardless;
use crate::api::{Connection, Key, segment};
use crate::objects::WithId;

impl Guest for GoCardless {
    fn create_customer(
        settings: Settings,
        key: String,
        customer: Customer,
    ) -> Result<String, Failure> {
        let connection = Connection::of(&settings)?;
        let mut object = object(&customer);
        // GoCardless wants a name. The payer sees and mends it on the page.
        if !object.contains_key("company_name") {
            let name = customer.email.as_ref().unwrap_or(&customer.reference);
            object.insert("company_name".to_owned(), name.clone().into());
        }
        let key = Key::of("customer", &key);
        let created: WithId = connection.create("customers", &key, object.into())?;
        Ok(created.id)
    }

    fn update_customer(
        settings: Settings,
        customer_id: String,
        customer: Customer,
    ) -> Result<(), Failure> {
        let connection = Connection::of(&settings)?;
        let path = format!("/customers/{}", segment(&customer_id));
        connection.update::<WithId>(&path, "customers", object(&customer).into())?;
        Ok(())
    }
}

/// What is not known is left out: an empty value would erase it there. We know
/// one name, and not which part of it is the family's.
fn object(customer: &Customer) -> Map<String, Value> {
    let address = customer.address.as_ref();
    let metadata = Map::from_iter([("recoup_ref".to_owned(), customer.reference.clone().into())]);
    let known = [
        ("company_name", customer.name.as_ref()),
        ("email", customer.email.as_ref()),
        ("phone_number", customer.phone.as_ref()),
        ("address_line1", address.and_then(|address| address.line1.as_ref())),
        ("address_line2", address.and_then(|address| address.line2.as_ref())),
        ("city", address.and_then(|address| address.city.as_ref())),
        ("region", address.and_then(|address| address.state.as_ref())),
        ("postal_code", address.and_then(|address| address.postal_code.as_ref())),
        ("country_code", address.and_then(|address| address.country.as_ref())),
    ];
    let known = known.into_iter().filter_map(|(name, value)| {
        let value = value.filter(|value| !value.is_empty())?;
        Some((name.to_owned(), Value::from(value.clone())))
    });
    known.chain([("metadata".to_owned(), metadata.into())]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{answers, conflict, customer, of, settings};
    use serde_json::json;

    #[test]
    fn one_key_makes_one_customer_and_unknown_details_are_left_out() {
        let made = || of("customers", json!({"id": "CU1"}));
        let sent = answers(vec![Ok((201, made())), Ok((409, conflict("CU1"))), Ok((200, made()))]);
        for _ in 0..2 {
            let id = GoCardless::create_customer(settings(), "k1".to_owned(), customer());
            assert_eq!(id, Ok("CU1".to_owned()));
        }
        let expected = json!({"customers": {"company_name": "Ünï & Co", "email": "a@b.example",
            "country_code": "DE", "metadata": {"recoup_ref": "c1"}}});
        assert_eq!(sent.json(0), expected);
        assert_eq!(sent.header(0, "idempotency-key").as_deref(), Some("recoup:customer:k1"));
    }

    #[test]
    fn a_customer_without_a_name_gets_one_and_an_update_does_not_overwrite_it() {
        let made = || Ok((201, of("customers", json!({"id": "CU1"}))));
        let sent = answers(vec![made(), made()]);
        let nameless = || Customer { name: None, email: None, ..customer() };
        GoCardless::create_customer(settings(), "k1".to_owned(), nameless()).expect("made");
        assert_eq!(sent.json(0)["customers"]["company_name"], "c1");
        GoCardless::update_customer(settings(), "CU1".to_owned(), nameless()).expect("updated");
        assert_eq!(sent.json(1)["customers"].get("company_name"), None);
        assert_eq!(sent.calls()[1], "PUT https://api-sandbox.gocardless.com/customers/CU1");
    }
}
