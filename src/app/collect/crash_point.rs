//! Places where the process can be made to die, so that the stories of crashes happen for real.
//! Only in debug builds, and only where the environment names one.

/// Dies here, without unwinding, when `RECOUPTEST_CRASH_AT` is this name.
#[cfg(debug_assertions)]
pub fn crash_point(name: &str) {
    if std::env::var("RECOUPTEST_CRASH_AT").is_ok_and(|asked| asked == name) {
        std::process::abort();
    }
}

#[cfg(not(debug_assertions))]
pub const fn crash_point(_: &str) {}
