//! The proofs: each is run in a short form with all other tests, and at length by `make prove`.
//! What they show, with figures, stands in `docs/correctness.md`.

mod kills;
mod webhook_order;

/// How long a proof is: what its variable says, else its short form.
fn length(variable: &str, short: u32) -> u32 {
    match std::env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{variable} is a number, not {text}")),
        Err(_) => short,
    }
}

/// What a proof draws its chances from. A failing run prints it; with it the plan is the same.
fn seed() -> u64 {
    match std::env::var("RECOUPTEST_SEED") {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("RECOUPTEST_SEED is no number: {text}")),
        Err(_) => rand::random(),
    }
}
