//! Random bytes. A key for a PSP is never random: it comes with the request.

/// At most 4096 bytes a call.
#[cfg(target_arch = "wasm32")]
pub fn bytes(len: u32) -> Vec<u8> {
    crate::bindings::host::recoup::psp::random::bytes(len)
}
