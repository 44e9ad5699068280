//! A chart: a drawing with its title, a sentence about what it says, and the same data as a table
//! and as a file.

use super::drawing::{Bar, Bars, Drawing, Shape, percent, share};
use crate::app::analytics::Analytics;
use crate::domain::analytics::{Part, Reason};
use crate::domain::failure::Way;
use crate::domain::money::Money;
use crate::http::dashboard::words::decline;
use crate::http::pay::grouped;
use crate::wire::recoup::csv::{inert, line};

pub struct Chart {
    /// In addresses, and on the page.
    pub id: &'static str,
    pub title: &'static str,
    /// What its figures are.
    pub description: String,
    /// None: there is nothing to draw yet.
    pub drawing: Option<Drawing>,
    pub table: Table,
    /// Shown as wide as the page.
    pub is_wide: bool,
}

/// The first column names the rows.
pub struct Table {
    pub heads: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Table {
    pub fn of(heads: &[&str]) -> Table {
        Table { heads: heads.iter().map(|head| (*head).to_owned()).collect(), rows: vec![] }
    }

    /// As a file.
    pub fn csv(&self) -> String {
        let plain = |text: &String| inert(&text.replace(['\u{a0}', '\u{202f}'], " "));
        let records = [&self.heads].into_iter().chain(&self.rows);
        records.map(|record| line(&record.iter().map(plain).collect::<Vec<_>>())).collect()
    }
}

/// What every chart is drawn with.
pub struct Sheet {
    pub id: &'static str,
    pub title: &'static str,
    pub description: String,
    /// The drawing, in words.
    pub told: String,
}

impl Sheet {
    pub fn chart(self, (height, shapes): (f32, Vec<Shape>), table: Table) -> Chart {
        let has_data = !shapes.is_empty();
        Chart {
            drawing: has_data.then(|| Drawing {
                id: self.id,
                title: self.title.to_owned(),
                told: self.told,
                height,
                shapes,
            }),
            id: self.id,
            title: self.title,
            description: self.description,
            table,
            is_wide: false,
        }
    }
}

/// Of each currency, in a row.
pub fn money(part: &Part) -> String {
    let told = part.money.iter().map(|(currency, units)| grouped(Money::new(*units, *currency)));
    told.collect::<Vec<_>>().join(", ")
}

const fn way(way: Way) -> &'static str {
    match way {
        Way::Retry => "by charging again",
        Way::Link => "by a payment link",
        Way::OwnAction => "by another method or by hand",
        Way::Request => "by a payment request",
    }
}

pub fn funnel(analytics: &Analytics) -> Chart {
    let funnel = &analytics.of_failures.funnel;
    let whole = funnel.failed.count;
    let mut steps: Vec<(String, &Part, &'static str)> = vec![
        ("First charge declined".to_owned(), &funnel.failed, "soft-bar"),
        ("Charged again".to_owned(), &funnel.tried_again, "soft-bar"),
        ("Recovered".to_owned(), &funnel.recovered, "good"),
    ];
    for (by, part) in &funnel.by {
        steps.push((format!("… {}", way(*by)), part, "good"));
    }
    steps.push(("Still owed".to_owned(), &funnel.owed, "main"));
    steps.push(("Voided or written off".to_owned(), &funnel.gone, "soft-bar"));
    let mut table = Table::of(&["Step", "Invoices", "Share", "Money"]);
    let mut rows = vec![];
    for (name, part, class) in steps {
        let of_all = (part.count * 1_000_000).checked_div(whole).unwrap_or(0);
        let figure = format!("{} · {}", part.count, percent(of_all));
        table.rows.push(vec![name.clone(), part.count.to_string(), percent(of_all), money(part)]);
        rows.push(Bar { name, figure, share: share(part.count, whole), class, part: 0.0 });
    }
    let bars = Bars { rows };
    let shapes = if whole == 0 { vec![] } else { bars.shapes() };
    Sheet {
        id: "funnel",
        title: "From declined to recovered",
        description: "Of the invoices whose first charge was declined in this time: how many were \
                      charged again, how many are paid by now, and by what."
            .to_owned(),
        told: format!(
            "Of {whole} invoices whose first charge was declined, {} recovered by now, {} still \
             owed, {} gone.",
            funnel.recovered.count, funnel.owed.count, funnel.gone.count
        ),
    }
    .chart((bars.height(), shapes), table)
}

pub fn reasons(analytics: &Analytics) -> Chart {
    let reasons = &analytics.of_failures.reasons;
    let largest = reasons.iter().map(|it| it.failed.count).max().unwrap_or(0);
    let mut table =
        Table::of(&["Reason", "Declined", "Money declined", "Recovered", "Money recovered"]);
    let bar = |it: &Reason| Bar {
        name: decline(it.class).to_owned(),
        figure: format!("{} of {} recovered", it.recovered.count, it.failed.count),
        share: share(it.failed.count, largest),
        class: "soft-bar",
        part: share(it.recovered.count, largest),
    };
    for it in reasons {
        table.rows.push(vec![
            decline(it.class).to_owned(),
            it.failed.count.to_string(),
            money(&it.failed),
            it.recovered.count.to_string(),
            money(&it.recovered),
        ]);
    }
    let bars = Bars { rows: reasons.iter().map(bar).collect() };
    let told = match reasons.first() {
        Some(first) => format!(
            "The most frequent reason is {}: {} declined, {} of them recovered by now.",
            decline(first.class),
            first.failed.count,
            first.recovered.count
        ),
        None => String::new(),
    };
    Sheet {
        id: "reasons",
        title: "Why first charges were declined",
        description: "By the class of the first decline. The part that is recovered by now is \
                      drawn over each bar."
            .to_owned(),
        told,
    }
    .chart((bars.height(), bars.shapes()), table)
}
