//! Dunning campaigns: who is asked again for all that is overdue, how often, from which amount on.

use actix_web::web::Data;
use askama::Template;

use super::super::frame::{Frame, Visit};
use super::super::navigation::Section;
use super::super::page::{Answer, look, pages};
use super::super::parts::{Amount, Badge, Empty, Tone};
use crate::app::App;
use crate::domain::dunning::DunningCampaign;
use crate::domain::view::PageRequest;

/// A business has few; the API lists more.
const SHOWN_MAX: u32 = 200;

#[derive(Template)]
#[template(path = "dashboard/billing/dunning.html")]
struct List {
    frame: Frame,
    rows: Vec<Row>,
    empty: Empty,
}

pages!(List);

struct Row {
    name: String,
    code: String,
    from: Vec<Amount>,
    often: String,
    state: Badge,
}

/// `GET /dashboard/dunning`
pub async fn list(app: Data<App>, visit: Visit) -> Answer {
    let organization = visit.person.organization_id;
    look(app, visit, (Section::Dunning, "Dunning"), move |_, read, frame| {
        let request = PageRequest { page: 1, per_page: SHOWN_MAX };
        let found = read.campaigns(organization, request)?;
        let empty = Empty {
            heading: "No campaign yet",
            text: "A campaign asks customers again for all that they owe and is overdue. The API \
                   makes one."
                .to_owned(),
        };
        Ok(List { rows: found.items.iter().map(Row::of).collect(), empty, frame })
    })
    .await
}

impl Row {
    fn of(campaign: &DunningCampaign) -> Row {
        let (times, days) = (campaign.max_attempts, campaign.days_between_attempts);
        Row {
            name: campaign.name.clone(),
            code: campaign.code.clone(),
            from: campaign.thresholds.iter().map(|it| Amount::of(*it)).collect(),
            often: match times {
                1 => "once".to_owned(),
                times => format!("{times} times, every {days} days"),
            },
            state: if campaign.is_default {
                Badge::new(Tone::Good, "For everybody")
            } else {
                Badge::new(Tone::Quiet, "For who is given it")
            },
        }
    }
}
