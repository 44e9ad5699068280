//! Webhooks: who signed them, how often they came, and in which order.

use crate::app::ports::{InboundWebhook, PspEvent, PspNews, Psps, Translation, WebhookRefusal};
use crate::domain::attempt::Outcome;
use crate::domain::time::{Span, Timestamp};
use crate::kit::bench::Bench;
use crate::kit::fault::Fault;
use crate::kit::orders::Order;
use crate::kit::plan::{Sign, Webhook};
use crate::kit::signing::{signed, tells_time};

use super::charging::both_ways;
use super::{Judged, Not, Promise, broken, untried};

pub fn promises() -> Vec<Promise> {
    vec![
        Promise::new("webhook.signed", "a webhook that is signed well is understood", well_signed),
        Promise::new(
            "webhook.unsigned",
            "a webhook without a signature is refused before anything else",
            unsigned,
        ),
        Promise::new(
            "webhook.wrong-signature",
            "a webhook that somebody else signed, or changed, is refused before anything else",
            wrong_signature,
        ),
        Promise::new(
            "webhook.clock-skew",
            "an old signature is refused, and one of a minute ago is not",
            clock_skew,
        ),
        Promise::new(
            "webhook.duplicate",
            "a webhook that comes again is told under the same id: it counts once",
            duplicate,
        ),
        Promise::new(
            "webhook.reordered",
            "webhooks mean the same in whichever order they come",
            reordered,
        ),
        Promise::new(
            "webhook.unreadable",
            "what is signed well and makes no sense is unreadable, and breaks nothing",
            unreadable,
        ),
    ]
}

type Answer = Result<Translation, WebhookRefusal>;

/// What is needed to sign webhooks.
struct Signer<'a> {
    bench: &'a Bench<'a>,
    sign: &'a Sign,
    secret: &'a str,
    order: Order,
}

fn signer<'a>(bench: &'a Bench<'_>) -> Result<Signer<'a>, Not> {
    let missing = |what: &str| Err(Not::Untried(what.to_owned()));
    if !bench.provider.abilities.webhooks {
        return missing("the plugin does not export `webhooks`");
    }
    let Some(sign) = bench.plan.sign.as_ref().filter(|_| !bench.plan.webhooks.is_empty()) else {
        return missing("the plan has no [sign] and no [[webhook]]");
    };
    let Some(secret) = bench.setting(&sign.setting) else {
        let key = &sign.setting;
        return Err(Not::Broken(format!("the plan signs with `{key}`, and does not set it")));
    };
    let order = Order::good(bench.plan);
    bench.charge(&order, Fault::None);
    Ok(Signer { bench, sign, secret, order })
}

impl Signer<'_> {
    fn webhooks(&self) -> &[Webhook] {
        &self.bench.plan.webhooks
    }

    fn body(&self, webhook: &Webhook) -> String {
        self.order.filled(&webhook.body)
    }

    fn signed(&self, webhook: &Webhook, at: Timestamp) -> InboundWebhook {
        signed(self.sign, self.secret, (webhook, &self.body(webhook)), at)
    }

    fn translated(&self, inbound: &InboundWebhook) -> Answer {
        self.bench.desk.lay_out(&self.order, Fault::None, 0);
        self.bench.host.translate_webhook(&self.bench.connection, inbound)
    }

    fn good(&self, webhook: &Webhook) -> Result<Translation, Not> {
        let answer = self.translated(&self.signed(webhook, self.bench.now));
        let name = &webhook.name;
        answer.map_err(|refusal| Not::Broken(format!("`{name}` was refused: {refusal}")))
    }

    /// It is refused for its signature, and nobody was asked.
    fn is_refused(&self, inbound: &InboundWebhook, what: &str) -> Judged {
        match self.translated(inbound) {
            Err(WebhookRefusal::BadSignature(_)) if self.bench.desk.sent().is_empty() => Ok(()),
            Err(WebhookRefusal::BadSignature(_)) => {
                broken(format!("{what}: it sent a request before it looked at the signature"))
            }
            Err(other) => broken(format!("{what}: it said {other}")),
            Ok(_) => broken(format!("{what}: it was believed")),
        }
    }
}

fn well_signed(bench: &Bench<'_>) -> Judged {
    let signer = signer(bench)?;
    for webhook in signer.webhooks() {
        let translation = signer.good(webhook)?;
        let Some(wanted) = webhook.says.as_deref() else {
            continue;
        };
        let said: Vec<&str> = translation.events.iter().map(saying).collect();
        if !said.contains(&wanted) {
            let name = &webhook.name;
            return broken(format!("`{name}` says {said:?}, and the plan says {wanted}"));
        }
    }
    Ok(())
}

/// As plans call it.
fn saying(event: &PspEvent) -> &'static str {
    match &event.news {
        PspNews::ChargeChanged { answer, .. } => match answer.outcome {
            Outcome::Paid => "paid",
            Outcome::Declined(_) => "declined",
            Outcome::Pending => "pending",
            Outcome::NeedsAction(_) => "needs_action",
            Outcome::NotSent(_) => "not_sent",
            Outcome::Unknown(_) => "unknown",
        },
        PspNews::MethodStored { .. } => "method_stored",
        PspNews::MethodRemoved { .. } => "method_removed",
        PspNews::SessionEnded { .. } => "session_ended",
        PspNews::DisputeLost { .. } => "dispute_lost",
        PspNews::RefundChanged { .. } => "refund_changed",
        PspNews::Ignored { .. } => "ignored",
    }
}

fn unsigned(bench: &Bench<'_>) -> Judged {
    let signer = signer(bench)?;
    for webhook in signer.webhooks() {
        let mut inbound = signer.signed(webhook, bench.now);
        inbound.headers.pop();
        signer.is_refused(&inbound, "without a signature")?;
    }
    Ok(())
}

fn wrong_signature(bench: &Bench<'_>) -> Judged {
    let signer = signer(bench)?;
    for webhook in signer.webhooks() {
        let (body, now) = (signer.body(webhook), bench.now);
        let theirs = signed(signer.sign, "somebody_elses_secret", (webhook, &body), now);
        signer.is_refused(&theirs, "with another secret")?;
        let mut changed = signer.signed(webhook, now);
        changed.body.push(b' ');
        signer.is_refused(&changed, "with a body that was changed afterwards")?;
        let mut garbled = signer.signed(webhook, now);
        if let Some((_, value)) = garbled.headers.last_mut() {
            "\u{fffd},=;".clone_into(value);
        }
        signer.is_refused(&garbled, "with a signature that is none")?;
    }
    Ok(())
}

fn clock_skew(bench: &Bench<'_>) -> Judged {
    let signer = signer(bench)?;
    if !tells_time(signer.sign) {
        return untried("the provider signs no time");
    }
    let Some(webhook) = signer.webhooks().first() else {
        return untried("the plan has no [[webhook]]");
    };
    for (at, what) in both_ways(bench.now) {
        let old = signer.signed(webhook, at);
        signer.is_refused(&old, &format!("signed with a clock that is a day {what}"))?;
    }
    let minute = Span::minutes(1);
    for at in [bench.now.minus(minute), bench.now.plus(minute)] {
        if let Err(refusal) = signer.translated(&signer.signed(webhook, at)) {
            return broken(format!("signed with a clock that is a minute off: {refusal}"));
        }
    }
    Ok(())
}

fn duplicate(bench: &Bench<'_>) -> Judged {
    let signer = signer(bench)?;
    for webhook in signer.webhooks() {
        let first = signer.good(webhook)?;
        // Providers sign anew when they send again.
        bench.clock.set(bench.now.plus(Span::minutes(2)));
        let later = signer.signed(webhook, bench.now.plus(Span::minutes(2)));
        let again = signer.translated(&later);
        bench.clock.set(bench.now);
        if again.as_ref() != Ok(&first) {
            let name = &webhook.name;
            return broken(format!("`{name}` was told otherwise the second time: {again:?}"));
        }
        if first.events.iter().any(|event| event.id.is_empty()) {
            return broken("an event has no id: its repetition cannot be recognised");
        }
    }
    Ok(())
}

fn reordered(bench: &Bench<'_>) -> Judged {
    let signer = signer(bench)?;
    if signer.webhooks().len() < 2 {
        return untried("the plan has fewer than two [[webhook]]s");
    }
    let forward = signer.webhooks().iter().map(|webhook| signer.good(webhook));
    let forward: Vec<Translation> = forward.collect::<Result<_, _>>()?;
    let backward = signer.webhooks().iter().rev().map(|webhook| signer.good(webhook));
    let mut backward: Vec<Translation> = backward.collect::<Result<_, _>>()?;
    backward.reverse();
    if forward != backward {
        return broken("they were translated otherwise in the other order");
    }
    let ids: Vec<&str> =
        forward.iter().flat_map(|it| it.events.iter().map(|event| event.id.as_str())).collect();
    let is_twice = |id: &&&str| ids.iter().filter(|known| known == id).count() > 1;
    match ids.iter().find(is_twice) {
        Some(id) => broken(format!("two webhooks are told under one id `{id}`: one is lost")),
        None => Ok(()),
    }
}

fn unreadable(bench: &Bench<'_>) -> Judged {
    let signer = signer(bench)?;
    let Some(webhook) = signer.webhooks().first() else {
        return untried("the plan has no [[webhook]]");
    };
    for body in ["", "{", "[]", "null", "{\"type\":7}", "<html>"] {
        let inbound = signed(signer.sign, signer.secret, (webhook, body), bench.now);
        match signer.translated(&inbound) {
            Ok(_) | Err(WebhookRefusal::Unreadable(_)) => {}
            Err(other) => return broken(format!("`{body}`: it said {other}")),
        }
    }
    Ok(())
}
