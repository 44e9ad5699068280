//! Analytics are kept for a few minutes: to count them reads everything that failed in the time.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use crate::app::App;
use crate::app::analytics::Analytics;
use crate::domain::id::OrganizationId;
use crate::domain::time::Span;
use crate::store::StoreError;

/// So long the same figures are shown.
const KEPT_FOR: Span = Span::minutes(5);

/// So many are kept at once: a few times for each organization.
const KEPT_MAX: usize = 64;

type Kept = HashMap<(OrganizationId, u32), Arc<Analytics>>;

static KEPT: LazyLock<Mutex<Kept>> = LazyLock::new(Mutex::default);

/// Those that are not too old, or new ones.
pub fn analytics(
    app: &App,
    organization: OrganizationId,
    days: u32,
) -> Result<Arc<Analytics>, StoreError> {
    let now = app.now();
    let is_fresh = |it: &Analytics| it.made_at <= now && now.since(it.made_at) < KEPT_FOR;
    let key = (organization, days);
    let found = KEPT.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
    if let Some(found) = found.filter(|it| is_fresh(it)) {
        return Ok(found);
    }
    let made = Arc::new(app.analytics(organization, days)?);
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.len() >= KEPT_MAX {
        kept.retain(|_, it| is_fresh(it));
    }
    if kept.len() < KEPT_MAX {
        kept.insert(key, Arc::clone(&made));
    }
    Ok(made)
}
