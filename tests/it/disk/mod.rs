//! Proofs on a disk that loses power, fills up and fails: the real store and use cases on a file
//! system of SQLite that is made for it. What is proven is told in `docs/correctness.md`.

mod drive;
mod full;
pub mod ground;
mod image;
mod locks;
mod power;
#[cfg(target_os = "linux")]
mod real;
mod vfs;

/// The long form of the proofs, which `make prove` runs.
fn is_long() -> bool {
    std::env::var_os("RECOUPTEST_LONG").is_some()
}
