//! What a plugin says of itself, checked once when it is loaded.

use crate::domain::connection::{Abilities, Idempotency, Provider, SettingSpec};

use super::http::HostPattern;
use super::v1;
use super::v1::exports::recoup::psp::gateway::{Description, Setting};

/// What the host itself knows of a component.
pub(super) struct Facts {
    pub abilities: Abilities,
    pub sha256: String,
}

/// The setting that names another address than the plugin's hosts; the operator's word.
pub(super) const BASE_URL: &str = "base_url";

/// The provider and the hosts it may call. The error says what is wrong.
pub(super) fn check(
    description: Description,
    facts: Facts,
) -> Result<(Provider, Vec<HostPattern>), String> {
    if !is_name(&description.name, '-') {
        return Err(format!(
            "the name `{}` is not 1 to 40 lower-case letters, digits, `_` or `-`",
            description.name.escape_default()
        ));
    }
    check_line("title", &description.title)?;
    check_line("version", &description.version)?;
    if description.has_customers && !facts.abilities.customers {
        return Err("it says that it has customers, but does not export `customers`".into());
    }
    let hosts = description
        .hosts
        .iter()
        .map(|host| HostPattern::parse(host).map_err(|error| error.to_string()))
        .collect::<Result<Vec<_>, _>>()?;
    let settings = settings(description.settings)?;
    let idempotency = Idempotency {
        key_lifetime: v1::span(description.idempotency.key_lifetime_s),
        replays_declines: description.idempotency.replays_declines,
        finds_by_reference: description.idempotency.finds_by_reference,
    };
    let provider = Provider {
        name: description.name,
        title: description.title,
        version: description.version,
        settings,
        idempotency,
        has_customers: description.has_customers,
        abilities: facts.abilities,
        sha256: facts.sha256,
        built_in: false,
        interface: v1::INTERFACE.to_owned(),
        hosts: description.hosts,
    };
    Ok((provider, hosts))
}

fn settings(described: Vec<Setting>) -> Result<Vec<SettingSpec>, String> {
    let mut settings: Vec<SettingSpec> = Vec::new();
    for setting in described {
        let key = setting.key;
        if !is_name(&key, '_') {
            return Err(format!(
                "the setting `{}` is not 1 to 40 lower-case letters, digits or `_`",
                key.escape_default()
            ));
        }
        if settings.iter().any(|known| known.key == key) {
            return Err(format!("the setting `{key}` is described twice"));
        }
        check_line("help of a setting", &setting.help)?;
        if setting.secret && key == BASE_URL {
            return Err(format!("`{key}` is an address and cannot be secret"));
        }
        settings.push(SettingSpec {
            key,
            help: setting.help,
            secret: setting.secret,
            required: setting.required,
            default: setting.default_value,
        });
    }
    Ok(settings)
}

/// A letter first; then letters, digits, `_` and what else is allowed.
fn is_name(text: &str, also: char) -> bool {
    text.len() <= 40
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == also)
}

/// One line that a person can read.
fn check_line(what: &str, text: &str) -> Result<(), String> {
    if text.trim().is_empty() || text.len() > 300 || text.chars().any(char::is_control) {
        return Err(format!("the {what} is empty, too long or more than a line"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::v1::exports::recoup::psp::gateway;
    use super::*;

    fn described() -> Description {
        Description {
            name: "acme".into(),
            title: "Acme Pay".into(),
            version: "1.0.0".into(),
            settings: vec![setting("secret_key", true, None), setting(BASE_URL, false, None)],
            hosts: vec!["api.acme.example".into()],
            idempotency: gateway::Idempotency {
                key_lifetime_s: 86_400,
                replays_declines: true,
                finds_by_reference: true,
            },
            has_customers: false,
        }
    }

    fn setting(key: &str, secret: bool, default: Option<&str>) -> Setting {
        Setting {
            key: key.into(),
            help: "what it is".into(),
            secret,
            required: false,
            default_value: default.map(Into::into),
        }
    }

    fn judge(
        change: impl FnOnce(&mut Description),
    ) -> Result<(Provider, Vec<HostPattern>), String> {
        let mut description = described();
        change(&mut description);
        let facts = Facts { abilities: Abilities::default(), sha256: String::new() };
        check(description, facts)
    }

    #[test]
    fn a_sane_description_passes() {
        let (provider, hosts) = judge(|_| ()).unwrap();
        assert_eq!(provider.name, "acme");
        assert_eq!(provider.idempotency.key_lifetime.as_ms(), 86_400_000);
        assert_eq!(hosts.len(), 1);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let wrong = [
            judge(|d| d.name = "Acme".into()),
            judge(|d| d.name = "a/b".into()),
            judge(|d| d.name = String::new()),
            judge(|d| d.title = "two\nlines".into()),
            judge(|d| d.version = " ".into()),
            judge(|d| d.hosts = vec!["*".into()]),
            judge(|d| d.has_customers = true),
            judge(|d| d.settings.push(setting("secret_key", false, None))),
            judge(|d| d.settings.push(setting("api key", false, None))),
            judge(|d| d.settings = vec![setting(BASE_URL, true, None)]),
        ];
        for result in wrong {
            assert!(result.is_err(), "{result:?}");
        }
    }
}
