//! Charts of what there is now, of the hours of the week, and of how providers answer.

use std::collections::BTreeMap;

use super::chart::{Chart, Sheet, Table};
use super::drawing::{Bar, Bars, Shape, WIDTH, percent, share};
use crate::app::analytics::{Analytics, HEALTH_DAYS};
use crate::domain::analytics::{Age, Aged, ConnectionDay};
use crate::domain::backtest::Tally;
use crate::domain::connection::Connection;
use crate::domain::currency::Currency;
use crate::http::pay::grouped;

const fn age(age: Age) -> &'static str {
    match age {
        Age::NotDue => "Not due yet",
        Age::UpTo30 => "1 to 30 days overdue",
        Age::UpTo60 => "31 to 60 days overdue",
        Age::UpTo90 => "61 to 90 days overdue",
        Age::Older => "More than 90 days overdue",
    }
}

pub fn ageing(analytics: &Analytics) -> Chart {
    let mut table = Table::of(&["Currency and age", "Invoices", "Due"]);
    let mut largest: BTreeMap<Currency, i64> = BTreeMap::new();
    for it in &analytics.aged {
        let sum = largest.entry(it.due.currency).or_default();
        *sum = (*sum).max(it.due.minor_units);
    }
    let mut rows = vec![];
    for it in &analytics.aged {
        let name = format!("{}: {}", it.due.currency, age(it.age));
        table.rows.push(vec![name.clone(), it.invoices.to_string(), grouped(it.due)]);
        let whole = largest.get(&it.due.currency).copied().unwrap_or(0);
        rows.push(Bar {
            name,
            figure: format!("{} · {}", grouped(it.due), it.invoices),
            share: share(it.due.minor_units.unsigned_abs(), whole.unsigned_abs()),
            class: tone(it),
            part: 0.0,
        });
    }
    let bars = Bars { rows };
    let told = analytics.aged.iter().map(|it| format!("{}: {}", age(it.age), grouped(it.due)));
    Sheet {
        id: "ageing",
        title: "How old what is owed is",
        description: "Everything that is unpaid now, by how long it has been due. Each currency \
                      is drawn in its own measure."
            .to_owned(),
        told: told.collect::<Vec<_>>().join("; "),
    }
    .chart((bars.height(), bars.shapes()), table)
}

const fn tone(aged: &Aged) -> &'static str {
    match aged.age {
        Age::NotDue => "soft-bar",
        Age::UpTo30 => "main",
        Age::UpTo60 | Age::UpTo90 | Age::Older => "bad",
    }
}

const DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

const DAY_LEFT: f32 = 40.0;
const CELL_WIDTH: f32 = (WIDTH - DAY_LEFT) / 24.0;
const CELL_HEIGHT: f32 = 20.0;

/// Cells with fewer retries say little and are drawn pale.
const CELL_TRIES_MIN: u64 = 5;

pub fn week(analytics: &Analytics) -> Chart {
    let week = &analytics.of_failures.week;
    let mut heads = vec!["Day".to_owned()];
    heads.extend((0..24).map(|hour| format!("{hour:02}")));
    let mut table = Table { heads, rows: vec![] };
    let mut shapes = vec![];
    let (mut top, mut tries) = (16.0, 0);
    for (name, hours) in DAYS.iter().zip(week) {
        let mut row = vec![(*name).to_owned()];
        let at = (0.0, top + CELL_HEIGHT - 6.0);
        shapes.push(Shape::Text { at, text: name[..3].to_owned(), class: "axis" });
        let mut left = DAY_LEFT;
        for tally in hours {
            tries += tally.tries;
            row.push(if tally.tries == 0 {
                String::new()
            } else {
                format!("{}/{}", tally.paid, tally.tries)
            });
            let (x, y, width, height) = (left, top, CELL_WIDTH - 1.5, CELL_HEIGHT - 1.5);
            shapes.push(Shape::Bar { x, y, width, height, class: heat(*tally) });
            left += CELL_WIDTH;
        }
        table.rows.push(row);
        top += CELL_HEIGHT;
    }
    let mut left = DAY_LEFT;
    for hour in (0..24).step_by(3) {
        let at = (left, 11.0);
        shapes.push(Shape::Text { at, text: format!("{hour:02}"), class: "axis" });
        left += CELL_WIDTH * 3.0;
    }
    let best = best(week);
    Sheet {
        id: "week",
        title: "When retries are paid",
        description: format!(
            "Retries by day of the week and hour, where the payer is: the darker, the more of \
             them were paid. Hours with fewer than {CELL_TRIES_MIN} retries are pale. In the \
             table: paid of made."
        ),
        told: best.unwrap_or_else(|| "No hour stands out yet.".to_owned()),
    }
    .chart((top + 4.0, if tries == 0 { vec![] } else { shapes }), table)
}

fn heat(tally: Tally) -> &'static str {
    if tally.tries == 0 {
        return "heat-none";
    }
    if tally.tries < CELL_TRIES_MIN {
        return "heat-few";
    }
    match tally.paid * 5 / tally.tries {
        0 => "heat-0",
        1 => "heat-1",
        2 => "heat-2",
        3 => "heat-3",
        _ => "heat-4",
    }
}

fn best(week: &[[Tally; 24]]) -> Option<String> {
    let cells = DAYS.iter().zip(week).flat_map(|(day, hours)| {
        (0_u32..).zip(hours).map(move |(hour, tally)| (*day, hour, *tally))
    });
    let told = cells.filter(|(_, _, tally)| tally.tries >= CELL_TRIES_MIN);
    let (day, hour, tally) = told.max_by_key(|(_, _, it)| it.paid * 1_000_000 / it.tries)?;
    let rate = percent(tally.paid * 1_000_000 / tally.tries);
    Some(format!("Best is {day} at {hour:02}: {rate} of {} retries were paid.", tally.tries))
}

pub fn health(analytics: &Analytics, connections: &[Connection]) -> Chart {
    let mut table =
        Table::of(&["Connection and day", "Paid", "Declined", "Unknown or not sent", "Open"]);
    let mut shapes = vec![];
    let mut top = 4.0;
    let mut told = vec![];
    for connection in connections {
        let days: Vec<&ConnectionDay> =
            analytics.health.iter().filter(|it| it.connection == connection.id).collect();
        if days.is_empty() {
            continue;
        }
        for day in &days {
            let figures = [day.paid, day.declined, day.disturbed, day.open];
            let mut row = vec![format!("{} · {}", connection.name, day.day)];
            row.extend(figures.map(|it| it.to_string()));
            table.rows.push(row);
        }
        let sum = |of: fn(&ConnectionDay) -> u64| days.iter().map(|day| of(day)).sum::<u64>();
        let all = sum(total);
        let figure = format!(
            "{} paid, {} disturbed of {all}",
            percent(sum(|it| it.paid) * 1_000_000 / all.max(1)),
            percent(sum(|it| it.disturbed) * 1_000_000 / all.max(1)),
        );
        told.push(format!("{}: {figure}", connection.name));
        shapes.extend(columns(analytics, connection, &days, (top, figure)));
        top += HEALTH_HEIGHT;
    }
    Sheet {
        id: "health",
        title: "How providers answer",
        description: format!(
            "Charges of the last {HEALTH_DAYS} days by day, today on the right: paid below, \
             declined above it, and at the top those that did not reach the provider or whose \
             outcome is not known. Declines are no fault of a provider; the top should be empty."
        ),
        told: told.join("; "),
    }
    .chart((top, shapes), table)
}

const HEALTH_HEIGHT: f32 = 110.0;
const COLUMN_HEIGHT: f32 = 72.0;

const fn total(day: &ConnectionDay) -> u64 {
    day.paid + day.declined + day.disturbed + day.open
}

/// One for each day, stacked.
fn columns(
    analytics: &Analytics,
    connection: &Connection,
    days: &[&ConnectionDay],
    (top, figure): (f32, String),
) -> Vec<Shape> {
    let largest = days.iter().map(|day| total(day)).max().unwrap_or(1);
    let at = |x, text, class| Shape::Text { at: (x, top + 12.0), text, class };
    let mut shapes =
        vec![at(0.0, connection.name.clone(), "name"), at(WIDTH, figure, "figure end")];
    let today = analytics.made_at.date_in(analytics.zone);
    let floor = top + 20.0 + COLUMN_HEIGHT;
    shapes.push(Shape::Line { from: (0.0, floor), to: (WIDTH, floor), class: "grid" });
    let count = u64::from(HEALTH_DAYS) + 1;
    for day in days {
        let ago = u64::try_from((today - day.day).num_days()).unwrap_or(0);
        let x = WIDTH * share((count - 1).saturating_sub(ago), count);
        let width = WIDTH * share(1, count) - 3.0;
        let mut y = floor;
        let parts = [
            (day.paid, "good"),
            (day.declined, "soft-bar"),
            (day.open, "open-bar"),
            (day.disturbed, "bad"),
        ];
        for (number, class) in parts {
            let height = COLUMN_HEIGHT * share(number, largest);
            if number > 0 {
                y -= height;
                shapes.push(Shape::Bar { x, y, width, height, class });
            }
        }
    }
    shapes
}
