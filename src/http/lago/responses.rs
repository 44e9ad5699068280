//! The refusals of this dialect, as the description of the API tells them. What is really answered
//! is chosen in `error.rs`.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, OpenApi, ToSchema};

/// What went wrong.
#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: error.rs makes the bodies")]
pub struct Refusal {
    #[schema(example = 404)]
    pub status: u16,
    #[schema(example = "Not Found")]
    pub error: String,
    /// For programs.
    #[schema(example = "customer_not_found", nullable = false)]
    pub code: Option<String>,
    /// Field by field, what is wrong with each; or what a provider said.
    #[schema(nullable = false)]
    pub error_details: Option<HashMap<String, Detail>>,
}

/// The codes of a field, or a sentence.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "a description: error.rs makes the bodies")]
pub enum Detail {
    #[schema(example = json!(["value_is_mandatory"]))]
    Codes(Vec<String>),
    Sentence(String),
}

#[derive(OpenApi)]
#[openapi(components(schemas(Refusal)))]
pub struct Doc;

type Responses = BTreeMap<String, RefOr<Response>>;

/// Of routes that read.
pub struct Reading;

impl IntoResponses for Reading {
    fn responses() -> Responses {
        refusals(&[
            (401, "No key, or one that is not known"),
            (403, "The key may not read this"),
            (404, "There is no such thing"),
            (422, "A filter makes no sense"),
            (429, "Too many requests"),
        ])
    }
}

/// Of routes that change something.
pub struct Writing;

impl IntoResponses for Writing {
    fn responses() -> Responses {
        refusals(&[
            (400, "The body is not JSON, or its root is missing"),
            (401, "No key, or one that is not known"),
            (403, "The key may not change this, or the object never allows it"),
            (404, "There is no such thing, or what the body names does not exist"),
            (405, "The state does not allow it"),
            (413, "The body is too long"),
            (422, "A field makes no sense, or a provider refused"),
            (429, "Too many requests, here or at the provider"),
        ])
    }
}

fn refusals(rows: &[(u16, &str)]) -> Responses {
    let refusal = || ContentBuilder::new().schema(Some(Ref::from_schema_name("Refusal"))).build();
    let response = |description: &str| {
        ResponseBuilder::new()
            .description(description)
            .content("application/json", refusal())
            .build()
    };
    rows.iter().map(|(status, told)| (status.to_string(), response(told).into())).collect()
}
