//! What the list of invoices is narrowed by, as it stands in the address, and the form for it.

use url::form_urlencoded::Serializer;

use crate::domain::currency::Currency;
use crate::domain::decline::DeclineClass;
use crate::domain::invoice_list::{InvoicePlace, InvoiceSearch, InvoiceTab};
use crate::http::dashboard::parts::{Choice, SelectField, TextField};
use crate::http::dashboard::words;
use crate::http::lago::Query;

/// Amounts are written in whole units; without a currency this many decimals are taken.
const DECIMALS: u32 = 2;

/// What somebody asked for, as they wrote it.
#[derive(Debug, Clone)]
pub struct Asked {
    pub tab: InvoiceTab,
    pub search: InvoiceSearch,
    pub after: Option<InvoicePlace>,
    /// Name and value of every field that is filled, for addresses and for the form.
    fields: Vec<(&'static str, String)>,
}

const FIELDS: [&str; 8] =
    ["q", "customer", "currency", "from", "to", "issued_from", "issued_to", "decline"];

impl Asked {
    pub fn read(query: &Query) -> Asked {
        let text = |name: &str| query.text(name).map(|text| text.trim().to_owned());
        let fields = FIELDS.iter().filter_map(|name| Some((*name, text(name)?))).collect();
        let currency: Option<Currency> =
            text("currency").and_then(|code| code.to_uppercase().parse().ok());
        let decimals = currency.map_or(DECIMALS, Currency::exponent);
        let amount = |name: &str| text(name).and_then(|text| minor_units(&text, decimals));
        let day = |name: &str| text(name).and_then(|text| text.parse().ok());
        Asked {
            tab: query.text("tab").and_then(InvoiceTab::parse).unwrap_or(InvoiceTab::All),
            search: InvoiceSearch {
                term: text("q"),
                external_customer_id: text("customer"),
                currency,
                amount_from: amount("from"),
                amount_to: amount("to"),
                issued_from: day("issued_from"),
                issued_to: day("issued_to"),
                decline_class: text("decline").and_then(|word| DeclineClass::parse(&word)),
            },
            after: query.text("after").and_then(|text| text.parse().ok()),
            fields,
        }
    }

    fn value(&self, name: &str) -> String {
        let found = self.fields.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }

    /// The same list under another tab, or from another place on.
    pub fn address(&self, path: &str, tab: InvoiceTab, after: Option<InvoicePlace>) -> String {
        let mut query = Serializer::new(String::new());
        if tab != InvoiceTab::All {
            query.append_pair("tab", tab.as_str());
        }
        query.extend_pairs(self.fields.iter().map(|(name, value)| (*name, value.as_str())));
        if let Some(after) = after {
            query.append_pair("after", &after.to_string());
        }
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    pub fn term(&self) -> TextField {
        TextField::new("q", "Search").of_kind("search").with(self.value("q"))
    }

    /// Those that are seldom needed.
    pub fn further_fields(&self) -> Vec<TextField> {
        let field =
            |name, label, kind| TextField::new(name, label).of_kind(kind).with(self.value(name));
        vec![
            field("customer", "Customer id", "text"),
            field("currency", "Currency", "text"),
            field("from", "Due from", "text"),
            field("to", "Due up to", "text"),
            field("issued_from", "Issued from", "date"),
            field("issued_to", "Issued up to", "date"),
        ]
    }

    pub fn decline_field(&self) -> SelectField {
        let classes = DeclineClass::ALL.iter();
        let of = |class: &DeclineClass| Choice::new(class.as_str(), words::decline(*class));
        SelectField {
            name: "decline",
            label: "Last declined for",
            options: [Choice::new("", "Any reason")].into_iter().chain(classes.map(of)).collect(),
            chosen: self.value("decline"),
        }
    }

    pub fn is_narrowed_further(&self) -> bool {
        self.fields.iter().any(|(name, _)| *name != "q")
    }
}

/// `49`, `49.5` and `49,50` in minor units. None: it is no amount.
pub fn minor_units(text: &str, decimals: u32) -> Option<i64> {
    let text = text.trim().replace(',', ".");
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let decimals = usize::try_from(decimals).ok()?;
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > decimals || !is_number(whole) || !is_number(part) {
        return None;
    }
    format!("{whole}{part:0<decimals$}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, units) in [
            ("49", Some(4_900)),
            ("49.5", Some(4_950)),
            (" 49,05 ", Some(4_905)),
            ("49.055", None),
            ("-1", None),
            ("", None),
            (".5", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(minor_units(text, 2), units, "{text}");
        }
        assert_eq!(minor_units("1050", 0), Some(1_050));
    }

    #[test]
    fn an_address_says_what_is_shown() {
        let query = Query::parse("tab=overdue&q=ada%20%26&currency=eur&from=10&decline=nonsense");
        let asked = Asked::read(&query);
        assert_eq!(asked.tab, InvoiceTab::Overdue);
        assert_eq!(asked.search.currency, Some(Currency::EUR));
        assert_eq!(asked.search.amount_from, Some(1_000));
        assert_eq!(asked.search.decline_class, None);
        let address = asked.address("/dashboard/invoices", InvoiceTab::All, None);
        let expected = "/dashboard/invoices?q=ada+%26&currency=eur&from=10&decline=nonsense";
        assert_eq!(address, expected);
    }
}
