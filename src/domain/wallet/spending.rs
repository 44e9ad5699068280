//! Which credits are used first, and how much of each: pure plans, carried out by `app/wallets`.
//! The wallet with the lowest priority number comes first, then the oldest; inside a wallet its
//! lots in the same way, and among lots of one priority granted credits before bought ones.

use super::credits::{Credits, Rate, TooLarge};
use crate::domain::decline::text_enum;
use crate::domain::id::{WalletId, WalletTransactionId};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;

text_enum!(
    /// Where credits came from.
    Nature {
        Granted = "granted",
        /// Paid for.
        Purchased = "purchased",
    }
);

impl Nature {
    const fn rank(self) -> u8 {
        match self {
            Nature::Granted => 0,
            Nature::Purchased => 1,
        }
    }
}

/// What is left of the credits that came into a wallet at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lot {
    pub id: WalletTransactionId,
    pub nature: Nature,
    pub priority: u8,
    pub at: Timestamp,
    pub amount: Money,
    pub credits: Credits,
}

/// A wallet to spend from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purse {
    pub wallet_id: WalletId,
    pub rate: Rate,
    pub priority: u8,
    pub opened_at: Timestamp,
    pub lots: Vec<Lot>,
}

/// What is taken out of one lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taking {
    pub lot: WalletTransactionId,
    pub nature: Nature,
    /// Minor units of the wallet's currency.
    pub amount: i64,
    pub credits: Credits,
}

/// What one wallet gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    pub wallet_id: WalletId,
    pub takings: Vec<Taking>,
}

impl Share {
    pub fn amount(&self) -> i64 {
        self.takings.iter().map(|taking| taking.amount).sum()
    }

    pub fn amount_of(&self, nature: Nature) -> i64 {
        let of_it = self.takings.iter().filter(|taking| taking.nature == nature);
        of_it.map(|taking| taking.amount).sum()
    }

    pub fn credits(&self) -> Result<Credits, TooLarge> {
        self.takings.iter().try_fold(Credits::ZERO, |sum, taking| sum.plus(taking.credits))
    }
}

/// What each wallet gives towards an amount of so many minor units of their currency: all of it,
/// or everything they have. Wallets that give nothing are left out.
pub fn spend(mut purses: Vec<Purse>, due: i64) -> Result<Vec<Share>, TooLarge> {
    purses.sort_by_key(|purse| (purse.priority, purse.opened_at, purse.wallet_id));
    let mut left = due.max(0);
    let mut shares = Vec::new();
    for purse in purses {
        let mut takings = Vec::new();
        for lot in in_order(purse.lots) {
            let amount = lot.amount.minor_units.min(left);
            if amount <= 0 {
                continue;
            }
            // The last unit takes what is left of the credits with it.
            let credits = if amount == lot.amount.minor_units {
                lot.credits
            } else {
                purse.rate.credits(Money { minor_units: amount, ..lot.amount })?.min(lot.credits)
            };
            left -= amount;
            takings.push(Taking { lot: lot.id, nature: lot.nature, amount, credits });
        }
        if !takings.is_empty() {
            shares.push(Share { wallet_id: purse.wallet_id, takings });
        }
    }
    Ok(shares)
}

/// What is taken out of a wallet so that it has so many credits less. The money that stays is
/// worked out from the credits that stay, so that many small steps end where one large one does.
pub fn void(purse: Purse, credits: Credits) -> Result<Share, TooLarge> {
    let mut left = credits;
    let mut takings = Vec::new();
    for lot in in_order(purse.lots) {
        let taken = lot.credits.min(left);
        if taken.is_zero() {
            continue;
        }
        let rest = lot.credits.less(taken);
        let stays = purse.rate.money(rest, lot.amount.currency)?.minor_units;
        let amount = lot.amount.minor_units - stays.min(lot.amount.minor_units);
        left = left.less(taken);
        takings.push(Taking { lot: lot.id, nature: lot.nature, amount, credits: taken });
    }
    Ok(Share { wallet_id: purse.wallet_id, takings })
}

fn in_order(mut lots: Vec<Lot>) -> Vec<Lot> {
    lots.sort_by_key(|lot| (lot.priority, lot.nature.rank(), lot.at, lot.id));
    lots
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::Decimal;
    use uuid::Uuid;

    use super::*;
    use crate::domain::currency::Currency;

    fn time(ms: i64) -> Timestamp {
        Timestamp::from_unix_ms(ms)
    }

    fn rate(text: &str) -> Rate {
        Rate::new(text.parse().expect("a decimal")).expect("positive")
    }

    fn credits(text: &str) -> Credits {
        Credits::floored(text.parse().expect("a decimal")).expect("not negative")
    }

    fn lot(number: u128, nature: Nature, amount: i64, of_rate: Rate) -> Lot {
        let money = Money::new(amount, Currency::EUR);
        Lot {
            id: WalletTransactionId::from_uuid(Uuid::from_u128(number)),
            nature,
            priority: 50,
            at: time(0),
            amount: money,
            credits: of_rate.credits(money).expect("fits"),
        }
    }

    fn purse(number: u128, priority: u8, opened_ms: i64, lots: Vec<Lot>) -> Purse {
        Purse {
            wallet_id: WalletId::from_uuid(Uuid::from_u128(number)),
            rate: rate("1"),
            priority,
            opened_at: time(opened_ms),
            lots,
        }
    }

    fn wallets_of(shares: &[Share]) -> Vec<(u128, i64)> {
        shares.iter().map(|share| (share.wallet_id.uuid().as_u128(), share.amount())).collect()
    }

    #[test]
    fn the_lowest_priority_is_used_first_then_the_oldest_wallet() {
        let of = |number| vec![lot(number, Nature::Granted, 100, rate("1"))];
        let purses = vec![
            purse(1, 50, 10, of(1)),
            purse(2, 50, 5, of(2)),
            purse(3, 1, 99, of(3)),
            purse(4, 50, 20, of(4)),
        ];
        let shares = spend(purses, 310).expect("fits");
        assert_eq!(wallets_of(&shares), [(3, 100), (2, 100), (1, 100), (4, 10)]);
    }

    #[test]
    fn granted_credits_are_used_before_bought_ones() {
        let lots = vec![
            lot(1, Nature::Purchased, 100, rate("1")),
            lot(2, Nature::Granted, 100, rate("1")),
            Lot { priority: 1, ..lot(3, Nature::Purchased, 10, rate("1")) },
        ];
        let shares = spend(vec![purse(1, 50, 0, lots)], 150).expect("fits");
        let order: Vec<(u128, i64)> = shares[0]
            .takings
            .iter()
            .map(|taking| (taking.lot.uuid().as_u128(), taking.amount))
            .collect();
        assert_eq!(order, [(3, 10), (2, 100), (1, 40)]);
        assert_eq!(shares[0].amount_of(Nature::Granted), 100);
        assert_eq!(shares[0].amount_of(Nature::Purchased), 50);
    }

    #[test]
    fn the_last_unit_takes_the_rest_of_the_credits_with_it() {
        let of_rate = rate("0.3");
        let whole = lot(1, Nature::Granted, 100, of_rate);
        let first = spend(vec![Purse { rate: of_rate, ..purse(1, 50, 0, vec![whole]) }], 99);
        let taken = first.expect("fits")[0].takings[0];
        assert_eq!(taken.credits, credits("3.3"));
        let rest = Lot {
            amount: Money::new(1, Currency::EUR),
            credits: whole.credits.less(taken.credits),
            ..whole
        };
        let last = spend(vec![Purse { rate: of_rate, ..purse(1, 50, 0, vec![rest]) }], 5);
        assert_eq!(last.expect("fits")[0].takings[0].credits, credits("0.03333"));
    }

    #[test]
    fn nothing_is_taken_where_nothing_is_due_or_there() {
        let lots = vec![lot(1, Nature::Granted, 100, rate("1"))];
        assert_eq!(spend(vec![purse(1, 50, 0, lots.clone())], 0), Ok(vec![]));
        assert_eq!(spend(vec![purse(1, 50, 0, lots)], -5), Ok(vec![]));
        assert_eq!(spend(vec![purse(1, 50, 0, vec![])], 100), Ok(vec![]));
    }

    #[test]
    fn many_small_voids_end_where_one_large_one_does() {
        let of_rate = rate("0.014");
        let mut held = Lot {
            credits: credits("10"),
            amount: Money::new(14, Currency::EUR),
            ..lot(1, Nature::Granted, 14, of_rate)
        };
        for _ in 0..10 {
            let from = Purse { rate: of_rate, ..purse(1, 50, 0, vec![held]) };
            let share = void(from, credits("1")).expect("fits");
            held.credits = held.credits.less(share.credits().expect("fits"));
            held.amount = Money::new(held.amount.minor_units - share.amount(), Currency::EUR);
        }
        assert_eq!((held.amount.minor_units, held.credits), (0, Credits::ZERO));
    }

    fn any_purses() -> impl Strategy<Value = Vec<Purse>> {
        let lot = (0..3_u8, any::<bool>(), 0..50_i64, 1..100_000_i64);
        let lots = proptest::collection::vec(lot, 0..6);
        let purse = (0..3_u8, 0..50_i64, 1..5_000_i64, lots);
        proptest::collection::vec(purse, 0..6).prop_map(|purses| {
            let mut number = 0_u128;
            let mut made = Vec::new();
            for (priority, opened_at, thousandths, lots) in purses {
                let rate = Rate::new(Decimal::new(thousandths, 3)).expect("positive");
                let lots = lots.into_iter().map(|(priority, granted, at, amount)| {
                    number += 1;
                    let nature = if granted { Nature::Granted } else { Nature::Purchased };
                    Lot { priority, at: time(at), ..self::lot(number, nature, amount, rate) }
                });
                let lots = lots.collect();
                number += 1;
                made.push(Purse { rate, ..purse_at(number, priority, opened_at, lots) });
            }
            made
        })
    }

    fn purse_at(number: u128, priority: u8, opened_ms: i64, lots: Vec<Lot>) -> Purse {
        purse(number, priority, opened_ms, lots)
    }

    proptest! {
        #[test]
        fn never_more_is_taken_than_is_due_or_there(
            purses in any_purses(),
            due in 0..1_000_000_i64,
        ) {
            let there: i64 =
                purses.iter().flat_map(|purse| &purse.lots).map(|lot| lot.amount.minor_units).sum();
            let shares = spend(purses.clone(), due).expect("fits");
            let taken: i64 = shares.iter().map(Share::amount).sum();
            prop_assert_eq!(taken, due.min(there));
            for share in &shares {
                let purse =
                    purses.iter().find(|purse| purse.wallet_id == share.wallet_id).expect("known");
                let by_nature: i64 =
                    Nature::ALL.iter().map(|nature| share.amount_of(*nature)).sum();
                prop_assert_eq!(by_nature, share.amount());
                for taking in &share.takings {
                    let lot = purse.lots.iter().find(|lot| lot.id == taking.lot).expect("known");
                    prop_assert!(taking.amount > 0);
                    prop_assert!(taking.amount <= lot.amount.minor_units);
                    prop_assert!(taking.credits <= lot.credits);
                    let all = taking.amount == lot.amount.minor_units;
                    prop_assert_eq!(all, taking.credits == lot.credits);
                }
            }
        }

        #[test]
        fn a_later_wallet_gives_only_when_the_earlier_ones_are_empty(
            purses in any_purses(),
            due in 0..1_000_000_i64,
        ) {
            let shares = spend(purses.clone(), due).expect("fits");
            if let Some((_, earlier)) = shares.split_last() {
                for share in earlier {
                    let purse = purses
                        .iter()
                        .find(|purse| purse.wallet_id == share.wallet_id)
                        .expect("known");
                    let there: i64 = purse.lots.iter().map(|lot| lot.amount.minor_units).sum();
                    prop_assert_eq!(share.amount(), there);
                }
            }
        }

        #[test]
        fn a_void_takes_the_credits_asked_for_and_no_more_money_than_there_is(
            purses in any_purses(),
            hundredths in 0..10_000_000_i64,
        ) {
            for purse in purses {
                let asked = Credits::floored(Decimal::new(hundredths, 2)).expect("positive");
                let there = purse.lots.iter().fold(Credits::ZERO, |sum, lot| {
                    sum.plus(lot.credits).expect("fits")
                });
                let money: i64 = purse.lots.iter().map(|lot| lot.amount.minor_units).sum();
                let share = void(purse, asked).expect("fits");
                prop_assert_eq!(share.credits().expect("fits"), asked.min(there));
                prop_assert!(share.takings.iter().all(|taking| taking.amount >= 0));
                prop_assert!(share.amount() <= money);
                if asked >= there {
                    prop_assert_eq!(share.amount(), money);
                }
            }
        }
    }
}
