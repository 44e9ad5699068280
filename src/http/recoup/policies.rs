//! `/recoup/v1/policies`: policies with their versions, and whom they are for.

use std::str::FromStr;

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data, Path, ServiceConfig};
use utoipa::OpenApi;

use super::responses::Refusals;
use super::{Problem, blocking, body, resource};
use crate::app::App;
use crate::app::policies::PolicyError;
use crate::domain::policy::Scope;
use crate::http::lago::{Caller, Query};
use crate::wire::recoup::policy::presets::{preset, presets};
use crate::wire::recoup::policy::shapes::{
    self, AffectedAnswer, AssignmentAnswer, AssignmentList, AssignmentRequest, MovedAnswer,
    NameShape, PolicyAnswer, PolicyCheckAnswer, PolicyList, PolicyRequest,
};
use crate::wire::recoup::policy::{Checked, Finding, HolidayFiles, Severity, check};

/// So many assignments are listed.
const ASSIGNMENTS_MAX: u32 = 1_000;

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/policies").get(list))
        .service(resource("/policies/check").post(check_text))
        .service(resource("/policies/assignments").get(assignments).put(assign).delete(unassign))
        .service(resource("/policies/{code}").get(show).put(put))
        .service(resource("/policies/{code}/versions").get(versions))
        .service(resource("/policies/{code}/versions/{version}/affected").get(affected))
        .service(resource("/policies/{code}/versions/{version}/move").post(move_all));
}

#[derive(OpenApi)]
#[openapi(
    paths(
        list, check_text, assignments, assign, unassign, show, put, versions, affected, move_all
    ),
    tags((name = "policies", description = "When a charge that was declined is made again. A \
        recovery keeps the version of the policy that it began with."))
)]
pub struct Doc;

/// List policies
///
/// Those of the business, and those that come with recoup, which have version 0.
#[utoipa::path(
    get, path = "/policies", tag = "policies",
    responses((status = 200, body = PolicyList), Refusals)
)]
async fn list(app: Data<App>, caller: Caller) -> Result<HttpResponse, Problem> {
    let own =
        blocking(move || app.store().read(|read| read.policies(caller.organization_id))).await?;
    let is_own = |code: &str| own.iter().any(|known| known.policy.name.code == code);
    let ready = presets();
    let ready = ready.iter().filter(|ready| !is_own(&ready.policy.name.code));
    let policies = own.iter().map(shapes::version).chain(ready.map(shapes::preset)).collect();
    Ok(HttpResponse::Ok().json(PolicyList { policies }))
}

/// Check a policy without keeping it
#[utoipa::path(
    post, path = "/policies/check", tag = "policies", request_body = PolicyRequest,
    responses((status = 200, body = PolicyCheckAnswer), Refusals)
)]
async fn check_text(_caller: Caller, text: Bytes) -> Result<HttpResponse, Problem> {
    let (_, checked) = read(&body(&text)?)?;
    let findings = shapes::findings(&checked.findings);
    Ok(HttpResponse::Ok().json(PolicyCheckAnswer { ok: checked.policy.is_some(), findings }))
}

/// Show the latest version of a policy
#[utoipa::path(
    get, path = "/policies/{code}", tag = "policies", params(("code" = String, Path)),
    responses((status = 200, body = PolicyAnswer), Refusals)
)]
async fn show(app: Data<App>, caller: Caller, code: Path<String>) -> Result<HttpResponse, Problem> {
    let ready = preset(&code);
    let own = blocking(move || {
        app.store().read(|read| read.policy_version(caller.organization_id, &code, None))
    })
    .await?;
    let policy = match (own, ready) {
        (Some(own), _) => shapes::version(&own),
        (None, Some(ready)) => shapes::preset(&ready),
        (None, None) => return Err(PolicyError::NotFound.into()),
    };
    // What was kept has no errors; its holiday files are not at hand any more, so none are told.
    let mut checked = check(&policy.toml, &HolidayFiles::new());
    checked.findings.retain(|finding| finding.severity == Severity::Warning);
    let warnings = shapes::findings(&checked.findings);
    Ok(HttpResponse::Ok().json(PolicyAnswer { policy, warnings }))
}

/// Make the next version of a policy
///
/// Recoveries that run keep the version that they began with. What says the same as the latest
/// version makes no new one.
#[utoipa::path(
    put, path = "/policies/{code}", tag = "policies", params(("code" = String, Path)),
    request_body = PolicyRequest,
    responses((status = 200, body = PolicyAnswer), Refusals)
)]
async fn put(
    app: Data<App>,
    caller: Caller,
    code: Path<String>,
    text: Bytes,
) -> Result<HttpResponse, Problem> {
    let (source, checked) = read(&body(&text)?)?;
    let Some(policy) = checked.policy else { return Err(wrong(&checked.findings)) };
    if policy.name.code != *code {
        let sentence = format!("is `{}`, but the path says `{code}`", policy.name.code);
        return Err(Problem::of_fields(vec![("name".to_owned(), sentence)]));
    }
    let app = app.on_behalf_of(caller.actor());
    let made = blocking(move || app.put_policy(caller.organization_id, policy, source)).await?;
    let warnings = shapes::findings(&checked.findings);
    Ok(HttpResponse::Ok().json(PolicyAnswer { policy: shapes::version(&made), warnings }))
}

/// List the versions of a policy, newest first
#[utoipa::path(
    get, path = "/policies/{code}/versions", tag = "policies", params(("code" = String, Path)),
    responses((status = 200, body = PolicyList), Refusals)
)]
async fn versions(
    app: Data<App>,
    caller: Caller,
    code: Path<String>,
) -> Result<HttpResponse, Problem> {
    let found = blocking(move || {
        app.store().read(|read| read.policy_versions(caller.organization_id, &code))
    })
    .await?;
    if found.is_empty() {
        return Err(PolicyError::NotFound.into());
    }
    let policies = found.iter().map(shapes::version).collect();
    Ok(HttpResponse::Ok().json(PolicyList { policies }))
}

/// Show which recoveries go by another version
///
/// Those that run and began with another version of the policy, and would be moved.
#[utoipa::path(
    get, path = "/policies/{code}/versions/{version}/affected", tag = "policies",
    params(("code" = String, Path), ("version" = u32, Path)),
    responses((status = 200, body = AffectedAnswer), Refusals)
)]
async fn affected(
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (code, version) = named(path.into_inner())?;
    let policy = NameShape { code: code.clone(), version };
    let found =
        blocking(move || app.affected_by_policy(caller.organization_id, &code, version)).await?;
    let sample = shapes::ids(&found.sample);
    Ok(HttpResponse::Ok().json(AffectedAnswer { policy, count: found.count, sample }))
}

/// Move recoveries to a version of their policy
///
/// An attempt that is planned stays where it is; what comes after it is decided by the new
/// version.
#[utoipa::path(
    post, path = "/policies/{code}/versions/{version}/move", tag = "policies",
    params(("code" = String, Path), ("version" = u32, Path)),
    responses((status = 200, body = MovedAnswer), Refusals)
)]
async fn move_all(
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (code, version) = named(path.into_inner())?;
    let policy = NameShape { code: code.clone(), version };
    let app = app.on_behalf_of(caller.actor());
    let moved =
        blocking(move || app.move_to_policy(caller.organization_id, &code, version)).await?;
    Ok(HttpResponse::Ok().json(MovedAnswer { policy, moved: moved.count }))
}

/// List whom policies are given to
#[utoipa::path(
    get, path = "/policies/assignments", tag = "policies",
    responses((status = 200, body = AssignmentList), Refusals)
)]
async fn assignments(app: Data<App>, caller: Caller) -> Result<HttpResponse, Problem> {
    let found = blocking(move || {
        let organization = caller.organization_id;
        app.store().read(|read| read.policy_assignments(organization, ASSIGNMENTS_MAX))
    })
    .await?;
    let assignments = found.iter().map(shapes::assignment).collect();
    Ok(HttpResponse::Ok().json(AssignmentList { assignments }))
}

/// Give a policy to a customer, a plan, a provider or the organization
///
/// It counts for debts whose collecting begins from now on. A customer's policy counts before the
/// plan's, that before the provider's, and that before the organization's.
#[utoipa::path(
    put, path = "/policies/assignments", tag = "policies", request_body = AssignmentRequest,
    responses((status = 200, body = AssignmentAnswer), Refusals)
)]
async fn assign(app: Data<App>, caller: Caller, text: Bytes) -> Result<HttpResponse, Problem> {
    let asked: AssignmentRequest = body(&text)?;
    let scope = scope(&asked.scope)?;
    let ready = preset(&asked.policy).map(|ready| (ready.policy, ready.source.to_owned()));
    let app = app.on_behalf_of(caller.actor());
    let made = blocking(move || {
        let whom = (scope, asked.target.as_str());
        app.assign_policy(caller.organization_id, whom, &asked.policy, ready)
    })
    .await?;
    let assignment = shapes::assignment(&made);
    Ok(HttpResponse::Ok().json(AssignmentAnswer { assignment }))
}

/// Take a policy away again
#[utoipa::path(
    delete, path = "/policies/assignments", tag = "policies",
    params(
        ("scope" = String, Query, description = "`customer`, `plan`, `provider` or `organization`"),
        ("target" = Option<String>, Query, description = "As it was named when it was given")
    ),
    responses((status = 204), Refusals)
)]
async fn unassign(app: Data<App>, caller: Caller, query: Query) -> Result<HttpResponse, Problem> {
    let scope = scope(query.text("scope").unwrap_or_default())?;
    let target = query.text("target").unwrap_or_default().to_owned();
    let app = app.on_behalf_of(caller.actor());
    blocking(move || app.unassign_policy(caller.organization_id, (scope, &target))).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The text of the policy, and what it says.
pub fn read(asked: &PolicyRequest) -> Result<(String, Checked), Problem> {
    let source = asked.text().map_err(|error| Problem::invalid(error.to_string()))?;
    let checked = check(&source, &asked.holiday_files);
    Ok((source, checked))
}

pub fn wrong(findings: &[Finding]) -> Problem {
    let field = |finding: &Finding| {
        let place = format!("line {}, column {}", finding.line, finding.column);
        let name = if finding.field.is_empty() { "toml" } else { finding.field.as_str() };
        (name.to_owned(), format!("{} ({place})", finding.sentence))
    };
    Problem::of_fields(findings.iter().map(field).collect())
}

fn scope(name: &str) -> Result<Scope, Problem> {
    let sentence = "write customer, plan, provider or organization";
    let wrong = || Problem::of_fields(vec![("scope".to_owned(), sentence.to_owned())]);
    Scope::parse(name).ok_or_else(wrong)
}

fn named((code, version): (String, String)) -> Result<(String, u32), Problem> {
    let version = u32::from_str(&version).map_err(|_| PolicyError::NoVersion)?;
    Ok((code, version))
}

impl From<PolicyError> for Problem {
    fn from(error: PolicyError) -> Problem {
        match error {
            PolicyError::Store(error) => error.into(),
            PolicyError::NotFound | PolicyError::NoVersion | PolicyError::NoTarget => {
                Problem::absent(error.to_string())
            }
        }
    }
}
