//! One page of paper, from the top down: lines of text that are broken to fit, set left or right.

use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point};
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::text::TextDirection;

use super::font::Weight;

/// A4, in points.
const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
const MARGIN: f32 = 64.0;

/// What a text looks like.
#[derive(Clone, Copy)]
pub struct Style {
    pub weight: Weight,
    pub size: f32,
    pub ink: Ink,
}

#[derive(Clone, Copy)]
pub enum Ink {
    Dark,
    Grey,
    Line,
}

impl Ink {
    fn color(self) -> rgb::Color {
        match self {
            Ink::Dark => rgb::Color::new(24, 28, 36),
            Ink::Grey => rgb::Color::new(104, 112, 126),
            Ink::Line => rgb::Color::new(214, 218, 226),
        }
    }
}

/// Between two edges, measured from the left margin.
#[derive(Clone, Copy)]
pub struct Column {
    pub from: f32,
    pub to: f32,
}

impl Column {
    /// From margin to margin.
    pub const WHOLE: Column = Column { from: 0.0, to: WIDTH - 2.0 * MARGIN };
}

/// A page that is being set. `y` is where the next line's top is.
pub struct Sheet<'a> {
    surface: Surface<'a>,
    pub y: f32,
}

/// One page, set by `set`. None: the library could not write it.
pub fn print(document: &mut Document, set: impl FnOnce(&mut Sheet<'_>)) -> Option<()> {
    let settings = PageSettings::from_wh(WIDTH, HEIGHT)?;
    let mut page = document.start_page_with(settings);
    {
        let mut sheet = Sheet { surface: page.surface(), y: MARGIN };
        set(&mut sheet);
        sheet.surface.finish();
    }
    page.finish();
    Some(())
}

impl Sheet<'_> {
    pub fn skip(&mut self, points: f32) {
        self.y += points;
    }

    /// To the bottom margin, where so many points are to stand.
    pub fn skip_to_bottom(&mut self, points: f32) {
        self.y = self.y.max(HEIGHT - MARGIN - points);
    }

    /// Whether so many more points fit above what stands at the bottom.
    pub fn has_room(&self, points: f32) -> bool {
        self.y + points <= HEIGHT - MARGIN
    }

    /// At most `lines_max` lines; what does not fit ends with an ellipsis.
    pub fn text(&mut self, column: Column, text: &str, style: Style, lines_max: usize) {
        for line in broken(text, style, column.to - column.from, lines_max) {
            self.line(column.from, &line, style);
            self.y += style.size * 1.42;
        }
    }

    /// One line that ends at the column's right edge. Does not move down.
    pub fn right(&mut self, column: Column, text: &str, style: Style) {
        let lines = broken(text, style, column.to - column.from, 1);
        let line = lines.first().map_or("", String::as_str);
        self.line(column.to - style.weight.width(line, style.size), line, style);
    }

    /// One line that must be read whole: set smaller until it fits.
    pub fn whole_line(&mut self, column: Column, text: &str, style: Style) {
        let wide = style.weight.width(text, style.size).max(1.0);
        let size = style.size * ((column.to - column.from) / wide).min(1.0);
        self.line(column.from, text, Style { size, ..style });
        self.y += style.size * 1.42;
    }

    fn line(&mut self, x: f32, text: &str, style: Style) {
        let fill = Fill { paint: style.ink.color().into(), ..Fill::default() };
        self.surface.set_fill(Some(fill));
        self.surface.set_stroke(None);
        let mut x = MARGIN + x;
        for run in runs(text) {
            // The letters stand on a line somewhat above the bottom of theirs.
            let point = Point::from_xy(x, self.y + style.size);
            let font = style.weight.font();
            self.surface.draw_text(point, font, style.size, &run, false, TextDirection::Auto);
            x += style.weight.width(&run, style.size);
        }
    }

    /// A thin line across the column.
    pub fn rule(&mut self, column: Column) {
        let mut path = PathBuilder::new();
        path.move_to(MARGIN + column.from, self.y);
        path.line_to(MARGIN + column.to, self.y);
        let Some(path) = path.finish() else { return };
        self.surface.set_fill(None);
        let stroke = Stroke {
            paint: Ink::Line.color().into(),
            width: 0.8,
            opacity: NormalizedF32::ONE,
            ..Stroke::default()
        };
        self.surface.set_stroke(Some(stroke));
        self.surface.draw_path(&path);
        self.surface.set_stroke(None);
    }
}

/// Hebrew, Arabic and their neighbours are written from the right.
fn is_from_right(sign: char) -> bool {
    matches!(sign, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFF}')
}

/// The pieces of a line that are each written in one direction, from left to right as they stand
/// on paper. The library draws only such pieces.
fn runs(line: &str) -> Vec<String> {
    let mut runs: Vec<(bool, String)> = Vec::new();
    let mut between = String::new();
    for sign in line.chars() {
        if !sign.is_alphanumeric() && !is_from_right(sign) {
            between.push(sign);
            continue;
        }
        let from_right = is_from_right(sign);
        match runs.last_mut() {
            Some((direction, run)) if *direction == from_right => {
                run.push_str(&between);
                run.push(sign);
            }
            Some(_) => {
                // What stands between two directions stands by itself.
                runs.push((false, between.clone()));
                runs.push((from_right, sign.to_string()));
            }
            None => runs.push((from_right, format!("{between}{sign}"))),
        }
        between.clear();
    }
    runs.push((false, between));
    if line.chars().find(|sign| sign.is_alphabetic()).is_some_and(is_from_right) {
        runs.reverse();
    }
    runs.into_iter().map(|(_, run)| run).filter(|run| !run.is_empty()).collect()
}

/// Lines that fit the width: between words where there are any, else between letters.
fn broken(text: &str, style: Style, width: f32, lines_max: usize) -> Vec<String> {
    let plain: String =
        text.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).collect();
    let fits = |line: &str| style.weight.width(line, style.size) <= width;
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in plain.split_whitespace() {
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if fits(&longer) {
            line = longer;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for sign in word.chars() {
            let mut longer = line.clone();
            longer.push(sign);
            if !fits(&longer) && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            line.push(sign);
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    if lines.len() > lines_max {
        lines.truncate(lines_max);
        if let Some(last) = lines.last_mut() {
            while !last.is_empty() && !fits(&format!("{last}…")) {
                last.pop();
            }
            last.push('…');
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLE: Style = Style { weight: Weight::Regular, size: 10.0, ink: Ink::Dark };

    #[test]
    fn every_line_fits_and_nothing_is_lost_while_there_is_room() {
        let text = "Donaudampfschifffahrtsgesellschaft mit beschränkter Haftung\nund Co. 株式会社";
        for width in [30.0, 80.0, 200.0] {
            let lines = broken(text, STYLE, width, 100);
            for line in &lines {
                assert!(STYLE.weight.width(line, STYLE.size) <= width, "{line}");
            }
            let letters = |text: &str| text.split_whitespace().collect::<String>();
            assert_eq!(letters(&lines.concat()), letters(text));
        }
    }

    #[test]
    fn what_does_not_fit_says_so() {
        let lines = broken("one two three four five six", STYLE, 50.0, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines[1].ends_with('…'), "{lines:?}");
        assert!(STYLE.weight.width(&lines[1], STYLE.size) <= 50.0);
        assert_eq!(broken("", STYLE, 50.0, 2), Vec::<String>::new());
    }

    #[test]
    fn directions_do_not_turn_each_other_around() {
        let mut from_right = ["50667", " ", "שלום עולם", ", ", "DE"];
        from_right.reverse();
        assert_eq!(runs("50667 שלום עולם, DE"), from_right);
        assert_eq!(runs("Rue שלום 5"), ["Rue", " ", "שלום", " ", "5"]);
        assert_eq!(runs("1 Lange Straße (hinten)"), ["1 Lange Straße (hinten", ")"]);
        assert_eq!(runs(""), Vec::<String>::new());
    }
}
