//! Drawings: shapes on a sheet, as SVG. Colours and letters come from the style sheet, by class; a
//! drawing says in words what it shows, for who does not see it.

use askama::Template;
use askama::filters::HtmlSafe;

/// All sheets are so wide; they are shown as wide as there is room.
pub const WIDTH: f32 = 400.0;

#[derive(Template)]
#[template(path = "dashboard/analytics/drawing.svg", escape = "html")]
pub struct Drawing {
    /// Tells its title and description from those of others on the page.
    pub id: &'static str,
    pub title: String,
    /// What it shows, in a sentence or two.
    pub told: String,
    pub height: f32,
    pub shapes: Vec<Shape>,
}

impl HtmlSafe for Drawing {}

pub enum Shape {
    Bar {
        x: f32,
        y: f32,
        width: f32,
        height: f32,
        class: &'static str,
    },
    Line {
        from: (f32, f32),
        to: (f32, f32),
        class: &'static str,
    },
    /// Through all of these.
    Curve {
        points: Vec<(f32, f32)>,
        class: &'static str,
    },
    Dot {
        at: (f32, f32),
        radius: f32,
        class: &'static str,
    },
    Text {
        at: (f32, f32),
        text: String,
        class: &'static str,
    },
}

impl Drawing {
    /// Of one decimal: a tenth of a point is not seen.
    fn n(&self, number: &f32) -> String {
        let text = format!("{number:.1}");
        text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
    }

    fn points(&self, points: &[(f32, f32)]) -> String {
        let told = points.iter().map(|(x, y)| format!("{},{}", self.n(x), self.n(y)));
        told.collect::<Vec<_>>().join(" ")
    }

    fn width_told(&self) -> String {
        self.n(&WIDTH)
    }
}

/// A share of what is there, for drawing.
#[allow(clippy::cast_precision_loss, reason = "a point of a drawing is a thousandth")]
pub fn share(part: u64, whole: u64) -> f32 {
    if whole == 0 { 0.0 } else { part.min(whole) as f32 / whole as f32 }
}

/// `12.3 %` of millionths.
pub fn percent(millionths: u64) -> String {
    let tenths = (millionths + 500) / 1_000;
    format!("{}.{}\u{a0}%", tenths / 10, tenths % 10)
}

/// Bars below each other, each with its name and its figure above it. What is a part of a bar is
/// drawn over it.
pub struct Bars {
    pub rows: Vec<Bar>,
}

pub struct Bar {
    pub name: String,
    pub figure: String,
    /// Of the whole width.
    pub share: f32,
    pub class: &'static str,
    /// Of the whole width too; nothing is drawn where it is zero.
    pub part: f32,
}

const BAR_STEP: f32 = 36.0;

impl Bars {
    pub fn height(&self) -> f32 {
        let mut height = 4.0;
        self.rows.iter().for_each(|_| height += BAR_STEP);
        height
    }

    pub fn shapes(&self) -> Vec<Shape> {
        let mut shapes = vec![];
        let mut y = 2.0;
        for row in &self.rows {
            shapes.push(Shape::Text { at: (0.0, y + 12.0), text: row.name.clone(), class: "name" });
            shapes.push(Shape::Text {
                at: (WIDTH, y + 12.0),
                text: row.figure.clone(),
                class: "figure end",
            });
            let bar = |share: f32, class| Shape::Bar {
                x: 0.0,
                y: y + 18.0,
                width: (WIDTH * share).max(if share > 0.0 { 1.5 } else { 0.0 }),
                height: 9.0,
                class,
            };
            shapes.push(bar(1.0, "ground"));
            shapes.push(bar(row.share, row.class));
            if row.part > 0.0 {
                shapes.push(bar(row.part, "good"));
            }
            y += BAR_STEP;
        }
        shapes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_says_what_it_shows_and_escapes_it() {
        let rows = vec![Bar {
            name: "a < b".into(),
            figure: "7".into(),
            share: 0.25,
            class: "main",
            part: 0.0,
        }];
        let bars = Bars { rows };
        let drawing = Drawing {
            id: "x",
            title: "T & U".into(),
            told: "told".into(),
            height: bars.height(),
            shapes: bars.shapes(),
        };
        let svg = drawing.to_string();
        assert!(svg.contains("aria-labelledby=\"x-title x-told\""), "{svg}");
        assert!(svg.contains("T &#38; U") && svg.contains("a &#60; b"), "{svg}");
        assert!(svg.contains("width=\"100\" height=\"9\" class=\"main\""), "{svg}");
    }

    #[test]
    fn rates_are_told_in_percent() {
        let told = [0, 123_456, 999_999, 1_000_000].map(percent);
        let expected = ["0.0", "12.3", "100.0", "100.0"].map(|it| format!("{it}\u{a0}%"));
        assert_eq!(told, expected);
        assert!((share(1, 4) - 0.25).abs() < f32::EPSILON && share(1, 0) == 0.0);
    }
}
