//! Reads from queries which part of a list is asked for, and what it is narrowed by. Here a value
//! that makes no sense is refused: a filter that is misread would hide money.

use utoipa::IntoParams;
use uuid::Uuid;

use super::Problem;
use crate::domain::view::SliceRequest;
use crate::http::lago::Query;

/// Which part of a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "a description: `slice` reads them")]
pub struct Slicing {
    /// The `next` of the part before.
    after: Option<Uuid>,
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

pub fn slice(query: &Query) -> Result<SliceRequest, Problem> {
    let after = word(query, "after", |text| Uuid::try_parse(text).ok())?;
    let limit = word(query, "limit", |text| {
        text.parse::<u32>().ok().filter(|limit| (1..=SliceRequest::LIMIT_MAX).contains(limit))
    })?;
    Ok(SliceRequest { after, limit: limit.unwrap_or(SliceRequest::LIMIT_DEFAULT) })
}

/// None: it is not asked for.
pub fn word<T>(
    query: &Query,
    key: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Problem> {
    let Some(text) = query.text(key) else { return Ok(None) };
    let unknown = || Problem::invalid(format!("`{text}` is no {key}"));
    parse(text.trim()).map(Some).ok_or_else(unknown)
}
