//! Mandates, as methods that are stored.

use recoup_plugin::Form;
use recoup_plugin::methods::Guest;
use recoup_plugin::types::{Failure, PaymentMethod, Settings};

use crate::GoCardless;
use crate::answers;
use crate::api::{Connection, Trouble, segment};
use crate::objects::{BankAccount, Mandate};

/// Some schemes' mandates become active only with their first payment.
const CHARGEABLE: [&str; 4] =
    ["pending_customer_approval", "pending_submission", "submitted", "active"];

impl Guest for GoCardless {
    fn list_methods(
        settings: Settings,
        customer_id: String,
    ) -> Result<Vec<PaymentMethod>, Failure> {
        let connection = Connection::of(&settings)?;
        Ok(newest_first(&connection, &customer_id)?)
    }

    /// GoCardless has no default: it is the newest that can be charged.
    fn default_method(
        settings: Settings,
        customer_id: String,
    ) -> Result<Option<PaymentMethod>, Failure> {
        let connection = Connection::of(&settings)?;
        Ok(newest_first(&connection, &customer_id)?.into_iter().next())
    }

    /// GoCardless has no default, so there is nothing to change; the mandate
    /// must be one of this customer, and be one that can be charged.
    fn set_default_method(
        settings: Settings,
        customer_id: String,
        method_id: String,
    ) -> Result<(), Failure> {
        let connection = Connection::of(&settings)?;
        let mandate = read(&connection, &method_id)?;
        if mandate.links.customer.as_ref() != Some(&customer_id) {
            return Err(Failure::refused("not_found", "the mandate is of another customer"));
        }
        match is_chargeable(&mandate) {
            true => Ok(()),
            false => Err(Failure::refused(
                "mandate_is_inactive",
                format!("the mandate is {}", mandate.status),
            )),
        }
    }

    fn detach_method(settings: Settings, method_id: String) -> Result<(), Failure> {
        let connection = Connection::of(&settings)?;
        let path = format!("/mandates/{}/actions/cancel", segment(&method_id));
        match connection.act::<Mandate>(&path, "mandates") {
            Ok(_) => Ok(()),
            // It may have been gone already.
            Err(Trouble::Refused(error)) if error.status == 422 => {
                match is_chargeable(&read(&connection, &method_id)?) {
                    true => Err(Trouble::Refused(error).into()),
                    false => Ok(()),
                }
            }
            Err(trouble) => Err(trouble.into()),
        }
    }
}

pub fn is_chargeable(mandate: &Mandate) -> bool {
    CHARGEABLE.contains(&mandate.status.as_str())
}

/// Reads a mandate as it is now.
pub fn read(connection: &Connection, id: &str) -> Result<Mandate, Trouble> {
    connection.get(&format!("/mandates/{}", segment(id)), "mandates", &Form::new())
}

/// A mandate as a method, with its bank account where that can be read.
pub fn described(connection: &Connection, mandate: &Mandate) -> PaymentMethod {
    let account = mandate.links.customer_bank_account.as_ref().and_then(|id| {
        let path = format!("/customer_bank_accounts/{}", segment(id));
        connection.get::<BankAccount>(&path, "customer_bank_accounts", &Form::new()).ok()
    });
    answers::method(mandate, account.as_ref())
}

fn newest_first(connection: &Connection, customer_id: &str) -> Result<Vec<PaymentMethod>, Trouble> {
    let of_customer = Form::new().set("customer", customer_id);
    let filter = CHARGEABLE.iter().fold(of_customer.clone(), |form, word| form.set("status", word));
    let mut mandates: Vec<Mandate> = connection.list("mandates", &filter)?.items;
    mandates.retain(is_chargeable);
    mandates.sort_by(|a, b| b.created_at.cmp(&a.created_at));
    if mandates.is_empty() {
        return Ok(Vec::new());
    }
    let accounts: Vec<BankAccount> = connection.list("customer_bank_accounts", &of_customer)?.items;
    let account_of = |mandate: &Mandate| {
        let id = mandate.links.customer_bank_account.as_ref()?;
        accounts.iter().find(|account| &account.id == id)
    };
    Ok(mandates.iter().map(|mandate| answers::method(mandate, account_of(mandate))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{account, answers, list, mandate, of, refusal, settings};
    use serde_json::json;

    const BASE: &str = "https://api-sandbox.gocardless.com";

    #[test]
    fn what_can_be_charged_is_listed_newest_first() {
        let mut newer = mandate("pending_submission");
        newer["id"] = json!("MD2");
        newer["created_at"] = json!("2024-01-01T12:00:00.000Z");
        newer["links"]["customer_bank_account"] = json!("BA2");
        let gone = mandate("cancelled");
        let stored =
            || Ok((200, list("mandates", &[mandate("active"), newer.clone(), gone.clone()])));
        let accounts = || Ok((200, list("customer_bank_accounts", &[account()])));
        let sent = answers(vec![stored(), accounts(), stored(), accounts()]);
        let methods = GoCardless::list_methods(settings(), "CU1".to_owned()).expect("listed");
        let ids: Vec<_> = methods.iter().map(|method| method.id.as_str()).collect();
        assert_eq!(ids, ["MD2", "MD1"]);
        let (new, old) = (&methods[0], &methods[1]);
        assert_eq!((new.last4.as_deref(), new.fingerprint.as_deref()), (None, Some("BA2")));
        assert_eq!((old.last4.as_deref(), old.brand.as_deref()), (Some("34"), Some("A BANK")));
        assert_eq!(old.kind, "sepa_core");
        let statuses = "status=pending_customer_approval&status=pending_submission&status=submitted\
                        &status=active";
        assert_eq!(
            sent.calls()[0],
            format!("GET {BASE}/mandates?customer=CU1&{statuses}&limit=500")
        );
        let default = GoCardless::default_method(settings(), "CU1".to_owned()).expect("asked");
        assert_eq!(default.as_ref(), Some(new));
    }

    #[test]
    fn a_customer_without_mandates_has_no_default() {
        answers(vec![Ok((200, list("mandates", &[])))]);
        assert_eq!(GoCardless::default_method(settings(), "CU1".to_owned()), Ok(None));
    }

    #[test]
    fn only_a_mandate_of_the_customer_that_can_be_charged_becomes_the_default() {
        for (customer, status, is_good) in
            [("CU1", "active", true), ("CU2", "active", false), ("CU1", "cancelled", false)]
        {
            answers(vec![Ok((200, of("mandates", mandate(status))))]);
            let (customer, method) = (customer.to_owned(), "MD1".to_owned());
            let set = GoCardless::set_default_method(settings(), customer, method);
            assert_eq!(set.is_ok(), is_good, "{set:?}");
        }
    }

    #[test]
    fn a_mandate_is_cancelled_once() {
        let detach = || GoCardless::detach_method(settings(), "MD1".to_owned());
        let sent = answers(vec![Ok((200, of("mandates", mandate("cancelled"))))]);
        assert_eq!(detach(), Ok(()));
        assert_eq!(sent.calls(), [format!("POST {BASE}/mandates/MD1/actions/cancel")]);
        let refused = || Ok((422, refusal(422, "invalid_state", "cancellation_failed")));
        answers(vec![refused(), Ok((200, of("mandates", mandate("cancelled"))))]);
        assert_eq!(detach(), Ok(()));
        answers(vec![refused(), Ok((200, of("mandates", mandate("active"))))]);
        assert!(matches!(detach(), Err(Failure::Refused(_))));
    }
}
