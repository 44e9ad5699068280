//! Customer objects at Stripe.

use recoup_plugin::Form;
use recoup_plugin::customers::Guest;
use recoup_plugin::form::path_segment;
use recoup_plugin::types::{Address, Customer, Failure, Settings};

use crate::Stripe;
use crate::api::{Connection, Key};
use crate::objects::WithId;

impl Guest for Stripe {
    fn create_customer(
        settings: Settings,
        key: String,
        customer: Customer,
    ) -> Result<String, Failure> {
        let connection = Connection::of(&settings)?;
        let created: WithId =
            connection.post("/v1/customers", &Key::of("customer", &key), &form(&customer))?;
        Ok(created.id)
    }

    fn update_customer(
        settings: Settings,
        customer_id: String,
        customer: Customer,
    ) -> Result<(), Failure> {
        let connection = Connection::of(&settings)?;
        let path = format!("/v1/customers/{}", path_segment(&customer_id));
        connection.post::<WithId>(&path, &Key::fresh("customer-update"), &form(&customer))?;
        Ok(())
    }
}

/// What is not known is left out: an empty value would erase it at Stripe.
fn form(customer: &Customer) -> Form {
    let form = Form::new()
        .set_some("email", customer.email.as_ref())
        .set_some("name", customer.name.as_ref())
        .set_some("phone", customer.phone.as_ref());
    let form = match &customer.address {
        Some(address) => with_address(form, address),
        None => form,
    };
    form.set("metadata[recoup_customer]", &customer.reference)
}

fn with_address(form: Form, address: &Address) -> Form {
    form.set_some("address[line1]", address.line1.as_ref())
        .set_some("address[line2]", address.line2.as_ref())
        .set_some("address[city]", address.city.as_ref())
        .set_some("address[state]", address.state.as_ref())
        .set_some("address[postal_code]", address.postal_code.as_ref())
        .set_some("address[country]", address.country.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{settings, stripe_answers};
    use serde_json::json;

    #[test]
    fn unknown_details_are_left_out_and_the_key_makes_one_customer() {
        let customer = || Customer {
            reference: "c1".to_owned(),
            name: Some("Ünï & Co".to_owned()),
            email: Some("a+b@c.de".to_owned()),
            phone: None,
            address: Some(Address {
                line1: None,
                line2: None,
                city: None,
                state: None,
                postal_code: None,
                country: Some("DE".to_owned()),
            }),
        };
        let created = || Ok((200, json!({"id": "cus_1"})));
        let sent = stripe_answers(vec![created(), created(), created()]);
        let id = Stripe::create_customer(settings(), "k1".to_owned(), customer());
        assert_eq!(id, Ok("cus_1".to_owned()));
        let body = "email=a%2Bb%40c.de&name=%C3%9Cn%C3%AF%20%26%20Co&address[country]=DE\
                    &metadata[recoup_customer]=c1";
        assert_eq!(sent.body(0), body);
        assert_eq!(sent.header(0, "idempotency-key").as_deref(), Some("recoup:customer:k1"));

        for _ in 0..2 {
            let updated = Stripe::update_customer(settings(), "cus_1".to_owned(), customer());
            assert_eq!(updated, Ok(()));
        }
        let keys = [1, 2].map(|index| sent.header(index, "idempotency-key"));
        assert_ne!(keys[0], keys[1], "a later update must not get an earlier one's answer");
    }
}
