//! What our API says of policies.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::place::Finding;
use super::presets::Preset;
use crate::domain::id::RecoveryId;
use crate::domain::policy::{Assignment, PolicyName, PolicyVersion};
use crate::wire::lago::format::date_time;

/// A policy, as it is now or as one of its versions was.
#[derive(Serialize, ToSchema)]
#[schema(as = Policy)]
pub struct PolicyShape {
    #[schema(example = "gentle")]
    pub code: String,
    /// 0: it comes with recoup and was never given to anything.
    pub version: u32,
    /// As a person wrote it, in TOML.
    pub toml: String,
    #[schema(format = DateTime)]
    pub created_at: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct PolicyAnswer {
    pub policy: PolicyShape,
    /// What is allowed and probably not meant.
    pub warnings: Vec<FindingShape>,
}

#[derive(Serialize, ToSchema)]
pub struct PolicyList {
    pub policies: Vec<PolicyShape>,
}

/// What is wrong or doubtful, and where.
#[derive(Serialize, ToSchema)]
#[schema(as = PolicyFinding)]
pub struct FindingShape {
    /// `error` or `warning`.
    #[schema(example = "error")]
    pub severity: &'static str,
    pub line: usize,
    pub column: usize,
    #[schema(example = "ladders.soft[2]")]
    pub field: String,
    /// What to do about it.
    pub sentence: String,
}

#[derive(Serialize, ToSchema)]
pub struct PolicyCheckAnswer {
    /// Nothing is wrong; there may be warnings.
    pub ok: bool,
    pub findings: Vec<FindingShape>,
}

/// The text of a policy in TOML, or the same as an object.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyRequest {
    #[serde(default)]
    #[schema(example = "name = \"gentle\"\n[ladders]\nsoft = [\"3d\", \"10d\"]\n")]
    pub toml: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub policy: Option<Map<String, Value>>,
    /// The texts of the holiday files that it names.
    #[serde(default)]
    pub holiday_files: BTreeMap<String, String>,
}

/// Neither text nor object was sent, or both, or the object holds what TOML cannot say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("say {{\"toml\": \"…\"}} or {{\"policy\": {{…}}}}, without nulls")]
pub struct NoPolicyText;

impl PolicyRequest {
    /// The policy as a text of TOML.
    pub fn text(&self) -> Result<String, NoPolicyText> {
        match (&self.toml, &self.policy) {
            (Some(text), None) => Ok(text.clone()),
            (None, Some(object)) => toml::to_string(object).map_err(|_| NoPolicyText),
            (Some(_), Some(_)) | (None, None) => Err(NoPolicyText),
        }
    }
}

/// Whom a policy is for.
#[derive(Serialize, ToSchema)]
#[schema(as = PolicyAssignment)]
pub struct AssignmentShape {
    /// `customer`, `plan`, `provider` or `organization`. Of several that apply the first counts.
    #[schema(example = "plan")]
    pub scope: &'static str,
    /// The id of the customer, plan or connection; null for the organization.
    pub target_id: Option<String>,
    /// The code of the policy.
    #[schema(example = "gentle")]
    pub policy: String,
    #[schema(format = DateTime)]
    pub assigned_at: String,
}

#[derive(Serialize, ToSchema)]
pub struct AssignmentAnswer {
    pub assignment: AssignmentShape,
}

#[derive(Serialize, ToSchema)]
pub struct AssignmentList {
    pub assignments: Vec<AssignmentShape>,
}

/// Which policy whom is given.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignmentRequest {
    /// `customer`, `plan`, `provider` or `organization`.
    #[schema(example = "plan")]
    pub scope: String,
    /// The external id of the customer, or the code of the plan or connection. Not for the
    /// organization.
    #[serde(default)]
    #[schema(example = "gold")]
    pub target: String,
    /// The code of a policy, one that comes with recoup included.
    #[schema(example = "gentle")]
    pub policy: String,
}

/// Running recoveries that go by another version.
#[derive(Serialize, ToSchema)]
pub struct AffectedAnswer {
    pub policy: NameShape,
    pub count: u64,
    /// Ids of the first of them.
    pub sample: Vec<String>,
}

#[derive(Serialize, ToSchema)]
pub struct MovedAnswer {
    pub policy: NameShape,
    pub moved: u64,
}

/// A policy with its version; 0 is what is built in.
#[derive(Serialize, ToSchema)]
#[schema(as = PolicyName)]
pub struct NameShape {
    #[schema(example = "standard")]
    pub code: String,
    pub version: u32,
}

pub fn name(name: &PolicyName) -> NameShape {
    NameShape { code: name.code.clone(), version: name.version }
}

pub fn version(version: &PolicyVersion) -> PolicyShape {
    PolicyShape {
        code: version.policy.name.code.clone(),
        version: version.policy.name.version,
        toml: version.source.clone(),
        created_at: Some(date_time(version.created_at)),
    }
}

pub fn preset(preset: &Preset) -> PolicyShape {
    PolicyShape {
        code: preset.policy.name.code.clone(),
        version: 0,
        toml: preset.source.to_owned(),
        created_at: None,
    }
}

pub fn findings(found: &[Finding]) -> Vec<FindingShape> {
    let shape = |finding: &Finding| FindingShape {
        severity: finding.severity.as_str(),
        line: finding.line,
        column: finding.column,
        field: finding.field.clone(),
        sentence: finding.sentence.clone(),
    };
    found.iter().map(shape).collect()
}

pub fn assignment(made: &Assignment) -> AssignmentShape {
    AssignmentShape {
        scope: made.scope.as_str(),
        target_id: Some(made.target.clone()).filter(|target| !target.is_empty()),
        policy: made.code.clone(),
        assigned_at: date_time(made.assigned_at),
    }
}

pub fn ids(found: &[RecoveryId]) -> Vec<String> {
    found.iter().map(ToString::to_string).collect()
}
