//! Looking up the settings of the connection. An empty value counts as absent.

use crate::types::Failure;

/// The value of a setting.
pub fn text<'a>(settings: &'a [(String, String)], key: &str) -> Option<&'a str> {
    let (_, value) = settings.iter().find(|(known, _)| known == key)?;
    Some(value.trim()).filter(|value| !value.is_empty())
}

/// The value of a setting, or the failure that names it.
pub fn required<'a>(settings: &'a [(String, String)], key: &str) -> Result<&'a str, Failure> {
    text(settings, key).ok_or_else(|| {
        Failure::misconfigured("missing_setting", format!("the connection has no {key}"))
    })
}
