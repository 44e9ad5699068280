//! Which provider collects from a customer, and what a request makes of that: the new link, and
//! the work that follows at the provider.

use super::change::Change;
use super::customer::{ProviderAccount, ProviderLink};
use super::customer_sync::SyncTask;
use super::id::ConnectionId;

/// What a request says about the provider.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LinkChange {
    pub provider: Change<Option<String>>,
    pub connection_code: Change<Option<String>>,
    pub provider_customer_id: Change<Option<String>>,
    pub sync_with_provider: Change<bool>,
    pub method_kinds: Change<Vec<String>>,
    /// The caller waits until the provider has answered.
    pub waits: bool,
}

/// What becomes of the link, before the connection is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// Nothing was asked for.
    Keep,
    Unlink,
    /// Name the provider and keep an account from being made.
    Name {
        provider: String,
        code: Option<String>,
    },
    /// Link with an account at a connection that has yet to be found.
    Link {
        provider: String,
        code: Option<String>,
        account: ProviderAccount,
    },
    /// Stay where they are, with this account.
    Stay {
        account: ProviderAccount,
    },
}

/// A connection that was found for a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundConnection {
    pub id: ConnectionId,
    pub code: String,
}

impl LinkChange {
    /// `is_new`: the customer is made by this request. `is_known` tells whether a plugin of a
    /// name is loaded.
    pub fn plan(
        &self,
        current: Option<&ProviderLink>,
        is_new: bool,
        is_known: impl Fn(&str) -> bool,
    ) -> Plan {
        match current.and_then(|link| Some((link, link.account.as_ref()?))) {
            Some((link, account)) => self.plan_linked(link, account, is_known),
            None => self.plan_unlinked(current, is_new, is_known),
        }
    }

    fn wanted_id(&self) -> Option<String> {
        let id = self.provider_customer_id.clone().new_value().flatten();
        id.filter(|id| !id.trim().is_empty())
    }

    fn wants_sync(&self) -> bool {
        matches!(self.sync_with_provider, Change::To(true))
    }

    fn wanted_code(&self) -> Option<String> {
        let code = self.connection_code.clone().new_value().flatten();
        code.filter(|code| !code.trim().is_empty())
    }

    fn new_account(&self) -> ProviderAccount {
        ProviderAccount {
            provider_customer_id: self.wanted_id(),
            sync_with_provider: self.wants_sync(),
            method_kinds: self.method_kinds.clone().new_value().unwrap_or_default(),
        }
    }

    fn plan_unlinked(
        &self,
        current: Option<&ProviderLink>,
        is_new: bool,
        is_known: impl Fn(&str) -> bool,
    ) -> Plan {
        let (provider, code) = match &self.provider {
            Change::To(None) => return Plan::Unlink,
            Change::To(Some(provider)) => (provider.clone(), self.wanted_code()),
            Change::Keep => match current {
                None => return Plan::Keep,
                Some(link) => {
                    let known = Some(link.connection_code.clone()).filter(|code| !code.is_empty());
                    (link.provider.clone(), self.wanted_code().or(known))
                }
            },
        };
        if self.wants_sync() || self.wanted_id().is_some() {
            return Plan::Link { provider, code, account: self.new_account() };
        }
        match (&self.provider, is_new) {
            (Change::Keep, _) | (Change::To(_), true) => Plan::Keep,
            (Change::To(_), false) if is_known(&provider) => Plan::Name { provider, code },
            (Change::To(_), false) => Plan::Unlink,
        }
    }

    fn plan_linked(
        &self,
        link: &ProviderLink,
        account: &ProviderAccount,
        is_known: impl Fn(&str) -> bool,
    ) -> Plan {
        let provider = match &self.provider {
            Change::To(None) => return Plan::Unlink,
            Change::To(Some(provider)) if !is_known(provider) => return Plan::Unlink,
            Change::To(Some(provider)) => provider.clone(),
            Change::Keep => link.provider.clone(),
        };
        let code = self.wanted_code();
        let elsewhere = code.as_ref().is_some_and(|code| *code != link.connection_code);
        if provider != link.provider || elsewhere {
            return Plan::Link { provider, code, account: self.new_account() };
        }
        let mut account = account.clone();
        if let Some(id) = self.wanted_id() {
            account.provider_customer_id = Some(id);
        }
        self.sync_with_provider.clone().apply(&mut account.sync_with_provider);
        self.method_kinds.clone().apply(&mut account.method_kinds);
        Plan::Stay { account }
    }

    /// What is to be done at the provider once the link is `new`. `told_anew`: something that
    /// the provider keeps too has changed.
    pub fn tasks(
        &self,
        old: Option<&ProviderLink>,
        new: Option<&ProviderLink>,
        told_anew: bool,
    ) -> Vec<SyncTask> {
        let Some((link, account)) = new.and_then(|link| Some((link, link.account.as_ref()?)))
        else {
            return vec![];
        };
        let before = old
            .filter(|old| old.connection_id == link.connection_id)
            .and_then(|old| old.account.as_ref());
        let Some(before) = before else {
            let given = account.provider_customer_id.is_some();
            return vec![if given { SyncTask::FindMethods } else { SyncTask::Create }];
        };
        let id_before = before.provider_customer_id.as_ref();
        match (id_before, &account.provider_customer_id) {
            (_, None) if self.wants_sync() => vec![SyncTask::Create],
            (_, None) => vec![],
            (None, Some(_)) => vec![SyncTask::FindMethods],
            (Some(before), Some(now)) if before != now && self.wants_sync() => {
                vec![SyncTask::FindMethods]
            }
            (Some(before), Some(now)) if before != now => {
                vec![SyncTask::FindMethods, SyncTask::CheckoutLink]
            }
            (Some(_), Some(_)) if told_anew => vec![SyncTask::Update],
            (Some(_), Some(_)) => vec![],
        }
    }
}

/// Whether methods held under the old link cannot be charged under the new one.
pub fn loses_methods(old: Option<&ProviderLink>, new: Option<&ProviderLink>) -> bool {
    let id = |link: Option<&ProviderLink>| {
        link.and_then(|link| link.account.as_ref()?.provider_customer_id.clone())
    };
    let connection = |link: Option<&ProviderLink>| link.and_then(|link| link.connection_id);
    let had = id(old).is_some() || connection(old).is_some();
    let moved = connection(old) != connection(new);
    had && (moved || (id(old).is_some() && id(old) != id(new)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(provider: Option<&str>, id: Option<&str>, sync: bool) -> LinkChange {
        LinkChange {
            provider: Change::To(provider.map(str::to_owned)),
            provider_customer_id: id.map_or(Change::Keep, |id| Change::To(Some(id.to_owned()))),
            sync_with_provider: Change::To(sync),
            ..LinkChange::default()
        }
    }

    fn linked(id: Option<&str>) -> ProviderLink {
        ProviderLink {
            provider: "stripe".to_owned(),
            connection_id: None,
            connection_code: "stripe_1".to_owned(),
            account: Some(ProviderAccount {
                provider_customer_id: id.map(str::to_owned),
                sync_with_provider: true,
                method_kinds: vec![],
            }),
        }
    }

    fn known(name: &str) -> bool {
        name == "stripe" || name == "adyen"
    }

    #[test]
    fn a_provider_alone_is_not_stored_on_creation() {
        let plan = |is_new| asked(Some("stripe"), None, false).plan(None, is_new, known);
        assert_eq!(plan(true), Plan::Keep);
        assert!(matches!(plan(false), Plan::Name { .. }));
    }

    #[test]
    fn an_account_is_made_or_taken_over() {
        let made = asked(Some("stripe"), None, true).plan(None, true, known);
        let taken = asked(Some("stripe"), Some("cus_1"), false).plan(None, true, known);
        for (plan, id) in [(made, None), (taken, Some("cus_1"))] {
            let Plan::Link { account, .. } = plan else { panic!("{plan:?}") };
            assert_eq!(account.provider_customer_id.as_deref(), id);
        }
    }

    #[test]
    fn null_and_unknown_providers_unlink() {
        let old = linked(Some("cus_1"));
        assert_eq!(asked(None, None, false).plan(Some(&old), false, known), Plan::Unlink);
        let unknown = asked(Some("nobody"), None, false);
        assert_eq!(unknown.plan(Some(&old), false, known), Plan::Unlink);
    }

    #[test]
    fn another_provider_links_anew_and_the_same_one_stays() {
        let old = linked(Some("cus_1"));
        let other = asked(Some("adyen"), None, false).plan(Some(&old), false, known);
        assert!(matches!(other, Plan::Link { .. }), "{other:?}");
        let same = asked(Some("stripe"), None, true).plan(Some(&old), false, known);
        assert!(matches!(same, Plan::Stay { .. }), "{same:?}");
    }

    #[test]
    fn a_changed_id_asks_for_a_fresh_checkout_link() {
        let change = asked(Some("stripe"), Some("cus_2"), false);
        let tasks = change.tasks(Some(&linked(Some("cus_1"))), Some(&linked(Some("cus_2"))), true);
        assert_eq!(tasks, [SyncTask::FindMethods, SyncTask::CheckoutLink]);
        let told = change.tasks(Some(&linked(Some("cus_2"))), Some(&linked(Some("cus_2"))), true);
        assert_eq!(told, [SyncTask::Update]);
    }
}
