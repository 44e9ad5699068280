//! Lago's shapes: fields as they come in, objects as they go out. Key order is part of a shape.

/// Names a body that wraps its object in a root, for the description of the API.
macro_rules! wrapped {
    ($name:ident { $($field:ident: $type:ty),+ $(,)? }) => {
        #[derive(utoipa::ToSchema)]
        #[allow(dead_code, reason = "a description: bodies are made key by key")]
        pub struct $name { $(pub $field: $type),+ }
    };
}

/// Names a text that is one of a few words, for the description of the API. Its name ends in
/// `Word`, so that it is never taken for the shape of a thing.
macro_rules! words {
    ($visibility:vis $name:ident: $($word:literal),+ $(,)?) => {
        $visibility struct $name;

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::Type::String)
                    .enum_values(Some([$($word),+]))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }
    };
}

pub mod add_on;
pub mod checkout;
pub mod checks;
pub mod customer;
pub mod customer_request;
pub mod fee;
pub mod field_errors;
pub mod fields;
pub mod format;
pub mod invoice;
pub mod invoice_request;
mod link_request;
pub mod links;
pub mod metadata_request;
pub mod method_reference;
pub mod organization;
pub mod page;
pub mod payment;
pub mod payment_method;
pub mod payment_request;
pub mod plan;
pub mod portal;
pub mod receipt;
pub mod received_money;
pub mod subscription;
pub mod subscription_request;
pub mod tax;
pub mod wallet;
mod wallet_fields;
pub mod wallet_request;
pub mod wallet_rule_request;
pub mod wallet_transaction;
pub mod wallet_transaction_request;
pub mod webhook_endpoint;
mod webhook_names;
pub mod webhooks;
