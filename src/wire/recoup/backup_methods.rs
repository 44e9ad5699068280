//! A customer's backup methods, and the consent to each.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::backup_method::{BACKUP_METHODS_MAX, BackupMethod, Consent};
use crate::domain::id::PaymentMethodId;
use crate::domain::payment_method::PaymentMethod;
use crate::wire::lago::format::{date_time, parse_time};

const NAME_CHARS_MAX: usize = 200;
const WORDS_CHARS_MAX: usize = 2_000;

/// What is wrong with a field, in a sentence.
pub type Fault = (String, String);

/// The whole list, in the order in which they are charged.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupMethodsRequest {
    /// At most 10. An empty list takes every consent back.
    pub backup_methods: Vec<BackupMethodInput>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupMethodInput {
    /// The `lago_id` of a payment method of the customer.
    #[schema(format = Uuid)]
    pub payment_method_id: String,
    pub consent: ConsentInput,
}

/// That the method may be charged when another one fails: who agreed, when, and to what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentInput {
    #[schema(example = "Ada Lovelace")]
    pub given_by: String,
    #[schema(format = DateTime, example = "2026-03-02T09:00:00Z")]
    pub given_at: String,
    /// Word for word.
    #[schema(example = "If my card is declined, you may charge my bank account.")]
    pub words: String,
}

#[derive(Serialize, ToSchema)]
pub struct BackupMethodsAnswer {
    pub backup_methods: Vec<BackupMethodShape>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = BackupMethod)]
pub struct BackupMethodShape {
    /// From 1: the first is charged first.
    pub position: u32,
    #[schema(format = Uuid)]
    pub payment_method_id: String,
    #[schema(example = "visa 4242")]
    pub label: String,
    /// `active`, or `inactive`: then it is passed over.
    #[schema(example = "active")]
    pub status: &'static str,
    pub consent: ConsentShape,
}

#[derive(Serialize, ToSchema)]
#[schema(as = BackupMethodConsent)]
pub struct ConsentShape {
    pub given_by: String,
    #[schema(format = DateTime)]
    pub given_at: String,
    pub words: String,
}

/// All that is wrong is told at once.
pub fn read(asked: BackupMethodsRequest) -> Result<Vec<BackupMethod>, Vec<Fault>> {
    let mut faults = Vec::new();
    if asked.backup_methods.len() > BACKUP_METHODS_MAX {
        let sentence = format!("list at most {BACKUP_METHODS_MAX}");
        return Err(vec![("backup_methods".to_owned(), sentence)]);
    }
    let mut list: Vec<BackupMethod> = Vec::new();
    for (place, one) in asked.backup_methods.into_iter().enumerate() {
        if let Some(read) = backup(place, one, &mut faults) {
            if list.iter().any(|known| known.method == read.method) {
                let sentence = "is on the list already: name each once".to_owned();
                faults.push((field(place, "payment_method_id"), sentence));
            }
            list.push(read);
        }
    }
    if faults.is_empty() { Ok(list) } else { Err(faults) }
}

fn backup(place: usize, asked: BackupMethodInput, faults: &mut Vec<Fault>) -> Option<BackupMethod> {
    let mut wrong = |name: &str, sentence: String| faults.push((field(place, name), sentence));
    let method: Option<PaymentMethodId> = asked.payment_method_id.parse().ok();
    if method.is_none() {
        wrong("payment_method_id", METHOD_MISSING.to_owned());
    }
    let given_at = parse_time(&asked.consent.given_at);
    if given_at.is_none() {
        wrong("consent.given_at", "give a time as 2026-03-02T09:00:00Z".to_owned());
    }
    let mut text = |name: &str, text: &str, chars_max: usize| {
        let text = text.trim();
        let fits = !text.is_empty() && text.chars().count() <= chars_max && !text.contains('\0');
        if !fits {
            wrong(name, format!("write 1 to {chars_max} characters"));
        }
        fits.then(|| text.to_owned())
    };
    let given_by = text("consent.given_by", &asked.consent.given_by, NAME_CHARS_MAX);
    let words = text("consent.words", &asked.consent.words, WORDS_CHARS_MAX);
    let consent = Consent { given_by: given_by?, given_at: given_at?, words: words? };
    Some(BackupMethod { method: method?, consent })
}

pub const METHOD_MISSING: &str = "the customer has no such payment method: use a `lago_id` of GET \
                                  /api/v1/customers/{external_id}/payment_methods";

pub fn field(place: usize, name: &str) -> String {
    format!("backup_methods[{place}].{name}")
}

pub fn backup_methods(listed: &[(BackupMethod, PaymentMethod)]) -> BackupMethodsAnswer {
    let shape =
        |(position, (backup, method)): (u32, &(BackupMethod, PaymentMethod))| BackupMethodShape {
            position,
            payment_method_id: method.id.to_string(),
            label: method.label(),
            status: method.state.as_str(),
            consent: ConsentShape {
                given_by: backup.consent.given_by.clone(),
                given_at: date_time(backup.consent.given_at),
                words: backup.consent.words.clone(),
            },
        };
    BackupMethodsAnswer { backup_methods: (1..).zip(listed).map(shape).collect() }
}
