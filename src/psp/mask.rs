//! Takes the secrets of one connection out of texts before anybody can read them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What stands for a secret.
pub(super) const MASKED: &str = "***";

/// Shorter values are no secrets, and masking them would make every text unreadable.
const SECRET_BYTES_MIN: usize = 4;

/// Headers whose values are masked whatever they are.
const SECRET_HEADERS: [&str; 4] = ["authorization", "proxy-authorization", "cookie", "x-api-key"];

/// The secrets of one connection, in the spellings in which they travel.
#[derive(Clone, Default)]
pub(super) struct Mask {
    /// Longest first, so that no secret is left half masked by a shorter one.
    spellings: Vec<String>,
}

impl Mask {
    pub fn of<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Mask {
        let mut spellings = Vec::new();
        for secret in secrets {
            if secret.len() < SECRET_BYTES_MIN {
                continue;
            }
            spellings.push(secret.to_owned());
            spellings.push(in_url(secret));
            // As a user's name in `Basic` credentials.
            spellings.push(in_base64(secret));
        }
        spellings.sort_by_key(|spelling| std::cmp::Reverse(spelling.len()));
        spellings.dedup();
        Mask { spellings }
    }

    /// `text` without secrets, cut after `bytes_max`.
    pub fn text(&self, text: &str, bytes_max: usize) -> String {
        let mut masked = text.to_owned();
        for spelling in &self.spellings {
            if masked.contains(spelling.as_str()) {
                masked = masked.replace(spelling.as_str(), MASKED);
            }
        }
        cut(masked, bytes_max)
    }

    /// The value of a header as it may be seen.
    pub fn header(&self, name: &str, value: &str) -> String {
        if SECRET_HEADERS.contains(&name) {
            return MASKED.to_owned();
        }
        self.text(value, 500)
    }

    /// An address as it may be seen: the values in its query may be secrets or personal data.
    pub fn url(&self, url: &url::Url) -> String {
        let mut seen = url.clone();
        seen.set_fragment(None);
        // Neither can fail for http and https.
        let _ = seen.set_username("");
        let _ = seen.set_password(None);
        if url.query().is_some() {
            let names: Vec<String> =
                url.query_pairs().map(|(name, _)| format!("{}={MASKED}", in_url(&name))).collect();
            seen.set_query(Some(&names.join("&")));
        }
        self.text(seen.as_str(), 500)
    }
}

/// Cuts at a character's end.
fn cut(mut text: String, bytes_max: usize) -> String {
    if text.len() > bytes_max {
        text.truncate(text.floor_char_boundary(bytes_max));
        text.push('…');
    }
    text
}

fn in_url(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The characters that depend on the secret alone, whatever comes after it.
fn in_base64(secret: &str) -> String {
    let whole = secret.len() / 3 * 3;
    STANDARD.encode(&secret.as_bytes()[..whole])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_secret_is_masked() {
        let mask = Mask::of(["sk+test/42"]);
        let basic = STANDARD.encode("sk+test/42:");
        for told in ["sk+test/42", "sk%2Btest%2F42"] {
            assert_eq!(mask.text(&format!("a {told} b"), 100), "a *** b");
        }
        let seen = mask.text(&basic, 100);
        assert!(seen.starts_with(MASKED), "{seen}");
    }

    #[test]
    fn urls_keep_their_path_and_lose_their_values() {
        let mask = Mask::of(["topsecret"]);
        let url = url::Url::parse("https://u:p@a.example/v1/topsecret?q=me@x.example&n=1#f");
        assert_eq!(mask.url(&url.unwrap()), "https://a.example/v1/***?q=***&n=***");
    }

    #[test]
    fn a_secret_inside_another_leaves_nothing_behind() {
        let mask = Mask::of(["abcd", "abcdefgh"]);
        assert_eq!(mask.text("abcdefgh", 100), MASKED);
    }

    #[test]
    fn credentials_in_headers_are_masked_and_texts_are_cut() {
        let mask = Mask::default();
        assert_eq!(mask.header("authorization", "Bearer x"), MASKED);
        assert_eq!(mask.header("accept", "*/*"), "*/*");
        assert_eq!(mask.text("äää", 3), "ä…");
    }
}
