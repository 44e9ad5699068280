//! Customers and their stored methods.

use sha2::{Digest, Sha256};

use super::book::{
    Book, Customer, DefaultMethod, Entry, Method, MethodState, Profile, behaviour_of,
};
use super::events::{self, Event, Happening};
use super::problem::Problem;
use super::{Sandbox, id, views};

impl Sandbox {
    /// A customer without a method. The same key makes one customer.
    pub fn create_customer(
        &self,
        idempotency_key: Option<String>,
        profile: Profile,
    ) -> Result<Customer, Problem> {
        let name = match idempotency_key {
            Some(key) => views::hex(&Sha256::digest(key)[..12]),
            None => id("x").trim_start_matches("x_").to_owned(),
        };
        let mut customer = Customer::of_name(&format!("cus_no_method__{name}"))?;
        let mut book = self.book();
        if let Some(kept) = book.kept_customer(&customer.id) {
            return if kept.created_with == profile {
                Ok(kept.clone())
            } else {
                Err(Problem::KeyReused)
            };
        }
        customer.created_with = profile.clone();
        customer.profile = profile;
        book.record(Entry::Customer(customer.clone()))?;
        Ok(customer)
    }

    /// Replaces what is told, keeps the rest.
    pub fn update_customer(&self, id: &str, told: Profile) -> Result<Customer, Problem> {
        let mut book = self.book();
        let mut customer = book.customer(id)?;
        let profile = &mut customer.profile;
        profile.name = told.name.or(profile.name.take());
        profile.email = told.email.or(profile.email.take());
        profile.phone = told.phone.or(profile.phone.take());
        profile.reference = told.reference.or(profile.reference.take());
        if !told.address.is_empty() {
            profile.address = told.address;
        }
        profile.metadata.extend(told.metadata);
        book.record(Entry::Customer(customer.clone()))?;
        Ok(customer)
    }

    /// Adds `pm_<behaviour>[__<anything>]` to a customer.
    pub fn attach_method(&self, customer_id: &str, method_id: &str) -> Result<(), Problem> {
        let mut book = self.book();
        let customer = book.customer(customer_id)?;
        let named = Method::of_name(method_id)?;
        if book.is_kept_method(method_id) || named.customer == customer.id {
            return Err(Problem::Conflict {
                code: "payment_method_in_use",
                message: format!("`{method_id}` exists already; add `__<anything>` to its name"),
            });
        }
        self.store_method(&mut book, customer, method_id, AsDefault::IfNone)?;
        drop(book);
        self.ring();
        Ok(())
    }

    pub fn set_default_method(&self, customer_id: &str, method_id: &str) -> Result<(), Problem> {
        let mut book = self.book();
        let customer = book.customer(customer_id)?;
        if book.method(method_id)?.customer != customer.id {
            return Err(Problem::not_found("payment method", method_id));
        }
        let default_method = DefaultMethod::Set(method_id.to_owned());
        book.record(Entry::Customer(Customer { default_method, ..customer }))?;
        Ok(())
    }

    /// It cannot be charged any more, by anybody.
    pub fn detach_method(&self, method_id: &str) -> Result<(), Problem> {
        let mut book = self.book();
        let method = book.method(method_id)?;
        let mut customer = book.customer(&method.customer)?;
        if default_of(&book, &customer).as_deref() == Some(method_id) {
            customer.default_method = DefaultMethod::None;
        }
        customer.added_methods.retain(|other| other != method_id);
        book.record(Entry::Method(Method { state: MethodState::Detached, ..method }))?;
        let customer_id = customer.id.clone();
        book.record(Entry::Customer(customer))?;
        let at_ms = self.now_ms();
        events::emit(&mut book, at_ms, 1, || {
            let happening =
                Happening { kind: "payment_method.detached", subject: method_id, at_ms };
            Event::new(&happening, views::method(method_id, customer_id))
        });
        drop(book);
        self.ring();
        Ok(())
    }

    /// A method that a payer left on a page where they paid.
    pub(super) fn keep_method(
        &self,
        book: &mut Book,
        customer_id: &str,
        method_id: &str,
    ) -> Result<(), Problem> {
        let customer = book.customer(customer_id)?;
        self.store_method(book, customer, method_id, AsDefault::IfNone)
    }

    pub(super) fn store_method(
        &self,
        book: &mut Book,
        mut customer: Customer,
        method_id: &str,
        as_default: AsDefault,
    ) -> Result<(), Problem> {
        behaviour_of(method_id, "pm_")?;
        let method = Method {
            id: method_id.to_owned(),
            customer: customer.id.clone(),
            state: MethodState::Attached,
        };
        if as_default == AsDefault::Always || default_of(book, &customer).is_none() {
            customer.default_method = DefaultMethod::Set(method.id.clone());
        }
        customer.added_methods.retain(|other| *other != method.id);
        customer.added_methods.push(method.id.clone());
        book.record(Entry::Method(method))?;
        let customer_id = customer.id.clone();
        let is_default = customer.default_method == DefaultMethod::Set(method_id.to_owned());
        book.record(Entry::Customer(customer))?;
        let at_ms = self.now_ms();
        events::emit(book, at_ms, 1, || {
            let happening =
                Happening { kind: "payment_method.attached", subject: method_id, at_ms };
            let method = views::method(method_id, customer_id);
            Event::new(&happening, views::NewMethodView { method, is_default })
        });
        Ok(())
    }
}

/// Whether a new method becomes the default.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum AsDefault {
    Always,
    IfNone,
}

/// The method that is charged when none is named.
pub fn default_of(book: &Book, customer: &Customer) -> Option<String> {
    let id = match &customer.default_method {
        DefaultMethod::OfTheName => customer.method_of_name()?,
        DefaultMethod::Set(id) => id.clone(),
        DefaultMethod::None => return None,
    };
    book.method(&id).is_ok().then_some(id)
}

/// All that can be charged, newest first.
pub fn methods_of(book: &Book, customer: &Customer) -> Vec<String> {
    let added = customer.added_methods.iter().rev().cloned();
    let ids = added.chain(customer.method_of_name());
    ids.filter(|id| book.method(id).is_ok_and(|method| method.customer == customer.id)).collect()
}
