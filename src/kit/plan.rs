//! The plan of a trial: settings, what to charge, what a pretend provider answers, and webhooks
//! as the provider signs them. Written by the plugin's author, as TOML.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::currency::Currency;
use crate::domain::decline::{DeclineClass, RetryClass};

/// A file that cannot be used. The text says where.
#[derive(Debug, thiserror::Error)]
#[error("the plan cannot be used: {0}")]
pub struct PlanError(String);

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Of the connection, as an operator would give them.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    pub charge: Charge,
    pub decline: Option<Decline>,
    /// What the pretend provider answers: the first that fits.
    #[serde(default, rename = "answer")]
    pub answers: Vec<Answer>,
    pub sign: Option<Sign>,
    #[serde(default, rename = "webhook")]
    pub webhooks: Vec<Webhook>,
}

/// A charge that the provider takes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charge {
    #[serde(default = "ten_fifty")]
    pub amount: i64,
    #[serde(default = "euro")]
    pub currency: String,
    pub customer: String,
    pub method: String,
    #[serde(default = "card")]
    pub kind: String,
}

/// A method that the provider declines, and the words for it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decline {
    /// The customer of `[charge]` when it is left out.
    pub customer: Option<String>,
    pub method: String,
    /// The provider's code, as it stands in its answer.
    pub code: String,
    pub class: Option<String>,
    pub retry: Option<String>,
}

/// One answer of the pretend provider. `{reference}`, `{key}`, `{amount}`, `{currency}`,
/// `{customer}` and `{method}` stand for those of the charge that is being tried.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// `POST /charges`: a method, and a path that may end in `*`.
    pub to: String,
    /// Only when the request holds all of these, in its address, its headers or its body.
    #[serde(default)]
    pub holding: Vec<String>,
    /// Only when money was taken under this key, or was not.
    pub if_taken: Option<bool>,
    /// Money is taken with it: once for each key.
    #[serde(default)]
    pub takes: bool,
    #[serde(default = "ok")]
    pub status: u16,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    #[serde(default)]
    pub body: String,
}

/// How the provider signs its webhooks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    /// The header with the signature.
    pub header: String,
    /// The setting with the secret.
    pub setting: String,
    #[serde(default)]
    pub digest: Digest,
    /// What is signed: `{timestamp}` and `{body}`.
    #[serde(default = "body")]
    pub over: String,
    /// The header's value: `{timestamp}`, and `{hex}` or `{base64}`.
    #[serde(default = "hex")]
    pub value: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Digest {
    Sha1,
    #[default]
    Sha256,
    Sha512,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// For the report.
    pub name: String,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    pub body: String,
    /// What it must be translated to: `paid`, `declined`, `pending`, `method_stored`,
    /// `method_removed`, `session_ended`, `dispute_lost`, `refund_changed` or `ignored`.
    pub says: Option<String>,
}

/// The words that `says` may be.
pub const SAYINGS: [&str; 9] = [
    "paid",
    "declined",
    "pending",
    "method_stored",
    "method_removed",
    "session_ended",
    "dispute_lost",
    "refund_changed",
    "ignored",
];

fn ten_fifty() -> i64 {
    1050
}

fn euro() -> String {
    "EUR".to_owned()
}

fn card() -> String {
    "card".to_owned()
}

fn ok() -> u16 {
    200
}

fn body() -> String {
    "{body}".to_owned()
}

fn hex() -> String {
    "{hex}".to_owned()
}

impl Plan {
    /// Reads it, and checks what can be checked without the plugin.
    pub fn parse(text: &str) -> Result<Plan, PlanError> {
        let plan: Plan = toml::from_str(text).map_err(|error| PlanError(error.to_string()))?;
        plan.check().map_err(PlanError)?;
        Ok(plan)
    }

    fn check(&self) -> Result<(), String> {
        if self.charge.currency.parse::<Currency>().is_err() {
            return Err(format!("`{}` is no ISO 4217 currency", self.charge.currency));
        }
        if self.charge.amount <= 0 {
            return Err("the amount of [charge] is in minor units, and more than 0".to_owned());
        }
        if let Some(decline) = &self.decline {
            decline.check()?;
        }
        for answer in &self.answers {
            answer.check()?;
        }
        for webhook in &self.webhooks {
            let says = webhook.says.as_deref().unwrap_or("paid");
            if !SAYINGS.contains(&says) {
                let known = SAYINGS.join(", ");
                return Err(format!("`says = \"{says}\"` is none of {known}"));
            }
        }
        if !self.webhooks.is_empty() && self.sign.is_none() {
            return Err("there are webhooks, and no [sign] section says how they are signed".into());
        }
        Ok(())
    }
}

impl Decline {
    fn check(&self) -> Result<(), String> {
        if self.code.is_empty() {
            return Err("the code of [decline] is empty".to_owned());
        }
        let class = self.class.as_deref();
        if let Some(class) = class.filter(|class| DeclineClass::parse(class).is_none()) {
            return Err(format!("`{class}` of [decline] is no decline class of wit/psp.wit"));
        }
        let retry = self.retry.as_deref();
        if let Some(retry) = retry.filter(|retry| RetryClass::parse(retry).is_none()) {
            return Err(format!("`{retry}` of [decline] is no retry class of wit/psp.wit"));
        }
        Ok(())
    }
}

impl Answer {
    fn check(&self) -> Result<(), String> {
        let is_route = self
            .to
            .split_once(" /")
            .is_some_and(|(method, _)| ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&method));
        if !is_route {
            return Err(format!("`to = \"{}\"` is not like `POST /charges`", self.to));
        }
        if !(100..=599).contains(&self.status) {
            return Err(format!("{} is no HTTP status", self.status));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str = "[charge]\ncustomer = \"c\"\nmethod = \"m\"\n";

    fn refused(more: &str) -> String {
        Plan::parse(&format!("{LEAST}{more}")).expect_err("refused").to_string()
    }

    #[test]
    fn the_least_is_a_customer_and_a_method() {
        let plan = Plan::parse(LEAST).expect("enough");
        assert_eq!((plan.charge.amount, plan.charge.currency.as_str()), (1050, "EUR"));
        assert!(Plan::parse("").is_err());
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (more, word) in [
            ("currency = \"EURO\"", "EURO"),
            ("amount = 0", "minor units"),
            ("amuont = 3", "amuont"),
            ("[decline]\nmethod = \"m\"\ncode = \"X\"\nclass = \"poor\"", "poor"),
            ("[decline]\nmethod = \"m\"\ncode = \"X\"\nretry = \"often\"", "often"),
            ("[[answer]]\nto = \"FETCH /x\"", "FETCH"),
            ("[[answer]]\nto = \"GET /x\"\nstatus = 9", "9 is no HTTP status"),
            ("[[webhook]]\nname = \"w\"\nbody = \"\"", "[sign]"),
            ("[[webhook]]\nname = \"w\"\nbody = \"\"\nsays = \"good\"", "good"),
        ] {
            let sentence = refused(more);
            assert!(sentence.contains(word), "{more}: {sentence}");
        }
    }
}
