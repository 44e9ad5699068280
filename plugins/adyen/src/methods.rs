//! Methods that are stored at Adyen for a shopper.

use recoup_plugin::Form;
use recoup_plugin::clock;
use recoup_plugin::methods::Guest;
use recoup_plugin::types::{Failure, PaymentMethod, Settings};

use crate::Adyen;
use crate::answers;
use crate::api::{Connection, Trouble};
use crate::objects::{StoredMethod, StoredMethods};

impl Guest for Adyen {
    fn list_methods(
        settings: Settings,
        customer_id: String,
    ) -> Result<Vec<PaymentMethod>, Failure> {
        let connection = Connection::of(&settings)?;
        let stored = newest_first(&connection, &customer_id)?;
        Ok(stored.iter().map(answers::method).collect())
    }

    /// Adyen has no default: it is the newest that can be charged.
    fn default_method(
        settings: Settings,
        customer_id: String,
    ) -> Result<Option<PaymentMethod>, Failure> {
        let connection = Connection::of(&settings)?;
        let stored = newest_first(&connection, &customer_id)?;
        let usable = stored.iter().find(|stored| is_usable(&connection, stored));
        Ok(usable.map(answers::method))
    }

    /// Adyen has no default, so there is nothing to change; the method must be
    /// one of this shopper's.
    fn set_default_method(
        settings: Settings,
        customer_id: String,
        method_id: String,
    ) -> Result<(), Failure> {
        let connection = Connection::of(&settings)?;
        let stored = newest_first(&connection, &customer_id)?;
        match stored.iter().any(|stored| stored.id == method_id) {
            true => Ok(()),
            false => Err(Failure::refused("not_found", "the shopper has no such stored method")),
        }
    }

    /// Adyen removes a method only together with its shopper, who is not told
    /// here.
    fn detach_method(_settings: Settings, method_id: String) -> Result<(), Failure> {
        Err(Failure::refused(
            "shopper_needed",
            format!(
                "Adyen removes {method_id} only by its shopper: remove it in the Customer Area"
            ),
        ))
    }
}

/// Whether the payer agreed to what we do, and it has not expired.
fn is_usable(connection: &Connection, stored: &StoredMethod) -> bool {
    let models = stored.supported_recurring_processing_models.as_ref();
    let is_agreed = models.is_none_or(|models| models.contains(&connection.recurring_model));
    let method = answers::method(stored);
    let is_alive = match (method.expiry_year, method.expiry_month) {
        (Some(year), Some(month)) => {
            // `2030-08` is before `2030-09-01…`, and still good in August.
            *format!("{year:04}-{month:02}") >= clock::iso8601(clock::now_ms())[..7]
        }
        (_, _) => true,
    };
    is_agreed && is_alive
}

/// Reads a stored method as it is now. None if the shopper has no such one.
pub fn read(
    connection: &Connection,
    shopper: &str,
    id: &str,
) -> Result<Option<PaymentMethod>, Trouble> {
    let stored = newest_first(connection, shopper)?;
    Ok(stored.iter().find(|stored| stored.id == id).map(answers::method))
}

pub fn newest_first(connection: &Connection, shopper: &str) -> Result<Vec<StoredMethod>, Trouble> {
    let query = Form::new()
        .set("merchantAccount", &connection.merchant_account)
        .set("shopperReference", shopper);
    let answer: StoredMethods = connection.get("/storedPaymentMethods", &query)?;
    let is_adyens = answer.merchant_account.is_some() || answer.shopper_reference.is_some();
    let Some(mut stored) = answer.stored_payment_methods.or(is_adyens.then(Vec::new)) else {
        let reason = "there are no stored payment methods in it".to_owned();
        return Err(Trouble::Unreadable { status: 200, reason });
    };
    // Stable: without dates, Adyen's order stays.
    stored.sort_by(|a, b| b.created_at.cmp(&a.created_at));
    Ok(stored)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{answers, settings, stored, stored_list};
    use serde_json::{Value, json};

    fn made_at(id: &str, at: &str) -> Value {
        let mut method = stored(id);
        method["createdAt"] = json!(at);
        method
    }

    #[test]
    fn methods_are_listed_newest_first() {
        let methods = [made_at("1", "2022-01-01T00:00:00Z"), made_at("2", "2023-01-01T00:00:00Z")];
        let sent = answers(vec![Ok((200, stored_list(&methods)))]);
        let listed = Adyen::list_methods(settings(), "shopper 1".to_owned()).expect("listed");
        assert_eq!(listed.iter().map(|m| m.id.as_str()).collect::<Vec<_>>(), ["2", "1"]);
        assert_eq!(listed[0].kind, "scheme");
        let base = "https://checkout-test.adyen.com/v72/storedPaymentMethods";
        let query = "merchantAccount=RecoupECOM&shopperReference=shopper%201";
        assert_eq!(sent.calls(), [format!("GET {base}?{query}")]);
    }

    #[test]
    fn the_default_is_the_newest_that_can_be_charged() {
        let mut expired = made_at("3", "2023-03-01T00:00:00Z");
        expired["expiryMonth"] = json!("10");
        expired["expiryYear"] = json!("2023");
        let mut other = made_at("2", "2023-02-01T00:00:00Z");
        other["supportedRecurringProcessingModels"] = json!(["CardOnFile"]);
        let mut last_month = made_at("1", "2023-01-01T00:00:00Z");
        last_month["expiryMonth"] = json!("11");
        last_month["expiryYear"] = json!("23");
        answers(vec![Ok((200, stored_list(&[last_month, other, expired])))]);
        let default = Adyen::default_method(settings(), "s".to_owned()).expect("asked");
        assert_eq!(default.map(|method| method.id).as_deref(), Some("1"));
        answers(vec![Ok((200, stored_list(&[])))]);
        assert_eq!(Adyen::default_method(settings(), "s".to_owned()), Ok(None));
    }

    #[test]
    fn another_object_is_no_empty_list() {
        answers(vec![Ok((200, json!({})))]);
        let listed = Adyen::list_methods(settings(), "s".to_owned());
        assert!(matches!(listed, Err(Failure::Unknown(_))), "{listed:?}");
    }

    #[test]
    fn only_a_method_of_the_shopper_becomes_the_default() {
        for (id, is_good) in [("1", true), ("9", false)] {
            answers(vec![Ok((200, stored_list(&[stored("1")])))]);
            let set = Adyen::set_default_method(settings(), "s".to_owned(), id.to_owned());
            assert_eq!(set.is_ok(), is_good, "{set:?}");
        }
    }

    #[test]
    fn a_method_is_not_removed_without_its_shopper() {
        let sent = answers(Vec::new());
        let refused = Adyen::detach_method(settings(), "1".to_owned());
        assert!(matches!(refused, Err(Failure::Refused(_))), "{refused:?}");
        assert!(sent.calls().is_empty());
    }
}
