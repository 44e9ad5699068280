//! Methods that are stored at the PSP.

use recoup_plugin::Form;
use recoup_plugin::form::path_segment;
use recoup_plugin::http::Method;
use recoup_plugin::methods::Guest;
use recoup_plugin::types::{Failure, PaymentMethod, Settings};

use crate::Sandbox;
use crate::answers;
use crate::api::Connection;
use crate::objects::{self, Customer, List, MethodNamed};

impl Guest for Sandbox {
    fn list_methods(
        settings: Settings,
        customer_id: String,
    ) -> Result<Vec<PaymentMethod>, Failure> {
        let path = format!("/v1/customers/{}/methods", path_segment(&customer_id));
        let stored: List<objects::Method> = Connection::of(&settings)?.get(&path, &Form::new())?;
        Ok(stored.data.iter().map(answers::method).collect())
    }

    fn default_method(
        settings: Settings,
        customer_id: String,
    ) -> Result<Option<PaymentMethod>, Failure> {
        let path = format!("/v1/customers/{}", path_segment(&customer_id));
        let customer: Customer = Connection::of(&settings)?.get(&path, &Form::new())?;
        Ok(customer.default_method.as_ref().map(answers::method))
    }

    fn set_default_method(
        settings: Settings,
        customer_id: String,
        method_id: String,
    ) -> Result<(), Failure> {
        let path = format!("/v1/customers/{}/default_method", path_segment(&customer_id));
        let named = MethodNamed { method: &method_id };
        Connection::of(&settings)?.change::<Customer>(Method::Put, &path, &named)?;
        Ok(())
    }

    fn detach_method(settings: Settings, method_id: String) -> Result<(), Failure> {
        let path = format!("/v1/methods/{}", path_segment(&method_id));
        Ok(Connection::of(&settings)?.delete(&path)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{error, list, method, sandbox_answers, settings};
    use serde_json::json;

    #[test]
    fn methods_are_listed_and_the_default_is_told() {
        let sent = sandbox_answers(vec![
            Ok((200, list(&[method()]))),
            Ok((200, json!({"id": "cus_ok", "default_method": method()}))),
            Ok((200, json!({"id": "cus_ok", "default_method": null}))),
        ]);
        let of = || "cus_ok".to_owned();
        let listed = Sandbox::list_methods(settings(), of()).expect("it is a list");
        assert_eq!(listed[0].fingerprint.as_deref(), Some("fp_1"));
        let default = Sandbox::default_method(settings(), of()).expect("there is an answer");
        assert_eq!(default.map(|method| method.id).as_deref(), Some("pm_ok"));
        assert_eq!(Sandbox::default_method(settings(), of()), Ok(None));
        assert_eq!(sent.calls()[0], "GET http://127.0.0.1:8081/v1/customers/cus_ok/methods");
    }

    #[test]
    fn a_method_becomes_the_default_or_goes() {
        let sent = sandbox_answers(vec![
            Ok((200, json!({"id": "cus_ok", "default_method": method()}))),
            Ok((204, json!(null))),
            Ok((404, error("payment_method_missing", Some(false)))),
        ]);
        let set = Sandbox::set_default_method(settings(), "cus_ok".into(), "pm_ok".into());
        assert_eq!(set, Ok(()));
        assert_eq!(sent.json(0), json!({"method": "pm_ok"}));
        assert_eq!(Sandbox::detach_method(settings(), "pm_ok".into()), Ok(()));
        let gone = Sandbox::detach_method(settings(), "pm_ok".into());
        assert!(matches!(gone, Err(Failure::Refused(_))), "{gone:?}");
        assert_eq!(sent.calls()[1], "DELETE http://127.0.0.1:8081/v1/methods/pm_ok");
    }
}
