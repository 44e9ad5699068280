//! One page of a list, and where the next one begins.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::cursor::ListId;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = metronome::Page)]
pub struct Page<T> {
    pub data: Vec<T>,
    /// For `next_page` of the next request; null on the last page.
    pub next_page: Option<String>,
}

/// What a single object travels in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = metronome::Data)]
pub struct Data<T> {
    pub data: T,
}

impl<T> Page<T> {
    /// From one item more than the page holds, where there is one.
    pub fn of(mut items: Vec<T>, limit: usize, list: ListId, id: impl Fn(&T) -> Uuid) -> Page<T> {
        let goes_on = items.len() > limit;
        items.truncate(limit);
        let last = items.last().filter(|_| goes_on).map(id);
        Page { data: items, next_page: last.map(|last| list.after(last)) }
    }
}
