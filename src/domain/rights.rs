//! What an API key may do: read, write, and what. Which route needs which is not known here.

use std::fmt;
use std::str::FromStr;

use super::decline::text_enum;

text_enum!(
    /// What a right is about, in the words of refusals.
    Resource {
        AddOn = "add_on",
        BillingEntity = "billing_entity",
        Customer = "customer",
        Fee = "fee",
        Invoice = "invoice",
        Organization = "organization",
        Payment = "payment",
        PaymentMethod = "payment_method",
        PaymentRequest = "payment_request",
        Plan = "plan",
        /// Our own API.
        Recoup = "recoup",
        Subscription = "subscription",
        Tax = "tax",
        Wallet = "wallet",
        WalletTransaction = "wallet_transaction",
        WebhookEndpoint = "webhook_endpoint",
        WebhookJwtPublicKey = "webhook_jwt_public_key",
    }
);

text_enum!(Deed { Read = "read", Write = "write" });

/// Of one key. To write is not to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rights {
    Everything,
    Only { read: Resources, write: Resources },
}

/// A set of resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Resources(u32);

impl Resources {
    pub fn all() -> Resources {
        Resource::ALL.iter().copied().collect()
    }

    pub const fn contains(self, resource: Resource) -> bool {
        self.0 & bit(resource) != 0
    }

    const fn cover(self, others: Resources) -> bool {
        others.0 & !self.0 == 0
    }

    pub fn iter(self) -> impl Iterator<Item = Resource> {
        Resource::ALL.iter().copied().filter(move |resource| self.contains(*resource))
    }
}

const fn bit(resource: Resource) -> u32 {
    1 << resource as u32
}

impl FromIterator<Resource> for Resources {
    fn from_iter<I: IntoIterator<Item = Resource>>(resources: I) -> Resources {
        Resources(resources.into_iter().fold(0, |bits, resource| bits | bit(resource)))
    }
}

impl Rights {
    pub const fn allow(self, deed: Deed, resource: Resource) -> bool {
        match (self, deed) {
            (Rights::Everything, Deed::Read | Deed::Write) => true,
            (Rights::Only { read, .. }, Deed::Read) => read.contains(resource),
            (Rights::Only { write, .. }, Deed::Write) => write.contains(resource),
        }
    }

    /// Whether these are all among ours: nobody gives what they do not have.
    pub fn cover(self, others: Rights) -> bool {
        match (self, others) {
            (Rights::Everything, Rights::Everything | Rights::Only { .. }) => true,
            (Rights::Only { .. }, Rights::Everything) => false,
            (Rights::Only { read, write }, Rights::Only { read: reads, write: writes }) => {
                read.cover(reads) && write.cover(writes)
            }
        }
    }
}

/// `everything`, or `read:customer read:invoice write:payment`.
impl fmt::Display for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rights::Only { read, write } = self else { return f.write_str(EVERYTHING) };
        let rights = |deed: Deed, resources: Resources| {
            resources.iter().map(move |it| format!("{}:{}", deed.as_str(), it.as_str()))
        };
        let words: Vec<String> =
            rights(Deed::Read, *read).chain(rights(Deed::Write, *write)).collect();
        f.write_str(&words.join(" "))
    }
}

const EVERYTHING: &str = "everything";

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no right")]
pub struct InvalidRight(String);

impl FromStr for Rights {
    type Err = InvalidRight;

    fn from_str(text: &str) -> Result<Rights, InvalidRight> {
        if text == EVERYTHING {
            return Ok(Rights::Everything);
        }
        let (mut read, mut write) = (vec![], vec![]);
        for word in text.split_whitespace() {
            let invalid = || InvalidRight(word.to_owned());
            let (deed, resource) = word.split_once(':').ok_or_else(invalid)?;
            let resource = Resource::parse(resource).ok_or_else(invalid)?;
            match Deed::parse(deed).ok_or_else(invalid)? {
                Deed::Read => read.push(resource),
                Deed::Write => write.push(resource),
            }
        }
        Ok(Rights::Only { read: read.into_iter().collect(), write: write.into_iter().collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_may_what_it_was_given_and_nothing_else() {
        let rights: Rights = "read:customer write:payment".parse().expect("rights");
        for resource in Resource::ALL.iter().copied() {
            assert_eq!(rights.allow(Deed::Read, resource), resource == Resource::Customer);
            assert_eq!(rights.allow(Deed::Write, resource), resource == Resource::Payment);
            assert!(Rights::Everything.allow(Deed::Write, resource));
        }
    }

    #[test]
    fn nobody_gives_what_they_do_not_have() {
        let rights = |text: &str| text.parse::<Rights>().expect("rights");
        let own = rights("read:customer read:tax write:tax");
        for (others, given) in [
            ("read:tax", true),
            ("read:tax write:tax", true),
            ("", true),
            ("write:customer", false),
            ("read:tax read:plan", false),
            ("everything", false),
        ] {
            assert_eq!(own.cover(rights(others)), given, "{others}");
            assert!(Rights::Everything.cover(rights(others)));
        }
    }

    #[test]
    fn rights_are_read_as_they_were_written() {
        for text in ["everything", "", "read:add_on read:tax write:tax"] {
            assert_eq!(text.parse::<Rights>().expect("rights").to_string(), text);
        }
        for wrong in ["read", "read:", "read:gold", "own:tax", "everything read:tax"] {
            assert!(wrong.parse::<Rights>().is_err(), "{wrong}");
        }
        assert_eq!(Resources::all().iter().count(), Resource::ALL.len());
    }
}
