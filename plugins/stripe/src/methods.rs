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
            return Err(Failure::refused("customer_deleted", "Stripe has deleted this customer"));
        }
        let of_invoices = customer.invoice_settings.and_then(|s| s.default_payment_method);
        // Older customers have a source instead, which can be charged as well.
        if let Some(default) = of_invoices.or(customer.default_source) {
            return Ok(Some(answers::method(&read(&connection, default.id())?)));
        }
        let stored = newest_first(&connection, &customer_id)?;
        let newest_card = stored.iter().find(|method| method.kind == "card");
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
    connection.get(&format!("/v1/payment_methods/{}", path_segment(id)), &Form::new())
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
        (format!("/v1/customers/{}/payment_methods", path_segment(customer_id)), query)
    };
    let mut stored: Vec<objects::PaymentMethod> = connection.list(&path, &query)?.items;
    stored.sort_by_key(|method| std::cmp::Reverse(method.created));
    Ok(stored)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{card, list, reduced, settings, stripe_answers};
    use serde_json::{Value, json};

    fn stored(id: &str, kind: &str, created: u64) -> Value {
        json!({"id": id, "type": kind, "created": created, kind: {"last4": "3000"}})
    }

    fn ids(methods: Vec<PaymentMethod>) -> Vec<String> {
        methods.into_iter().map(|method| method.id).collect()
    }

    fn default_of(answers: Vec<(u16, Value)>) -> Option<String> {
        stripe_answers(answers.into_iter().map(Ok).collect());
        let default = Stripe::default_method(settings(), "cus_1".to_owned());
        default.expect("Stripe answers").map(|method| method.id)
    }

    #[test]
    fn methods_are_listed_newest_first() {
        let methods = [stored("pm_old", "card", 1), stored("pm_new", "sepa_debit", 2)];
        let sent = stripe_answers(vec![Ok((200, list(&methods, false)))]);
        let listed = Stripe::list_methods(settings(), "cus_1".to_owned()).expect("Stripe answers");
        assert_eq!(ids(listed), ["pm_new", "pm_old"]);
        let call = "GET https://api.stripe.com/v1/customers/cus_1/payment_methods?limit=100";
        assert_eq!(sent.calls(), [call]);

        let sent = stripe_answers(vec![Ok((200, list(&[card()], false)))]);
        Stripe::list_methods(reduced(), "cus_1".to_owned()).expect("the peer answers");
        let query = "limit=100&customer=cus_1&type=card";
        assert_eq!(sent.calls(), [format!("GET http://127.0.0.1:8420/v1/payment_methods?{query}")]);
    }

    #[test]
    fn the_default_is_the_invoices_one_then_the_old_source_then_the_newest_card() {
        let customer = |method: Value, source: Value| {
            let settings = json!({"default_payment_method": method});
            (200, json!({"id": "cus_1", "invoice_settings": settings, "default_source": source}))
        };
        let chosen = default_of(vec![customer(json!("pm_1"), json!("card_1")), (200, card())]);
        assert_eq!(chosen.as_deref(), Some("pm_1"));

        let source = stored("card_1", "card", 1);
        let chosen = default_of(vec![customer(Value::Null, json!("card_1")), (200, source)]);
        assert_eq!(chosen.as_deref(), Some("card_1"));

        let none = || customer(Value::Null, Value::Null);
        let methods = [stored("pm_sepa", "sepa_debit", 3), stored("pm_card", "card", 2)];
        let chosen = default_of(vec![none(), (200, list(&methods, false))]);
        assert_eq!(chosen.as_deref(), Some("pm_card"));
        assert_eq!(default_of(vec![none(), (200, list(&[], false))]), None);
    }

    #[test]
    fn a_deleted_customer_has_no_default() {
        stripe_answers(vec![Ok((200, json!({"id": "cus_1", "deleted": true})))]);
        let refused = Stripe::default_method(settings(), "cus_1".to_owned());
        assert!(matches!(refused, Err(Failure::Refused(_))), "{refused:?}");
    }

    #[test]
    fn a_method_becomes_the_default_and_goes() {
        let done = || Ok((200, json!({"id": "x"})));
        let sent = stripe_answers(vec![done(), done()]);
        let (customer, method) = ("cus_1".to_owned(), "pm_1".to_owned());
        assert_eq!(Stripe::set_default_method(settings(), customer, method.clone()), Ok(()));
        assert_eq!(sent.body(0), "invoice_settings[default_payment_method]=pm_1");
        assert_eq!(Stripe::detach_method(settings(), method), Ok(()));
        assert_eq!(
            sent.calls(),
            [
                "POST https://api.stripe.com/v1/customers/cus_1",
                "POST https://api.stripe.com/v1/payment_methods/pm_1/detach",
            ]
        );
    }
}
