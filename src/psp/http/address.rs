//! Which network addresses may be reached. Every address that a name resolves to is looked at,
//! and the connection goes to exactly those, so a name that changes its mind does not help.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::exchange;

/// Where one exchange may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The public internet only.
    Public,
    /// Private networks too: the operator allows it for this connection.
    PublicOrPrivate,
    /// Private networks only: what is not encrypted must not leave them.
    Private,
}

/// Why an address was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressDenied {
    #[error(
        "`{0}` is a private address, which this connection does not allow \
         (the operator can allow private networks for it)"
    )]
    Private(IpAddr),
    #[error("plain http goes to private addresses only, and `{0}` is a public one: use https")]
    PlainToPublic(IpAddr),
    #[error("nothing can be sent to `{0}`")]
    Nowhere(IpAddr),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Public,
    /// Loopback, link-local (where clouds keep their metadata), CGNAT, unique-local and so on.
    Private,
    /// Multicast, broadcast, reserved.
    Nowhere,
}

impl Reach {
    fn check(self, ip: IpAddr) -> Result<(), AddressDenied> {
        match (self, kind(ip)) {
            (_, Kind::Nowhere) => Err(AddressDenied::Nowhere(ip)),
            (Reach::Public, Kind::Private) => Err(AddressDenied::Private(ip)),
            (Reach::Private, Kind::Public) => Err(AddressDenied::PlainToPublic(ip)),
            (Reach::Public | Reach::PublicOrPrivate, Kind::Public)
            | (Reach::Private | Reach::PublicOrPrivate, Kind::Private) => Ok(()),
        }
    }
}

fn kind(ip: IpAddr) -> Kind {
    match ip {
        IpAddr::V4(ip) => kind_v4(ip),
        IpAddr::V6(ip) => match embedded_v4(ip) {
            Some(ip) => kind_v4(ip),
            None => kind_v6(ip),
        },
    }
}

fn kind_v4(ip: Ipv4Addr) -> Kind {
    match ip.octets() {
        // "This host", private, CGNAT, loopback, link-local, protocol assignments,
        // benchmarking.
        [0 | 10 | 127, ..]
        | [100, 64..=127, ..]
        | [169, 254, ..]
        | [172, 16..=31, ..]
        | [192, 0, 0, _]
        | [192, 168, ..]
        | [198, 18..=19, ..] => Kind::Private,
        // Multicast and above.
        [224..=255, ..] => Kind::Nowhere,
        // Documentation.
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Kind::Nowhere,
        _ => Kind::Public,
    }
}

fn kind_v6(ip: Ipv6Addr) -> Kind {
    let first = ip.segments()[0];
    if ip.is_loopback() || ip.is_unspecified() {
        Kind::Private
    } else if first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfe80 || first & 0xffc0 == 0xfec0 {
        // Unique-local, link-local, the old site-local.
        Kind::Private
    } else if first & 0xe000 == 0x2000 && ip.segments()[..2] != [0x2001, 0x0db8] {
        // Global unicast, documentation apart.
        Kind::Public
    } else {
        Kind::Nowhere
    }
}

/// The IPv4 address that an IPv6 one stands for: mapped, compatible, NAT64, 6to4.
fn embedded_v4(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Some(Ipv4Addr::new(a, b, c, d))
    };
    match ip.segments() {
        // `::` and `::1` are addresses of their own.
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] => v4(high, low),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        [0x2002, high, low, ..] => v4(high, low),
        _ => None,
    }
}

/// How long a checked answer of the name service is kept. Providers move slowly, and asking
/// before every request would cost more than the request.
const KEPT_FOR: Duration = Duration::from_secs(10);
const NAMES_KEPT_MAX: usize = 1_000;

/// Resolves names and refuses the addresses that are out of reach.
#[derive(Debug)]
pub struct CheckedResolver {
    reach: Reach,
    system: DefaultResolver,
    kept: Mutex<HashMap<String, (Instant, ResolvedSocketAddrs)>>,
}

impl CheckedResolver {
    pub fn new(reach: Reach) -> CheckedResolver {
        CheckedResolver {
            reach,
            system: DefaultResolver::default(),
            kept: Mutex::new(HashMap::new()),
        }
    }

    fn kept(&self, name: &str) -> Option<ResolvedSocketAddrs> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, addresses) = kept.get(name)?;
        (since.elapsed() < KEPT_FOR).then(|| addresses.clone())
    }

    fn keep(&self, name: String, addresses: &ResolvedSocketAddrs) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= NAMES_KEPT_MAX {
            kept.clear();
        }
        kept.insert(name, (Instant::now(), addresses.clone()));
    }

    fn check(&self, addresses: &[SocketAddr]) -> Result<(), ureq::Error> {
        for address in addresses {
            let checked = self.reach.check(address.ip());
            checked.map_err(|denied| ureq::Error::Other(Box::new(denied)))?;
        }
        Ok(())
    }
}

impl Resolver for CheckedResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let name = uri
            .scheme()
            .zip(uri.authority())
            .and_then(|(scheme, authority)| DefaultResolver::host_and_port(scheme, authority))
            .ok_or(ureq::Error::HostNotFound)?;
        if let Ok(address) = name.parse::<SocketAddr>() {
            self.check(&[address])?;
            let mut addresses = self.empty();
            addresses.push(address);
            return Ok(addresses);
        }
        if let Some(addresses) = self.kept(&name) {
            return Ok(addresses);
        }
        let within = exchange::connecting_within(timeout);
        let addresses = self.system.resolve(uri, config, within)?;
        self.check(&addresses)?;
        self.keep(name, &addresses);
        Ok(addresses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(text: &str) -> Kind {
        kind(text.parse().unwrap())
    }

    #[test]
    fn addresses_inside_are_private() {
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "::",
            "::1",
            "fe80::1",
            "fd00:ec2::254",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
        ] {
            assert_eq!(kind_of(inside), Kind::Private, "{inside}");
        }
    }

    #[test]
    fn addresses_outside_are_public_and_the_rest_is_nowhere() {
        for outside in ["1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"]
        {
            assert_eq!(kind_of(outside), Kind::Public, "{outside}");
        }
        for nowhere in ["224.0.0.1", "255.255.255.255", "ff02::1", "192.0.2.1", "100::1"] {
            assert_eq!(kind_of(nowhere), Kind::Nowhere, "{nowhere}");
        }
    }

    #[test]
    fn each_reach_refuses_the_other_side() {
        let inside = "10.0.0.1".parse().unwrap();
        let outside = "1.1.1.1".parse().unwrap();
        assert!(Reach::Public.check(outside).is_ok());
        assert!(Reach::Public.check(inside).is_err());
        assert!(Reach::PublicOrPrivate.check(inside).is_ok());
        assert!(Reach::PublicOrPrivate.check(outside).is_ok());
        assert!(Reach::Private.check(inside).is_ok());
        assert!(Reach::Private.check(outside).is_err());
    }
}
