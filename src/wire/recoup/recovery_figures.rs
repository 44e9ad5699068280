//! Recovery figures as our API tells them: JSON, and CSV with the same rows.

use serde::Serialize;
use utoipa::ToSchema;

use super::csv::line;
use crate::domain::failure::Way;
use crate::domain::recovery_figures::{Amount, Figure};
use crate::domain::time::Timestamp;
use crate::wire::lago::format::date_time;

#[derive(Serialize, ToSchema)]
pub struct RecoveryFiguresAnswer {
    pub recovery_figures: RecoveryFiguresShape,
}

#[derive(Serialize, ToSchema)]
#[schema(as = RecoveryFigures)]
pub struct RecoveryFiguresShape {
    /// Of debts first declined from then on.
    #[schema(format = DateTime)]
    pub from: String,
    /// Until before then.
    #[schema(format = DateTime)]
    pub to: String,
    /// There were more failures than are counted; these are the newest.
    pub is_cut: bool,
    /// What each way of recovering is.
    pub ways: WaysShape,
    pub rows: Vec<FigureShape>,
}

/// In a sentence, what each way of recovering is.
#[derive(Serialize, ToSchema)]
#[schema(as = RecoveryWays)]
pub struct WaysShape {
    pub retry: &'static str,
    pub link: &'static str,
    pub own_action: &'static str,
    pub request: &'static str,
}

/// A count, and the money of it in minor units.
#[derive(Serialize, ToSchema)]
#[schema(as = CountAndMoney)]
pub struct AmountShape {
    pub count: u64,
    pub amount_cents: i64,
}

#[derive(Serialize, ToSchema)]
#[schema(as = RecoveryFigure)]
pub struct FigureShape {
    /// `total`, `decline_class`, `provider`, `method`, `cohort` or `attempt_number`.
    #[schema(example = "decline_class")]
    pub by: &'static str,
    #[schema(example = "insufficient_funds")]
    pub key: String,
    #[schema(example = "EUR")]
    pub currency: &'static str,
    /// What the figures of this row are.
    pub definition: &'static str,
    pub failed: AmountShape,
    pub recovered: AmountShape,
    pub retry: AmountShape,
    pub link: AmountShape,
    pub own_action: AmountShape,
    pub request: AmountShape,
    /// Recovered of failed, by count, in hundredths of a percent.
    #[schema(example = 4250)]
    pub recovered_count_basis_points: u64,
    /// The same by money.
    pub recovered_amount_basis_points: u64,
}

pub fn recovery_figures(
    rows: &[Figure],
    (from, to): (Timestamp, Timestamp),
    is_cut: bool,
) -> RecoveryFiguresShape {
    RecoveryFiguresShape {
        from: date_time(from),
        to: date_time(to),
        is_cut,
        ways: WaysShape {
            retry: Way::Retry.definition(),
            link: Way::Link.definition(),
            own_action: Way::OwnAction.definition(),
            request: Way::Request.definition(),
        },
        rows: rows.iter().map(figure).collect(),
    }
}

fn figure(figure: &Figure) -> FigureShape {
    let recovered = figure.recovered();
    let money = |amount: Amount| u64::try_from(amount.minor_units).unwrap_or(0);
    FigureShape {
        by: figure.split.as_str(),
        key: figure.key.clone(),
        currency: figure.currency.code(),
        definition: figure.split.definition(),
        failed: amount(figure.failed),
        recovered: amount(recovered),
        retry: amount(figure.retry),
        link: amount(figure.link),
        own_action: amount(figure.own_action),
        request: amount(figure.request),
        recovered_count_basis_points: share(recovered.count, figure.failed.count),
        recovered_amount_basis_points: share(money(recovered), money(figure.failed)),
    }
}

fn amount(amount: Amount) -> AmountShape {
    AmountShape { count: amount.count, amount_cents: amount.minor_units }
}

fn share(part: u64, whole: u64) -> u64 {
    let points = u128::from(part) * 10_000 / u128::from(whole.max(1));
    u64::try_from(points).unwrap_or(u64::MAX)
}

const COLUMNS: &str = "by,key,currency,failed_count,failed_amount_cents,recovered_count,\
    recovered_amount_cents,retry_count,retry_amount_cents,link_count,link_amount_cents,\
    own_action_count,own_action_amount_cents,request_count,request_amount_cents,definition\n";

/// A line for each row, the definition at its end.
pub fn as_csv(shape: &RecoveryFiguresShape) -> String {
    let mut text = COLUMNS.to_owned();
    for row in &shape.rows {
        let amounts =
            [&row.failed, &row.recovered, &row.retry, &row.link, &row.own_action, &row.request];
        let mut fields = vec![row.by.to_owned(), row.key.clone(), row.currency.to_owned()];
        for amount in amounts {
            fields.push(amount.count.to_string());
            fields.push(amount.amount_cents.to_string());
        }
        fields.push(row.definition.to_owned());
        text.push_str(&line(&fields));
    }
    text
}
