//! `/recoup/v1/api_keys`: made, listed, taken back. A key itself is in one answer only.

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data, Path, ServiceConfig};
use chrono::SecondsFormat;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{OpenApi, ToSchema};

use super::responses::Refusals;
use super::{Problem, blocking, resource};
use crate::app::App;
use crate::domain::api_key::{ApiKey, LIFETIME_DAYS_MAX};
use crate::domain::id::ApiKeyId;
use crate::domain::rights::{Resource, Resources, Rights};
use crate::domain::time::{Span, Timestamp};
use crate::http::lago::Caller;

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/api_keys").post(create).get(list))
        .service(resource("/api_keys/{id}").delete(revoke));
}

#[derive(OpenApi)]
#[openapi(
    paths(create, list, revoke),
    tags((name = "api-keys", description = "Who gets in, and what they may do."))
)]
pub struct Doc;

#[derive(Serialize, ToSchema)]
#[schema(as = ApiKey)]
struct KeyShape {
    #[schema(format = Uuid)]
    id: String,
    #[schema(example = "shop")]
    name: String,
    /// `everything`, or words such as `read:customer write:invoice`.
    #[schema(example = "read:customer write:invoice")]
    rights: String,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// Only in the answer to the request that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    key: Option<String>,
}

impl From<&ApiKey> for KeyShape {
    fn from(key: &ApiKey) -> KeyShape {
        let rfc3339 = |time: Timestamp| time.utc().to_rfc3339_opts(SecondsFormat::Secs, true);
        KeyShape {
            id: key.id.to_string(),
            name: key.name.clone(),
            rights: key.rights.to_string(),
            created_at: rfc3339(key.created_at),
            expires_at: key.expires_at.map(rfc3339),
            key: None,
        }
    }
}

/// Without `read` and `write` it may do everything; with one of them, nothing else.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewKeyInput {
    #[schema(example = "shop", min_length = 1)]
    name: String,
    /// Resources such as `customer`, or `all`.
    #[schema(example = json!(["customer"]))]
    read: Option<Vec<String>>,
    #[schema(example = json!(["invoice"]))]
    write: Option<Vec<String>>,
    /// After so many days it opens nothing; without it, it is good until it is taken back.
    #[schema(minimum = 1, maximum = 36500, example = 90)]
    expires_in_days: Option<u32>,
}

#[derive(Deserialize, ToSchema)]
struct NewKeyRequest {
    api_key: NewKeyInput,
}

#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: bodies are made key by key")]
struct KeyAnswer {
    api_key: KeyShape,
}

#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: bodies are made key by key")]
struct KeyList {
    api_keys: Vec<KeyShape>,
}

/// Make a key
///
/// It may do no more than the key that asks.
#[utoipa::path(
    post, path = "/api_keys", tag = "api-keys", request_body = NewKeyRequest,
    responses((status = 200, body = KeyAnswer), Refusals)
)]
async fn create(app: Data<App>, caller: Caller, body: Bytes) -> Result<HttpResponse, Problem> {
    let asked: NewKeyRequest = serde_json::from_slice(&body)
        .map_err(|_| Problem::invalid("say {\"api_key\": {\"name\": \"…\"}}"))?;
    let name = asked.api_key.name.trim().to_owned();
    if name.is_empty() {
        return Err(Problem::invalid("a key needs a name"));
    }
    let rights = rights(&asked.api_key)?;
    if !caller.rights.cover(rights) {
        return Err(Problem::beyond_own_rights());
    }
    let lifetime = match asked.api_key.expires_in_days {
        None => None,
        Some(days @ 1..=LIFETIME_DAYS_MAX) => Some(Span::days(days)),
        Some(_) => return Err(Problem::invalid("`expires_in_days` is from 1 to 36500")),
    };
    let organization = caller.organization_id;
    let app = app.on_behalf_of(caller.actor());
    let made = blocking(move || app.create_api_key(organization, &name, rights, lifetime));
    let (key, secret) = made.await?;
    let shown = KeyShape { key: Some(secret.reveal().to_owned()), ..KeyShape::from(&key) };
    Ok(HttpResponse::Ok().json(json!({ "api_key": shown })))
}

/// List the keys that open something, oldest first
#[utoipa::path(
    get, path = "/api_keys", tag = "api-keys",
    responses((status = 200, body = KeyList), Refusals)
)]
async fn list(app: Data<App>, caller: Caller) -> Result<HttpResponse, Problem> {
    let found = blocking(move || {
        let now = app.now();
        app.store().read(|read| read.api_keys(caller.organization_id, now))
    });
    let shown: Vec<KeyShape> = found.await?.iter().map(KeyShape::from).collect();
    Ok(HttpResponse::Ok().json(json!({ "api_keys": shown })))
}

/// Take a key back
///
/// From now on it opens nothing. A key does not take itself back.
#[utoipa::path(
    delete, path = "/api_keys/{id}", tag = "api-keys", params(("id" = String, Path)),
    responses((status = 200, description = "It opens nothing any more"), Refusals)
)]
async fn revoke(app: Data<App>, caller: Caller, id: Path<String>) -> Result<HttpResponse, Problem> {
    let unknown = || Problem::absent("there is no such key");
    let id: ApiKeyId = id.parse().map_err(|_| unknown())?;
    if caller.api_key_id == Some(id) {
        return Err(Problem::conflict("own_key", "a key does not take itself back"));
    }
    let app = app.on_behalf_of(caller.actor());
    let revoked = blocking(move || app.revoke_api_key(caller.organization_id, id)).await?;
    if revoked { Ok(HttpResponse::Ok().finish()) } else { Err(unknown()) }
}

fn rights(asked: &NewKeyInput) -> Result<Rights, Problem> {
    if asked.read.is_none() && asked.write.is_none() {
        return Ok(Rights::Everything);
    }
    let resources = |names: &Option<Vec<String>>| resources(names.as_deref().unwrap_or_default());
    Ok(Rights::Only { read: resources(&asked.read)?, write: resources(&asked.write)? })
}

fn resources(names: &[String]) -> Result<Resources, Problem> {
    if names.iter().any(|name| name == "all") {
        return Ok(Resources::all());
    }
    let resource = |name: &String| {
        let unknown = || Problem::invalid(format!("there is no resource `{name}`"));
        Resource::parse(name).ok_or_else(unknown)
    };
    names.iter().map(resource).collect()
}
