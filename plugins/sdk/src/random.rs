//! Random bytes. The key of a charge is never random: it comes with the
//! request.

/// At most 4096 bytes a call.
pub fn bytes(len: u32) -> Vec<u8> {
    #[cfg(target_arch = "wasm32")]
    return crate::bindings::host::recoup::psp::random::bytes(len);
    #[cfg(not(target_arch = "wasm32"))]
    crate::testing::random_bytes(len)
}
