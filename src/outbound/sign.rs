//! The two signatures a receiver can choose from. Both cover the exact bytes of the body.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use rsa::pkcs1v15::Signature;
use rsa::rand_core::OsRng;
use rsa::signature::{RandomizedSigner, SignatureEncoding};
use serde::Serialize;
use sha2::Sha256;

use super::escape;
use super::keys::RsaKey;

/// Nothing else in it: receivers compare.
const JWT_HEADER: &str = r#"{"alg":"RS256"}"#;

#[derive(Serialize)]
struct Claims<'a> {
    data: &'a str,
    iss: &'a str,
}

/// Base64 of the HMAC-SHA256. The key is the text itself.
pub fn hmac(key: &str, body: &str) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes keys of every length");
    mac.update(body.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// Lower-case hex of the HMAC-SHA256 over date and body: a signature is good for a few minutes.
pub fn dated_hmac(key: &str, date: &str, body: &str) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes keys of every length");
    for part in [date, "\n", body] {
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// RS256 over the body and the issuer.
pub fn jwt(key: &RsaKey, issuer: &str, body: &str) -> String {
    token(key, escape::json(&Claims { data: body, iss: issuer }).as_bytes())
}

fn token(key: &RsaKey, claims: &[u8]) -> String {
    let head = URL_SAFE_NO_PAD.encode(JWT_HEADER);
    let mut token = format!("{head}.{}", URL_SAFE_NO_PAD.encode(claims));
    // Random blinding keeps the key from the clock; the signature is the same without it.
    let signature: Signature = key.sign_with_rng(&mut OsRng, token.as_bytes());
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature.to_bytes(), &mut token);
    token
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbound::keys::{self, Keyring};
    use jsonwebtoken::{Algorithm, DecodingKey, Validation};
    use rsa::{BigUint, RsaPrivateKey};

    /// Test case 2 of RFC 4231, its hexadecimal as base64.
    #[test]
    fn the_hmac_is_that_of_the_standard() {
        assert_eq!(
            hmac("Jefe", "what do ya want for nothing?"),
            "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="
        );
    }

    /// Accepted by the official library, whose check it was tried on.
    #[test]
    fn the_dated_hmac_is_that_of_the_library() {
        let body = concat!(
            r#"{"id":"0b6e4a5e-6f0a-4b7e-9a53-0d5a7b0f7c11","type":"invoice.finalized","#,
            r#""properties":{"invoice_id":"6162d87b-e5db-4a33-b7f2-76ce6ead4e85","#,
            r#""customer_id":"13117714-3f05-48e5-a6e9-a66093f13b4d","#,
            r#""invoice_finalized_date":"2026-01-01T12:00:00.000Z"}}"#,
        );
        assert_eq!(
            dated_hmac("recoup-contract-vector", "Thu, 01 Jan 2026 12:00:00 GMT", body),
            "24d199c894d9cbcdcfd9c6b42a9231181609ca81a94431b4d53e869ec1959479"
        );
    }

    /// The worked example of RFC 7515, appendix A.2.
    #[test]
    fn the_token_is_that_of_the_standard() {
        let number = |text: &str| BigUint::from_bytes_be(&URL_SAFE_NO_PAD.decode(text).unwrap());
        let p = number(concat!(
            "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB",
            "0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDw",
            "GUc",
        ));
        let q = number(concat!(
            "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul",
            "7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9R",
            "Wdc",
        ));
        let key = RsaPrivateKey::from_p_q(p, q, number("AQAB")).unwrap();
        let claims = "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \
                      \"http://example.com/is_root\":true}";
        let expected = concat!(
            "eyJhbGciOiJSUzI1NiJ9.",
            "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290",
            "Ijp0cnVlfQ.",
            "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt",
            "_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArL",
            "IARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7no",
            "OPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQ",
            "Ge77Rw",
        );
        assert_eq!(token(&RsaKey::new(key), claims.as_bytes()), expected);
    }

    #[test]
    fn a_token_carries_the_exact_body_and_the_issuer() {
        let keys = keys::generate();
        let ring = Keyring::default();
        let body = r#"{"name":"A \u0026 B","url":"https://a.example/é"}"#;
        let issuer = "https://billing.example/?a=1&b=2";
        let token = jwt(&ring.rsa(&keys.rsa_private_pem).unwrap(), issuer, body);

        let claims = token.split('.').nth(1).unwrap();
        let claims = String::from_utf8(URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
        let expected = concat!(
            r#"{"data":"{\"name\":\"A \\u0026 B\",\"url\":\"https://a.example/é\"}","#,
            r#""iss":"https://billing.example/?a=1\u0026b=2"}"#,
        );
        assert_eq!(claims, expected);

        let public = ring.public_pem(&keys.rsa_private_pem).unwrap();
        let read = decoded(&token, &public, issuer).unwrap();
        assert_eq!(read["data"], body);
        let other = ring.public_pem(&keys::generate().rsa_private_pem).unwrap();
        decoded(&token, &other, issuer).unwrap_err();
    }

    fn decoded(
        token: &str,
        public: &str,
        issuer: &str,
    ) -> jsonwebtoken::errors::Result<serde_json::Value> {
        let mut rules = Validation::new(Algorithm::RS256);
        rules.set_required_spec_claims(&["iss"]);
        rules.set_issuer(&[issuer]);
        let key = DecodingKey::from_rsa_pem(public.as_bytes())?;
        jsonwebtoken::decode(token, &key, &rules).map(|read| read.claims)
    }
}
