//! The key by which a caller asks once, however often the request is sent: from the header
//! `Idempotency-Key` or from the body.

use actix_web::HttpRequest;

use super::Problem;

const KEY_HEADER: &str = "Idempotency-Key";
const KEY_CHARS_MAX: usize = 255;

/// Both may say the same.
pub fn client_key(
    request: &HttpRequest,
    in_body: Option<String>,
) -> Result<Option<String>, Problem> {
    let header = match request.headers().get(KEY_HEADER) {
        Some(value) => {
            let text = value.to_str();
            Some(text.map_err(|_| Problem::invalid("the Idempotency-Key is no text"))?.to_owned())
        }
        None => None,
    };
    if let (Some(header), Some(in_body)) = (&header, &in_body)
        && header != in_body
    {
        return Err(Problem::invalid("`key` and the header Idempotency-Key differ"));
    }
    let key = header.or(in_body).map(|key| key.trim().to_owned());
    match &key {
        Some(text) if text.is_empty() || text.chars().count() > KEY_CHARS_MAX => {
            Err(Problem::invalid(format!("a key has 1 to {KEY_CHARS_MAX} characters")))
        }
        Some(_) | None => Ok(key),
    }
}
