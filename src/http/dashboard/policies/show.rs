//! One policy: what it says, its versions, what differs between two of them, and the debts that go
//! by an older one.

use actix_web::web::{Data, Path};
use askama::Template;

use super::super::access::Person;
use super::super::frame::{Flash, Frame, Visit};
use super::super::navigation::Section;
use super::super::page::{Answer, Trouble, done, look, pages};
use super::super::parts::{ActionForm, COUNTED_MAX, When, count};
use super::differing::{DiffLine, differing};
use super::list::summary;
use super::{address, edit_address};
use crate::app::App;
use crate::app::policies::PolicyError;
use crate::domain::id::OrganizationId;
use crate::domain::policy::{Policy, PolicyVersion};
use crate::http::blocking;
use crate::store::Reader;
use crate::wire::recoup::policy::presets::preset;
use crate::wire::recoup::policy::{Finding, HolidayFiles, Severity, check};

#[derive(Template)]
#[template(path = "dashboard/policies/show.html")]
struct One {
    frame: Frame,
    summary: String,
    source: String,
    /// What differs from the version before.
    diff: Option<(String, Vec<DiffLine>)>,
    warnings: Vec<Finding>,
    versions: Vec<Version>,
    edit: String,
    /// It comes with recoup, and the business has none of this name.
    is_ready: bool,
    is_latest: bool,
    latest: String,
    affected: Option<String>,
    actions: Vec<ActionForm>,
}

pages!(One);

struct Version {
    number: u32,
    href: String,
    since: When,
    is_current: bool,
}

/// `GET /dashboard/policies/of/{code}`
pub async fn latest(app: Data<App>, visit: Visit, code: Path<String>) -> Answer {
    show(app, visit, code.into_inner(), None).await
}

/// `GET /dashboard/policies/of/{code}/{version}`
pub async fn version(app: Data<App>, visit: Visit, path: Path<(String, u32)>) -> Answer {
    let (code, number) = path.into_inner();
    show(app, visit, code, Some(number)).await
}

async fn show(app: Data<App>, visit: Visit, code: String, number: Option<u32>) -> Answer {
    let organization = visit.person.organization_id;
    look(app, visit, (Section::Policies, "Policy"), move |_, read, frame| {
        let own = read.policy_version(organization, &code, number)?;
        match (own, preset(&code), number) {
            (Some(own), _, _) => One::of_own(read, organization, own, frame),
            (None, Some(ready), None | Some(0)) => {
                Ok(One::of_ready(&ready.policy, ready.source, frame))
            }
            (None, Some(_) | None, _) => Err(Trouble::NotFound),
        }
    })
    .await
}

impl One {
    fn bare(policy: &Policy, source: &str, frame: Frame) -> One {
        // What was kept has no errors; its holiday files are not at hand any more.
        let mut warnings = check(source, &HolidayFiles::new()).findings;
        warnings.retain(|finding| finding.severity == Severity::Warning);
        let code = &policy.name.code;
        One {
            summary: summary(policy),
            source: source.to_owned(),
            diff: None,
            warnings,
            versions: vec![],
            edit: edit_address(code),
            is_ready: true,
            is_latest: true,
            latest: address(code),
            affected: None,
            actions: vec![],
            frame: frame.titled(code),
        }
    }

    fn of_ready(policy: &Policy, source: &str, frame: Frame) -> One {
        One::bare(policy, source, frame)
    }

    fn of_own(
        read: &Reader<'_>,
        organization: OrganizationId,
        own: PolicyVersion,
        frame: Frame,
    ) -> Result<One, Trouble> {
        let name = &own.policy.name;
        let all = read.policy_versions(organization, &name.code)?;
        let newest = all.first().map_or(name.version, |it| it.policy.name.version);
        let before = all.iter().find(|it| it.policy.name.version < name.version);
        let diff = before.map(|before| {
            let heading = format!("What differs from version {}", before.policy.name.version);
            (heading, differing(&before.source, &own.source))
        });
        let versions = all
            .iter()
            .map(|it| Version {
                number: it.policy.name.version,
                href: format!("{}/{}", address(&name.code), it.policy.name.version),
                since: frame.when(&it.created_at),
                is_current: it.policy.name.version == name.version,
            })
            .collect();
        let (others, _) = read.recoveries_affected((organization, &name.code), own.id, 1)?;
        let may_move = others > 0 && frame.may_administer();
        let action = may_move.then(|| move_form(&own, others, &frame));
        let title = format!("{}, version {}", name.code, name.version);
        Ok(One {
            diff,
            versions,
            is_ready: false,
            is_latest: newest == name.version,
            affected: (others > 0).then(|| count(others)),
            actions: action.into_iter().collect(),
            ..One::bare(&own.policy, &own.source, frame)
        }
        .titled(&title))
    }

    fn titled(self, title: &str) -> One {
        One { frame: self.frame.titled(title), ..self }
    }
}

fn move_form(own: &PolicyVersion, others: u64, frame: &Frame) -> ActionForm {
    let name = &own.policy.name;
    ActionForm {
        label: "Move debts here".to_owned(),
        action: format!("{}/{}/move", address(&name.code), name.version),
        explanation: format!(
            "Debts that are being collected by another version of this policy: {}. The attempt \
             that is planned for each stays where it is; what comes after it is decided by \
             version {}.",
            count(others.min(COUNTED_MAX + 1)),
            name.version
        ),
        fields: vec![],
        confirm: format!("Move them to version {}", name.version),
        is_dangerous: false,
        csrf: frame.csrf(),
    }
}

/// `POST /dashboard/policies/of/{code}/{version}/move`
pub async fn move_all(app: Data<App>, person: Person, path: Path<(String, u32)>) -> Answer {
    let (code, number) = path.into_inner();
    let place = format!("{}/{number}", address(&code));
    let worker = app.on_behalf_of(person.actor());
    let moved = blocking(move || {
        Ok::<_, Trouble>(worker.move_to_policy(person.organization_id, &code, number))
    });
    match moved.await?? {
        Ok(moved) => {
            let said = format!("Debts that go by this version now: {}.", count(moved.count));
            done(&app, &place, &Flash::good(said))
        }
        Err(PolicyError::NotFound | PolicyError::NoVersion | PolicyError::NoTarget) => {
            Err(Trouble::NotFound)
        }
        Err(PolicyError::Store(error)) => Err(error.into()),
    }
}
