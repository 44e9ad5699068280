//! Hosted pages: where a payer pays one debt, or leaves a method. A page is money that may come
//! in, so it counts as a collector of its debt until the provider says that it is over.

mod checkout_link;
mod close_session;
mod expire_links;
mod payment_link;
mod settle_session;
mod top_up_link;

pub use checkout_link::{CheckoutLink, CheckoutLinkError};
pub use close_session::Closing;
pub use expire_links::LinksExpired;
pub use payment_link::{PaymentLink, PaymentLinkError};
pub use top_up_link::TopUpLinkError;
