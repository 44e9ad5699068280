//! The time by recoup's clock, which a test may hold still.

/// Milliseconds since 1970-01-01T00:00:00Z.
pub fn now_ms() -> u64 {
    #[cfg(target_arch = "wasm32")]
    return crate::bindings::host::recoup::psp::clock::now_ms();
    #[cfg(not(target_arch = "wasm32"))]
    crate::testing::now_ms()
}
