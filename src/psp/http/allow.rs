//! Which addresses a plugin may call: the hosts it described, over https, and what the operator
//! put into the connection's `base_url`.

use url::{Host, Url};

use super::address::Reach;

/// A host that a plugin described: `api.example.com`, or `*.example.com`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostPattern {
    Exact(String),
    /// With the leading dot.
    Suffix(String),
}

/// Why a host cannot stand in a description.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no host: write `api.example.com` or `*.example.com`, lower case, no port")]
pub struct InvalidHost(pub String);

impl HostPattern {
    pub fn parse(text: &str) -> Result<HostPattern, InvalidHost> {
        let name = text.strip_prefix("*.").unwrap_or(text);
        let is_name = name.contains('.')
            && name.len() <= 253
            && name.split('.').all(is_label)
            // An address written as numbers is no name.
            && !name.ends_with(|c: char| c.is_ascii_digit());
        if !is_name {
            return Err(InvalidHost(text.to_owned()));
        }
        Ok(if name.len() == text.len() {
            HostPattern::Exact(name.to_owned())
        } else {
            HostPattern::Suffix(format!(".{name}"))
        })
    }

    fn fits(&self, host: &str) -> bool {
        match self {
            HostPattern::Exact(name) => host == name,
            HostPattern::Suffix(suffix) => {
                host.len() > suffix.len() && host.ends_with(suffix.as_str())
            }
        }
    }
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= 63
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// What one connection may call.
#[derive(Debug, Clone)]
pub struct Allowed<'a> {
    pub hosts: &'a [HostPattern],
    /// As the operator set it; a default of the plugin's own is not his word.
    pub base_url: Option<&'a str>,
    pub private_network: bool,
}

impl Allowed<'_> {
    /// Where `url` may go. The error says why not.
    pub fn check(&self, url: &Url) -> Result<Reach, String> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err("credentials do not belong into an address".into());
        }
        let host = url.host().ok_or("the address names no host")?;
        let encrypted = match url.scheme() {
            "https" => true,
            "http" => false,
            other => return Err(format!("`{other}` is not spoken, only https")),
        };
        let by_operator = self.is_base(url);
        let by_plugin = encrypted
            && url.port().is_none()
            && matches!(host, Host::Domain(name) if self.hosts.iter().any(|p| p.fits(name)));
        if !by_operator && !by_plugin {
            let place = url.origin().ascii_serialization();
            return Err(format!(
                "`{place}` is neither among the plugin's hosts (over https) nor the connection's \
                 `base_url`"
            ));
        }
        match (encrypted, self.private_network) {
            (true, false) => Ok(Reach::Public),
            (true, true) => Ok(Reach::PublicOrPrivate),
            (false, true) => Ok(Reach::Private),
            (false, false) => Err("plain http needs a `base_url` on a private network and a \
                                   connection that allows private networks; use https"
                .into()),
        }
    }

    fn is_base(&self, url: &Url) -> bool {
        self.base_url
            .and_then(|base| Url::parse(base).ok())
            .is_some_and(|base| base.origin().is_tuple() && base.origin() == url.origin())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, base_url: Option<&str>, private_network: bool) -> Result<Reach, String> {
        let hosts = ["api.stripe.com", "*.adyen.com"].map(|host| HostPattern::parse(host).unwrap());
        let allowed = Allowed { hosts: &hosts, base_url, private_network };
        allowed.check(&Url::parse(url).unwrap())
    }

    #[test]
    fn described_hosts_are_reached_over_https_only() {
        assert_eq!(check("https://api.stripe.com/v1", None, false), Ok(Reach::Public));
        assert_eq!(check("https://a.b.adyen.com/", None, false), Ok(Reach::Public));
        for refused in [
            "http://api.stripe.com/",
            "https://api.stripe.com:8443/",
            "https://api.stripe.com.evil.example/",
            "https://evil.example/?api.stripe.com",
            "https://adyen.com/",
            "https://evil-adyen.com/",
            "https://api.stripe.com@evil.example/",
            "https://user:pass@api.stripe.com/",
            "https://api.stripe.com./",
            "ftp://api.stripe.com/",
            "https://127.0.0.1/",
        ] {
            assert!(check(refused, None, true).is_err(), "{refused}");
        }
    }

    #[test]
    fn the_operator_can_name_one_further_place() {
        let base = Some("http://127.0.0.1:8420/sandbox");
        assert_eq!(check("http://127.0.0.1:8420/v1", base, true), Ok(Reach::Private));
        assert!(check("http://127.0.0.1:8420/v1", base, false).is_err());
        assert!(check("http://127.0.0.1:8421/v1", base, true).is_err());
        assert!(check("https://127.0.0.1:8420/v1", base, true).is_err());
        let secure = Some("https://psp.internal:8443");
        assert_eq!(check("https://psp.internal:8443/v1", secure, true), Ok(Reach::PublicOrPrivate));
        assert_eq!(check("https://psp.internal:8443/v1", secure, false), Ok(Reach::Public));
    }

    #[test]
    fn descriptions_name_hosts_and_nothing_else() {
        for good in ["api.stripe.com", "*.adyen.com", "a-b.c1.example"] {
            assert!(HostPattern::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "*",
            "*.com",
            "localhost",
            "API.stripe.com",
            "api.stripe.com:443",
            "127.0.0.1",
            "https://a.b",
            "a..b",
            "",
            "a.*.b",
            "-a.b",
            "[::1]",
        ] {
            assert!(HostPattern::parse(bad).is_err(), "{bad}");
        }
    }
}
