//! What a plugin says of itself.

use crate::app::ports::Psps;
use crate::domain::time::Span;
use crate::kit::bench::Bench;
use crate::kit::fault::Fault;
use crate::kit::orders::Order;

use super::{Judged, Promise, broken};

/// Settings that are called so are secrets.
const SECRET_WORDS: [&str; 6] = ["secret", "password", "token", "api_key", "hmac", "private"];

/// Headers that carry credentials.
const CREDENTIALS: [&str; 4] = ["authorization", "x-api-key", "api-key", "x-auth-token"];

/// Shorter values stand in credentials by chance.
const VALUE_CHARS_MIN: usize = 6;

pub fn promises() -> Vec<Promise> {
    vec![
        Promise::new(
            "describe.secrets",
            "settings that are secret are described as secret",
            secrets,
        ),
        Promise::new(
            "describe.mode",
            "which kind of money it moves is told without a request, and the same at any time",
            mode,
        ),
        Promise::new("check.good", "good credentials are accepted", check_good),
        Promise::new(
            "check.bad",
            "a check that was refused, failed or not answered is no success",
            check_bad,
        ),
    ]
}

fn secrets(bench: &Bench<'_>) -> Judged {
    let open = bench.provider.settings.iter().filter(|setting| !setting.secret);
    let open: Vec<&str> = open.map(|setting| setting.key.as_str()).collect();
    if let Some(key) = open.iter().find(|key| SECRET_WORDS.iter().any(|word| key.contains(word))) {
        return broken(format!("`{key}` sounds like a secret: describe it with `secret: true`"));
    }
    bench.charge(&Order::good(bench.plan), Fault::None);
    for sent in bench.desk.sent() {
        let credentials = sent
            .headers
            .iter()
            .filter(|(name, _)| CREDENTIALS.contains(&name.to_ascii_lowercase().as_str()));
        for (name, value) in credentials {
            let shown = open.iter().find(|key| {
                let text = bench.setting(key).unwrap_or_default();
                text.len() >= VALUE_CHARS_MIN && value.contains(text)
            });
            if let Some(key) = shown {
                return broken(format!(
                    "`{key}` travels in the header `{name}`: describe it with `secret: true`, or \
                     it stands in logs"
                ));
            }
        }
    }
    Ok(())
}

fn mode(bench: &Bench<'_>) -> Judged {
    bench.desk.lay_out(&Order::good(bench.plan), Fault::None, 0);
    let first = bench.host.mode_of(&bench.connection);
    bench.clock.set(bench.now.plus(Span::days(365)));
    let later = bench.host.mode_of(&bench.connection);
    match (&first, &later) {
        (Ok(first), Ok(later)) if first == later => Ok(()),
        (Ok(first), Ok(later)) => broken(format!("it said {first:?}, and {later:?} a year later")),
        (Err(error), _) | (_, Err(error)) => broken(error.to_string()),
    }
}

fn check_good(bench: &Bench<'_>) -> Judged {
    bench.desk.lay_out(&Order::good(bench.plan), Fault::None, 0);
    match bench.host.check(&bench.connection) {
        Ok(()) => Ok(()),
        Err(error) => broken(error.to_string()),
    }
}

fn check_bad(bench: &Bench<'_>) -> Judged {
    for (what, fault) in [
        ("401", Fault::Instead(401)),
        ("403", Fault::Instead(403)),
        ("500", Fault::Instead(500)),
        ("no answer", Fault::Lost("the time is up")),
        ("nobody there", Fault::NotReached),
    ] {
        bench.desk.lay_out(&Order::good(bench.plan), fault, 0);
        if bench.host.check(&bench.connection).is_ok() {
            return broken(format!("{what}: it said that the credentials work"));
        }
    }
    Ok(())
}
