//! Where a page of a list ends, so that the next one begins after it: the newest come first, and
//! what comes meanwhile moves nothing.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use super::time::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub at: Timestamp,
    pub id: Uuid,
}

/// `1795000000000.<id>`
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at.unix_ms(), self.id.hyphenated())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a place in a list")]
pub struct InvalidPlace;

impl FromStr for Place {
    type Err = InvalidPlace;

    fn from_str(text: &str) -> Result<Place, InvalidPlace> {
        let (at, id) = text.split_once('.').ok_or(InvalidPlace)?;
        Ok(Place {
            at: Timestamp::from_unix_ms(at.parse().map_err(|_| InvalidPlace)?),
            id: id.parse().map_err(|_| InvalidPlace)?,
        })
    }
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Placed<T> {
    pub items: Vec<T>,
    /// None: this is the last page.
    pub next: Option<Place>,
}

impl<T> Placed<T> {
    /// Of one item more than was asked for, where there is one.
    pub fn of(mut items: Vec<T>, limit: u32, place: impl Fn(&T) -> Place) -> Placed<T> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(place) } else { None };
        Placed { items, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written() {
        let place = Place { at: Timestamp::from_unix_ms(1_795_000_000_000), id: Uuid::max() };
        assert_eq!(place.to_string().parse(), Ok(place));
        for wrong in ["", "1", "x.y", ".", "1.2"] {
            assert_eq!(wrong.parse::<Place>(), Err(InvalidPlace), "{wrong}");
        }
    }

    #[test]
    fn the_last_page_has_no_next() {
        let at = |ms| Place { at: Timestamp::from_unix_ms(ms), id: Uuid::nil() };
        assert_eq!(Placed::of(vec![3, 2, 1], 2, |ms| at(*ms)).next, Some(at(2)));
        assert_eq!(Placed::of(vec![3, 2], 2, |ms| at(*ms)).next, None);
    }
}
