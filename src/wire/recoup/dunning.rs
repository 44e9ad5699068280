//! Dunning campaigns and which of them a customer has, in and out. What is wrong with a request
//! is said field by field, in sentences.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::domain::change::Change;
use crate::domain::currency::Currency;
use crate::domain::dunning::{CampaignChange, DunningCampaign};
use crate::domain::money::Money;
use crate::domain::time::{Span, Timestamp};
use crate::domain::view::CustomerDunningView;
use crate::wire::lago::checks;
use crate::wire::lago::format::date_time;
use crate::wire::lago::page::Meta;

const CHARS_MAX: usize = 255;
const ATTEMPTS_MAX: i64 = 1_000;
const DAYS_MAX: i64 = 3_650;
const EMAILS_MAX: usize = 50;

/// When, how often and from which amount on customers are asked for what is overdue.
#[derive(Serialize, ToSchema)]
#[schema(as = DunningCampaign)]
pub struct CampaignShape {
    #[schema(format = Uuid)]
    pub id: String,
    #[schema(example = "gentle")]
    pub code: String,
    #[schema(example = "Gentle reminders")]
    pub name: String,
    pub description: Option<String>,
    pub thresholds: Vec<AmountShape>,
    pub max_attempts: u32,
    pub days_between_attempts: u32,
    pub bcc_emails: Vec<String>,
    /// For every customer that has no campaign of its own and is not excluded.
    pub applied_to_organization: bool,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// An amount of one currency.
#[derive(Serialize, ToSchema)]
#[schema(as = CurrencyAmount)]
pub struct AmountShape {
    #[schema(example = "EUR")]
    pub currency: &'static str,
    #[schema(example = 5000)]
    pub amount_cents: i64,
}

#[derive(Serialize, ToSchema)]
pub struct CampaignAnswer {
    pub dunning_campaign: CampaignShape,
}

#[derive(Serialize, ToSchema)]
pub struct CampaignList {
    pub dunning_campaigns: Vec<CampaignShape>,
    pub meta: Meta,
}

/// How a campaign stands with a customer.
#[derive(Serialize, ToSchema)]
#[schema(as = CustomerDunning)]
pub struct CustomerDunningShape {
    pub external_customer_id: String,
    /// The code of their own campaign; null takes the organization's.
    pub campaign: Option<String>,
    pub excluded: bool,
    /// The code of the one that applies to them, if any.
    pub applied_campaign: Option<String>,
    #[schema(format = DateTime)]
    pub last_attempt_at: Option<String>,
    /// They are not asked again before.
    #[schema(format = DateTime)]
    pub next_attempt_after: Option<String>,
    pub counters: Vec<CounterShape>,
    pub overdue_balances: Vec<AmountShape>,
}

/// How often a customer was asked in a currency.
#[derive(Serialize, ToSchema)]
#[schema(as = DunningCounter)]
pub struct CounterShape {
    #[schema(example = "EUR")]
    pub currency: &'static str,
    pub attempts: u32,
}

#[derive(Serialize, ToSchema)]
pub struct CustomerDunningAnswer {
    pub dunning: CustomerDunningShape,
}

/// What a request says of a campaign. A new one needs `code`, `name` and `thresholds`.
#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: requests are read field by field")]
pub struct DunningCampaignInput {
    #[schema(example = "gentle")]
    pub code: Option<String>,
    #[schema(example = "Gentle reminders")]
    pub name: Option<String>,
    pub description: Option<String>,
    /// One per currency, at least one: from which overdue balance on customers are asked.
    pub thresholds: Option<Vec<ThresholdInput>>,
    #[schema(minimum = 1, maximum = 1000, default = 1)]
    pub max_attempts: Option<u32>,
    #[schema(minimum = 1, maximum = 3650, default = 1)]
    pub days_between_attempts: Option<u32>,
    pub bcc_emails: Option<Vec<String>>,
    /// For every customer that has no campaign of its own. Only one campaign can be.
    pub applied_to_organization: Option<bool>,
}

#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: requests are read field by field")]
pub struct ThresholdInput {
    #[schema(example = "EUR")]
    pub currency: String,
    #[schema(minimum = 0, example = 5000)]
    pub amount_cents: i64,
}

#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: requests are read field by field")]
pub struct DunningCampaignRequest {
    pub dunning_campaign: DunningCampaignInput,
}

/// What is said of a customer. What is absent stays.
#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: requests are read field by field")]
pub struct CustomerDunningRequest {
    /// The code of a campaign; null takes the organization's.
    #[schema(example = "gentle")]
    pub campaign: Option<String>,
    /// No campaign asks them for anything.
    pub excluded: Option<bool>,
}

pub fn campaign(campaign: &DunningCampaign) -> CampaignShape {
    CampaignShape {
        id: campaign.id.to_string(),
        code: campaign.code.clone(),
        name: campaign.name.clone(),
        description: campaign.description.clone(),
        thresholds: amounts(&campaign.thresholds),
        max_attempts: campaign.max_attempts,
        days_between_attempts: campaign.days_between_attempts,
        bcc_emails: campaign.bcc_emails.clone(),
        applied_to_organization: campaign.is_default,
        created_at: date_time(campaign.created_at),
        updated_at: date_time(campaign.updated_at),
    }
}

fn amounts(amounts: &[Money]) -> Vec<AmountShape> {
    let shape = |money: &Money| AmountShape {
        currency: money.currency.code(),
        amount_cents: money.minor_units,
    };
    amounts.iter().map(shape).collect()
}

pub fn customer_dunning(view: &CustomerDunningView) -> CustomerDunningShape {
    let progress = &view.dunning.progress;
    let applied = view.campaign.as_ref();
    let next = |last: Timestamp| {
        applied.map(|it| date_time(last.plus(Span::days(it.days_between_attempts))))
    };
    let counters = progress.counters.iter().map(|counter| CounterShape {
        currency: counter.currency.code(),
        attempts: counter.attempts,
    });
    CustomerDunningShape {
        external_customer_id: view.external_customer_id.clone(),
        campaign: view.own_campaign.clone(),
        excluded: view.dunning.excluded,
        applied_campaign: applied.map(|campaign| campaign.code.clone()),
        last_attempt_at: progress.last_attempt_at.map(date_time),
        next_attempt_after: progress.last_attempt_at.and_then(next),
        counters: counters.collect(),
        overdue_balances: amounts(&view.overdue),
    }
}

/// Fields that are wrong, each with what to do about it.
pub type Wrong = Vec<(String, String)>;

/// Reads an object key by key, and notes what is wrong.
struct Reading<'a> {
    object: &'a Map<String, Value>,
    wrong: Wrong,
}

impl<'a> Reading<'a> {
    fn of(object: &'a Map<String, Value>, known: &[&str]) -> Reading<'a> {
        let unknown = object.keys().filter(|key| !known.contains(&key.as_str()));
        let say = |key: &String| (key.clone(), format!("leave it out; use {}", known.join(", ")));
        Reading { object, wrong: unknown.map(say).collect() }
    }

    fn say(&mut self, key: &str, sentence: impl Into<String>) {
        self.wrong.push((key.to_owned(), sentence.into()));
    }

    /// What is there, read; a sentence where it cannot be.
    fn read<T>(
        &mut self,
        key: &str,
        sentence: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Change<T> {
        let Some(value) = self.object.get(key) else { return Change::Keep };
        match read(value) {
            Some(read) => Change::To(read),
            None => {
                self.say(key, sentence);
                Change::Keep
            }
        }
    }

    fn text(&mut self, key: &str) -> Change<String> {
        self.read(key, "give a text of 1 to 255 characters", |value| {
            let text = value.as_str()?.trim();
            ((1..=CHARS_MAX).contains(&text.chars().count())).then(|| text.to_owned())
        })
    }

    fn whole(&mut self, key: &str, max: i64) -> Change<u32> {
        self.read(key, &format!("give a whole number from 1 to {max}"), |value| {
            value.as_i64().filter(|n| (1..=max).contains(n)).and_then(|n| u32::try_from(n).ok())
        })
    }

    fn flag(&mut self, key: &str) -> Change<bool> {
        self.read(key, "give true or false", Value::as_bool)
    }

    fn or<T>(self, value: T) -> Result<T, Wrong> {
        if self.wrong.is_empty() { Ok(value) } else { Err(self.wrong) }
    }
}

const CAMPAIGN_FIELDS: [&str; 8] = [
    "code",
    "name",
    "description",
    "thresholds",
    "max_attempts",
    "days_between_attempts",
    "bcc_emails",
    "applied_to_organization",
];

/// Whether what a request leaves out stays, or has to be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    New,
    Known,
}

pub fn change(object: &Map<String, Value>, of: Of) -> Result<CampaignChange, Wrong> {
    let mut reading = Reading::of(object, &CAMPAIGN_FIELDS);
    let change = CampaignChange {
        code: reading.text("code"),
        name: reading.text("name"),
        description: reading.read("description", "give a text or null", |value| match value {
            Value::Null => Some(None),
            Value::String(text) => Some(Some(text.clone())),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
        }),
        thresholds: thresholds(&mut reading),
        max_attempts: reading.whole("max_attempts", ATTEMPTS_MAX),
        days_between_attempts: reading.whole("days_between_attempts", DAYS_MAX),
        bcc_emails: reading.read("bcc_emails", "give a list of e-mail addresses", emails),
        is_default: reading.flag("applied_to_organization"),
    };
    if of == Of::New {
        let needed = [
            ("code", "give a code that no other campaign has"),
            ("name", "give a name"),
            ("thresholds", "give a threshold per currency, at least one"),
        ];
        for (key, sentence) in needed.iter().filter(|(key, _)| !object.contains_key(*key)) {
            reading.say(key, *sentence);
        }
    }
    reading.or(change)
}

fn emails(value: &Value) -> Option<Vec<String>> {
    let items = value.as_array().filter(|items| items.len() <= EMAILS_MAX)?;
    items.iter().map(|item| checks::emails(item.as_str()?)).collect()
}

fn thresholds(reading: &mut Reading<'_>) -> Change<Vec<Money>> {
    let Some(value) = reading.object.get("thresholds") else { return Change::Keep };
    let items = value.as_array().filter(|items| !items.is_empty());
    let Some(items) = items else {
        reading.say("thresholds", "give a list of at least one {\"currency\", \"amount_cents\"}");
        return Change::Keep;
    };
    let mut found: Vec<Money> = Vec::new();
    for (position, item) in items.iter().enumerate() {
        let currency: Option<Currency> =
            item["currency"].as_str().and_then(|code| code.parse().ok());
        let Some(currency) = currency else {
            let sentence = "give an ISO 4217 code in upper case, such as EUR";
            reading.say(&format!("thresholds[{position}].currency"), sentence);
            continue;
        };
        let Some(amount) = item["amount_cents"].as_i64().filter(|amount| *amount >= 0) else {
            let sentence = "give a whole number of minor units, 0 or more";
            reading.say(&format!("thresholds[{position}].amount_cents"), sentence);
            continue;
        };
        if found.iter().any(|other| other.currency == currency) {
            let sentence = format!("give one threshold for {currency}, not several");
            reading.say(&format!("thresholds[{position}].currency"), sentence);
            continue;
        }
        found.push(Money::new(amount, currency));
    }
    Change::To(found)
}

/// What a request says of a customer: the code of a campaign, and whether they are excluded.
pub type Choice = (Change<Option<String>>, Change<bool>);

pub fn choice(object: &Map<String, Value>) -> Result<Choice, Wrong> {
    let mut reading = Reading::of(object, &["campaign", "excluded"]);
    let sentence = "give the code of a campaign, or null for the organization's";
    let campaign = reading.read("campaign", sentence, |value| match value {
        Value::Null => Some(None),
        Value::String(code) => Some(Some(code.clone())),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
    });
    let excluded = reading.flag("excluded");
    if object.is_empty() {
        reading.say("campaign", "say `campaign`, `excluded` or both");
    }
    reading.or((campaign, excluded))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn wrong(body: &Value, of: Of) -> Vec<String> {
        let object = body.as_object().expect("an object");
        let wrong = change(object, of).err().unwrap_or_default();
        wrong.into_iter().map(|(field, _)| field).collect()
    }

    #[test]
    fn each_wrong_field_is_named() {
        assert_eq!(wrong(&json!({}), Of::New), ["code", "name", "thresholds"]);
        assert!(wrong(&json!({}), Of::Known).is_empty());
        let rows = [
            (json!({"code": " "}), "code"),
            (json!({"name": null}), "name"),
            (json!({"name": "x".repeat(256)}), "name"),
            (json!({"description": 1}), "description"),
            (json!({"thresholds": []}), "thresholds"),
            (json!({"thresholds": {}}), "thresholds"),
            (json!({"thresholds": [1]}), "thresholds[0].currency"),
            (
                json!({"thresholds": [{"currency": "eur", "amount_cents": 1}]}),
                "thresholds[0].currency",
            ),
            (
                json!({"thresholds": [{"currency": "EUR", "amount_cents": -1}]}),
                "thresholds[0].amount_cents",
            ),
            (
                json!({"thresholds": [{"currency": "EUR", "amount_cents": 1},
                                      {"currency": "EUR", "amount_cents": 2}]}),
                "thresholds[1].currency",
            ),
            (json!({"max_attempts": 0}), "max_attempts"),
            (json!({"max_attempts": "3"}), "max_attempts"),
            (json!({"days_between_attempts": 1.5}), "days_between_attempts"),
            (json!({"bcc_emails": ["no address"]}), "bcc_emails"),
            (json!({"applied_to_organization": 1}), "applied_to_organization"),
            (json!({"treshold": 1}), "treshold"),
        ];
        for (body, field) in rows {
            assert_eq!(wrong(&body, Of::Known), [field], "{body}");
        }
    }

    #[test]
    fn a_customer_is_said_something_of() {
        let read = |body: Value| choice(body.as_object().expect("an object"));
        assert_eq!(read(json!({"campaign": null})), Ok((Change::To(None), Change::Keep)));
        assert!(read(json!({})).is_err());
        assert!(read(json!({"campaign": 1})).is_err());
        assert!(read(json!({"exclude": true})).is_err());
    }
}
