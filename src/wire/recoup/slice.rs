//! Where a list stands whose next part is asked for by the last item of this one.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::view::Slice;

#[derive(Serialize, ToSchema)]
pub struct SliceMeta {
    /// Ask for `after` this to see what follows. Null: this is the end.
    #[schema(format = Uuid)]
    pub next: Option<String>,
}

pub fn slice_meta<T>(slice: &Slice<T>) -> SliceMeta {
    SliceMeta { next: slice.next.map(|id| id.to_string()) }
}
