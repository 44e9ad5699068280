//! Whether a webhook is Adyen's: the user and password that the webhook was
//! given, and signatures over each item or over the whole body.

use recoup_plugin::crypto;
use recoup_plugin::webhooks::{Inbound, Refusal};

use crate::api::Connection;
use crate::base64;
use crate::objects::Item;

/// Checks user and password, where the connection has them.
pub fn check_credentials(connection: &Connection, inbound: &Inbound) -> Result<(), Refusal> {
    if connection.webhook_user.is_none() && connection.webhook_password.is_none() {
        return Ok(());
    }
    let [user, password] = [&connection.webhook_user, &connection.webhook_password]
        .map(|setting| setting.as_deref().unwrap_or(""));
    let expected = format!("Basic {}", base64::encode(format!("{user}:{password}").as_bytes()));
    let told = header(inbound, "authorization").unwrap_or("");
    match crypto::equal(told.as_bytes(), expected.as_bytes()) {
        true => Ok(()),
        false => Err(bad("user or password are not those of the connection")),
    }
}

/// Checks the signature in an item of a standard webhook.
pub fn check_item(connection: &Connection, item: &Item) -> Result<(), Refusal> {
    let signature = item
        .more(&["hmacSignature"])
        .ok_or_else(|| bad("an item has no signature; switch HMAC on for the webhook"))?;
    check(connection, signature, signed_text(item).as_bytes())
}

/// Checks the signature of a webhook that is signed as a whole.
pub fn check_body(
    connection: &Connection,
    inbound: &Inbound,
    signature: &str,
) -> Result<(), Refusal> {
    check(connection, signature, &inbound.body)
}

/// The first header of this name, which is given in lower case.
pub fn header<'a>(inbound: &'a Inbound, name: &str) -> Option<&'a str> {
    inbound.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

pub fn bad(reason: &str) -> Refusal {
    Refusal::BadSignature(reason.to_owned())
}

/// Two keys are good while one replaces the other.
fn check(connection: &Connection, signature: &str, message: &[u8]) -> Result<(), Refusal> {
    if connection.hmac_keys.is_empty() {
        return Err(bad("the connection has no hmac_key"));
    }
    for key in &connection.hmac_keys {
        let key = from_hex(key).ok_or_else(|| bad("the hmac_key is not hexadecimal"))?;
        let expected = base64::encode(&crypto::hmac_sha256(&key, message));
        if crypto::equal(signature.as_bytes(), expected.as_bytes()) {
            return Ok(());
        }
    }
    Err(bad("the signature does not match the hmac_key"))
}

/// The fields as they are: nothing in them is escaped.
fn signed_text(item: &Item) -> String {
    let amount = item.amount.as_ref();
    let value = amount.map(|amount| amount.value.to_string());
    let fields = [
        item.psp_reference.as_deref(),
        item.original_reference.as_deref(),
        item.merchant_account_code.as_deref(),
        item.merchant_reference.as_deref(),
        value.as_deref(),
        amount.map(|amount| amount.currency.as_str()),
        Some(item.event_code.as_str()),
        Some(item.success.as_str()),
    ];
    fields.map(Option::unwrap_or_default).join(":")
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<_>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    let digits = digits.filter(|digits| !digits.is_empty() && digits.len() % 2 == 0)?;
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{settings, with};
    use serde_json::{Value, json};

    /// Key and signatures are those of the official library's own tests.
    const KEY: &str = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056";
    const SIGNED: &str = "coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0=";

    fn connection(key: &str) -> Connection {
        Connection::of(&with("hmac_key", key, settings())).expect("the settings are whole")
    }

    fn item(merchant_reference: &str, signature: &str) -> Value {
        json!({
            "eventCode": "AUTHORISATION", "success": "true", "pspReference": "7914073381342284",
            "merchantAccountCode": "TestMerchant", "merchantReference": merchant_reference,
            "amount": {"currency": "EUR", "value": 1130},
            "additionalData": {"hmacSignature": signature},
        })
    }

    fn checked(key: &str, item: Value) -> Result<(), Refusal> {
        check_item(&connection(key), &serde_json::from_value(item).expect("it is an item"))
    }

    #[test]
    fn items_signed_by_the_official_library_are_good() {
        let reference = "TestPayment-1407325143704";
        assert_eq!(checked(KEY, item(reference, SIGNED)), Ok(()));
        let escapable = "o75QRyTYMqUpYPyziOQ/IXqPRzA2eLPEcJDWCc1vPk0=";
        assert_eq!(checked(KEY, item(r"inv:42\x", escapable)), Ok(()));
        let both = format!("{}, {KEY}", "00".repeat(32));
        assert_eq!(checked(&both, item(reference, SIGNED)), Ok(()));
    }

    #[test]
    fn every_other_item_is_bad() {
        let reference = "TestPayment-1407325143704";
        let mut more = item(reference, SIGNED);
        more["amount"]["value"] = json!(1131);
        let mut unsigned = item(reference, SIGNED);
        unsigned["additionalData"] = json!({});
        for (key, item) in [
            (KEY, more),
            (KEY, unsigned),
            (KEY, item("another", SIGNED)),
            (&"00".repeat(32), item(reference, SIGNED)),
            ("", item(reference, SIGNED)),
            ("not hexadecimal", item(reference, SIGNED)),
        ] {
            let refused = checked(key, item.clone());
            assert!(matches!(refused, Err(Refusal::BadSignature(_))), "{key} {item}");
        }
    }

    #[test]
    fn a_body_signed_by_the_official_library_is_good() {
        let body = r#"{"createdAt":"2025-06-30T16:40:23+02:00","eventId":"QBQQ9DLNRHHKGK38"}"#;
        let inbound = |body: &str| Inbound { headers: Vec::new(), body: body.as_bytes().to_vec() };
        let signature = "wFHTm69b19lOttz9aXH4dNyaIYbyXeFDhcHGDviZAk4=";
        assert_eq!(check_body(&connection(KEY), &inbound(body), signature), Ok(()));
        let refused = check_body(&connection(KEY), &inbound("{}"), signature);
        assert!(matches!(refused, Err(Refusal::BadSignature(_))));
    }

    #[test]
    fn user_and_password_are_checked_where_they_are_set() {
        let inbound = |authorization: &str| {
            let headers = vec![("authorization".to_owned(), authorization.to_owned())];
            Inbound { headers, body: Vec::new() }
        };
        let settings =
            with("webhook_password", "sesame", with("webhook_user", "recoup", settings()));
        let connection = Connection::of(&settings).expect("the settings are whole");
        let good = inbound("Basic cmVjb3VwOnNlc2FtZQ==");
        assert_eq!(check_credentials(&connection, &good), Ok(()));
        for other in ["", "Basic cmVjb3VwOg==", "Bearer cmVjb3VwOnNlc2FtZQ=="] {
            let refused = check_credentials(&connection, &inbound(other));
            assert!(matches!(refused, Err(Refusal::BadSignature(_))), "{other}");
        }
        assert_eq!(check_credentials(&super::tests::connection(KEY), &inbound("")), Ok(()));
    }
}
