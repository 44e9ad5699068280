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
        let created: WithId = connection.post(
            "/v1/customers",
            &Key::of("customer", &key),
            &form(&customer),
        )?;
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
