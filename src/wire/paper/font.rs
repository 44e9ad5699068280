//! The two fonts of our papers, and how wide a text is in them: the library that draws does not
//! say. Reads two tables of the font, and no more of it.

use std::collections::HashMap;
use std::sync::LazyLock;

use krilla::text::Font;

static REGULAR: LazyLock<Face> = LazyLock::new(|| Face::read(dejavu::sans::regular()));
static BOLD: LazyLock<Face> = LazyLock::new(|| Face::read(dejavu::sans::bold()));

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    Regular,
    Bold,
}

impl Weight {
    fn face(self) -> &'static Face {
        match self {
            Weight::Regular => &REGULAR,
            Weight::Bold => &BOLD,
        }
    }

    pub fn font(self) -> Font {
        self.face().font.clone()
    }

    /// In points, at this size. Without kerning, which only makes it narrower.
    pub fn width(self, text: &str, size: f32) -> f32 {
        let face = self.face();
        let units: u32 = text.chars().map(|sign| face.advance(sign)).sum();
        units as f32 * size / face.font.units_per_em()
    }
}

struct Face {
    font: Font,
    /// Advance of each character, in units of the font.
    advances: HashMap<char, u32>,
    /// Of the box that stands for what the font has not.
    missing: u32,
}

impl Face {
    fn read(data: &'static [u8]) -> Face {
        let font = Font::new(data.into(), 0).expect("DejaVu is a font");
        let tables = Tables(data);
        let advances = tables.advances().expect("DejaVu has its tables");
        let missing = tables.advance_of(0).expect("DejaVu has a box");
        Face { font, advances, missing }
    }

    fn advance(&self, sign: char) -> u32 {
        self.advances.get(&sign).copied().unwrap_or(self.missing)
    }
}

/// Big-endian numbers of a TrueType file.
struct Tables(&'static [u8]);

impl Tables {
    fn u16_at(&self, at: usize) -> Option<usize> {
        let bytes = self.0.get(at..at + 2)?.try_into().ok()?;
        Some(usize::from(u16::from_be_bytes(bytes)))
    }

    fn u32_at(&self, at: usize) -> Option<usize> {
        let bytes = self.0.get(at..at + 4)?.try_into().ok()?;
        usize::try_from(u32::from_be_bytes(bytes)).ok()
    }

    /// Where a table begins.
    fn table(&self, tag: &[u8; 4]) -> Option<usize> {
        let count = self.u16_at(4)?;
        let entries = (0..count).map(|place| 12 + place * 16);
        let mut named = entries.filter(|at| self.0.get(*at..*at + 4) == Some(tag));
        self.u32_at(named.next()? + 8)
    }

    fn advance_of(&self, glyph: usize) -> Option<u32> {
        let long = self.u16_at(self.table(b"hhea")? + 34)?;
        let place = glyph.min(long.checked_sub(1)?);
        u32::try_from(self.u16_at(self.table(b"hmtx")? + place * 4)?).ok()
    }

    /// From the map of all of Unicode (format 12), in groups of characters that follow each other.
    fn advances(&self) -> Option<HashMap<char, u32>> {
        let map = self.table(b"cmap")?;
        let subtables = (0..self.u16_at(map + 2)?).map(|place| map + 4 + place * 8);
        let mut whole = subtables
            .filter_map(|at| Some(map + self.u32_at(at + 4)?))
            .filter(|at| self.u16_at(*at) == Some(12));
        let groups = whole.next()?;
        let mut advances = HashMap::new();
        for group in 0..self.u32_at(groups + 12)? {
            let at = groups + 16 + group * 12;
            let (first, last) = (self.u32_at(at)?, self.u32_at(at + 4)?);
            let glyph = self.u32_at(at + 8)?;
            for sign in first..=last {
                let Some(known) = u32::try_from(sign).ok().and_then(char::from_u32) else {
                    continue;
                };
                advances.insert(known, self.advance_of(glyph + sign - first)?);
            }
        }
        Some(advances)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_the_font() {
        // In DejaVu Sans an "m" is 1995 of 2048 units wide, an "i" 569.
        assert!((Weight::Regular.width("m", 2048.0) - 1995.0).abs() < 0.5);
        assert!((Weight::Regular.width("i", 2048.0) - 569.0).abs() < 0.5);
        assert!(Weight::Bold.width("receipt", 10.0) > Weight::Regular.width("receipt", 10.0));
        assert!(Weight::Regular.width("東", 10.0) > 0.0, "a box");
    }
}
