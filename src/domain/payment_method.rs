//! Payment methods: references to instruments that a provider holds. Never a card number.

use chrono::{Months, NaiveDate};

use super::decline::text_enum;
use super::id::{ConnectionId, CustomerId, OrganizationId, PaymentMethodId};
use super::time::Timestamp;

/// What a provider tells of an instrument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MethodDetails {
    /// The provider's id, such as `pm_…` or `MD…`.
    pub provider_method_id: String,
    /// The provider's word for the type, such as `card`.
    pub kind: String,
    pub brand: Option<String>,
    pub last4: Option<String>,
    pub expiry_month: Option<u8>,
    pub expiry_year: Option<u16>,
    pub fingerprint: Option<String>,
}

impl MethodDetails {
    /// What network limits are counted by: it stays when the same card is stored again.
    pub fn limit_key(&self) -> &str {
        self.fingerprint.as_deref().unwrap_or(&self.provider_method_id)
    }
}

text_enum!(
    MethodState {
        Active = "active",
        /// Cannot be selected or attached until it is activated again.
        Inactive = "inactive",
        /// Gone, at the provider or for us.
        Discarded = "discarded",
    }
);

/// So long before it expires somebody should ask for another one.
const EXPIRES_SOON_DAYS: i64 = 60;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// It has no date.
    Never,
    Later,
    Soon,
    Expired,
}

/// What is paid with a method, and is to be paid by hand once it is inactive. Names, the first
/// of them where there are many.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MethodUses {
    /// Numbers of invoices that are not paid in full.
    pub invoices: Vec<String>,
    /// External ids of subscriptions that run or will.
    pub subscriptions: Vec<String>,
    /// Codes of wallets that are topped up with it.
    pub wallets: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentMethod {
    pub id: PaymentMethodId,
    pub organization_id: OrganizationId,
    pub customer_id: CustomerId,
    pub connection_id: ConnectionId,
    pub details: MethodDetails,
    pub is_default: bool,
    pub state: MethodState,
    /// The payer withdrew consent: never charged again, for any debt.
    pub stopped_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

impl PaymentMethod {
    /// Cannot be selected or attached from now on. What is gone stays gone.
    #[must_use]
    pub fn deactivated(self) -> PaymentMethod {
        match self.state {
            MethodState::Active => {
                PaymentMethod { state: MethodState::Inactive, is_default: false, ..self }
            }
            MethodState::Inactive | MethodState::Discarded => self,
        }
    }

    /// Can be selected again. It is not the default by that.
    #[must_use]
    pub fn activated(self) -> PaymentMethod {
        match self.state {
            MethodState::Inactive => PaymentMethod { state: MethodState::Active, ..self },
            MethodState::Active | MethodState::Discarded => self,
        }
    }

    /// Whether it can still be charged by its date, which is the last day of a month.
    pub fn expiry(&self, today: NaiveDate) -> Expiry {
        let (Some(year), Some(month)) = (self.details.expiry_year, self.details.expiry_month)
        else {
            return Expiry::Never;
        };
        let first = NaiveDate::from_ymd_opt(i32::from(year), u32::from(month), 1);
        let Some(over) = first.and_then(|day| day.checked_add_months(Months::new(1))) else {
            return Expiry::Never;
        };
        if over <= today {
            Expiry::Expired
        } else if (over - today).num_days() <= EXPIRES_SOON_DAYS {
            Expiry::Soon
        } else {
            Expiry::Later
        }
    }

    /// For people: `visa 4242`, `sepa_debit 3000`, `card`.
    pub fn label(&self) -> String {
        let kind = self.details.brand.as_deref().unwrap_or(&self.details.kind);
        match &self.details.last4 {
            Some(last4) => format!("{kind} {last4}"),
            None => kind.to_owned(),
        }
    }
}

/// Which of a customer's methods a list shows. Discarded ones are never listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MethodFilter {
    #[default]
    Active,
    Inactive,
    All,
}

impl MethodFilter {
    pub const fn states(self) -> &'static [MethodState] {
        match self {
            MethodFilter::Active => &[MethodState::Active],
            MethodFilter::Inactive => &[MethodState::Inactive],
            MethodFilter::All => &[MethodState::Active, MethodState::Inactive],
        }
    }
}

/// How an object wants to be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MethodChoice {
    /// The customer's default method.
    #[default]
    Default,
    Specific(PaymentMethodId),
    /// Never charged automatically.
    Manual,
}

/// Which method a request asks for, before it is known whether the customer has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MethodReference {
    #[default]
    Default,
    Specific(PaymentMethodId),
    Manual,
    /// It contradicts itself, or names what cannot exist.
    Impossible,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_good_until_the_last_day_of_its_month() {
        let expiry = |month, year, today: &str| {
            let at = Timestamp::from_unix_ms(0);
            let details = MethodDetails {
                provider_method_id: "pm_1".into(),
                kind: "card".into(),
                brand: None,
                last4: None,
                expiry_month: month,
                expiry_year: year,
                fingerprint: None,
            };
            let method = PaymentMethod {
                id: PaymentMethodId::at(at),
                organization_id: OrganizationId::at(at),
                customer_id: CustomerId::at(at),
                connection_id: ConnectionId::at(at),
                details,
                is_default: false,
                state: MethodState::Active,
                stopped_at: None,
                created_at: at,
            };
            method.expiry(today.parse().expect("a day"))
        };
        let december = (Some(12), Some(2026));
        for (today, expected) in [
            ("2026-10-31", Expiry::Later),
            ("2026-11-02", Expiry::Soon),
            ("2026-12-31", Expiry::Soon),
            ("2027-01-01", Expiry::Expired),
        ] {
            assert_eq!(expiry(december.0, december.1, today), expected, "{today}");
        }
        assert_eq!(expiry(None, Some(2026), "2027-01-01"), Expiry::Never);
        assert_eq!(expiry(Some(13), Some(2026), "2027-01-01"), Expiry::Never);
    }
}
