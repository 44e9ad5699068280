//! Which invoices are meant: what stands in the address of the list of invoices, read in the same
//! way. What cannot be read is said, and nothing is resent: to leave it out would mean more.

use url::form_urlencoded::Serializer;

use crate::domain::bulk_retry::BulkFilter;
use crate::domain::currency::Currency;
use crate::domain::decline::DeclineClass;
use crate::domain::money::Money;
use crate::http::dashboard::invoices::minor_units;
use crate::http::dashboard::parts::{Facts, Html};
use crate::http::dashboard::words;

const FIELDS: [&str; 9] =
    ["tab", "q", "customer", "currency", "from", "to", "issued_from", "issued_to", "decline"];

/// Without a currency, amounts are read with this many decimals.
const DECIMALS: u32 = 2;

pub struct Chosen {
    pub filter: BulkFilter,
    /// Fields that cannot be read, each in a sentence.
    pub faults: Vec<String>,
    /// Name and value of every field that is filled.
    pub fields: Vec<(&'static str, String)>,
}

impl Chosen {
    pub fn read(text: impl Fn(&str) -> Option<String>) -> Chosen {
        let text = |name: &str| {
            text(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
        };
        let mut faults = vec![];
        let currency: Option<Currency> =
            checked(&text, "currency", &mut faults, |code| code.to_uppercase().parse().ok());
        let decimals = currency.map_or(DECIMALS, Currency::exponent);
        let mut amount = |name| checked(&text, name, &mut faults, |it| minor_units(it, decimals));
        let (amount_from, amount_to) = (amount("from"), amount("to"));
        let mut day = |name| checked(&text, name, &mut faults, |it| it.parse().ok());
        let (issued_from, issued_to) = (day("issued_from"), day("issued_to"));
        let class = checked(&text, "decline", &mut faults, DeclineClass::parse);
        let is_overdue = checked(&text, "tab", &mut faults, |tab| match tab {
            "overdue" => Some(true),
            "outstanding" => Some(false),
            _ => None,
        });
        Chosen {
            filter: BulkFilter {
                payment_overdue: is_overdue.filter(|it| *it),
                external_customer_id: text("customer"),
                currency,
                payment_status: None,
                decline_classes: class.map(|class| vec![class]),
                amount_from,
                amount_to,
                issued_from,
                issued_to,
                search_term: text("q"),
            },
            faults,
            fields: FIELDS.iter().filter_map(|name| Some((*name, text(name)?))).collect(),
        }
    }

    /// The list of invoices that it was chosen from.
    pub fn list(&self) -> String {
        let mut query = Serializer::new(String::new());
        query.extend_pairs(self.fields.iter().map(|(name, value)| (*name, value.as_str())));
        let query = query.finish();
        let path = "/dashboard/invoices";
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}

fn checked<T>(
    text: &impl Fn(&str) -> Option<String>,
    name: &str,
    faults: &mut Vec<String>,
    parse: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let written = text(name)?;
    let read = parse(&written);
    if read.is_none() {
        faults.push(format!("“{written}” cannot be read as {}.", label(name)));
    }
    read
}

fn label(name: &str) -> &'static str {
    match name {
        "currency" => "a currency, such as EUR",
        "from" | "to" => "an amount, such as 49.00",
        "issued_from" | "issued_to" => "a day, such as 2026-01-31",
        "decline" => "a reason of a decline",
        _ => "a list of unpaid invoices: outstanding or overdue",
    }
}

/// What is meant, for people.
pub fn facts(filter: &BulkFilter) -> Facts {
    let kind = if filter.payment_overdue == Some(true) { "Overdue" } else { "Outstanding" };
    let text = |value: &Option<String>| value.as_deref().map(Html::text);
    let amount = |units: Option<i64>| {
        let units = units?;
        let told = match filter.currency {
            Some(currency) => Money::new(units, currency).to_string(),
            None => format!("{}.{:02}", units / 100, units % 100),
        };
        Some(Html::text(&told))
    };
    let reasons = filter.decline_classes.as_deref().map(|classes| {
        let told: Vec<&str> = classes.iter().map(|class| words::decline(*class)).collect();
        Html::text(&told.join(", "))
    });
    Facts::default()
        .with("Invoices", Html::text(kind))
        .with_some("Found by", text(&filter.search_term))
        .with_some("Customer", text(&filter.external_customer_id))
        .with_some("Currency", filter.currency.map(|it| Html::text(it.code())))
        .with_some("Payment", filter.payment_status.map(|it| Html::text(it.as_str())))
        .with_some("Due from", amount(filter.amount_from))
        .with_some("Due up to", amount(filter.amount_to))
        .with_some("Issued from", filter.issued_from.map(|day| Html::text(&day.to_string())))
        .with_some("Issued up to", filter.issued_to.map(|day| Html::text(&day.to_string())))
        .with_some("Last declined for", reasons)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::lago::Query;

    fn read(query: &str) -> Chosen {
        let query = Query::parse(query);
        Chosen::read(|name| query.text(name).map(str::to_owned))
    }

    #[test]
    fn it_means_what_the_list_shows() {
        let chosen = read("tab=overdue&q=ada&currency=eur&from=10&to=20%2C5&decline=expired_card");
        assert!(chosen.faults.is_empty(), "{:?}", chosen.faults);
        assert_eq!(chosen.filter.payment_overdue, Some(true));
        assert_eq!(chosen.filter.search_term.as_deref(), Some("ada"));
        assert_eq!(
            (chosen.filter.amount_from, chosen.filter.amount_to),
            (Some(1_000), Some(2_050))
        );
        assert_eq!(chosen.filter.decline_classes, Some(vec![DeclineClass::ExpiredCard]));
        let list = "/dashboard/invoices?tab=overdue&q=ada&currency=eur&from=10&to=20%2C5\
                    &decline=expired_card";
        assert_eq!(chosen.list(), list);
        assert_eq!(read("tab=outstanding").filter, BulkFilter::default());
    }

    #[test]
    fn what_cannot_be_read_is_not_left_out() {
        for query in ["from=a", "currency=euro", "issued_to=1.2.26", "decline=x", "tab=voided"] {
            assert_eq!(read(query).faults.len(), 1, "{query}");
        }
    }
}
