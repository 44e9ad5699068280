//! Charts of rates: at which attempt debts come back, and after how many days.

use super::chart::{Chart, Sheet, Table};
use super::drawing::{Shape, WIDTH, percent, share};
use crate::app::analytics::Analytics;
use crate::domain::analytics::{ATTEMPT_NUMBER_MAX, CURVE_DAYS};

/// Where the field of a diagram is on its sheet.
const LEFT: f32 = 44.0;
const TOP: f32 = 10.0;
const FIELD_WIDTH: f32 = WIDTH - LEFT - 8.0;
const FIELD_HEIGHT: f32 = 150.0;
const HEIGHT: f32 = TOP + FIELD_HEIGHT + 30.0;

/// Rates are drawn up to the next of these, in millionths.
const CEILINGS: [u64; 5] = [100_000, 250_000, 500_000, 750_000, 1_000_000];

fn ceiling(highest: u64) -> u64 {
    CEILINGS.into_iter().find(|ceiling| highest <= *ceiling).unwrap_or(1_000_000)
}

fn y(millionths: u64, ceiling: u64) -> f32 {
    TOP + FIELD_HEIGHT * (1.0 - share(millionths, ceiling))
}

/// Lines at nothing, half and all of it.
fn grid(ceiling: u64) -> Vec<Shape> {
    let mut shapes = vec![];
    for part in [0, ceiling / 2, ceiling] {
        let at = y(part, ceiling);
        shapes.push(Shape::Line { from: (LEFT, at), to: (WIDTH - 8.0, at), class: "grid" });
        let text = percent(part).replace(".0", "");
        shapes.push(Shape::Text { at: (LEFT - 6.0, at + 4.0), text, class: "axis end" });
    }
    shapes
}

pub fn by_attempt(analytics: &Analytics) -> Chart {
    let tallies = &analytics.of_failures.by_attempt;
    let rates: Vec<_> = tallies.iter().map(|(number, it)| (*number, *it, it.rate())).collect();
    let highest = rates.iter().filter_map(|(_, _, rate)| rate.estimate).max().unwrap_or(0);
    let top = ceiling(
        rates
            .iter()
            .map(
                |(_, it, rate)| {
                    if it.tries >= 10 { rate.high } else { rate.estimate.unwrap_or(0) }
                },
            )
            .max()
            .unwrap_or(highest),
    );
    let mut table = Table::of(&["Attempt", "Made", "Paid", "Rate", "From", "To"]);
    let mut shapes = if rates.is_empty() { vec![] } else { grid(top) };
    let columns = u64::try_from(rates.len()).unwrap_or(1);
    for (place, (number, tally, rate)) in (0..).zip(&rates) {
        let estimate = rate.estimate.unwrap_or(0);
        let name = name(*number);
        table.rows.push(vec![
            name.clone(),
            tally.tries.to_string(),
            tally.paid.to_string(),
            percent(estimate),
            percent(rate.low),
            percent(rate.high),
        ]);
        let x = LEFT + FIELD_WIDTH * (share(2 * place + 1, 2 * columns));
        let ends = (y(rate.low, top), y(rate.high.min(top), top));
        shapes.push(Shape::Line { from: (x, ends.0), to: (x, ends.1), class: "interval" });
        shapes.push(Shape::Dot { at: (x, y(estimate, top)), radius: 4.5, class: "main" });
        let at = (x, TOP + FIELD_HEIGHT + 18.0);
        shapes.push(Shape::Text { at, text: name, class: "axis middle" });
    }
    let told = rates.iter().map(|(number, tally, rate)| {
        let rate = percent(rate.estimate.unwrap_or(0));
        format!("attempt {}: {rate} of {}", name(*number), tally.tries)
    });
    Sheet {
        id: "attempts",
        title: "Which attempt brings the money",
        description: "How many of the attempts with this number were paid; the first charge, \
                      which was declined, has number 1. The line is the range in which the true \
                      rate lies in 95 of 100 cases: the fewer attempts, the longer."
            .to_owned(),
        told: told.collect::<Vec<_>>().join("; "),
    }
    .chart((HEIGHT, shapes), table)
}

fn name(number: u32) -> String {
    let more = if number == ATTEMPT_NUMBER_MAX { "+" } else { "" };
    format!("{number}{more}")
}

pub fn by_day(analytics: &Analytics) -> Chart {
    let curve = &analytics.of_failures.by_day;
    let last = curve.last().copied().unwrap_or(0);
    let top = ceiling(last);
    let days = u64::try_from(CURVE_DAYS).unwrap_or(1);
    let x = |day: u64| LEFT + FIELD_WIDTH * share(day, days);
    let mut table = Table::of(&["Days after the first decline", "Recovered by then"]);
    let mut points = vec![];
    for (day, rate) in (0_u64..).zip(curve) {
        table.rows.push(vec![day.to_string(), percent(*rate)]);
        // A step: it is so from this day on.
        if let Some((_, before)) = points.last().copied() {
            points.push((x(day), before));
        }
        points.push((x(day), y(*rate, top)));
    }
    let has_data = analytics.of_failures.funnel.failed.count > 0;
    let mut shapes = vec![];
    if has_data {
        shapes.extend(grid(top));
        for day in (0..=days).step_by(5) {
            let at = (x(day), TOP + FIELD_HEIGHT + 18.0);
            shapes.push(Shape::Text { at, text: day.to_string(), class: "axis middle" });
        }
        shapes.push(Shape::Curve { points, class: "curve" });
    }
    let at = |day: usize| percent(curve.get(day).copied().unwrap_or(0));
    Sheet {
        id: "days",
        title: "How long it takes",
        description: "What share of the declined invoices was paid within so many days of the \
                      first decline. Younger ones count for as long as they could be followed."
            .to_owned(),
        told: format!("After 3 days {}, after 7 days {}, after 30 days {}.", at(3), at(7), at(30)),
    }
    .chart((HEIGHT, shapes), table)
}
