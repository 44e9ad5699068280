//! What tops a wallet up by itself, and when: on the anniversaries of a day, or when there is
//! little left. Pure: the day, the zone, the wallet come in, and what is to be done comes out.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::Wallet;
use super::calendar::{Interval, begins, begins_somewhere};
use super::credits::{Credits, TooLarge};
use super::transaction::TopUpDetails;
use crate::domain::id::{OrganizationId, RecurringRuleId, WalletId};
use crate::domain::time::{Span, Timestamp};

/// After an automatic top-up was declined, none is bought by itself for so long at least.
pub const REST_AFTER_DECLINE: Span = Span::hours(1);

/// And never for longer than so long.
const REST_MAX: Span = Span::days(7);

/// Twice as long after each decline that follows another: a card that is tried every hour is soon
/// refused for good.
fn rest_after(declines: u32) -> Span {
    let doublings = declines.saturating_sub(1).min(8);
    Span::hours(1 << doublings).min(REST_MAX)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    Interval(Interval),
    /// So many credits, or fewer, are left.
    Threshold(Credits),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TopUpMethod {
    /// What the rule says, each time.
    Fixed,
    /// As much as is missing to so many.
    Target(Credits),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecurringRule {
    pub id: RecurringRuleId,
    pub organization_id: OrganizationId,
    pub wallet_id: WalletId,
    pub trigger: Trigger,
    pub method: TopUpMethod,
    pub paid: Credits,
    pub granted: Credits,
    /// What is missing to the target is granted rather than bought.
    pub grants_target_top_up: bool,
    /// Whose anniversaries count; None: those of the wallet.
    pub started_at: Option<Timestamp>,
    pub expiration_at: Option<Timestamp>,
    pub ignores_limits: bool,
    pub details: TopUpDetails,
    pub terminated_at: Option<Timestamp>,
    /// The day of the next top-up, at the customer's. Only of those with an interval.
    pub next_on: Option<NaiveDate>,
    /// When there may be something to do; None: not before something happens to the wallet.
    pub next_look_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// What one top-up brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopUp {
    pub paid: Credits,
    pub granted: Credits,
}

impl TopUp {
    pub const NOTHING: TopUp = TopUp { paid: Credits::ZERO, granted: Credits::ZERO };

    pub fn is_nothing(self) -> bool {
        self.paid.is_zero() && self.granted.is_zero()
    }
}

/// What is known when a threshold is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Bought, and going to be paid for by itself.
    pub coming: Credits,
    /// When an automatic top-up was last declined, if no purchase has settled since.
    pub declined_at: Option<Timestamp>,
    /// How many were, since one settled.
    pub declines: u32,
}

impl RecurringRule {
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.terminated_at.is_none() && self.expiration_at.is_none_or(|at| at > now)
    }

    /// From now on nothing comes of it.
    #[must_use]
    pub fn terminate(self, now: Timestamp) -> RecurringRule {
        let terminated_at = Some(self.terminated_at.unwrap_or(now));
        RecurringRule { terminated_at, next_on: None, next_look_at: None, ..self }
    }

    /// New, or changed: when it is looked at first. Never tops up on the day itself.
    #[must_use]
    pub fn planned(self, wallet: &Wallet, zone: Tz, now: Timestamp) -> RecurringRule {
        match self.trigger {
            Trigger::Interval(interval) => self.planned_after(interval, wallet, zone, now),
            Trigger::Threshold(_) => {
                RecurringRule { next_on: None, next_look_at: Some(now), ..self }
            }
        }
    }

    /// Changed from what it was `before`: the days it was to happen on stay, unless they follow
    /// from what was changed.
    #[must_use]
    pub fn replanned(
        self,
        before: &RecurringRule,
        wallet: &Wallet,
        zone: Tz,
        now: Timestamp,
    ) -> RecurringRule {
        let same_days = self.trigger == before.trigger && self.started_at == before.started_at;
        match (self.trigger, before.next_on) {
            (Trigger::Interval(_), Some(day)) if same_days => {
                let next_look_at = Some(begins_somewhere(day));
                RecurringRule { next_on: Some(day), next_look_at, ..self }.looked_at_in_time()
            }
            (Trigger::Interval(_) | Trigger::Threshold(_), Some(_) | None) => {
                self.planned(wallet, zone, now)
            }
        }
    }

    /// Looked at when its time is up, at the latest: that is when it ends.
    fn looked_at_in_time(self) -> RecurringRule {
        let next_look_at = match (self.next_look_at, self.expiration_at) {
            (Some(look), Some(end)) => Some(look.min(end)),
            (look, end) => look.or(end),
        };
        RecurringRule { next_look_at, ..self }
    }

    fn planned_after(
        self,
        interval: Interval,
        wallet: &Wallet,
        zone: Tz,
        now: Timestamp,
    ) -> RecurringRule {
        let anchor = self.started_at.unwrap_or(wallet.created_at).date_in(zone);
        let next_on = interval.next_after(anchor, now.date_in(zone));
        // The customer may move: from the first moment that may be the day the zone is asked.
        let next_look_at = next_on.map(begins_somewhere);
        RecurringRule { next_on, next_look_at, ..self }.looked_at_in_time()
    }

    /// The rule as it goes on, and what it brings now. However late it is looked at, a day that
    /// was missed is made up for once.
    pub fn look(
        self,
        wallet: &Wallet,
        zone: Tz,
        standing: Standing,
        now: Timestamp,
    ) -> Result<(RecurringRule, TopUp), TooLarge> {
        if !self.is_in_force(now) || !wallet.is_usable(now) {
            return Ok((self.terminate(now), TopUp::NOTHING));
        }
        match self.trigger {
            Trigger::Interval(interval) => {
                let today = now.date_in(zone);
                match self.next_on {
                    Some(day) if day > today => {
                        let next_look_at = Some(begins(day, zone));
                        let waits = RecurringRule { next_look_at, ..self };
                        Ok((waits.looked_at_in_time(), TopUp::NOTHING))
                    }
                    Some(_) => {
                        let top_up = if wallet.last_interval_top_up_on == Some(today) {
                            TopUp::NOTHING
                        } else {
                            self.top_up(wallet, standing.coming)?
                        };
                        Ok((self.planned_after(interval, wallet, zone, now), top_up))
                    }
                    None => Ok((self.planned_after(interval, wallet, zone, now), TopUp::NOTHING)),
                }
            }
            Trigger::Threshold(threshold) => {
                let top_up = self.top_up(wallet, standing.coming)?;
                let (next_look_at, top_up) =
                    at_threshold(wallet, threshold, top_up, (standing, now))?;
                Ok((RecurringRule { next_look_at, ..self }.looked_at_in_time(), top_up))
            }
        }
    }

    /// What one top-up would bring now. What is not worth a minor unit is nothing.
    pub fn top_up(&self, wallet: &Wallet, coming: Credits) -> Result<TopUp, TooLarge> {
        let wanted = match self.method {
            TopUpMethod::Fixed => TopUp { paid: self.paid, granted: self.granted },
            TopUpMethod::Target(target) => {
                let missing = target.less(wallet.credits.plus(coming)?);
                if self.grants_target_top_up {
                    TopUp { paid: Credits::ZERO, granted: missing }
                } else {
                    TopUp { paid: missing, granted: Credits::ZERO }
                }
            }
        };
        let granted = if wallet.rate.money(wanted.granted, wallet.currency)?.is_positive() {
            wanted.granted
        } else {
            Credits::ZERO
        };
        Ok(TopUp { paid: self.within_limits(wallet, wanted.paid)?, granted })
    }

    fn within_limits(&self, wallet: &Wallet, paid: Credits) -> Result<Credits, TooLarge> {
        let money = wallet.rate.money(paid, wallet.currency)?;
        if !money.is_positive() {
            return Ok(Credits::ZERO);
        }
        let allowed = if self.ignores_limits { money } else { wallet.limits.clamp(money) };
        if allowed == money { Ok(paid) } else { wallet.rate.credits(allowed) }
    }
}

fn at_threshold(
    wallet: &Wallet,
    threshold: Credits,
    top_up: TopUp,
    (standing, now): (Standing, Timestamp),
) -> Result<(Option<Timestamp>, TopUp), TooLarge> {
    let expected = wallet.credits.plus(standing.coming)?;
    if wallet.credits > threshold || expected > threshold || top_up.is_nothing() {
        return Ok((None, TopUp::NOTHING));
    }
    let rest = rest_after(standing.declines);
    let rests_until = standing.declined_at.map(|at| at.plus(rest));
    if let Some(until) = rests_until
        && until > now
        && !top_up.paid.is_zero()
    {
        return Ok((Some(until), TopUp::NOTHING));
    }
    let reached = expected.plus(top_up.paid)?.plus(top_up.granted)?;
    // Too little to get above it: not again at once, or it would go on without end.
    let again = (reached <= threshold).then(|| now.plus(REST_AFTER_DECLINE));
    Ok((again, top_up))
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;
    use uuid::Uuid;

    use super::*;
    use crate::domain::currency::Currency;
    use crate::domain::id::CustomerId;
    use crate::domain::payment_method::MethodChoice;
    use crate::domain::wallet::credits::Rate;
    use crate::domain::wallet::{TopUpLimits, WalletStatus};

    const NEW_YORK: Tz = chrono_tz::America::New_York;

    fn at(text: &str) -> Timestamp {
        let time = chrono::DateTime::parse_from_rfc3339(text).expect("a time");
        Timestamp::from_utc(time.to_utc())
    }

    fn credits(whole: i64) -> Credits {
        Credits::floored(Decimal::from(whole)).expect("not negative")
    }

    fn wallet(held: i64, created_at: &str) -> Wallet {
        Wallet {
            id: WalletId::from_uuid(Uuid::from_u128(1)),
            organization_id: OrganizationId::from_uuid(Uuid::from_u128(2)),
            customer_id: CustomerId::from_uuid(Uuid::from_u128(3)),
            status: WalletStatus::Active,
            currency: Currency::EUR,
            name: None,
            code: "default".to_owned(),
            priority: 50,
            rate: Rate::new(Decimal::ONE).expect("positive"),
            credits: credits(held),
            balance: held * 100,
            consumed: Credits::ZERO,
            last_consumed_at: None,
            balance_changed_at: None,
            last_interval_top_up_on: None,
            expiration_at: None,
            invoice_requires_successful_payment: false,
            limits: TopUpLimits::default(),
            purchase_order_number: None,
            method_choice: MethodChoice::Default,
            fee_types: vec![],
            metadata: None,
            created_at: at(created_at),
            updated_at: at(created_at),
        }
    }

    fn rule(trigger: Trigger, method: TopUpMethod) -> RecurringRule {
        RecurringRule {
            id: RecurringRuleId::from_uuid(Uuid::from_u128(4)),
            organization_id: OrganizationId::from_uuid(Uuid::from_u128(2)),
            wallet_id: WalletId::from_uuid(Uuid::from_u128(1)),
            trigger,
            method,
            paid: credits(10),
            granted: Credits::ZERO,
            grants_target_top_up: false,
            started_at: None,
            expiration_at: None,
            ignores_limits: false,
            details: TopUpDetails::default(),
            terminated_at: None,
            next_on: None,
            next_look_at: None,
            created_at: at("2025-01-01T00:00:00Z"),
        }
    }

    const QUIET: Standing = Standing { coming: Credits::ZERO, declined_at: None, declines: 0 };

    #[test]
    fn a_month_is_counted_where_the_customer_is() {
        // Still the 30th in New York.
        let created = "2025-01-31T03:00:00Z";
        let wallet = wallet(0, created);
        let monthly = rule(Trigger::Interval(Interval::Monthly), TopUpMethod::Fixed);
        let planned = monthly.planned(&wallet, NEW_YORK, at(created));
        assert_eq!(planned.next_on.expect("a day").to_string(), "2025-02-28");
        let first_look = planned.next_look_at.expect("a time");
        assert_eq!(first_look, at("2025-02-27T10:00:00Z"), "it is the 28th in Kiribati");
        let (waits, nothing) = planned.look(&wallet, NEW_YORK, QUIET, first_look).expect("fits");
        assert_eq!(nothing, TopUp::NOTHING);
        let begins = waits.next_look_at.expect("a time");
        assert_eq!(begins, at("2025-02-28T05:00:00Z"));
        let (next, top_up) = waits.look(&wallet, NEW_YORK, QUIET, begins).expect("fits");
        assert_eq!(top_up.paid, credits(10));
        assert_eq!(next.next_on.expect("a day").to_string(), "2025-03-30");
    }

    #[test]
    fn a_day_that_was_missed_is_made_up_for_once() {
        let wallet = wallet(0, "2025-01-15T12:00:00Z");
        let monthly = rule(Trigger::Interval(Interval::Monthly), TopUpMethod::Fixed);
        let planned = monthly.planned(&wallet, Tz::UTC, at("2025-01-15T12:00:00Z"));
        let late = at("2025-05-20T00:00:00Z");
        let (next, top_up) = planned.look(&wallet, Tz::UTC, QUIET, late).expect("fits");
        assert_eq!(top_up.paid, credits(10));
        assert_eq!(next.next_on.expect("a day").to_string(), "2025-06-15");
        let (_, again) = next.look(&wallet, Tz::UTC, QUIET, late).expect("fits");
        assert_eq!(again, TopUp::NOTHING);
    }

    #[test]
    fn a_wallet_is_topped_up_once_a_day() {
        let topped_up = Wallet {
            last_interval_top_up_on: Some("2025-02-15".parse().expect("a day")),
            ..wallet(0, "2025-01-15T12:00:00Z")
        };
        let weekly = RecurringRule {
            next_on: topped_up.last_interval_top_up_on,
            ..rule(Trigger::Interval(Interval::Weekly), TopUpMethod::Fixed)
        };
        let now = at("2025-02-15T12:00:00Z");
        let (_, top_up) = weekly.look(&topped_up, Tz::UTC, QUIET, now).expect("fits");
        assert_eq!(top_up, TopUp::NOTHING);
    }

    #[test]
    fn a_target_takes_into_account_what_is_there_and_what_is_coming() {
        let standing = Standing { coming: credits(20), ..QUIET };
        let to_hundred = rule(Trigger::Threshold(credits(50)), TopUpMethod::Target(credits(100)));
        let held = wallet(30, "2025-01-15T12:00:00Z");
        let now = at("2025-02-15T12:00:00Z");
        let (rests, top_up) = to_hundred.clone().look(&held, Tz::UTC, standing, now).expect("fits");
        assert_eq!((top_up.paid, rests.next_look_at), (credits(50), None));
        let granting = RecurringRule { grants_target_top_up: true, ..to_hundred.clone() };
        let (_, top_up) = granting.look(&held, Tz::UTC, standing, now).expect("fits");
        assert_eq!((top_up.paid, top_up.granted), (Credits::ZERO, credits(50)));
        let enough = Standing { coming: credits(21), ..QUIET };
        let (_, top_up) = to_hundred.look(&held, Tz::UTC, enough, now).expect("fits");
        assert_eq!(top_up, TopUp::NOTHING);
    }

    #[test]
    fn limits_bound_a_rule_that_does_not_ignore_them() {
        let held = Wallet {
            limits: TopUpLimits { min: Some(5_000), max: Some(8_000) },
            ..wallet(90, "2025-01-15T12:00:00Z")
        };
        let to = |target| rule(Trigger::Threshold(credits(95)), TopUpMethod::Target(target));
        let paid = |rule: RecurringRule| rule.top_up(&held, Credits::ZERO).expect("fits").paid;
        assert_eq!(paid(to(credits(100))), credits(50));
        assert_eq!(paid(to(credits(900))), credits(80));
        let free = RecurringRule { ignores_limits: true, ..to(credits(100)) };
        assert_eq!(paid(free), credits(10));
    }

    fn waits_for(
        rule: &RecurringRule,
        wallet: &Wallet,
        standing: Standing,
        now: Timestamp,
    ) -> (RecurringRule, TopUp) {
        rule.clone().look(wallet, Tz::UTC, standing, now).expect("fits")
    }

    #[test]
    fn after_a_decline_nothing_is_bought_for_an_hour() {
        let held = wallet(0, "2025-01-15T12:00:00Z");
        let refill = rule(Trigger::Threshold(credits(5)), TopUpMethod::Fixed);
        let declined_at = at("2025-02-15T12:00:00Z");
        let standing = Standing { declined_at: Some(declined_at), declines: 1, ..QUIET };
        let hour_later = declined_at.plus(REST_AFTER_DECLINE);
        let (waits, top_up) =
            refill.clone().look(&held, Tz::UTC, standing, declined_at).expect("fits");
        assert_eq!((top_up, waits.next_look_at), (TopUp::NOTHING, Some(hour_later)));
        let (_, top_up) = waits.look(&held, Tz::UTC, standing, hour_later).expect("fits");
        assert_eq!(top_up.paid, credits(10));
        let third = Standing { declines: 3, ..standing };
        let (waits, _) = waits_for(&refill, &held, third, hour_later);
        assert_eq!(waits.next_look_at, Some(declined_at.plus(Span::hours(4))));
        let many = Standing { declines: u32::MAX, ..standing };
        let (waits, _) = waits_for(&refill, &held, many, hour_later);
        assert_eq!(waits.next_look_at, Some(declined_at.plus(Span::days(7))));
        let gift = RecurringRule { paid: Credits::ZERO, granted: credits(10), ..refill };
        let (_, top_up) = gift.look(&held, Tz::UTC, standing, declined_at).expect("fits");
        assert_eq!(top_up.granted, credits(10), "what costs nothing was not declined");
    }

    #[test]
    fn a_top_up_too_small_to_get_above_the_threshold_does_not_go_on_without_end() {
        let held = wallet(0, "2025-01-15T12:00:00Z");
        let drop = rule(Trigger::Threshold(credits(100)), TopUpMethod::Fixed);
        let now = at("2025-02-15T12:00:00Z");
        let (next, top_up) = drop.look(&held, Tz::UTC, QUIET, now).expect("fits");
        assert_eq!(top_up.paid, credits(10));
        assert_eq!(next.next_look_at, Some(now.plus(Span::hours(1))));
    }

    #[test]
    fn a_rule_whose_time_is_up_ends() {
        let held = wallet(0, "2025-01-15T12:00:00Z");
        let now = at("2025-02-15T12:00:00Z");
        let refill = rule(Trigger::Threshold(credits(5)), TopUpMethod::Fixed);
        let expired = RecurringRule { expiration_at: Some(now), ..refill.clone() };
        let (ended, top_up) = expired.look(&held, Tz::UTC, QUIET, now).expect("fits");
        assert_eq!((ended.terminated_at, top_up), (Some(now), TopUp::NOTHING));
        let closed = held.terminate(now).expect("it was active");
        let (ended, top_up) = refill.look(&closed, Tz::UTC, QUIET, now).expect("fits");
        assert_eq!((ended.next_look_at, top_up), (None, TopUp::NOTHING));
    }
}
