//! Links: pages of ours with addresses that last, and the hosted pages at providers behind them,
//! where a payer pays one debt or leaves a method. A hosted page is money that may come in, so it
//! counts as a collector of its debt until the provider says that it is over.

mod checkout_link;
mod checkout_page;
mod close_session;
mod expire_links;
mod ground;
mod payment_link;
mod payment_page;
mod payment_session;
mod portal;
mod settle_session;
mod top_up_link;

pub use checkout_link::{CheckoutLink, CheckoutLinkError};
pub use checkout_page::{CheckoutPage, SetupState};
pub use close_session::Closing;
pub use expire_links::LinksExpired;
pub(in crate::app) use payment_link::new_token;
pub use payment_link::{PaymentLink, PaymentLinkError};
pub use payment_page::{PaymentPage, Pressed};
pub use portal::{Portal, PortalDebt, PortalError};
pub use top_up_link::TopUpLinkError;
