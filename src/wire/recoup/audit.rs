//! The audit trail, out.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::slice::SliceMeta;
use crate::domain::audit_trail::AuditEntry;
use crate::wire::lago::format::date_time_ms;

/// One changing action of a person or a program.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub struct AuditShape {
    #[schema(format = Uuid)]
    pub id: String,
    pub actor: ActorShape,
    #[schema(example = "surplus_payment.kept")]
    pub action: &'static str,
    pub subject: SubjectShape,
    pub reason: Option<String>,
    /// What changed, as it was.
    #[schema(value_type = Option<Object>)]
    pub was: Option<Value>,
    /// What changed, as it is since.
    #[schema(value_type = Option<Object>)]
    pub became: Option<Value>,
    #[schema(format = DateTime)]
    pub at: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = AuditActor)]
pub struct ActorShape {
    /// `api_key`, `user`, `command_line`, `provider`, or `anyone` where no keys are asked for.
    pub kind: &'static str,
    /// Of the key, or of the user of the dashboard.
    #[schema(format = Uuid)]
    pub id: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = AuditSubject)]
pub struct SubjectShape {
    #[schema(example = "surplus_payment")]
    pub kind: &'static str,
    pub id: String,
}

pub fn entry(entry: &AuditEntry) -> AuditShape {
    let parsed =
        |text: &Option<String>| text.as_deref().and_then(|text| serde_json::from_str(text).ok());
    AuditShape {
        id: entry.id.to_string(),
        actor: ActorShape { kind: entry.actor.kind(), id: entry.actor.id() },
        action: entry.action.as_str(),
        subject: SubjectShape { kind: entry.action.subject_kind(), id: entry.subject_id.clone() },
        reason: entry.reason.clone(),
        was: parsed(&entry.was),
        became: parsed(&entry.became),
        at: date_time_ms(entry.at),
    }
}

#[derive(Serialize, ToSchema)]
pub struct AuditList {
    pub audit_log: Vec<AuditShape>,
    pub meta: SliceMeta,
}
