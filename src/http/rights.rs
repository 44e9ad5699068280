//! Which right a route needs: of what it is about, told by its path, to read or to write.

use actix_web::http::Method;

use crate::domain::rights::{Deed, Resource};

/// What the things under a name in a path are. Of nested ones the inner counts: the invoices of a
/// customer are invoices. Not every name has rights of its own.
const COLLECTIONS: &[(&str, Resource)] = &[
    ("add_ons", Resource::AddOn),
    ("billing_entities", Resource::BillingEntity),
    ("customers", Resource::Customer),
    ("fees", Resource::Fee),
    ("invoices", Resource::Invoice),
    ("organizations", Resource::Organization),
    ("payment_methods", Resource::PaymentMethod),
    // As in Lago, though its list of rights names them.
    ("payment_receipts", Resource::Invoice),
    ("payment_requests", Resource::PaymentRequest),
    ("payments", Resource::Payment),
    ("plans", Resource::Plan),
    ("subscriptions", Resource::Subscription),
    ("taxes", Resource::Tax),
    ("wallet_transactions", Resource::WalletTransaction),
    ("wallets", Resource::Wallet),
    ("webhook_endpoints", Resource::WebhookEndpoint),
    ("webhooks", Resource::WebhookJwtPublicKey),
];

/// Names of Metronome's dialect, and those that it shares.
const METRONOME: &[(&str, Resource)] = &[
    ("payments", Resource::Payment),
    ("invoices", Resource::Invoice),
    ("credit-types", Resource::Invoice),
    ("customers", Resource::Customer),
    ("setCustomerBillingProviderConfigurations", Resource::Customer),
    ("getCustomerBillingProviderConfigurations", Resource::Customer),
    ("archiveCustomerBillingProviderConfigurations", Resource::Customer),
];

/// Of the routes that a POST reads from.
const READ_BY_POST: &[&str] =
    &["/v1/payments/list", "/v1/getCustomerBillingProviderConfigurations"];

/// By the pattern of a route. None: it has no resource of its own, and counts as ours.
pub fn resource_of(pattern: &str) -> Option<Resource> {
    if pattern.starts_with("/recoup/v1/") {
        return Some(Resource::Recoup);
    }
    let (names, rest) = match pattern.strip_prefix("/api/v1/") {
        Some(rest) => (COLLECTIONS, rest),
        None => (METRONOME, pattern.strip_prefix("/v1/")?),
    };
    // What stands in braces is the caller's, and names nothing.
    rest.rsplit('/').find_map(|segment| {
        let known = names.iter().find(|(name, _)| *name == segment);
        known.map(|(_, resource)| *resource)
    })
}

pub fn deed_of(method: &Method, pattern: &str) -> Deed {
    let reads = method == Method::GET || READ_BY_POST.contains(&pattern);
    if reads { Deed::Read } else { Deed::Write }
}

#[cfg(test)]
mod tests {
    use actix_web::web::Data;

    use super::*;
    use crate::http::{TestTimeline, paths, routes};

    #[test]
    fn every_route_of_the_dialect_has_its_resource() {
        let _configured = actix_web::App::new().configure(routes(Data::new(TestTimeline(None))));
        let paths = paths();
        let is_theirs = |path: &&String| path.starts_with("/api/v1/") || path.starts_with("/v1/");
        let mut dialect = paths.iter().filter(is_theirs);
        assert!(dialect.clone().count() > 20, "the routes were found: {paths:?}");
        let lacking = dialect.find(|path| resource_of(path).is_none());
        assert_eq!(lacking, None, "name it in COLLECTIONS");
    }

    #[test]
    fn the_innermost_collection_tells() {
        let rows = [
            ("/api/v1/customers/{external_id}", Some(Resource::Customer)),
            ("/api/v1/customers/{external_id}/invoices", Some(Resource::Invoice)),
            (
                "/api/v1/customers/{external_id}/payment_methods/{lago_id}/set_as_default",
                Some(Resource::PaymentMethod),
            ),
            ("/api/v1/invoices/{lago_id}/payment_url", Some(Resource::Invoice)),
            ("/api/v1/payment_receipts/{lago_id}", Some(Resource::Invoice)),
            ("/api/v1/add_ons/{code:.+}", Some(Resource::AddOn)),
            ("/api/v1/webhooks/public_key", Some(Resource::WebhookJwtPublicKey)),
            ("/v1/customers/{id}/invoices", Some(Resource::Invoice)),
            ("/v1/customers/{id}/billing-config/{provider}", Some(Resource::Customer)),
            ("/v1/payments/attempt", Some(Resource::Payment)),
            ("/recoup/v1/recoveries", Some(Resource::Recoup)),
            ("/", None),
            ("/api/v1/nothing", None),
            ("/elsewhere/invoices", None),
        ];
        for (pattern, expected) in rows {
            assert_eq!(resource_of(pattern), expected, "{pattern}");
        }
    }
}
