//! Lists: the plural key and `meta`.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::domain::view::Page;

/// `{"customers": […], "meta": {…}}` as text: a list is long, and is written once only.
pub fn list<T, S: Serialize>(key: &str, page: &Page<T>, item: impl Fn(&T) -> S) -> String {
    let items: Vec<S> = page.items.iter().map(item).collect();
    let body = ListBody { key, items, meta: meta(page) };
    serde_json::to_string(&body).expect("shapes have text keys and finite numbers")
}

struct ListBody<'a, S> {
    key: &'a str,
    items: Vec<S>,
    meta: Meta,
}

impl<S: Serialize> Serialize for ListBody<'_, S> {
    fn serialize<W: Serializer>(&self, writer: W) -> Result<W::Ok, W::Error> {
        let mut body = writer.serialize_map(Some(2))?;
        body.serialize_entry(self.key, &self.items)?;
        body.serialize_entry("meta", &self.meta)?;
        body.end()
    }
}

/// Where a page of a list stands.
#[derive(Serialize, ToSchema)]
pub struct Meta {
    /// Zero when the list is empty: clients expect it.
    pub current_page: u64,
    pub next_page: Option<u64>,
    pub prev_page: Option<u64>,
    pub total_pages: u64,
    pub total_count: u64,
}

pub fn meta<T>(page: &Page<T>) -> Meta {
    let (total, current) = (page.total, u64::from(page.request.page));
    let pages = total.div_ceil(u64::from(page.request.per_page.max(1)));
    let next = (current < pages).then(|| current + 1);
    let previous = (current > 1 && current <= pages).then(|| current - 1);
    Meta {
        current_page: if total == 0 { 0 } else { current },
        next_page: next,
        prev_page: previous,
        total_pages: pages,
        total_count: total,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::view::PageRequest;

    fn shown(page: u32, total: u64) -> String {
        let request = PageRequest { page, per_page: 20 };
        let page = Page { items: Vec::<u8>::new(), total, request };
        let body = list("numbers", &page, |number| *number);
        let meta = body.strip_prefix("{\"numbers\":[],\"meta\":").expect("the two parts");
        meta.strip_suffix('}').expect("the end").to_owned()
    }

    #[test]
    fn meta_says_where_the_page_stands() {
        let none = "{\"current_page\":0,\"next_page\":null,\"prev_page\":null,\
                    \"total_pages\":0,\"total_count\":0}";
        assert_eq!(shown(1, 0), none);
        let first =
            r#"{"current_page":1,"next_page":2,"prev_page":null,"total_pages":4,"total_count":70}"#;
        assert_eq!(shown(1, 70), first);
        let last =
            r#"{"current_page":4,"next_page":null,"prev_page":3,"total_pages":4,"total_count":70}"#;
        assert_eq!(shown(4, 70), last);
        let past = "{\"current_page\":9,\"next_page\":null,\"prev_page\":null,\
                    \"total_pages\":4,\"total_count\":70}";
        assert_eq!(shown(9, 70), past);
    }
}
