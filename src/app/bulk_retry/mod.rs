//! Many invoices asked for at once: previewed, started, worked through, taken back. Each invoice
//! passes the guards of a single retry (`collect/request_retry.rs`), and one that is refused does
//! not stop the others.

mod cancel;
mod preview;
mod start;
mod work;

pub use cancel::CancelBulkRetryError;
pub use preview::{BulkPreview, PreviewedRefusal};
pub use start::{StartBulkRetryError, Started};
pub use work::BulkRun;
