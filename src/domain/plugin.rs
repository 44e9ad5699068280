//! Installed plugins: which version of each is used, what it was approved for, and whether
//! another one asks for more. Built-in plugins are part of the binary and are not here.

use super::time::Timestamp;

/// A plugin that was brought along as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledPlugin {
    /// As it calls itself; operators write it in `--provider`.
    pub name: String,
    pub in_use: PluginVersion,
    /// The one that was used before: where a roll-back goes.
    pub before: Option<PluginVersion>,
    pub is_enabled: bool,
    pub changed_at: Timestamp,
}

/// One component, told from every other by its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginVersion {
    /// Lower-case hex SHA-256 of the component.
    pub sha256: String,
    /// The author's word for it.
    pub version: String,
    pub asks: Asks,
    pub rights: Rights,
    pub approved_at: Timestamp,
}

/// What a component wants, as a person approves it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asks {
    /// Which interface it speaks, such as `recoup:psp@0.1.0`.
    pub interface: String,
    /// Where it may send to.
    pub hosts: Vec<String>,
    /// Settings that it is given.
    pub settings: Vec<String>,
    /// Those of them that are sealed and masked.
    pub secrets: Vec<String>,
    /// What it does.
    pub abilities: Vec<String>,
}

/// What one call of it may use, where the operator gives it less than every plugin has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rights {
    pub memory_mib_max: Option<u32>,
    pub call_timeout_s: Option<u32>,
}

/// How much of the hash is in a file's name.
const HASH_CHARS_NAMED: usize = 16;

impl PluginVersion {
    /// Under which it is kept.
    pub fn file_name(&self, plugin: &str) -> String {
        file_name(plugin, &self.sha256)
    }
}

/// Under which the component of that hash is kept.
pub fn file_name(plugin: &str, sha256: &str) -> String {
    let hash = sha256.get(..HASH_CHARS_NAMED).unwrap_or(sha256);
    format!("{plugin}-{hash}.wasm")
}

/// Whether a file was kept for a plugin: `acme-extra-…` is none of `acme`.
pub fn is_file_of(file: &str, plugin: &str) -> bool {
    let hash = file
        .strip_prefix(plugin)
        .and_then(|rest| rest.strip_prefix('-'))
        .and_then(|rest| rest.strip_suffix(".wasm"));
    hash.is_some_and(|hash| {
        hash.len() == HASH_CHARS_NAMED && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

impl InstalledPlugin {
    /// The files that are kept of it.
    pub fn file_names(&self) -> Vec<String> {
        let kept = std::iter::once(&self.in_use).chain(&self.before);
        kept.map(|version| version.file_name(&self.name)).collect()
    }

    /// With another version in use. The one that was used before it can be gone back to.
    #[must_use]
    pub fn updated(&self, version: PluginVersion, now: Timestamp) -> InstalledPlugin {
        let before = if version.sha256 == self.in_use.sha256 {
            self.before.clone()
        } else {
            Some(self.in_use.clone())
        };
        InstalledPlugin { in_use: version, before, changed_at: now, ..self.clone() }
    }

    /// With the version in use that was used before. None: there is none.
    pub fn rolled_back(&self, now: Timestamp) -> Option<InstalledPlugin> {
        let before = self.before.clone()?;
        Some(self.updated(before, now))
    }
}

impl Asks {
    /// What it asks for beyond what was approved, in sentences. Nothing: it may be used at once.
    pub fn beyond(&self, approved: &Asks) -> Vec<String> {
        let mut more = Vec::new();
        if self.interface != approved.interface {
            more.push(format!("it speaks {} instead of {}", self.interface, approved.interface));
        }
        for host in self.hosts.iter().filter(|host| !approved.covers(host)) {
            more.push(format!("it wants to reach {host}"));
        }
        for key in self.settings.iter().filter(|key| !approved.settings.contains(key)) {
            more.push(format!("it wants the setting `{key}`"));
        }
        for key in &approved.secrets {
            if self.settings.contains(key) && !self.secrets.contains(key) {
                more.push(format!("it does not treat `{key}` as a secret any more"));
            }
        }
        for ability in self.abilities.iter().filter(|it| !approved.abilities.contains(it)) {
            more.push(format!("it wants to do {ability}"));
        }
        more
    }

    fn covers(&self, host: &str) -> bool {
        self.hosts.iter().any(|known| {
            let under = |suffix: &str| host.len() > suffix.len() && host.ends_with(suffix);
            known == host || known.strip_prefix('*').is_some_and(under)
        })
    }
}

impl Rights {
    /// What these allow beyond others, in sentences.
    pub fn beyond(&self, approved: &Rights) -> Vec<String> {
        let mut more = Vec::new();
        if is_more(self.memory_mib_max, approved.memory_mib_max) {
            more.push("a call may use more memory".to_owned());
        }
        if is_more(self.call_timeout_s, approved.call_timeout_s) {
            more.push("a call may take longer".to_owned());
        }
        more
    }
}

/// None is the most there is.
fn is_more(now: Option<u32>, approved: Option<u32>) -> bool {
    match (now, approved) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(now), Some(approved)) => now > approved,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(hosts: &[&str], settings: &[&str], secrets: &[&str]) -> Asks {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Asks {
            interface: "recoup:psp@0.1.0".to_owned(),
            hosts: owned(hosts),
            settings: owned(settings),
            secrets: owned(secrets),
            abilities: owned(&["charging"]),
        }
    }

    fn version(sha256: &str) -> PluginVersion {
        PluginVersion {
            sha256: sha256.to_owned(),
            version: "1".to_owned(),
            asks: asks(&[], &[], &[]),
            rights: Rights::default(),
            approved_at: Timestamp::from_unix_ms(0),
        }
    }

    #[test]
    fn the_same_and_less_is_not_more() {
        let approved = asks(&["*.acme.example"], &["key", "mode"], &["key"]);
        assert_eq!(approved.beyond(&approved), Vec::<String>::new());
        let less = asks(&["api.acme.example"], &["key"], &["key"]);
        assert_eq!(less.beyond(&approved), Vec::<String>::new());
    }

    #[test]
    fn each_thing_that_is_more_is_named() {
        let approved = asks(&["api.acme.example"], &["key"], &["key"]);
        let mut wanted = asks(&["evil.example", "*.acme.example"], &["key", "url"], &[]);
        wanted.abilities.push("refunds".to_owned());
        wanted.interface = "recoup:psp@0.2.0".to_owned();
        let more = wanted.beyond(&approved).join("\n");
        for part in ["@0.2.0", "evil.example", "*.acme.example", "`url`", "`key`", "refunds"] {
            assert!(more.contains(part), "{part}: {more}");
        }
        assert_eq!(wanted.beyond(&approved).len(), 6);
        assert_eq!(
            asks(&["notacme.example"], &[], &[]).beyond(&asks(&["*.acme.example"], &[], &[])).len(),
            1
        );
    }

    #[test]
    fn a_limit_that_is_raised_or_taken_away_is_more() {
        let some = |mib| Rights { memory_mib_max: Some(mib), call_timeout_s: Some(5) };
        assert_eq!(some(16).beyond(&some(16)).len(), 0);
        assert_eq!(some(16).beyond(&Rights::default()).len(), 0);
        assert_eq!(some(32).beyond(&some(16)).len(), 1);
        assert_eq!(Rights::default().beyond(&some(16)).len(), 2);
    }

    #[test]
    fn two_roll_backs_are_none() {
        let first = InstalledPlugin {
            name: "acme".to_owned(),
            in_use: version("aa"),
            before: None,
            is_enabled: true,
            changed_at: Timestamp::from_unix_ms(0),
        };
        let now = Timestamp::from_unix_ms(1);
        assert_eq!(first.rolled_back(now), None);
        let second = first.updated(version("bb"), now);
        let back = second.rolled_back(now).unwrap();
        assert_eq!(
            (back.in_use.sha256.as_str(), back.before.as_ref()),
            ("aa", Some(&version("bb")))
        );
        assert_eq!(back.rolled_back(now).unwrap(), second);
        // The same once more: nothing to go back to is lost.
        assert_eq!(second.updated(version("bb"), now).before, second.before);
    }
}
