//! The refusals of our own API, as the description tells them. What is really answered is chosen
//! in `problem.rs`.

use std::collections::{BTreeMap, HashMap};

use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, OpenApi, ToSchema};

/// What is wrong: a code for programs, a sentence for people.
#[derive(ToSchema)]
#[schema(as = Problem)]
#[allow(dead_code, reason = "a description: problem.rs makes the bodies")]
pub struct ProblemShape {
    #[schema(example = 422)]
    pub status: u16,
    #[schema(example = "invalid")]
    pub code: String,
    #[schema(example = "say how many seconds")]
    pub message: String,
    /// By the name of the field, what to do about it. Only where fields are wrong.
    #[schema(nullable = false)]
    pub fields: Option<HashMap<String, String>>,
}

#[derive(OpenApi)]
#[openapi(
    components(schemas(ProblemShape)),
    tags((name = "recoup", description = "What the dialects have no words for."))
)]
pub struct Doc;

/// Of every route that needs a key.
pub struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[
            (401, "No key, or one that is not known"),
            (403, "The key may not"),
            (404, "There is no such thing"),
            (409, "The state does not allow it"),
            (422, "The request makes no sense"),
            (429, "Too many requests"),
        ])
    }
}

/// Of routes of the test clock, which need no key.
pub struct OfTheClock;

impl IntoResponses for OfTheClock {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[
            (404, "The clock of this server goes by itself"),
            (422, "The request makes no sense"),
        ])
    }
}

fn problems(rows: &[(u16, &str)]) -> BTreeMap<String, RefOr<Response>> {
    let problem = || ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let response = |description: &str| {
        ResponseBuilder::new()
            .description(description)
            .content("application/json", problem())
            .build()
    };
    rows.iter().map(|(status, told)| (status.to_string(), response(told).into())).collect()
}
