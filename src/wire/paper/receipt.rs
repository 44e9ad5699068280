//! A receipt on paper: who paid whom, how much, when, with what, and for which invoices.

use krilla::Document;
use krilla::metadata::Metadata;

use super::font::Weight;
use super::sheet::{Column, Ink, Sheet, Style, print};
use super::words;
use crate::domain::customer::{Address, Customer};
use crate::domain::money::Money;
use crate::domain::organization::Organization;
use crate::domain::view::{PaymentSource, ReceiptPaper};

const BODY: Style = Style { weight: Weight::Regular, size: 9.5, ink: Ink::Dark };
const STRONG: Style = Style { weight: Weight::Bold, size: 9.5, ink: Ink::Dark };
const QUIET: Style = Style { weight: Weight::Regular, size: 8.5, ink: Ink::Grey };
const LABEL: Style = Style { weight: Weight::Bold, size: 7.5, ink: Ink::Grey };
const TITLE: Style = Style { weight: Weight::Bold, size: 22.0, ink: Ink::Dark };
const AMOUNT: Style = Style { weight: Weight::Bold, size: 26.0, ink: Ink::Dark };

const LEFT: Column = Column { from: 0.0, to: 255.0 };
const RIGHT: Column = Column { from: 285.0, to: Column::WHOLE.to };
const HEAD: Column = Column { from: 0.0, to: 300.0 };

/// So many invoices are named; a payment of more says how many more.
const INVOICES_MAX: usize = 10;

/// The bytes of a PDF. None: the library could not write it.
pub fn receipt(paper: &ReceiptPaper) -> Option<Vec<u8>> {
    let mut document = Document::new();
    let title = format!("Receipt {}", paper.receipt.number);
    document.set_metadata(
        Metadata::new()
            .title(title)
            .authors(vec![seller(&paper.organization).to_owned()])
            .language("en".to_owned()),
    );
    print(&mut document, |sheet| set(sheet, paper))?;
    document.finish().ok()
}

fn set(sheet: &mut Sheet<'_>, paper: &ReceiptPaper) {
    head(sheet, &paper.organization);
    sheet.skip(26.0);
    sheet.rule(Column::WHOLE);
    sheet.skip(20.0);
    let top = sheet.y;
    payer(sheet, &paper.customer);
    let below_payer = sheet.y;
    sheet.y = top;
    facts(sheet, paper);
    sheet.y = sheet.y.max(below_payer);
    sheet.skip(18.0);
    sheet.rule(Column::WHOLE);
    sheet.skip(20.0);
    sheet.text(Column::WHOLE, "AMOUNT RECEIVED", LABEL, 1);
    sheet.skip(2.0);
    sheet.whole_line(Column::WHOLE, &grouped(paper.payment.amount), AMOUNT);
    let in_words = first_upper(&words::amount(paper.payment.amount));
    sheet.text(Column::WHOLE, &in_words, QUIET, 2);
    sheet.skip(22.0);
    invoices(sheet, paper);
    foot(sheet, paper);
}

fn seller(organization: &Organization) -> &str {
    organization.legal_name.as_deref().unwrap_or(&organization.name)
}

fn head(sheet: &mut Sheet<'_>, organization: &Organization) {
    sheet.right(Column::WHOLE, "Receipt", TITLE);
    sheet.skip(4.0);
    let name = Style { size: 13.0, ..STRONG };
    sheet.text(HEAD, seller(organization), name, 3);
    sheet.skip(2.0);
    for line in address(&organization.address) {
        sheet.text(HEAD, &line, QUIET, 2);
    }
    if let Some(email) = &organization.email {
        sheet.text(HEAD, email, QUIET, 1);
    }
    if let Some(number) = &organization.tax_identification_number {
        sheet.text(HEAD, &format!("Tax ID {number}"), QUIET, 1);
    }
}

fn payer(sheet: &mut Sheet<'_>, customer: &Customer) {
    sheet.text(LEFT, "RECEIVED FROM", LABEL, 1);
    sheet.skip(3.0);
    let name = customer.profile.legal_name.clone().or_else(|| customer.display_name());
    sheet.text(LEFT, name.as_deref().unwrap_or(&customer.external_id), STRONG, 4);
    for line in address(&customer.profile.address) {
        sheet.text(LEFT, &line, BODY, 2);
    }
    if let Some(email) = customer.first_email() {
        sheet.text(LEFT, email, QUIET, 1);
    }
    if let Some(number) = &customer.profile.tax_identification_number {
        sheet.text(LEFT, &format!("Tax ID {number}"), QUIET, 1);
    }
    if name.is_some() {
        sheet.text(LEFT, &format!("Customer {}", customer.external_id), QUIET, 2);
    }
}

fn facts(sheet: &mut Sheet<'_>, paper: &ReceiptPaper) {
    let zone = paper.customer.timezone.unwrap_or(paper.organization.timezone);
    let day = paper.payment.created_at.date_in(zone).format("%-d %B %Y").to_string();
    let lines = [
        ("RECEIPT NUMBER", paper.receipt.number.clone()),
        ("DATE OF PAYMENT", day),
        ("PAID WITH", method(&paper.payment.source)),
    ];
    for (label, value) in lines {
        sheet.text(RIGHT, label, LABEL, 1);
        sheet.skip(3.0);
        sheet.text(RIGHT, &value, BODY, 2);
        sheet.skip(7.0);
    }
}

/// `Card · Visa ending in 4242`, as far as it is known.
fn method(source: &PaymentSource) -> String {
    match source {
        PaymentSource::Manual { reference } => format!("Recorded by hand: {reference}"),
        PaymentSource::Provider { method: Some(view), .. } => {
            let details = &view.method.details;
            let mut parts = vec![first_upper(&details.kind.replace('_', " "))];
            parts.extend(details.brand.as_deref().map(first_upper));
            let mut text = parts.join(" · ");
            if let Some(last4) = &details.last4 {
                text.push_str(" ending in ");
                text.push_str(last4);
            }
            text
        }
        PaymentSource::Provider { provider, method: None, .. } => {
            format!("Online, through {}", first_upper(provider))
        }
    }
}

fn invoices(sheet: &mut Sheet<'_>, paper: &ReceiptPaper) {
    let all = &paper.payment.invoices;
    let label = if all.len() == 1 { "FOR INVOICE" } else { "FOR INVOICES" };
    sheet.text(Column::WHOLE, label, LABEL, 1);
    sheet.skip(5.0);
    for (_, number) in all.iter().take(INVOICES_MAX) {
        sheet.rule(Column::WHOLE);
        sheet.skip(6.0);
        sheet.text(Column::WHOLE, number, BODY, 1);
        sheet.skip(5.0);
    }
    sheet.rule(Column::WHOLE);
    if all.len() > INVOICES_MAX {
        sheet.skip(6.0);
        let more = format!("and {} more", all.len() - INVOICES_MAX);
        sheet.text(Column::WHOLE, &more, QUIET, 1);
    }
}

fn foot(sheet: &mut Sheet<'_>, paper: &ReceiptPaper) {
    sheet.skip_to_bottom(30.0);
    if !sheet.has_room(30.0) {
        return;
    }
    sheet.rule(Column::WHOLE);
    sheet.skip(8.0);
    let payment = format!("This receipt confirms payment {}.", paper.payment.id);
    sheet.text(Column::WHOLE, &payment, Style { size: 7.5, ..QUIET }, 1);
}

fn address(address: &Address) -> Vec<String> {
    let joined = |parts: [&Option<String>; 2], between: &str| {
        let known: Vec<&str> = parts.into_iter().filter_map(|part| part.as_deref()).collect();
        Some(known.join(between)).filter(|text| !text.is_empty())
    };
    let town = joined([&address.zipcode, &address.city], " ");
    let land = joined([&address.state, &address.country], ", ");
    let lines = [
        address.line1.clone().unwrap_or_default(),
        address.line2.clone().unwrap_or_default(),
        joined([&town, &land], ", ").unwrap_or_default(),
    ];
    lines.into_iter().filter(|line| !line.trim().is_empty()).collect()
}

/// `1,234,567.05 EUR`
fn grouped(money: Money) -> String {
    let text = money.to_string();
    let end = text.find(['.', ' ']).unwrap_or(text.len());
    let (whole, rest) = text.split_at(end);
    let mut shown = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown + rest
}

fn first_upper(text: &str) -> String {
    let mut signs = text.chars();
    signs.next().map_or_else(String::new, |first| first.to_uppercase().chain(signs).collect())
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::*;
    use crate::domain::currency::Currency;
    use crate::domain::customer::Profile;
    use crate::domain::id::{AttemptId, CustomerId, InvoiceId, OrganizationId, ReceiptId};
    use crate::domain::organization::ZeroInvoices;
    use crate::domain::payment::PayableId;
    use crate::domain::receipt::Receipt;
    use crate::domain::time::Timestamp;
    use crate::domain::view::{PaymentProgress, PaymentView};

    const NOW: Timestamp = Timestamp::from_unix_ms(1_763_680_000_000);

    #[test]
    fn large_amounts_are_readable() {
        assert_eq!(grouped(Money::new(123_456_705, Currency::EUR)), "1,234,567.05 EUR");
        assert_eq!(grouped(Money::new(4_900, Currency::EUR)), "49.00 EUR");
        assert_eq!(grouped(Money::new(1_000, "JPY".parse().expect("yen"))), "1,000 JPY");
    }

    fn organization() -> Organization {
        Organization {
            id: OrganizationId::at(NOW),
            name: "Recoup".to_owned(),
            slug: "recoup".to_owned(),
            billing_entity_code: "default".to_owned(),
            document_number_prefix: "REC-1A2B".to_owned(),
            default_currency: Currency::EUR,
            timezone: Tz::UTC,
            net_payment_term: 0,
            zero_invoices: ZeroInvoices::Finalize,
            email: Some("billing@recoup.example".to_owned()),
            legal_name: Some("Recoup Software GmbH & Co. KG".to_owned()),
            legal_number: None,
            tax_identification_number: Some("DE123456789".to_owned()),
            address: Address {
                line1: Some("Lange Straße 12".to_owned()),
                line2: None,
                city: Some("Köln".to_owned()),
                state: None,
                zipcode: Some("50667".to_owned()),
                country: Some("DE".to_owned()),
            },
            invoice_footer: None,
            invoice_grace_period: 0,
            document_locale: "en".to_owned(),
            created_at: NOW,
            updated_at: NOW,
        }
    }

    fn paper(name: &str, amount: Money, invoices: usize) -> ReceiptPaper {
        let number = |place| (InvoiceId::at(NOW), format!("REC-1A2B-001-{place:03}"));
        let address = Address {
            line1: Some(format!("1 {name} Road")),
            city: Some(name.to_owned()),
            ..organization().address
        };
        let profile = Profile {
            name: Some(name.to_owned()),
            email: Some("ada@example.org".to_owned()),
            address,
            ..Profile::default()
        };
        ReceiptPaper {
            receipt: Receipt {
                id: ReceiptId::at(NOW),
                organization_id: OrganizationId::at(NOW),
                customer_id: CustomerId::at(NOW),
                payment_id: AttemptId::at(NOW),
                sequential_id: 1,
                number: "REC-1A2B-001-RCPT-001".to_owned(),
                created_at: NOW,
            },
            payment: PaymentView {
                id: AttemptId::at(NOW),
                customer_id: CustomerId::at(NOW),
                external_customer_id: "ada".to_owned(),
                payable: PayableId::Invoice(InvoiceId::at(NOW)),
                invoices: (1..=invoices).map(number).collect(),
                amount,
                status: "succeeded".to_owned(),
                progress: PaymentProgress::Succeeded,
                source: PaymentSource::Manual { reference: "wire 42".to_owned() },
                created_at: NOW,
            },
            customer: Customer {
                id: CustomerId::at(NOW),
                organization_id: OrganizationId::at(NOW),
                external_id: "ada".to_owned(),
                sequential_id: 1,
                profile,
                currency: None,
                timezone: None,
                net_payment_term: None,
                zero_invoices: ZeroInvoices::Inherit,
                invoice_grace_period: None,
                document_locale: None,
                issuing_date_anchor: None,
                issuing_date_adjustment: None,
                link: None,
                metadata: vec![],
                tax_ids: vec![],
                created_at: NOW,
                updated_at: NOW,
                deleted_at: None,
            },
            organization: organization(),
        }
    }

    /// Long names, other scripts, signs that no font has, many invoices, the largest amount.
    #[test]
    fn whatever_names_and_amounts_are_it_is_one_page() {
        let long = "Donaudampfschifffahrtsgesellschaft".repeat(20);
        let names =
            ["Ada Lovelace", &long, "株式会社リカープ", "שלום עולם", "مرحبا", "👩‍🚀\u{0}\n", ""];
        let largest = Money::new(i64::MAX, Currency::EUR);
        for name in names {
            for (amount, invoices) in
                [(Money::new(4_900, Currency::EUR), 1), (largest, 300), (largest, 0)]
            {
                let pdf = receipt(&paper(name, amount, invoices)).expect("it is written");
                let text = String::from_utf8_lossy(&pdf);
                assert!(text.starts_with("%PDF-"));
                assert_eq!(text.matches("/Type/Page/").count(), 1, "{name}");
            }
        }
    }
}
