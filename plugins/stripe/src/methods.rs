//! Methods that are stored at Stripe.

use recoup_plugin::Form;
use recoup_plugin::form::path_segment;
use recoup_plugin::methods::Guest;
use recoup_plugin::types::{Failure, PaymentMethod, Settings};

use crate::Stripe;
use crate::answers;
use crate::api::{Connection, Key, Trouble};
use crate::objects::{self, Customer, WithId};

impl Guest for Stripe {
    fn list_methods(
        settings: Settings,
        customer_id: String,
    ) -> Result<Vec<PaymentMethod>, Failure> {
        let connection = Connection::of(&settings)?;
        let stored = newest_first(&connection, &customer_id)?;
        Ok(stored.iter().map(answers::method).collect())
    }

    fn default_method(
        settings: Settings,
        customer_id: String,
    ) -> Result<Option<PaymentMethod>, Failure> {
        let connection = Connection::of(&settings)?;
        let path = format!("/v1/customers/{}", path_segment(&customer_id));
        let customer: Customer = connection.get(&path, &Form::new())?;
        if customer.deleted {
            return Err(Failure::refused(
                "customer_deleted",
                "Stripe has deleted this customer",
            ));
        }
        let of_invoices = customer
            .invoice_settings
            .and_then(|s| s.default_payment_method);
        // Older customers have a source instead, which can be charged as well.
        if let Some(default) = of_invoices.or(customer.default_source) {
            return Ok(Some(answers::method(&read(&connection, default.id())?)));
        }
        let stored = newest_first(&connection, &customer_id)?;
        let newest_card = stored
            .iter()
            .find(|method| method.instrument.kind == "card");
        Ok(newest_card.or(stored.first()).map(answers::method))
    }

    fn set_default_method(
        settings: Settings,
        customer_id: String,
        method_id: String,
    ) -> Result<(), Failure> {
        let connection = Connection::of(&settings)?;
        let path = format!("/v1/customers/{}", path_segment(&customer_id));
        let form = Form::new().set("invoice_settings[default_payment_method]", &method_id);
        connection.post::<WithId>(&path, &Key::fresh("default-method"), &form)?;
        Ok(())
    }

    fn detach_method(settings: Settings, method_id: String) -> Result<(), Failure> {
        let connection = Connection::of(&settings)?;
        let path = format!("/v1/payment_methods/{}/detach", path_segment(&method_id));
        connection.post::<WithId>(&path, &Key::fresh("detach"), &Form::new())?;
        Ok(())
    }
}

/// Reads a method as it is now.
pub fn read(connection: &Connection, id: &str) -> Result<objects::PaymentMethod, Trouble> {
    connection.get(
        &format!("/v1/payment_methods/{}", path_segment(id)),
        &Form::new(),
    )
}

fn newest_first(
    connection: &Connection,
    customer_id: &str,
) -> Result<Vec<objects::PaymentMethod>, Trouble> {
    let query = Form::new().set("limit", 100);
    let (path, query) = if connection.is_reduced {
        // The older route, which asks for one kind.
        let query = query.set("customer", customer_id).set("type", "card");
        ("/v1/payment_methods".to_owned(), query)
    } else {
        (
            format!(
                "/v1/customers/{}/payment_methods",
                path_segment(customer_id)
            ),
            query,
        )
    };
    let mut stored: Vec<objects::PaymentMethod> = connection.list(&path, &query)?.items;
    stored.sort_by_key(|method| std::cmp::Reverse(method.created));
    Ok(stored)
}
