//! A panic is a trap, and a trap says only where. This sends the message to
//! the log first.

/// Called by `export!` before the first call of an instance.
pub extern "C" fn log_panics() {
    std::panic::set_hook(Box::new(|panic| crate::log::error(&panic.to_string())));
}
