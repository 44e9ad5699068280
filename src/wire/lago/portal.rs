//! The address of a customer's own page.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::format::shape;

#[derive(Serialize, ToSchema)]
#[schema(as = CustomerPortal)]
pub struct PortalShape {
    /// Good for twelve hours.
    #[schema(example = "https://recoup.example/portal/1f0c…")]
    pub portal_url: String,
}

wrapped!(PortalAnswer { customer: PortalShape });

pub fn portal(url: String) -> Value {
    shape(&PortalShape { portal_url: url })
}
